//! Scenes that transitions join, as the page tells of them, and the page with a part of a
//! transition's frame on it.

use serde::Deserialize;

use crate::browser::{BrowserError, PageSession};
use crate::composition::Transition;

/// What a page says of its transitions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageScenes {
    /// They were made by the library that also shows them in previews; else only published.
    pub by_library: bool,
    /// The library's accent colour, as the author wrote it.
    pub accent: Option<String>,
    /// In the page's order.
    pub transitions: Vec<PageTransition>,
}

/// One transition, and what is wrong with it.
#[derive(Debug, Clone, Deserialize)]
pub struct PageTransition {
    /// Times, shader and scenes.
    #[serde(flatten)]
    pub transition: Transition,
    /// Ids of its scenes that the page does not have.
    pub missing: Vec<String>,
}

/// A part of a transition's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScenePart {
    /// The page with the scene that goes, and without what lies above the scenes: what the seek
    /// leaves.
    From,
    /// The same with the scene that comes.
    To,
    /// Only what lies above the scenes, on nothing.
    Above,
    /// The same on black.
    AboveBlack,
    /// The same on white.
    AboveWhite,
}

impl ScenePart {
    /// Its name in the page's scripts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
            Self::Above | Self::AboveBlack | Self::AboveWhite => "above",
        }
    }

    fn call(self) -> &'static str {
        match self {
            Self::From => r#"__hfNativeScenes.show("from")"#,
            Self::To => r#"__hfNativeScenes.show("to")"#,
            Self::Above => r#"__hfNativeScenes.show("above")"#,
            Self::AboveBlack => r#"__hfNativeScenes.show("above", "black")"#,
            Self::AboveWhite => r#"__hfNativeScenes.show("above", "white")"#,
        }
    }
}

/// Asks a loaded page for its transitions.
///
/// # Errors
/// [`BrowserError`].
pub(super) async fn read_scenes(session: &PageSession) -> Result<PageScenes, BrowserError> {
    session.evaluate("__hfNativeScenes.list()").await
}

/// Leaves only `part` on a page that was sought to a frame of a transition.
///
/// # Errors
/// [`BrowserError`].
pub async fn show_part(session: &PageSession, part: ScenePart) -> Result<(), BrowserError> {
    session.evaluate::<bool>(part.call()).await.map(drop)
}
