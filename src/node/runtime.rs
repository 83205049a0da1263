//! The tokio runtime and logging that all jobs of a process share.

use std::sync::Once;
use std::time::Duration;

use napi::bindgen_prelude::create_custom_tokio_runtime;
use tracing_subscriber::EnvFilter;

use crate::job::RenderError;
use crate::process::end_this_process;

/// Names the level of our own log lines on stderr, as `RUST_LOG` would (`debug`,
/// `producer_native=trace`).
const LOG_VARIABLE: &str = "HF_NATIVE_LOG";
/// File operations and memory samples; more threads would only wait for the same disk.
const MAX_BLOCKING_THREADS: usize = 8;
/// One of these threads is always there, so work waits for it where the system has no thread to give:
/// tokio panics where there is none at all.
const THREADS_STAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Heaps that threads share. By itself glibc makes up to eight for each core, and frames that are
/// freed by another thread than their own stay in them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAX_HEAPS: i32 = 2;

#[napi_derive::module_init]
fn start() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes two integers, and says by its answer whether it could be set.
    unsafe {
        nix::libc::mallopt(nix::libc::M_ARENA_MAX, MAX_HEAPS);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("hf-native")
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .thread_keep_alive(THREADS_STAY)
        .enable_all()
        .build();
    // Without a runtime of our own napi makes its default one.
    if let Ok(runtime) = runtime {
        runtime.spawn_blocking(|| ());
        create_custom_tokio_runtime(runtime);
    }
}

/// Sends log lines to stderr when `HF_NATIVE_LOG` is set.
pub(super) fn start_logging() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if let Ok(filter) = EnvFilter::try_from_env(LOG_VARIABLE) {
            let subscriber = tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_writer(std::io::stderr)
                .finish();
            // Another addon in this process may log already.
            let _ = tracing::subscriber::set_global_default(subscriber);
        }
    });
}

/// Ends the process with `code` after `patience`, unless it has ended by then. For one that is ending:
/// at its very end the C library waits for all threads of Node, and one of them may wait for ever, in
/// the opening of a pipe that nobody writes into.
pub(super) fn end_within(patience: Duration, code: i32) {
    let ending = std::thread::Builder::new().name("hf-end".into());
    // Without a thread it ends as it would have.
    let _ = ending.spawn(move || {
        std::thread::sleep(patience);
        // Nothing is left to be done: the process has told everybody that it ends, and is only waiting
        // for its own threads.
        end_this_process(code)
    });
}

/// Runs `work` on a task of its own, so that its panic ends it and nothing else.
pub(super) async fn guarded<T: Send + 'static, E: From<RenderError> + Send + 'static>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    tokio::spawn(work)
        .await
        .unwrap_or_else(|failure| Err(RenderError::Panic(failure.to_string()).into()))
}
