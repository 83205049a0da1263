//! One capture worker: a browser of its own, and fresh ones when that dies or grows.

use super::browser_memory::BrowserMemory;
use super::capture_browser::{BlankBrowser, CaptureBrowser};
use super::capture_job::CaptureJob;
use super::compositor::Compositor;
use super::error::CaptureError;
use super::page_capture::{Ended, Page, PageCapture, Progress};
use super::raster::Raster;
use super::worker_life::{AfterFailure, Restarts, Role, Roster};
use crate::page::{VolumeWatch, sets_volume};

/// How far a worker's first browser already is.
pub enum Start {
    /// It shows a blank page.
    Blank(BlankBrowser),
    /// It shows the composition.
    Loaded(CaptureBrowser),
}

/// Runs worker `slot` until no frame is left to take, from `start` if it has one, and returns what
/// it did.
pub(super) async fn run_worker(
    job: &CaptureJob,
    roster: &Roster,
    (slot, role): (usize, Role),
    mut start: Option<Start>,
) -> Result<Progress, CaptureError> {
    let mut progress = Progress::default();
    let mut restarts = Restarts::default();
    let memory = BrowserMemory::default();
    let ended = loop {
        let attempt = async {
            let open = open(job, start.take()).await?;
            if let Some(why) = &open.unread
                && role == Role::Optional
                && progress.taken.is_empty()
            {
                // Photographs take several times as long, and others would wait for its frames.
                return Err(CaptureError::Unread { why: why.clone() });
            }
            job.observer.ready(&open);
            job.passes.page_ready(&open.page);
            roster.captures(slot);
            capture((job, roster), (slot, &memory), open, &mut progress).await
        };
        let error = match attempt.await {
            Ok(Ended::Done) => break Ok(()),
            Ok(Ended::RastersAnew) => continue,
            Ok(Ended::Renews(excess)) => {
                progress.totals.renewed += 1;
                let frame = progress.taken.front().copied().unwrap_or_default();
                job.observer.renewed(slot, frame, excess);
                continue;
            }
            Err(error) => error,
        };
        let holds_frames = !progress.taken.is_empty();
        let delivered = progress.totals.frames;
        let (others, restarted) = (roster.others_capture(slot), restarts.counted(delivered));
        match AfterFailure::of(&error, role, holds_frames, others, restarted) {
            AfterFailure::Fail => break Err(error),
            AfterFailure::Leave => {
                job.observer.left(slot, &error);
                break Ok(());
            }
            AfterFailure::Restart => {
                restarts.note(delivered);
                let frame = progress.taken.front().copied().unwrap_or_default();
                job.observer.restarted(slot, frame, &error);
            }
        }
    };
    if slot == 0 {
        // The others wait for it.
        job.plan.raster.decide(Raster::Light);
    }
    roster.ended(slot);
    ended.map(|()| progress)
}

/// A browser with the composition, from `start` if there is one.
pub(super) async fn open(
    job: &CaptureJob,
    start: Option<Start>,
) -> Result<CaptureBrowser, CaptureError> {
    Ok(match start {
        Some(Start::Blank(blank)) => job.plan.load_composition(blank).await?,
        Some(Start::Loaded(browser)) => browser,
        None => job.plan.open().await?,
    })
}

/// Captures frames in `open` until none is left to take.
async fn capture(
    (job, roster): (&CaptureJob, &Roster),
    (slot, memory): (usize, &BrowserMemory),
    open: CaptureBrowser,
    progress: &mut Progress,
) -> Result<Ended, CaptureError> {
    let compositor = Compositor::of(open.browser.pid());
    let CaptureBrowser {
        mut browser,
        page,
        lane,
        ..
    } = open;
    let captured_page = Page {
        job,
        roster,
        slot,
        memory,
        ready: &page,
    };
    let first = progress.taken.front().copied();
    let is_late = first.unwrap_or(job.frames.from) > 0;
    let captured = async {
        let mut capture = PageCapture::new(captured_page, lane, compositor, progress);
        // A page that goes through all frames comes to each by itself.
        if job.visits_all && is_late {
            capture.visit_all().await?;
        }
        capture.run().await
    };
    let room = || job.staffing.browser_room();
    let captured = tokio::select! {
        captured = captured => captured,
        never = memory.watch(browser.pid(), room) => match never {},
    };
    if captured.is_ok() && job.plan.page.volumes == VolumeWatch::Notice {
        // A page that cannot say so may have set some.
        progress.sets_volume |= sets_volume(&page.session).await.unwrap_or(true);
    }
    browser.close().await;
    captured
}
