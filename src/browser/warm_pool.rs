//! Browsers started ahead of the render that will use them: while a composition compiles, and
//! between the renders of a process that makes many. Few, and for a short time.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::args::LaunchProfile;
use super::launch::{Browser, Deadlines, launch};
use super::scratch::Scratch;
use crate::sync::IgnorePoison;

/// Most browsers waiting at a time.
const CAPACITY: usize = 2;
/// How long one waits for a render.
const LIFETIME: Duration = Duration::from_secs(30);

static WARM_POOL: Mutex<Vec<Waiting>> = Mutex::new(Vec::new());
static RENDERS: AtomicUsize = AtomicUsize::new(0);
static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

/// What a browser is started with.
#[derive(Debug, Clone)]
pub struct WarmLaunch {
    /// Browser executable.
    pub executable: PathBuf,
    /// Its command line.
    pub profile: LaunchProfile,
    /// How long it may take.
    pub deadlines: Deadlines,
}

/// A started browser and the folder it lives in.
#[derive(Debug)]
pub struct WarmBrowser {
    /// The browser.
    pub browser: Browser,
    /// To be removed after the browser was closed.
    pub scratch: Scratch,
}

/// A browser that is up, and what it was started for.
struct Prepared {
    browser: Browser,
    launched: WarmLaunch,
}

/// A browser that is up or still starting.
struct Waiting {
    id: usize,
    size: (u32, u32),
    scratch: Scratch,
    preparing: JoinHandle<Option<Prepared>>,
}

impl Waiting {
    /// Ends it, however far its start has come, and removes its folder.
    async fn discard(self) {
        self.preparing.abort();
        if let Ok(Some(mut prepared)) = self.preparing.await {
            prepared.browser.close().await;
        }
        self.scratch.remove().await;
    }
}

/// One that a render waits for. When that render ends meanwhile it goes back into the pool, so that
/// it is ended with the others.
struct Awaited(Option<Waiting>);

impl Awaited {
    /// Returns when it is up; `None` when it did not come up.
    async fn prepared(mut self) -> Option<(Prepared, Scratch)> {
        let prepared = (&mut self.0.as_mut()?.preparing).await;
        let scratch = self.0.take()?.scratch;
        match prepared {
            Ok(Some(prepared)) => Some((prepared, scratch)),
            _ => {
                scratch.remove().await;
                None
            }
        }
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        pool().extend(self.0.take());
    }
}

/// Starts a browser for a page of `size` CSS pixels in the background, as `resolve` says when it is
/// given the browser's scratch folder; `None` starts none. Does nothing when the pool is full or
/// the folder cannot be made: the render itself will say why. Called within the runtime.
pub fn start_ahead<F>(size: (u32, u32), resolve: impl FnOnce(PathBuf) -> F)
where
    F: Future<Output = Option<WarmLaunch>> + Send + 'static,
{
    let mut pool = pool();
    if pool.len() >= CAPACITY {
        return;
    }
    let Ok(scratch) = Scratch::create() else {
        return;
    };
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let path = scratch.path().to_owned();
    pool.push(Waiting {
        id,
        size,
        preparing: tokio::spawn(prepare(resolve(path.clone()), path)),
        scratch,
    });
    drop(pool);
    tokio::spawn(async move {
        tokio::time::sleep(LIFETIME).await;
        if let Some(expired) = take(|waiting| waiting.id == id) {
            expired.discard().await;
        }
    });
}

async fn prepare(
    resolving: impl Future<Output = Option<WarmLaunch>>,
    scratch: PathBuf,
) -> Option<Prepared> {
    let launched = resolving.await?;
    let WarmLaunch {
        executable,
        profile,
        deadlines,
    } = &launched;
    match launch(executable, profile, &scratch, *deadlines).await {
        Ok(browser) => Some(Prepared { browser, launched }),
        Err(error) => {
            tracing::info!(%error, "a browser started ahead did not come up");
            None
        }
    }
}

/// Takes a waiting browser that was started with this executable and a profile that makes the same
/// pixels; waits for one that is still starting.
pub async fn lease(executable: &Path, profile: &LaunchProfile) -> Option<WarmBrowser> {
    let waiting = take(|waiting| waiting.size == (profile.width, profile.height))?;
    let (mut prepared, scratch) = Awaited(Some(waiting)).prepared().await?;
    let fits = prepared.launched.executable == executable
        && prepared.launched.profile.makes_same_pixels(profile)
        && prepared.browser.is_alive();
    if !fits {
        prepared.browser.close().await;
        scratch.remove().await;
        return None;
    }
    let browser = prepared.browser;
    Some(WarmBrowser { browser, scratch })
}

/// Ends the browsers nobody took, unless a render of this process may still want one. Returns
/// when they and their folders are gone.
pub async fn cool_down() {
    if RENDERS.load(Ordering::SeqCst) > 0 {
        return;
    }
    while let Some(waiting) = take(|_| true) {
        waiting.discard().await;
    }
}

/// Counts a render that begins.
pub fn render_begins() {
    RENDERS.fetch_add(1, Ordering::SeqCst);
}

/// Counts a render that ended; with the last one of the process, the browsers nobody took end.
pub async fn render_ended() {
    RENDERS.fetch_sub(1, Ordering::SeqCst);
    cool_down().await;
}

fn take(fits: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
    let mut pool = pool();
    let at = pool.iter().position(fits)?;
    Some(pool.remove(at))
}

fn pool() -> MutexGuard<'static, Vec<Waiting>> {
    WARM_POOL.lock().ignore_poison()
}

#[cfg(test)]
mod tests {
    use super::super::args::{GpuMode, LaunchMode};
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use tokio::time::timeout;

    fn profile() -> LaunchProfile {
        LaunchProfile::sample(LaunchMode::BeginFrame, GpuMode::Software)
    }

    /// Starts a browser that never answers, and gives the folder it was given.
    fn start_silent(dir: &Path) -> PathBuf {
        let program = dir.join("chrome-headless-shell");
        std::fs::write(&program, "#!/bin/sh\nsleep 600\n").unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let launch = WarmLaunch {
            executable: program,
            profile: profile(),
            deadlines: Deadlines {
                launch: Duration::from_secs(120),
                call: Duration::from_secs(300),
            },
        };
        let size = (launch.profile.width, launch.profile.height);
        start_ahead(size, |_| async { Some(launch) });
        let pool = pool();
        pool[pool.len() - 1].scratch.path().to_owned()
    }

    // One test, because there is one pool per process.
    #[tokio::test]
    async fn one_that_is_still_starting_ends_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let soon = Duration::from_secs(10);
        let folder = start_silent(dir.path());
        tokio::time::sleep(Duration::from_millis(200)).await;
        timeout(soon, cool_down()).await.unwrap();
        assert!(!folder.exists() && pool().is_empty(), "while nobody waits");

        let folder = start_silent(dir.path());
        let profile = profile();
        let leasing = lease(dir.path(), &profile);
        assert!(timeout(Duration::from_millis(200), leasing).await.is_err());
        assert_eq!(pool().len(), 1, "the render that waited has ended");
        timeout(soon, cool_down()).await.unwrap();
        assert!(
            !folder.exists() && pool().is_empty(),
            "after a render waited"
        );
    }
}
