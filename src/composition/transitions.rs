//! Which frames show a transition between two scenes, and how far it has come in each.

use serde::{Deserialize, Deserializer};

use super::fps::Fps;

/// A frame this near an edge of a window, in seconds, is on it. GSAP, which switches the scenes
/// there, compares times no finer.
const EDGE_SLACK: f64 = 1e-7;
/// Frames a table may span: a render of two days at 60 frames a second.
const MOST_FRAMES: u64 = 10_000_000;

/// A transition as the page declares it. Times in seconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// When the second scene appears.
    #[serde(deserialize_with = "number_or_none", default = "no_number")]
    pub time: f64,
    /// How long after that the first one is gone.
    #[serde(deserialize_with = "number_or_none", default = "no_number")]
    pub duration: f64,
    /// Name of the shader; without one it is a crossfade.
    #[serde(default)]
    pub shader: Option<String>,
    /// Id of the scene that goes; empty when the page names none.
    #[serde(default)]
    pub from_scene: String,
    /// Id of the scene that comes; empty when the page names none.
    #[serde(default)]
    pub to_scene: String,
}

/// JSON has no NaN and no infinity; `JSON.stringify` writes null.
fn number_or_none<'de, D: Deserializer<'de>>(de: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(de)?.unwrap_or(f64::NAN))
}

fn no_number() -> f64 {
    f64::NAN
}

/// A frame within a transition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransitionFrame {
    /// Index of the transition in the list the table was made of.
    pub index: usize,
    /// 0 to 1, in equal steps from frame to frame.
    pub progress: f64,
}

/// Why a transition has no frames though it was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ignored {
    /// Time or duration is no finite number, or so large that its frames are none.
    #[error("its time or duration is no finite number")]
    NotFinite,
    /// It would end before it begins, or lasts no time: the scenes change at once.
    #[error("its duration is not more than 0 s, so the scenes change at once")]
    NoDuration,
    /// It is over before the first frame or begins after the last.
    #[error("it lies outside of the composition")]
    Outside,
    /// It begins and ends between two frames.
    #[error("it is too short for a frame of its own")]
    BetweenFrames,
    /// Others, earlier in the list, have all its frames.
    #[error("earlier transitions cover all of it")]
    Covered,
}

/// Too many frames for a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} frames are too many for a composition with transitions; {MOST_FRAMES} are the most")]
pub struct TooManyFrames(u64);

/// What each frame of a render shows of the transitions; looked up in constant time.
///
/// A frame belongs to a transition when its time is at or after the transition's and before its
/// end: exactly while the page holds both scenes. At the end the page has taken the first scene
/// away, and shows the second one by itself; before `time` it has not brought the second one yet.
/// (Upstream counts frames outwards to whole ones, the last included. Of the scene that is not
/// there it blends a black picture, and seconds of one window lie in the next.)
///
/// Progress is upstream's for the frames both have: linear over those whole frames, the first of
/// which may lie before `time`. Where transitions overlap, the one earlier in the list wins.
#[derive(Debug, Clone, PartialEq)]
pub struct TransitionTable {
    /// Frame number of the table's first entry.
    first: u64,
    /// One more than a transition's index for each frame, 0 for none.
    entries: Vec<u32>,
    /// The whole frames progress runs over, of each transition.
    spans: Vec<Span>,
    ignored: Vec<(usize, Ignored)>,
}

/// From 0 to 1 between two frame numbers, which need not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    start: f64,
    end: f64,
}

impl Span {
    fn progress(self, frame: u64) -> f64 {
        if self.end <= self.start {
            return 1.0;
        }
        ((frame as f64 - self.start) / (self.end - self.start)).clamp(0.0, 1.0)
    }
}

impl TransitionTable {
    /// The table of a render of `total` frames. Transitions that cannot be shown are left out,
    /// and told by [`Self::ignored`].
    ///
    /// # Errors
    /// [`TooManyFrames`] beyond ten million.
    pub fn new(transitions: &[Transition], fps: Fps, total: u64) -> Result<Self, TooManyFrames> {
        if total > MOST_FRAMES {
            return Err(TooManyFrames(total));
        }
        let mut ignored = Vec::new();
        let mut windows = Vec::new();
        for (index, transition) in transitions.iter().enumerate() {
            match frames_of(transition, fps, total) {
                Ok((first, end)) => windows.push((index, first, end)),
                Err(why) => ignored.push((index, why)),
            }
        }
        let first = windows.iter().map(|window| window.1).min().unwrap_or(0);
        let end = windows.iter().map(|window| window.2).max().unwrap_or(0);
        let mut entries = vec![0; (end - first) as usize];
        for (index, from, to) in windows {
            let span = &mut entries[(from - first) as usize..(to - first) as usize];
            let mut covered = true;
            for entry in span.iter_mut().filter(|entry| **entry == 0) {
                *entry = index as u32 + 1;
                covered = false;
            }
            if covered {
                ignored.push((index, Ignored::Covered));
            }
        }
        ignored.sort_by_key(|(index, _)| *index);
        Ok(Self {
            first,
            entries,
            spans: transitions.iter().map(|t| span_of(t, fps)).collect(),
            ignored,
        })
    }

    /// What `frame` shows of a transition, if anything.
    pub fn at(&self, frame: u64) -> Option<TransitionFrame> {
        let offset = usize::try_from(frame.checked_sub(self.first)?).ok()?;
        let index = self.entries.get(offset)?.checked_sub(1)? as usize;
        Some(TransitionFrame {
            index,
            progress: self.spans[index].progress(frame),
        })
    }

    /// Transitions without a frame, by their index, and why.
    pub fn ignored(&self) -> &[(usize, Ignored)] {
        &self.ignored
    }
}

/// Upstream's range of whole frames around a window.
fn span_of(transition: &Transition, fps: Fps) -> Span {
    let rate = fps.as_f64();
    Span {
        start: (transition.time * rate).floor(),
        end: ((transition.time + transition.duration) * rate).ceil(),
    }
}

/// First frame of a window and the one after its last, of `total`.
fn frames_of(transition: &Transition, fps: Fps, total: u64) -> Result<(u64, u64), Ignored> {
    let (start, end) = (transition.time, transition.time + transition.duration);
    if !(span_of(transition, fps).start.is_finite() && transition.duration.is_finite()) {
        return Err(Ignored::NotFinite);
    }
    if transition.duration <= 0.0 {
        return Err(Ignored::NoDuration);
    }
    if end <= 0.0 || start >= fps.duration_of(total) {
        return Err(Ignored::Outside);
    }
    let first = first_at_or_after(start, fps, total);
    let end = first_at_or_after(end, fps, total);
    if first >= end {
        return Err(Ignored::BetweenFrames);
    }
    Ok((first, end))
}

/// The first frame of `total` that is not before `time`, or `total`.
fn first_at_or_after(time: f64, fps: Fps, total: u64) -> u64 {
    let (mut low, mut high) = (0, total);
    while low < high {
        let middle = low + (high - low) / 2;
        if fps.time_of(middle) < time - EDGE_SLACK {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn transition(time: f64, duration: f64) -> Transition {
        Transition {
            time,
            duration,
            shader: None,
            from_scene: "a".into(),
            to_scene: "b".into(),
        }
    }

    fn table(windows: &[(f64, f64)], total: u64) -> TransitionTable {
        let list: Vec<_> = windows.iter().map(|(t, d)| transition(*t, *d)).collect();
        TransitionTable::new(&list, Fps::new(30, 1).unwrap(), total).unwrap()
    }

    fn covered(table: &TransitionTable, total: u64) -> Vec<u64> {
        (0..total)
            .filter(|frame| table.at(*frame).is_some())
            .collect()
    }

    #[test]
    fn a_window_on_whole_frames_ends_before_its_last() {
        let table = table(&[(1.0, 1.0)], 120);
        assert_eq!(covered(&table, 120), (30..60).collect::<Vec<_>>());
        let at = |frame| table.at(frame).unwrap().progress;
        assert_eq!((at(30), at(45), at(59)), (0.0, 0.5, 29.0 / 30.0));
    }

    #[test]
    fn a_window_between_frames_keeps_those_that_have_both_scenes() {
        // Upstream's frames are 30 to 46; at 30 the second scene is not there, at 46 not the first.
        let table = table(&[(1.01, 0.5)], 120);
        assert_eq!(covered(&table, 120), (31..46).collect::<Vec<_>>());
        assert_eq!(table.at(31).unwrap().progress, 1.0 / 16.0);
        assert_eq!(table.at(45).unwrap().progress, 15.0 / 16.0);
    }

    #[test]
    fn windows_may_touch_and_the_first_of_two_wins() {
        let touching = table(&[(1.0, 0.1), (1.1, 0.1)], 120);
        assert_eq!(touching.at(32).unwrap().index, 0);
        assert_eq!(touching.at(33).unwrap().index, 1);
        assert_eq!(touching.at(33).unwrap().progress, 0.0);
        let crossing = table(&[(1.0, 1.0), (0.5, 1.0)], 120);
        assert_eq!(crossing.at(29).unwrap().index, 1);
        assert_eq!(crossing.at(31).unwrap().index, 0);
        assert_eq!(covered(&crossing, 120).len(), 45);
    }

    #[test]
    fn bad_windows_are_left_out_and_told() {
        let windows = [
            (f64::NAN, 1.0),
            (1.0, f64::INFINITY),
            (1.0, 0.0),
            (1.0, -2.0),
            (9.0, 1.0),
            (-3.0, 2.0),
            (1.01, 0.01),
            (1.0, 1.0),
            (1.2, 0.5),
            (f64::MAX, f64::MAX),
        ];
        let table = table(&windows, 120);
        use Ignored::{BetweenFrames, Covered, NoDuration, NotFinite, Outside};
        assert_eq!(
            table.ignored(),
            [
                (0, NotFinite),
                (1, NotFinite),
                (2, NoDuration),
                (3, NoDuration),
                (4, Outside),
                (5, Outside),
                (6, BetweenFrames),
                (8, Covered),
                (9, NotFinite),
            ]
        );
        assert_eq!(covered(&table, 130), (30..60).collect::<Vec<_>>());
    }

    #[test]
    fn windows_over_an_end_show_what_is_inside() {
        let over_both = table(&[(-0.5, 1.0), (3.5, 9.0)], 120);
        assert_eq!(over_both.at(0).unwrap().progress, 0.5);
        assert_eq!(over_both.at(14).unwrap().index, 0);
        assert_eq!(over_both.at(15), None);
        assert_eq!(over_both.at(119).unwrap().progress, 14.0 / 270.0);
        assert_eq!(over_both.at(120), None);
        assert_eq!(over_both.at(u64::MAX), None);
    }

    #[test]
    fn one_frame_or_none_is_a_render_too() {
        assert_eq!(table(&[(0.0, 1.0)], 1).at(0).unwrap().progress, 0.0);
        assert_eq!(table(&[(0.0, 1.0)], 0).at(0), None);
        assert_eq!(table(&[], 120).at(3), None);
        let refused = TransitionTable::new(&[], Fps::new(1, 1).unwrap(), u64::MAX).unwrap_err();
        assert!(refused.to_string().contains("10000000"), "{refused}");
    }

    #[test]
    fn what_the_page_leaves_out_is_no_number_and_no_scene() {
        let json = r#"{"time":null,"ease":"none","fromScene":"a"}"#;
        let read: Transition = serde_json::from_str(json).unwrap();
        assert!(read.time.is_nan() && read.duration.is_nan() && read.to_scene.is_empty());
    }

    fn rates() -> impl Strategy<Value = Fps> {
        prop::sample::select(vec![
            (24, 1),
            (30, 1),
            (30_000, 1001),
            (60, 1),
            (24_000, 1001),
        ])
        .prop_map(|(num, den)| Fps::new(num, den).unwrap())
    }

    fn seconds() -> impl Strategy<Value = f64> {
        prop_oneof![6 => -2.0f64..6.0, 2 => (-20i32..60).prop_map(|t| f64::from(t) / 10.0), 1 => prop::num::f64::ANY]
    }

    proptest! {
        /// Frames are those of the first window that has both scenes at their time; progress is
        /// upstream's.
        #[test]
        fn the_table_is_what_a_search_finds(
            windows in prop::collection::vec((seconds(), seconds()), 0..6),
            fps in rates(),
            total in 0u64..200,
        ) {
            let list: Vec<_> = windows.iter().map(|(t, d)| transition(*t, *d)).collect();
            let table = TransitionTable::new(&list, fps, total).unwrap();
            for frame in 0..total + 3 {
                let at = fps.time_of(frame) + EDGE_SLACK;
                let found = windows.iter().position(|(time, duration)| {
                    let finite = (time * fps.as_f64()).is_finite() && duration.is_finite();
                    let usable = finite && *duration > 0.0;
                    frame < total && usable && at >= *time && at < time + duration
                });
                let given = table.at(frame);
                prop_assert_eq!(given.map(|given| given.index), found);
                if let Some(given) = given {
                    let (time, duration) = windows[given.index];
                    let start = (time * fps.as_f64()).floor();
                    let end = ((time + duration) * fps.as_f64()).ceil();
                    prop_assert_eq!(given.progress, (frame as f64 - start) / (end - start));
                }
            }
        }

        #[test]
        fn progress_rises_within_a_window(time in 0.0f64..3.0, duration in 0.1f64..3.0, fps in rates()) {
            let table = TransitionTable::new(&[transition(time, duration)], fps, 400).unwrap();
            let steps: Vec<f64> =
                (0..400).filter_map(|frame| Some(table.at(frame)?.progress)).collect();
            prop_assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(steps.iter().all(|p| (0.0..1.0).contains(p)));
        }
    }
}
