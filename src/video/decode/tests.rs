//! Decoders with real films, and with scripts in ffmpeg's place.

use super::*;
use crate::pixels::Cut;
use crate::video::clip_plan::Extraction;
use crate::video::rgb48_samples::Samples;
use crate::video::testing::{decode_spec, every, given, make_clip, script};
use TransferFunction::{Hlg, Pq};
use std::time::Duration;

fn decoder(spec: DecodeSpec) -> Decoder {
    Decoder::new(spec, FrameBudget::new(1 << 20), None)
}

#[tokio::test]
async fn layers_come_in_the_transfer_function_that_is_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let path = make_clip(dir.path(), "color=0x808080:s=8x4:r=10:d=1,format=gbrp10le");
    let first = async |to| {
        let spec = DecodeSpec {
            output: DecodeOutput::Layer {
                cut: Cut::all((8, 4)),
                from: Pq,
                to,
            },
            ..decode_spec(path.clone())
        };
        let due = decoder(spec).next().await.unwrap().unwrap();
        assert_eq!((due.frame.width, due.frame.height), (8, 4));
        Samples::of(due.frame.data)
    };
    let mut expected = first(Pq).await.to_vec();
    assert_eq!(expected.len(), 8 * 4 * 3);
    convert(&mut expected, Pq, Hlg);
    assert_eq!(*first(Hlg).await, *expected);
}

#[tokio::test]
async fn a_frame_that_is_cut_off_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let less = given(2, 8).replacen("head -c 96", "head -c 40", 2);
    let less = less.replacen("head -c 40", "head -c 96", 1);
    let spec = DecodeSpec {
        ffmpeg: script(dir.path(), &less),
        ..decode_spec(dir.path().join("a.mp4"))
    };
    let mut decoder = decoder(spec);
    assert!(decoder.next().await.unwrap().is_some(), "96 bytes");
    let error = decoder.next().await.unwrap_err();
    assert!(matches!(error, MediaError::Stream { .. }), "{error}");
}

#[tokio::test]
async fn a_stream_without_sense_is_told_as_that_though_its_ffmpeg_lives_on() {
    let dir = tempfile::tempdir().unwrap();
    let second = |right: &str, wrong: &str| {
        let both = given(2, 8).replacen(right, wrong, 2);
        both.replacen(wrong, right, 1)
    };
    let cut = second("head -c 96", "head -c 40");
    for (text, says) in [
        (second("yuv420p", "nonsense"), "8x8 pixels of nonsense"),
        (format!("{cut}\nexec >&-"), "a frame is cut off"),
    ] {
        let spec = DecodeSpec {
            ffmpeg: script(dir.path(), &format!("{text}\nsleep 60")),
            deadline: Duration::from_secs(60),
            ..decode_spec(dir.path().join("a.mp4"))
        };
        let mut decoder = decoder(spec);
        assert!(decoder.next().await.unwrap().is_some(), "{says}");
        let soon = tokio::time::timeout(Duration::from_secs(20), decoder.next());
        let error = soon.await.expect(says).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn frames_between_the_due_times_are_left_out_and_none_is_given_twice() {
    let dir = tempfile::tempdir().unwrap();
    let path = make_clip(dir.path(), "color=black:s=8x4:r=25:d=1,format=yuv420p");
    let spec = DecodeSpec {
        extraction: Extraction::Range {
            start: 0.2,
            duration: 0.8,
        },
        times: every(0.1, 8),
        ..decode_spec(path)
    };
    let mut found = decoder(spec);
    let mut due = Vec::new();
    while let Some(frame) = found.next().await.unwrap() {
        due.push((frame.from, frame.until, (frame.time * 25.0).round() as u64));
    }
    let wanted = [5, 7, 10, 12, 15, 17, 20, 22].into_iter();
    let wanted: Vec<_> = (0..)
        .zip(wanted)
        .map(|(n, frame)| (n, n + 1, frame))
        .collect();
    assert_eq!(due, wanted);
}

#[tokio::test]
async fn a_far_key_frame_is_waited_for_longer_than_a_frame_but_not_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let filter = "[showinfo@decoded @ 0x1] [info]";
    let decoded = |pause: &str, count: u32| {
        let line = format!("echo '{filter} n: 1 pts: 1 fmt:yuv420p s:8x8 i:P' >&2");
        let config = format!("echo '{filter} config in time_base: 1/10,' >&2");
        format!("{config}; for n in $(seq {count}); do {line}; sleep {pause}; done")
    };
    let spec = |text: &str, deadline| DecodeSpec {
        ffmpeg: script(dir.path(), text),
        deadline: Duration::from_millis(deadline),
        extraction: Extraction::Single { at: 0.9 },
        ..decode_spec(dir.path().join("a.mp4"))
    };
    let slow = format!("{}\n{}", decoded("0.1", 8), given(1, 8));
    let due = decoder(spec(&slow, 500)).next().await.unwrap();
    assert!(due.is_some(), "after 0.8 s, of 0.5 s a frame");
    let error = decoder(spec(&decoded("0.01", 10_000), 250)).next().await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("up to 0.9 s") && error.contains("-g 30"),
        "{error}"
    );
}

#[tokio::test]
async fn a_decode_that_begins_without_a_key_frame_begins_further_back() {
    let dir = tempfile::tempdir().unwrap();
    let filter = "[showinfo@decoded @ 0x1] [info]";
    let told = |key: u8| {
        let frame = format!("n: 0 pts: 5 fmt:yuv420p s:8x8 i:P iskey:{key} type:P");
        format!("echo '{filter} config in time_base: 1/10,\n{filter} {frame}' >&2")
    };
    let log = dir.path().join("starts");
    let text = format!(
        "case \"$*\" in *'-ss 8.9'*) echo >> {}; {};; *) {};; esac\n{}",
        log.display(),
        told(0),
        told(1),
        given(1, 8)
    );
    for (codec, refused) in [("hevc", true), ("h264", false)] {
        let mut spec = DecodeSpec {
            ffmpeg: script(dir.path(), &text),
            extraction: Extraction::Single { at: 8.9 },
            ..decode_spec(dir.path().join("a.mp4"))
        };
        (spec.facts.codec, spec.facts.stream_duration) = (codec.into(), 100.0);
        let mut decoder = decoder(spec);
        assert!(decoder.next().await.unwrap().is_some());
        let seek = decoder.start().and_then(|start| start.seek);
        assert_eq!(seek != Some(8.9), refused, "{codec} from {seek:?}");
        assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 1);
        std::fs::remove_file(&log).unwrap();
    }
}

#[tokio::test]
async fn an_older_ffmpeg_is_spoken_to_in_its_own_words() {
    let dir = tempfile::tempdir().unwrap();
    let refusal = "echo \"[fatal] Unrecognized option 'fps_mode'.\" >&2; exit 1";
    let text = format!(
        "case \"$*\" in *-fps_mode*) {refusal};; esac\n{}",
        given(3, 8)
    );
    let spec = DecodeSpec {
        ffmpeg: script(dir.path(), &text),
        ..decode_spec(dir.path().join("a.mp4"))
    };
    assert!(decoder(spec).next().await.unwrap().is_some());
}

/// The numbers, and the frames of a film of 120 a second that are due at them, ten a second.
async fn of_a_dense_film(filter: &str) -> (Vec<(u64, u64, u64)>, Decoder) {
    let dir = tempfile::tempdir().unwrap();
    let source = format!("color=black:s=8x4:r=120:d=1,format=yuv420p{filter}");
    let mut spec = DecodeSpec {
        times: every(0.1, 10),
        ..decode_spec(make_clip(dir.path(), &source))
    };
    spec.facts.fps = 120.0;
    let mut decoder = decoder(spec);
    let mut due = Vec::new();
    while let Some(frame) = decoder.next().await.unwrap() {
        due.push((frame.from, frame.until, (frame.time * 120.0).round() as u64));
    }
    (due, decoder)
}

#[tokio::test]
async fn frames_of_a_dense_source_that_are_not_due_are_left_out() {
    let (due, decoder) = of_a_dense_film("").await;
    let wanted: Vec<_> = (0..10).map(|n| (n, n + 1, 12 * n)).collect();
    assert_eq!(due, wanted);
    assert!(decoder.may_thin, "nothing that was due");
}

#[tokio::test]
async fn a_frame_that_lasts_unusually_long_is_not_lost() {
    // Nothing between 0.3 s and 0.46 s, and nothing behind 0.75 s.
    let (due, decoder) =
        of_a_dense_film(",select=not(between(n\\,31\\,55)+gt(n\\,90)),tpad=stop=0").await;
    let wanted = [0, 12, 24, 30, 30, 60, 72, 84, 90];
    let shown: Vec<u64> = due
        .iter()
        .flat_map(|(from, until, frame)| (*from..*until).map(|_| *frame))
        .collect();
    assert_eq!(shown[..8], wanted[..8], "{due:?}");
    assert!(!decoder.may_thin);
}
