//! Find, launch, probe, lease and kill Chrome. Every call has a deadline; a dead browser fails
//! every waiter at once. The only room that names `chromiumoxide`, whose typed protocol commands
//! travel over our own pipe transport (see docs/adr/0002).

mod args;
mod clock;
mod error;
mod find;
mod gpu;
mod launch;
mod picture;
mod probe;
mod scratch;
mod session;
mod transport;
mod warm_pool;

pub use args::{GpuMode, LaunchMode, LaunchProfile};
pub use clock::{BeginFrameClock, WARMUP_INTERVAL_MS};
pub use error::BrowserError;
pub use find::{BROWSER_VARIABLES, BrowserKind, BrowserSearch, FoundBrowser, find_browser};
pub use gpu::{GpuPreference, resolve_gpu};
pub use launch::{Browser, Deadlines, launch};
pub use picture::{Backdrop, BeginFrame, ImageFormat, Shot};
pub use probe::begin_frame_works;
pub use scratch::Scratch;
pub use session::{PageEvent, PageSession};
pub use warm_pool::{
    WarmBrowser, WarmLaunch, cool_down, lease, render_begins, render_ended, start_ahead,
};
