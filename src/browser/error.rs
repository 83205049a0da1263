//! Browser failures. Texts keep the wording that upstream's classifiers match
//! (docs/upstream.md#error-texts).

use std::path::PathBuf;

use crate::process::ProcessError;

/// A browser failure.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BrowserError {
    /// No usable executable.
    #[error(
        "No Chrome found. Looked at {tried}. Install chrome-headless-shell (`npx hyperframes browser ensure`, or `apt-get install chromium-headless-shell`) or set HYPERFRAMES_BROWSER_PATH"
    )]
    NotFound {
        /// The places looked at.
        tried: String,
    },
    /// A configured path does not exist.
    #[error(
        "{setting} is set to {}, which does not exist. Point it at chrome-headless-shell, or unset it to use an installed one",
        path.display()
    )]
    ConfiguredMissing {
        /// Option or environment variable.
        setting: String,
        /// Its value.
        path: PathBuf,
    },
    /// It did not start.
    #[error("Failed to launch the browser process! {detail}")]
    Launch {
        /// Executable, exit status and last stderr lines.
        detail: String,
    },
    /// Chrome has another major version than the configuration demands.
    #[error("[FrameCapture] Chromium major mismatch expected={expected} actual={actual} raw={raw}")]
    MajorMismatch {
        /// Demanded major version.
        expected: u32,
        /// Found major version.
        actual: u32,
        /// Product string.
        raw: String,
    },
    /// A call got no answer in time.
    #[error(
        "{method} timed out. Increase the 'protocolTimeout' setting ({ms} ms) in launch/connect calls for a higher timeout if needed."
    )]
    Timeout {
        /// Protocol method.
        method: String,
        /// The deadline in milliseconds.
        ms: u128,
    },
    /// Chrome refused a call.
    #[error("Protocol error ({method}): {message}")]
    Protocol {
        /// Protocol method.
        method: String,
        /// Chrome's words.
        message: String,
    },
    /// The connection ended.
    #[error("Protocol error ({method}): Target closed ({detail})")]
    Closed {
        /// Protocol method that was waiting.
        method: String,
        /// How the browser ended, if known.
        detail: String,
    },
    /// The renderer process crashed.
    #[error("Page crashed!")]
    PageCrashed,
    /// Page script threw.
    #[error("Evaluation failed: {message}")]
    Evaluation {
        /// The exception text.
        message: String,
    },
    /// The page loaded another document before it answered.
    #[error("Execution context was destroyed, most likely because of a navigation")]
    ContextLost,
    /// The page went to another document while it was captured.
    #[error(
        "the page left the composition for {url}, which cannot be captured. Remove what takes it there: location.href, location.reload(), a form that is sent, a <meta http-equiv=\"refresh\">"
    )]
    LeftPage {
        /// The address of the other document; that of the composition when it was loaded again.
        url: String,
    },
    /// Navigation did not reach DOMContentLoaded in time.
    #[error("Navigation timeout of {ms} ms exceeded")]
    NavigationTimeout {
        /// The deadline in milliseconds.
        ms: u128,
    },
    /// Navigation failed at once.
    #[error("{reason} at {url}")]
    Navigation {
        /// Chrome's `net::` code.
        reason: String,
        /// The address.
        url: String,
    },
    /// A reply was not what the protocol promises.
    #[error("unexpected reply to {method}: {detail}")]
    Reply {
        /// Protocol method.
        method: String,
        /// What was wrong.
        detail: String,
    },
}

impl BrowserError {
    /// True when the page loaded another document while it was asked.
    pub fn is_navigation(&self) -> bool {
        match self {
            Self::ContextLost | Self::LeftPage { .. } => true,
            Self::Protocol { message, .. } => [
                "Inspected target navigated",
                "Cannot find context",
                "Promise was collected",
                "Execution context was destroyed",
            ]
            .iter()
            .any(|text| message.contains(text)),
            _ => false,
        }
    }

    /// True when Chrome refuses a frame because it still owes the one before.
    pub fn is_pending_frame(&self) -> bool {
        matches!(self, Self::Protocol { message, .. } if message.contains("Another frame is pending"))
    }

    /// True when the same may succeed in another browser. Pages come from a server of this process, so
    /// what the network says of them is an accident; a frame that stays pending was lost with Chrome's
    /// GPU process.
    pub fn is_transient(&self) -> bool {
        self.is_pending_frame()
            || matches!(
                self,
                Self::Closed { .. }
                    | Self::PageCrashed
                    | Self::ContextLost
                    | Self::LeftPage { .. }
                    | Self::Launch { .. }
                    | Self::Navigation { .. }
                    | Self::NavigationTimeout { .. }
                    | Self::Timeout { .. }
            )
    }
}

impl From<ProcessError> for BrowserError {
    #[cold]
    fn from(error: ProcessError) -> Self {
        Self::Launch {
            detail: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> BrowserError {
        BrowserError::Protocol {
            method: "HeadlessExperimental.beginFrame".into(),
            message: message.into(),
        }
    }

    #[test]
    fn a_frame_that_stays_pending_is_an_accident_of_the_browser() {
        assert!(refused("Another frame is pending").is_transient());
        assert!(!refused("Invalid parameters").is_transient());
    }

    #[test]
    fn what_the_network_says_of_our_own_server_is_an_accident() {
        let aborted = BrowserError::Navigation {
            reason: "net::ERR_ABORTED".into(),
            url: "http://localhost:1/index.html".into(),
        };
        assert!(aborted.is_transient());
    }
}
