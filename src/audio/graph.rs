//! Filter graphs of ffmpeg. They are those of upstream 0.8.170, so that both mixes are equal to the
//! last bit.

use super::envelope::clamp_gain;
use super::number::filter_number;

/// A prepared track: a WAV file, and what is left to be done when it is mixed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prepared {
    pub path: std::path::PathBuf,
    /// Seconds on the timeline.
    pub start: f64,
    /// Seconds on the timeline.
    pub end: f64,
    /// Gain; 1 when an envelope was already applied to the samples.
    pub volume: f64,
    pub fade_in: f64,
    pub fade_out: f64,
    /// Seconds of sound that effects add after the end.
    pub tail: f64,
}

/// Whether `amix` of this ffmpeg has the option `normalize`. Without it, `amix` divides by the
/// number of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amix {
    Sums,
    Averages,
}

fn fades(track: &Prepared) -> String {
    let duration = track.end - track.start;
    let usable = |seconds: f64| {
        if seconds.is_finite() {
            seconds.max(0.0)
        } else {
            0.0
        }
    };
    let (mut fade_in, mut fade_out) = (usable(track.fade_in), usable(track.fade_out));
    let both = fade_in + fade_out;
    if duration.is_finite() && duration > 0.0 && both > duration {
        // Both are shortened in proportion, so that together they fill the whole length.
        let scale = duration / both;
        (fade_in, fade_out) = (fade_in * scale, fade_out * scale);
    }
    let mut stages = String::new();
    if fade_in > 0.0 {
        stages += &format!(",afade=t=in:st=0:d={}", filter_number(fade_in));
    }
    if fade_out > 0.0 && duration > 0.0 {
        stages += &format!(
            ",afade=t=out:st={}:d={}",
            filter_number((duration - fade_out).max(0.0)),
            filter_number(fade_out)
        );
    }
    stages
}

/// The filters of input `index`: cut to its length, gain, fades, delay to its start. `padded` adds
/// silence up to `total` seconds.
fn input(track: &Prepared, index: usize, total: f64, padded: bool) -> String {
    let length = filter_number(track.end - track.start + track.tail);
    let volume = filter_number(clamp_gain(track.volume));
    let delay = (track.start * 1000.0 + 0.5).floor();
    let fades = fades(track);
    let padding = if padded {
        format!(",apad,asetpts=N/SR/TB,atrim=0:{}", filter_number(total))
    } else {
        String::new()
    };
    format!(
        "[{index}:a]atrim=0:{length},volume={volume}{fades},adelay={delay}|{delay}{padding}[a{index}]"
    )
}

fn sum(count: usize, amix: Amix, output: &str) -> String {
    let inputs: String = (0..count).map(|i| format!("[a{i}]")).collect();
    let normalize = match amix {
        Amix::Sums => ":normalize=0",
        Amix::Averages => "",
    };
    format!(
        "{inputs}amix=inputs={count}:duration=longest:dropout_transition=0{normalize}[{output}]"
    )
}

/// The graph that mixes `tracks` into `total` seconds at `gain`.
pub(super) fn mix_graph(tracks: &[Prepared], total: f64, gain: f64, amix: Amix) -> String {
    let padded = amix == Amix::Averages;
    let mut parts: Vec<String> = tracks
        .iter()
        .enumerate()
        .map(|(index, track)| input(track, index, total, padded))
        .collect();
    parts.push(sum(tracks.len(), amix, "mixed"));
    parts.push(match amix {
        Amix::Sums => format!(
            "[mixed]volume={},apad,asetpts=N/SR/TB,atrim=0:{}[out]",
            filter_number(gain),
            filter_number(total)
        ),
        Amix::Averages => {
            format!(
                "[mixed]volume={}[out]",
                filter_number(gain * tracks.len() as f64)
            )
        }
    });
    parts.join(";")
}

/// The graph that sums a group's members over `total` seconds.
pub(super) fn group_graph(members: &[Prepared], total: f64, amix: Amix) -> String {
    let mut parts: Vec<String> = members
        .iter()
        .enumerate()
        .map(|(index, track)| input(track, index, total, true))
        .collect();
    match amix {
        Amix::Sums => parts.push(sum(members.len(), amix, "out")),
        Amix::Averages => {
            parts.push(sum(members.len(), amix, "mixed"));
            parts.push(format!("[mixed]volume={}[out]", members.len()));
        }
    }
    parts.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track() -> Prepared {
        Prepared {
            path: "a.wav".into(),
            start: 0.5,
            end: 2.5,
            volume: 0.8,
            fade_in: 0.0,
            fade_out: 0.0,
            tail: 0.0,
        }
    }

    // Expected graph: from `ps` while upstream 0.8.170 rendered such a track.
    #[test]
    fn one_track_is_mixed_as_upstream_mixes_it() {
        assert_eq!(
            mix_graph(&[track()], 3.0, 1.0, Amix::Sums),
            "[0:a]atrim=0:2,volume=0.8,adelay=500|500[a0];\
             [a0]amix=inputs=1:duration=longest:dropout_transition=0:normalize=0[mixed];\
             [mixed]volume=1,apad,asetpts=N/SR/TB,atrim=0:3[out]"
        );
    }

    #[test]
    fn an_old_amix_is_compensated() {
        let graph = mix_graph(&[track(), track()], 3.0, 0.5, Amix::Averages);
        assert!(
            !graph.contains("normalize") && graph.ends_with("[mixed]volume=1[out]"),
            "{graph}"
        );
        let group = group_graph(&[track(), track()], 3.0, Amix::Averages);
        assert!(group.ends_with("[mixed]volume=2[out]"), "{group}");
    }

    #[test]
    fn fades_longer_than_the_track_share_it() {
        let track = Prepared {
            fade_in: 3.0,
            fade_out: 1.0,
            ..track()
        };
        assert_eq!(
            fades(&track),
            ",afade=t=in:st=0:d=1.5,afade=t=out:st=1.5:d=0.5"
        );
        let silent = Prepared {
            fade_in: f64::NAN,
            fade_out: -1.0,
            ..track
        };
        assert_eq!(fades(&silent), "");
    }

    #[test]
    fn effects_sound_on_after_the_end() {
        let track = Prepared {
            tail: 1.25,
            volume: f64::NAN,
            ..track()
        };
        assert!(input(&track, 3, 9.0, false).starts_with("[3:a]atrim=0:3.25,volume=1,"));
    }
}
