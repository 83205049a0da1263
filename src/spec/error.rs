//! Why a specification was refused.

use crate::composition::CompositionError;

/// A specification that no render can be made from.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// It is not JSON of this shape, or a field is out of range; the text names the field.
    #[error("{0}")]
    Field(String),
    /// Its composition is not usable.
    #[error(transparent)]
    Composition(#[from] CompositionError),
}
