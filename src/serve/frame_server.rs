//! A second server for what a page must get in time. Chrome opens at most six connections to a
//! host, and a page's own downloads may occupy all of them. Another address counts as another host.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio_util::sync::CancellationToken;

use super::loopback::{answer_on, listen, port_of};
use super::server::ServeError;

/// An answer.
pub enum FrameAnswer {
    /// It is sent.
    Sent(FrameBody),
    /// The page has it already, in its own memory: status 202 without a body.
    Placed,
}

/// An answer that is sent. It may still be produced while its first parts are sent.
pub struct FrameBody {
    /// Bytes of all parts.
    pub length: usize,
    /// The parts. An error closes the connection.
    pub parts: BoxStream<'static, std::io::Result<Bytes>>,
}

/// Answers a query string; the error is a text that says what went wrong.
pub type FrameHandler =
    Box<dyn Fn(String) -> BoxFuture<'static, Result<FrameAnswer, String>> + Send + Sync>;

struct Endpoint {
    path: String,
    handler: FrameHandler,
}

/// A running frame server. Dropping it stops it.
#[derive(Debug)]
pub struct FrameServer {
    port: u16,
    url: String,
    stop: CancellationToken,
}

impl FrameServer {
    /// Starts on a free loopback port, under a path that cannot be guessed.
    ///
    /// # Errors
    /// [`ServeError::Listen`].
    pub async fn start(handler: FrameHandler) -> Result<Self, ServeError> {
        let listener = listen().await?;
        let port = port_of(&listener)?;
        let path = format!("/{}", token());
        let url = format!("http://127.0.0.1:{port}{path}");
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::new(Endpoint { path, handler }));
        let stop = CancellationToken::new();
        answer_on(listener, app, &stop);
        Ok(Self { port, url, stop })
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
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

/// A random path of 128 bits, which other processes cannot guess: the standard library seeds its
/// hashers from the operating system.
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
        Ok(FrameAnswer::Placed) => StatusCode::ACCEPTED.into_response(),
        Ok(FrameAnswer::Sent(FrameBody { length, parts })) => {
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
                        Ok(FrameAnswer::Sent(FrameBody {
                            length: 4,
                            parts: Box::pin(parts),
                        }))
                    }
                    "n=2" => Ok(FrameAnswer::Placed),
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
        let placed = get(server.url(), "n=2").await;
        assert!(
            placed.starts_with("http/1.1 202") && placed.ends_with("\r\n\r\n"),
            "{placed}"
        );
        assert!(get(server.url(), "n=3").await.contains("no such frame"));
        let elsewhere = format!("{}x", server.url());
        assert!(get(&elsewhere, "n=1").await.starts_with("http/1.1 404"));
    }
}
