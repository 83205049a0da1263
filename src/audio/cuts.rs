//! From seconds to samples: where clips begin and end on the timeline, and which sample of their
//! source is heard there. Pure arithmetic.

use super::pcm::RATE;

/// Cuts of one file that follow each other this closely, in time and in their source, are one
/// sound, seconds: a millisecond is what times with three decimals can be apart.
const SEAM: f64 = 0.0011;
/// A stream that is decoded already is read on to a later clip, if that is at most this far ahead
/// in the source, seconds. Beyond, starting another ffmpeg costs less than decoding.
const READ_ON: f64 = 20.0;

/// A clip in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clip {
    /// A number for its source: equal numbers are equal sources. `None` for what is read alone.
    pub source: Option<usize>,
    /// Source seconds per timeline second.
    pub rate: f64,
    pub start: f64,
    pub end: f64,
    pub media_start: f64,
}

/// A clip in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub start: i64,
    /// Behind its last sample.
    pub end: i64,
    /// What is heard at `start`: a sample of its source, or of the whole that it is a part of when
    /// it is played at another speed.
    pub from: i64,
    /// Number of the first clip of the whole that it is a part of.
    pub whole: usize,
}

/// The sample at `seconds`.
pub(super) fn sample(seconds: f64) -> i64 {
    (seconds * f64::from(RATE)).round() as i64
}

/// The time of a sample, seconds.
pub(super) fn seconds_of(sample: i64) -> f64 {
    sample as f64 / f64::from(RATE)
}

/// All clips in samples. Each is rounded by itself, so that no error adds up; but a clip that goes
/// on where another one of the same source ends has its rounding, and not a sample between or twice.
pub(super) fn cuts(clips: &[Clip]) -> Vec<Cut> {
    let alone = |(whole, clip): (usize, &Clip)| Cut {
        start: sample(clip.start),
        end: sample(clip.end),
        from: match clip.rate == 1.0 {
            true => sample(clip.start) + sample(clip.media_start - clip.start),
            false => 0,
        },
        whole,
    };
    let mut cuts: Vec<Cut> = clips.iter().enumerate().map(alone).collect();
    let mut order: Vec<usize> = (0..clips.len()).collect();
    order.sort_by(|a, b| clips[*a].start.total_cmp(&clips[*b].start));
    for (k, &later) in order.iter().enumerate() {
        let goes_on = |earlier: &usize| continues(&clips[*earlier], &clips[later]);
        let before = &order[..k];
        let Some(&earlier) = before.iter().rev().find(|earlier| goes_on(earlier)) else {
            continue;
        };
        let offset = cuts[earlier].from - cuts[earlier].start;
        // What was taken over from clip to clip must not add up.
        let own = clips[later].media_start - clips[later].start;
        let off = (offset as f64 - own * f64::from(RATE)).abs();
        if clips[later].rate != 1.0 || off <= SEAM * f64::from(RATE) {
            cuts[later].from = cuts[later].start + offset;
            cuts[later].whole = cuts[earlier].whole;
        }
        cuts[earlier].end = cuts[later].start;
    }
    cuts
}

fn continues(earlier: &Clip, later: &Clip) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= SEAM;
    let due = earlier.media_start + (later.start - earlier.start) * later.rate;
    earlier.source.is_some()
        && earlier.source == later.source
        && earlier.rate == later.rate
        && earlier.start < later.start
        && near(earlier.end, later.start)
        && (later.media_start - due).abs() <= SEAM * later.rate.max(1.0)
}

/// Which clips can be read from one decode, one after the other: for each clip the number of its
/// stream. Clips without source get a stream of their own.
pub(super) fn streams(clips: &[Clip], cuts: &[Cut]) -> Vec<usize> {
    struct Stream {
        source: usize,
        rate: f64,
        whole: usize,
        /// Behind its last clip, on the timeline and in the source.
        end: i64,
        at: i64,
    }
    let mut open: Vec<Option<Stream>> = Vec::new();
    let mut chosen = vec![0; clips.len()];
    let mut order: Vec<usize> = (0..clips.len()).collect();
    order.sort_by_key(|k| cuts[*k].start);
    for k in order {
        let cut = cuts[k];
        let ahead = |stream: &Stream| cut.from - stream.at;
        let fits = |stream: &&Stream| {
            Some(stream.source) == clips[k].source
                && stream.rate == clips[k].rate
                && stream.end <= cut.start
                && (0..=sample(READ_ON)).contains(&ahead(stream))
                && (stream.rate == 1.0 || stream.whole == cut.whole)
        };
        let usable = open.iter().enumerate();
        let usable = usable.filter_map(|(n, stream)| Some((n, stream.as_ref().filter(fits)?)));
        let nearest = usable.min_by_key(|(_, stream)| ahead(stream));
        let number = nearest.map_or(open.len(), |(n, _)| n);
        if number == open.len() {
            open.push(None);
        }
        open[number] = clips[k].source.map(|source| Stream {
            source,
            rate: clips[k].rate,
            whole: cut.whole,
            end: cut.end,
            at: cut.from + (cut.end - cut.start).max(0),
        });
        chosen[k] = number;
    }
    chosen
}

/// Which streams are too many at their time, when at most `most` may be open at once.
pub(super) fn crowded(numbers: &[usize], cuts: &[Cut], most: usize) -> Vec<bool> {
    let count = numbers.iter().max().map_or(0, |most| most + 1);
    let mut spans = vec![(i64::MAX, i64::MIN); count];
    for (number, cut) in numbers.iter().zip(cuts) {
        let span = &mut spans[*number];
        *span = (span.0.min(cut.start), span.1.max(cut.end));
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|number| spans[*number].0);
    let (mut open, mut crowded) = (Vec::new(), vec![false; count]);
    for number in order {
        let (start, end) = spans[number];
        open.retain(|ends: &i64| *ends > start);
        crowded[number] = open.len() >= most;
        if !crowded[number] {
            open.push(end);
        }
    }
    crowded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clip(start: f64, length: f64, media_start: f64) -> Clip {
        Clip {
            source: Some(0),
            rate: 1.0,
            start,
            end: start + length,
            media_start,
        }
    }

    /// `value` as an author writes it.
    fn written(value: f64, decimals: i32) -> f64 {
        let unit = 10f64.powi(decimals);
        (value * unit).round() / unit
    }

    proptest! {
        #[test]
        fn adjacent_cuts_are_one_sound(
            fps in prop_oneof![Just(30.0), Just(25.0), Just(30_000.0 / 1001.0), Just(24_000.0 / 1001.0)],
            frames in proptest::collection::vec(1u32..90, 2..30),
            offset in 0.0..90.0f64,
            decimals in 3i32..8,
        ) {
            let (mut at, mut clips) = (0.0, Vec::new());
            for count in frames {
                let length = f64::from(count) / fps;
                let w = |value| written(value, decimals);
                clips.push(clip(w(at), w(length), w(offset + at)));
                at += length;
            }
            let cuts = cuts(&clips);
            for pair in cuts.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            for (cut, clip) in cuts.iter().zip(&clips) {
                let off = (cut.from - cut.start) as f64 / 48_000.0 - (clip.media_start - clip.start);
                prop_assert!(off.abs() <= SEAM + 1e-4, "{off}");
                prop_assert!((cut.start as f64 / 48_000.0 - clip.start).abs() < 2e-5);
            }
            if decimals > 4 {
                for pair in cuts.windows(2) {
                    prop_assert_eq!(pair[0].from - pair[0].start, pair[1].from - pair[1].start);
                }
            }
            prop_assert!(streams(&clips, &cuts).iter().all(|stream| *stream == 0));
        }
    }

    #[test]
    fn other_cuts_are_only_rounded() {
        let clips = [
            clip(0.0, 1.0, 0.0),
            clip(1.0, 1.0, 5.0),
            clip(2.5, 0.5, 6.500_01),
        ];
        let list = cuts(&clips);
        let places: Vec<_> = list
            .iter()
            .map(|cut| (cut.start, cut.end, cut.from))
            .collect();
        assert_eq!(places[1], (48_000, 96_000, 240_000));
        assert_eq!(places[2], (120_000, 144_000, 312_000));
        assert_eq!(streams(&clips, &list), [0, 0, 0]);
    }

    #[test]
    fn cuts_at_another_speed_are_parts_of_one_whole() {
        let fast = |start, media_start| Clip {
            rate: 1.5,
            ..clip(start, 0.5, media_start)
        };
        // The third does not go on where the second ends.
        let clips = [
            fast(1.0, 2.0),
            fast(1.5, 2.75),
            fast(2.0, 4.0),
            clip(1.5, 1.0, 2.5),
        ];
        let list = cuts(&clips);
        assert_eq!(
            list.iter().map(|cut| cut.from).collect::<Vec<_>>(),
            [0, 24_000, 0, 120_000]
        );
        assert_eq!(
            list.iter().map(|cut| cut.whole).collect::<Vec<_>>(),
            [0, 0, 2, 3]
        );
        assert_eq!(streams(&clips, &list), [0, 0, 2, 1]);
    }

    #[test]
    fn a_stream_is_read_on_but_not_back_and_not_far() {
        let clips = [
            clip(0.0, 1.0, 0.0),
            clip(1.0, 1.0, 9.0),
            clip(1.5, 1.0, 10.5),
            clip(2.0, 1.0, 3.0),
            clip(3.0, 1.0, 60.0),
            Clip {
                source: Some(1),
                ..clip(4.0, 1.0, 61.0)
            },
        ];
        assert_eq!(streams(&clips, &cuts(&clips)), [0, 0, 1, 2, 3, 4]);
    }

    #[test]
    fn streams_that_are_too_many_at_a_time_are_told() {
        let clips: Vec<_> = [0.0, 1.0, 2.0, 3.0, 12.0]
            .iter()
            .map(|start| clip(*start, 10.0, 0.0))
            .collect();
        let numbers = [0, 1, 2, 3, 4];
        let list = crowded(&numbers, &cuts(&clips), 3);
        assert_eq!(list, [false, false, false, true, false]);
    }
}
