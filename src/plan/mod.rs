//! The plan of a render: every decision, made in one place from facts, and printable.

mod budget;
mod hdr;
mod hdr_mode;
mod render_plan;
mod ring;
mod sizing;

pub use budget::{FIELD_SHARE, FrameBytes, MemoryBudget, RING_SHARE};
pub use hdr::{HdrDecision, HdrPlan, HdrTold, HdrVideo, decide_hdr};
pub use hdr_mode::{HdrChoice, choose_hdr};
pub use render_plan::{
    CapturePlan, RenderPlan, decide, encode_settings, explain, launch_mode, sizing,
};
pub use ring::{FrameTooLarge, RingSize};
pub use sizing::{BoundBy, Sizing, SizingFacts, raster_threads};
