//! How the pages of a job are rastered, decided once by what its first frames cost.
//!
//! Chrome rasters a page in tiles of 256 pixels. Shadows that are turned, filters and blend modes are
//! computed again for every tile that they touch, so a page full of them is drawn faster in one tile
//! (docs/performance.md#raster). A light page is not: small tiles are drawn only where something
//! changed.

use tokio::sync::watch;

use crate::browser::Tiles;

/// Captures of the first worker that are looked at: not the first two, in which everything is new to
/// Chrome.
const LOOKED_AT: std::ops::RangeInclusive<u64> = 2..=3;
/// Milliseconds from which on a capture is heavy. Light pages take 10 to 30, pages full of shadows
/// and filters 200 to 900.
const HEAVY_MS: f64 = 100.0;
/// Other tiles need other browsers, whose start takes 1.5 s. The rest of the render must take so
/// many milliseconds, of which they save a third.
const WORTH_MS: f64 = 8000.0;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Raster {
    /// Nothing yet.
    Open,
    /// Chrome's own tiles.
    Light,
    /// One tile for the page, in browsers that start from now on: a capture takes so many
    /// milliseconds.
    Heavy(f64),
}

/// The decision, and the way to it. Clones share it.
#[derive(Debug, Clone)]
pub struct RasterChoice(watch::Sender<Raster>);

impl Default for RasterChoice {
    fn default() -> Self {
        Self(watch::Sender::new(Raster::Open))
    }
}

impl RasterChoice {
    /// What has been decided so far.
    pub fn get(&self) -> Raster {
        *self.0.borrow()
    }

    /// The tiles of browsers that start now.
    pub fn tiles(&self) -> Tiles {
        match self.get() {
            Raster::Heavy(_) => Tiles::WholePage,
            Raster::Open | Raster::Light => Tiles::Small,
        }
    }

    /// Waits for the decision.
    pub(super) async fn decided(&self) -> Raster {
        let mut changes = self.0.subscribe();
        let decided = changes.wait_for(|raster| *raster != Raster::Open).await;
        decided.map_or(Raster::Light, |raster| *raster)
    }

    /// Decides, unless that was done before.
    pub fn decide(&self, raster: Raster) {
        self.0.send_if_modified(|decided| {
            let is_open = *decided == Raster::Open;
            if is_open {
                *decided = raster;
            }
            is_open
        });
    }
}

/// What the first worker's captures cost.
#[derive(Debug, Default)]
pub(super) struct Looks(Vec<f64>);

impl Looks {
    /// Notes that capture `ordinal` took `ms`, with so many frames left; the decision, when it was
    /// the last one looked at.
    pub fn note(&mut self, ordinal: u64, ms: f64, frames_left: u64) -> Option<Raster> {
        if LOOKED_AT.contains(&ordinal) {
            self.0.push(ms);
        }
        if ordinal < *LOOKED_AT.end() {
            return None;
        }
        let least = self.0.iter().copied().reduce(f64::min).unwrap_or(0.0);
        let is_heavy = least >= HEAVY_MS && least * frames_left as f64 >= WORTH_MS;
        Some(if is_heavy {
            Raster::Heavy(least)
        } else {
            Raster::Light
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(ms: [f64; 4], frames_left: u64) -> Raster {
        let mut looks = Looks::default();
        let mut notes = ms.into_iter().enumerate();
        notes
            .find_map(|(ordinal, ms)| looks.note(ordinal as u64, ms, frames_left))
            .unwrap()
    }

    #[test]
    fn a_page_is_heavy_when_all_that_counts_is_and_enough_is_left() {
        assert_eq!(
            decision([900.0, 90.0, 300.0, 200.0], 100),
            Raster::Heavy(200.0)
        );
        assert_eq!(decision([900.0, 900.0, 300.0, 20.0], 100), Raster::Light);
        assert_eq!(decision([900.0, 90.0, 300.0, 200.0], 30), Raster::Light);
    }

    #[tokio::test]
    async fn what_is_decided_stays() {
        let choice = RasterChoice::default();
        assert_eq!(choice.tiles(), Tiles::Small);
        let waiting = tokio::spawn({
            let choice = choice.clone();
            async move { choice.decided().await }
        });
        choice.decide(Raster::Heavy(300.0));
        choice.decide(Raster::Light);
        assert_eq!(waiting.await.unwrap(), Raster::Heavy(300.0));
        assert_eq!(choice.tiles(), Tiles::WholePage);
    }
}
