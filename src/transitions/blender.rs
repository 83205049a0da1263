//! Drawing one blended frame with all threads of a pool.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::block::BLOCK;
use super::error::BlendError;
use super::fields::{FieldCache, fill_row};
use super::frame::{Picture, Shot};
use super::grid::Grid;
use super::shaders::{Band, Field, Kernel, Pixel, kernel};
use super::size::FrameSize;
use super::style::Look;

/// Rows that a thread takes at a time. It decides how well `cinematic-zoom` uses the caches; the
/// result does not depend on it.
const BAND_ROWS: usize = 16;

/// How a frame is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As in upstream: `f64`, every intermediate sample rounded. Tests compare the other form with
    /// it.
    Exact,
    /// The form in use: mostly `f32`, at most a few 16-bit steps off.
    Fast,
}

/// Threads and memory of a [`Blender`].
#[derive(Debug, Clone, Copy)]
pub struct BlenderOptions {
    /// Threads that draw; 0 means one per processor.
    pub threads: usize,
    /// The most bytes of noise fields to keep. A field that does not fit is computed again for
    /// every frame, which takes many times as long.
    pub cache_bytes: usize,
}

/// Threads and noise fields, shared by all frames of a process or a job.
#[derive(Debug)]
pub struct Blender {
    threads: ThreadPool,
    fields: FieldCache,
}

/// Two frames of samples and a buffer for a third, all of one size.
#[derive(Debug)]
pub struct Frames<'a> {
    /// The outgoing picture.
    pub from: &'a [u16],
    /// The incoming picture.
    pub to: &'a [u16],
    /// Overwritten completely; undefined after an error.
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

    /// Bytes of noise fields that are kept.
    pub fn cached_bytes(&self) -> usize {
        self.fields.bytes()
    }

    /// Draws `look`; its progress is clamped to 0 to 1. The result depends on neither threads nor
    /// processor. Returns when the frame is finished. Must not be called on a thread of this
    /// blender.
    ///
    /// # Errors
    /// [`BlendError::Length`], [`BlendError::Progress`]
    ///
    /// # Panics
    /// When a transition has a bug. The blender remains usable.
    pub fn blend(
        &self,
        look: Look,
        form: Form,
        frames: Frames<'_>,
        size: FrameSize,
    ) -> Result<(), BlendError> {
        let Look {
            transition,
            style,
            accents,
            progress,
        } = look;
        let grid = Grid::new(size, style);
        let shot = Shot {
            from: Picture::new("from", frames.from, grid)?,
            to: Picture::new("to", frames.to, grid)?,
            p: if progress.is_nan() {
                return Err(BlendError::Progress);
            } else {
                progress.clamp(0.0, 1.0)
            },
            colours: style.colours(accents),
        };
        size.check("out", frames.out.len())?;
        let kernel = kernel(transition);
        // The fast forms need a whole block and two rows.
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

    /// Distributes bands of rows to the threads.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;
    use crate::transitions::Transition;
    use proptest::prelude::*;

    fn samples(count: usize, seed: u32) -> Vec<u16> {
        noise(seed).map(|n| (n >> 16) as u16).take(count).collect()
    }

    fn blender(threads: usize, cache_bytes: usize) -> Blender {
        Blender::new(BlenderOptions {
            threads,
            cache_bytes,
        })
        .unwrap()
    }

    fn drawn(
        blender: &Blender,
        transition: Transition,
        form: Form,
        size: FrameSize,
        p: f64,
    ) -> Vec<u16> {
        let (from, to) = (samples(size.samples(), 1), samples(size.samples(), 2));
        let mut out = vec![0; size.samples()];
        let frames = Frames {
            from: &from,
            to: &to,
            out: &mut out,
        };
        blender
            .blend(Look::engine(transition, p), form, frames, size)
            .unwrap();
        out
    }

    #[test]
    fn neither_threads_nor_the_cache_change_a_byte() {
        let size = FrameSize::new(150, 70).unwrap();
        let blenders = [
            blender(1, 0),
            blender(1, 1 << 20),
            blender(2, 1 << 20),
            blender(5, 0),
        ];
        for transition in Transition::all() {
            for p in [0.0, 0.3, 1.0] {
                let draw = |b| drawn(b, transition, Form::Fast, size, p);
                let first = draw(&blenders[0]);
                for other in &blenders[1..] {
                    assert!(draw(other) == first, "{} at {p}", transition.name());
                }
            }
        }
    }

    #[test]
    fn the_ends_of_a_crossfade_are_its_inputs() {
        let size = FrameSize::new(100, 9).unwrap();
        for form in [Form::Exact, Form::Fast] {
            for name in [Transition::Crossfade, Transition::FlashThroughWhite] {
                let at = |p| drawn(&blender(2, 0), name, form, size, p);
                assert_eq!(at(0.0), samples(size.samples(), 1));
                assert_eq!(at(1.0), samples(size.samples(), 2));
                assert_eq!(at(-3.0), at(0.0));
                assert_eq!(at(f64::INFINITY), at(1.0));
            }
        }
    }

    #[test]
    fn bad_input_is_named() {
        let size = FrameSize::new(4, 2).unwrap();
        let (whole, short) = ([0; 24], [0; 23]);
        let blend = |from: &[u16], to: &[u16], out: &mut [u16], p| {
            let frames = Frames { from, to, out };
            let look = Look::engine(Transition::Glitch, p);
            blender(1, 0).blend(look, Form::Fast, frames, size)
        };
        let mut out = [0; 24];
        let error = blend(&short, &whole, &mut out, 0.5)
            .unwrap_err()
            .to_string();
        assert_eq!(error, "from has 46 bytes; a 4x2 rgb48 frame has 48");
        let error = blend(&whole, &short, &mut out, 0.5)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("to has 46 bytes"), "{error}");
        let error = blend(&whole, &whole, &mut out[1..], 0.5)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("out has 46 bytes"), "{error}");
        assert_eq!(
            blend(&whole, &whole, &mut out, f64::NAN),
            Err(BlendError::Progress)
        );
        for (width, height) in [(0, 5), (5, 0), (16_385, 1), (1, usize::MAX)] {
            assert!(matches!(
                FrameSize::new(width, height),
                Err(BlendError::Size { .. })
            ));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn no_size_and_no_progress_panics_and_fast_stays_close(
            width in prop_oneof![1usize..12, 60usize..200],
            height in 1usize..40,
            p in prop_oneof![Just(0.0), Just(1.0), 0.0..1.0, any::<f64>().prop_filter("a number", |p| !p.is_nan())],
            chosen in 0usize..15,
        ) {
            let transition = Transition::all().nth(chosen).unwrap();
            let size = FrameSize::new(width, height).unwrap();
            let blender = blender(2, 1 << 16);
            let exact = drawn(&blender, transition, Form::Exact, size, p);
            let fast = drawn(&blender, transition, Form::Fast, size, p);
            let off = |most| exact.iter().zip(&fast).filter(|(a, b)| a.abs_diff(**b) > most).count();
            if transition == Transition::Glitch {
                prop_assert!(off(32) <= 2 + exact.len() / 1000, "{} of {}", off(32), exact.len());
            } else {
                prop_assert_eq!(off(32), 0, "{} at {}", transition.name(), p);
            }
        }
    }
}
