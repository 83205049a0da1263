//! The job: one plan decided once from facts, stages in order, staged artefact and atomic
//! publish, progress, root error, performance summary.

mod blending;
mod budget;
mod effects_page;
mod error;
mod events;
mod flow;
mod hdr;
mod hdr_sources;
mod host;
mod injection;
mod job;
mod layering;
mod outlet;
mod output;
mod perf;
mod pipeline;
mod plan;
mod progress;
mod scratch;
mod sizing;
mod sound;
mod spec;
mod transaction;
mod warm;

pub use budget::MemoryBudget;
pub use error::RenderError;
pub use events::{Event, EventSink, Level};
pub use hdr::HdrTold;
pub use host::Host;
pub use job::{RenderJob, Summary};
pub use plan::{RenderPlan, explain};
pub use sizing::{BoundBy, Sizing};
pub use spec::RenderSpec;
pub use warm::{WarmRequest, cool_down, warm_up};
