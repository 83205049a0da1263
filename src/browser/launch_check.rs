//! The launch check: whether a browser can be driven frame by frame. It is asked once per launch,
//! within a short deadline, for everything a capture needs: enabling, a warm-up frame, a frame with
//! a picture.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::begin_frame_clock::WARMUP_INTERVAL_MS;
use super::launch::Browser;
use super::picture::ImageFormat;

/// Time for all steps together (upstream's figure).
const CHECK_DEADLINE: Duration = Duration::from_secs(2);
/// Frames to try: the first ones after a navigation have no picture.
const ATTEMPTS: u32 = 10;
/// Not about:blank: the check then raced with the start of the renderer.
const PAGE: &str =
    "data:text/html,<body style='margin:0;background:teal'><div style='height:9px'></div></body>";

/// Whether `browser` can be driven frame by frame.
///
/// # Errors
/// The reason why not.
pub async fn begin_frame_works(browser: &Browser) -> Result<(), String> {
    let started = std::time::Instant::now();
    let outcome = timeout(CHECK_DEADLINE, drive(browser)).await;
    let reason = match outcome {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(reason)) => reason,
        Err(_) => "no photographed frame in time".to_owned(),
    };
    Err(format!(
        "HeadlessExperimental.beginFrame probe failed after {} ms: {reason}; falling back to screenshot mode",
        started.elapsed().as_millis()
    ))
}

async fn drive(browser: &Browser) -> Result<(), String> {
    let page = browser
        .open_page(64, 64, 1.0)
        .await
        .map_err(|e| e.to_string())?;
    page.navigate(PAGE, CHECK_DEADLINE)
        .await
        .map_err(|e| e.to_string())?;
    page.warm_up_frame(0.0, WARMUP_INTERVAL_MS)
        .await
        .map_err(|e| e.to_string())?;
    for attempt in 0..ATTEMPTS {
        let tick = 1000.0 + f64::from(attempt) * WARMUP_INTERVAL_MS;
        let frame = page
            .begin_frame(tick, WARMUP_INTERVAL_MS, Some(ImageFormat::Png))
            .await
            .map_err(|e| e.to_string())?;
        if frame.image.is_some_and(|png| png.starts_with(b"\x89PNG")) {
            page.close().await.map_err(|e| e.to_string())?;
            return Ok(());
        }
        sleep(Duration::from_millis(10)).await;
    }
    Err(format!("no picture in {ATTEMPTS} frames"))
}
