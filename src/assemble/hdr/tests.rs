//! Frames that wait for each other.

use std::time::Duration;

use super::*;

fn hdr(patience: Duration) -> Arc<Hdr> {
    let options = HdrOptions {
        transfer: TransferFunction::Pq,
        videos: Vec::new(),
        images: HdrImageCache::new(Vec::new(), TransferFunction::Pq, 0, 0),
    };
    let size = FrameSize::new(8, 8).unwrap();
    Hdr::new(options, size, None, Pulse::new(patience))
}

#[tokio::test]
async fn a_turn_that_never_comes_is_not_waited_for_for_ever() {
    let hdr = hdr(Duration::from_millis(50));
    let none = Captures::default();
    let waits = hdr.fetch(1, &none);
    let waited = tokio::time::timeout(Duration::from_secs(10), waits).await;
    let error = waited.unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            AssembleError::Stalled {
                frame: 1,
                ms: 50,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn frames_fetch_in_order_however_they_come() {
    let hdr = hdr(Duration::from_secs(60));
    let none = Captures::default();
    let later = async { tokio::join!(hdr.fetch(2, &none), hdr.fetch(1, &none)) };
    let (later, first) = tokio::join!(later, hdr.fetch(0, &none));
    assert!(first.is_ok() && later.0.is_ok() && later.1.is_ok());
    assert_eq!(*hdr.turn.borrow(), 3);
}
