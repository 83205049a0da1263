//! BGRA to YUV 4:2:0, BT.709 limited range, as the encoder's filter chain computes it. Luma is
//! computed per pixel. Chroma is computed from the mean of two neighbours in one row, the row that
//! swscale's `neighbor` flag picks (found by comparing with ffmpeg 5.1, see the test).

use multiversion::multiversion;

/// Fraction bits of the luma coefficients.
const LUMA_SHIFT: u32 = 16;
/// Chroma has one bit more, because it sums two pixels.
const CHROMA_SHIFT: u32 = 17;
/// BT.709: (0.2126, 0.7152, 0.0722) x 219/255, scaled by 2^16.
const LUMA: [i32; 3] = [11966, 40254, 4064];
/// BT.709 Cb: (B - Y) / 1.8556 x 224/255, scaled by 2^16; sums to 0 so that grey stays grey.
const CB: [i32; 3] = [-6596, -22188, 28784];
/// BT.709 Cr: (R - Y) / 1.5748 x 224/255, scaled by 2^16; sums to 0.
const CR: [i32; 3] = [28784, -26145, -2639];
const LUMA_OFFSET: i32 = (16 << LUMA_SHIFT) + (1 << (LUMA_SHIFT - 1));
const CHROMA_OFFSET: i32 = (128 << CHROMA_SHIFT) + (1 << (CHROMA_SHIFT - 1));
/// Luma and chroma of black.
const BLACK: u8 = 16;
const NEUTRAL: u8 = 128;

/// Layout of one YUV 4:2:0 frame made from a picture of any size. When a side is odd, its last
/// column or row is dropped and two black ones are added. Upstream's `pad` filter does the same: it
/// rounds the size of its input down to whole chroma samples, and its own size up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yuv420Size {
    /// Picture width, pixels.
    pub width: usize,
    /// Picture height, pixels.
    pub height: usize,
}

impl Yuv420Size {
    /// Width of the luma plane: even.
    pub fn padded_width(self) -> usize {
        self.width.next_multiple_of(2)
    }

    /// Height of the luma plane: even.
    pub fn padded_height(self) -> usize {
        self.height.next_multiple_of(2)
    }

    /// Bytes of the frame: the planes Y, U and V.
    pub fn bytes(self) -> usize {
        self.padded_width() * self.padded_height() * 3 / 2
    }

    fn kept(self) -> (usize, usize) {
        (self.width & !1, self.height & !1)
    }

    /// The picture row that chroma row `y` is computed from: swscale's nearest neighbour in 16.16
    /// fixed point, `floor((y + 1/2) x height / chroma height)`. For even heights it is the lower
    /// row of each pair.
    fn chroma_line(self, y: usize) -> usize {
        let chroma_height = self.padded_height() / 2;
        let step = ((self.height << 16) + chroma_height / 2) / chroma_height;
        (step / 2 + y * step) >> 16
    }

    /// Makes the padding of a frame black, which [`bgra_rows_to_yuv420`] does not write.
    pub fn blacken_padding(self, frame: &mut [u8]) {
        let (kept_width, kept_height) = self.kept();
        let (width, height) = (self.padded_width(), self.padded_height());
        let (luma, chroma) = frame.split_at_mut(width * height);
        let blacken = |plane: &mut [u8], width: usize, kept: (usize, usize), black: u8| {
            for (line, row) in plane.chunks_exact_mut(width).enumerate() {
                row[if line < kept.1 { kept.0 } else { 0 }..].fill(black);
            }
        };
        blacken(luma, width, (kept_width, kept_height), BLACK);
        for plane in chroma.chunks_exact_mut(width * height / 4) {
            blacken(plane, width / 2, (kept_width / 2, kept_height / 2), NEUTRAL);
        }
    }
}

/// Converts rows `first_row..` of a picture, given as tightly packed BGRA, into `frame`, which
/// has `size.bytes()` bytes.
///
/// # Panics
/// When `frame` or the rows do not fit `size`.
pub fn bgra_rows_to_yuv420(rows: &[u8], first_row: usize, size: Yuv420Size, frame: &mut [u8]) {
    Yuv420Rows::of(size, frame).convert(rows, first_row);
}

/// The part of a frame that is made of some rows of the picture, to be written by a thread of its own.
pub struct Yuv420Rows<'a> {
    size: Yuv420Size,
    /// The first row of each plane.
    first_luma: usize,
    first_chroma: usize,
    luma: &'a mut [u8],
    cb: &'a mut [u8],
    cr: &'a mut [u8],
}

impl<'a> Yuv420Rows<'a> {
    /// All rows of `frame`, which has `size.bytes()` bytes.
    ///
    /// # Panics
    /// When it has less.
    pub fn of(size: Yuv420Size, frame: &'a mut [u8]) -> Self {
        let luma_size = size.padded_width() * size.padded_height();
        let (luma, chroma) = frame.split_at_mut(luma_size);
        let (cb, cr) = chroma.split_at_mut(luma_size / 4);
        Self {
            size,
            first_luma: 0,
            first_chroma: 0,
            luma,
            cb,
            cr,
        }
    }

    /// What is made of the picture's rows before `row`, and of those from there on.
    ///
    /// # Panics
    /// When `row` lies outside of these rows.
    pub fn split(self, row: usize) -> (Self, Self) {
        let size = self.size;
        let chroma_row = (0..size.padded_height() / 2)
            .take_while(|y| size.chroma_line(*y) < row)
            .count();
        let width = size.padded_width();
        let luma = self.luma.split_at_mut((row - self.first_luma) * width);
        let at = (chroma_row - self.first_chroma) * (width / 2);
        let (cb, cr) = (self.cb.split_at_mut(at), self.cr.split_at_mut(at));
        let before = Self {
            luma: luma.0,
            cb: cb.0,
            cr: cr.0,
            ..self
        };
        let after = Self {
            size,
            first_luma: row,
            first_chroma: chroma_row,
            luma: luma.1,
            cb: cb.1,
            cr: cr.1,
        };
        (before, after)
    }

    /// Converts rows `first_row..` of the picture, given as tightly packed BGRA.
    ///
    /// # Panics
    /// When they are not among these rows.
    pub fn convert(&mut self, rows: &[u8], first_row: usize) {
        let size = self.size;
        let stride = size.width * 4;
        assert!(first_row + rows.len() / stride <= size.height);
        let (width, height) = size.kept();
        let (luma_width, chroma_width) = (size.padded_width(), size.padded_width() / 2);
        for (line, row) in (first_row..height).zip(rows.chunks_exact(stride)) {
            let row = &row[..width * 4];
            let at = (line - self.first_luma) * luma_width;
            luma_row(row, &mut self.luma[at..][..width]);
            let candidates = line / 2..=line.div_ceil(2);
            for y in candidates.filter(|y| *y < height / 2 && size.chroma_line(*y) == line) {
                let at = (y - self.first_chroma) * chroma_width;
                let (cb, cr) = (&mut self.cb[at..], &mut self.cr[at..]);
                chroma_row(row, &mut cb[..width / 2], &mut cr[..width / 2]);
            }
        }
    }
}

// Compiled for each instruction set and chosen at run time: with AVX2 both are four times as fast.
#[multiversion(targets = "simd")]
fn luma_row(row: &[u8], out: &mut [u8]) {
    for (pixel, y) in row.chunks_exact(4).zip(out) {
        let [b, g, r] = [
            i32::from(pixel[0]),
            i32::from(pixel[1]),
            i32::from(pixel[2]),
        ];
        *y = ((LUMA[0] * r + LUMA[1] * g + LUMA[2] * b + LUMA_OFFSET) >> LUMA_SHIFT) as u8;
    }
}

#[multiversion(targets = "simd")]
fn chroma_row(row: &[u8], cb: &mut [u8], cr: &mut [u8]) {
    let chroma = |b: i32, g: i32, r: i32, k: [i32; 3]| {
        ((k[0] * r + k[1] * g + k[2] * b + CHROMA_OFFSET) >> CHROMA_SHIFT) as u8
    };
    for ((pair, cb), cr) in row.chunks_exact(8).zip(cb).zip(cr) {
        let sum = |at: usize| i32::from(pair[at]) + i32::from(pair[at + 4]);
        let (b, g, r) = (sum(0), sum(1), sum(2));
        *cb = chroma(b, g, r, CB);
        *cr = chroma(b, g, r, CR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;
    use proptest::prelude::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    fn convert(pixels: &[u8], width: usize, height: usize, strip: usize) -> Vec<u8> {
        let size = Yuv420Size { width, height };
        let mut frame = vec![0xEE; size.bytes()];
        size.blacken_padding(&mut frame);
        for (index, rows) in pixels.chunks(strip * width * 4).enumerate() {
            bgra_rows_to_yuv420(rows, index * strip, size, &mut frame);
        }
        frame
    }

    proptest! {
        #[test]
        fn halves_make_the_same_frame(
            (width, height) in (1usize..20, 1usize..24),
            at in 0usize..24,
        ) {
            let at = at.min(height);
            let pixels = coloured(width, height);
            let size = Yuv420Size { width, height };
            let mut frame = vec![0xEE; size.bytes()];
            size.blacken_padding(&mut frame);
            let (mut upper, mut lower) = Yuv420Rows::of(size, &mut frame).split(at);
            let (first, second) = pixels.split_at(at * width * 4);
            lower.convert(second, at);
            upper.convert(first, 0);
            prop_assert_eq!(frame, convert(&pixels, width, height, height));
        }
    }

    /// The filter chain of the reference lane, fed with the same pixels.
    fn ffmpeg(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
        let mut child = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "rawvideo", "-pix_fmt", "bgra", "-s"])
            .arg(format!("{width}x{height}"))
            .args(["-i", "-", "-vf"])
            .arg("format=gbrp,scale=out_color_matrix=bt709:out_range=tv:flags=neighbor,pad=ceil(iw/2)*2:ceil(ih/2)*2")
            .args(["-pix_fmt", "yuv420p", "-f", "rawvideo", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(pixels).unwrap();
        child.wait_with_output().unwrap().stdout
    }

    /// Opaque pixels of random colours.
    fn coloured(width: usize, height: usize) -> Vec<u8> {
        noise(0x9E37_79B9)
            .take(width * height * 4)
            .enumerate()
            .map(|(index, n)| if index % 4 == 3 { 255 } else { (n >> 24) as u8 })
            .collect()
    }

    #[test]
    fn every_sample_is_within_one_of_ffmpegs() {
        for (width, height) in [(64, 48), (33, 17), (66, 31), (35, 20)] {
            let pixels = coloured(width, height);
            let (ours, theirs) = (
                convert(&pixels, width, height, 16),
                ffmpeg(&pixels, width, height),
            );
            assert_eq!(ours.len(), theirs.len(), "{width}x{height}");
            let worst = ours
                .iter()
                .zip(&theirs)
                .enumerate()
                .max_by_key(|(_, (a, b))| a.abs_diff(**b));
            let (at, (a, b)) = worst.unwrap();
            assert!(
                a.abs_diff(*b) <= 1,
                "{width}x{height}: sample {at}: {a} against {b}"
            );
        }
    }

    #[test]
    fn greys_have_no_colour() {
        for grey in 0..=255u8 {
            let frame = convert(&[grey, grey, grey, 255].repeat(4), 2, 2, 2);
            assert_eq!(frame[4..], [128, 128], "{grey}");
        }
    }

    proptest! {
        #[test]
        fn strips_do_not_matter(width in 1usize..24, height in 1usize..24, strip in 1usize..6) {
            let pixels = coloured(width, height);
            prop_assert_eq!(
                convert(&pixels, width, height, strip * 2),
                convert(&pixels, width, height, height.next_multiple_of(2))
            );
        }
    }
}
