//! Frames that nobody sees: warm-up frames while a page loads, then the commit frame and the liveness
//! frame, before the first one that is captured.

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::error::PageError;
use crate::browser::{BeginFrameClock, BrowserError, PageSession, WARMUP_INTERVAL_MS};

/// Draws warm-up frames while `work` runs, because layout, fonts and media make no progress without
/// frames. Returns after the last one was answered, because Chrome refuses two frames at a time;
/// with the number of frames drawn so far. `answer_within` bounds the wait for that one.
pub(super) async fn warm_up_during<T, E: From<BrowserError>, F>(
    draw: impl Fn(f64) -> F,
    first_tick: u64,
    answer_within: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<(T, u64), E>
where
    F: Future<Output = Result<(), BrowserError>>,
{
    let done = CancellationToken::new();
    let warm_up = async {
        let mut ticks = first_tick;
        while !done.is_cancelled() {
            if draw(ticks as f64 * WARMUP_INTERVAL_MS).await.is_ok() {
                ticks += 1;
            }
            let pause = Duration::from_millis(WARMUP_INTERVAL_MS as u64);
            // The next frame is not waited for once the work is done.
            let _ = timeout(pause, done.cancelled()).await;
        }
        ticks
    };
    tokio::pin!(work, warm_up);
    let output = tokio::select! {
        // A failed page may never answer its last frame, so that is not waited for.
        output = &mut work => output?,
        _ = &mut warm_up => unreachable!("runs until it is told that the work is done"),
    };
    done.cancel();
    let ticks = timeout(answer_within, warm_up).await;
    Ok((output, ticks.map_err(|_| stalled(answer_within))?))
}

/// The compositor drew no frame for so long.
fn stalled(deadline: Duration) -> BrowserError {
    BrowserError::Timeout {
        method: "HeadlessExperimental.beginFrame".into(),
        ms: deadline.as_millis(),
    }
}

/// Draws the commit frame and the liveness frame under a deadline: with many layers SwiftShader
/// can hang without an error.
pub(super) async fn prove_alive(
    session: &PageSession,
    clock: &BeginFrameClock,
    deadline: Duration,
) -> Result<(), PageError> {
    let drive = async {
        session
            .begin_frame(clock.commit(), clock.interval(), None)
            .await?;
        session
            .begin_frame(clock.liveness(), clock.interval(), None)
            .await
    };
    match timeout(deadline, drive).await {
        Ok(drawn) => drawn.map(drop).map_err(Into::into),
        Err(_) => Err(stalled(deadline).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not the deadline of the protocol, which is minutes.
    #[tokio::test]
    async fn a_compositor_that_stalls_while_a_page_loads_is_waited_for_as_at_the_liveness_frame() {
        let draw = async |tick: f64| match tick > 0.0 {
            true => futures::future::pending().await,
            false => Ok(()),
        };
        let loading = async {
            tokio::time::sleep(Duration::from_millis(80)).await;
            Ok::<_, PageError>("loaded")
        };
        let liveness = Duration::from_millis(50);
        let error = warm_up_during(draw, 0, liveness, loading)
            .await
            .unwrap_err();
        let PageError::Browser(BrowserError::Timeout { method, ms }) = error else {
            panic!("{error}");
        };
        assert_eq!(
            (method.as_str(), ms),
            ("HeadlessExperimental.beginFrame", 50)
        );
    }

    #[tokio::test]
    async fn warm_up_frames_are_counted_and_the_last_one_is_waited_for() {
        let draw = async |_: f64| {
            tokio::time::sleep(Duration::from_millis(60)).await;
            Ok(())
        };
        let loading = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, PageError>(())
        };
        let deadline = Duration::from_secs(5);
        let ((), ticks) = warm_up_during(draw, 3, deadline, loading).await.unwrap();
        assert_eq!(ticks, 4);
    }
}
