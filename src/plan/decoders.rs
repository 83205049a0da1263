//! What the decoders of clips take of a job's memory: the processes of ffmpeg, and the pictures of HDR
//! clips beyond the room there is for source frames.

use super::facts::Facts;
use crate::composition::VideoClip;
use crate::video::{HDR_PICTURES, decoder_threads};

/// Bytes of a decoder, measured with ffmpeg 5.1 on films of 1080p and 4K (docs/performance.md).
#[derive(Debug, Clone, Copy)]
struct DecoderBytes {
    base: u64,
    each_pixel: u64,
    each_pixel_and_thread: u64,
}

/// Of 8 bits, H.264.
const PLAIN: DecoderBytes = DecoderBytes {
    base: 60 << 20,
    each_pixel: 18,
    each_pixel_and_thread: 4,
};
/// Of 10 bits, H.265, brought to 16.
const WIDE: DecoderBytes = DecoderBytes {
    base: 90 << 20,
    each_pixel: 40,
    each_pixel_and_thread: 6,
};
/// Bytes a pixel of a picture of 16 bits a channel.
const RGB48: u64 = 6;

impl DecoderBytes {
    fn of(self, pixels: u64, threads: u64) -> u64 {
        self.base + pixels * (self.each_pixel + threads * self.each_pixel_and_thread)
    }
}

/// What is decoded at a time, at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Decoders {
    /// Of ffmpeg's processes, MiB.
    pub processes_mib: u64,
    /// Of pictures of HDR clips, MiB.
    pub hdr_pictures_mib: u64,
}

/// What one clip takes while it shows.
struct Taken {
    wide: bool,
    pixels: u64,
}

impl Decoders {
    /// Of the clips of a composition, by the times at which they show. Clips of one file count as one
    /// decoder. Before they are looked at, sources count as large as the output.
    pub fn of(facts: &Facts) -> Self {
        let clips = &facts.spec.composition.media.videos;
        let starts = clips.iter().map(|clip| clip.start);
        let busiest = starts.map(|time| Self::at(facts, clips, time));
        busiest.fold(Self::default(), |most, now| Self {
            processes_mib: most.processes_mib.max(now.processes_mib),
            hdr_pictures_mib: most.hdr_pictures_mib.max(now.hdr_pictures_mib),
        })
    }

    fn at(facts: &Facts, clips: &[VideoClip], time: f64) -> Self {
        let mut shown: Vec<&VideoClip> = Vec::new();
        for clip in clips {
            let shows = clip.start <= time && time < clip.end;
            if shows && shown.iter().all(|known| known.src != clip.src) {
                shown.push(clip);
            }
        }
        let threads = decoder_threads(facts.host.cores, shown.len()) as u64;
        let (mut processes, mut pictures) = (0, 0);
        for clip in shown {
            let Taken { wide, pixels } = taken(facts, clip);
            let bytes = if wide { WIDE } else { PLAIN };
            processes += bytes.of(pixels, threads);
            pictures += u64::from(wide) * pixels * RGB48 * HDR_PICTURES;
        }
        Self {
            processes_mib: processes.div_ceil(1 << 20),
            hdr_pictures_mib: pictures.div_ceil(1 << 20),
        }
    }
}

fn taken(facts: &Facts, clip: &VideoClip) -> Taken {
    let hdr = facts.hdr.plan.as_ref();
    let video = hdr.and_then(|hdr| hdr.videos.iter().find(|video| video.clip.id == clip.id));
    let (width, height) = match video {
        Some(video) => video.facts.shown_size(),
        None => facts.spec.output_size(),
    };
    Taken {
        wide: video.is_some(),
        pixels: u64::from(width) * u64::from(height),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::machine::Host;
    use crate::pixels::TransferFunction;
    use crate::plan::{HdrDecision, HdrPlan, HdrVideo};
    use crate::probe::VideoFacts;
    use crate::spec::RenderSpec;

    fn facts(clips: &[(&str, f64, f64)]) -> Facts {
        let dir = tempfile::tempdir().unwrap();
        let mut json = crate::spec::testing::sample(dir.path(), json!({}));
        let videos: Vec<Value> = clips
            .iter()
            .enumerate()
            .map(|(n, (src, start, end))| json!({"id": format!("v{n}"), "src": src, "start": start, "end": end}))
            .collect();
        json["composition"]["media"] = json!({ "videos": videos });
        json["composition"]["width"] = json!(1920);
        json["composition"]["height"] = json!(1080);
        let spec = RenderSpec::parse(&json.to_string()).unwrap();
        let host = Host {
            cores: 4,
            memory_mib: 24_000,
        };
        Facts::new(Arc::new(spec), host, None, HdrDecision::default())
    }

    /// The same where all clips are HDR, of 4K.
    fn hdr(clips: &[(&str, f64, f64)]) -> Facts {
        let mut facts = facts(clips);
        let videos = facts.spec.composition.media.videos.iter();
        let videos = videos.map(|clip| HdrVideo {
            clip: clip.clone(),
            path: "film.mp4".into(),
            facts: VideoFacts {
                width: 3840,
                height: 2160,
                ..crate::video::testing::facts(1.0)
            },
        });
        facts.hdr.plan = Some(HdrPlan {
            transfer: TransferFunction::Pq,
            videos: videos.collect(),
            images: Vec::new(),
        });
        facts
    }

    #[test]
    fn decoders_count_where_they_run_side_by_side() {
        assert_eq!(Decoders::of(&facts(&[])), Decoders::default());
        let one = Decoders::of(&facts(&[("a", 0.0, 2.0)]));
        assert!((100..300).contains(&one.processes_mib), "{one:?}");
        let after = Decoders::of(&facts(&[("a", 0.0, 2.0), ("b", 2.0, 4.0)]));
        assert_eq!(after, one, "one after the other");
        let shared = Decoders::of(&facts(&[("a", 0.0, 2.0), ("a", 0.5, 2.0)]));
        assert_eq!(shared, one, "of one file");
        let both = Decoders::of(&facts(&[("a", 0.0, 2.0), ("b", 1.0, 4.0)]));
        assert!(both.processes_mib > one.processes_mib * 3 / 2, "{both:?}");
    }

    #[test]
    fn hdr_clips_are_dearer_and_their_pictures_count() {
        let plain = Decoders::of(&facts(&[("a", 0.0, 2.0)]));
        let wide = Decoders::of(&hdr(&[("a", 0.0, 2.0)]));
        assert!(wide.processes_mib > plain.processes_mib * 2, "{wide:?}");
        let picture = 3840 * 2160 * 6;
        assert_eq!(
            wide.hdr_pictures_mib,
            (picture * HDR_PICTURES).div_ceil(1 << 20)
        );
        assert_eq!(plain.hdr_pictures_mib, 0);
    }
}
