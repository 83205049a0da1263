//! What is heard where, measured on the samples of whole mixes: containers, codecs, sample rates and
//! cuts. `npm run matrix:sound` measures all of them and prints a table; the tests take a few.

use std::f64::consts::PI;
use std::path::{Path, PathBuf};

use super::matrix_formats::{FORMATS, Format};
use super::testing::{clip, ffmpeg, mixed};
use crate::composition::{AudioClip, RateSpec};

const RATE: f64 = 48_000.0;
/// Length of every source, seconds.
const SECONDS: f64 = 6.0;
/// Looked at on each side of a cut, samples.
const WINDOW: i64 = 1920;
/// Differences up to this are told apart, samples: a millisecond.
const MOST: i64 = 48;

/// Three tones that are not in tune and slowly change: no part is like another within a second, and
/// no shift of a few milliseconds makes it like itself.
fn tone(t: f64) -> f64 {
    let (a, b) = (437.0 * t + 11.0 * t * t, 1013.0 * t + 7.0 * t * t);
    let c = 2371.0 * t - 13.0 * t * t;
    0.2 * ((2.0 * PI * a).sin() + (2.0 * PI * b).sin() + (2.0 * PI * c).sin())
}
const TONE: &str =
    "0.2*(sin(2*PI*(437*t+11*t*t))+sin(2*PI*(1013*t+7*t*t))+sin(2*PI*(2371*t-13*t*t)))";

fn write_source(dir: &Path, format: &Format, rate: u32) -> PathBuf {
    let path = dir.join(format.file);
    let source = format!("aevalsrc={TONE}|{TONE}:s={rate}:d={SECONDS}");
    let mut args = vec!["-f", "lavfi", "-i", &source];
    args.extend(format.args);
    args.push(path.to_str().unwrap());
    ffmpeg(&args);
    path
}

/// By how many samples `heard` is late in `range`, when `due` gives the sample that is due;
/// [`MOST`] or more when it is further away or not there at all.
fn lateness(heard: &[f64], range: std::ops::Range<i64>, due: impl Fn(f64) -> f64) -> f64 {
    let likeness = |late: i64| -> f64 {
        let at = |k: i64| heard.get(k as usize).copied().unwrap_or(0.0);
        let pairs = range.clone().map(|k| at(k) * due((k - late) as f64));
        pairs.sum()
    };
    let all: Vec<f64> = (-MOST..=MOST).map(likeness).collect();
    let best = (0..all.len())
        .max_by(|a, b| all[*a].total_cmp(&all[*b]))
        .unwrap();
    let late = best as f64 - MOST as f64;
    if best == 0 || best + 1 == all.len() || all[best] < 0.05 * range.clone().count() as f64 * 0.06
    {
        return MOST as f64;
    }
    let (before, peak, after) = (all[best - 1], all[best], all[best + 1]);
    late + 0.5 * (before - after) / (before - 2.0 * peak + after)
}

/// What was found in one cell.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    /// Worst lateness of a clip, samples at 48 kHz.
    place: f64,
    /// Worst difference of the lateness before and behind a cut.
    seam: f64,
    /// Least share of the level in 5 ms at a cut.
    level: f64,
    /// Largest difference of a sample from what is due, for sources at 48 kHz without loss.
    apart: f64,
}

/// Where the source is cut, seconds: frames of 30 a second, and anywhere.
const CUTS: [f64; 6] = [0.233_333, 0.466_667, 0.7, 1.123_457, 1.5, 1.75];
const START: f64 = 0.1;
const IN_POINT: f64 = 0.25;
/// Another part of it: start, in-point, length.
const AGAIN: (f64, f64, f64) = (2.0, 4.321_7, 0.5);

async fn measure(format: &Format, rate: u32) -> Cell {
    let dir = tempfile::tempdir().unwrap();
    let path = write_source(dir.path(), format, rate);
    let mut clips = Vec::new();
    let mut from = 0.0;
    for to in CUTS {
        clips.push(clip(&path, START + from, to - from, IN_POINT + from));
        from = to;
    }
    let (start, media_start, length) = AGAIN;
    clips.push(clip(&path, start, length, media_start));
    let heard = mixed(dir.path(), &clips, 3.0).await;
    assert_eq!(heard.len(), 144_000, "{}: length", format.name);
    let delay = format.delay / f64::from(rate);
    let due = |shift: f64| move |k: f64| tone(k / RATE + shift - delay);
    let first = due(IN_POINT - START);
    let at = |seconds: f64| (seconds * RATE).round() as i64;
    let mut cell = Cell {
        level: 1.0,
        ..Cell::default()
    };
    for cut in &CUTS[..CUTS.len() - 1] {
        let k = at(START + cut);
        let before = lateness(&heard, k - WINDOW..k, first);
        let behind = lateness(&heard, k..k + WINDOW, first);
        cell.place = cell.place.max(before.abs()).max(behind.abs());
        cell.seam = cell.seam.max((before - behind).abs());
        let power = |value: &dyn Fn(i64) -> f64, from: i64| -> f64 {
            (from..from + 240).map(|n| value(n).powi(2)).sum()
        };
        for step in -4..4 {
            let from = k + step * 120;
            let level = power(&|n| heard[n as usize], from) / power(&|n| first(n as f64), from);
            cell.level = cell.level.min(level.sqrt()).min(1.0 / level.sqrt());
        }
    }
    let nearest = |seconds: f64| (seconds * RATE).round() / RATE;
    let again = due(nearest(media_start - start));
    let k = at(start);
    for from in [k, k + at(length) - WINDOW] {
        cell.place = cell
            .place
            .max(lateness(&heard, from..from + WINDOW, again).abs());
    }
    if format.lossless && rate == 48_000 {
        let parts = [
            (at(START), at(START + CUTS[5]), IN_POINT - START),
            (k, k + at(length), media_start - start),
        ];
        for (from, to, shift) in parts {
            let shift = nearest(shift);
            for n in from..to {
                let off = heard[n as usize] - tone(n as f64 / RATE + shift);
                cell.apart = cell.apart.max(off.abs());
            }
        }
    }
    // What is outside of the clips is silent to the sample.
    let silent = |range: std::ops::Range<i64>| range.clone().all(|n| heard[n as usize] == 0.0);
    let (end, last) = (at(START + CUTS[5]), k + at(length));
    assert!(
        silent(0..at(START)) && silent(end..k) && silent(last..144_000),
        "{}",
        format.name
    );
    cell
}

fn check(format: &Format, rate: u32, cell: Cell) {
    let name = format!("{} {rate}: {cell:?}", format.name);
    let (place, seam) = if format.lossless {
        (0.6, 0.05)
    } else {
        (48.0, 0.6)
    };
    assert!(
        cell.place < place && cell.seam < seam && cell.level > 0.9,
        "{name}"
    );
    // One step of 16 bits.
    assert!(cell.apart <= 1.0 / 32_768.0, "{name}");
}

#[tokio::test]
#[ignore = "a minute; npm run matrix:sound"]
async fn every_container_codec_and_rate() {
    println!("format        rate   place     seam  level  apart/LSB16");
    let mut bad = Vec::new();
    for format in &FORMATS {
        for &rate in format.rates {
            let cell = measure(format, rate).await;
            let Cell {
                place,
                seam,
                level,
                apart,
            } = cell;
            let lsb = apart * 32_768.0;
            println!(
                "{:<12} {rate:>5} {place:>7.3} {seam:>8.3} {level:>6.3} {lsb:>6.2}",
                format.name
            );
            if std::panic::catch_unwind(|| check(format, rate, cell)).is_err() {
                bad.push((format.name, rate));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:?}");
}

#[tokio::test]
async fn cuts_are_not_heard() {
    for (name, rate) in [
        ("wav s16", 48_000),
        ("wav s16", 44_100),
        ("aac m4a", 44_100),
        ("mp3 lame", 44_100),
        ("opus webm", 48_000),
        ("aac ts", 48_000),
    ] {
        let format = FORMATS.iter().find(|format| format.name == name).unwrap();
        check(format, rate, measure(format, rate).await);
    }
}

#[tokio::test]
async fn cuts_of_one_speed_sound_as_if_they_were_not_cut() {
    let dir = tempfile::tempdir().unwrap();
    let wav = FORMATS.iter().find(|format| format.name == "wav s16");
    let path = write_source(dir.path(), wav.unwrap(), 44_100);
    let played = |start: f64, length: f64, media_start: f64| AudioClip {
        playback_rate: Some(RateSpec::Constant(1.5)),
        ..clip(&path, start, length, media_start)
    };
    let cut = [
        played(0.1, 0.7, 0.5),
        played(0.8, 0.6, 1.55),
        played(1.4, 0.5, 2.45),
    ];
    let whole = mixed(dir.path(), &[played(0.1, 1.8, 0.5)], 2.0).await;
    assert!(whole.iter().any(|value| value.abs() > 0.3));
    assert_eq!(mixed(dir.path(), &cut, 2.0).await, whole);
}

/// A gap: what begins and ends it depends on the codec's packets, so its middle is looked at.
const GAP: (f64, f64) = (1.0, 1.6);

fn write_gap(dir: &Path, name: &str, args: &[&str], rate: u32) -> PathBuf {
    let (whole, path) = (dir.join(format!("whole-{name}")), dir.join(name));
    let source = format!("aevalsrc={TONE}:s={rate}:d={SECONDS}");
    let mut first = vec!["-f", "lavfi", "-i", &source];
    first.extend(args);
    first.push(whole.to_str().unwrap());
    ffmpeg(&first);
    let (from, to) = GAP;
    let drop = format!("noise=drop='between(pts*tb,{from},{to})'");
    let (whole, path_text) = (whole.to_str().unwrap(), path.to_str().unwrap());
    ffmpeg(&["-i", whole, "-c", "copy", "-bsf:a", &drop, path_text]);
    path
}

async fn check_gap(name: &str, args: &[&str], rate: u32, delay: f64) {
    let dir = tempfile::tempdir().unwrap();
    let path = write_gap(dir.path(), name, args, rate);
    let mut clips = vec![clip(&path, 0.0, 2.5, 0.0)];
    // From behind the gap, from within it, and far behind it.
    clips.push(clip(&path, 3.0, 0.5, 1.9));
    clips.push(clip(&path, 4.0, 1.0, 1.3));
    clips.push(clip(&path, 5.5, 0.5, 4.7));
    clips.push(AudioClip {
        playback_rate: Some(RateSpec::Constant(2.0)),
        ..clip(&path, 6.5, 1.0, 0.6)
    });
    let heard = mixed(dir.path(), &clips, 8.0).await;
    let at = |seconds: f64| (seconds * RATE).round() as i64;
    let delay = delay / f64::from(rate);
    for (from, shift) in [
        (0.8, 0.0),
        (1.8, 0.0),
        (2.4, 0.0),
        (3.0, -1.1),
        (4.6, -2.7),
        (5.6, -0.8),
    ] {
        let due = |k: f64| tone(k / RATE + shift - delay);
        let late = lateness(&heard, at(from)..at(from) + WINDOW, due);
        assert!(late.abs() < 47.0, "{name} at {from} s: {late} samples late");
    }
    let level = |from: f64, to: f64| {
        let part = &heard[at(from) as usize..at(to) as usize];
        (part.iter().map(|v| v * v).sum::<f64>() / part.len() as f64).sqrt()
    };
    for (from, to) in [(1.15, 1.5), (4.0, 4.2), (6.77, 6.92)] {
        let level = level(from, to);
        assert!(level < 1e-3, "{name}: {level} from {from} to {to} s");
    }
    assert!(level(7.1, 7.4) > 0.1, "{name}: played twice as fast");
}

#[tokio::test]
async fn a_gap_stays_a_gap() {
    check_gap("a.m4a", &["-c:a", "aac"], 48_000, 0.0).await;
    check_gap("a.mkv", &["-c:a", "aac"], 44_100, 1024.0).await;
    check_gap("a.webm", &["-c:a", "libopus"], 48_000, 0.0).await;
    check_gap("a.ts", &["-c:a", "aac"], 44_100, 1024.0).await;
}
