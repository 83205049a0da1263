//! The contract with the page: readiness, seeking, diagnostics. Page scripts are `.js` files
//! embedded at build time.

mod diagnostics;
mod error;
mod open;
mod readiness;

pub use diagnostics::Diagnostics;
pub use error::{PageError, PageWarning};
pub use open::{PageOptions, ReadyPage, SourceFrames, is_opaque, load, open};
