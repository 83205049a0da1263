//! From the mix to the file that is muxed: exactly as long as the video, and below the ceiling.

use std::path::{Path, PathBuf};

use super::error::AudioError;
use super::js_number::fixed;
use super::source_facts::SourceFacts;
use super::tool::AudioTools;
use crate::process::{media_input, path_arg, words};

/// A smaller difference in length is not corrected, seconds.
const TOLERANCE: f64 = 0.001;
/// Delivered sound stays below this true peak, dBFS.
pub const CEILING_DBFS: f64 = -1.0;
/// A correction aims this far below the ceiling, dB, because encoding again raises the peak a
/// little.
const HEADROOM_DB: f64 = 0.5;
const MAX_CORRECTIONS: usize = 3;

/// Sound that is ready to be muxed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DeliveredAudio {
    /// M4A with AAC.
    pub path: PathBuf,
    /// By how much it was lowered to stay below the ceiling, dB; 0 when it was not.
    pub lowered_db: f64,
}

/// Writes a file beside `mix` with the same sound, which lasts `seconds` and stays below
/// [`CEILING_DBFS`].
///
/// # Errors
/// [`AudioError::Delivery`].
pub(super) async fn deliver(
    tools: &AudioTools,
    mix: &Path,
    seconds: f64,
) -> Result<DeliveredAudio, AudioError> {
    let facts = SourceFacts::of_sound(tools, mix)
        .await
        .map_err(AudioError::Delivery)?;
    let length = facts.natural_seconds(tools, mix).await;
    let sized = mix.with_file_name("audio-sized.m4a");
    run(tools, sizing_args(mix, &sized, length, seconds)).await?;
    let corrected = mix.with_file_name("audio-corrected.m4a");
    let mut measured = &sized;
    let mut gain_db = 0.0;
    let mut peaks = Vec::new();
    loop {
        let peak = true_peak(tools, measured).await?;
        peaks.push(format!("{peak:.3} dBFS at {gain_db:.3} dB"));
        if peak <= CEILING_DBFS {
            let lowered_db = (-gain_db * 100.0f64).round() / 100.0;
            return Ok(DeliveredAudio {
                path: measured.clone(),
                lowered_db,
            });
        }
        if peaks.len() > MAX_CORRECTIONS {
            let peaks = peaks.join("; ");
            return Err(AudioError::Delivery(format!(
                "AAC true peak remained above {CEILING_DBFS} dBFS after {MAX_CORRECTIONS} correction passes; {peaks}"
            )));
        }
        gain_db += CEILING_DBFS - HEADROOM_DB - peak;
        run(tools, lowering_args(&sized, &corrected, seconds, gain_db)).await?;
        measured = &corrected;
    }
}

async fn run(tools: &AudioTools, args: Vec<String>) -> Result<String, AudioError> {
    let ran = tools.run(args).await;
    ran.map_err(|failure| AudioError::Delivery(failure.into_detail()))
}

/// Arguments that copy, pad with silence or cut, whichever brings `length` to `target`, both in
/// seconds.
fn sizing_args(input: &Path, output: &Path, length: f64, target: f64) -> Vec<String> {
    let missing = target - length;
    let seconds = fixed(target, 6);
    let filter = if missing.abs() < TOLERANCE {
        let mut args = media_input(input);
        args.extend(words(&["-c:a", "copy", "-y", &path_arg(output)]));
        return args;
    } else if missing > 0.0 {
        format!("apad,atrim=0:{seconds}")
    } else {
        format!("atrim=duration={seconds},asetpts=PTS-STARTPTS")
    };
    let mut args = media_input(input);
    args.extend(words(&["-af", &filter, "-t", &seconds]));
    args.extend(aac_args(output));
    args
}

fn lowering_args(input: &Path, output: &Path, seconds: f64, gain_db: f64) -> Vec<String> {
    let volume = format!("volume={}dB", fixed(gain_db, 3));
    let mut args = media_input(input);
    args.extend(words(&["-map", "0:a:0", "-vn", "-af", &volume]));
    args.extend(words(&["-t", &fixed(seconds, 6)]));
    args.extend(aac_args(output));
    args
}

/// Arguments that encode into `output`.
fn aac_args(output: &Path) -> Vec<String> {
    let output = path_arg(output);
    words(&["-c:a", "aac", "-b:a", "192k", "-y", &output])
}

/// The true peak by EBU R128, which estimates peaks between samples, dBFS.
async fn true_peak(tools: &AudioTools, path: &Path) -> Result<f64, AudioError> {
    let mut args = media_input(path);
    args.extend(words(&["-map", "0:a:0", "-vn"]));
    args.extend(words(&["-af", "ebur128=peak=true", "-f", "null", "-"]));
    let said = run(tools, args).await?;
    parse_peak(&said)
        .ok_or_else(|| AudioError::Delivery("FFmpeg did not report AAC true peak".to_owned()))
}

fn parse_peak(stderr: &str) -> Option<f64> {
    let figure = stderr.lines().rev().find_map(|line| {
        line.trim()
            .strip_prefix("Peak:")?
            .trim()
            .strip_suffix("dBFS")
    })?;
    let peak: f64 = figure.trim().parse().ok()?;
    (!peak.is_nan() && peak != f64::INFINITY).then_some(peak)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_peak_counts() {
        let said = "  True peak:\n    Peak:       -3.2 dBFS\nx\n    Peak:        0.4 dBFS\n";
        assert_eq!(parse_peak(said), Some(0.4));
        assert_eq!(
            parse_peak("    Peak:       -inf dBFS"),
            Some(f64::NEG_INFINITY)
        );
        assert_eq!(parse_peak("    Peak:       inf dBFS"), None);
        assert_eq!(parse_peak("nothing"), None);
    }

    // Expected arguments: from `ps` while upstream 0.8.170 rendered.
    #[test]
    fn lengths_are_met_as_upstream_meets_them() {
        let args = |length, target| {
            let args = sizing_args(Path::new("a.m4a"), Path::new("b.m4a"), length, target);
            crate::process::with_plain_inputs(&args)
        };
        assert_eq!(args(2.0, 2.0005), "-i a.m4a -c:a copy -y b.m4a");
        assert_eq!(
            args(2.0, 2.5),
            "-i a.m4a -af apad,atrim=0:2.500000 -t 2.500000 -c:a aac -b:a 192k -y b.m4a"
        );
        assert_eq!(
            args(2.5, 2.0),
            "-i a.m4a -af atrim=duration=2.000000,asetpts=PTS-STARTPTS -t 2.000000 \
             -c:a aac -b:a 192k -y b.m4a"
        );
    }
}
