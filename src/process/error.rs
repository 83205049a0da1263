//! Why a child could not be started or waited for.

use std::path::PathBuf;

/// Why a child could not be started or waited for.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The executable would not start.
    #[error("cannot start {}: {source}", program.display())]
    Spawn {
        /// The executable.
        program: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// It did not end in time.
    #[error("{name} did not exit within {ms} ms")]
    Deadline {
        /// File name of the executable.
        name: String,
        /// The deadline in milliseconds.
        ms: u128,
    },
}
