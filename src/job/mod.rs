//! The job: one plan decided once from facts, stages in order, staged artefact and atomic
//! publish, progress, root error, performance summary.

mod attempt;
mod error;
mod events;
mod explain;
mod flow;
mod hdr_facts;
mod injection;
mod output;
mod perf;
mod pipeline;
mod progress;
mod render_job;
mod sound;
mod transaction;
mod warm_up;

pub use crate::browser::cool_down;
pub use error::RenderError;
pub use events::{Event, EventSink, Level};
pub use explain::explain;
pub use render_job::{RenderJob, Summary};
pub use warm_up::{WarmRequest, warm_up};
