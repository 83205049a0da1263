//! When the last frame of a stream shows: containers may promise more or less than they hold.

use std::path::Path;

use super::error::ProbeError;
use super::ffprobe::run;

/// ffprobe wants an end of the interval: later than any file's.
const FAR_END: &str = "+2147483647";

/// The first stream of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// The first video stream.
    Video,
    /// The first audio stream.
    Audio,
}

/// A part of a file, in seconds of its timestamps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// First.
    pub from: f64,
    /// Last; `None` for the file's end.
    pub to: Option<f64>,
}

/// The last frame that could be decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastFrame {
    /// Its timestamp, seconds.
    pub time: f64,
    /// Its samples a channel; 0 for pictures.
    pub samples: f64,
}

/// The last frame of a stream, looked for in `interval` or in all of it; `None` when there is none.
///
/// # Errors
/// [`ProbeError`], which does not name the file.
pub async fn last_frame(
    ffprobe: &Path,
    path: &Path,
    kind: StreamKind,
    interval: Option<Interval>,
) -> Result<Option<LastFrame>, ProbeError> {
    let (stream, entries) = match kind {
        StreamKind::Video => ("v:0", "frame=best_effort_timestamp_time"),
        StreamKind::Audio => ("a:0", "frame=best_effort_timestamp_time,nb_samples"),
    };
    let interval = interval.map(|Interval { from, to }| match to {
        Some(to) => format!("{from}%{to}"),
        None => format!("{from}%{FAR_END}"),
    });
    let mut args = vec!["-select_streams", stream, "-show_entries", entries];
    args.extend(["-of", "csv=p=0"]);
    if let Some(interval) = &interval {
        args.extend(["-read_intervals", interval]);
    }
    let printed = run(ffprobe, path, &args).await?;
    Ok(last_line(&String::from_utf8_lossy(&printed), kind))
}

/// The last line that tells both numbers, as far as frames of that kind have them.
fn last_line(printed: &str, kind: StreamKind) -> Option<LastFrame> {
    printed.lines().rev().find_map(|line| {
        let mut fields = line.trim().split(',');
        let mut number = || fields.next()?.trim().parse::<f64>().ok();
        let frame = LastFrame {
            time: number()?,
            samples: match kind {
                StreamKind::Video => 0.0,
                StreamKind::Audio => number()?,
            },
        };
        (frame.time.is_finite() && frame.samples.is_finite()).then_some(frame)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_with_all_numbers_counts() {
        let frame = |time, samples| Some(LastFrame { time, samples });
        let video = |text| last_line(text, StreamKind::Video);
        assert_eq!(video("0.1\n0.2,\nN/A\n"), frame(0.2, 0.0));
        assert_eq!(video("N/A\n\nnan\n"), None);
        let audio = |text| last_line(text, StreamKind::Audio);
        assert_eq!(audio("0.1,1024\n0.2,512\n0.3\n"), frame(0.2, 512.0));
    }
}
