//! Makes an output frame of its captures: which elements make a layer and in which order layers lie
//! on each other, what lies above the scenes of a transition, and the pictures of HDR sources.

mod blended;
mod blending;
mod css;
mod error;
mod finished_frames;
mod hdr_element;
mod hdr_images;
mod layering;
mod layers;
mod object_position;
mod png;

pub use blended::{AboveScenes, BlendBuffers, Parts, compose};
pub use blending::{BlendPlan, BlendReport, Blending, Ring};
pub use css::{Transform, object_fit, transform};
pub use error::CompositeError;
pub use hdr_element::{HdrKind, covers_canvas, draw_element, picture_size};
pub use hdr_images::{HdrImage, HdrImageCache};
pub use layering::{LayerPlan, LayerReport, Layering};
pub use layers::{Layer, layers};
pub use object_position::object_position;
pub use png::decode_rgb48;
