//! What a render is asked to do: the JSON that JavaScript hands over, parsed once.

mod render_spec;

#[cfg(test)]
pub(crate) use render_spec::tests as testing;
pub use render_spec::{Encode, Engine, Format, Output, RenderSpec};
