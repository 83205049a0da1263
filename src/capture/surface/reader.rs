//! Threads that read one surface. They are its own: on a host with many cores, blending and PNG
//! encoding would take all shared ones.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

use super::locate::Surface;
use crate::capture::lane::LaneError;
use crate::capture::raw_frames::RawFrames;
use crate::pixels::{Yuv420Rows, swap_red_and_blue};

/// A frame is read in as many parts: the page waits for it, and has nothing to do meanwhile.
const THREADS: usize = 2;

/// Reads a lane's surface.
pub(in crate::capture) struct Reader(Arc<ThreadPool>);

impl Reader {
    /// Starts its threads.
    ///
    /// # Errors
    /// [`LaneError::SurfaceLost`] when the host has no threads left.
    pub fn new() -> Result<Self, LaneError> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(THREADS)
            .thread_name(|number| format!("hf-surface-{number}"));
        let pool = threads
            .build()
            .map_err(|e| LaneError::SurfaceLost(e.to_string()))?;
        Ok(Self(Arc::new(pool)))
    }

    /// Reads and converts the whole surface; begins at once.
    pub fn read(
        &self,
        surface: &Surface,
        frames: &RawFrames,
    ) -> impl Future<Output = Result<Bytes, LaneError>> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        let (surface, frames) = (surface.clone(), frames.clone());
        self.0.spawn(move || {
            // Nobody waits for a frame of a capture that has ended.
            let _ = answer.send(read_frame(&surface, &frames));
        });
        async move {
            let gone = |_| LaneError::SurfaceLost("its reader has ended".into());
            answered.await.map_err(gone)?
        }
    }
}

/// Reads and converts the whole surface, on the threads of the pool that the caller runs in.
fn read_frame(surface: &Surface, frames: &RawFrames) -> Result<Bytes, LaneError> {
    let half = surface.height / 2;
    let halves = [0..half, half..surface.height];
    let size = frames.yuv_size();
    frames.pool.frame(|frame| {
        if frames.keeps_alpha() {
            let (upper, lower) = frame.split_at_mut(half * surface.width * 4);
            return in_halves(halves, (upper, lower), |rows, out| {
                let start = rows.start;
                surface.strips_of(rows, |first_row, strip| {
                    let at = (first_row - start) * surface.width * 4;
                    swap_red_and_blue(strip, &mut out[at..at + strip.len()]);
                    Ok(())
                })
            });
        }
        size.blacken_padding(frame);
        let parts = Yuv420Rows::of(size, frame).split(half);
        in_halves(halves, parts, |rows, mut out| {
            surface.strips_of(rows, |first_row, strip| {
                out.convert(strip, first_row);
                Ok(())
            })
        })
    })
}

/// Runs `work` on each half at the same time.
fn in_halves<T: Send>(
    [upper, lower]: [Range<usize>; 2],
    (first, second): (T, T),
    work: impl Fn(Range<usize>, T) -> Result<(), LaneError> + Sync,
) -> Result<(), LaneError> {
    let done = rayon::join(|| work(upper, first), || work(lower, second));
    done.0.and(done.1)
}
