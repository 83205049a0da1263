//! Capturing frames that are asked for one after the other: one browser whose page stays open between
//! them. Frames come from the page in rising order; a page that is to go back is opened anew, as what
//! scripts have done cannot be taken back.

use futures::future::BoxFuture;

use super::browser_memory::BrowserMemory;
use super::capture_job::CaptureJob;
use super::compositor::Compositor;
use super::error::CaptureError;
use super::page_capture::{Page, PageCapture, Progress};
use super::raster::Raster;
use super::worker::{Start, open};
use super::worker_life::{Role, Roster};
use crate::browser::Browser;

/// Who asks for frames.
pub trait FrameDemand: Send + Sync {
    /// Waits until frames are asked for; `shown` is the last one that the page was brought to since it
    /// was opened. The frames are rising, and all of them are behind `shown` if one is. `None` ends the
    /// capture.
    fn next(&self, shown: Option<u64>) -> BoxFuture<'_, Option<Vec<u64>>>;

    /// `frames` were captured, and what was checked of them is right.
    fn captured<'a>(&'a self, frames: &'a [u64]) -> BoxFuture<'a, Result<(), CaptureError>>;
}

/// Captures the frames that `demand` asks for, whose queue is [`FrameQueue::Asked`], until it asks for
/// no more. `first` is what the browser starts from, if anything.
///
/// # Errors
/// [`CaptureError`]; the browser is gone then, and what was asked for is still owed.
///
/// [`FrameQueue::Asked`]: super::FrameQueue::Asked
pub async fn capture_on_demand(
    job: &CaptureJob,
    demand: &dyn FrameDemand,
    first: Option<Start>,
) -> Result<(), CaptureError> {
    // A render changes how heavy pages are rastered when it has many frames to come.
    job.plan.raster.decide(Raster::Light);
    let opened = open(job, first).await?;
    job.observer.ready(&opened);
    job.passes.page_ready(&opened.page);
    let roster = Roster::default();
    roster.add(Role::Needed);
    roster.captures(0);
    let compositor = Compositor::of(opened.browser.pid());
    let mut browser: Browser = opened.browser;
    // It is not watched: who does not ask for frames for a while closes the page.
    let memory = BrowserMemory::default();
    let page = Page {
        job,
        roster: &roster,
        slot: 0,
        memory: &memory,
        ready: &opened.page,
    };
    let mut progress = Progress::default();
    let mut capture = PageCapture::new(page, opened.lane, compositor, &mut progress);
    if job.visits_all {
        capture.visit_all().await?;
    }
    while let Some(frames) = demand.next(capture.shown()).await {
        job.queue.ask(&frames);
        capture.run().await?;
        demand.captured(&frames).await?;
    }
    browser.close().await;
    Ok(())
}
