//! Which of a page's transitions are blended, and in which output frames.

use crate::composition::{Fps, Transition as SceneTransition, TransitionTable};
use crate::page::PageScenes;
use crate::transitions::{Accents, Look, Named, Transition, TransitionStyle};

/// The transitions that are blended, and the frames that show them.
#[derive(Debug)]
pub(super) struct Windows {
    known: Vec<Known>,
    table: TransitionTable,
    style: TransitionStyle,
    accents: Accents,
    fps: Fps,
}

/// One transition of the page.
#[derive(Debug)]
struct Known {
    scenes: SceneTransition,
    transition: Transition,
}

impl Windows {
    /// Picks what is blended out of what a page says, in a render of `total` frames; `style` is the
    /// one asked for. The texts say what is given up on, for the log.
    ///
    /// # Errors
    /// The table's, for renders that are too long for one.
    pub fn of(
        page: &PageScenes,
        style: TransitionStyle,
        fps: Fps,
        total: u64,
    ) -> Result<(Self, Vec<String>), crate::composition::TooManyFrames> {
        let mut notes = Vec::new();
        let mut known = Vec::new();
        // Without the library, previews show the page as it is, and so does upstream's default.
        let shown = page.by_library || style == TransitionStyle::Engine;
        for (index, found) in page.transitions.iter().enumerate().filter(|_| shown) {
            let name = found.transition.shader.as_deref();
            if !found.missing.is_empty() {
                notes.push(format!(
                    "transition {index} is not shown: the page has no element with the id {}",
                    found.missing.join(", ")
                ));
                continue;
            }
            // The library fades such scenes by itself.
            if name.is_none() && page.by_library {
                continue;
            }
            let named = Transition::named(name.unwrap_or_default());
            if named == Named::Unknown {
                notes.push(format!(
                    "transition {index}: there is no shader \"{}\"; it is a crossfade",
                    name.unwrap_or_default()
                ));
            }
            known.push(Known {
                scenes: found.transition.clone(),
                transition: named.transition(),
            });
        }
        let scenes: Vec<_> = known.iter().map(|known| known.scenes.clone()).collect();
        let table = TransitionTable::new(&scenes, fps, total)?;
        for (index, why) in table.ignored() {
            let SceneTransition {
                from_scene,
                to_scene,
                time,
                ..
            } = &scenes[*index];
            notes.push(format!(
                "the transition from {from_scene} to {to_scene} at {time} s is not shown: {why}"
            ));
        }
        let windows = Self {
            known,
            table,
            style,
            accents: page
                .accent
                .as_deref()
                .map_or_else(Accents::default, Accents::of_hex),
            fps,
        };
        Ok((windows, notes))
    }

    /// Ids of the scene that goes and the one that comes, where `frame` shows a transition.
    pub fn scenes(&self, frame: u64) -> Option<[&str; 2]> {
        let known = &self.known[self.table.at(frame)?.index].scenes;
        Some([&known.from_scene, &known.to_scene])
    }

    /// How `frame` is blended, where it shows a transition.
    pub fn look(&self, frame: u64) -> Option<Look> {
        let at = self.table.at(frame)?;
        let Known { scenes, transition } = &self.known[at.index];
        let progress = match self.style {
            TransitionStyle::Engine => at.progress,
            // By the clock, as previews count.
            TransitionStyle::Preview => {
                let past = self.fps.time_of(frame) - scenes.time;
                (past / scenes.duration).clamp(0.0, 1.0)
            }
        };
        Some(Look {
            transition: *transition,
            style: self.style,
            accents: self.accents,
            progress,
        })
    }
}
