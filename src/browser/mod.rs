//! Find, launch, check, lease and kill Chrome. Every call has a deadline, and all waiting calls
//! fail at once when the browser dies. The only room that names `chromiumoxide`: its typed protocol
//! commands are sent over our own pipe transport (docs/adr/0002).

mod args;
mod begin_frame_clock;
mod dialogs;
mod documents;
mod error;
mod executable;
mod gpu;
mod launch;
mod launch_check;
mod listener;
mod page_events;
mod page_link;
mod picture;
mod requests;
mod sandbox;
mod scratch;
mod session;
mod shadow_roots;
mod transport;

pub use args::{GpuMode, LaunchMode, LaunchProfile, NetworkAccess, Tiles};
pub use begin_frame_clock::{BeginFrameClock, WARMUP_INTERVAL_MS};
pub use dialogs::Dialog;
pub use error::BrowserError;
pub use executable::{BROWSER_VARIABLES, BrowserKind, BrowserSearch, FoundBrowser, find_browser};
pub use gpu::{GpuPreference, resolve_gpu};
pub use launch::{Browser, Deadlines, launch};
pub use launch_check::begin_frame_works;
pub use page_events::PageEvent;
#[cfg(any(test, fuzzing))]
pub(crate) use page_events::fuzz_events;
pub use picture::{Backdrop, BeginFrame, ImageFormat, Shot};
pub use requests::OpenRequests;
pub use sandbox::Sandbox;
pub use scratch::Scratch;
pub use session::PageSession;
