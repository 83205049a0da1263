//! The threads of Node that have loaded the addon. They share one runtime, which ends with the last of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use napi::Env;
use napi::bindgen_prelude::{Object, Result};
use napi_derive::napi;

use crate::job::forget_browsers;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// A thread loads the addon. What waits for renders of a runtime that has ended, or is about to, ends too.
#[napi(module_exports)]
pub fn thread_begins(_exports: Object<'_>, env: Env) -> Result<()> {
    if LIVE.fetch_add(1, Ordering::SeqCst) == 0 {
        forget_browsers();
    }
    env.add_env_cleanup_hook((), |()| {
        if LIVE.fetch_sub(1, Ordering::SeqCst) == 1 {
            forget_browsers();
        }
    })?;
    Ok(())
}
