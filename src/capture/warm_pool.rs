//! Browsers started ahead of the render that will use them: while a command line starts, while a
//! composition compiles, and between the renders of a process that makes many. There are few of
//! them, and they are ended after a short time.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::spare::SpareBrowser;
use crate::browser::{Deadlines, GpuPreference, LaunchMode, LaunchProfile, Scratch};
use crate::sync::IgnorePoison;

/// Most browsers waiting at a time.
const CAPACITY: usize = 2;
/// How long one waits for a render.
const LIFETIME: Duration = Duration::from_secs(30);
/// How long a process that ends waits for the end of its browsers.
const ABANDON_DEADLINE: Duration = Duration::from_millis(500);

/// How often it looks whether they have ended.
const ABANDON_POLL: Duration = Duration::from_millis(2);

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

/// What is known at once of a browser that is to be started: those of one kind serve the same
/// renders.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Size of the page, CSS pixels.
    pub size: (u32, u32),
    /// Browser executable.
    pub executable: PathBuf,
    /// Compositor control.
    pub mode: LaunchMode,
    /// GL backend that is asked for.
    pub gpu: GpuPreference,
    /// Add `--disable-gpu`.
    pub disable_gpu: bool,
    /// Deadline of any one call.
    pub call_deadline: Duration,
}

/// A running browser, and what it was started with.
struct Prepared {
    spare: SpareBrowser,
    launched: WarmLaunch,
}

/// A browser that is running or still starting.
struct Waiting {
    id: usize,
    fit: Fit,
    /// No job has asked for it yet: it was started for one that is expected.
    is_expected: bool,
    since: Instant,
    scratch: Scratch,
    preparing: JoinHandle<Option<Prepared>>,
}

impl Waiting {
    /// Ends it, started or not, and removes its folder.
    async fn discard(self) {
        self.preparing.abort();
        if let Ok(Some(mut prepared)) = self.preparing.await {
            prepared.spare.browser.close().await;
        }
        self.scratch.remove().await;
    }
}

/// One that a render waits for. When that render ends meanwhile it goes back into the pool, so that
/// it is ended with the others.
struct Awaited(Option<Waiting>);

impl Awaited {
    /// Returns when it has started; `None` when it did not start.
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

/// Starts a browser in the background, as `resolve` says when it is given the browser's scratch
/// folder; `None` starts none. `is_expected` means: for a job that has not begun. The job takes it
/// over by asking for one that fits, and nothing more is started then; one that does not fit is
/// ended. Does nothing when the pool is full or the folder cannot be made: the render itself will
/// say why. Called within the runtime.
pub fn start_ahead<F>(fit: Fit, is_expected: bool, resolve: impl FnOnce(PathBuf) -> F)
where
    F: Future<Output = Option<WarmLaunch>> + Send + 'static,
{
    let mut pool = pool();
    if !is_expected && let Some(at) = pool.iter().position(|waiting| waiting.is_expected) {
        if pool[at].fit == fit {
            pool[at].is_expected = false;
            return;
        }
        let wrong = pool.remove(at);
        tracing::info!(started = ?wrong.fit, wanted = ?fit, "a browser was started in vain");
        tokio::spawn(wrong.discard());
    }
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
        fit,
        is_expected,
        since: Instant::now(),
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
    match SpareBrowser::start(&launched, &scratch).await {
        Ok(spare) => Some(Prepared { spare, launched }),
        Err(error) => {
            tracing::info!(%error, "a browser started ahead did not come up");
            None
        }
    }
}

/// Takes a waiting browser that was started with this executable and a profile that makes the same
/// pixels, with its scratch folder, to be removed after the browser was closed; waits for one that
/// is still starting, until it has taken `launch_deadline` in all: whoever started it may have given
/// it more.
pub async fn lease(
    executable: &Path,
    profile: &LaunchProfile,
    launch_deadline: Duration,
) -> Option<(SpareBrowser, Scratch)> {
    let waiting = take(|waiting| waiting.fit.size == (profile.width, profile.height))?;
    let (id, patience) = (
        waiting.id,
        launch_deadline.saturating_sub(waiting.since.elapsed()),
    );
    let preparing = timeout(patience, Awaited(Some(waiting)).prepared());
    let Ok(prepared) = preparing.await else {
        // It is in the pool again.
        if let Some(late) = take(|waiting| waiting.id == id) {
            late.discard().await;
        }
        return None;
    };
    let (mut prepared, scratch) = prepared?;
    let fits = prepared.launched.executable == executable
        && prepared.launched.profile.makes_same_pixels(profile)
        && prepared.spare.browser.is_alive();
    if !fits {
        prepared.spare.browser.close().await;
        scratch.remove().await;
        return None;
    }
    Some((prepared.spare, scratch))
}

/// Ends all waiting browsers, unless a render is running in this process, which may want one.
/// Returns when they and their folders are gone.
pub async fn cool_down() {
    if RENDERS.load(Ordering::SeqCst) > 0 {
        return;
    }
    discard_all().await;
}

/// Ends all waiting browsers of a process that is about to end, and waits for renders that were
/// cancelled, within half a second: what is left then sees its pipe closed and ends by itself.
pub async fn abandon() {
    let ending = async {
        let renders = async {
            while RENDERS.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(ABANDON_POLL).await;
            }
        };
        tokio::join!(discard_all(), renders);
        // A render that waited for a browser gives it back when it ends.
        discard_all().await;
    };
    let _ = tokio::time::timeout(ABANDON_DEADLINE, ending).await;
}

/// Ends all waiting browsers, at the same time.
async fn discard_all() {
    let all = std::mem::take(&mut *pool());
    join_all(all.into_iter().map(Waiting::discard)).await;
}

/// Ends all waiting browsers for a runtime that is about to end, or has: nobody else would. Returns within half
/// a second. Called outside of a runtime.
pub fn forget() {
    let all = std::mem::take(&mut *pool());
    if all.is_empty() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    // Without a runtime they end by being dropped.
    if let Ok(runtime) = runtime {
        let ending = join_all(all.into_iter().map(Waiting::discard));
        let _ = runtime.block_on(async { timeout(ABANDON_DEADLINE, ending).await });
    }
}

/// A render of this process, until it is dropped: also when its runtime ends under it.
#[derive(Debug)]
pub struct Rendering(());

/// Counts a render that begins.
pub fn render_begins() -> Rendering {
    RENDERS.fetch_add(1, Ordering::SeqCst);
    Rendering(())
}

impl Rendering {
    /// The render has ended. When it was the last one of the process, all waiting browsers are ended.
    pub async fn ended(self) {
        drop(self);
        cool_down().await;
    }
}

impl Drop for Rendering {
    fn drop(&mut self) {
        RENDERS.fetch_sub(1, Ordering::SeqCst);
    }
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
    use super::*;
    use crate::browser::GpuMode;

    fn profile() -> LaunchProfile {
        LaunchProfile::sample(LaunchMode::BeginFrame, GpuMode::Software)
    }

    fn fit(dir: &Path, width: u32) -> Fit {
        Fit {
            size: (width, profile().height),
            executable: dir.join("chrome-headless-shell"),
            mode: LaunchMode::BeginFrame,
            gpu: GpuPreference::Software,
            disable_gpu: false,
            call_deadline: Duration::from_secs(300),
        }
    }

    /// Starts a browser that never answers, and gives the folder it was given.
    fn start_silent(dir: &Path, is_expected: bool) -> PathBuf {
        let fit = fit(dir, profile().width);
        let program = crate::testing::shell_program(&fit.executable, "sleep 600");
        let launch = WarmLaunch {
            executable: program,
            profile: profile(),
            deadlines: Deadlines {
                launch: Duration::from_secs(120),
                call: Duration::from_secs(300),
            },
        };
        start_ahead(fit, is_expected, |_| async { Some(launch) });
        let pool = pool();
        pool[pool.len() - 1].scratch.path().to_owned()
    }

    // One test, because there is one pool per process.
    #[tokio::test]
    async fn one_that_is_still_starting_ends_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let soon = Duration::from_secs(10);
        let folder = start_silent(dir.path(), false);
        tokio::time::sleep(Duration::from_millis(200)).await;
        timeout(soon, cool_down()).await.unwrap();
        assert!(!folder.exists() && pool().is_empty(), "while nobody waits");

        let folder = start_silent(dir.path(), false);
        let profile = profile();
        let leasing = lease(dir.path(), &profile, soon);
        assert!(timeout(Duration::from_millis(200), leasing).await.is_err());
        assert_eq!(pool().len(), 1, "the render that waited has ended");
        timeout(soon, cool_down()).await.unwrap();
        assert!(
            !folder.exists() && pool().is_empty(),
            "after a render waited"
        );

        let folder = start_silent(dir.path(), false);
        let leasing = lease(dir.path(), &profile, Duration::from_millis(100));
        assert!(timeout(soon, leasing).await.unwrap().is_none());
        assert!(!folder.exists(), "the deadline of the render has passed");

        let folder = start_silent(dir.path(), true);
        let same = fit(dir.path(), profile.width);
        start_ahead(same.clone(), false, |_| async { None });
        assert_eq!(pool().len(), 1, "a job takes over the one that fits");
        start_ahead(same, false, |_| async { None });
        assert_eq!(pool().len(), 2, "and the next job gets its own");
        timeout(soon, abandon()).await.unwrap();
        assert!(!folder.exists() && pool().is_empty(), "at the end");

        let folder = start_silent(dir.path(), false);
        let rendering = render_begins();
        abandon().await;
        assert!(!folder.exists() && pool().is_empty(), "beside a render");
        rendering.ended().await;

        let stopped = tokio::spawn(async {
            let _rendering = render_begins();
            std::future::pending::<()>().await;
        });
        tokio::task::yield_now().await;
        stopped.abort();
        assert!(stopped.await.unwrap_err().is_cancelled());
        assert_eq!(
            RENDERS.load(Ordering::SeqCst),
            0,
            "a render that was dropped"
        );

        let folder = start_silent(dir.path(), true);
        timeout(soon, tokio::task::spawn_blocking(forget))
            .await
            .unwrap()
            .unwrap();
        assert!(!folder.exists() && pool().is_empty(), "with the runtime");

        let folder = start_silent(dir.path(), true);
        start_ahead(fit(dir.path(), 64), false, |_| async { None });
        let sizes: Vec<_> = pool().iter().map(|waiting| waiting.fit.size.0).collect();
        assert_eq!(sizes, [64], "one that does not fit makes room");
        let gone = async {
            while folder.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(soon, gone).await.unwrap();
        timeout(soon, cool_down()).await.unwrap();
    }
}
