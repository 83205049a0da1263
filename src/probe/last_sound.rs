//! When the last sound of a file is heard: containers may promise more or less than they hold.

use std::path::Path;

use super::error::ProbeError;
use super::ffprobe::run;
use super::interval::Interval;

/// The last frame of sound that could be decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastSound {
    /// Its timestamp, seconds.
    pub time: f64,
    /// Its samples a channel.
    pub samples: f64,
}

/// The last frame of the first audio stream, looked for in `interval` or in all of it; `None` when
/// there is none.
///
/// # Errors
/// [`ProbeError`], which does not name the file.
pub async fn last_sound(
    ffprobe: &Path,
    path: &Path,
    interval: Option<Interval>,
) -> Result<Option<LastSound>, ProbeError> {
    let interval = interval.map(Interval::argument);
    let entries = "frame=best_effort_timestamp_time,nb_samples";
    let mut args = vec!["-select_streams", "a:0", "-show_entries", entries];
    args.extend(["-of", "csv=p=0"]);
    if let Some(interval) = &interval {
        args.extend(["-read_intervals", interval]);
    }
    let printed = run(ffprobe, path, &args).await?;
    Ok(last_line(&String::from_utf8_lossy(&printed)))
}

/// The last line that tells both numbers.
fn last_line(printed: &str) -> Option<LastSound> {
    printed.lines().rev().find_map(|line| {
        let mut fields = line.trim().split(',');
        let mut number = || fields.next()?.trim().parse::<f64>().ok();
        let frame = LastSound {
            time: number()?,
            samples: number()?,
        };
        (frame.time.is_finite() && frame.samples.is_finite()).then_some(frame)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_with_both_numbers_counts() {
        let last = last_line("0.1,1024\n0.2,512\n0.3\nnan,2\n");
        let frame = LastSound {
            time: 0.2,
            samples: 512.0,
        };
        assert_eq!(last, Some(frame));
        assert_eq!(last_line("N/A\n\n0.1,\n"), None);
    }
}
