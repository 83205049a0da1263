//! Opening a composition in a browser and bringing it to its first frame.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::time::sleep;

use super::diagnostics::Diagnostics;
use super::error::{PageError, PageWarning};
use super::readiness::wait_until_ready;
use super::scenes::{PageScenes, read_scenes};
use super::stacking::HdrElement;
use crate::browser::{
    Backdrop, BeginFrameClock, Browser, BrowserError, LaunchMode, PageSession, WARMUP_INTERVAL_MS,
};
use crate::composition::Fps;

const RESOLVERS: &str = include_str!("scripts/resolvers.js");
const DRIVER: &str = include_str!("scripts/driver.js");
const STUB_VIDEO: &str = include_str!("scripts/stub_video.js");
const SOURCE_FRAMES: &str = include_str!("scripts/source_frames.js");
const SCENES: &str = include_str!("scripts/scenes.js");
const LAYERS: &str = include_str!("scripts/layers.js");

/// How a page is to be opened.
#[derive(Debug, Clone)]
pub struct PageOptions {
    /// Index document.
    pub url: String,
    /// Viewport width, CSS pixels.
    pub width: u32,
    /// Viewport height, CSS pixels.
    pub height: u32,
    /// Device pixels per CSS pixel.
    pub device_scale_factor: f64,
    /// What the page stands on when its own background is to be taken away.
    pub backdrop: Option<Backdrop>,
    /// Output frame rate, which the BeginFrame clock ticks at.
    pub fps: Fps,
    /// Video clips whose frames the page is given, if it has any.
    pub source_frames: Option<InjectionConfig>,
    /// The page may have transitions between scenes, which are blended here.
    pub has_scenes: bool,
    /// Sources that are HDR: the page is photographed in layers, and keeps its own background.
    pub hdr: Vec<HdrElement>,
    /// `window.__hfVariables`.
    pub variables: Option<serde_json::Value>,
    /// Until DOMContentLoaded.
    pub navigation_timeout: Duration,
    /// For each readiness step after it.
    pub ready_timeout: Duration,
    /// For the frame that proves the compositor alive.
    pub liveness_timeout: Duration,
}

/// Where a page gets the frames of its video clips.
#[derive(Debug, Clone, Serialize)]
pub struct InjectionConfig {
    /// Address that answers with an output frame's source frames; without one nothing of the page
    /// is changed, but that its clips load nothing.
    pub url: Option<String>,
    /// The clips, in the order of their numbers.
    pub clips: Vec<SourceClip>,
}

/// What a page would learn of a clip's source by loading it.
#[derive(Debug, Clone, Serialize)]
pub struct SourceClip {
    /// Render id.
    pub id: String,
    /// Natural width, pixels.
    pub width: u32,
    /// Natural height, pixels.
    pub height: u32,
    /// Length in seconds.
    pub duration: f64,
    /// It may be seen through.
    pub transparent: bool,
}

impl PageOptions {
    /// The call that brings the page to output frame `frame`; `next` is the one it will be asked
    /// for after it, if that is known. Within a transition, `pair` names its two scenes, of which
    /// only the first one then shows; the answer is whether something lies above them, or, with
    /// HDR sources, a [`Stack`](super::Stack).
    pub fn seek_call(&self, frame: u64, next: Option<u64>, pair: Option<[&str; 2]>) -> String {
        let time = self.fps.seek_time(frame);
        let next = next.map_or("undefined".to_owned(), |next| next.to_string());
        // JSON is a JavaScript expression.
        let pair = serde_json::json!(pair);
        format!("__hfNative.frame({time}, {frame}, {next}, {pair})")
    }

    /// Width and height of its frames in device pixels.
    pub fn device_size(&self) -> (u32, u32) {
        let scaled = |css: u32| (f64::from(css) * self.device_scale_factor).round() as u32;
        (scaled(self.width), scaled(self.height))
    }
}

/// A page that may be captured.
#[derive(Debug)]
pub struct ReadyPage {
    /// Its session.
    pub session: PageSession,
    /// The clock, when its browser is driven frame by frame.
    pub clock: Option<BeginFrameClock>,
    /// Its length in seconds, above 0.
    pub duration: f64,
    /// What was given up on.
    pub warnings: Vec<PageWarning>,
    /// Its transitions; none where nobody asked for them.
    pub scenes: PageScenes,
}

/// Opens a blank page that is ready to [`load`] the composition.
///
/// # Errors
/// [`PageError`] when the browser fails.
pub async fn open(
    browser: &Browser,
    options: &PageOptions,
    diagnostics: &Diagnostics,
) -> Result<PageSession, PageError> {
    let mut session = browser
        .open_page(options.width, options.height, options.device_scale_factor)
        .await?;
    if let Some(events) = session.take_events() {
        diagnostics.follow(events);
    }
    for script in [RESOLVERS, DRIVER] {
        session.add_script(script).await?;
    }
    if let Some(variables) = &options.variables {
        // A JSON text inside a JavaScript string literal: JSON strings are valid literals.
        let literal = serde_json::Value::String(variables.to_string());
        session
            .add_script(&format!("window.__hfVariables = JSON.parse({literal});"))
            .await?;
    }
    Ok(session)
}

/// Loads the composition and waits until it may be captured. `mode` is its browser's;
/// `ticks_spent` are the warm-up ticks already used on the blank page.
///
/// # Errors
/// [`PageError`]; `is_transient()` tells whether a fresh browser may do better.
pub async fn load(
    session: PageSession,
    mode: LaunchMode,
    options: &PageOptions,
    diagnostics: &Diagnostics,
    ticks_spent: u64,
) -> Result<ReadyPage, PageError> {
    if options.source_frames.is_some() || !options.hdr.is_empty() {
        session.add_script(STUB_VIDEO).await?;
    }
    if let Some(frames) = &options.source_frames {
        // JSON is a JavaScript expression.
        let json = serde_json::to_string(frames).unwrap_or_default();
        // A policy of the page's would keep it from its frames' address.
        session.bypass_content_policy().await?;
        let clips = format!("window.__hfNativeClips = {json};");
        for script in [clips.as_str(), SOURCE_FRAMES] {
            session.add_script(script).await?;
        }
    }
    if options.has_scenes {
        session.add_script(SCENES).await?;
    }
    if !options.hdr.is_empty() {
        let json = serde_json::to_string(&options.hdr).unwrap_or_default();
        let sources = format!("window.__hfNativeHdr = {json};");
        for script in [sources.as_str(), LAYERS] {
            session.add_script(script).await?;
        }
    }
    let loading = async {
        session
            .navigate(&options.url, options.navigation_timeout)
            .await?;
        let ready = wait_until_ready(&session, diagnostics, options.ready_timeout).await?;
        if let Some(backdrop) = options.backdrop {
            // After the navigation, with which Chrome forgets it.
            session.set_backdrop(backdrop).await?;
            if options.hdr.is_empty() {
                session
                    .evaluate::<bool>("__hfNative.clearBackground()")
                    .await?;
            }
        }
        let scenes = match options.has_scenes {
            true => read_scenes(&session).await?,
            false => PageScenes::default(),
        };
        Ok::<_, PageError>((ready, scenes))
    };
    if mode == LaunchMode::Screenshot {
        let ((duration, warnings), scenes) = loading.await?;
        return Ok(ReadyPage {
            session,
            clock: None,
            duration,
            warnings,
            scenes,
        });
    }
    let (((duration, warnings), scenes), ticks) =
        warm_up_during(&session, ticks_spent, loading).await?;
    let clock = BeginFrameClock::after_warmup(ticks, options.fps);
    prove_alive(&session, &clock, options.liveness_timeout).await?;
    Ok(ReadyPage {
        session,
        clock: Some(clock),
        duration,
        warnings,
        scenes,
    })
}

/// Whether nothing can show through the page as it stands; false when in doubt.
///
/// # Errors
/// [`BrowserError`].
pub async fn is_opaque(session: &PageSession) -> Result<bool, BrowserError> {
    session.evaluate("__hfNative.isOpaque()").await
}

/// Ticks the paused compositor while `work` runs, because layout, fonts and media make no
/// progress without frames. Ends only after the last tick was answered: two frames in flight
/// are an error.
async fn warm_up_during<T, E>(
    session: &PageSession,
    first_tick: u64,
    work: impl Future<Output = Result<T, E>>,
) -> Result<(T, u64), E> {
    let running = AtomicBool::new(true);
    let warm_up = async {
        let mut ticks = first_tick;
        while running.load(Ordering::Relaxed) {
            let tick = ticks as f64 * WARMUP_INTERVAL_MS;
            if session
                .warm_up_frame(tick, WARMUP_INTERVAL_MS)
                .await
                .is_ok()
            {
                ticks += 1;
            }
            sleep(Duration::from_millis(WARMUP_INTERVAL_MS as u64)).await;
        }
        ticks
    };
    tokio::pin!(work, warm_up);
    let output = tokio::select! {
        // A page that failed may never answer its last tick: nobody waits for it.
        output = &mut work => output?,
        _ = &mut warm_up => unreachable!("it runs until it is told to end"),
    };
    running.store(false, Ordering::Relaxed);
    Ok((output, warm_up.await))
}

/// Commits the first paint, then one more frame under a deadline: with many layers SwiftShader
/// can stall for ever, and silently.
async fn prove_alive(
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
    match tokio::time::timeout(deadline, drive).await {
        Ok(drawn) => drawn.map(drop).map_err(Into::into),
        Err(_) => Err(BrowserError::Timeout {
            method: "HeadlessExperimental.beginFrame".into(),
            ms: deadline.as_millis(),
        }
        .into()),
    }
}
