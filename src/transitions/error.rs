//! What can go wrong with a blend.

use thiserror::Error;

/// Why there is no blended frame. Messages say which argument, what it was, what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BlendError {
    /// A side is zero or over [`crate::pixels::MAX_SIDE`].
    #[error("{name} is {value}; it must be from 1 to {most}")]
    Size {
        /// `width` or `height`.
        name: &'static str,
        /// Pixels.
        value: usize,
        /// The most there may be.
        most: usize,
    },
    /// A buffer does not hold exactly one frame.
    #[error("{name} has {actual} bytes; a {width}x{height} rgb48 frame has {expected}")]
    Length {
        /// `from`, `to` or `out`.
        name: &'static str,
        /// Bytes it has.
        actual: usize,
        /// Bytes it should have.
        expected: usize,
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
    },
    /// A frame does not begin on a whole sample.
    #[error("{0} begins at an odd address; give a buffer whose byteOffset is even")]
    Misaligned(&'static str),
    /// Memory is written by one blend and used by another, or written and read by the same.
    #[error("{name} overlaps {whose} {other}; give every blend memory of its own to write to")]
    Overlap {
        /// Which frame of this blend.
        name: &'static str,
        /// Which frame it overlaps.
        other: &'static str,
        /// Whose that is.
        whose: &'static str,
    },
    /// Progress is not a number.
    #[error("progress is NaN; it must be a number from 0 to 1")]
    Progress,
    /// No thread could be started.
    #[error("no blend thread could be started: {0}; ask for fewer")]
    Threads(String),
    /// The pool was closed before the blend began.
    #[error("the blend pool is closed; make another one")]
    Closed,
    /// A bug in a transition; the pool lives on.
    #[error("the transition panicked: {0}")]
    Panicked(String),
}

impl BlendError {
    /// The stable code, for callers that cannot match on the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Size { .. }
            | Self::Length { .. }
            | Self::Misaligned(_)
            | Self::Overlap { .. }
            | Self::Progress => "HF_NATIVE_BLEND_INPUT",
            Self::Threads(_) => "HF_NATIVE_INVALID_OPTION",
            Self::Closed => "HF_NATIVE_BLEND_CLOSED",
            Self::Panicked(_) => "HF_NATIVE_PANIC",
        }
    }
}
