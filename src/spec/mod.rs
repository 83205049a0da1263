//! What a render is asked to do: the JSON that JavaScript hands over and what the environment
//! says, parsed once.

mod environment;
mod error;
mod fingerprint;
mod hdr_mode;
mod page_limits;
mod render_spec;
#[cfg(test)]
pub(crate) mod testing;

pub use environment::{Environment, LaneDemand};
pub use error::SpecError;
pub use hdr_mode::HdrMode;
pub use page_limits::{PageFiles, PageLimits, PageNetwork};
pub use render_spec::{Encode, Engine, Output, RenderSpec, Resume};
