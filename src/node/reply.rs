//! Results and errors as JavaScript gets them.

use std::sync::Arc;

use napi::{Error, Status};
use serde::Serialize;

use crate::job::{FrameSession, RenderError, RenderJob};
use crate::wire::Reply;

/// Console lines sent along with an error, upstream's figure.
const CONSOLE_LINES: usize = 30;

/// JSON of an outcome.
pub(super) fn of<T: Serialize>(job: &RenderJob, outcome: Result<T, RenderError>) -> String {
    json(&Reply::new(outcome, || job.console_tail(CONSOLE_LINES)))
}

/// The same of an outcome that a session had.
pub(super) fn of_session<T: Serialize>(
    session: &FrameSession,
    outcome: Result<T, Arc<RenderError>>,
) -> String {
    json(&Reply::new(outcome, || session.console_tail(CONSOLE_LINES)))
}

/// The same of an outcome that no job had.
pub(super) fn alone<T: Serialize>(outcome: Result<T, RenderError>) -> String {
    json(&Reply::new(outcome, Vec::new))
}

fn json<T: Serialize>(reply: &Reply<T>) -> String {
    serde_json::to_string(reply).unwrap_or_default()
}

/// An exception whose message starts with the stable code.
pub(super) fn to_napi(error: RenderError) -> Error {
    plain(&format!("{}: {error}", error.code()))
}

/// An exception with just a message.
pub(super) fn plain(message: &str) -> Error {
    Error::new(Status::GenericFailure, message.to_owned())
}
