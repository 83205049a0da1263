//! The layered path: which elements make a layer and in which order layers lie on each other,
//! what of a source is HDR and whether the output becomes it, and the pictures those are read
//! from. Pixel arithmetic is `blend`'s.

mod blended;
mod css;
mod error;
mod hdr_element;
mod hdr_facts;
mod hdr_mode;
mod image_shelf;
mod layers;
mod object_position;
mod png;

pub use blended::{AboveScenes, BlendBuffers, BlendedFormat, Look, Parts, compose};
pub use css::{Transform, object_fit, transform};
pub use error::CompositeError;
pub use hdr_element::{HdrKind, covers_canvas, draw_element, picture_size};
pub use hdr_facts::{ColourTags, png_tags, strongest};
pub use hdr_mode::{HdrChoice, HdrMode, choose_hdr};
pub use image_shelf::{HdrImage, ImageShelf};
pub use layers::{Layer, layers};
pub use object_position::object_position;
pub use png::decode_rgb48;
