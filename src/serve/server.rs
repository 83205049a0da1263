//! The asset server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::html::with_head_block;
use super::lookup::find_file;
use super::loopback::{answer_on, listen_on_localhost, port_of};

/// A page of another origin may have its own name lead here (DNS rebinding) to read the project.
const LOOPBACK_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

const HTML: &str = "text/html; charset=utf-8";

/// What to serve.
pub struct ServeOptions {
    /// Folders searched in order.
    pub roots: Vec<PathBuf>,
    /// The document for `/` and `/index.html`.
    pub index_document: PathBuf,
    /// Symlinks that lead out of the folders are not followed.
    pub is_confined: bool,
    /// Script block for the head of every other HTML page.
    pub head_block: String,
    /// Called with the path of each request for which there is no file.
    pub on_missing: Box<dyn Fn(&str) + Send + Sync>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The document can't be read.
    #[error("cannot read the compiled document {}: {source}", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// No loopback port.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(std::io::Error),
}

struct Site {
    /// What a request may call this server.
    hosts: [String; LOOPBACK_NAMES.len()],
    options: ServeOptions,
    index: Bytes,
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct AssetServer {
    port: u16,
    stop: CancellationToken,
}

impl AssetServer {
    /// Starts on a free loopback port.
    ///
    /// # Errors
    /// [`ServeError`] when the document cannot be read or no port is free.
    pub async fn start(options: ServeOptions) -> Result<Self, ServeError> {
        let path = &options.index_document;
        let index = tokio::fs::read(path)
            .await
            .map_err(|source| ServeError::Document {
                path: path.clone(),
                source,
            })?;
        let listeners = listen_on_localhost().await?;
        let port = listeners.first().map(port_of).transpose()?.unwrap_or(0);
        let site = Arc::new(Site {
            hosts: LOOPBACK_NAMES.map(|name| format!("{name}:{port}")),
            options,
            index: index.into(),
        });
        let app = Router::new().fallback(answer).with_state(site);
        let stop = CancellationToken::new();
        for listener in listeners {
            answer_on(listener, app.clone(), &stop);
        }
        Ok(Self { port, stop })
    }

    /// Its port, of every address that `localhost` stands for.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://localhost:<port>`, the origin upstream serves from.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

impl Drop for AssetServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response {
    let host = request.headers().get(header::HOST);
    let is_ours = |host: &HeaderValue| site.hosts.iter().any(|ours| host == ours.as_str());
    if !host.is_some_and(is_ours) {
        return (
            StatusCode::MISDIRECTED_REQUEST,
            "Not the name of this server",
        )
            .into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = request.uri().path().to_owned();
    if matches!(path.as_str(), "/" | "/index.html") {
        return html(site.index.clone());
    }
    match find_file(&site.options.roots, &path, site.options.is_confined) {
        Some(file) if is_html(&file) => match tokio::fs::read_to_string(&file).await {
            Ok(page) => html(with_head_block(&page, &site.options.head_block).into()),
            Err(_) => stream(&file, request).await,
        },
        Some(file) => stream(&file, request).await,
        None => {
            if !path.ends_with("/favicon.ico") {
                (site.options.on_missing)(&path);
            }
            (StatusCode::NOT_FOUND, "Not found").into_response()
        }
    }
}

fn html(body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    response
}

fn is_html(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("html"))
}

async fn stream(file: &Path, mut request: Request) -> Response {
    if !is_single_range(request.headers().get(header::RANGE)) {
        // Malformed and multiple ranges are answered with the whole file, as in upstream.
        request.headers_mut().remove(header::RANGE);
    }
    let mime = mime_guess::from_path(file).first_or_octet_stream();
    match ServeFile::new_with_mime(file, &mime).oneshot(request).await {
        Ok(mut response) => {
            response
                .headers_mut()
                .insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            response.map(Body::new)
        }
        Err(never) => match never {},
    }
}

fn is_single_range(range: Option<&HeaderValue>) -> bool {
    let Some(text) = range.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return false;
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    digits(first) && digits(last) && !(first.is_empty() && last.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    struct Fixture {
        server: AssetServer,
        missing: Arc<Mutex<Vec<String>>>,
        _dir: tempfile::TempDir,
    }

    async fn fixture() -> Fixture {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("document"), "<html>index</html>").unwrap();
        std::fs::write(dir.path().join("frame.html"), "<head></head>inner").unwrap();
        std::fs::write(dir.path().join("data.bin"), "0123456789").unwrap();
        let missing = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&missing);
        let server = AssetServer::start(ServeOptions {
            roots: vec![dir.path().to_owned()],
            index_document: dir.path().join("document"),
            is_confined: false,
            head_block: "<script>1</script>".into(),
            on_missing: Box::new(move |path| noted.lock().unwrap().push(path.to_owned())),
        })
        .await
        .unwrap();
        Fixture {
            server,
            missing,
            _dir: dir,
        }
    }

    async fn get(server: &AssetServer, path: &str, header: &str) -> String {
        let host = format!("localhost:{}", server.port);
        ask(("127.0.0.1", server.port), &host, path, header).await
    }

    async fn ask(address: (&str, u16), host: &str, path: &str, header: &str) -> String {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{header}\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).await.unwrap();
        text.to_lowercase()
    }

    #[tokio::test]
    async fn pages_get_the_block_and_the_index_does_not() {
        let f = fixture().await;
        assert!(
            get(&f.server, "/", "")
                .await
                .ends_with("<html>index</html>")
        );
        let inner = get(&f.server, "/frame.html?q=1", "").await;
        assert!(inner.contains("text/html; charset=utf-8"), "{inner}");
        assert!(
            inner.contains("<head>\n<script>1</script>\n</head>inner"),
            "{inner}"
        );
    }

    #[tokio::test]
    async fn only_its_own_names_are_answered_on_every_loopback_address() {
        let f = fixture().await;
        let port = f.server.port;
        for (host, status) in [
            (format!("localhost:{port}"), "200"),
            (format!("127.0.0.1:{port}"), "200"),
            (format!("[::1]:{port}"), "200"),
            (format!("rebound.example:{port}"), "421"),
            ("localhost".to_owned(), "421"),
            (format!("localhost:{}", port ^ 1), "421"),
        ] {
            let text = ask(("127.0.0.1", port), &host, "/data.bin", "").await;
            assert!(
                text.starts_with(&format!("http/1.1 {status}")),
                "{host}: {text}"
            );
        }
        let has_ipv6 = std::net::TcpListener::bind("[::1]:0").is_ok();
        if has_ipv6 {
            let text = ask(("::1", port), &format!("localhost:{port}"), "/data.bin", "").await;
            assert!(text.starts_with("http/1.1 200"), "{text}");
        }
    }

    #[tokio::test]
    async fn ranges_follow_the_table() {
        let f = fixture().await;
        for (range, status, body) in [
            ("bytes=2-4", "206", "234"),
            ("bytes=8-", "206", "89"),
            ("bytes=-3", "206", "789"),
            ("bytes=4-100", "206", "456789"),
            ("bytes=0-1,4-5", "200", "0123456789"),
            ("items=0-1", "200", "0123456789"),
            ("bytes=a-b", "200", "0123456789"),
        ] {
            let text = get(&f.server, "/data.bin", &format!("Range: {range}\r\n")).await;
            assert!(
                text.starts_with(&format!("http/1.1 {status}")),
                "{range}: {text}"
            );
            assert!(
                text.ends_with(&format!("\r\n\r\n{body}")),
                "{range}: {text}"
            );
            assert!(text.contains("accept-ranges: bytes"), "{range}: {text}");
        }
        let beyond = get(&f.server, "/data.bin", "Range: bytes=10-\r\n").await;
        assert!(
            beyond.starts_with("http/1.1 416") && beyond.contains("bytes */10"),
            "{beyond}"
        );
    }

    #[tokio::test]
    async fn a_miss_is_reported_once_and_a_favicon_never() {
        let f = fixture().await;
        assert!(
            get(&f.server, "/gone.png", "")
                .await
                .starts_with("http/1.1 404")
        );
        assert!(
            get(&f.server, "/favicon.ico", "")
                .await
                .starts_with("http/1.1 404")
        );
        assert_eq!(*f.missing.lock().unwrap(), ["/gone.png"]);
    }
}
