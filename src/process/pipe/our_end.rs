//! Our end of a pipe of Windows: it waits until the child has opened its own.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::windows::named_pipe::NamedPipeServer;

type Opening = Pin<Box<dyn Future<Output = io::Result<NamedPipeServer>> + Send>>;

enum State {
    /// Until the child has opened its end.
    Opening(Mutex<Opening>),
    Open(NamedPipeServer),
    /// It could not be waited for.
    Broken,
}

/// Our end of a pipe.
pub struct OurEnd(State);

impl OurEnd {
    /// Of a pipe that was made just now.
    pub fn of(server: NamedPipeServer) -> Self {
        let opening = async move { server.connect().await.map(|()| server) };
        Self(State::Opening(Mutex::new(Box::pin(opening))))
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Pin<&mut NamedPipeServer>>> {
        if let State::Opening(opening) = &mut self.0 {
            let opening = opening.get_mut().unwrap_or_else(|e| e.into_inner());
            match ready!(opening.as_mut().poll(cx)) {
                Ok(server) => self.0 = State::Open(server),
                Err(error) => {
                    self.0 = State::Broken;
                    return Poll::Ready(Err(error));
                }
            }
        }
        match &mut self.0 {
            State::Open(server) => Poll::Ready(Ok(Pin::new(server))),
            _ => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

impl std::fmt::Debug for OurEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OurEnd").finish_non_exhaustive()
    }
}

impl AsyncRead for OurEnd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?.poll_read(cx, into)
    }
}

impl AsyncWrite for OurEnd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(cx))?.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
