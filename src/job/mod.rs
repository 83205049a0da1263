//! The job: one plan decided once from facts, stages in order, staged artefact and atomic
//! publish, progress, root error, performance summary.

mod attempt;
mod context;
mod error;
mod events;
mod explain;
mod input_files;
mod job_share;
mod memory_watch;
mod open_decoders;
mod perf_summary;
mod pipeline;
mod progress;
mod render_job;
mod session;
mod stages;
mod summary;
mod transaction;
mod warm_browser;

pub use crate::capture::{abandon, cool_down, forget as forget_browsers};
pub use error::RenderError;
pub use events::{Event, EventSink, Level, StageProgress, Status};
pub use explain::explain;
pub use perf_summary::{BeginFrameReuse, PerfSummary, Resolution, StageSummary};
pub use render_job::RenderJob;
pub use session::{FrameSession, SessionFacts};
pub use stages::WatchedMedia;
pub use summary::Summary;
pub use warm_browser::{WarmRequest, start_warm_browser};
