//! The block structure of a GIF file, read from beginning to end without decoding pictures, one frame
//! in memory at a time. The disposal of each frame (what it leaves on the canvas for the next one) can
//! be read and changed in place.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// Bits of the disposal in the packed byte of a graphic control.
const DISPOSAL_BITS: u8 = 0b0001_1100;
const LEAVE: u8 = 1 << 2;
const CLEAR: u8 = 2 << 2;
const HAS_TRANSPARENT_INDEX: u8 = 1;
/// Bytes of a graphic control before its packed byte.
const BEFORE_PACKED: usize = 3;
/// Bytes of a graphic control.
const CONTROL_BYTES: usize = 8;
/// Bytes from the packed byte to the transparent index.
const INDEX_OFFSET: usize = 3;
/// Bytes of signature and screen.
const SCREEN_BYTES: usize = 13;
/// Bytes of a picture's descriptor.
const DESCRIPTOR_BYTES: usize = 10;

/// A file that is being read.
pub(super) struct Blocks<R> {
    from: R,
    /// Signature, screen and shared colours.
    head: Vec<u8>,
    /// What was read of the file, bytes.
    read: u64,
    /// What comes between the frame before and the next one, and that frame.
    buffer: Vec<u8>,
}

/// One frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// What stands between the frame before and this one.
    pub between: &'a [u8],
    /// Its blocks.
    pub blocks: &'a [u8],
    /// Where those are in the file.
    at: u64,
    /// The packed byte of its control, from there.
    control: Option<usize>,
    own_colors: bool,
}

/// What a file's frames say together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Disposals {
    /// Number of frames.
    pub frames: u64,
    /// A frame that is cleared comes after one that is left on the canvas. The latter would then show
    /// through where the animation is transparent.
    pub clears_after_leaving: bool,
    /// The transparent colour of the shared palette, as the first frame that has one says.
    shared_index: Option<u8>,
    leaves: bool,
}

impl<R: Read> Blocks<R> {
    /// # Errors
    /// Also when it is no GIF.
    pub fn open(mut from: R) -> io::Result<Self> {
        let mut head = Vec::new();
        take(&mut from, SCREEN_BYTES, &mut head)?;
        if !matches!(&head[..6], b"GIF87a" | b"GIF89a") {
            return Err(broken());
        }
        let colors = color_table(head[10]);
        take(&mut from, colors, &mut head)?;
        Ok(Self {
            from,
            read: head.len() as u64,
            head,
            buffer: Vec::new(),
        })
    }

    /// What stands before everything else.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The next frame; `None` at the end of the file.
    ///
    /// # Errors
    /// Also when the file is not a complete GIF.
    pub fn next(&mut self) -> io::Result<Option<Frame<'_>>> {
        let buffer = &mut self.buffer;
        let began = self.read;
        buffer.clear();
        let mut control = None;
        loop {
            let at = buffer.len();
            take(&mut self.from, 1, buffer)?;
            match buffer[at] {
                b';' => return Ok(None),
                b'!' => {
                    take(&mut self.from, 1, buffer)?;
                    if buffer[at + 1] != 0xF9 {
                        take_sub_blocks(&mut self.from, buffer)?;
                        continue;
                    }
                    // Size 4, packed, delay (2), transparent index, end.
                    take(&mut self.from, CONTROL_BYTES - 2, buffer)?;
                    if (buffer[at + 2], buffer[at + 7]) != (4, 0) {
                        return Err(broken());
                    }
                    control = Some(at);
                }
                b',' => {
                    take(&mut self.from, DESCRIPTOR_BYTES - 1, buffer)?;
                    let colors = color_table(buffer[at + DESCRIPTOR_BYTES - 1]);
                    // The first byte of the picture's data as well.
                    take(&mut self.from, colors + 1, buffer)?;
                    take_sub_blocks(&mut self.from, buffer)?;
                    self.read += buffer.len() as u64;
                    let start = control.unwrap_or(at);
                    let (between, blocks) = self.buffer.split_at(start);
                    return Ok(Some(Frame {
                        between,
                        blocks,
                        at: began + start as u64,
                        control: control.map(|_| BEFORE_PACKED),
                        own_colors: colors > 0,
                    }));
                }
                _ => return Err(broken()),
            }
        }
    }
}

impl Disposals {
    /// Of the file `from`.
    ///
    /// # Errors
    /// Also when it is not a complete GIF.
    pub fn read(from: impl Read) -> io::Result<Self> {
        let mut blocks = Blocks::open(from)?;
        let mut all = Self::default();
        while let Some(frame) = blocks.next()? {
            all.add(&frame);
        }
        Ok(all)
    }

    /// Takes the next frame into account.
    pub fn add(&mut self, frame: &Frame<'_>) {
        self.frames += 1;
        let Some(at) = frame.control else { return };
        let packed = frame.blocks[at];
        match packed & DISPOSAL_BITS {
            LEAVE => self.leaves = true,
            CLEAR => self.clears_after_leaving |= self.leaves,
            _ => {}
        }
        if !frame.own_colors && packed & HAS_TRANSPARENT_INDEX != 0 {
            self.shared_index
                .get_or_insert(frame.blocks[at + INDEX_OFFSET]);
        }
    }

    /// Makes every frame of the file be cleared before the next, and gives frames without a transparent
    /// colour that of the shared palette. `from` and `into` are the same file, at its beginning.
    ///
    /// # Errors
    /// Also when it is not a complete GIF.
    pub fn clear_all(self, from: impl Read, mut into: impl Write + Seek) -> io::Result<()> {
        let mut blocks = Blocks::open(from)?;
        while let Some(frame) = blocks.next()? {
            let Some(at) = frame.control else { continue };
            let control = &frame.blocks[at..=at + INDEX_OFFSET];
            let mut changed: [u8; INDEX_OFFSET + 1] = control.try_into().map_err(|_| broken())?;
            changed[0] = changed[0] & !DISPOSAL_BITS | CLEAR;
            if let Some(index) = self.shared_index
                && !frame.own_colors
                && changed[0] & HAS_TRANSPARENT_INDEX == 0
            {
                changed[0] |= HAS_TRANSPARENT_INDEX;
                changed[INDEX_OFFSET] = index;
            }
            if control != changed {
                into.seek(SeekFrom::Start(frame.at + at as u64))?;
                into.write_all(&changed)?;
            }
        }
        into.flush()
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

fn take(from: &mut impl Read, bytes: usize, into: &mut Vec<u8>) -> io::Result<()> {
    let at = into.len();
    into.resize(at + bytes, 0);
    from.read_exact(&mut into[at..])
}

fn take_sub_blocks(from: &mut impl Read, into: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let at = into.len();
        take(from, 1, into)?;
        match usize::from(into[at]) {
            0 => return Ok(()),
            length => take(from, length, into)?,
        }
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not a whole GIF")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use proptest::prelude::*;

    /// A 1x1 GIF with a shared two-colour palette and one frame per packed byte.
    fn sample(controls: &[u8]) -> Vec<u8> {
        let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
        gif.extend([0, 0, 0, 255, 255, 255]);
        gif.extend(b"!\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0");
        for packed in controls {
            gif.extend([b'!', 0xF9, 4, *packed, 5, 0, 7 * (packed & 1), 0]);
            gif.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
        }
        gif.push(b';');
        gif
    }

    fn disposals(gif: &[u8]) -> io::Result<Disposals> {
        Disposals::read(gif)
    }

    fn clear_all(gif: &[u8]) -> io::Result<Vec<u8>> {
        let mut cleared = gif.to_vec();
        disposals(gif)?.clear_all(gif, Cursor::new(&mut cleared))?;
        Ok(cleared)
    }

    #[test]
    fn a_file_is_its_head_its_frames_and_its_end() {
        let gif = sample(&[LEAVE, CLEAR, LEAVE]);
        let mut blocks = Blocks::open(&gif[..]).unwrap();
        let mut whole = blocks.head().to_vec();
        assert_eq!(whole.len(), 19);
        let mut between = Vec::new();
        while let Some(frame) = blocks.next().unwrap() {
            whole.extend(frame.between);
            assert_eq!(whole.len() as u64, frame.at);
            whole.extend(frame.blocks);
            between.push(frame.between.len());
        }
        assert_eq!(between, [19, 0, 0]);
        whole.push(b';');
        assert_eq!(whole, gif);
    }

    #[test]
    fn clearing_after_leaving_is_noticed_and_mended() {
        let notices = |controls| disposals(&sample(controls)).unwrap().clears_after_leaving;
        assert!(!notices(&[LEAVE, LEAVE]));
        assert!(!notices(&[CLEAR, LEAVE]));
        assert!(notices(&[LEAVE, CLEAR]));
        let gif = sample(&[LEAVE | HAS_TRANSPARENT_INDEX, CLEAR]);
        let both = [CLEAR | HAS_TRANSPARENT_INDEX; 2];
        let mut mended = sample(&both);
        assert_eq!(clear_all(&gif).unwrap(), mended);
        assert_eq!(clear_all(&mended).unwrap(), mended);
        let frames = disposals(&mended).unwrap().frames;
        assert_eq!(frames, 2);
        // Without a transparent colour there is none to give.
        mended = sample(&[CLEAR, CLEAR]);
        assert_eq!(clear_all(&sample(&[LEAVE, CLEAR])).unwrap(), mended);
    }

    proptest! {
        #[test]
        fn broken_files_are_refused(cut in 0usize..60, flip in any::<(usize, u8)>()) {
            let whole = sample(&[LEAVE, CLEAR, LEAVE]);
            let mut gif = whole[..whole.len() - 1 - cut.min(whole.len() - 1)].to_vec();
            prop_assert!(disposals(&gif).is_err());
            if !gif.is_empty() {
                let at = flip.0 % gif.len();
                gif[at] ^= flip.1;
            }
            let _ = clear_all(&gif);
        }
    }
}
