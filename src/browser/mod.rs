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
mod session;
mod transport;

pub use args::{GpuMode, LaunchMode, LaunchProfile};
pub use clock::{BeginFrameClock, WARMUP_INTERVAL_MS};
pub use error::BrowserError;
pub use find::{BROWSER_VARIABLES, BrowserKind, BrowserSearch, FoundBrowser, find_browser};
pub use gpu::{GpuPreference, resolve_gpu};
pub use launch::{Browser, Deadlines, PROFILE_PREFIX, launch};
pub use picture::{Backdrop, BeginFrame, ImageFormat, Shot};
pub use probe::begin_frame_works;
pub use session::{PageEvent, PageSession};
