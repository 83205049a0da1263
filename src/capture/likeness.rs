//! Whether two pictures of a frame show the same thing, drawn by compositors that are not the same:
//! one draws on command and the other by itself.

use crate::pixels::FrameFormat;

/// Steps of 255 that gradients and edges may differ by: they are drawn in other tiles.
const STEP: u8 = 2;
/// One sample in so many may differ by more, where edges were drawn over what was there before.
const EDGES_ONE_IN: usize = 2000;
/// Steps of 255 that nothing but such edges may differ by.
const FAR: u8 = 16;
/// Samples that may differ by more.
const FAR_SAMPLES: usize = 16;

/// Compares raw pictures of one size and format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likeness {
    format: FrameFormat,
    /// Samples in a row of the first plane.
    row: usize,
}

impl Likeness {
    /// Of pictures `width` pixels wide.
    pub fn of(format: FrameFormat, width: usize) -> Self {
        let row = match format {
            FrameFormat::Rgba => width * 4,
            _ => width.next_multiple_of(2),
        };
        Self { format, row }
    }

    /// # Errors
    /// How the pictures differ, when they do.
    pub fn judge(self, screenshot: &[u8], captured: &[u8]) -> Result<(), String> {
        if screenshot == captured {
            return Ok(());
        }
        if screenshot.len() != captured.len() {
            return Err("they have different sizes".into());
        }
        let mut differences = Differences::default();
        match self.format {
            FrameFormat::Rgba => {
                let pixels = screenshot.chunks_exact(4).zip(captured.chunks_exact(4));
                for (pixel, (a, b)) in pixels.enumerate() {
                    for channel in 0..4 {
                        differences.note(pixel * 4 + channel, seen(a, channel), seen(b, channel));
                    }
                }
            }
            _ => {
                for (place, (a, b)) in screenshot.iter().zip(captured).enumerate() {
                    differences.note(place, *a, *b);
                }
            }
        }
        let Differences {
            edges,
            far,
            most,
            first,
        } = differences;
        if far <= FAR_SAMPLES && edges <= captured.len() / EDGES_ONE_IN {
            return Ok(());
        }
        let row = first / self.row;
        Err(format!(
            "{edges} samples differ by more than {STEP} of 255, {far} of them by more than {FAR}, one by {most}; the first is in row {row}"
        ))
    }
}

/// What a pixel of straight RGBA adds to what is behind it, or how much it hides of that.
fn seen(pixel: &[u8], channel: usize) -> u8 {
    let (value, alpha) = (u16::from(pixel[channel]), u16::from(pixel[3]));
    match channel {
        3 => pixel[3],
        // At most 255.
        _ => (value * alpha / 255) as u8,
    }
}

#[derive(Default)]
struct Differences {
    edges: usize,
    far: usize,
    most: u8,
    /// Place of the first.
    first: usize,
}

impl Differences {
    fn note(&mut self, place: usize, a: u8, b: u8) {
        let apart = a.abs_diff(b);
        if apart <= STEP {
            return;
        }
        if self.edges == 0 {
            self.first = place;
        }
        self.edges += 1;
        self.far += usize::from(apart > FAR);
        self.most = self.most.max(apart);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 200;

    fn judge(change: impl FnOnce(&mut Vec<u8>)) -> Result<(), String> {
        let likeness = Likeness::of(FrameFormat::Yuv420, SIDE);
        let one = vec![100; SIDE * SIDE * 3 / 2];
        let mut other = one.clone();
        change(&mut other);
        likeness.judge(&one, &other)
    }

    #[test]
    fn steps_of_gradients_and_single_edges_are_forgiven() {
        judge(|_| {}).unwrap();
        judge(|picture| picture.iter_mut().for_each(|sample| *sample += STEP)).unwrap();
        judge(|picture| picture[70..70 + FAR_SAMPLES].fill(200)).unwrap();
    }

    #[test]
    fn what_moved_or_faded_is_not() {
        let moved = judge(|picture| picture[205..206 + FAR_SAMPLES].fill(200));
        let text = moved.unwrap_err();
        assert!(
            text.contains("17 samples") && text.contains("row 1"),
            "{text}"
        );
        judge(|picture| picture.iter_mut().for_each(|sample| *sample += STEP + 1)).unwrap_err();
        let cut = judge(|picture| picture.truncate(10));
        assert!(cut.unwrap_err().contains("sizes"));
    }

    #[test]
    fn straight_colours_count_by_what_they_add() {
        let likeness = Likeness::of(FrameFormat::Rgba, SIDE);
        let picture = |pixel: [u8; 4]| pixel.repeat(SIDE * SIDE);
        let clear = picture([0, 0, 0, 0]);
        likeness.judge(&clear, &picture([200, 9, 3, 0])).unwrap();
        likeness
            .judge(&clear, &picture([200, 9, 3, 9]))
            .unwrap_err();
        let (dim, bright) = (picture([100, 0, 0, 16]), picture([116, 0, 0, 16]));
        likeness.judge(&dim, &bright).unwrap();
    }
}
