//! What encoders hold, and how one is made to hold less where memory is short.

use crate::encode::{Codec, EncodeSettings, EncoderLimits, Quality};

/// An encoder without any picture, MiB.
const BASE_MIB: u64 = 96;
/// x264 takes three threads for two cores, and no more than that with 1080p.
const MOST_THREADS: usize = 34;
/// Frames to look ahead at, where the preset's are too many; few enough in the end that another one less
/// saves little, and still enough to spread bits over frames.
const FEWER_AHEAD: [u32; 3] = [20, 10, 5];

/// Bytes that an encoder holds for each pixel of a frame, measured at 4K (docs/performance.md).
#[derive(Debug, Clone, Copy)]
struct Appetite {
    /// Whatever it is told.
    fixed: u64,
    /// For each frame that it looks ahead.
    each_ahead: u64,
    /// Frames that it looks ahead.
    ahead: u32,
    /// For each thread; 0 where fewer threads save nothing.
    each_thread: u64,
}

impl Appetite {
    /// Of an encoder with those settings; one on a GPU holds little here.
    fn of(settings: &EncodeSettings) -> Self {
        let light = Self {
            fixed: 10,
            each_ahead: 0,
            ahead: 0,
            each_thread: 7,
        };
        match settings.codec {
            _ if settings.is_by_gpu() => light,
            Codec::H264 if settings.quality == Quality::Draft => light,
            Codec::H264 => {
                let is_high = settings.quality == Quality::High;
                Self {
                    fixed: if is_high { 60 } else { 45 },
                    each_ahead: 3,
                    ahead: if is_high { 50 } else { 40 },
                    each_thread: 12,
                }
            }
            Codec::H265(_) => Self {
                fixed: 145,
                each_ahead: 7,
                ahead: match settings.quality {
                    Quality::Draft => 15,
                    Quality::Standard => 20,
                    Quality::High => 25,
                },
                each_thread: 0,
            },
            Codec::Vp9 { .. } => Self {
                fixed: 155,
                each_ahead: 4,
                ahead: 25,
                each_thread: 0,
            },
            Codec::ProRes | Codec::GifParts => light,
        }
    }

    fn mib(self, pixels: u64, ahead: u32, threads: u32) -> u64 {
        let (ahead, threads) = (u64::from(ahead), u64::from(threads));
        let each_pixel = self.fixed + ahead * self.each_ahead + threads * self.each_thread;
        BASE_MIB + ((pixels * each_pixel) >> 20)
    }
}

/// An encoder, by what it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct EncoderMemory {
    appetite: Appetite,
    pixels: u64,
    /// Threads that it takes by itself.
    threads: u32,
}

impl EncoderMemory {
    /// Of an encoder on `cores` cores.
    pub fn of(settings: &EncodeSettings, cores: usize) -> Self {
        Self {
            appetite: Appetite::of(settings),
            pixels: u64::from(settings.width) * u64::from(settings.height),
            threads: (cores * 3).div_ceil(2).min(MOST_THREADS) as u32,
        }
    }

    /// What it holds within `limits`, MiB.
    pub fn mib(self, limits: Option<EncoderLimits>) -> u64 {
        let ahead = limits.and_then(|limits| limits.look_ahead);
        let threads = limits.and_then(|limits| limits.threads);
        self.appetite.mib(
            self.pixels,
            ahead.unwrap_or(self.appetite.ahead),
            threads.unwrap_or(self.threads),
        )
    }

    /// What it has to be told so that it holds at most `room_mib`, or as little as it can; `None` where
    /// nothing has to be said. Frames ahead are given up before threads: they cost a little of the file's
    /// size, threads cost time.
    pub fn limits(self, room_mib: u64) -> Option<EncoderLimits> {
        if self.mib(None) <= room_mib {
            return None;
        }
        let Appetite {
            ahead, each_thread, ..
        } = self.appetite;
        let fewer_ahead = FEWER_AHEAD.into_iter().filter(|fewer| *fewer < ahead);
        let least_ahead = fewer_ahead.clone().next_back();
        let fewer_threads = (1..self.threads).rev().filter(|_| each_thread > 0);
        let fewer_ahead = fewer_ahead.map(|frames| (Some(frames), None));
        let ways = fewer_ahead.chain(fewer_threads.map(|threads| (least_ahead, Some(threads))));
        let mut limits = None;
        for (look_ahead, threads) in ways {
            limits = Some(EncoderLimits {
                look_ahead,
                threads,
            });
            if self.mib(limits) <= room_mib {
                break;
            }
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::composition::Fps;
    use crate::pixels::{FrameFormat, TransferFunction};

    fn encoder(codec: Codec, quality: Quality, cores: usize) -> EncoderMemory {
        let settings = EncodeSettings {
            input: FrameFormat::Yuv420,
            codec,
            fps: Fps::new(30, 1).unwrap(),
            width: 3840,
            height: 2160,
            quality,
            crf: None,
            video_bitrate: None,
            gpu: None,
            limits: None,
            locked_gop: None,
            renderer_version: String::new(),
            is_final: false,
            output: "/o.mp4".into(),
        };
        EncoderMemory::of(&settings, cores)
    }

    fn held_to(look_ahead: u32, threads: Option<u32>) -> Option<EncoderLimits> {
        let look_ahead = Some(look_ahead);
        Some(EncoderLimits {
            look_ahead,
            threads,
        })
    }

    /// Peaks of ffmpeg 5.1 at 4K on two cores, MiB, as `time` told them.
    #[test]
    fn no_encoder_holds_more_than_is_planned() {
        let h264 = encoder(Codec::H264, Quality::Standard, 2);
        let h265 = encoder(Codec::H265(TransferFunction::Pq), Quality::Standard, 2);
        let vp9 = encoder(Codec::Vp9 { cpu_used: 4 }, Quality::Standard, 2);
        for (encoder, limits, measured) in [
            (h264, None, 1382),
            (h264, held_to(10, None), 705),
            (h264, held_to(5, None), 592),
            (h264, held_to(5, Some(2)), 527),
            (h264, held_to(5, Some(1)), 433),
            (h265, None, 2285),
            (h265, held_to(10, None), 1769),
            (h265, held_to(5, None), 1497),
            (vp9, None, 2055),
            (vp9, held_to(5, None), 1465),
            (encoder(Codec::H264, Quality::High, 2), None, 1696),
            (encoder(Codec::H264, Quality::Draft, 2), None, 275),
        ] {
            let planned = encoder.mib(limits);
            assert!(planned >= measured, "{planned} < {measured}: {limits:?}");
            assert!(planned <= measured * 2, "{planned}, {measured}: {limits:?}");
        }
    }

    #[test]
    fn frames_ahead_are_given_up_before_threads() {
        let h264 = encoder(Codec::H264, Quality::Standard, 8);
        let at = |ahead, threads| h264.limits(h264.mib(held_to(ahead, threads)));
        assert_eq!(h264.limits(h264.mib(None)), None);
        for limits in [held_to(20, None), held_to(5, None), held_to(5, Some(7))] {
            let room = h264.mib(limits);
            assert_eq!(h264.limits(room), limits);
        }
        assert_eq!(at(0, Some(1)), held_to(5, Some(1)), "the least there is");
    }

    #[test]
    fn an_encoder_that_looks_at_no_frame_ahead_is_not_made_to() {
        let draft = encoder(Codec::H264, Quality::Draft, 8);
        let least = draft.limits(0).unwrap();
        assert_eq!((least.look_ahead, least.threads), (None, Some(1)));
        assert_eq!(
            encoder(Codec::H265(TransferFunction::Pq), Quality::High, 8).limits(0),
            held_to(5, None)
        );
    }

    proptest! {
        #[test]
        fn it_fits_or_is_the_least(room in 0u64..4096, cores in 1usize..32) {
            for quality in [Quality::Draft, Quality::Standard, Quality::High] {
                let encoder = encoder(Codec::H264, quality, cores);
                let limits = encoder.limits(room);
                prop_assert!(encoder.mib(limits) <= encoder.mib(None));
                prop_assert!(encoder.mib(limits) <= room || limits == encoder.limits(0));
            }
        }
    }
}
