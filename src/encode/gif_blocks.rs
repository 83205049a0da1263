//! The block structure of a GIF file, read without decoding pictures. The disposal of each frame
//! (what it leaves on the canvas for the next one) can be read and changed in place.

use std::ops::Range;

/// Bits of the disposal in the packed byte of a graphic control.
const DISPOSAL_BITS: u8 = 0b0001_1100;
const LEAVE: u8 = 1 << 2;
const CLEAR: u8 = 2 << 2;
const HAS_TRANSPARENT_INDEX: u8 = 1;
/// Bytes of a graphic control before its packed byte.
const BEFORE_PACKED: usize = 3;
/// Bytes from the packed byte to the transparent index.
const INDEX_OFFSET: usize = 3;

/// One frame: the offset of the packed byte of its control, whether it has a colour table of its own,
/// and where its blocks are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    control: Option<usize>,
    own_colors: bool,
    blocks: Range<usize>,
}

/// Whether a frame that is cleared comes after one that is left on the canvas. The latter would
/// then show through where the animation is transparent. `None` when `gif` is not a complete GIF.
pub(super) fn clears_after_leaving(gif: &[u8]) -> Option<bool> {
    let mut left = false;
    for frame in frames(gif)? {
        match frame.control.map(|at| gif[at] & DISPOSAL_BITS) {
            Some(LEAVE) => left = true,
            Some(CLEAR) if left => return Some(true),
            _ => {}
        }
    }
    Some(false)
}

/// Makes every frame be cleared before the next, and gives frames without a transparent colour that
/// of the shared palette. `None`, with nothing changed, when `gif` is not a complete GIF.
pub(super) fn clear_before_next(gif: &mut [u8]) -> Option<()> {
    let frames = frames(gif)?;
    let shared: Vec<usize> = frames
        .iter()
        .filter(|frame| !frame.own_colors)
        .filter_map(|frame| frame.control)
        .collect();
    let index = shared
        .iter()
        .find(|at| gif[**at] & HAS_TRANSPARENT_INDEX != 0)
        .map(|at| gif[at + INDEX_OFFSET]);
    for at in frames.iter().filter_map(|frame| frame.control) {
        gif[at] = gif[at] & !DISPOSAL_BITS | CLEAR;
    }
    for at in shared {
        if let Some(index) = index
            && gif[at] & HAS_TRANSPARENT_INDEX == 0
        {
            gif[at] |= HAS_TRANSPARENT_INDEX;
            gif[at + INDEX_OFFSET] = index;
        }
    }
    Some(())
}

/// Where the blocks of each frame are, in the order of the file; `None` when `gif` is not a complete
/// GIF. What is before the first frame is the head of the file.
pub(super) fn frame_blocks(gif: &[u8]) -> Option<Vec<Range<usize>>> {
    Some(frames(gif)?.into_iter().map(|frame| frame.blocks).collect())
}

/// The number of frames; `None` when `gif` is not a complete GIF.
pub(super) fn frame_count(gif: &[u8]) -> Option<usize> {
    frames(gif).map(|frames| frames.len())
}

fn frames(gif: &[u8]) -> Option<Vec<Frame>> {
    if !matches!(gif.get(..6)?, b"GIF87a" | b"GIF89a") {
        return None;
    }
    let mut at = 13 + color_table(*gif.get(10)?);
    let (mut frames, mut control) = (Vec::new(), None);
    loop {
        match *gif.get(at)? {
            b';' => return Some(frames),
            b'!' if *gif.get(at + 1)? == 0xF9 => {
                // Size 4, packed, delay (2), transparent index, end.
                if *gif.get(at + 2)? != 4 || *gif.get(at + 7)? != 0 {
                    return None;
                }
                control = Some(at + BEFORE_PACKED);
                at += 8;
            }
            b'!' => at = after_sub_blocks(gif, at + 2)?,
            b',' => {
                let packed = *gif.get(at + 9)?;
                let control = control.take();
                let from = control.map_or(at, |packed: usize| packed - BEFORE_PACKED);
                // Descriptor, colours, and the first byte of the picture data.
                at = after_sub_blocks(gif, at + 10 + color_table(packed) + 1)?;
                frames.push(Frame {
                    control,
                    own_colors: color_table(packed) > 0,
                    blocks: from..at,
                });
            }
            _ => return None,
        }
    }
}

/// Bytes of the colour table that a packed byte declares.
fn color_table(packed: u8) -> usize {
    if packed & 0x80 == 0 {
        0
    } else {
        3 << ((packed & 7) + 1)
    }
}

fn after_sub_blocks(gif: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match usize::from(*gif.get(at)?) {
            0 => return Some(at + 1),
            length => at += 1 + length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A 1x1 GIF with a shared two-colour palette and one frame per packed byte.
    fn sample(controls: &[u8]) -> Vec<u8> {
        let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
        gif.extend([0, 0, 0, 255, 255, 255]);
        for packed in controls {
            gif.extend([b'!', 0xF9, 4, *packed, 5, 0, 7 * (packed & 1), 0]);
            gif.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
        }
        gif.push(b';');
        gif
    }

    #[test]
    fn a_file_is_its_head_its_frames_and_its_end() {
        let gif = sample(&[LEAVE, CLEAR, LEAVE]);
        let blocks = frame_blocks(&gif).unwrap();
        assert_eq!(blocks[0].start, 19);
        assert!(blocks.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!((blocks.len(), blocks[2].end), (3, gif.len() - 1));
    }

    #[test]
    fn clearing_after_leaving_is_noticed_and_mended() {
        assert_eq!(clears_after_leaving(&sample(&[LEAVE, LEAVE])), Some(false));
        assert_eq!(clears_after_leaving(&sample(&[CLEAR, LEAVE])), Some(false));
        let mut gif = sample(&[LEAVE | HAS_TRANSPARENT_INDEX, CLEAR]);
        assert_eq!(clears_after_leaving(&gif), Some(true));
        clear_before_next(&mut gif).unwrap();
        let both = [CLEAR | HAS_TRANSPARENT_INDEX; 2];
        let controls: Vec<usize> = frames(&gif)
            .unwrap()
            .iter()
            .filter_map(|f| f.control)
            .collect();
        assert_eq!(controls.iter().map(|at| gif[*at]).collect::<Vec<_>>(), both);
        assert_eq!(gif[controls[1] + INDEX_OFFSET], 7);
        assert_eq!(frame_count(&gif), Some(2));
    }

    proptest! {
        #[test]
        fn broken_files_are_refused_not_read_past(cut in 0usize..60, flip in any::<(usize, u8)>()) {
            let whole = sample(&[LEAVE, CLEAR, LEAVE]);
            let mut gif = whole[..whole.len() - 1 - cut.min(whole.len() - 1)].to_vec();
            prop_assert_eq!(clears_after_leaving(&gif), None);
            if !gif.is_empty() {
                let at = flip.0 % gif.len();
                gif[at] ^= flip.1;
            }
            let _ = clear_before_next(&mut gif);
        }
    }
}
