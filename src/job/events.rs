//! What a job tells its caller while it runs.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::page::PageWarning;
use crate::sync::Awaited;

/// Severity of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "LogLevel"))]
pub enum Level {
    /// For debugging.
    Debug,
    /// Ordinary course.
    Info,
    /// Unexpected, handled.
    Warn,
}

/// Upstream's word for what a job is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "RunningStatus"))]
pub enum Status {
    /// Frames are captured.
    Rendering,
    /// The last frames are encoded.
    Encoding,
    /// The file is put together.
    Assembling,
}

/// What is told while a render runs.
#[derive(Debug, Clone, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "NativeEvent", optional_fields))]
pub enum Event {
    /// How far the job is.
    Progress {
        /// What the job is doing.
        status: Status,
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
    /// Nothing else was said for a while: the job lives, and waits.
    Heartbeat {
        /// For what; empty while it works.
        awaits: Vec<AwaitedThing>,
    },
    /// The page told its length.
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
        /// Facts that belong to it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional, type = "Record<string, unknown>"))]
        meta: Option<Value>,
    },
    /// A problem that may be seen or heard in the output.
    Warning {
        /// Upstream's code.
        code: &'static str,
        /// What happened.
        message: String,
        /// Upstream's facts about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional, type = "Record<string, unknown>"))]
        details: Option<Value>,
    },
}

impl From<&PageWarning> for Event {
    fn from(warning: &PageWarning) -> Self {
        let mut details = Map::new();
        if let Some(media) = warning.media_type {
            details.insert("mediaType".into(), media.into());
        }
        if !warning.sources.is_empty() {
            details.insert("sources".into(), warning.sources.clone().into());
        }
        if let Some(ms) = warning.timeout_ms {
            details.insert("timeoutMs".into(), ms.into());
        }
        Self::Warning {
            code: warning.code,
            message: warning.message.clone(),
            details: (!details.is_empty()).then_some(Value::Object(details)),
        }
    }
}

/// Stage code and counts of a progress event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
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

/// What a job waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase", optional_fields))]
pub struct AwaitedThing {
    /// In words, to go after "waits for".
    pub what: String,
    /// For how long, milliseconds.
    pub waited_ms: u64,
    /// When it is given up: milliseconds from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<u64>,
}

impl AwaitedThing {
    /// As things are at `now`.
    pub fn at(now: Instant, awaited: &Awaited) -> Self {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            what: awaited.what.clone(),
            waited_ms: ms(now.saturating_duration_since(awaited.since)),
            left_ms: awaited
                .until
                .map(|end| ms(end.saturating_duration_since(now))),
        }
    }
}

/// Where events go; must not block.
pub type EventSink = std::sync::Arc<dyn Fn(&Event) + Send + Sync>;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_warning_of_a_page_has_upstreams_shape() {
        let mut warning = PageWarning {
            code: "media_readiness_timeout",
            message: "late".to_owned(),
            media_type: Some("image"),
            sources: vec!["a.png".to_owned()],
            timeout_ms: Some(500),
        };
        assert_eq!(
            json!(Event::from(&warning)),
            json!({
                "type": "warning", "code": "media_readiness_timeout", "message": "late",
                "details": { "mediaType": "image", "sources": ["a.png"], "timeoutMs": 500 },
            })
        );
        (warning.sources, warning.timeout_ms) = (Vec::new(), None);
        warning.media_type = None;
        let bare = json!(Event::from(&warning));
        assert_eq!(bare.get("details"), None);
    }

    #[test]
    fn fields_are_in_camel_case_and_absent_without_a_value() {
        let stage = StageProgress {
            code: "capture",
            done: Some(1),
            total: None,
        };
        let event = Event::Progress {
            status: Status::Rendering,
            percent: 25,
            message: "m".to_owned(),
            stage,
            frames_rendered: Some(1),
            total_frames: None,
        };
        assert_eq!(
            json!(event),
            json!({
                "type": "progress", "status": "rendering", "percent": 25, "message": "m",
                "stage": { "code": "capture", "done": 1 }, "framesRendered": 1,
            })
        );
    }
}
