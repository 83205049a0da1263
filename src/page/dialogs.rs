//! What is told of dialogs, which are dismissed as they open: by a script of ours in the page, and by
//! the browser room where that has no part in it.

use super::error::PageWarning;
use crate::browser::Dialog;

/// Begins the console lines of our script.
pub(super) const DIALOG_MARK: &str = "[hyperframes-native:dialog]";
/// Characters of a dialog that are quoted.
const QUOTED_CHARS: usize = 80;

/// The dialog that a console line of our script tells of.
pub(super) fn dialog_of(line: &str) -> Option<Dialog> {
    serde_json::from_str(line.strip_prefix(DIALOG_MARK)?).ok()
}

/// What is told of it.
pub(super) fn dialog_warning(dialog: &Dialog) -> PageWarning {
    let Dialog { kind, .. } = dialog;
    let what = beginning(dialog);
    let answer = match kind.as_str() {
        "alert" => "it was closed",
        "confirm" => "it was answered with false",
        "prompt" => "it was answered with null",
        _ => "it was answered with yes",
    };
    PageWarning {
        code: "page_dialog",
        message: format!(
            "The page opened a dialog, {kind}({what}): {answer}. Nobody is there to answer during a render; remove it from the page"
        ),
        media_type: None,
        sources: vec![format!("{kind}({what})")],
        timeout_ms: None,
    }
}

/// The beginning of what a dialog says, in quotes.
pub(super) fn beginning(dialog: &Dialog) -> String {
    let mut chars = dialog.text.chars();
    let quoted: String = chars.by_ref().take(QUOTED_CHARS).collect();
    let more = if chars.next().is_some() { " ..." } else { "" };
    format!("{quoted:?}{more}")
}
