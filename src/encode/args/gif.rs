//! Animated GIF in two passes. Upstream keeps frames as PNG files and reads them twice. Here the
//! first pass runs while frames are captured: it collects the palette and stores the frames in one
//! lossless file, which the second pass reads.

use std::path::{Path, PathBuf};

use super::EncodeSettings;
use crate::composition::Fps;
use crate::process::{path_arg, words};

/// The lossless file of frames in the folder of parts.
fn gif_intermediate(folder: &Path) -> PathBuf {
    folder.join("frames.nut")
}

/// The picture of the palette in the folder of parts.
fn gif_palette(folder: &Path) -> PathBuf {
    folder.join("palette.png")
}

/// First pass: `settings.output` is the folder of the parts.
pub(super) fn parts_args(settings: &EncodeSettings, fps: &str) -> Vec<String> {
    let graph = format!(
        "[0:v]split[frames][seen];[seen]fps={fps},palettegen=stats_mode=diff:reserve_transparent=1[palette]"
    );
    words(&[
        "-filter_complex",
        &graph,
        "-map",
        "[frames]",
        "-r",
        fps,
        "-c:v",
        // Fast, lossless, keeps alpha.
        "ffvhuff",
        "-pix_fmt",
        "bgra",
        "-y",
        &path_arg(&gif_intermediate(&settings.output)),
        "-map",
        "[palette]",
        // The palette is one frame. Its name is no pattern for the names of many, whatever the
        // folders above are called.
        "-frames:v",
        "1",
        "-update",
        "1",
        "-y",
        &path_arg(&gif_palette(&settings.output)),
    ])
}

/// What a second pass makes.
#[derive(Debug, Clone, Copy)]
pub(in crate::encode) struct PaletteUse {
    pub fps: Fps,
    /// The loop count, 0 for ever.
    pub plays: u16,
    /// Every frame is written whole, otherwise only what changed.
    pub whole: bool,
    /// The first frame and the one behind the last; `None` for all.
    pub part: Option<(u64, u64)>,
}

/// Second pass.
pub(in crate::encode) fn palette_use_args(
    folder: &Path,
    wanted: PaletteUse,
    output: &Path,
) -> Vec<String> {
    let PaletteUse {
        fps,
        plays,
        whole,
        part,
    } = wanted;
    let graph = format!(
        "fps={} [x]; [x][1:v] paletteuse=dither=sierra2_4a:alpha_threshold=128",
        fps.ffmpeg_arg()
    );
    let mut args = words(&["-y"]);
    if let Some((from, until)) = part {
        // A quarter of a frame before its own time, so that no rounding reaches it; frames keep the
        // times of the whole, from which their delays follow.
        let time = |frame: u64| {
            format!(
                "{:.6}",
                (fps.time_of(frame) - fps.time_of(1) / 4.0).max(0.0)
            )
        };
        args.extend(words(&["-copyts", "-ss", &time(from), "-to", &time(until)]));
    }
    args.extend(words(&[
        "-i",
        &path_arg(&gif_intermediate(folder)),
        // Its name is no pattern here either, and is not asked what the file is.
        "-f",
        "image2",
        "-pattern_type",
        "none",
        "-i",
        &path_arg(&gif_palette(folder)),
        "-lavfi",
        &graph,
        "-loop",
        &plays.to_string(),
    ]));
    if whole {
        args.extend(words(&["-gifflags", "0"]));
    }
    args.push(path_arg(output));
    args
}
