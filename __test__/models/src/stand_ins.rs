//! What the modelled files need of rooms that take no part in a model.

/// The machine, which a model states itself.
pub mod host {
    use crate::machine::Capacity;

    pub struct Host;

    impl Host {
        pub fn detect() -> Self {
            Self
        }

        pub fn capacity(self) -> Capacity {
            Capacity {
                memory_mib: 0,
                cores: 0,
            }
        }
    }
}

/// The captures of a page.
pub mod passes {
    use std::any::Any;

    /// The page's timed elements.
    #[derive(Debug)]
    pub struct Stack;

    /// What takes captures; no model does.
    pub trait FramePasses: Send + Sync {}

    /// The text of a panic.
    pub fn panic_text(_: &(dyn Any + Send)) -> String {
        String::new()
    }
}

/// Why a frame could not be assembled.
pub mod assemble_error {
    use crate::sync::Stopped;

    /// As in the engine, with the kinds that a model makes.
    #[derive(Debug, thiserror::Error)]
    pub enum AssembleError {
        /// Nothing moved any more.
        #[error("frame {0} waited for {1}")]
        Stalled(u64, &'static str),
        /// A panic.
        #[error("panic: {0}")]
        Panicked(String),
        /// A frame without its captures.
        #[error("frame {frame} has no captures")]
        MissingPass {
            /// Its number.
            frame: u64,
        },
    }

    impl AssembleError {
        /// As in the engine.
        pub fn stalled(frame: u64, awaited: &'static str, _: Stopped) -> Self {
            Self::Stalled(frame, awaited)
        }
    }
}

/// A decoder whose frames are their numbers.
pub mod decoder {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    use crate::video::FrameBudget;

    /// Ticks that are frame numbers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct SourceTime(pub u64);

    /// Every number is due.
    #[derive(Debug, Clone, Default)]
    pub struct DueTimes;

    impl DueTimes {
        pub fn number_at(&self, time: SourceTime) -> u64 {
            time.0
        }

        pub fn get(&self, number: u64) -> Option<SourceTime> {
            Some(SourceTime(number))
        }
    }

    /// What the decoders of a stream did.
    #[derive(Debug, Default)]
    pub struct DecoderLog {
        /// Decoders that are alive.
        pub alive: AtomicI64,
        /// Most that were alive at a time.
        pub peak: AtomicI64,
        /// Decoders that were read at the same time.
        pub reading: AtomicI64,
        /// Most that were read at a time.
        pub peak_reading: AtomicI64,
        /// How many were made.
        pub made: AtomicU64,
    }

    /// What is decoded: `frames` frames, of which that with number `broken` cannot be.
    #[derive(Debug, Clone)]
    pub struct DecodeSpec {
        /// The file.
        pub path: PathBuf,
        /// When its frames are due.
        pub times: DueTimes,
        /// How many it has.
        pub frames: u64,
        /// The one that cannot be decoded.
        pub broken: Option<u64>,
        /// The one at which a decoder hangs.
        pub stuck: Option<u64>,
        /// What its decoders do.
        pub log: Arc<DecoderLog>,
    }

    impl DecodeSpec {
        /// Of a file with so many frames.
        pub fn of(frames: u64, log: Arc<DecoderLog>) -> Self {
            Self {
                path: PathBuf::from("clip.mp4"),
                times: DueTimes,
                frames,
                broken: None,
                stuck: None,
                log,
            }
        }
    }

    /// As in the engine, with the kinds that a model makes.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum MediaError {
        /// The stream's task failed.
        Stream {
            /// The file.
            path: PathBuf,
            /// Why.
            detail: String,
        },
        /// The job has ended.
        Stopped,
        /// The decoder failed.
        Broken(u64),
    }

    /// Its number.
    #[derive(Debug, Clone)]
    pub struct RawFrame(pub u64);

    /// Where decoding begins.
    #[derive(Debug, Clone, Copy)]
    pub struct DecodeStart;

    /// A frame and the numbers it is due at.
    #[derive(Debug)]
    pub struct DueFrame {
        pub from: u64,
        pub until: u64,
        pub time: f64,
        pub frame: RawFrame,
    }

    /// Gives the frames of a file in order.
    #[derive(Debug)]
    pub struct Decoder {
        spec: DecodeSpec,
        next: u64,
        is_torn: bool,
    }

    impl Decoder {
        pub(crate) fn new(spec: DecodeSpec, _: FrameBudget, _: Option<DecodeStart>) -> Self {
            spec.log.made.fetch_add(1, Ordering::SeqCst);
            let alive = spec.log.alive.fetch_add(1, Ordering::SeqCst) + 1;
            spec.log.peak.fetch_max(alive, Ordering::SeqCst);
            Self {
                spec,
                next: 0,
                is_torn: false,
            }
        }

        pub(crate) fn start(&self) -> Option<DecodeStart> {
            Some(DecodeStart)
        }

        pub(crate) fn ended(&self) -> Option<SourceTime> {
            Some(SourceTime(self.spec.frames))
        }

        pub async fn kill(&mut self) {
            tokio::task::yield_now().await;
        }

        /// The next frame. Whoever drops this in the middle of a frame leaves the pipe there.
        pub async fn next(&mut self) -> Result<Option<DueFrame>, MediaError> {
            assert!(!self.is_torn, "read on from the middle of a frame");
            self.is_torn = true;
            let reading = Reading::of(&self.spec.log);
            tokio::task::yield_now().await;
            if self.spec.stuck == Some(self.next) {
                std::future::pending::<()>().await;
            }
            drop(reading);
            self.is_torn = false;
            if self.next == self.spec.frames {
                return Ok(None);
            }
            if self.spec.broken == Some(self.next) {
                return Err(MediaError::Broken(self.next));
            }
            let from = self.next;
            self.next += 1;
            Ok(Some(DueFrame {
                from,
                until: from + 1,
                time: from as f64,
                frame: RawFrame(from),
            }))
        }
    }

    impl Drop for Decoder {
        fn drop(&mut self) {
            self.spec.log.alive.fetch_sub(1, Ordering::SeqCst);
        }
    }

    struct Reading<'a>(&'a DecoderLog);

    impl<'a> Reading<'a> {
        fn of(log: &'a DecoderLog) -> Self {
            let reading = log.reading.fetch_add(1, Ordering::SeqCst) + 1;
            log.peak_reading.fetch_max(reading, Ordering::SeqCst);
            Self(log)
        }
    }

    impl Drop for Reading<'_> {
        fn drop(&mut self) {
            self.0.reading.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
