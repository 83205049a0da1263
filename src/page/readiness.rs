//! Waits from DOMContentLoaded until a page can be captured. The order is upstream's, because later
//! steps look at what earlier ones have changed (docs/upstream.md#page-readiness). The host polls:
//! what waits in the page for an animation frame never ends under BeginFrame control.

use std::time::{Duration, Instant};

use serde::Deserialize;

use super::activity::Activity;
use super::diagnostics::Diagnostics;
use super::error::{PageError, PageWarning};
use super::script_failures::Failures;
use crate::browser::{BrowserError, PageSession};

/// Least time for the answer to the last poll: a page on a busy machine may be slow.
const LAST_ANSWER: Duration = Duration::from_millis(500);
/// How often a page may load itself again.
const MOST_RELOADS: u32 = 3;
/// How long timelines of sub-compositions are awaited once a script failed to load.
const GRACE_AFTER_SCRIPT_FAILURE: Duration = Duration::from_secs(2);
/// After this time, a page that has started and can seek but has no length will never get one.
const ZERO_DURATION_PATIENCE: Duration = Duration::from_secs(10);

/// The answer of a page to one poll.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageState {
    has_seek: bool,
    duration: f64,
    render_ready: bool,
    has_player: bool,
    timeline_count: u32,
    has_composition: bool,
    declared_duration: f64,
    startup_error: Option<String>,
    missing_timelines: Vec<String>,
}

impl PageState {
    fn describe(&self) -> String {
        let yes = |flag| if flag { "true" } else { "false" };
        format!(
            "Runtime ready: {}, __player: {}, __hf.seek: {}, composition root: {}, GSAP timelines: {}, data-duration: {}",
            yes(self.render_ready),
            yes(self.has_player),
            yes(self.has_seek),
            yes(self.has_composition),
            self.timeline_count,
            self.declared_duration,
        )
    }
}

/// Waits for everything. Returns the page's duration in seconds, and what it was not waited for any
/// longer. A page that loads itself again meanwhile is waited for again.
///
/// # Errors
/// [`PageError`] when the page cannot be captured.
pub(super) async fn wait_until_ready(
    page: &PageSession,
    diagnostics: &Diagnostics,
    deadline: Duration,
) -> Result<(f64, Vec<PageWarning>), PageError> {
    let mut reloads = 0;
    let (document, (duration, warnings)) = loop {
        let document = page.documents();
        let waited = wait_for_document(page, diagnostics, deadline).await;
        let is_gone = match &waited {
            Ok(_) => page.documents() != document,
            Err(PageError::Browser(error)) => error.is_navigation(),
            Err(_) => false,
        };
        if !is_gone || reloads == MOST_RELOADS {
            break (document, waited?);
        }
        reloads += 1;
    };
    page.keep(document);
    page.evaluate::<Option<serde_json::Value>>("__hfNative.release()")
        .await?;
    page.count_requests(false).await?;
    // Timelines registered late may have changed the length.
    let settled: PageState = page.evaluate_within("__hfNative.state()", deadline).await?;
    let duration = match settled.duration {
        settled if settled > 0.0 => settled,
        _ => duration,
    };
    Ok((duration, warnings))
}

/// Waits for everything of one document.
async fn wait_for_document(
    page: &PageSession,
    diagnostics: &Diagnostics,
    deadline: Duration,
) -> Result<(f64, Vec<PageWarning>), PageError> {
    let flush = "window.__hfFlushSync?.(), null";
    let flushed = page.evaluate_within::<Option<serde_json::Value>>(flush, deadline);
    let awaits = diagnostics.awaits();
    let flushed = awaits.during("an answer of the page", deadline, flushed);
    unless_busy(flushed.await, deadline, None)?;
    let duration = wait_for_contract(page, diagnostics, deadline).await?;
    let mut warnings = Vec::new();
    wait_for_timelines(page, diagnostics, deadline, &mut warnings).await?;
    wait_for_images(page, diagnostics, deadline, &mut warnings).await?;
    wait_for_fonts(page, diagnostics, deadline, &mut warnings).await?;
    let tailwind = page.evaluate_within::<bool>("__hfNative.tailwindReady()", deadline);
    match awaits
        .during("Tailwind in the page", deadline, tailwind)
        .await
    {
        Err(BrowserError::Timeout { ms, .. }) => return Err(PageError::Tailwind { ms }),
        other => other?,
    };
    let maps: Vec<String> = page
        .evaluate_within("__hfNative.liveMaps()", deadline)
        .await?;
    if !maps.is_empty() {
        warnings.push(PageWarning {
            code: "live_map_detected",
            message: format!(
                "A live map ({}) loads its tiles from the network while frames are captured; it may differ between renders",
                maps.join(", ")
            ),
            media_type: None,
            sources: maps,
            timeout_ms: None,
        });
    }
    Ok((duration, warnings))
}

/// One poll, whose answer may take `patience`.
async fn poll_state(page: &PageSession, patience: Duration) -> Result<PageState, BrowserError> {
    page.evaluate_within("__hfNative.state()", patience).await
}

/// Turns a timeout into "not ready": the page's scripts keep it too busy to answer a poll. `known`
/// is its last answer.
fn unless_busy<T>(
    answer: Result<T, BrowserError>,
    deadline: Duration,
    known: Option<&PageState>,
) -> Result<T, PageError> {
    answer.map_err(|error| match error {
        BrowserError::Timeout { .. } => PageError::NotReady {
            ms: deadline.as_millis(),
            state: known.map_or_else(
                || "Its scripts kept it busy all the time".to_owned(),
                PageState::describe,
            ),
        },
        other => other.into(),
    })
}

async fn wait_for_contract(
    page: &PageSession,
    diagnostics: &Diagnostics,
    deadline: Duration,
) -> Result<f64, PageError> {
    let started = Instant::now();
    let mut activity = Activity::new(page, diagnostics, "the composition", deadline);
    let mut known = None;
    loop {
        let patience = deadline.saturating_sub(started.elapsed()).max(LAST_ANSWER);
        let answer = poll_state(page, patience).await;
        let state = unless_busy(answer, deadline, known.as_ref())?;
        if let Some(text) = state.startup_error {
            return Err(PageError::Startup { text });
        }
        if state.has_seek && state.duration > 0.0 {
            return Ok(state.duration);
        }
        let is_started = state.render_ready && state.has_seek;
        let hopeless = is_started
            && state.timeline_count == 0
            && state.declared_duration <= 0.0
            && started.elapsed() >= ZERO_DURATION_PATIENCE;
        if hopeless || activity.is_over() || is_started && activity.is_quiet(&[]).await? {
            return Err(if state.has_seek {
                PageError::ZeroDuration {
                    state: state.describe(),
                    runtime_ready: state.render_ready,
                }
            } else {
                PageError::NotReady {
                    ms: deadline.as_millis(),
                    state: state.describe(),
                }
            });
        }
        known = Some(state);
        activity.pause().await;
    }
}

async fn wait_for_timelines(
    page: &PageSession,
    diagnostics: &Diagnostics,
    deadline: Duration,
    warnings: &mut Vec<PageWarning>,
) -> Result<(), PageError> {
    let started = Instant::now();
    let mut activity = Activity::new(page, diagnostics, "timelines", deadline);
    loop {
        let missing = poll_state(page, deadline).await?.missing_timelines;
        diagnostics.check_vfx()?;
        if !missing.is_empty() {
            for address in page.open_requests().failed_scripts {
                diagnostics.scripts().unloaded(&address);
            }
            let failures = diagnostics.scripts().all();
            let is_over = activity.is_over()
                || !failures.unloaded.is_empty() && started.elapsed() >= GRACE_AFTER_SCRIPT_FAILURE
                || activity.is_quiet(&missing).await?;
            if !is_over {
                activity.pause().await;
                continue;
            }
            warnings.push(missing_timelines(missing, failures, started.elapsed()));
        }
        // Also when none was ever missing: upstream's runtime may have bound timelines before all
        // were there.
        page.evaluate::<Option<serde_json::Value>>("window.__hfForceTimelineRebind?.(), null")
            .await?;
        return Ok(());
    }
}

/// What is told of timelines that do not come. The codes decide whether the film may be published.
fn missing_timelines(missing: Vec<String>, failures: Failures, waited: Duration) -> PageWarning {
    let ids = missing.join(", ");
    let Failures {
        mut unloaded,
        thrown,
        vfx: _,
    } = failures;
    if unloaded.is_empty() && thrown.is_empty() {
        return PageWarning {
            code: "sub_timeline_readiness_timeout",
            message: format!(
                "Compositions without a timeline: {ids} (none was registered in time); they stay at their first frame. Register window.__timelines[id], or mark the element data-no-timeline"
            ),
            media_type: None,
            sources: missing,
            timeout_ms: Some(millis(waited)),
        };
    }
    let what = match unloaded.is_empty() {
        true => "a script threw",
        false => "a script failed to load",
    };
    unloaded.extend(thrown);
    PageWarning {
        code: "sub_timeline_script_failure",
        message: format!(
            "Compositions without a timeline: {ids} ({what}: {}). Correct the script; if the composition has no timeline, mark its element data-no-timeline",
            unloaded.join(", ")
        ),
        media_type: None,
        sources: unloaded,
        timeout_ms: Some(millis(waited)),
    }
}

async fn wait_for_images(
    page: &PageSession,
    diagnostics: &Diagnostics,
    deadline: Duration,
    warnings: &mut Vec<PageWarning>,
) -> Result<(), PageError> {
    let mut activity = Activity::new(page, diagnostics, "images", deadline);
    loop {
        let pending: Vec<String> = page
            .evaluate_within("__hfNative.pendingImages()", deadline)
            .await?;
        if pending.is_empty() {
            break;
        }
        if activity.is_over() || activity.is_quiet(&pending).await? {
            warnings.push(media_warning(
                "media_readiness_timeout",
                "Images did not load in time; they may be blank in the first frames",
                Some("image"),
                pending,
                deadline,
            ));
            break;
        }
        activity.pause().await;
    }
    match page
        .evaluate_within::<bool>("__hfNative.decodeImages()", deadline)
        .await
    {
        Ok(_) | Err(BrowserError::Timeout { .. }) => {}
        Err(other) => return Err(other.into()),
    }
    let broken: Vec<String> = page
        .evaluate_within("__hfNative.brokenImages()", deadline)
        .await?;
    if !broken.is_empty() {
        warnings.push(media_warning(
            "media_load_failed",
            "Images failed to load and stay blank",
            Some("image"),
            broken,
            deadline,
        ));
    }
    Ok(())
}

async fn wait_for_fonts(
    page: &PageSession,
    diagnostics: &Diagnostics,
    deadline: Duration,
    warnings: &mut Vec<PageWarning>,
) -> Result<(), PageError> {
    let fonts = page.evaluate_within::<bool>("__hfNative.fontsReady()", deadline);
    let awaits = diagnostics.awaits();
    match awaits.during("fonts of the page", deadline, fonts).await {
        Ok(_) => Ok(()),
        Err(BrowserError::Timeout { .. }) => {
            warnings.push(media_warning(
                "media_readiness_timeout",
                "Fonts did not load in time; text may use a fallback font",
                None,
                Vec::new(),
                deadline,
            ));
            Ok(())
        }
        Err(other) => Err(other.into()),
    }
}

fn media_warning(
    code: &'static str,
    what: &str,
    media_type: Option<&'static str>,
    mut sources: Vec<String>,
    waited: Duration,
) -> PageWarning {
    sources.sort();
    sources.dedup();
    let list = if sources.is_empty() {
        String::new()
    } else {
        format!(": {}", sources.join(", "))
    };
    PageWarning {
        code,
        message: format!("{what}{list}"),
        media_type,
        sources,
        timeout_ms: Some(millis(waited)),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_that_a_broken_script_owes_forbids_publishing() {
        let warn = |unloaded: &[&str], thrown: &[&str]| {
            let failures = Failures {
                unloaded: unloaded.iter().map(|&url| url.to_owned()).collect(),
                thrown: thrown.iter().map(|&text| text.to_owned()).collect(),
                vfx: None,
            };
            missing_timelines(vec!["part".to_owned()], failures, Duration::from_secs(1))
        };
        let bare = warn(&[], &[]);
        assert_eq!(bare.code, "sub_timeline_readiness_timeout");
        assert_eq!(bare.sources, ["part"]);
        for broken in [warn(&["a.js"], &[]), warn(&[], &["runtime-error:x"])] {
            assert_eq!(broken.code, "sub_timeline_script_failure");
            assert!(broken.message.contains("part") && broken.message.contains(&broken.sources[0]));
        }
    }
}
