//! Encoding a mix to AAC. A long mix is encoded in parts in parallel. Each part is encoded with
//! enough sound before and after it that the joined packets are the same as those of one run
//! (upstream 0.8.170 does the same).

use std::ops::Range;
use std::path::{Path, PathBuf};

use futures::future::try_join_all;

use super::effects::blocking;
use super::error::{AudioFailure, AudioStage};
use super::tool::AudioTools;
use crate::process::{media_input, path_arg, words};

/// Codec and bit rate of every AAC file.
pub(super) const AAC: [&str; 4] = ["-acodec", "aac", "-b:a", "192k"];

const RATE: f64 = 48_000.0;
const FRAME_SAMPLES: usize = 1024;
const SECONDS_PER_PART: f64 = 60.0;
const MAX_PARTS: usize = 8;
/// Packets encoded before a part's own ones (about 10 s) and after them (the encoder's look-ahead).
const BEFORE: usize = 469;
const AFTER: usize = 8;

/// The number of parts that a mix of `seconds` is encoded in.
pub(super) fn part_count(seconds: f64) -> usize {
    ((seconds / SECONDS_PER_PART).floor() as usize).clamp(1, MAX_PARTS)
}

#[derive(Debug, PartialEq)]
struct Part {
    trim: String,
    /// Which of its encoded packets are kept.
    keep: Range<usize>,
}

fn plan(seconds: f64, count: usize) -> Vec<Part> {
    let samples = (seconds * RATE).round() as usize;
    // One more packet for the encoder's priming.
    let packets = samples.div_ceil(FRAME_SAMPLES) + 1;
    let cut = |k: usize| (2 * k * packets + count) / (2 * count);
    (0..count)
        .map(|k| {
            let (from, to) = (cut(k), cut(k + 1));
            let first = from.saturating_sub(BEFORE);
            let end = if k + 1 == count {
                String::new()
            } else {
                format!(":end_sample={}", (to + AFTER) * FRAME_SAMPLES)
            };
            Part {
                trim: format!("atrim=start_sample={}{end}", first * FRAME_SAMPLES),
                keep: from - first..to - first,
            }
        })
        .collect()
}

/// Encodes the WAV file `input` into `output`, an M4A of `seconds`. Parts are written to
/// `work_dir`.
///
/// # Errors
/// An [`AudioFailure`] of the stage `mix`.
pub(super) async fn encode(
    tools: &AudioTools,
    input: &Path,
    output: &Path,
    seconds: f64,
    work_dir: &Path,
) -> Result<(), AudioFailure> {
    let length = seconds.to_string();
    let from_input = media_input(input);
    let count = part_count(seconds);
    if count == 1 {
        let mut args = from_input.clone();
        args.extend(words(&["-t", &length]));
        args.extend(words(&AAC));
        args.extend(["-y".to_owned(), path_arg(output)]);
        return run(tools, args).await;
    }
    let parts: Vec<(Part, PathBuf)> = plan(seconds, count)
        .into_iter()
        .enumerate()
        .map(|(k, part)| (part, work_dir.join(format!("part-{k}.aac"))))
        .collect();
    try_join_all(parts.iter().map(|(part, path)| {
        let mut args = from_input.clone();
        args.extend(words(&["-af", &part.trim]));
        args.extend(words(&AAC));
        args.extend(words(&["-f", "adts", "-y", &path_arg(path)]));
        run(tools, args)
    }))
    .await?;
    let joined = work_dir.join("joined.aac");
    let target = joined.clone();
    blocking(move || join(&parts, &target))
        .await
        .map_err(AudioFailure::internal)?;
    let priming = (-(FRAME_SAMPLES as f64) / RATE).to_string();
    // The last packet ends where the mix does.
    let end = format!(
        "setts=duration='if(gte((PTS+DURATION)*TB,{length}),round({length}/TB-PTS),DURATION)'"
    );
    let mut args = words(&[
        "-itsoffset",
        &priming,
        "-f",
        "aac",
        "-i",
        &path_arg(&joined),
    ]);
    args.extend(words(&[
        "-c",
        "copy",
        "-bsf:a",
        &end,
        "-y",
        &path_arg(output),
    ]));
    run(tools, args).await
}

async fn run(tools: &AudioTools, args: Vec<String>) -> Result<(), AudioFailure> {
    let ran = tools.run(args).await;
    ran.map(drop)
        .map_err(|failure| failure.into_failure(AudioStage::Mix))
}

fn join(parts: &[(Part, PathBuf)], output: &Path) -> std::io::Result<()> {
    let mut joined = Vec::new();
    for (part, path) in parts {
        let bytes = std::fs::read(path)?;
        let packets = packets(&bytes)?;
        let kept = packets.get(part.keep.clone()).ok_or_else(|| {
            let detail = format!(
                "an AAC part has {} packets, needs {}",
                packets.len(),
                part.keep.end
            );
            std::io::Error::new(std::io::ErrorKind::UnexpectedEof, detail)
        })?;
        for packet in kept {
            joined.extend_from_slice(&bytes[packet.clone()]);
        }
    }
    std::fs::write(output, joined)
}

/// The byte ranges of the packets of an ADTS stream.
fn packets(bytes: &[u8]) -> std::io::Result<Vec<Range<usize>>> {
    let mut packets = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = match bytes[at..] {
            [0xff, sync, _, high, middle, low, ..] if sync & 0xf0 == 0xf0 => {
                usize::from(high & 3) << 11 | usize::from(middle) << 3 | usize::from(low) >> 5
            }
            _ => 0,
        };
        if length < 7 || at + length > bytes.len() {
            let detail = format!("no ADTS packet at byte {at}");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, detail));
        }
        packets.push(at..at + length);
        at += length;
    }
    Ok(packets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_long_mixes_are_cut() {
        let counts = [1.0, 119.9, 120.0, 185.0, 9999.0].map(part_count);
        assert_eq!(counts, [1, 1, 2, 3, 8]);
    }

    #[test]
    fn two_minutes_are_cut_in_the_middle() {
        // 5 760 000 samples are 5625 packets, and one of priming.
        assert_eq!(
            plan(120.0, 2),
            [
                Part {
                    trim: "atrim=start_sample=0:end_sample=2888704".into(),
                    keep: 0..2813
                },
                Part {
                    trim: "atrim=start_sample=2400256".into(),
                    keep: 469..3282
                },
            ]
        );
    }

    #[test]
    fn packets_are_told_apart() {
        let packet = |length: u8| {
            let mut bytes = vec![0xff, 0xf1, 0, 0, length >> 3, length << 5, 0];
            bytes.resize(usize::from(length), 0);
            bytes
        };
        let stream = [packet(9), packet(20)].concat();
        assert_eq!(packets(&stream).unwrap(), [0..9, 9..29]);
        assert!(packets(&stream[..28]).is_err());
        assert!(packets(b"RIFFxxxx").is_err());
    }

    proptest! {
        #[test]
        fn parts_keep_every_packet_once(seconds in 120.0..5000.0f64) {
            let count = part_count(seconds);
            let kept: usize = plan(seconds, count).iter().map(|part| part.keep.len()).sum();
            prop_assert_eq!(kept, ((seconds * RATE).round() as usize).div_ceil(1024) + 1);
        }
    }
}
