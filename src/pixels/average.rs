//! The average of several pictures, in their own values or in light.

use std::sync::LazyLock;

/// Sums of pictures of straight RGBA: colours multiplied by their alpha, and alpha.
#[derive(Debug)]
pub struct PictureSum {
    sums: Vec<f32>,
    count: u32,
    is_linear: bool,
}

/// Light of an sRGB value, 0 to 1.
static LIGHT: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|value| {
        let signal = value as f64 / 255.0;
        let light = if signal <= 0.04045 {
            signal / 12.92
        } else {
            ((signal + 0.055) / 1.055).powf(2.4)
        };
        light as f32
    })
});

/// Steps of light in the table back to values: fine enough for the darkest ones.
const LIGHT_STEPS: usize = 1 << 14;

/// sRGB values of light, rounded.
static VALUE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let value = |step: usize| {
        let light = step as f64 / LIGHT_STEPS as f64;
        let signal = if light <= 0.003_130_8 {
            light * 12.92
        } else {
            1.055 * light.powf(1.0 / 2.4) - 0.055
        };
        (signal * 255.0).round().clamp(0.0, 255.0) as u8
    };
    (0..=LIGHT_STEPS).map(value).collect()
});

impl PictureSum {
    /// Of no pictures yet, of `bytes` bytes each; `is_linear` averages light instead of values.
    pub fn new(bytes: usize, is_linear: bool) -> Self {
        Self {
            sums: vec![0.0; bytes],
            count: 0,
            is_linear,
        }
    }

    /// Adds a picture; of one of another size only as much as both have.
    pub fn add(&mut self, rgba: &[u8]) {
        let light = self.is_linear.then(|| &*LIGHT);
        for (sum, pixel) in self.sums.chunks_exact_mut(4).zip(rgba.chunks_exact(4)) {
            let alpha = f32::from(pixel[3]) / 255.0;
            for k in 0..3 {
                let value = match light {
                    Some(table) => table[usize::from(pixel[k])],
                    None => f32::from(pixel[k]),
                };
                sum[k] += value * alpha;
            }
            sum[3] += alpha;
        }
        self.count += 1;
    }

    /// The average, straight RGBA.
    pub fn average(&self) -> Vec<u8> {
        let mut out = vec![0; self.sums.len()];
        let count = self.count.max(1) as f32;
        let values = self.is_linear.then(|| &*VALUE);
        for (pixel, sum) in out.chunks_exact_mut(4).zip(self.sums.chunks_exact(4)) {
            let alpha = sum[3];
            pixel[3] = (alpha / count * 255.0).round() as u8;
            if alpha == 0.0 {
                continue;
            }
            for k in 0..3 {
                let mean = sum[k] / alpha;
                pixel[k] = match values {
                    Some(table) => {
                        let step = (mean * LIGHT_STEPS as f32).round() as usize;
                        table[step.min(LIGHT_STEPS)]
                    }
                    None => mean.round() as u8,
                };
            }
        }
        out
    }
}

/// Mean difference of two pictures' bytes.
pub fn mean_difference(one: &[u8], other: &[u8]) -> f64 {
    let sum: u64 = one
        .iter()
        .zip(other)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / one.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn average(pictures: &[[u8; 4]], is_linear: bool) -> Vec<u8> {
        let mut sum = PictureSum::new(4, is_linear);
        for picture in pictures {
            sum.add(picture);
        }
        sum.average()
    }

    #[test]
    fn light_is_brighter_than_values_between_black_and_white() {
        let pictures = [[0, 0, 0, 255], [255, 255, 255, 255]];
        assert_eq!(average(&pictures, false), [128, 128, 128, 255]);
        assert_eq!(average(&pictures, true), [188, 188, 188, 255]);
    }

    #[test]
    fn what_is_not_there_has_no_colour() {
        let pictures = [[255, 0, 0, 255], [0, 0, 255, 0]];
        for is_linear in [false, true] {
            assert_eq!(average(&pictures, is_linear), [255, 0, 0, 128]);
        }
        assert_eq!(average(&[[9, 9, 9, 0]], false), [0, 0, 0, 0]);
    }

    #[test]
    fn one_picture_is_its_own_average() {
        for is_linear in [false, true] {
            for value in 0..=255 {
                let picture = [value, 255 - value, value, 255];
                assert_eq!(average(&[picture, picture, picture], is_linear), picture);
            }
        }
    }

    #[test]
    fn differences_are_a_mean_over_all_bytes() {
        assert_eq!(mean_difference(&[0, 10, 20, 255], &[4, 10, 16, 255]), 2.0);
    }
}
