//! Times of the frames of a video stream, from its packets: without decoding, so that files of any
//! length answer, whatever lies between their key frames. What has no length in its header, or a
//! wrong one, is measured so.

use std::path::Path;

use super::error::ProbeError;
use super::facts::{MediaFacts, VideoFacts};
use super::ffprobe::run;
use super::interval::Interval;

/// How much of a video stream's end is looked at first, seconds.
const TAIL: f64 = 1.0;
/// A Matroska file that starts later than this, seconds, may give the time of its end as its length.
const LATE: f64 = 0.5;
/// What a lone frame lasts that nothing is known of, seconds, and the most that the last one does.
const LONE: f64 = 1.0 / 30.0;
const LONGEST: f64 = 1.0;

/// Timestamps of the frames in `interval`, or of all, rising, in seconds of the stream's clock.
async fn frame_times(
    ffprobe: &Path,
    path: &Path,
    interval: Option<Interval>,
) -> Result<Vec<f64>, ProbeError> {
    let interval = interval.map(Interval::argument);
    let mut args = vec!["-select_streams", "v:0"];
    args.extend(["-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"]);
    if let Some(interval) = &interval {
        args.extend(["-read_intervals", interval]);
    }
    let printed = run(ffprobe, path, &args).await?;
    Ok(times(&String::from_utf8_lossy(&printed)))
}

/// Of lines with a time and flags; `D` marks what an edit list leaves out.
fn times(printed: &str) -> Vec<f64> {
    let shown = printed.lines().filter_map(|line| {
        let (time, flags) = line.trim().split_once(',')?;
        let time: f64 = time.parse().ok()?;
        (time.is_finite() && !flags.contains('D')).then_some(time)
    });
    let mut times: Vec<f64> = shown.collect();
    times.sort_by(f64::total_cmp);
    times
}

/// When the last frame of the video stream shows, in seconds from the stream's first frame,
/// looked for in the stream's last second and, failing that, in all of it.
///
/// # Errors
/// [`ProbeError`], which does not name the file.
pub async fn final_frame_time(
    ffprobe: &Path,
    path: &Path,
    facts: &VideoFacts,
) -> Result<f64, ProbeError> {
    let end = facts.stream_start + facts.stream_duration;
    let tail = Interval {
        from: (end - TAIL).max(facts.stream_start),
        to: Some(end),
    };
    for interval in [Some(tail), None] {
        if let Some(last) = frame_times(ffprobe, path, interval).await?.last() {
            return Ok((last - facts.stream_start).clamp(0.0, facts.stream_duration));
        }
    }
    Err(ProbeError::NoFrame)
}

/// Puts the length that its packets tell into `facts`, where the header tells none or the wrong one.
///
/// # Errors
/// [`ProbeError`], which does not name the file.
pub(super) async fn measure(
    ffprobe: &Path,
    path: &Path,
    facts: &mut MediaFacts,
) -> Result<(), ProbeError> {
    let is_matroska = facts.container.formats.contains("matroska");
    let starts = facts.container.start.unwrap_or(0.0);
    let ends = facts.container.duration;
    let Some(video) = facts.video.as_mut().filter(|video| !video.still) else {
        return Ok(());
    };
    let is_late = is_matroska && video.own_duration.is_none() && starts > LATE;
    let intervals = match ends {
        _ if video.stream_duration <= 0.0 => vec![None],
        Some(ends) if is_late => {
            let from = (ends - TAIL).max(starts);
            vec![Some(Interval { from, to: None }), None]
        }
        _ => return Ok(()),
    };
    for interval in intervals {
        let times = frame_times(ffprobe, path, interval).await?;
        if let Some(end) = end_of(&times, video.fps) {
            video.stream_duration = (end - video.stream_start).max(0.0);
            break;
        }
    }
    Ok(())
}

/// When the last of the frames is over.
fn end_of(times: &[f64], fps: f64) -> Option<f64> {
    let last = times.last()?;
    let before = times.iter().rev().find(|time| **time < *last);
    let lasts = match before {
        Some(before) => (last - before).min(LONGEST),
        None if fps > 0.0 => (1.0 / fps).min(LONGEST),
        None => LONE,
    };
    Some(last + lasts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_frames_that_are_shown() {
        let printed = "0.066,__\n0.000,K_D\n0.033,K__\nN/A,__\nnan,_\n0.1\n";
        assert_eq!(times(printed), [0.033, 0.066]);
    }

    #[test]
    fn the_last_frame_lasts_as_long_as_the_one_before() {
        assert_eq!(end_of(&[0.0, 0.5, 0.75], 30.0), Some(1.0));
        assert_eq!(end_of(&[0.0, 7.0], 30.0), Some(8.0));
        assert_eq!(end_of(&[3.0], 4.0), Some(3.25));
        assert_eq!(end_of(&[], 4.0), None);
    }

    #[tokio::test]
    async fn files_without_a_length_or_with_their_end_as_it_are_measured() {
        let facts = |duration: &str, start: &str| {
            let json = format!(
                r#"{{"streams": [{{"codec_type": "video", "start_time": "{start}"}}],
                    "format": {{"format_name": "matroska,webm", "duration": "{duration}",
                    "start_time": "{start}"}}}}"#
            );
            MediaFacts::from_json(json.as_bytes()).unwrap()
        };
        let (dir, tool, file) = crate::probe::ffprobe::scripted(
            r#"case "$*" in
            *read_intervals*7.5%*) echo 8.0,K__; echo 8.4,___ ;;
            *read_intervals*) exit 1 ;;
            *) echo 5.0,K__; echo 5.5,___ ;;
            esac"#,
        );
        for (duration, start, length) in [("N/A", "5.0", 1.0), ("8.5", "5.0", 3.8)] {
            let mut facts = facts(duration, start);
            measure(&tool, &file, &mut facts).await.unwrap();
            let found = facts.video.unwrap().stream_duration;
            assert!((found - length).abs() < 1e-9, "{duration}: {found}");
        }
        let mut usual = facts("8.5", "0.021");
        measure(&tool, &file, &mut usual).await.unwrap();
        assert_eq!(usual.video.unwrap().stream_duration, 8.5);
        drop(dir);
    }
}
