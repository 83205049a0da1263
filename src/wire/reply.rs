//! Answers as JavaScript gets them.

use std::borrow::Borrow;

use serde::Serialize;

use crate::job::RenderError;

/// Why a call failed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "NativeFailure"))]
pub struct Failure {
    /// Stable code.
    #[cfg_attr(test, ts(type = "NativeErrorCode"))]
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// Upstream's name of the stage that failed.
    pub stage: &'static str,
    /// The same call may succeed when it is tried again.
    pub retryable: bool,
    /// The last lines that pages wrote to the console, oldest first.
    pub console_tail: Vec<String>,
}

impl Failure {
    /// The failure of `error`.
    pub fn new(error: &RenderError, console_tail: Vec<String>) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
            stage: error.stage(),
            retryable: error.retryable(),
            console_tail,
        }
    }
}

/// The answer to a call.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "NativeReply"))]
pub enum Reply<T> {
    /// It succeeded.
    Success {
        /// Always true.
        #[cfg_attr(test, ts(type = "true"))]
        ok: bool,
        /// What was asked for.
        value: T,
    },
    /// It failed.
    Failure {
        /// Always false.
        #[cfg_attr(test, ts(type = "false"))]
        ok: bool,
        /// Why.
        error: Failure,
    },
}

impl<T> Reply<T> {
    /// The answer that tells `outcome`; `console` gives the console lines of a failure.
    pub fn new<E: Borrow<RenderError>>(
        outcome: Result<T, E>,
        console: impl FnOnce() -> Vec<String>,
    ) -> Self {
        match outcome {
            Ok(value) => Self::Success { ok: true, value },
            Err(error) => Self::Failure {
                ok: false,
                error: Failure::new(error.borrow(), console()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reply_has_a_value_or_an_error() {
        let success = Reply::new(Ok::<_, RenderError>(7), || unreachable!());
        assert_eq!(json!(success), json!({ "ok": true, "value": 7 }));
        let nothing = Reply::new(Ok::<_, RenderError>(()), Vec::new);
        assert_eq!(json!(nothing), json!({ "ok": true, "value": null }));
        let failure: Reply<()> =
            Reply::new(Err(RenderError::NothingStaged), || vec!["said".into()]);
        assert_eq!(
            json!(failure),
            json!({ "ok": false, "error": {
                "code": "HF_NATIVE_STATE",
                "message": "there is no finished render to publish",
                "stage": "assemble", "retryable": false, "consoleTail": ["said"],
            } })
        );
    }
}
