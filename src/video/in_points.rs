//! In-points of real files: every container with every codec it is usual with, every spacing of key
//! frames, read through the stream that renders read. Each frame has its number burnt in.
//!
//! `npm test` runs a part of it, `npm run in-points` all, or with `IN_POINTS=ts-hevc` the files whose
//! name contains that.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use super::clip_plan::Extraction;
use super::decode_spec::DecodeSpec;
use super::raw_frame::{Layout, RawFrame};
use super::source_time::SourceTime;
use super::stream::SourceStream;
use super::stream_share::StreamShare;
use super::testing::{decode_spec, every, tool};
use crate::probe::probe_media;

/// Frames of each film, at 30 a second.
const FRAMES: u64 = 100;
const RATE: f64 = 30.0;
/// Bits of a number, each a block of `BLOCK` pixels a side in a row of its own.
const BITS: usize = 8;
const BLOCK: usize = 16;
const WIDTH: usize = BITS * BLOCK;
const HEIGHT: usize = 4 * BLOCK;
/// Frames read from each in-point.
const READ: u64 = 8;

/// A codec, with the arguments of its encoder.
type Codec = (&'static str, &'static str);

const H264: Codec = ("h264", "libx264 -preset veryfast -bf 3 -b_strategy 0");
const H264_OPEN: Codec = (
    "h264 open",
    "libx264 -preset veryfast -bf 3 -b_strategy 0 -x264-params open-gop=1:scenecut=0",
);
const HEVC: Codec = (
    "hevc",
    "libx265 -preset ultrafast -x265-params open-gop=0:bframes=3:log-level=0",
);
const HEVC_OPEN: Codec = (
    "hevc open",
    "libx265 -preset ultrafast -x265-params open-gop=1:bframes=3:scenecut=0:log-level=0",
);
const VP8: Codec = ("vp8", "libvpx -deadline realtime -cpu-used 8 -b:v 1M");
const VP9: Codec = ("vp9", "libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M");
const AV1: Codec = (
    "av1",
    "libaom-av1 -usage realtime -cpu-used 8 -crf 12 -b:v 0",
);
const MPEG2: Codec = ("mpeg2", "mpeg2video -bf 2 -q:v 3");
const MPEG4: Codec = ("mpeg4", "mpeg4 -bf 2 -q:v 3");
const XVID: Codec = ("xvid", "libxvid -bf 2 -q:v 3");
const PRORES: Codec = ("prores", "prores_ks -profile:v 0");
const MJPEG: Codec = ("mjpeg", "mjpeg -q:v 3 -pix_fmt yuvj420p");
const H264_REFRESH: Codec = (
    "h264 refresh",
    "libx264 -preset veryfast -bf 3 -x264-params intra-refresh=1:keyint=20",
);
const THEORA: Codec = ("theora", "libtheora -q:v 9");
const WMV2: Codec = ("wmv2", "wmv2 -q:v 3");
const MPEG1: Codec = ("mpeg1", "mpeg1video -bf 2 -q:v 3");
const FLV1: Codec = ("flv1", "flv -q:v 3");

/// A container: its name, how it is written, the codecs it is usual with.
type Container = (&'static str, &'static str, &'static [Codec]);

const CONTAINERS: &[Container] = &[
    (
        "mp4",
        "-f mp4",
        &[H264, H264_OPEN, HEVC, HEVC_OPEN, VP9, AV1, MPEG4],
    ),
    ("mov", "-f mov", &[H264, HEVC, PRORES, MJPEG]),
    (
        "fragments",
        "-f mp4 -movflags frag_keyframe+empty_moov",
        &[H264, HEVC_OPEN],
    ),
    (
        "fragment each",
        "-f mp4 -movflags frag_every_frame+empty_moov+delay_moov",
        &[H264],
    ),
    ("3gp", "-f 3gp", &[H264, MPEG4]),
    ("ogg", "-f ogg", &[THEORA]),
    ("asf", "-f asf", &[WMV2]),
    (
        "mkv",
        "-f matroska",
        &[H264, H264_OPEN, HEVC_OPEN, VP8, VP9, AV1, MPEG2, MPEG4],
    ),
    (
        "mkv at 5 s",
        "-f matroska -output_ts_offset 5",
        &[H264, H264_OPEN, VP9],
    ),
    (
        "mkv at 100000 s",
        "-f matroska -output_ts_offset 100000",
        &[H264, VP9],
    ),
    ("mkv live", "-f matroska -live 1", &[H264, VP8]),
    ("webm", "-f webm", &[VP8, VP9, AV1]),
    ("flv", "-f flv", &[H264, FLV1]),
    ("avi", "-f avi", &[H264, MPEG4, XVID, MJPEG]),
    (
        "ts",
        "-f mpegts",
        &[H264, H264_OPEN, H264_REFRESH, HEVC, HEVC_OPEN, MPEG2, MPEG4],
    ),
    (
        "ts wrapping",
        "-f mpegts -output_ts_offset 95442.2",
        &[H264, MPEG2],
    ),
    ("m2ts", "-f mpegts -mpegts_m2ts_mode 1", &[H264, MPEG2]),
    ("mpg", "-f mpeg", &[MPEG1, MPEG2]),
    ("vob", "-f vob", &[MPEG2]),
];

/// What `npm test` looks at.
const FEW: &[(&str, Codec, u32)] = &[
    ("mp4", H264_OPEN, 12),
    ("mp4", HEVC_OPEN, 12),
    ("mkv at 5 s", H264_OPEN, 12),
    ("webm", VP9, 12),
    ("ts", HEVC, 250),
    ("ts wrapping", H264, 12),
    ("vob", MPEG2, 1),
    ("avi", XVID, 12),
];

/// The films, as raw pictures.
fn draw(dir: &Path) -> PathBuf {
    let path = dir.join("film.yuv");
    let mut pictures = Vec::new();
    for number in 0..FRAMES as usize {
        for line in 0..HEIGHT {
            // The lower half is the upper one inverted, so that all frames are equally bright.
            let bits = if line < HEIGHT / 2 { number } else { !number };
            let bit = |x: usize| bits >> (x / BLOCK) & 1;
            pictures.extend((0..WIDTH).map(|x| if bit(x) == 1 { 220 } else { 36 }));
        }
        pictures.extend([128; WIDTH * HEIGHT / 2]);
    }
    std::fs::write(&path, pictures).unwrap();
    path
}

fn ffmpeg(args: &str, path: &Path) {
    let words = args.split_whitespace();
    let made = Command::new(tool("ffmpeg"))
        .args(["-v", "error", "-nostdin", "-y"])
        .args(words)
        .arg(path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{args}: {said}");
}

fn file_name(container: &Container, codec: Codec, gop: u32) -> String {
    format!("{}-{}-{gop}", container.0, codec.0).replace(' ', "-")
}

/// The film in a container, with a key frame every `gop` frames.
fn encode(film: &Path, container: &Container, codec: Codec, gop: u32) -> PathBuf {
    let path = film.with_file_name(file_name(container, codec, gop));
    let format = container.1;
    let format_of = if codec.1.contains("-pix_fmt") {
        ""
    } else {
        "-pix_fmt yuv420p"
    };
    let format_of = if codec.0 == "prores" {
        "-pix_fmt yuv422p10le"
    } else {
        format_of
    };
    let keys = match codec.0 {
        "prores" | "mjpeg" => String::new(),
        _ => format!("-g {gop} -keyint_min {gop} -sc_threshold 1000000000"),
    };
    let keys = if codec.1.contains("libx26") || codec.1.contains("mpeg") || codec.0 == "flv1" {
        keys
    } else {
        keys.replace("-sc_threshold 1000000000", "")
    };
    let bframes = if gop == 1 { "-bf 0" } else { "" };
    let encoder = codec.1;
    ffmpeg(
        &format!(
            "-f rawvideo -s {WIDTH}x{HEIGHT} -r 30 -i {} -c:v {encoder} {keys} {bframes} \
             {format_of} {format}",
            film.display()
        ),
        &path,
    );
    path
}

/// The number burnt into a frame.
fn number_of(frame: &RawFrame) -> Option<u64> {
    let (pixel, row) = match frame.layout {
        Layout::Planar { .. } => (1, frame.width as usize),
        _ => (4, frame.width as usize * 4),
    };
    let at = |x: usize, y: usize| frame.data[y * row + x * pixel + usize::from(pixel == 4)];
    let mut number = 0;
    for bit in 0..BITS {
        let x = bit * BLOCK + BLOCK / 2;
        let (upper, lower) = (at(x, BLOCK), at(x, 3 * BLOCK));
        if upper.abs_diff(lower) < 60 {
            return None;
        }
        number |= u64::from(upper > lower) << bit;
    }
    Some(number)
}

/// An in-point, where in the film it lies, in frames, and at which rate it is played from there.
type Cut = (f64, f64, f64);

fn in_points(gop: u32) -> Vec<Cut> {
    let on = |frame: u64| {
        let written = (frame as f64 / RATE * 1e4).round() / 1e4;
        (written, frame as f64, 1.0)
    };
    let between = |frame: u64| ((frame as f64 + 0.4) / RATE, frame as f64 + 0.4, 1.0);
    let at_rate = |(start, frame, _): Cut, rate: f64| (start, frame, rate);
    let key = u64::from(gop.clamp(10, 60));
    let key = 60 / key * key;
    vec![
        on(0),
        between(0),
        on(7),
        on(key - 1),
        between(key - 1),
        on(key),
        on(key + 1),
        on(83),
        between(85),
        on(FRAMES - 3),
        on(FRAMES - 1),
        at_rate(between(7), 1.5),
        at_rate(on(key - 1), 0.75),
    ]
}

/// How a count of cells came out.
#[derive(Debug, Default)]
struct Outcome {
    cells: usize,
    compared: usize,
    wrong: Vec<String>,
}

impl Outcome {
    /// Reads `path` from every in-point; its first frame is number `first`.
    async fn look(&mut self, path: &Path, gop: u32, first: u64) {
        let facts = probe_media(&tool("ffprobe"), path).await.unwrap();
        let facts = facts.video.clone().unwrap();
        for (start, frame, rate) in in_points(gop) {
            let last = (FRAMES - 1) as f64;
            // libxvid loses the last frames itself.
            let is_tail =
                frame + 2.0 * READ as f64 > last && path.display().to_string().contains("xvid");
            if frame + first as f64 > last || is_tail {
                continue;
            }
            let spec = DecodeSpec {
                facts: facts.clone(),
                times: every(rate / RATE, READ),
                extraction: Extraction::Range {
                    start,
                    duration: rate * READ as f64 / RATE,
                },
                ..decode_spec(path.to_owned())
            };
            let share = StreamShare::new(1 << 26, 2);
            let stream = Arc::new(SourceStream::new(spec, 4, share));
            let mut shown = Vec::new();
            for index in 0..READ {
                let time = SourceTime::of_seconds(index as f64 * rate / RATE);
                let found = stream.frame(time).await;
                let found = found.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                shown.push(found.and_then(|found| number_of(&found.frame)));
            }
            let due = |index: u64| {
                let frame = frame + index as f64 * rate + 1e-6;
                (first + frame as u64).min(FRAMES - 1)
            };
            let wanted: Vec<_> = (0..READ).map(|index| Some(due(index))).collect();
            self.cells += 1;
            self.compared += shown.len();
            if shown != wanted {
                let file = path.file_name().unwrap_or_default().display();
                self.wrong.push(format!(
                    "{file} from {start} at {rate}: {shown:?}, due {wanted:?}"
                ));
            }
            stream.close().await;
        }
    }
}

#[tokio::test]
async fn a_few_in_points_show_the_frame_that_is_due() {
    let dir = tempfile::tempdir().unwrap();
    let film = draw(dir.path());
    let mut outcome = Outcome::default();
    for (name, codec, gop) in FEW {
        let container = CONTAINERS.iter().find(|known| known.0 == *name).unwrap();
        let path = encode(&film, container, *codec, *gop);
        outcome.look(&path, *gop, 0).await;
    }
    assert_eq!(outcome.wrong, [""; 0]);
}

#[tokio::test]
#[ignore = "several minutes: npm run in-points"]
async fn all_in_points_show_the_frame_that_is_due() {
    let dir = tempfile::tempdir().unwrap();
    let film = draw(dir.path());
    let mut outcome = Outcome::default();
    let only = std::env::var("IN_POINTS").unwrap_or_default();
    for container in CONTAINERS {
        for codec in container.2 {
            for gop in [1, 12, 250] {
                if !file_name(container, *codec, gop).contains(&only) {
                    continue;
                }
                let path = encode(&film, container, *codec, gop);
                outcome.look(&path, gop, 0).await;
                std::fs::remove_file(&path).unwrap();
            }
        }
    }
    for (name, codec) in [("mp4", H264), ("mp4", HEVC), ("mov", MJPEG)] {
        let container = CONTAINERS.iter().find(|known| known.0 == name).unwrap();
        let whole = encode(&film, container, codec, 12);
        let cut = whole.with_extension("mov");
        // Begins inside of a group of pictures, by an edit list.
        ffmpeg(&format!("-ss 0.5 -i {} -c copy", whole.display()), &cut);
        outcome.look(&cut, 12, 15).await;
    }
    for (name, codec) in [("mp4", H264), ("ts", H264_OPEN), ("flv", H264)] {
        let first = CONTAINERS.iter().find(|known| known.0 == "mkv").unwrap();
        let whole = encode(&film, first, codec, 12);
        let (_, format, _) = CONTAINERS.iter().find(|known| known.0 == name).unwrap();
        // Its times are whole milliseconds from then on.
        let again = whole.with_extension("again");
        ffmpeg(&format!("-i {} -c copy {format}", whole.display()), &again);
        outcome.look(&again, 12, 0).await;
    }
    let Outcome {
        cells,
        compared,
        wrong,
    } = outcome;
    println!(
        "{cells} in-points, {compared} frames compared, {} wrong",
        wrong.len()
    );
    for line in &wrong {
        println!("{line}");
    }
    assert!(wrong.is_empty());
}
