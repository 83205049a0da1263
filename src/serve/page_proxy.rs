//! The way of a page to the network, where that is limited: a SOCKS proxy to which Chrome gives every
//! connection. It is told names, not addresses, looks them up itself and connects to what it has
//! checked. So neither redirects nor another answer of the DNS lead elsewhere.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::loopback::{listen, port_of};
use super::public_address::is_public;
use super::server::ServeError;
use crate::sync::IgnorePoison;

/// Connections at a time; Chrome opens at most 32 to one SOCKS proxy. More wait.
const MOST_CONNECTIONS: usize = 64;
/// For what Chrome has to say first, for a name, and for a connection.
const PATIENCE: Duration = Duration::from_secs(20);
/// Refusals that are told; a page may try for ever.
const MOST_TOLD: usize = 8;

/// RFC 1928.
const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const CONNECT: u8 = 1;
const ADDRESS_4: u8 = 1;
const NAME: u8 = 3;
const ADDRESS_6: u8 = 4;

/// What is answered to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Connected = 0,
    NotAllowed = 2,
    Unreachable = 4,
    NotSupported = 7,
}

/// Where a page wants to go.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

/// Told of the first few refused places, such as `127.0.0.1:6379`.
pub type OnRefused = Box<dyn Fn(&str) + Send + Sync>;

/// A running proxy. Dropping it ends all connections.
#[derive(Debug)]
pub struct PageProxy {
    port: u16,
    rules: Arc<Rules>,
    stop: CancellationToken,
}

struct Rules {
    opens_public: bool,
    /// Ports of our own servers on 127.0.0.1.
    own: Mutex<BTreeSet<u16>>,
    told: Mutex<BTreeSet<String>>,
    on_refused: OnRefused,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules")
            .field("opens_public", &self.opens_public)
            .field("own", &self.own)
            .finish_non_exhaustive()
    }
}

impl PageProxy {
    /// Starts on a free loopback port. It connects to addresses of the public internet, or to none,
    /// and to the ports of [`PageProxy::allow`].
    ///
    /// # Errors
    /// [`ServeError::Listen`].
    pub async fn start(opens_public: bool, on_refused: OnRefused) -> Result<Self, ServeError> {
        let listener = listen().await?;
        let port = port_of(&listener)?;
        let rules = Arc::new(Rules {
            opens_public,
            own: Mutex::default(),
            told: Mutex::default(),
            on_refused,
        });
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, Arc::clone(&rules), stop.clone()));
        Ok(Self { port, rules, stop })
    }

    /// Where Chrome finds it on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Opens a port of 127.0.0.1, on which a server of ours listens.
    pub fn allow(&self, port: u16) {
        self.rules.own.lock().ignore_poison().insert(port);
    }
}

impl Drop for PageProxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, rules: Arc<Rules>, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = stop.cancelled() => return,
        };
        let Some((place, accepted)) = accepted else {
            return;
        };
        let Ok((socket, _)) = accepted else {
            // Out of file descriptors, perhaps.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (rules, stop) = (Arc::clone(&rules), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            tokio::select! {
                served = serve(socket, &rules) => {
                    if let Err(error) = served {
                        tracing::debug!(%error, "a connection of the page ended");
                    }
                }
                () = stop.cancelled() => {}
            }
        });
    }
}

async fn serve(mut page: TcpStream, rules: &Rules) -> io::Result<()> {
    let _ = page.set_nodelay(true);
    let asked = timeout(PATIENCE, read_request(&mut page)).await;
    let (host, port) = match asked.map_err(|_| io::ErrorKind::TimedOut)?? {
        Some(place) => place,
        None => return reply(&mut page, Answer::NotSupported).await,
    };
    match connect(rules, &host, port).await {
        Ok(mut there) => {
            let _ = there.set_nodelay(true);
            reply(&mut page, Answer::Connected).await?;
            copy_bidirectional(&mut page, &mut there).await.map(drop)
        }
        Err(answer) => {
            if answer == Answer::NotAllowed {
                rules.tell(&host, port);
            }
            reply(&mut page, answer).await
        }
    }
}

/// Reads what a page wants to be connected to; `None` when it wants something else.
async fn read_request<S>(page: &mut S) -> io::Result<Option<(Host, u16)>>
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let [version, methods] = read(page).await?;
    let mut offered = vec![0; usize::from(methods)];
    page.read_exact(&mut offered).await?;
    if version != VERSION || !offered.contains(&NO_AUTHENTICATION) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    page.write_all(&[VERSION, NO_AUTHENTICATION]).await?;
    let [version, command, _, kind] = read(page).await?;
    let host = match kind {
        ADDRESS_4 => Host::Address(Ipv4Addr::from(read::<4, _>(page).await?).into()),
        ADDRESS_6 => Host::Address(Ipv6Addr::from(read::<16, _>(page).await?).into()),
        NAME => {
            let [length] = read(page).await?;
            let mut name = vec![0; usize::from(length)];
            page.read_exact(&mut name).await?;
            host_of(&String::from_utf8_lossy(&name))
        }
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    let port = u16::from_be_bytes(read(page).await?);
    Ok((version == VERSION && command == CONNECT).then_some((host, port)))
}

async fn read<const N: usize, S: AsyncReadExt + Unpin>(page: &mut S) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    page.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// Chrome sends addresses as names.
fn host_of(name: &str) -> Host {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse();
    address.map_or_else(|_| Host::Name(name.to_owned()), Host::Address)
}

async fn reply(page: &mut TcpStream, answer: Answer) -> io::Result<()> {
    let head = [VERSION, answer as u8, 0, ADDRESS_4];
    page.write_all(&[&head[..], &[0; 6]].concat()).await
}

async fn connect(rules: &Rules, host: &Host, port: u16) -> Result<TcpStream, Answer> {
    let places = match rules.opens(host, port) {
        Some(true) => vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)],
        Some(false) => return Err(Answer::NotAllowed),
        None => public_places(host, port).await?,
    };
    let connecting = TcpStream::connect(&places[..]);
    match timeout(PATIENCE, connecting).await {
        Ok(Ok(there)) => Ok(there),
        _ => Err(Answer::Unreachable),
    }
}

/// The addresses of `host`, all of them of the public internet.
async fn public_places(host: &Host, port: u16) -> Result<Vec<SocketAddr>, Answer> {
    let places: Vec<SocketAddr> = match host {
        Host::Address(address) => vec![SocketAddr::new(*address, port)],
        Host::Name(name) => {
            let found = timeout(PATIENCE, lookup_host((name.as_str(), port))).await;
            let Ok(Ok(found)) = found else {
                return Err(Answer::Unreachable);
            };
            found.collect()
        }
    };
    if places.is_empty() {
        return Err(Answer::Unreachable);
    }
    // One name that leads to both kinds is an attempt to get at the private one.
    match places.iter().all(|place| is_public(place.ip())) {
        true => Ok(places),
        false => Err(Answer::NotAllowed),
    }
}

impl Rules {
    /// Whether a place is open or closed whatever its address; `None` when that decides.
    fn opens(&self, host: &Host, port: u16) -> Option<bool> {
        let is_own = *host == Host::Address(Ipv4Addr::LOCALHOST.into())
            && self.own.lock().ignore_poison().contains(&port);
        match is_own || !self.opens_public {
            true => Some(is_own),
            false => None,
        }
    }

    fn tell(&self, host: &Host, port: u16) {
        let place = match host {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]:{port}"),
            Host::Address(address) => format!("{address}:{port}"),
            Host::Name(name) => format!("{name}:{port}"),
        };
        let mut told = self.told.lock().ignore_poison();
        if told.len() < MOST_TOLD && told.insert(place.clone()) {
            drop(told);
            (self.on_refused)(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixture {
        proxy: PageProxy,
        refused: Arc<Mutex<Vec<String>>>,
    }

    async fn proxy(opens_public: bool) -> Fixture {
        let refused = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&refused);
        let note = Box::new(move |place: &str| noted.lock().unwrap().push(place.to_owned()));
        let proxy = PageProxy::start(opens_public, note).await.unwrap();
        Fixture { proxy, refused }
    }

    fn request(kind: u8, host: &[u8], port: u16) -> Vec<u8> {
        let mut bytes = vec![VERSION, 1, NO_AUTHENTICATION, VERSION, CONNECT, 0, kind];
        if kind == NAME {
            bytes.push(host.len() as u8);
        }
        bytes.extend(host);
        bytes.extend(port.to_be_bytes());
        bytes
    }

    /// What is answered to `bytes`, and all that comes behind it.
    async fn ask(proxy: &PageProxy, bytes: &[u8]) -> Vec<u8> {
        let mut socket = TcpStream::connect(("127.0.0.1", proxy.port()))
            .await
            .unwrap();
        socket.write_all(bytes).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, socket.read_to_end(&mut answer))
            .await
            .unwrap();
        answer
    }

    async fn code(proxy: &PageProxy, kind: u8, host: &[u8], port: u16) -> Option<u8> {
        ask(proxy, &request(kind, host, port)).await.get(3).copied()
    }

    async fn greeter() -> u16 {
        let listener = listen().await.unwrap();
        let port = port_of(&listener).unwrap();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.write_all(b"secret").await;
            }
        });
        port
    }

    #[tokio::test]
    async fn this_machine_is_closed_by_every_name() {
        let port = greeter().await;
        for opens_public in [true, false] {
            let Fixture { proxy, refused } = proxy(opens_public).await;
            for name in [
                "localhost",
                "127.0.0.1",
                "[::1]",
                "::ffff:127.0.0.1",
                "0.0.0.0",
            ] {
                let answer = code(&proxy, NAME, name.as_bytes(), port).await;
                assert_eq!(answer, Some(Answer::NotAllowed as u8), "{name}");
            }
            assert_eq!(
                code(&proxy, ADDRESS_4, &[127, 0, 0, 1], port).await,
                Some(2)
            );
            let metadata = [169, 254, 169, 254];
            assert_eq!(code(&proxy, ADDRESS_4, &metadata, 80).await, Some(2));
            let told = refused.lock().unwrap().clone();
            assert!(told.contains(&format!("localhost:{port}")), "{told:?}");
            assert!(told.len() <= MOST_TOLD);
        }
    }

    #[tokio::test]
    async fn our_own_port_is_open_and_bytes_pass() {
        let port = greeter().await;
        let Fixture { proxy, refused } = proxy(false).await;
        proxy.allow(port);
        let answer = ask(&proxy, &request(NAME, b"127.0.0.1", port)).await;
        assert_eq!((answer[3], &answer[12..]), (0, &b"secret"[..]));
        assert!(refused.lock().unwrap().is_empty());
        // Only under this address.
        assert_eq!(code(&proxy, NAME, b"localhost", port).await, Some(2));
    }

    #[tokio::test]
    async fn without_the_internet_no_name_is_looked_up() {
        let Fixture { proxy, .. } = proxy(false).await;
        let told = timeout(
            Duration::from_secs(1),
            code(&proxy, NAME, b"example.com", 80),
        );
        assert_eq!(told.await.unwrap(), Some(Answer::NotAllowed as u8));
    }

    #[tokio::test]
    async fn only_connections_are_made() {
        let Fixture { proxy, .. } = proxy(true).await;
        let mut bind = request(NAME, b"127.0.0.1", 80);
        bind[4] = 2;
        assert_eq!(ask(&proxy, &bind).await.get(3), Some(&7));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..64), greets: bool) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let Fixture { proxy, .. } = proxy(false).await;
                let head: &[u8] = if greets { &[VERSION, 1, NO_AUTHENTICATION] } else { &[] };
                let answer = ask(&proxy, &[head, &bytes].concat()).await;
                prop_assert_ne!(answer.get(3), Some(&0), "{:?}", answer);
                Ok(())
            })?;
        }
    }
}
