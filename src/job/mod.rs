//! The job: one plan decided once from facts, stages in order, staged artefact and atomic
//! publish, progress, root error, performance summary.

mod error;
mod events;
mod flow;
pub(crate) mod injection;
mod output;
mod perf;
mod perf_summary;
mod pipeline;
mod progress;
mod render_job;
mod scratch;
mod sound;
mod transaction;
mod warm;

pub use error::RenderError;
pub use events::{Event, EventSink, Level, StageProgress, Status};
pub use perf_summary::{BeginFrameReuse, PerfSummary, Resolution, StageSummary};
pub use render_job::{RenderJob, Summary};
pub use warm::{WarmRequest, cool_down, warm_up};
