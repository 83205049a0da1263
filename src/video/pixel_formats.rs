//! Tests with sources of all kinds of pixel formats: from ffprobe's facts to the RGBA that pages get.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::rgba::write_rgba;
use super::testing::{decode_spec, tool};
use super::{DecodeSpec, Decoder, FrameBudget};
use crate::probe::probe_media;

/// What a clip shows from left to right, each 16 pixels wide.
type Shown = [[u8; 3]; 3];

const COLOURS: Shown = [[200, 40, 40], [40, 200, 40], [120, 120, 120]];
const GREYS: Shown = [[0; 3], [120; 3], [255; 3]];

/// A clip of `shown` that went through `filters`, by the encoder `codec` with its options.
fn clip(path: &Path, shown: Shown, filters: &str, codec: &str) {
    let colour = |[r, g, b]: [u8; 3]| {
        format!("color=0x{r:02x}{g:02x}{b:02x}:s=16x16:r=10:d=0.2,format=gbrp")
    };
    let [a, b, c] = shown.map(colour);
    let graph = format!("{a}[a];{b}[b];{c}[c];[a][b][c]hstack=3,{filters}");
    let mut ffmpeg = Command::new(tool("ffmpeg"));
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", &graph]);
    ffmpeg.args(["-c:v"]).args(codec.split(' ')).arg("-y");
    assert!(ffmpeg.arg(path).status().unwrap().success(), "{codec}");
}

/// The pixels in the middle of each part of the first frame.
async fn decoded(path: &Path) -> [[u8; 4]; 3] {
    let facts = probe_media(&tool("ffprobe"), path).await.unwrap();
    let spec = DecodeSpec {
        facts: facts.video.clone().unwrap(),
        ..decode_spec(path.to_owned())
    };
    let budget = FrameBudget::new(1 << 20);
    let mut decoder = Decoder::new(spec, budget, None);
    let frame = decoder.next().await.unwrap().unwrap().frame;
    assert_eq!((frame.width, frame.height), (48, 16));
    let mut rgba = vec![0; 48 * 16 * 4];
    write_rgba(&frame, 0, &mut rgba).unwrap();
    [8, 24, 40].map(|x: usize| rgba[(8 * 48 + x) * 4..][..4].try_into().unwrap())
}

async fn assert_shows(path: PathBuf, shown: Shown, most: u8) {
    for (pixel, shown) in decoded(&path).await.iter().zip(shown) {
        let near = pixel.iter().zip(shown).all(|(a, b)| a.abs_diff(b) <= most);
        assert!(
            near && pixel[3] == 255,
            "{path:?}: {pixel:?}, not {shown:?}"
        );
    }
}

const LOSSLESS_HEVC: &str = "libx265 -x265-params lossless=1:log-level=error";

#[tokio::test]
async fn all_pixel_formats_decode_to_their_colours() {
    let dir = tempfile::tempdir().unwrap();
    for (format, codec, ending) in [
        ("yuv410p", "ffv1", "mkv"),
        ("yuv411p", "ffv1", "mkv"),
        ("yuv440p", "ffv1", "mkv"),
        ("yuv444p16le", "ffv1", "mkv"),
        ("yuva444p10le", "ffv1", "mkv"),
        ("bgr0", "ffv1", "mkv"),
        ("gbrap", "ffv1", "mkv"),
        ("gbrp", "libx264rgb -qp 0", "mkv"),
        ("gbrp", LOSSLESS_HEVC, "mkv"),
        ("yuv420p10le", LOSSLESS_HEVC, "mkv"),
        ("rgb24", "qtrle", "mov"),
        ("argb", "qtrle", "mov"),
        ("rgb48be", "png", "mov"),
        ("rgb555le", "rawvideo", "avi"),
        ("yuyv422", "rawvideo", "avi"),
        ("nv12", "rawvideo", "nut"),
        ("yuv440p", "libvpx-vp9 -lossless 1", "webm"),
        ("yuva420p", "libvpx-vp9 -lossless 1", "webm"),
        ("yuva420p", "libvpx -auto-alt-ref 0 -crf 4 -b:v 5M", "webm"),
        ("yuv420p", "libvpx -crf 4 -b:v 5M", "webm"),
        ("yuv422p10le", "prores_ks", "mov"),
        ("yuva444p10le", "prores_ks -profile:v 4444", "mov"),
        ("yuvj444p", "mjpeg -q:v 1", "mov"),
        ("yuv420p", "mpeg4 -q:v 1", "avi"),
        ("rgb24", "huffyuv", "avi"),
        ("yuv410p", "svq1 -q:v 1", "mov"),
        ("yuv420p", "wmv2 -q:v 1", "asf"),
    ] {
        let path = dir.path().join(format!("a.{ending}"));
        let range = if format.starts_with("yuvj") {
            "pc"
        } else {
            "tv"
        };
        let filters = format!(
            "scale=out_color_matrix=bt601:out_range={range}:flags=neighbor,format={format}"
        );
        clip(&path, COLOURS, &filters, codec);
        assert_shows(path, COLOURS, 8).await;
    }
}

#[tokio::test]
async fn palettes_decode_to_their_colours() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.mov");
    let palette = "split[x][y];[x]palettegen=reserve_transparent=0[p];[y][p]paletteuse";
    clip(&path, COLOURS, palette, "png -pix_fmt pal8");
    assert_shows(path, COLOURS, 2).await;
}

#[tokio::test]
async fn greys_of_either_range_reach_black_and_white() {
    let dir = tempfile::tempdir().unwrap();
    let luma = |format: &str, range| {
        format!("scale=out_range={range},format={format},extractplanes=y,setparams=range={range}")
    };
    let av1 = "libaom-av1 -crf 0 -b:v 0 -cpu-used 8";
    for (filters, codec, ending) in [
        (luma("yuv444p", "tv"), LOSSLESS_HEVC, "mp4"),
        (luma("yuv444p10le", "tv"), LOSSLESS_HEVC, "mkv"),
        (luma("yuv444p12le", "tv"), LOSSLESS_HEVC, "mp4"),
        (luma("yuv444p", "tv"), av1, "mp4"),
        (luma("yuv444p10le", "tv"), av1, "webm"),
        (
            luma("yuvj444p", "pc"),
            "libx265 -color_range pc -x265-params lossless=1:log-level=error",
            "mp4",
        ),
        ("format=gray".into(), "ffv1", "mkv"),
        ("format=gray16le".into(), "ffv1", "mkv"),
        ("format=ya8".into(), "png", "mov"),
    ] {
        let path = dir.path().join(format!("a.{ending}"));
        clip(&path, GREYS, &filters, codec);
        assert_shows(path, GREYS, 2).await;
    }
}
