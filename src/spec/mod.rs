//! What a render is asked to do: the JSON that JavaScript hands over and what the environment
//! says, parsed once.

mod environment;
mod error;
mod hdr_mode;
mod render_spec;

pub use environment::{Environment, LaneDemand};
pub use error::SpecError;
pub use hdr_mode::HdrMode;
#[cfg(test)]
pub(crate) use render_spec::tests as testing;
pub use render_spec::{Encode, Engine, Output, RenderSpec};
