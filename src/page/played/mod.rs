//! Pages that are played through to learn what only they know. Playing leaves state behind:
//! callbacks have run, and scenes have hidden themselves. So a page that is played is never
//! captured: [`PlayedPage`] is made of a [`ReadyPage`], and nothing is made of it.

mod media;
mod visibility;
mod volumes;

use crate::browser::PageSession;
pub use media::MediaLook;
pub use visibility::SeenClip;
pub use volumes::{AskedVolume, PlayedSpan, ScriptedVolume};

use super::open::ReadyPage;

/// The script that must run in a page before its own, so that its volumes can be read later.
pub(super) use volumes::KEEPER;

/// A page that may be sought to any time in any order, because no frame is captured from it.
#[derive(Debug)]
pub struct PlayedPage {
    session: PageSession,
}

impl From<ReadyPage> for PlayedPage {
    fn from(page: ReadyPage) -> Self {
        Self {
            session: page.session,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Scripts that take a page to other times than the one to be captured, by what they call.
    const SEEKS: [&str; 3] = ["rootSeek", "__hfNative.seek", "hf.seek("];

    #[test]
    fn only_played_pages_have_scripts_that_play() {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/scripts");
        let mut folders = vec![scripts];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                let is_driver = path.components().any(|part| part.as_os_str() == "driver");
                if path.is_dir() {
                    folders.push(path);
                } else if !name.starts_with("played_") && !is_driver {
                    let text = std::fs::read_to_string(&path).unwrap();
                    for seek in SEEKS {
                        assert!(!text.contains(seek), "{} calls {seek}", path.display());
                    }
                }
            }
        }
    }
}
