//! What a job tells its caller while it runs.

use serde::Serialize;

use crate::page::PageWarning;

/// Severity of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For whoever debugs.
    Debug,
    /// Ordinary course.
    Info,
    /// Unexpected, handled.
    Warn,
}

/// One event.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Event {
    /// How far the job is.
    #[serde(rename_all = "camelCase")]
    Progress {
        /// Upstream's status word.
        status: &'static str,
        /// 0 to 100, never falling.
        percent: u32,
        /// Upstream's stage text.
        message: String,
        /// Upstream's stage code and counts.
        stage: StageProgress,
        /// Frames captured, once capturing.
        #[serde(skip_serializing_if = "Option::is_none")]
        frames_rendered: Option<u64>,
        /// Frames in all, once known.
        #[serde(skip_serializing_if = "Option::is_none")]
        total_frames: Option<u64>,
    },
    /// The page told its length.
    #[serde(rename_all = "camelCase")]
    Probed {
        /// Seconds.
        duration: f64,
        /// Frames.
        total_frames: u64,
    },
    /// A log line.
    Log {
        /// Severity.
        level: Level,
        /// The line.
        message: String,
        /// Facts beside it.
        #[serde(skip_serializing_if = "serde_json::Value::is_null")]
        meta: serde_json::Value,
    },
    /// Something a viewer may notice.
    Warning(PageWarning),
    /// The sound could not be made: a warning that no render may be published with.
    #[serde(rename = "warning")]
    Silenced {
        /// Upstream's code.
        code: &'static str,
        /// What happened.
        message: String,
        /// Upstream's facts about it.
        details: serde_json::Value,
    },
}

/// Stage code and counts of a progress event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StageProgress {
    /// Upstream's code.
    pub code: &'static str,
    /// Units done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<u64>,
    /// Units in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// Where events go; must not block.
pub type EventSink = std::sync::Arc<dyn Fn(&Event) + Send + Sync>;
