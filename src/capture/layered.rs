//! Frames of pages with HDR sources: photographs of the page's layers, to be put together with the
//! pictures of the sources elsewhere.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::lane::{CaptureContext, CaptureLane, LaneError, Purpose};
use super::parts::{Pending, Window, part};
use crate::browser::PageSession;
use crate::page::{LayerMask, ScenePart, Stack, look_at_part, show_layer};

/// Which layers of a page are photographed in a frame, lowest first: all that is between HDR
/// sources.
pub type LayerRule = Arc<dyn Fn(u64, &Stack) -> Vec<LayerMask> + Send + Sync>;

/// One frame in layers.
pub struct LayeredFrame {
    /// The page; of a transition's frame the page with each scene, and what lies above if
    /// anything does.
    pub parts: Vec<LayeredPart>,
    /// The transition it shows.
    pub window: Option<LayeredWindow>,
}

/// A page in layers.
pub struct LayeredPart {
    /// Its elements.
    pub stack: Stack,
    /// Photographs of the layers that the rule gave for it: straight RGBA.
    pub pictures: Vec<Bytes>,
}

/// Where a frame is in a transition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayeredWindow {
    /// Index of the transition in [`Transitions::list`](super::Transitions::list).
    pub transition: usize,
    /// How far it has come, 0 to 1.
    pub progress: f64,
}

/// What is photographed, and how.
pub(super) struct LayerCapture<'a> {
    pub lane: &'a mut dyn CaptureLane,
    pub page: &'a PageSession,
    pub rule: &'a LayerRule,
    pub moment: CaptureContext,
    /// The page's next capture; moves on.
    pub ordinal: &'a mut u64,
}

impl LayerCapture<'_> {
    /// Photographs the frame to which the page was brought; `stack` is what the seek answered.
    pub async fn run(
        mut self,
        stack: Stack,
        window: Option<Window<'_>>,
    ) -> Result<BoxFuture<'static, Result<LayeredFrame, LaneError>>, LaneError> {
        self.moment.purpose = Purpose::Pass;
        let rest: &[ScenePart] = match (&window, stack.has_above) {
            (None, _) => &[],
            (Some(_), false) => &[ScenePart::To],
            (Some(_), true) => &[ScenePart::To, ScenePart::Above],
        };
        let mut parts = Vec::with_capacity(1 + rest.len());
        let mut pending = None;
        parts.push(self.part(stack, &mut pending).await?);
        for next in rest {
            settle(&mut pending, &mut parts).await?;
            let stack = look_at_part(self.page, *next).await?;
            parts.push(self.part(stack, &mut pending).await?);
        }
        let window = window.map(|window| window.place());
        Ok(Box::pin(async move {
            settle(&mut pending, &mut parts).await?;
            Ok(LayeredFrame { parts, window })
        }))
    }

    /// Photographs one part's layers; the last of them stays in `pending`.
    async fn part(
        &mut self,
        stack: Stack,
        pending: &mut Option<Pending>,
    ) -> Result<LayeredPart, LaneError> {
        let masks = (self.rule)(self.moment.frame, &stack);
        let mut pictures = Vec::with_capacity(masks.len());
        for shown in 0..masks.len() {
            let layers = (shown == 0).then_some(&masks[..]);
            let show = show_layer(self.page, layers, shown);
            // The page changes while the layer before is read, and draws when it was.
            match pending.take() {
                Some(reading) => {
                    let (read, changed) = tokio::join!(reading, show);
                    pictures.push(read?);
                    changed?;
                }
                None => show.await?,
            }
            let taken = part(self.lane, self.page, self.moment, self.ordinal).await?;
            *pending = Some(taken);
        }
        Ok(LayeredPart { stack, pictures })
    }
}

/// Puts the photograph that is still being read where it belongs: at the end of the last part.
async fn settle(pending: &mut Option<Pending>, parts: &mut [LayeredPart]) -> Result<(), LaneError> {
    if let (Some(reading), Some(part)) = (pending.take(), parts.last_mut()) {
        part.pictures.push(reading.await?);
    }
    Ok(())
}
