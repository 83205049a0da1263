//! What scripts of a page failed at, told as upstream tells it (docs/upstream.md#failures-of-a-page).

use std::sync::Mutex;

use crate::browser::PageEvent;
use crate::sync::IgnorePoison;

/// Failures of each kind that are kept.
const KEPT: usize = 16;
/// With this HyperFrames' page runtime begins what it says of a composition's script.
const SCRIPT_ERROR: &str = "[HyperFrames] composition script error:";
/// How failures of effect chains begin then.
const VFX: &str = "runtime-error:vfx:";
/// Where scripts of compositions come from that were put into the page's own document.
const COMPOSITION_SOURCE: &str = "hyperframes-composition:";

/// Failures of all pages of a job.
#[derive(Debug, Default)]
pub(super) struct ScriptFailures(Mutex<Failures>);

/// What went wrong so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Failures {
    /// Addresses of scripts that did not load.
    pub unloaded: Vec<String>,
    /// What scripts of the composition threw.
    pub thrown: Vec<String>,
    /// The first failure of an effect chain: its frames have no effect.
    pub vfx: Option<String>,
}

impl ScriptFailures {
    /// Looks at an event of a page whose files come from `origin`.
    pub fn note(&self, event: &PageEvent, origin: &str) {
        let mut known = self.0.lock().ignore_poison();
        match event {
            PageEvent::Console { kind, text } if kind == "error" => {
                let Some(said) = text.strip_prefix(SCRIPT_ERROR) else {
                    return;
                };
                let line = first_line(said.trim_start()).trim_end();
                let failure = format!(
                    "runtime-error:{}",
                    if line.is_empty() { "unknown" } else { line }
                );
                if failure.starts_with(VFX) {
                    known.vfx.get_or_insert(failure);
                } else {
                    add(&mut known.thrown, failure);
                }
            }
            PageEvent::Exception { text, sources } => {
                let is_own =
                    |url: &String| url.starts_with(COMPOSITION_SOURCE) || is_script_of(url, origin);
                let line = first_line(text);
                if sources.iter().any(is_own) && !is_play_pause(line) {
                    add(&mut known.thrown, format!("runtime-error:{line}"));
                }
            }
            PageEvent::Log { level, url, text } if level == "error" => {
                if is_integrity(text) {
                    let failure = "runtime-error:subresource-integrity";
                    add(&mut known.unloaded, failure.to_owned());
                } else if is_script(url) {
                    add(&mut known.unloaded, url.clone());
                }
            }
            _ => {}
        }
    }

    /// A script at `url` did not load.
    pub fn unloaded(&self, url: &str) {
        add(&mut self.0.lock().ignore_poison().unloaded, url.to_owned());
    }

    /// All failures so far.
    pub fn all(&self) -> Failures {
        self.0.lock().ignore_poison().clone()
    }

    /// The first failure of an effect chain.
    pub fn vfx(&self) -> Option<String> {
        self.0.lock().ignore_poison().vfx.clone()
    }
}

fn add(list: &mut Vec<String>, failure: String) {
    if list.len() < KEPT && !list.contains(&failure) {
        list.push(failure);
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// What a browser throws when a script pauses what it has just told to play.
fn is_play_pause(line: &str) -> bool {
    line.starts_with("AbortError:") && line.contains("play()") && line.contains("pause()")
}

fn is_integrity(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("failed to find a valid digest in the 'integrity' attribute")
        && text.contains("resource has been blocked")
}

fn path_of(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

fn is_script(url: &str) -> bool {
    [".js", ".mjs", ".cjs"]
        .iter()
        .any(|extension| path_of(url).ends_with(extension))
}

/// A file of the project, and not the page's own document, whose inline scripts are HyperFrames' too.
fn is_script_of(url: &str, origin: &str) -> bool {
    let path = url.strip_prefix(origin).map(path_of);
    path.is_some_and(|path| path.starts_with('/') && path != "/" && !path.ends_with(".html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "http://localhost:8000";

    fn after(events: &[PageEvent]) -> Failures {
        let failures = ScriptFailures::default();
        for event in events {
            failures.note(event, ORIGIN);
        }
        failures.all()
    }

    fn console(kind: &str, text: &str) -> PageEvent {
        PageEvent::Console {
            kind: kind.into(),
            text: text.into(),
        }
    }

    fn thrown(text: &str, source: &str) -> PageEvent {
        PageEvent::Exception {
            text: text.into(),
            sources: vec![source.into()],
        }
    }

    #[test]
    fn the_first_failure_of_an_effect_chain_is_kept() {
        let say = |what: &str| console("error", &format!("{SCRIPT_ERROR} {what}"));
        let failures = after(&[
            say("TypeError: x\n  at y"),
            say("vfx: glow: the shader does not compile\nERROR: 0:1"),
            say("vfx: other"),
            say("vfx-frame: one frame"),
        ]);
        assert_eq!(
            failures.vfx.as_deref(),
            Some("runtime-error:vfx: glow: the shader does not compile")
        );
        assert_eq!(
            failures.thrown,
            [
                "runtime-error:TypeError: x",
                "runtime-error:vfx-frame: one frame"
            ]
        );
        let quoted = console("log", &format!("{SCRIPT_ERROR} vfx: no error"));
        assert_eq!(after(&[quoted]), Failures::default());
    }

    #[test]
    fn what_the_compositions_own_scripts_throw_counts() {
        let own = [
            thrown("Error: a\n    at b", &format!("{ORIGIN}/main.js?v=1")),
            thrown("Error: c", "hyperframes-composition://body"),
        ];
        assert_eq!(
            after(&own).thrown,
            ["runtime-error:Error: a", "runtime-error:Error: c"]
        );
        let others = [
            thrown("Error: cdn", "https://cdn.example/lib.js"),
            thrown("Error: runtime", &format!("{ORIGIN}/index.html")),
            thrown("Error: nowhere", ""),
            thrown(
                "AbortError: The play() request was interrupted by a call to pause().",
                &format!("{ORIGIN}/main.js"),
            ),
        ];
        assert_eq!(after(&others), Failures::default());
    }

    #[test]
    fn scripts_that_do_not_load_are_remembered_and_images_are_not() {
        let log = |text: &str, url: &str| PageEvent::Log {
            level: "error".into(),
            text: text.into(),
            url: url.into(),
        };
        let missing = "Failed to load resource: 404";
        let failures = after(&[
            log(missing, "http://localhost/a.png"),
            log(missing, "http://localhost/gsap.min.js?v=3"),
            log(
                "Failed to find a valid digest in the 'integrity' attribute for resource 'x'. The resource has been blocked.",
                "",
            ),
        ]);
        assert_eq!(
            failures.unloaded,
            [
                "http://localhost/gsap.min.js?v=3",
                "runtime-error:subresource-integrity"
            ]
        );
    }
}
