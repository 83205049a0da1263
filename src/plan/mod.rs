//! The plan of a render: every decision, made in one place from facts, and printable. Nothing in
//! here asks the machine, the disk or a browser.

mod budget;
mod capture_plan;
mod decoders;
mod encoder_memory;
mod encoding;
mod error;
mod facts;
mod hdr;
mod hdr_choice;
mod lane;
mod memory;
mod render_plan;
mod ring_size;
mod segments;
mod sizing;

pub use budget::{FIELD_SHARE, FrameBytes, MOST_AT_ONCE, MOST_OUT, MemoryBudget, RING_SHARE};
pub use capture_plan::{CapturePlan, launch_mode};
pub use error::{PlanError, check_length};
pub use facts::{Confinement, Facts};
pub use hdr::{HdrDecision, HdrFacts, HdrImage, HdrPlan, HdrTold, HdrVideo, decide_hdr};
pub use lane::{FrameNeed, Lane, LaneFault};
pub use render_plan::RenderPlan;
pub use ring_size::{FrameTooLarge, RingSize};
pub use segments::SegmentPlan;
pub use sizing::{BoundBy, RasterThreads, Sizing, raster_threads};
