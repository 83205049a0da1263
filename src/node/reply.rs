//! Results and errors as JavaScript gets them.

use napi::{Error, Status};
use serde::Serialize;
use serde_json::json;

use crate::job::{RenderError, RenderJob};

/// Console lines sent along with an error, upstream's figure.
const CONSOLE_LINES: usize = 30;

/// JSON of an outcome; a success carries its value under `name`.
pub(super) fn of<T: Serialize>(
    job: &RenderJob,
    outcome: Result<T, RenderError>,
    name: &str,
) -> String {
    told(outcome, name, || job.console_tail(CONSOLE_LINES))
}

/// The same of an outcome that no job had.
pub(super) fn alone<T: Serialize>(outcome: Result<T, RenderError>, name: &str) -> String {
    told(outcome, name, Vec::new)
}

fn told<T: Serialize>(
    outcome: Result<T, RenderError>,
    name: &str,
    console: impl FnOnce() -> Vec<String>,
) -> String {
    match outcome {
        Ok(value) => json!({ "ok": true, name: value }),
        Err(error) => json!({ "ok": false, "error": {
            "code": error.code(),
            "message": error.to_string(),
            "stage": error.stage(),
            "retryable": error.retryable(),
            "consoleTail": console(),
        } }),
    }
    .to_string()
}

/// An exception whose message starts with the stable code.
pub(super) fn to_napi(error: RenderError) -> Error {
    plain(&format!("{}: {error}", error.code()))
}

/// An exception with just a message.
pub(super) fn plain(message: &str) -> Error {
    Error::new(Status::GenericFailure, message.to_owned())
}
