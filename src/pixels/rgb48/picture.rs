//! Pictures of 16 bits a channel: red, green and blue in turn, native byte order, rows from top
//! to bottom without gaps.

use super::error::Rgb48Error;
use crate::pixels::MAX_SIDE;

/// Samples a pixel.
pub(super) const CHANNELS: usize = 3;

/// A picture that owns its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    samples: Vec<u16>,
    width: usize,
    height: usize,
}

/// A picture to read.
#[derive(Debug, Clone, Copy)]
pub struct Rgb48<'a> {
    samples: &'a [u16],
    width: usize,
    height: usize,
}

/// A picture to draw on.
#[derive(Debug)]
pub struct Rgb48Mut<'a> {
    samples: &'a mut [u16],
    width: usize,
    height: usize,
}

impl Picture {
    /// A black picture.
    ///
    /// # Errors
    /// [`Rgb48Error::TooLarge`] when a side is longer than [`MAX_SIDE`] pixels, and
    /// [`Rgb48Error::NoMemory`]. A buffer for the largest has 1.6 GB: callers with less to spend
    /// ask first.
    pub fn black(width: usize, height: usize) -> Result<Self, Rgb48Error> {
        if width.max(height) > MAX_SIDE {
            return Err(Rgb48Error::TooLarge {
                width,
                height,
                most: MAX_SIDE,
            });
        }
        let length = width * height * CHANNELS;
        let mut samples = Vec::new();
        samples
            .try_reserve_exact(length)
            .map_err(|_| Rgb48Error::NoMemory { width, height })?;
        samples.resize(length, 0);
        Ok(Self {
            samples,
            width,
            height,
        })
    }

    /// A picture of samples that are there already.
    ///
    /// # Errors
    /// [`Rgb48Error::Length`] when there are not `width * height * 3` of them.
    pub fn of(samples: Vec<u16>, width: usize, height: usize) -> Result<Self, Rgb48Error> {
        check_length(samples.len(), width, height, CHANNELS)?;
        Ok(Self {
            samples,
            width,
            height,
        })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The samples, row by row.
    pub fn samples(&self) -> &[u16] {
        &self.samples
    }

    /// The samples, kept.
    pub fn into_samples(self) -> Vec<u16> {
        self.samples
    }

    /// The samples, to be converted in place.
    pub fn samples_mut(&mut self) -> &mut [u16] {
        &mut self.samples
    }

    /// The picture, to read.
    pub fn view(&self) -> Rgb48<'_> {
        Rgb48 {
            samples: &self.samples,
            width: self.width,
            height: self.height,
        }
    }

    /// The picture, to draw on.
    pub fn canvas(&mut self) -> Rgb48Mut<'_> {
        Rgb48Mut {
            samples: &mut self.samples,
            width: self.width,
            height: self.height,
        }
    }
}

impl<'a> Rgb48<'a> {
    /// A picture of `samples`.
    ///
    /// # Errors
    /// [`Rgb48Error::Length`] when there are not `width * height * 3` of them.
    pub fn new(samples: &'a [u16], width: usize, height: usize) -> Result<Self, Rgb48Error> {
        check_length(samples.len(), width, height, CHANNELS)?;
        Ok(Self {
            samples,
            width,
            height,
        })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Pixel (`x`, `y`) of a picture that is not empty, its right neighbour, and those below them;
    /// at the edges and beyond them, the pixels there again. Each with a fourth number nobody looks at: four
    /// are a vector, three are not.
    #[inline(always)]
    pub(super) fn square(&self, x: usize, y: usize) -> [[u16; 4]; 4] {
        let stride = self.width * CHANNELS;
        let at = y * stride + x * CHANNELS;
        let pair = |at: usize| self.samples.get(at..)?.first_chunk::<7>();
        if x + 1 < self.width
            && y + 1 < self.height
            && let (Some(upper), Some(lower)) = (pair(at), pair(at + stride))
        {
            let [a, b, c, d, e, f, g] = *upper;
            let [h, i, j, k, l, m, n] = *lower;
            return [[a, b, c, d], [d, e, f, g], [h, i, j, k], [k, l, m, n]];
        }
        self.square_at_edge(x, y)
    }

    #[cold]
    fn square_at_edge(&self, x: usize, y: usize) -> [[u16; 4]; 4] {
        [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| {
            let row = self.row((y + dy).min(self.height - 1));
            let at = (x + dx).min(self.width - 1) * CHANNELS;
            [row[at], row[at + 1], row[at + 2], 0]
        })
    }

    /// Row `y`, which must be less than the height.
    pub(super) fn row(&self, y: usize) -> &'a [u16] {
        let stride = self.width * CHANNELS;
        &self.samples[y * stride..][..stride]
    }
}

impl<'a> Rgb48Mut<'a> {
    /// A picture of `samples`.
    ///
    /// # Errors
    /// [`Rgb48Error::Length`] when there are not `width * height * 3` of them.
    pub fn new(samples: &'a mut [u16], width: usize, height: usize) -> Result<Self, Rgb48Error> {
        check_length(samples.len(), width, height, CHANNELS)?;
        Ok(Self {
            samples,
            width,
            height,
        })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    pub(super) fn samples_mut(&mut self) -> &mut [u16] {
        self.samples
    }
}

/// Checks that `got` samples make a picture.
///
/// # Errors
/// [`Rgb48Error::Length`].
pub(super) fn check_length(
    got: usize,
    width: usize,
    height: usize,
    channels: usize,
) -> Result<(), Rgb48Error> {
    let pixels = width.checked_mul(height);
    let expected = pixels.and_then(|pixels| pixels.checked_mul(channels));
    if expected == Some(got) {
        return Ok(());
    }
    Err(Rgb48Error::Length {
        width,
        height,
        channels,
        expected: expected.unwrap_or(usize::MAX),
        got,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_of_another_length_are_refused_with_figures() {
        let text = Rgb48::new(&[0; 11], 2, 2).unwrap_err().to_string();
        assert!(text.contains("12") && text.contains("11"), "{text}");
        assert!(Rgb48Mut::new(&mut [0; 13], 2, 2).is_err());
        assert!(Picture::of(vec![0; 12], usize::MAX, usize::MAX).is_err());
        assert!(Rgb48::new(&[], 0, 7).is_ok());
    }

    #[test]
    fn a_picture_larger_than_any_canvas_is_not_made() {
        let refused = Picture::black(usize::MAX, 2).unwrap_err();
        assert!(matches!(refused, Rgb48Error::TooLarge { most: 16_384, .. }));
        assert_eq!(Picture::black(0, 16_384).unwrap().size(), (0, 16_384));
    }
}
