//! Opening a composition in a browser and bringing it to its first frame.

use std::time::Duration;

use futures::future::try_join_all;
use serde::Serialize;

use super::diagnostics::Diagnostics;
use super::dialogs::DIALOG_MARK;
use super::error::{PageError, PageWarning};
use super::played::KEEPER;
use super::readiness::wait_until_ready;
use super::scenes::{PageScenes, read_scenes};
use super::scripts::{
    CONSOLE_LIMIT, DIALOGS, DRIVER, FRAME_CLOCK, GRADING, LAYERS, NAME_MEDIA, RESOLVERS, SCENES,
    SHADOW_ROOTS, SOURCE_FRAMES, STUB_VIDEO, VOLUME_NOTICE, call, call_in_top_frame,
};
use super::stacking::HdrElement;
use super::warm_up_frames::{prove_alive, warm_up_during};
use crate::browser::{
    Backdrop, BeginFrameClock, Browser, BrowserError, LaunchMode, PageSession, WARMUP_INTERVAL_MS,
};
use crate::composition::Fps;

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
    /// What is drawn behind the page when its own background is removed.
    pub backdrop: Option<Backdrop>,
    /// Output frame rate; also that of the BeginFrame clock.
    pub fps: Fps,
    /// The video clips whose source frames are injected, if there are any.
    pub source_frames: Option<InjectionConfig>,
    /// The page may have transitions between scenes, which are blended natively.
    pub has_scenes: bool,
    /// HDR sources. With any, the page is captured in layers and keeps its own background.
    pub hdr: Vec<HdrElement>,
    /// What becomes of the volumes that scripts set.
    pub volumes: VolumeWatch,
    /// Scripts insert media elements: those without an id get one.
    pub names_media: bool,
    /// Value of `window.__hfVariables`.
    pub variables: Option<serde_json::Value>,
    /// Deadline for DOMContentLoaded.
    pub navigation_timeout: Duration,
    /// Deadline for each readiness step after that.
    pub ready_timeout: Duration,
    /// Deadline for the liveness frame.
    pub liveness_timeout: Duration,
}

/// What becomes of the volumes that scripts of a page set.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum VolumeWatch {
    /// Nothing: no element sounds, or another page is asked.
    #[default]
    Ignore,
    /// [`sets_volume`] tells whether there are any. The page is not changed by that.
    Notice,
    /// They are kept for [`PlayedPage::volumes`](super::PlayedPage::volumes), up to this gain.
    Keep {
        /// The largest gain.
        max_gain: f64,
    },
}

/// What a page is told about its video clips, and where it asks for their source frames.
#[derive(Debug, Clone, Serialize)]
pub struct InjectionConfig {
    /// Address of the frame server. Without one the clips load nothing, and the page stays as it
    /// is otherwise: it shows no source frames.
    pub url: Option<String>,
    /// The clips. Their places in this list are their numbers on the wire.
    pub clips: Vec<SourceClip>,
}

/// Facts about a clip's source that the page would get by loading it.
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
    /// Its frames may have alpha.
    pub transparent: bool,
}

/// An output frame that a page is brought to.
#[derive(Debug, Clone, Copy)]
pub struct Seek<'a> {
    /// Its number.
    pub frame: u64,
    /// The frame that this page is brought to after it, if that is known.
    pub next: Option<u64>,
    /// In a transition, the ids of its two scenes; only the first one stays visible.
    pub pair: Option<[&'a str; 2]>,
}

impl PageOptions {
    /// The JavaScript call that brings the page to `frame`. Then it goes on to `ahead` by itself, as
    /// soon as Chrome has taken the drawing of `frame` over from it. The call returns whether
    /// anything is painted above the scenes of a transition; with HDR sources, a
    /// [`Stack`](super::Stack).
    pub fn seek_call(&self, frame: Seek<'_>, ahead: Option<Seek<'_>>) -> String {
        let now = self.seek_arguments(frame);
        let ahead = ahead.map_or("undefined".to_owned(), |ahead| self.seek_arguments(ahead));
        format!("__hfNative.bring({now}, {ahead})")
    }

    fn seek_arguments(&self, seek: Seek<'_>) -> String {
        let Seek { frame, next, pair } = seek;
        let time = self.fps.seek_time(frame);
        let next = next.map_or("undefined".to_owned(), |next| next.to_string());
        // JSON is a JavaScript expression.
        let pair = serde_json::json!(pair);
        format!("[{time}, {frame}, {next}, {pair}]")
    }

    /// Width and height of captured frames, device pixels.
    pub fn device_size(&self) -> (u32, u32) {
        let scaled = |css: u32| (f64::from(css) * self.device_scale_factor).round() as u32;
        (scaled(self.width), scaled(self.height))
    }
}

/// Shows a page, which was brought to a frame, at a time near that frame's, in seconds: without events,
/// with the source frames of the frame.
///
/// # Errors
/// [`BrowserError`].
pub async fn show_sample(session: &PageSession, seconds: f64) -> Result<(), BrowserError> {
    let call = format!("__hfNative.sample({seconds})");
    session.evaluate::<bool>(&call).await.map(drop)
}

/// A page that is ready to be captured.
#[derive(Debug)]
pub struct ReadyPage {
    /// Its session.
    pub session: PageSession,
    /// The clock, in BeginFrame mode; `None` in screenshot mode.
    pub clock: Option<BeginFrameClock>,
    /// Its length in seconds, above 0.
    pub duration: f64,
    /// What the page was not waited for any longer.
    pub warnings: Vec<PageWarning>,
    /// Its transitions; none without [`PageOptions::has_scenes`].
    pub scenes: PageScenes,
    /// [`PageOptions::backdrop`] of its options.
    backdrop: Option<Backdrop>,
}

/// Opens a blank page, ready to [`load`] the composition.
///
/// # Errors
/// [`PageError`] when the browser fails.
pub async fn open(
    browser: &Browser,
    options: &PageOptions,
    diagnostics: &Diagnostics,
) -> Result<PageSession, PageError> {
    let session = browser
        .open_page(options.width, options.height, options.device_scale_factor)
        .await?;
    equip(session, options, diagnostics).await
}

/// Makes a blank page ready to [`load`] the composition.
///
/// # Errors
/// [`PageError`] when the browser fails.
pub async fn equip(
    mut session: PageSession,
    options: &PageOptions,
    diagnostics: &Diagnostics,
) -> Result<PageSession, PageError> {
    if let Some(events) = session.take_events() {
        diagnostics.follow(&options.url, events);
    }
    let rate = serde_json::json!({"fps": options.fps});
    let mut scripts = vec![
        // Before all that says something.
        CONSOLE_LIMIT.to_owned(),
        call(DIALOGS, &DIALOG_MARK),
        RESOLVERS.to_owned(),
        call(DRIVER, &rate),
        FRAME_CLOCK.to_owned(),
        call(GRADING, &()),
    ];
    if let Some(variables) = &options.variables {
        // A JSON text inside a JavaScript string literal: JSON strings are valid literals.
        let literal = serde_json::Value::String(variables.to_string());
        scripts.push(format!("window.__hfVariables = JSON.parse({literal});"));
    }
    // Chrome takes messages in the order in which they are sent.
    try_join_all(scripts.iter().map(|source| session.add_script(source))).await?;
    Ok(session)
}

/// Loads the composition and waits until it can be captured. `mode` is that of its browser;
/// `ticks_spent` is the number of warm-up frames already drawn on the blank page.
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
    match options.volumes {
        VolumeWatch::Ignore => {}
        VolumeWatch::Notice => session.add_script(VOLUME_NOTICE).await?,
        VolumeWatch::Keep { max_gain } => {
            let config = serde_json::json!({ "maxGain": max_gain });
            let script = format!("{KEEPER}\n__hfNativeKeepVolumes({config});");
            session.add_script(&script).await?;
        }
    }
    if options.names_media {
        // Before the script that looks for clips by their ids.
        session.add_script(NAME_MEDIA).await?;
    }
    if options.source_frames.is_some() || !options.hdr.is_empty() {
        session.add_script(STUB_VIDEO).await?;
    }
    if let Some(frames) = &options.source_frames {
        // The page's content security policy would block the address of the frame server.
        session.bypass_content_policy().await?;
        // A page that shows no source frames has no use for them.
        if frames.url.is_some() {
            session.offer_shadow_roots(SHADOW_ROOTS).await?;
        }
        // Clips are elements of the composition's own document.
        let script = call_in_top_frame(SOURCE_FRAMES, frames);
        session.add_script(&script).await?;
    }
    if options.has_scenes {
        session.add_script(&call(SCENES, &())).await?;
    }
    if !options.hdr.is_empty() {
        session.add_script(&call(LAYERS, &options.hdr)).await?;
    }
    let backdrop = options.backdrop;
    let loading = navigate(&session, options, backdrop, diagnostics);
    let (((duration, warnings), scenes), clock) = match mode {
        LaunchMode::Screenshot => (loading.await?, None),
        LaunchMode::BeginFrame => {
            let draw = |tick| session.warm_up_frame(tick, WARMUP_INTERVAL_MS);
            let (loaded, ticks) =
                warm_up_during(draw, ticks_spent, options.liveness_timeout, loading).await?;
            let clock = BeginFrameClock::after_warmup(ticks, options.fps);
            prove_alive(&session, &clock, options.liveness_timeout).await?;
            (loaded, Some(clock))
        }
    };
    Ok(ReadyPage {
        session,
        clock,
        duration,
        warnings,
        scenes,
        backdrop,
    })
}

/// Loads the composition of `page` again after `captures` captures of it: it stands at its beginning
/// then, as a page that was just opened. Returns how the captures go on to be counted.
///
/// # Errors
/// [`PageError`]; `is_transient()` tells whether a fresh browser may do better.
pub async fn open_again(
    page: &ReadyPage,
    options: &PageOptions,
    diagnostics: &Diagnostics,
    captures: u64,
) -> Result<u64, PageError> {
    let session = &page.session;
    let loading = navigate(session, options, page.backdrop, diagnostics);
    let Some(clock) = &page.clock else {
        loading.await?;
        return Ok(captures);
    };
    let spent = clock.warmup_ticks_after(captures);
    let draw = |tick| session.warm_up_frame(tick, WARMUP_INTERVAL_MS);
    let (_, ticks) = warm_up_during(draw, spent, options.liveness_timeout, loading).await?;
    let next = clock.capture_after(ticks);
    let clock = clock.beginning_at(next);
    prove_alive(session, &clock, options.liveness_timeout).await?;
    Ok(next)
}

/// Has a page that stands at its beginning brought to every frame before the one that is asked for.
///
/// # Errors
/// [`BrowserError`].
pub async fn visit_every_frame(session: &PageSession) -> Result<(), BrowserError> {
    let visits = session.evaluate::<bool>("__hfNative.visitEveryFrame()");
    visits.await.map(drop)
}

/// Whether the page is brought to every frame, because what it shows depends on those before.
///
/// # Errors
/// [`BrowserError`].
pub async fn visits_every_frame(session: &PageSession) -> Result<bool, BrowserError> {
    session.evaluate("__hfNative.visitsEveryFrame()").await
}

/// Loads the composition, waits until it is ready and reads its scenes.
async fn navigate(
    session: &PageSession,
    options: &PageOptions,
    backdrop: Option<Backdrop>,
    diagnostics: &Diagnostics,
) -> Result<((f64, Vec<PageWarning>), PageScenes), PageError> {
    session.count_requests(true).await?;
    let limit = options.navigation_timeout;
    let loads = session.navigate(&options.url, limit);
    diagnostics
        .awaits()
        .during("the page to load", limit, loads)
        .await?;
    let ready = wait_until_ready(session, diagnostics, options.ready_timeout).await?;
    if let Some(backdrop) = backdrop {
        // After the navigation, because Chrome drops the setting with it.
        session.set_backdrop(backdrop).await?;
        if options.hdr.is_empty() {
            session
                .evaluate::<bool>("__hfNative.clearBackground()")
                .await?;
        }
    }
    let scenes = match options.has_scenes {
        true => read_scenes(session).await?,
        false => PageScenes::default(),
    };
    Ok((ready, scenes))
}

/// Whether the page is opaque as it stands: nothing behind it can be visible. False when in doubt.
///
/// # Errors
/// [`BrowserError`].
pub async fn is_opaque(session: &PageSession) -> Result<bool, BrowserError> {
    session.evaluate("__hfNative.isOpaque()").await
}

/// Whether scripts of a page with [`VolumeWatch::Notice`] have set the volume of an element so far,
/// or muted one.
///
/// # Errors
/// [`BrowserError`].
pub async fn sets_volume(session: &PageSession) -> Result<bool, BrowserError> {
    session.evaluate("__hfNativeSetsVolume()").await
}
