//! Draws one blended frame with all threads of a pool.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::error::BlendError;
use super::fields::{FieldCache, fill_row};
use super::frame::{FrameSize, Picture, Shot};
use super::grid::Grid;
use super::sample::BLOCK;
use super::style::Style;
use super::transition::Transition;
use super::transitions::{Band, Field, Kernel, Pixel, kernel};

/// Rows that a thread takes at a time. Part of how `cinematic-zoom` uses its caches; no byte
/// depends on it.
const BAND_ROWS: usize = 16;

/// How a frame is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As upstream: `f64`, every intermediate sample rounded. The measure of the other.
    Exact,
    /// What ships: `f32` where it does no harm, at most a few sixteen-bit steps off.
    Fast,
}

/// Threads and memory of a [`Blender`].
#[derive(Debug, Clone, Copy)]
pub struct BlenderOptions {
    /// Threads that draw; 0 takes as many as there are processors.
    pub threads: usize,
    /// Most bytes of noise fields that are kept. A field that does not fit is computed for every
    /// frame anew, which takes many times as long.
    pub cache_bytes: usize,
}

/// Threads and noise fields, shared by all frames of a process or a job.
#[derive(Debug)]
pub struct Blender {
    threads: ThreadPool,
    fields: FieldCache,
}

/// Two frames of samples and the room for a third, all of one size.
#[derive(Debug)]
pub struct Frames<'a> {
    /// The outgoing picture.
    pub from: &'a [u16],
    /// The incoming picture.
    pub to: &'a [u16],
    /// Overwritten whole; arbitrary after an error.
    pub out: &'a mut [u16],
}

impl Blender {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`BlendError::Threads`]
    pub fn new(options: BlenderOptions) -> Result<Self, BlendError> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .thread_name(|n| format!("hf-blend-{n}"))
            .build()
            .map_err(|error| BlendError::Threads(error.to_string()))?;
        Ok(Self {
            threads,
            fields: FieldCache::new(options.cache_bytes),
        })
    }

    /// Threads that draw.
    pub fn threads(&self) -> usize {
        self.threads.current_num_threads()
    }

    /// Bytes of noise fields held.
    pub fn cached_bytes(&self) -> usize {
        self.fields.bytes()
    }

    /// Draws `transition` at `progress`, which is clamped to 0 to 1. The bytes depend on neither
    /// threads nor processor. Returns when the frame is there; must not be called on a thread of
    /// this blender.
    ///
    /// # Errors
    /// [`BlendError::Length`], [`BlendError::Progress`]
    ///
    /// # Panics
    /// Only by a bug in a transition; the blender remains usable.
    pub fn blend(
        &self,
        transition: Transition,
        style: Style,
        form: Form,
        frames: Frames<'_>,
        size: FrameSize,
        progress: f64,
    ) -> Result<(), BlendError> {
        let grid = Grid::new(size, style.convention());
        let shot = Shot {
            from: Picture::new("from", frames.from, grid)?,
            to: Picture::new("to", frames.to, grid)?,
            p: if progress.is_nan() {
                return Err(BlendError::Progress);
            } else {
                progress.clamp(0.0, 1.0)
            },
            colours: style.colours(),
        };
        size.check("out", frames.out.len())?;
        let kernel = kernel(transition);
        // The fast forms work on blocks and on pairs of rows.
        if form == Form::Exact || size.width() < BLOCK || size.height() < 2 {
            self.draw(size, frames.out, |y, rows| {
                exact_rows(&kernel, &shot, y, rows)
            });
            return Ok(());
        }
        let field = kernel.field;
        let cached =
            field.and_then(|field| self.fields.values(transition, field, grid, &self.threads));
        let cached = cached.as_ref().and_then(|values| values.get());
        self.draw(size, frames.out, |y, rows| {
            let computed: Vec<f32>;
            let count = rows.len() / size.stride();
            let field = match (field, cached) {
                (None, _) => &[][..],
                (Some(field), Some(all)) => {
                    let per_row = size.width() * field.planes;
                    &all[y * per_row..(y + count) * per_row]
                }
                (Some(field), None) => {
                    computed = field_rows(field, grid, y, count);
                    &computed
                }
            };
            (kernel.fast)(&shot, Band { y, rows, field });
        });
        Ok(())
    }

    /// Hands bands of rows to the threads.
    fn draw(&self, size: FrameSize, out: &mut [u16], band: impl Fn(usize, &mut [u16]) + Sync) {
        self.threads.install(|| {
            let bands = out.par_chunks_mut(BAND_ROWS * size.stride()).enumerate();
            bands.for_each(|(n, rows)| band(n * BAND_ROWS, rows));
        });
    }
}

fn exact_rows(kernel: &Kernel, shot: &Shot<'_>, first: usize, rows: &mut [u16]) {
    let size = shot.size();
    for (n, row) in rows.chunks_exact_mut(size.stride()).enumerate() {
        for (x, out) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let pixel = Pixel::of(shot.grid(), x, first + n);
            *out = (kernel.exact)(shot, &pixel).map(|value| value as u16);
        }
    }
}

fn field_rows(field: Field, grid: Grid, first: usize, count: usize) -> Vec<f32> {
    let per_row = grid.size().width() * field.planes;
    let mut rows = vec![0.0; per_row * count];
    for (n, row) in rows.chunks_exact_mut(per_row).enumerate() {
        fill_row(field, grid, first + n, row);
    }
    rows
}
