//! What ends the captures of a page that fails while frames of it are still being compared.

use std::time::Duration;

use super::error::CaptureError;
use super::lane::{CaptureLane, LaneError};

/// A comparison decodes one picture: milliseconds, or seconds on a host that has no time for it.
const SETTLE_DEADLINE: Duration = Duration::from_secs(20);

/// `failure`, or what `lane` finds out about the frames that it gave before: a browser that crashed may
/// be replaced, but frames in doubt are not published. `named` tells where it was found.
pub(super) async fn verdict(
    failure: CaptureError,
    lane: &mut dyn CaptureLane,
    named: impl FnOnce(LaneError) -> CaptureError,
) -> CaptureError {
    let is_settled = failure.discredits_surface() || matches!(failure, CaptureError::Abandoned);
    if is_settled {
        return failure;
    }
    let late = || LaneError::SurfaceMismatch("a comparison does not end".into());
    let settled = tokio::time::timeout(SETTLE_DEADLINE, lane.settle()).await;
    match settled.unwrap_or_else(|_| Err(late())) {
        Err(found @ LaneError::SurfaceMismatch(_)) => named(found),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use futures::future::BoxFuture;

    use super::super::lane::{CaptureContext, LaneFrame};
    use super::*;
    use crate::browser::PageSession;

    /// A lane that is still comparing when its page fails.
    struct Comparing(Result<(), LaneError>);

    impl CaptureLane for Comparing {
        fn capture<'a>(
            &'a mut self,
            _page: &'a PageSession,
            _context: CaptureContext,
        ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
            Box::pin(async { Ok(LaneFrame::Missing) })
        }

        fn settle(&mut self) -> BoxFuture<'_, Result<(), LaneError>> {
            let found = self.0.clone();
            Box::pin(async move {
                tokio::task::yield_now().await;
                found
            })
        }
    }

    fn at_frame(source: LaneError) -> CaptureError {
        CaptureError::Frame {
            worker: 0,
            frame: 9,
            source,
        }
    }

    async fn after(failure: CaptureError, found: Result<(), LaneError>) -> CaptureError {
        verdict(failure, &mut Comparing(found), at_frame).await
    }

    #[tokio::test]
    async fn a_mismatch_that_is_being_found_wins_over_the_crash() {
        let crash = || at_frame(LaneError::SurfaceLost("the browser died".into()));
        let differs = || LaneError::SurfaceMismatch("3 pixels differ".into());
        assert!(after(crash(), Err(differs())).await.discredits_surface());
        assert!(after(crash(), Ok(())).await.is_transient());
        let lost = LaneError::SurfaceLost("a thread ended".into());
        assert!(after(crash(), Err(lost)).await.is_transient());
        let abandoned = after(CaptureError::Abandoned, Err(differs())).await;
        assert!(matches!(abandoned, CaptureError::Abandoned));
    }
}
