//! Orders in which frames are captured. Renders take them as they come; what a page shows must not
//! depend on that, and tests take them otherwise.

use serde::Serialize;

/// An order of the frames of a render.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameOrder {
    /// From the first frame to the last.
    #[default]
    Rising,
    /// From the last frame to the first.
    Falling,
    /// Far forward and far back in turn.
    Scattered,
}

impl FrameOrder {
    /// The order called `name`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "rising" => Some(Self::Rising),
            "falling" => Some(Self::Falling),
            "scattered" => Some(Self::Scattered),
            _ => None,
        }
    }

    /// The frame that is captured at `place`, below `total`; each frame has one place.
    pub fn frame(self, place: u64, total: u64) -> u64 {
        match self {
            Self::Rising => place,
            Self::Falling => total - 1 - place,
            Self::Scattered => (place + 1) * stride(total) % total,
        }
    }
}

/// A step that comes to each of `total` frames, at about three fifths of them.
fn stride(total: u64) -> u64 {
    let shares_nothing = |step: &u64| common_divisor(*step, total) == 1;
    (total * 3 / 5..total).find(shares_nothing).unwrap_or(1)
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(order: &str, total: u64) -> Vec<u64> {
        let order = FrameOrder::named(order).unwrap();
        (0..total).map(|place| order.frame(place, total)).collect()
    }

    #[test]
    fn each_order_has_every_frame_once() {
        assert_eq!(frames("rising", 4), [0, 1, 2, 3]);
        assert_eq!(frames("falling", 4), [3, 2, 1, 0]);
        assert_eq!(frames("scattered", 5), [3, 1, 4, 2, 0]);
        for total in 1..200 {
            let mut all = frames("scattered", total);
            all.sort_unstable();
            assert_eq!(all, frames("rising", total), "{total}");
        }
        assert_eq!(FrameOrder::named("fastest"), None);
    }
}
