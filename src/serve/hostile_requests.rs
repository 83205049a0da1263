//! Requests of all shapes to the asset server: none breaks it, none is answered with a byte from
//! outside of the served folders, and a range gives the bytes that it names.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::server::{AssetServer, ServeOptions};

/// In a file beside the served folder.
const SECRET: &str = "SECRET-OUTSIDE";
/// The served file: 256 different bytes.
const FILE: &str = "all bytes.bin";
const DEADLINE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

struct Site {
    runtime: Runtime,
    server: AssetServer,
    _dir: tempfile::TempDir,
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn site() -> Site {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("project");
    write(&dir.path().join("secret"), SECRET);
    write(&dir.path().join("project-2/secret"), SECRET);
    write(&root.join("document"), "<html>index</html>");
    write(&root.join("sub/page.html"), "<head></head>page");
    write(&root.join(FILE), (0..=255).collect::<Vec<u8>>());
    #[cfg(unix)]
    std::os::unix::fs::symlink(dir.path().join("secret"), root.join("link")).unwrap();
    let runtime = Runtime::new().unwrap();
    let server = runtime
        .block_on(AssetServer::start(ServeOptions {
            index_document: root.join("document"),
            roots: vec![root],
            is_confined: true,
            head_block: String::new(),
            on_missing: Box::new(|_| {}),
        }))
        .unwrap();
    Site {
        runtime,
        server,
        _dir: dir,
    }
}

impl Site {
    /// All that comes back for `bytes`. The server waits for what is missing in them, until the client
    /// `closes` its side.
    fn ask(&self, bytes: &[u8], closes: bool) -> Vec<u8> {
        self.runtime.block_on(async {
            let asking = async {
                let address = ("127.0.0.1", self.server.port());
                let mut socket = TcpStream::connect(address).await.unwrap();
                // It may close before it has read everything.
                let _ = socket.write_all(bytes).await;
                let mut answer = Vec::new();
                if closes {
                    // Time to answer a whole request: one that is closed is not answered.
                    let _ = timeout(PAUSE, socket.read_buf(&mut answer)).await;
                    let _ = socket.shutdown().await;
                }
                let _ = socket.read_to_end(&mut answer).await;
                answer
            };
            timeout(DEADLINE, asking).await.expect("an answer in time")
        })
    }

    fn get(&self, method: &str, path: &str, headers: &str) -> Vec<u8> {
        let port = self.server.port();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n{headers}\r\n"
        );
        self.ask(head.as_bytes(), false)
    }
}

fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.strip_prefix(b"HTTP/1.1 ")?;
    std::str::from_utf8(line.get(..3)?).ok()?.parse().ok()
}

fn body(answer: &[u8]) -> &[u8] {
    let at = memchr::memmem::find(answer, b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    &answer[at..]
}

/// What must hold of any answer.
fn check(answer: &[u8]) -> Result<(), TestCaseError> {
    let text = String::from_utf8_lossy(answer);
    prop_assert!(!text.contains(SECRET), "{text}");
    prop_assert!(status(answer).is_none_or(|code| code < 500), "{text}");
    Ok(())
}

/// Segments of paths that are tried in all orders.
fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "..",
            ".",
            "",
            "%2e%2e",
            "%2E.",
            "..%2f",
            "..%5c",
            "..\\",
            "%252e%252e",
            "link",
            "secret",
            "project",
            "project-2",
            "sub",
            "page.html",
            "all%20bytes.bin",
            "%00",
            "%ff",
            "%c0%ae%c0%ae",
            "..;",
            "C:",
            "~",
            "index.html",
            "document",
        ])
        .prop_map(str::to_owned),
        "[!-~&&[^ #?]]{0,6}",
    ]
}

fn range() -> impl Strategy<Value = String> {
    prop_oneof![
        (0u64..300, 0u64..300).prop_map(|(from, to)| format!("bytes={from}-{to}")),
        (0u64..300).prop_map(|from| format!("bytes={from}-")),
        (0u64..300).prop_map(|last| format!("bytes=-{last}")),
        (any::<u64>(), any::<u64>()).prop_map(|(from, to)| format!("bytes={from}-{to}")),
        "bytes=[0-9,\\- ]{0,60}",
        "[ -~]{0,40}",
    ]
}

#[test]
fn no_path_gives_a_byte_from_outside() {
    let site = site();
    let config = ProptestConfig::with_cases(400);
    proptest!(config, |(
        method in prop::sample::select(vec!["GET", "HEAD", "POST", "OPTIONS", "TRACE", "PROPFIND"]),
        segments in prop::collection::vec(segment(), 0..7),
        query in "[!-~&&[^#]]{0,10}",
    )| {
        let path = format!("/{}?{query}", segments.join("/"));
        let answer = site.get(method, &path, "");
        prop_assert!(status(&answer).is_some(), "no answer");
        check(&answer)?;
    });
}

#[test]
fn a_range_gives_its_bytes_or_the_whole_file() {
    let site = site();
    let whole: Vec<u8> = (0..=255).collect();
    let config = ProptestConfig::with_cases(400);
    proptest!(config, |(range in range())| {
        let answer = site.get("GET", "/all%20bytes.bin", &format!("Range: {range}\r\n"));
        check(&answer)?;
        let given = body(&answer);
        match status(&answer) {
            Some(206) => {
                let first = usize::from(*given.first().unwrap());
                prop_assert_eq!(given, &whole[first..first + given.len()]);
                let told = format!("bytes {first}-{}/256", first + given.len() - 1);
                prop_assert!(String::from_utf8_lossy(&answer).contains(&told), "{}", told);
            }
            Some(200) => prop_assert_eq!(given, &whole[..]),
            Some(416) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    });
}

#[test]
fn no_bytes_break_it() {
    let site = site();
    let config = ProptestConfig::with_cases(300);
    proptest!(config, |(
        head in prop::sample::select(vec![
            "", "GET / HTTP/1.1\r\n", "GET /secret HTTP/1.1\r\nHost: localhost\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET http://localhost/../secret HTTP/1.1\r\n", "GET /link HTTP/1.0\r\n\r\n",
        ]),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        headers in prop::collection::vec("[!-9;-~]{1,12}: [ -~]{0,30}\r\n", 0..6),
    )| {
        let asked = [head.as_bytes(), headers.concat().as_bytes(), &bytes, b"\r\n\r\n"].concat();
        check(&site.ask(&asked, true))?;
    });
    // And it still answers.
    assert_eq!(status(&site.get("GET", "/all%20bytes.bin", "")), Some(200));
}
