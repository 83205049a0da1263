//! Listening on loopback, and answering there until stopped.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::server::ServeError;

/// Ports that are tried until one is free on both loopback addresses. Another program holds only one
/// of the two rarely, so a second port is hardly ever needed.
const TRIES: u32 = 16;

/// A listener on a free port of 127.0.0.1.
///
/// # Errors
/// [`ServeError::Listen`].
pub(super) async fn listen() -> Result<TcpListener, ServeError> {
    let any = (Ipv4Addr::LOCALHOST, 0);
    TcpListener::bind(any).await.map_err(ServeError::Listen)
}

/// Listeners on one port of every address that `localhost` stands for: Chrome tries `::1` first, where
/// another user's program may listen. One listener where the host has no IPv6.
///
/// # Errors
/// [`ServeError::Listen`].
pub(super) async fn listen_on_localhost() -> Result<Vec<TcpListener>, ServeError> {
    let mut tries = 0;
    loop {
        let first = listen().await?;
        let port = port_of(&first)?;
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(second) => return Ok(vec![first, second]),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                tries += 1;
                if tries == TRIES {
                    return Err(ServeError::Listen(error));
                }
            }
            // Nobody can listen there, then.
            Err(_) => return Ok(vec![first]),
        }
    }
}

/// # Errors
/// [`ServeError::Listen`].
pub(super) fn port_of(listener: &TcpListener) -> Result<u16, ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listen)?;
    Ok(SocketAddr::port(&address))
}

/// Answers requests to `listener` until `stop` is cancelled.
pub(super) fn answer_on(listener: TcpListener, app: Router, stop: &CancellationToken) {
    let listener = listener.tap_io(|socket| {
        // Answers are small and a page waits for them, so Nagle's algorithm would only delay them.
        let _ = socket.set_nodelay(true);
    });
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move {
        let serving = axum::serve(listener, app).with_graceful_shutdown(stopped);
        if let Err(error) = serving.await {
            tracing::warn!(%error, "a server for pages ended early");
        }
    });
}
