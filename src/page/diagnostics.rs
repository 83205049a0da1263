//! The page's console and errors: the last lines for error reports, whether a script failed to load,
//! which readiness depends on, and the dialogs that were answered.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::mpsc;

use super::dialogs::{beginning, dialog_of, dialog_warning};
use super::error::{PageError, PageWarning};
use super::script_failures::ScriptFailures;
use crate::browser::{Dialog, PageEvent};
use crate::sync::{Awaits, IgnorePoison};

/// Lines kept, upstream's figure.
const KEPT_LINES: usize = 200;
/// Different dialogs that are warned of; a page may count in theirs.
const NAMED_DIALOGS: usize = 8;

/// What is told as it happens.
#[derive(Debug, Clone, Copy)]
pub enum PageNews<'a> {
    /// A problem that may be visible in the output.
    Warning(&'a PageWarning),
    /// What the page is waited for.
    Waiting(&'a str),
}

/// Who is told.
type Listener = Box<dyn Fn(PageNews<'_>) + Send + Sync>;

/// Shared by all pages of one job.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    lines: Mutex<VecDeque<String>>,
    scripts: ScriptFailures,
    /// Those that were warned of.
    dialogs: Mutex<Vec<Dialog>>,
    listener: OnceLock<Listener>,
    awaits: Awaits,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner")
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

impl Diagnostics {
    /// Tells `listener` what happens, as it does. Only the first listener is told.
    pub fn on_news(&self, listener: impl Fn(PageNews<'_>) + Send + Sync + 'static) {
        let _ = self.inner.listener.set(Box::new(listener));
    }

    /// The same for pages of which nothing is reported but what is waited for.
    #[must_use]
    pub fn muted(&self) -> Self {
        let inner = Inner {
            awaits: self.inner.awaits.clone(),
            ..Inner::default()
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// What the job waits for.
    pub fn awaits(&self) -> &Awaits {
        &self.inner.awaits
    }

    /// Follows the events of a page at `url` until it closes.
    pub fn follow(&self, url: &str, mut events: mpsc::Receiver<PageEvent>) {
        let this = self.clone();
        let origin = origin_of(url).to_owned();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                this.note(&event, &origin);
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

    /// What scripts failed at.
    pub(super) fn scripts(&self) -> &ScriptFailures {
        &self.inner.scripts
    }

    /// That an effect chain has failed: frames would be without its effect.
    ///
    /// # Errors
    /// [`PageError::Vfx`].
    pub fn check_vfx(&self) -> Result<(), PageError> {
        let failure = self.inner.scripts.vfx();
        failure.map_or(Ok(()), |detail| Err(PageError::Vfx { detail }))
    }

    fn note(&self, event: &PageEvent, origin: &str) {
        if let PageEvent::Console { text, .. } = event
            && let Some(dialog) = dialog_of(text)
        {
            self.note(&PageEvent::Dialog(dialog), origin);
            return;
        }
        self.inner.scripts.note(event, origin);
        if let PageEvent::Dialog(dialog) = event {
            self.warn_of(dialog);
        }
        let line = line_of(event);
        tracing::debug!(line, "page");
        let mut lines = self.inner.lines.lock().ignore_poison();
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Warns of a dialog, once for all pages.
    fn warn_of(&self, dialog: &Dialog) {
        let mut known = self.inner.dialogs.lock().ignore_poison();
        if known.len() >= NAMED_DIALOGS || known.contains(dialog) {
            return;
        }
        known.push(dialog.clone());
        drop(known);
        self.tell(PageNews::Warning(&dialog_warning(dialog)));
    }

    /// Says what a page is waited for.
    pub(super) fn say(&self, text: &str) {
        self.tell(PageNews::Waiting(text));
    }

    fn tell(&self, news: PageNews<'_>) {
        if let Some(listener) = self.inner.listener.get() {
            listener(news);
        }
    }
}

/// Scheme, host and port of an address.
fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    &url[..end]
}

/// One line with upstream's prefixes, because log filters of users match them.
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
        PageEvent::Exception { text, .. } => format!("[Browser:PAGEERROR] {text}"),
        PageEvent::Dialog(dialog) => {
            format!("[Browser:DIALOG] {}({})", dialog.kind, beginning(dialog))
        }
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
    use super::super::dialogs::DIALOG_MARK;
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
            line_of(&PageEvent::Exception {
                text: "e".into(),
                sources: Vec::new()
            }),
            "[Browser:PAGEERROR] e"
        );
    }

    #[test]
    fn the_tail_is_bounded() {
        let diagnostics = Diagnostics::default();
        for i in 0..300 {
            diagnostics.note(&console("log", &i.to_string()), "");
        }
        assert_eq!(diagnostics.tail(1000).len(), KEPT_LINES);
        assert_eq!(diagnostics.tail(1), ["[Browser] 299"]);
    }

    #[test]
    fn an_origin_ends_before_the_path() {
        assert_eq!(
            origin_of("http://localhost:80/index.html"),
            "http://localhost:80"
        );
        assert_eq!(origin_of("http://localhost:80"), "http://localhost:80");
        assert_eq!(origin_of(""), "");
    }

    #[test]
    fn a_dialog_is_named_once_by_its_beginning() {
        let diagnostics = Diagnostics::default();
        let warned = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&warned);
        diagnostics.on_news(move |news| {
            if let PageNews::Warning(warning) = news {
                into.lock().unwrap().push(warning.message.clone());
            }
        });
        let opened = |kind: &str, text: &str| {
            let said = serde_json::json!({ "type": kind, "message": text });
            diagnostics.note(&console("debug", &format!("{DIALOG_MARK} {said}")), "");
        };
        for _page in 0..3 {
            opened("alert", &"é".repeat(500));
            opened("confirm", "Really?");
        }
        let seen = warned.lock().unwrap().clone();
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert!(seen[0].contains(&"é".repeat(80)) && seen[0].len() < 400);
        assert!(seen[1].contains("confirm(\"Really?\")") && seen[1].contains("false"));
        for frame in 0..100 {
            opened("prompt", &frame.to_string());
        }
        assert_eq!(warned.lock().unwrap().len(), NAMED_DIALOGS);
        assert_eq!(diagnostics.tail(1), ["[Browser:DIALOG] prompt(\"99\")"]);
    }
}
