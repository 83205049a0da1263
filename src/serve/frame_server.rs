//! A second address for what a page must get in time. Browsers allow six connections to one host,
//! and a page's own downloads may hold them all for long; this one is another host to them.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::server::ServeError;

/// An answer, which may still be in the making while its first parts travel.
pub struct FrameBody {
    /// Bytes of all parts.
    pub length: usize,
    /// The parts. An error breaks the connection.
    pub parts: BoxStream<'static, std::io::Result<Bytes>>,
}

/// Answers a query, or says in a text what went wrong.
pub type FrameHandler =
    Box<dyn Fn(String) -> BoxFuture<'static, Result<FrameBody, String>> + Send + Sync>;

struct Endpoint {
    path: String,
    handler: FrameHandler,
}

/// A running frame server. Dropping it stops it.
#[derive(Debug)]
pub struct FrameServer {
    url: String,
    stop: CancellationToken,
}

impl FrameServer {
    /// Starts on a free loopback port, under a path nobody can guess.
    ///
    /// # Errors
    /// [`ServeError::Listen`].
    pub async fn start(handler: FrameHandler) -> Result<Self, ServeError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(ServeError::Listen)?;
        let address: SocketAddr = listener.local_addr().map_err(ServeError::Listen)?;
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        let path = format!("/{}", token());
        let url = format!("http://{address}{path}");
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::new(Endpoint { path, handler }));
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let serving = axum::serve(listener, app).with_graceful_shutdown(stopped);
            if let Err(error) = serving.await {
                tracing::warn!(%error, "the frame server ended early");
            }
        });
        Ok(Self { url, stop })
    }

    /// Its address, to which `?query` is added.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for FrameServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// 128 bits that another process can't know: the standard library seeds its hashers from the
/// operating system.
fn token() -> String {
    let part = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", part(), part())
}

async fn answer(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Response {
    if request.uri().path() != endpoint.path {
        return StatusCode::NOT_FOUND.into_response();
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let mut response = match (endpoint.handler)(query).await {
        Ok(FrameBody { length, parts }) => {
            let mut response = Response::new(Body::from_stream(parts));
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            response
        }
        Err(text) => (StatusCode::INTERNAL_SERVER_ERROR, text).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn get(url: &str, query: &str) -> String {
        let (address, path) = url
            .strip_prefix("http://")
            .unwrap()
            .split_once('/')
            .unwrap();
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!("GET /{path}?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).await.unwrap();
        text.to_lowercase()
    }

    #[tokio::test]
    async fn parts_arrive_as_one_body_of_known_length() {
        let server = FrameServer::start(Box::new(|query| {
            Box::pin(async move {
                match query.as_str() {
                    "n=1" => {
                        let parts =
                            ["ab", "cd"].map(|part| Ok(Bytes::from_static(part.as_bytes())));
                        let parts = futures::stream::iter(parts);
                        Ok(FrameBody {
                            length: 4,
                            parts: Box::pin(parts),
                        })
                    }
                    _ => Err("no such frame".into()),
                }
            })
        }))
        .await
        .unwrap();
        let text = get(server.url(), "n=1").await;
        assert!(
            text.starts_with("http/1.1 200") && text.ends_with("\r\n\r\nabcd"),
            "{text}"
        );
        assert!(text.contains("content-length: 4"), "{text}");
        assert!(text.contains("access-control-allow-origin: *"), "{text}");
        assert!(get(server.url(), "n=2").await.contains("no such frame"));
        let elsewhere = format!("{}x", server.url());
        assert!(get(&elsewhere, "n=1").await.starts_with("http/1.1 404"));
    }
}
