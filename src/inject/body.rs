//! The form of an answer: a header, then the pictures one after the other.

use bytes::Bytes;

use super::pictures::Order;

/// What an item of an answer is; the page's script knows the same numbers.
pub(super) mod kind {
    /// The page holds it already, or only wanted to be told.
    pub const KEPT: u32 = 0;
    pub const OPAQUE: u32 = 1;
    pub const TRANSPARENT: u32 = 2;
}

/// One clip's part of an answer.
pub(super) struct Item {
    pub clip: usize,
    pub index: u64,
    pub kind: u32,
    /// Width and height of the picture that travels, pixels.
    pub size: (u32, u32),
    /// Those of the source frame.
    pub whole: (u32, u32),
    /// Made when its turn to travel comes, so that not all are in memory at once.
    pub picture: Option<Order>,
}

impl Item {
    /// Bytes of its picture.
    pub fn len(&self) -> usize {
        self.picture.as_ref().map_or(0, Order::bytes)
    }
}

/// The count of items, then eight little-endian words for each.
pub(super) fn header(items: &[Item]) -> Bytes {
    let mut words = vec![items.len() as u32];
    for item in items {
        words.extend([
            item.clip as u32,
            item.index as u32,
            item.kind,
            item.size.0,
            item.size.1,
            item.whole.0,
            item.whole.1,
            item.len() as u32,
        ]);
    }
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
