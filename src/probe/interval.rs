//! A part of a file, as ffprobe is told of it.

/// ffprobe wants an end of the interval: later than any file's.
const FAR_END: &str = "+2147483647";

/// A part of a file, in seconds of its timestamps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// First.
    pub from: f64,
    /// Last; `None` for the file's end.
    pub to: Option<f64>,
}

impl Interval {
    /// What `-read_intervals` takes.
    pub(super) fn argument(self) -> String {
        let Self { from, to } = self;
        match to {
            Some(to) => format!("{from}%{to}"),
            None => format!("{from}%{FAR_END}"),
        }
    }
}
