//! The page's transitions between scenes, and the page in the passes of a transition's frame.

use serde::Deserialize;

use crate::browser::{BrowserError, PageSession};
use crate::composition::Transition;

/// The transitions of a page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageScenes {
    /// Upstream's transition library made them, which also draws them in previews; else the page
    /// published them itself.
    pub by_library: bool,
    /// The library's accent colour, CSS text as the author wrote it.
    pub accent: Option<String>,
    /// In the page's order.
    pub transitions: Vec<PageTransition>,
}

/// One transition, and which of its scenes the page lacks.
#[derive(Debug, Clone, Deserialize)]
pub struct PageTransition {
    /// Times, shader and scenes.
    #[serde(flatten)]
    pub transition: Transition,
    /// Ids of its scenes that the page does not have.
    pub missing: Vec<String>,
}

/// What one pass of a transition's frame shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScenePart {
    /// The page with the second scene, without what is painted above the scenes. The same with the
    /// first scene is what a seek leaves.
    To,
    /// Only what is painted above the scenes, without any background.
    Above,
    /// The same on black.
    AboveBlack,
    /// The same on white.
    AboveWhite,
}

impl ScenePart {
    /// Its name in the page script.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::To => "to",
            Self::Above | Self::AboveBlack | Self::AboveWhite => "above",
        }
    }

    fn call(self) -> &'static str {
        match self {
            Self::To => r#"__hfNativeScenes.show("to")"#,
            Self::Above => r#"__hfNativeScenes.show("above")"#,
            Self::AboveBlack => r#"__hfNativeScenes.show("above", "black")"#,
            Self::AboveWhite => r#"__hfNativeScenes.show("above", "white")"#,
        }
    }
}

/// Reads the transitions of a loaded page.
///
/// # Errors
/// [`BrowserError`].
pub(super) async fn read_scenes(session: &PageSession) -> Result<PageScenes, BrowserError> {
    session.evaluate("__hfNativeScenes.list()").await
}

/// Leaves only `part` on the page, which was sought to a frame of a transition.
///
/// # Errors
/// [`BrowserError`].
pub async fn show_part(session: &PageSession, part: ScenePart) -> Result<(), BrowserError> {
    session.evaluate::<bool>(part.call()).await.map(drop)
}
