//! The streams of HDR clips that show the same part of the same file at the same time. Pictures are
//! scaled and cut by ffmpeg, so that there is one stream for each [`Cut`] that is read; clips of one
//! cut share it, and it ends with its last reader.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use super::decode_spec::{DecodeOutput, DecodeSpec};
use super::stream::SourceStream;
use super::stream_share::StreamShare;
use crate::pixels::Cut;
use crate::sync::IgnorePoison;

/// The streams of one part of one file.
#[derive(Debug)]
pub(super) struct HdrStreams {
    /// But for the cut.
    spec: DecodeSpec,
    /// As of [`SourceStream::new`].
    depth: usize,
    share: StreamShare,
    open: Mutex<Vec<Open>>,
    /// Pictures decoded by streams that have ended.
    decoded: AtomicU64,
}

#[derive(Debug)]
struct Open {
    cut: Cut,
    stream: Arc<SourceStream>,
    stop: CancellationToken,
    readers: usize,
}

/// A clip's hold of a stream.
#[derive(Debug)]
pub(super) struct Reading {
    /// What the stream's pictures are.
    pub cut: Cut,
    pub stream: Arc<SourceStream>,
}

impl HdrStreams {
    /// Streams of `spec` of whatever cut, which hold `depth` frames.
    pub fn new(spec: DecodeSpec, depth: usize, share: StreamShare) -> Self {
        Self {
            spec,
            depth,
            share,
            open: Mutex::default(),
            decoded: AtomicU64::new(0),
        }
    }

    /// Begins to read pictures that are `cut` so: from the stream that gives them, or from a new one.
    pub fn join(&self, cut: Cut) -> Reading {
        let mut open = self.open.lock().ignore_poison();
        let at = open.iter().position(|open| open.cut == cut);
        let at = at.unwrap_or_else(|| {
            open.push(self.open(cut));
            open.len() - 1
        });
        let found = &mut open[at];
        found.readers += 1;
        Reading {
            cut,
            stream: Arc::clone(&found.stream),
        }
    }

    fn open(&self, cut: Cut) -> Open {
        let share = self.share.branch();
        let stop = share.stop.clone();
        let mut spec = self.spec.clone();
        if let DecodeOutput::Layer { cut: decoded, .. } = &mut spec.output {
            *decoded = cut;
        }
        let stream = SourceStream::new(spec, self.depth, share);
        Open {
            cut,
            stream: Arc::new(stream),
            stop,
            readers: 0,
        }
    }

    /// Ends reading. The stream ends with its last reader; returns when its ffmpeg is gone.
    pub async fn leave(&self, reading: Reading) {
        let Some(ended) = self.drop_reader(reading.cut) else {
            return;
        };
        // A read in progress would keep the ffmpeg alive until its next frame.
        ended.stop.cancel();
        self.decoded
            .fetch_add(ended.stream.decoded(), Ordering::Relaxed);
        ended.stream.close().await;
    }

    fn drop_reader(&self, cut: Cut) -> Option<Open> {
        let mut open = self.open.lock().ignore_poison();
        let at = open.iter().position(|open| open.cut == cut)?;
        open[at].readers -= 1;
        (open[at].readers == 0).then(|| open.swap_remove(at))
    }

    /// Pictures decoded so far.
    pub fn decoded(&self) -> u64 {
        let open = self.open.lock().ignore_poison();
        let running: u64 = open.iter().map(|open| open.stream.decoded()).sum();
        running + self.decoded.load(Ordering::Relaxed)
    }
}
