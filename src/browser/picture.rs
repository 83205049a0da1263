//! Drawing frames of a page and taking pictures of them.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chromiumoxide::cdp::browser_protocol::dom::Rgba;
use chromiumoxide::cdp::browser_protocol::emulation::SetDefaultBackgroundColorOverrideParams;
use chromiumoxide::cdp::browser_protocol::headless_experimental::{
    BeginFrameParams, ScreenshotParams, ScreenshotParamsFormat,
};
use chromiumoxide::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams, Viewport,
};
use serde::Deserialize;

use super::error::BrowserError;
use super::session::PageSession;
use super::transport::parse_reply;

/// Pauses before asking again while another frame is pending (upstream's figures).
const PENDING_FRAME_WAITS_MS: [u64; 5] = [50, 100, 200, 400, 800];

/// Encoding of a captured image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    /// JPEG of this quality, 0 to 100.
    Jpeg(u8),
    /// PNG by Chrome's fast codec: lossless, but alpha becomes 0 or 255.
    Png,
    /// PNG with exact alpha; slower.
    PngWithAlpha,
}

/// A `Page.captureScreenshot` request.
#[derive(Debug, Clone, Copy)]
pub struct Shot {
    /// Encoding.
    pub format: ImageFormat,
    /// Clip width, CSS pixels.
    pub width: u32,
    /// Clip height, CSS pixels.
    pub height: u32,
}

/// The result of a `beginFrame`.
#[derive(Debug)]
pub struct BeginFrame {
    /// Whether anything visible changed.
    pub has_damage: bool,
    /// The encoded image, when one was asked for and Chrome sent one.
    pub image: Option<Vec<u8>>,
}

/// What is behind a page that has no background of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backdrop {
    /// Nothing: pictures are transparent there.
    Clear,
    /// Black.
    Black,
    /// White.
    White,
}

impl PageSession {
    /// Draws one frame at `tick` (ms), and takes a picture of it when asked to. Asks again, after
    /// growing pauses, while Chrome says that another frame is pending.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn begin_frame(
        &self,
        tick: f64,
        interval: f64,
        image: Option<ImageFormat>,
    ) -> Result<BeginFrame, BrowserError> {
        let screenshot = image.map(|format| match format {
            ImageFormat::Jpeg(quality) => ScreenshotParams {
                format: Some(ScreenshotParamsFormat::Jpeg),
                quality: Some(i64::from(quality)),
                optimize_for_speed: Some(true),
            },
            ImageFormat::Png | ImageFormat::PngWithAlpha => ScreenshotParams {
                format: Some(ScreenshotParamsFormat::Png),
                quality: None,
                optimize_for_speed: Some(format == ImageFormat::Png),
            },
        });
        let params = BeginFrameParams {
            frame_time_ticks: Some(tick),
            interval: Some(interval),
            no_display_updates: None,
            screenshot,
        };
        for wait in PENDING_FRAME_WAITS_MS {
            match self.send_begin_frame(&params).await {
                Err(error) if error.is_pending_frame() => {
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                }
                other => return other,
            }
        }
        self.send_begin_frame(&params).await
    }

    /// Draws one frame without showing it, so that a loading page makes progress.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn warm_up_frame(&self, tick: f64, interval: f64) -> Result<(), BrowserError> {
        let params = BeginFrameParams {
            frame_time_ticks: Some(tick),
            interval: Some(interval),
            no_display_updates: Some(true),
            screenshot: None,
        };
        self.send_begin_frame(&params).await.map(drop)
    }

    async fn send_begin_frame(
        &self,
        params: &BeginFrameParams,
    ) -> Result<BeginFrame, BrowserError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Drawn<'a> {
            #[serde(default)]
            has_damage: bool,
            #[serde(borrow)]
            screenshot_data: Option<&'a str>,
        }
        const METHOD: &str = BeginFrameParams::IDENTIFIER;
        let reply = self.call_raw(METHOD, params, self.deadline).await?;
        let drawn: Drawn<'_> = parse_reply(METHOD, &reply)?;
        let image = drawn
            .screenshot_data
            .map(|data| decode_image(METHOD, data))
            .transpose()?;
        Ok(BeginFrame {
            has_damage: drawn.has_damage,
            image,
        })
    }

    /// Takes a screenshot of the page. It must not be called on a BeginFrame launch: it hangs while
    /// the compositor is paused.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn screenshot(&self, shot: &Shot) -> Result<Vec<u8>, BrowserError> {
        #[derive(Deserialize)]
        struct Taken<'a> {
            #[serde(borrow)]
            data: &'a str,
        }
        const METHOD: &str = CaptureScreenshotParams::IDENTIFIER;
        let (format, quality) = match shot.format {
            ImageFormat::Jpeg(quality) => (CaptureScreenshotFormat::Jpeg, Some(quality)),
            ImageFormat::Png | ImageFormat::PngWithAlpha => (CaptureScreenshotFormat::Png, None),
        };
        let params = CaptureScreenshotParams {
            format: Some(format),
            quality: quality.map(i64::from),
            clip: Some(Viewport {
                x: 0.0,
                y: 0.0,
                width: f64::from(shot.width),
                height: f64::from(shot.height),
                // Multiplied by the page's own device scale factor.
                scale: 1.0,
            }),
            from_surface: Some(true),
            capture_beyond_viewport: Some(false),
            optimize_for_speed: Some(shot.format != ImageFormat::PngWithAlpha),
        };
        let reply = self.call_raw(METHOD, &params, self.deadline).await?;
        let taken: Taken<'_> = parse_reply(METHOD, &reply)?;
        decode_image(METHOD, taken.data)
    }

    /// Sets what is behind the page. Every navigation resets it.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn set_backdrop(&self, backdrop: Backdrop) -> Result<(), BrowserError> {
        let (shade, alpha) = match backdrop {
            Backdrop::Clear => (0, 0.0),
            Backdrop::Black => (0, 1.0),
            Backdrop::White => (255, 1.0),
        };
        let mut color = Rgba::new(shade, shade, shade);
        color.a = Some(alpha);
        let params = SetDefaultBackgroundColorOverrideParams { color: Some(color) };
        self.execute(params).await.map(drop)
    }
}

fn decode_image(method: &str, data: &str) -> Result<Vec<u8>, BrowserError> {
    BASE64.decode(data).map_err(|e| BrowserError::Reply {
        method: method.to_owned(),
        detail: format!("its image is not base64: {e}"),
    })
}
