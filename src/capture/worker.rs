//! One capture worker: frames `w, w+N, w+2N …` of a job, in order, from its own browser.

use bytes::Bytes;
use futures::future::BoxFuture;

use super::error::CaptureError;
use super::lane::{LaneError, LaneFrame};
use super::pool::CaptureJob;
use super::station::{Bench, Station};
use super::timing::{StageClock, StageTotals};

/// The taker of frames is gone; nobody wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkClosed;

/// Where captured frames go.
pub trait FrameSink: Send + Sync {
    /// Waits until frame `index` lies within the look-ahead window.
    fn admit(&self, index: u64) -> BoxFuture<'_, Result<(), SinkClosed>>;
    /// Hands over a frame that was admitted.
    fn deliver(&self, index: u64, picture: Bytes);
}

/// Fresh browsers a worker may use up before its error ends the render.
const MAX_RESTARTS: u32 = 2;

/// How far a worker's first browser already is.
pub enum Start {
    /// It shows a blank page.
    Bench(Bench),
    /// It shows the composition.
    Station(Station),
}

impl Start {
    async fn station(self, job: &CaptureJob) -> Result<Station, CaptureError> {
        let captures = job.captures_left(0);
        match self {
            Self::Bench(bench) => Ok(job.plan.furnish(bench, captures).await?),
            Self::Station(station) => Ok(station.with_captures(captures)),
        }
    }
}

/// Runs worker `slot` to its last frame, from `start` if it has one.
pub(super) async fn run_worker(
    job: &CaptureJob,
    slot: usize,
    mut start: Option<Start>,
) -> Result<StageTotals, CaptureError> {
    let mut progress = Progress {
        next: slot as u64,
        totals: StageTotals::default(),
    };
    let mut restarts = 0;
    loop {
        let attempt = async {
            let mut open = match start.take() {
                Some(start) => start.station(job).await?,
                None => job.plan.open(job.captures_left(progress.next)).await?,
            };
            job.observer.ready(&open);
            let captured = capture_frames(job, slot, &mut open, &mut progress).await;
            open.browser.close().await;
            captured
        };
        match attempt.await {
            Ok(()) => return Ok(progress.totals),
            Err(error)
                if error.is_transient()
                    && !error.is_stalled_compositor()
                    && restarts < MAX_RESTARTS =>
            {
                restarts += 1;
                job.observer.restarted(slot, progress.next, &error);
            }
            Err(error) => return Err(error),
        }
    }
}

struct Progress {
    next: u64,
    totals: StageTotals,
}

async fn capture_frames(
    job: &CaptureJob,
    slot: usize,
    station: &mut Station,
    progress: &mut Progress,
) -> Result<(), CaptureError> {
    let mut previous: Option<Bytes> = None;
    let mut ordinal = 0;
    while progress.next < job.total_frames {
        let frame = progress.next;
        let failed = |source: LaneError| CaptureError::Frame {
            worker: slot,
            frame,
            source,
        };
        let mut clock = StageClock::start();
        job.sink
            .admit(frame)
            .await
            .map_err(|SinkClosed| CaptureError::Abandoned)?;
        progress.totals.fence_wait_ms += clock.lap_ms();
        let seek = format!("__hfNative.frame({})", job.plan.page.fps.seek_time(frame));
        let session = &station.page.session;
        session
            .evaluate::<bool>(&seek)
            .await
            .map_err(|e| failed(e.into()))?;
        progress.totals.seek_ms += clock.lap_ms();
        let captured = station
            .lane
            .capture(session, ordinal)
            .await
            .map_err(failed)?;
        progress.totals.capture_ms += clock.lap_ms();
        ordinal += 1;
        let picture = match captured {
            LaneFrame::Picture(picture, convert_ms) => {
                progress.totals.capture_ms -= convert_ms;
                progress.totals.convert_ms += convert_ms;
                picture
            }
            LaneFrame::Unchanged => {
                progress.totals.reused += 1;
                previous.take().ok_or(CaptureError::NoPicture {
                    worker: slot,
                    frame,
                })?
            }
            LaneFrame::Missing => {
                return Err(CaptureError::NoPicture {
                    worker: slot,
                    frame,
                });
            }
        };
        previous = Some(picture.clone());
        job.sink.deliver(frame, picture);
        progress.totals.frames += 1;
        progress.next += job.workers as u64;
    }
    Ok(())
}
