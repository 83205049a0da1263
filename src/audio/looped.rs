//! A source that starts over whenever it ends: the part from its in-point to its end, again and
//! again. Each cycle begins at the sample that is due, so that nothing adds up.

use super::cuts::sample;
use super::pcm::{Part, Pcm, RATE};
use super::source::Source;
use super::tool::{AudioTools, RunFailure};
use crate::composition::Rate;

/// Cycles that are kept in memory instead of being decoded again, samples: 20 s are 8 MB.
const KEPT: i64 = 20 * RATE as i64;

/// One cycle of a source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cycle {
    /// Where it begins, seconds of the source.
    pub from: f64,
    /// How long it is heard, seconds on the timeline.
    pub seconds: f64,
    /// Its speed.
    pub rate: f64,
}

impl Cycle {
    /// The sample, counted from the first cycle's, at which cycle `number` begins.
    fn begin(&self, number: u64) -> i64 {
        sample(self.seconds * number as f64)
    }

    /// What a cycle of `count` samples reads.
    fn part(&self, count: i64) -> Part {
        if self.rate == 1.0 {
            let from = sample(self.from);
            return Part::Plain {
                from,
                until: from + count,
            };
        }
        Part::Played {
            from: self.from,
            seconds: self.seconds,
            rate: Rate::Constant(self.rate),
        }
    }
}

/// A source that is read in cycles, without end.
#[derive(Debug)]
pub(super) struct Looped {
    tools: AudioTools,
    source: Source,
    cycle: Cycle,
    /// Number of the cycle that is read, and the next sample in it.
    number: u64,
    at: i64,
    decoder: Option<Box<Pcm>>,
    /// The first cycle, if it is kept.
    kept: Option<Vec<f32>>,
}

impl Looped {
    /// Nothing is started.
    pub fn new(tools: &AudioTools, source: &Source, cycle: &Cycle) -> Self {
        let is_kept = cycle.begin(1) <= KEPT;
        Self {
            tools: tools.clone(),
            source: source.clone(),
            cycle: cycle.clone(),
            number: 0,
            at: 0,
            decoder: None,
            kept: is_kept.then(Vec::new),
        }
    }

    /// Adds `count` samples of both channels to `out`.
    ///
    /// # Errors
    /// [`RunFailure`] when a decoder cannot be started, or failed.
    pub async fn read(&mut self, out: &mut Vec<f32>, count: usize) -> Result<usize, RunFailure> {
        let wanted = out.len() + 2 * count;
        while out.len() < wanted {
            // At least one, so that even the shortest cycle comes to an end.
            let length = self.cycle.begin(self.number + 1) - self.cycle.begin(self.number);
            let left = (length.max(1) - self.at) as usize;
            let want = left.min((wanted - out.len()) / 2);
            let filled = out.len() + 2 * want;
            match &self.kept {
                Some(kept) if self.number > 0 => {
                    let from = (2 * self.at as usize).min(kept.len());
                    out.extend_from_slice(&kept[from..(from + 2 * want).min(kept.len())]);
                }
                _ => self.decode(out, want, length).await?,
            }
            // A source may end before its file says.
            out.resize(filled, 0.0);
            self.at += want as i64;
            if want == left {
                (self.number, self.at, self.decoder) = (self.number + 1, 0, None);
            }
        }
        Ok(count)
    }

    async fn decode(
        &mut self,
        out: &mut Vec<f32>,
        count: usize,
        length: i64,
    ) -> Result<(), RunFailure> {
        if self.decoder.is_none() && self.at == 0 {
            let part = self.cycle.part(length);
            let opened = Box::pin(Pcm::open(&self.tools, &self.source, &part)).await?;
            self.decoder = Some(Box::new(opened));
        }
        let before = out.len();
        while let Some(decoder) = &mut self.decoder
            && out.len() < before + 2 * count
        {
            let left = count - (out.len() - before) / 2;
            if Box::pin(decoder.read(out, left)).await? == 0 {
                self.decoder = None;
            }
        }
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(&out[before..]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::testing::{clip, ffmpeg, mixed};
    use crate::composition::{AudioClip, RateSpec};

    /// Half a second of a tone that rises, at this many samples a second.
    async fn heard(rate: &str, name: &str, change: impl Fn(&mut AudioClip)) -> Vec<f64> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        let source = format!("aevalsrc=0.4*sin(2*PI*(300+400*t)*t):s={rate}:d=0.5");
        ffmpeg(&["-f", "lavfi", "-i", &source, path.to_str().unwrap()]);
        let mut looped = clip(&path, 0.25, 1.5, 0.1);
        looped.looped = true;
        change(&mut looped);
        mixed(dir.path(), &[looped], 2.0).await
    }

    fn tone(seconds: f64) -> f64 {
        0.4 * (2.0 * std::f64::consts::PI * (300.0 + 400.0 * seconds) * seconds).sin()
    }

    #[tokio::test]
    async fn a_source_starts_over_at_its_in_point_to_the_sample() {
        let samples = heard("48000", "a.wav", |_| {}).await;
        assert_eq!(samples.len(), 96_000);
        for (k, value) in samples.iter().enumerate() {
            // It is heard for 1.5 s from 0.25 s on: three cycles of 0.4 s, and 0.3 s of a fourth.
            let since = k as i64 - 12_000;
            let due = match (0..72_000).contains(&since) {
                true => tone(0.1 + (since % 19_200) as f64 / 48_000.0),
                false => 0.0,
            };
            assert!((value - due).abs() < 1e-3, "sample {k}: {value}, due {due}");
        }
    }

    #[tokio::test]
    async fn other_rates_and_codecs_start_over_as_well() {
        let level = |samples: &[f64]| (samples.iter().map(|v| v * v).sum::<f64>() / 960.0).sqrt();
        for (rate, name) in [("44100", "a.flac"), ("44100", "a.mp3"), ("48000", "a.m4a")] {
            let samples = heard(rate, name, |_| {}).await;
            for (at, piece) in samples.chunks_exact(960).enumerate() {
                let heard = (13..87).contains(&at);
                let (least, most) = if heard { (0.2, 0.45) } else { (0.0, 0.01) };
                let is_edge = at == 12 || at == 87;
                let level = level(piece);
                assert!(
                    is_edge || (least..most).contains(&level),
                    "{name} at {at}: {level}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_speed_shortens_the_cycle() {
        let double = |clip: &mut AudioClip| clip.playback_rate = Some(RateSpec::Constant(2.0));
        let samples = heard("48000", "a.wav", double).await;
        // Cycles of 0.2 s: all of them sound alike.
        let cycle = |number: usize| &samples[12_000 + 9_600 * number..][..9_600];
        for number in 1..7 {
            assert_eq!(cycle(number), cycle(0), "cycle {number}");
        }
        assert!(cycle(0).iter().any(|value| value.abs() > 0.3));
    }

    #[test]
    fn rounding_does_not_add_up() {
        let cycle = Cycle {
            from: 0.0,
            seconds: 1.0 / 3.0 + 1e-5,
            rate: 1.0,
        };
        assert_eq!(cycle.begin(3), 48_001);
        assert_eq!(cycle.begin(3_000), 48_001_440);
    }
}
