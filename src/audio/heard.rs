//! Which sound of a file is heard, and what has none.

use std::path::Path;

use super::testing::{clip, ffmpeg, try_mixed};

/// Level of `frequency` in samples of 48 kHz.
fn level(samples: &[f64], frequency: f64) -> f64 {
    let step = 2.0 * std::f64::consts::PI * frequency / 48_000.0;
    let sum = |part: fn(f64) -> f64| -> f64 {
        let products = samples.iter().enumerate();
        products
            .map(|(k, value)| value * part(step * k as f64))
            .sum()
    };
    2.0 * sum(f64::cos).hypot(sum(f64::sin)) / samples.len() as f64
}

/// A film with a tone of 1 kHz in a mono track, and one of 2.5 kHz in a second track of six channels.
fn two_tracks(path: &Path) {
    let tone = |frequency| format!("aevalsrc=0.4*sin(2*PI*{frequency}*t):s=48000:d=1");
    let (first, second) = (tone(1000), tone(2500));
    let surround = "[2]pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0[wide]";
    let mut args = vec!["-f", "lavfi", "-i", "color=s=64x64:d=1:r=10"];
    args.extend(["-f", "lavfi", "-i", &first, "-f", "lavfi", "-i", &second]);
    args.extend([
        "-filter_complex",
        surround,
        "-map",
        "0",
        "-map",
        "1",
        "-map",
        "[wide]",
    ]);
    args.extend(["-c:v", "mpeg4", "-c:a", "aac", path.to_str().unwrap()]);
    ffmpeg(&args);
}

/// Gives the audio track with this number a codec that nobody knows.
fn forget_codec(path: &Path, track: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    // A sample entry: its size, its name, six zeros.
    let entry = |at: &usize| bytes[*at..].starts_with(b"mp4a\0\0\0\0\0\0");
    let found: Vec<usize> = (0..bytes.len()).filter(entry).collect();
    let entry = found[track];
    bytes[entry..entry + 4].copy_from_slice(b"apac");
    // The description in it also tells the codec.
    let inside = bytes[entry..].windows(4).position(|name| name == b"esds");
    let description = entry + inside.unwrap();
    bytes[description..description + 4].copy_from_slice(b"xxxx");
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn the_first_track_that_can_be_decoded_is_heard() {
    let dir = tempfile::tempdir().unwrap();
    for (name, unknown, first, second, told) in [
        ("both.mp4", &[][..], true, false, false),
        ("second.mp4", &[1], true, false, false),
        ("first.mp4", &[0], false, true, true),
        ("none.mp4", &[1, 0], false, false, true),
    ] {
        let path = dir.path().join(name);
        two_tracks(&path);
        for track in unknown {
            forget_codec(&path, *track);
        }
        let clips = [clip(&path, 0.0, 1.0, 0.0)];
        let (heard, notes) = try_mixed(dir.path(), &clips, 1.0).await.unwrap();
        let heard = |frequency| !heard.is_empty() && level(&heard, frequency) > 0.1;
        assert_eq!((heard(1000.0), heard(2500.0)), (first, second), "{name}");
        assert_eq!(!notes.is_empty(), told, "{name}: {notes:?}");
    }
}

#[tokio::test]
async fn what_has_no_sound_is_silent() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let (film, empty, tone) = (at("film.mp4"), at("empty.wav"), at("tone.wav"));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    ffmpeg(&[
        "-f",
        "lavfi",
        "-i",
        "color=s=64x64:d=1:r=10",
        "-c:v",
        "mpeg4",
        &text(&film),
    ]);
    let sine = ["-f", "lavfi", "-i", "sine=1000:d=1:r=48000"];
    ffmpeg(&[&sine[..], &[&text(&tone)]].concat());
    ffmpeg(&[&sine[..], &["-af", "atrim=end_sample=0", &text(&empty)]].concat());
    let silent = [clip(&film, 0.0, 1.0, 0.0)];
    let (heard, notes) = try_mixed(dir.path(), &silent, 1.0).await.unwrap();
    assert!(
        heard.is_empty() && notes[0].contains("no audio track"),
        "{notes:?}"
    );
    // No samples, no length, an in-point behind the end.
    let clips = [
        clip(&empty, 0.0, 1.0, 0.0),
        clip(&empty, 0.5, 0.0, 0.0),
        clip(&tone, 0.0, 0.5, 7.0),
        clip(&tone, 0.5, 0.25, 0.0),
        clip(&film, 0.0, 1.0, 0.0),
    ];
    let (heard, _) = try_mixed(dir.path(), &clips, 1.0).await.unwrap();
    assert_eq!(heard.len(), 48_000);
    assert!(
        heard[..24_000]
            .iter()
            .chain(&heard[36_000..])
            .all(|v| *v == 0.0)
    );
    assert!(level(&heard[24_000..36_000], 1000.0) > 0.05);
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_is_named_and_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = dir.path().join("pipe.wav");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::fs::write(dir.path().join("none.mp3"), "").unwrap();
    for (path, says) in [
        (fifo.as_path(), "a named pipe"),
        (Path::new("/dev/zero"), "a device"),
        (dir.path(), "a folder"),
        (&dir.path().join("none.mp3"), "0 bytes"),
    ] {
        let clips = [clip(path, 0.0, 1.0, 0.0)];
        let error = try_mixed(dir.path(), &clips, 1.0).await.unwrap_err();
        assert!(
            error.is_authors() && error.to_string().contains(says),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_file_is_heard_in_and_beside_a_group() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tone.wav");
    let source = "aevalsrc=0.4*sin(2*PI*(300+100*t)*t):s=48000:d=3";
    ffmpeg(&["-f", "lavfi", "-i", source, path.to_str().unwrap()]);
    let grouped = |grouped: bool| {
        let mut clips = [
            clip(&path, 0.0, 1.0, 0.0),
            clip(&path, 1.0, 1.0, 1.0),
            clip(&path, 2.0, 1.0, 2.0),
        ];
        clips[1].group_id = grouped.then(|| "g".to_owned());
        clips
    };
    let (plain, _) = try_mixed(dir.path(), &grouped(false), 3.0).await.unwrap();
    let (heard, _) = try_mixed(dir.path(), &grouped(true), 3.0).await.unwrap();
    assert!(level(&plain, 400.0) > 0.0 && heard == plain);
}
