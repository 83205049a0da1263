//! The page's console and errors: a bounded tail for error reports, and the facts that steer
//! readiness.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use crate::browser::PageEvent;
use crate::sync::IgnorePoison;

/// Lines kept, upstream's figure.
const KEPT_LINES: usize = 200;

/// Shared by the pages of one job.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    lines: Mutex<VecDeque<String>>,
    script_failed: AtomicBool,
}

impl Diagnostics {
    /// Follows a page's events until it closes.
    pub fn follow(&self, mut events: mpsc::Receiver<PageEvent>) {
        let this = self.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                this.note(&event);
            }
        });
    }

    /// The last `count` lines, oldest first.
    pub fn tail(&self, count: usize) -> Vec<String> {
        let lines = self.inner.lines.lock().ignore_poison();
        lines
            .iter()
            .skip(lines.len().saturating_sub(count))
            .cloned()
            .collect()
    }

    /// True once a script resource failed to load.
    pub fn script_failed(&self) -> bool {
        self.inner.script_failed.load(Ordering::Relaxed)
    }

    fn note(&self, event: &PageEvent) {
        if let PageEvent::Log { level, url, .. } = event
            && level == "error"
            && is_script(url)
        {
            self.inner.script_failed.store(true, Ordering::Relaxed);
        }
        let line = line_of(event);
        tracing::debug!(line, "page");
        let mut lines = self.inner.lines.lock().ignore_poison();
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

fn is_script(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    [".js", ".mjs", ".cjs"]
        .iter()
        .any(|extension| path.ends_with(extension))
}

/// One line with upstream's prefixes, which its users' log filters know.
fn line_of(event: &PageEvent) -> String {
    match event {
        PageEvent::Console { text, .. } if text.starts_with("[hyperframes]") => {
            format!("[HyperFrames]{}", &text["[hyperframes]".len()..])
        }
        PageEvent::Console { kind, text } => match kind.as_str() {
            "error" | "assert" => format!("[Browser:ERROR] {text}"),
            "warning" => format!("[Browser:WARN] {text}"),
            _ => format!("[Browser] {text}"),
        },
        PageEvent::Exception { text } => format!("[Browser:PAGEERROR] {text}"),
        PageEvent::Log { text, url, .. } if text.starts_with("Failed to load resource") => {
            format!("[Browser:REQUESTFAILED] {text} {url}")
        }
        PageEvent::Log { level, text, url } => {
            let prefix = if level == "error" {
                "[Browser:ERROR]"
            } else {
                "[Browser:WARN]"
            };
            format!("{prefix} {text} {url}").trim_end().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console(kind: &str, text: &str) -> PageEvent {
        PageEvent::Console {
            kind: kind.into(),
            text: text.into(),
        }
    }

    #[test]
    fn lines_carry_upstreams_prefixes() {
        assert_eq!(line_of(&console("error", "x")), "[Browser:ERROR] x");
        assert_eq!(line_of(&console("warning", "x")), "[Browser:WARN] x");
        assert_eq!(
            line_of(&console("log", "[hyperframes] x")),
            "[HyperFrames] x"
        );
        assert_eq!(
            line_of(&PageEvent::Exception { text: "e".into() }),
            "[Browser:PAGEERROR] e"
        );
    }

    #[test]
    fn the_tail_is_bounded() {
        let diagnostics = Diagnostics::default();
        for i in 0..300 {
            diagnostics.note(&console("log", &i.to_string()));
        }
        assert_eq!(diagnostics.tail(1000).len(), KEPT_LINES);
        assert_eq!(diagnostics.tail(1), ["[Browser] 299"]);
    }

    #[test]
    fn a_failed_script_is_remembered_but_a_failed_image_is_not() {
        let failed = |url: &str| PageEvent::Log {
            level: "error".into(),
            text: "Failed to load resource: 404".into(),
            url: url.into(),
        };
        let diagnostics = Diagnostics::default();
        diagnostics.note(&failed("http://localhost/a.png"));
        assert!(!diagnostics.script_failed());
        diagnostics.note(&failed("http://localhost/gsap.min.js?v=3"));
        assert!(diagnostics.script_failed());
    }
}
