//! Messages to and from one browser over `--remote-debugging-pipe`: JSON texts, each ended by NUL.
//! Chrome exits when the pipe closes, so a killed Node leaves no browser behind.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::error::BrowserError;
use super::listener::{Heard, Listener};
use crate::process::{PipeReader, PipeWriter};
use crate::sync::IgnorePoison;

/// Bytes of a reply: a picture of the largest page takes some hundred megabytes. A browser that sends
/// more is given up.
const MOST_REPLY: usize = 512 << 20;
/// Bytes of an event. Larger ones, such as a line that a page logs, are skipped.
const MOST_EVENT: usize = 16 << 20;
/// How replies begin, if they are no errors, which are short.
const REPLY: &[u8] = b"{\"id\":";

type Listeners = HashMap<String, Listener>;

/// One connection to one browser.
#[derive(Debug)]
pub(super) struct Transport {
    next_id: AtomicU64,
    pending: Mutex<HashMap<u64, oneshot::Sender<Vec<u8>>>>,
    listeners: Mutex<Listeners>,
    writer: tokio::sync::Mutex<PipeWriter>,
    closed: CancellationToken,
}

#[derive(Serialize)]
struct Call<'a, P> {
    id: u64,
    method: &'a str,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    params: &'a P,
}

#[derive(Deserialize)]
struct Head {
    id: Option<u64>,
    method: Option<String>,
    #[serde(rename = "sessionId")]
    session: Option<String>,
}

#[derive(Deserialize)]
struct Reply<T> {
    #[serde(default = "Option::default")]
    result: Option<T>,
    #[serde(default)]
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcError {
    message: String,
    #[serde(default)]
    data: Option<serde_json::Value>,
}

impl Transport {
    /// Takes our ends of the two pipes and starts the reader task.
    pub fn open(reader: PipeReader, writer: PipeWriter) -> Arc<Self> {
        let transport = Arc::new(Self {
            next_id: AtomicU64::new(1),
            pending: Mutex::default(),
            listeners: Mutex::default(),
            writer: tokio::sync::Mutex::new(writer),
            closed: CancellationToken::new(),
        });
        let weak = Arc::downgrade(&transport);
        let closed = transport.closed.clone();
        tokio::spawn(async move {
            read_messages(reader, &closed, |message| {
                if let Some(transport) = weak.upgrade() {
                    transport.dispatch(message);
                }
            })
            .await;
            closed.cancel();
            if let Some(transport) = weak.upgrade() {
                transport.pending.lock().ignore_poison().clear();
                transport.listeners.lock().ignore_poison().clear();
            }
        });
        transport
    }

    /// True once nothing can be sent or received any more.
    pub fn is_closed(&self) -> bool {
        self.closed.is_cancelled()
    }

    /// Ends the connection; Chrome exits when it sees its pipe closed.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Hears of `session` from now on.
    pub fn listen(&self, session: &str) -> Heard {
        let (listener, heard) = Listener::new();
        self.listeners
            .lock()
            .ignore_poison()
            .insert(session.to_owned(), listener);
        heard
    }

    /// Calls `method` and returns the raw reply message.
    pub async fn call_raw<P: Serialize>(
        &self,
        session: Option<&str>,
        method: &str,
        params: &P,
        deadline: Duration,
    ) -> Result<Vec<u8>, BrowserError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut text = serde_json::to_vec(&Call {
            id,
            method,
            session,
            params,
        })
        .map_err(|e| BrowserError::Reply {
            method: method.to_owned(),
            detail: e.to_string(),
        })?;
        tracing::trace!(id, method, "call");
        text.push(0);
        let (sender, receiver) = oneshot::channel();
        self.pending.lock().ignore_poison().insert(id, sender);
        let _forget = Forget {
            transport: self,
            id,
        };
        let closed = || BrowserError::Closed {
            method: method.to_owned(),
            detail: "pipe ended".into(),
        };
        let exchange = async {
            self.writer
                .lock()
                .await
                .write_all(&text)
                .await
                .map_err(|_| closed())?;
            receiver.await.map_err(|_| closed())
        };
        tokio::select! {
            answer = timeout(deadline, exchange) => answer.unwrap_or_else(|_| {
                Err(BrowserError::Timeout { method: method.to_owned(), ms: deadline.as_millis() })
            }),
            () = self.closed.cancelled() => Err(closed()),
        }
    }

    /// Calls `method` and parses its result.
    pub async fn call<P: Serialize, T: DeserializeOwned>(
        &self,
        session: Option<&str>,
        method: &str,
        params: &P,
        deadline: Duration,
    ) -> Result<T, BrowserError> {
        let reply = self.call_raw(session, method, params, deadline).await?;
        parse_reply(method, &reply)
    }

    fn dispatch(&self, message: Vec<u8>) {
        if let Some(id) = reply_id(&message) {
            if let Some(waiter) = self.pending.lock().ignore_poison().remove(&id) {
                // The caller may have stopped waiting.
                let _ = waiter.send(message);
            }
            return;
        }
        let Ok(head) = serde_json::from_slice::<Head>(&message) else {
            tracing::warn!(
                bytes = message.len(),
                "the browser sent a message that is not JSON"
            );
            return;
        };
        match (head.id, head.method, head.session) {
            (Some(id), ..) => {
                if let Some(waiter) = self.pending.lock().ignore_poison().remove(&id) {
                    let _ = waiter.send(message);
                }
            }
            (None, Some(method), Some(session)) => {
                if let Some(listener) = self.listeners.lock().ignore_poison().get(&session) {
                    listener.take(method, message);
                }
            }
            _ => {}
        }
    }
}

/// Parses the result of a reply, turning the protocol's own errors into ours.
pub(super) fn parse_reply<'a, T: Deserialize<'a>>(
    method: &str,
    reply: &'a [u8],
) -> Result<T, BrowserError> {
    let parsed: Reply<T> = serde_json::from_slice(reply).map_err(|e| BrowserError::Reply {
        method: method.to_owned(),
        detail: e.to_string(),
    })?;
    match (parsed.result, parsed.error) {
        (_, Some(error)) => {
            let data = error
                .data
                .map(|data| format!(" {data}"))
                .unwrap_or_default();
            Err(BrowserError::Protocol {
                method: method.to_owned(),
                message: format!("{}{data}", error.message),
            })
        }
        (Some(result), None) => Ok(result),
        (None, None) => Err(BrowserError::Reply {
            method: method.to_owned(),
            detail: "no result".into(),
        }),
    }
}

/// Chrome writes replies as `{"id":N,…`; reading that prefix avoids parsing a whole screenshot
/// here.
fn reply_id(message: &[u8]) -> Option<u64> {
    let digits = message.strip_prefix(REPLY)?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

struct Forget<'a> {
    transport: &'a Transport,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.transport
            .pending
            .lock()
            .ignore_poison()
            .remove(&self.id);
    }
}

async fn read_messages(
    mut pipe: PipeReader,
    closed: &CancellationToken,
    mut deliver: impl FnMut(Vec<u8>),
) {
    let mut buffer: Vec<u8> = Vec::with_capacity(1 << 16);
    let mut scanned = 0;
    let mut skips = false;
    loop {
        buffer.reserve(1 << 16);
        let read = tokio::select! {
            read = pipe.read_buf(&mut buffer) => read,
            () = closed.cancelled() => return,
        };
        if !matches!(read, Ok(1..)) {
            return;
        }
        while let Some(end) = memchr::memchr(0, &buffer[scanned..]) {
            let rest = buffer.split_off(scanned + end + 1);
            let mut message = std::mem::replace(&mut buffer, rest);
            message.pop();
            scanned = 0;
            if !std::mem::take(&mut skips) {
                deliver(message);
            }
        }
        if skips || buffer.len() > MOST_EVENT && !buffer.starts_with(REPLY) {
            skips = true;
            buffer.clear();
        } else if buffer.len() > MOST_REPLY {
            tracing::warn!(bytes = buffer.len(), "the browser sent too long a reply");
            return;
        }
        scanned = buffer.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::{Read, Write};

    use crate::process::{from_child, to_child};

    fn ends() -> (Arc<Transport>, File, File) {
        let (our_write, their_read) = to_child(3).unwrap();
        let (our_read, their_write) = from_child(4).unwrap();
        let transport = Transport::open(our_read, our_write);
        (transport, their_read.into_file(), their_write.into_file())
    }

    fn answer(mut read: File, mut write: File, body: &'static str) {
        std::thread::spawn(move || {
            let mut got = [0u8; 4096];
            let n = read.read(&mut got).unwrap();
            let call: serde_json::Value = serde_json::from_slice(&got[..n - 1]).unwrap();
            let text = body.replace("ID", &call["id"].to_string());
            // In two pieces, because messages may arrive split anywhere.
            let (a, b) = text.as_bytes().split_at(text.len() / 2);
            write.write_all(a).unwrap();
            std::thread::sleep(Duration::from_millis(5));
            write.write_all(b).unwrap();
            write.write_all(&[0]).unwrap();
            std::thread::sleep(Duration::from_millis(200));
        });
    }

    async fn call(transport: &Transport) -> Result<serde_json::Value, BrowserError> {
        transport
            .call(
                None,
                "Browser.getVersion",
                &serde_json::json!({}),
                Duration::from_secs(2),
            )
            .await
    }

    #[tokio::test]
    async fn a_reply_reaches_its_caller() {
        let (transport, read, write) = ends();
        answer(read, write, r#"{"id":ID,"result":{"product":"x"}}"#);
        assert_eq!(call(&transport).await.unwrap()["product"], "x");
    }

    #[tokio::test]
    async fn a_protocol_error_keeps_chromes_words() {
        let (transport, read, write) = ends();
        answer(
            read,
            write,
            r#"{"error":{"code":-1,"message":"Another frame is pending"},"id":ID}"#,
        );
        let text = call(&transport).await.unwrap_err().to_string();
        assert!(text.contains("Browser.getVersion") && text.contains("Another frame is pending"));
    }

    #[tokio::test]
    async fn a_closed_pipe_fails_every_waiter() {
        let (transport, read, write) = ends();
        let waiting = tokio::spawn({
            let transport = Arc::clone(&transport);
            async move { call(&transport).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop((read, write));
        let error = waiting.await.unwrap().unwrap_err();
        assert!(
            error.is_transient() && error.to_string().contains("Target closed"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_line_without_end_is_skipped_and_not_kept() {
        let (reader, their_write) = from_child(4).unwrap();
        let mut write = their_write.into_file();
        let writing = std::thread::spawn(move || {
            let part = vec![b'x'; 1 << 20];
            write.write_all(b"{\"method\":\"").unwrap();
            for _ in 0..3 * MOST_EVENT / part.len() {
                write.write_all(&part).unwrap();
            }
            write.write_all(b"\"}\0{\"method\":\"short\"}\0").unwrap();
        });
        let mut heard = Vec::new();
        let closed = CancellationToken::new();
        read_messages(reader, &closed, |message| {
            heard.push((message.len(), message.capacity()));
        })
        .await;
        writing.join().unwrap();
        let [(length, room)] = heard[..] else {
            panic!("{heard:?}")
        };
        assert_eq!(length, "{\"method\":\"short\"}".len());
        assert!(room < 2 * MOST_EVENT);
    }

    #[tokio::test]
    async fn silence_ends_at_the_deadline_and_leaves_nothing_pending() {
        let (transport, _read, _write) = ends();
        let error = transport
            .call::<_, serde_json::Value>(None, "Runtime.evaluate", &(), Duration::from_millis(20))
            .await
            .unwrap_err();
        assert!(
            error.to_string().starts_with("Runtime.evaluate timed out"),
            "{error}"
        );
        assert!(transport.pending.lock().ignore_poison().is_empty());
    }
}
