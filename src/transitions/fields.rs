//! The parts of transitions that do not depend on progress, kept per transition and grid.

use std::sync::{Arc, Mutex, OnceLock};

use rayon::prelude::*;

use super::grid::Grid;
use super::noise::Noise;
use super::shaders::Field;
use super::transition::Transition;
use crate::sync::IgnorePoison;

/// Values of a [`Field`] for every pixel of a frame: row after row, plane after plane in each.
type Values = Arc<OnceLock<Vec<f32>>>;

/// Fields under a byte budget, those least recently used out first.
#[derive(Debug)]
pub(super) struct FieldCache {
    budget: usize,
    /// The most recently used last.
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    transition: Transition,
    grid: Grid,
    bytes: usize,
    values: Values,
}

impl FieldCache {
    pub fn new(budget: usize) -> Self {
        Self {
            budget,
            entries: Mutex::default(),
        }
    }

    /// Bytes of the fields held.
    pub fn bytes(&self) -> usize {
        let entries = self.entries.lock().ignore_poison();
        entries.iter().map(|entry| entry.bytes).sum()
    }

    /// The values of `field`, computed on `threads` by whoever asks first; nothing where they do
    /// not fit the budget beside what is in use. Must not be called on one of `threads`: it waits
    /// for them.
    pub fn values(
        &self,
        transition: Transition,
        field: Field,
        grid: Grid,
        threads: &rayon::ThreadPool,
    ) -> Option<Values> {
        let values = self.slot(transition, field, grid)?;
        values.get_or_init(|| {
            let size = grid.size();
            let per_row = size.width() * field.planes;
            let mut all = vec![0.0; per_row * size.height()];
            threads.install(|| {
                let rows = all.par_chunks_mut(per_row).enumerate();
                rows.for_each(|(y, row)| fill_row(field, grid, y, row));
            });
            all
        });
        Some(values)
    }

    fn slot(&self, transition: Transition, field: Field, grid: Grid) -> Option<Values> {
        let mut entries = self.entries.lock().ignore_poison();
        let same = |entry: &Entry| entry.transition == transition && entry.grid == grid;
        if let Some(at) = entries.iter().position(same) {
            let entry = entries.remove(at);
            let values = Arc::clone(&entry.values);
            entries.push(entry);
            return Some(values);
        }
        let size = grid.size();
        let bytes = size.width() * size.height() * field.planes * size_of::<f32>();
        let held: usize = entries.iter().map(|entry| entry.bytes).sum();
        let mut excess = (held + bytes).saturating_sub(self.budget);
        let unused = |entry: &Entry| Arc::strong_count(&entry.values) == 1;
        let free: usize = entries
            .iter()
            .filter(|entry| unused(entry))
            .map(|e| e.bytes)
            .sum();
        if excess > free {
            return None;
        }
        entries.retain(|entry| {
            let goes = excess > 0 && unused(entry);
            excess = excess.saturating_sub(if goes { entry.bytes } else { 0 });
            !goes
        });
        let values = Values::default();
        entries.push(Entry {
            transition,
            grid,
            bytes,
            values: Arc::clone(&values),
        });
        Some(values)
    }
}

/// Computes row `y` of a field.
pub(super) fn fill_row(field: Field, grid: Grid, y: usize, row: &mut [f32]) {
    let width = grid.size().width();
    let noise = Noise::of(grid.style());
    for x in 0..width {
        let values = (field.at)(noise, grid.u(x), grid.v(y));
        for (plane, value) in values.into_iter().take(field.planes).enumerate() {
            row[plane * width + x] = value as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transitions::size::FrameSize;
    use crate::transitions::style::TransitionStyle;

    const FIELD: Field = Field {
        planes: 2,
        at: |_, u, v| [u, v, 0.0],
    };

    #[test]
    fn fields_stay_within_the_budget_and_those_in_use_stay() {
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        let grid = |width| Grid::new(FrameSize::new(width, 10).unwrap(), TransitionStyle::Engine);
        let cache = FieldCache::new(3 * 10 * 10 * 2 * 4);
        let ask = |transition, width| cache.values(transition, FIELD, grid(width), &threads);
        let first = ask(Transition::DomainWarp, 10).unwrap();
        assert_eq!(
            first.get().unwrap()[..],
            *ask(Transition::DomainWarp, 10).unwrap().get().unwrap()
        );
        assert_eq!(first.get().unwrap()[1], 0.1);
        assert_eq!(cache.bytes(), 800);
        drop(ask(Transition::SwirlVortex, 20).unwrap());
        assert_eq!(cache.bytes(), 2400);
        // The second makes room; the first is in use, and so the last finds none.
        drop(ask(Transition::RidgedBurn, 20).unwrap());
        assert_eq!(cache.bytes(), 2400);
        assert!(ask(Transition::CrossWarpMorph, 30).is_none());
        drop(first);
        assert!(ask(Transition::CrossWarpMorph, 30).is_some());
        assert_eq!(cache.bytes(), 2400);
        assert!(ask(Transition::CrossWarpMorph, 31).is_none());
    }
}
