//! A GIF that is made in several parts at a time. Mapping colours takes one core, and so one part for
//! each. The colours of a frame depend on nothing but the frame, and what is written of it on nothing
//! but the frame before; its delay depends on the time of the next one. So each part is made with
//! the frame before it and the one behind it, and these are left out when the parts are joined. The
//! result is the file that is made at once, byte by byte.

use std::io::{self, Read, Write};

use super::gif_blocks::{Blocks, Disposals};

/// Frames of a part at least: starting an ffmpeg has to be worth while.
const LEAST_FRAMES: u64 = 12;

/// Frames of a GIF, from the first to the one behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Those that it gives to the whole.
    pub kept: (u64, u64),
    /// Those that it is made of.
    pub made: (u64, u64),
}

/// Divides `frames` into at most `most` parts.
pub(super) fn parts(frames: u64, most: u64) -> Vec<Part> {
    let count = most.min(frames / LEAST_FRAMES).max(1);
    let cut = |part: u64| frames * part / count;
    (0..count)
        .map(|part| {
            let (from, until) = (cut(part), cut(part + 1));
            Part {
                kept: (from, until),
                made: (from.saturating_sub(1), (until + 1).min(frames)),
            }
        })
        .collect()
}

/// Writes the whole of `files`, each of which was made for the part in the same place; they are opened
/// one after the other, by `open`. `None` when one does not have all frames of its part: an encoder may
/// leave out those that are like the one before. The whole is then of no use.
///
/// # Errors
/// Also when a file is not a complete GIF.
pub(super) fn join<F, R: Read>(
    parts: &[Part],
    files: impl IntoIterator<Item = F>,
    open: impl Fn(&F) -> io::Result<R>,
    mut whole: impl Write,
) -> io::Result<Option<Disposals>> {
    let mut disposals = Disposals::default();
    for (Part { kept, made }, file) in parts.iter().zip(files) {
        let mut blocks = Blocks::open(open(&file)?)?;
        if disposals.frames == 0 {
            whole.write_all(blocks.head())?;
        }
        let mut number = made.0;
        while let Some(frame) = blocks.next()? {
            if (kept.0..kept.1).contains(&number) {
                // What stands before the first frame belongs to the head of its file.
                if number > kept.0 || disposals.frames == 0 {
                    whole.write_all(frame.between)?;
                }
                whole.write_all(frame.blocks)?;
                disposals.add(&frame);
            }
            number += 1;
        }
        if number != made.1 {
            return Ok(None);
        }
    }
    whole.write_all(b";")?;
    whole.flush()?;
    Ok(Some(disposals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file of 1x1 whose frames tell their numbers.
    fn file((from, until): (u64, u64)) -> Vec<u8> {
        let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
        gif.extend([0, 0, 0, 255, 255, 255]);
        gif.extend(b"!\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0");
        for frame in from..until {
            gif.extend([b'!', 0xF9, 4, 0, frame as u8, (frame >> 8) as u8, 0, 0]);
            gif.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
        }
        gif.push(b';');
        gif
    }

    fn join_all(parts: &[Part], files: &[Vec<u8>]) -> (Option<Disposals>, Vec<u8>) {
        let mut whole = Vec::new();
        let joined = join(parts, files, |file| Ok(file.as_slice()), &mut whole).unwrap();
        (joined, whole)
    }

    proptest! {
        #[test]
        fn parts_are_the_whole(frames in 1u64..400, most in 1u64..9) {
            let parts = parts(frames, most);
            prop_assert!(parts.len() as u64 <= most);
            let mut files: Vec<_> = parts.iter().map(|part| file(part.made)).collect();
            let (joined, whole) = join_all(&parts, &files);
            prop_assert_eq!(joined.map(|all| all.frames), Some(frames));
            prop_assert_eq!(whole, file((0, frames)));
            let (from, until) = parts[0].made;
            files[0] = file((from, until - 1));
            prop_assert!(join_all(&parts, &files).0.is_none());
        }
    }

    #[test]
    fn few_frames_are_made_at_once() {
        assert_eq!(parts(23, 8).len(), 1);
        let [first, second] = parts(24, 8)[..] else {
            panic!("two parts")
        };
        assert_eq!((first.made, first.kept), ((0, 13), (0, 12)));
        assert_eq!((second.made, second.kept), ((11, 24), (12, 24)));
    }
}
