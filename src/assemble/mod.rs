//! Makes output frames of captures of the page. A [`Recipe`] says which captures a frame needs and
//! how they become one frame: the capture itself, two scenes of a transition blended, or layers of
//! the page and pictures of HDR sources laid over each other.

mod assembler;
mod assembly;
mod blur;
mod error;
mod hdr;
mod plain;
mod recipe;
mod taker;
mod transition;

pub use assembly::{Assembly, AssemblyOptions, AssemblyReport};
pub use error::AssembleError;
pub use hdr::{HdrImageCache, HdrOptions, HdrReport};
pub use recipe::Recipe;
pub use taker::FrameTaker;
pub use transition::{BlendReport, Notes, TransitionOptions, bytes_in_the_making};
