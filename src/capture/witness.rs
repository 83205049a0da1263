//! A browser beside the workers that draws by itself, and whose screenshots of some frames must be
//! what the workers captured of them. It proves that a page which asks for screenshots can be driven.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::capture_browser::{CaptureBrowser, CaptureBrowserOptions};
use super::comparison::Comparison;
use super::error::CaptureError;
use super::lane::{CaptureContext, LaneError, LaneFrame, Purpose};
use super::likeness::Likeness;
use super::passes::{Refusal, SeekAnswer};
use super::patience::Patience;
use crate::browser::BrowserError;
use crate::composition::FrameRange;
use crate::page::{PageError, Seek, VolumeWatch};
use crate::plan::{FrameNeed, Lane};

/// Frames from the first one on that are compared, one after the other.
const FIRST_FRAMES: u64 = 3;
/// A frame that is compared comes so many times as late as the one before.
const LATER: u64 = 4;
/// The witness goes through one in so many frames, because it has to see all before one that is
/// compared. What asks for screenshots has mostly begun by then.
const VISITED_ONE_IN: u64 = 4;
/// It goes through so many in any case.
const VISITED_AT_LEAST: u64 = 33;
/// How often a browser may fail.
const TRIES: usize = 2;

/// The browser, and the frames that are compared.
pub struct Witness {
    options: CaptureBrowserOptions,
    comparison: Comparison,
}

/// What became of the witness.
enum Trouble {
    /// A frame differs, or it cannot be found out whether it does.
    Doubt(String),
    /// It could not be photographed.
    Failed(String),
}

impl Witness {
    /// For the `frames` of workers with `options`.
    pub fn new(options: &CaptureBrowserOptions, frames: FrameRange) -> Self {
        let need = match options.lane.need() {
            FrameNeed::Alpha => FrameNeed::Alpha,
            // Screenshots without loss.
            FrameNeed::Opaque { .. } | FrameNeed::Raw => FrameNeed::Raw,
        };
        let (width, _) = options.page.device_size();
        let mut options = options.clone();
        options.lane = Lane::Screenshot(need);
        options.raster_threads = 1;
        options.page.volumes = VolumeWatch::Ignore;
        options.diagnostics = options.diagnostics.muted();
        let likeness = Likeness::of(options.lane.format(), width as usize);
        Self {
            comparison: Comparison::new(samples(frames), likeness),
            options,
        }
    }

    /// Takes note of what a worker captured.
    pub(super) fn hear(&self, frame: u64, picture: &Bytes) {
        self.comparison.hear(frame, picture);
    }

    /// No worker captures any more.
    pub(super) fn no_more(&self) {
        self.comparison.no_more();
    }

    /// Takes the screenshots and compares them with what the workers capture. Returns how many there
    /// were.
    ///
    /// # Errors
    /// [`CaptureError::Driving`] when one differs, or none can be taken.
    pub(super) async fn testify(&self) -> Result<usize, CaptureError> {
        let mut owed: VecDeque<u64> = self.comparison.samples().iter().copied().collect();
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let why = match self.compare_all(&mut owed).await {
                Ok(()) => return Ok(self.comparison.samples().len()),
                Err(Trouble::Failed(why)) if tries > 0 => {
                    tracing::warn!(%why, "the witness goes on in a fresh browser");
                    continue;
                }
                Err(Trouble::Failed(why)) => format!("no screenshots of it can be taken: {why}"),
                Err(Trouble::Doubt(why)) => why,
            };
            return Err(CaptureError::Driving { why });
        }
    }

    /// Compares the frames that are `owed`, in a browser of its own.
    async fn compare_all(&self, owed: &mut VecDeque<u64>) -> Result<(), Trouble> {
        let mut browser = self.options.open().await?;
        let mut photographed = BTreeMap::new();
        let (mut next, mut ordinal) = (0, 0);
        for frame in owed.clone() {
            while next <= frame {
                self.seek(&mut browser, next, &mut ordinal).await?;
                next += 1;
            }
            let screenshot = photograph(&mut browser, frame, &mut ordinal).await?;
            photographed.insert(frame, screenshot);
            let compared = self.comparison.compare(&mut photographed).await;
            owed.drain(..compared.map_err(Trouble::Doubt)?);
        }
        browser.browser.close().await;
        let comparing = self.comparison.compare_all(photographed);
        comparing.await.map_err(Trouble::Doubt)
    }

    /// Brings the page to `frame`, which follows the one that it shows.
    async fn seek(
        &self,
        browser: &mut CaptureBrowser,
        frame: u64,
        ordinal: &mut u64,
    ) -> Result<(), Trouble> {
        let seek = Seek {
            frame,
            next: None,
            pair: None,
        };
        let call = self.options.page.seek_call(seek, None);
        let mut patience = Patience::for_frame(frame);
        loop {
            match browser.page.session.evaluate::<SeekAnswer>(&call).await? {
                SeekAnswer::HasAbove(_) | SeekAnswer::Stack(_) => return Ok(()),
                SeekAnswer::Refused(Refusal::Draw) => {
                    patience.spend(Refusal::Draw)?;
                    photograph(browser, frame, ordinal).await?;
                }
                SeekAnswer::Refused(Refusal::OpenAgain) => {
                    return Err(Trouble::Failed("it would have to be opened again".into()));
                }
            }
        }
    }
}

/// A screenshot of the page as it stands at `frame`.
async fn photograph(
    browser: &mut CaptureBrowser,
    frame: u64,
    ordinal: &mut u64,
) -> Result<Bytes, Trouble> {
    let context = CaptureContext {
        ordinal: *ordinal,
        frame,
        last: false,
        goes_on: false,
        purpose: Purpose::Frame,
    };
    *ordinal += 1;
    match browser.lane.capture(&browser.page.session, context).await? {
        LaneFrame::Picture(picture) => Ok(picture),
        LaneFrame::Pending(picture) => Ok(picture.await?),
        LaneFrame::Unchanged | LaneFrame::Missing => {
            Err(Trouble::Failed("it has no picture".into()))
        }
    }
}

/// Those of `frames` that are compared: the first ones, and fewer and fewer of the later ones.
fn samples(frames: FrameRange) -> Vec<u64> {
    let total = frames.count();
    let end = (total / VISITED_ONE_IN).max(VISITED_AT_LEAST).min(total);
    let later = std::iter::successors(Some(FIRST_FRAMES - 1), |frame| frame.checked_mul(LATER));
    let all = (0..FIRST_FRAMES).chain(later.skip(1));
    all.take_while(|place| *place < end)
        .filter_map(|place| frames.at(place))
        .collect()
}

impl From<LaneError> for Trouble {
    fn from(error: LaneError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<PageError> for Trouble {
    fn from(error: PageError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<BrowserError> for Trouble {
    fn from(error: BrowserError) -> Self {
        Self::Failed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frames_and_ever_fewer_later_ones_are_compared() {
        let samples = |total| samples(FrameRange::whole(total));
        assert_eq!(samples(150), [0, 1, 2, 8, 32]);
        assert_eq!(samples(600), [0, 1, 2, 8, 32, 128]);
        assert_eq!(samples(9), [0, 1, 2, 8]);
        assert_eq!(samples(2), [0, 1]);
        assert!(samples(0).is_empty());
        let chunk = super::samples(FrameRange { from: 90, to: 240 });
        assert_eq!(chunk, [90, 91, 92, 98, 122]);
        let long = samples(10_000_000);
        assert!(
            long.len() < 16 && long.is_sorted_by(|a, b| a < b),
            "{long:?}"
        );
    }
}
