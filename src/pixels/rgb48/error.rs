//! What can be wrong with pictures given to be laid over each other.

/// Why a picture was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Rgb48Error {
    /// A buffer that does not hold a picture of the size it is said to have.
    #[error(
        "a {width}x{height} picture of {channels} channels needs {expected} samples, but {got} were given"
    )]
    Length {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Samples a pixel.
        channels: usize,
        /// Samples of such a picture; the largest number there is if they cannot be counted.
        expected: usize,
        /// Samples given.
        got: usize,
    },
    /// Two pictures that must be of one size are not.
    #[error("the layer has {layer:?} pixels, but the picture below it {canvas:?}")]
    Sizes {
        /// Width and height of the upper picture.
        layer: (usize, usize),
        /// Width and height of the lower one.
        canvas: (usize, usize),
    },
    /// A picture too large to be made.
    #[error("a picture of {width}x{height} pixels is too large: {most} a side is the most")]
    TooLarge {
        /// Width asked for.
        width: usize,
        /// Height asked for.
        height: usize,
        /// Longest side allowed.
        most: usize,
    },
    /// The memory for a picture is not there.
    #[error("no memory for a picture of {width}x{height} pixels")]
    NoMemory {
        /// Width asked for.
        width: usize,
        /// Height asked for.
        height: usize,
    },
    /// Not a PNG that can be read.
    #[error("its PNG cannot be read: {0}")]
    Png(String),
    /// A PNG of another kind than the 16-bit colour ones that carry HDR.
    #[error("it is a {depth}-bit {kind} PNG")]
    PngKind {
        /// Bits a channel.
        depth: u8,
        /// Its colour type.
        kind: String,
    },
    /// A PNG of more pixels than there is memory for.
    #[error("it has {width}x{height} pixels, {needed} bytes; {most} are the most")]
    PngTooLarge {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// Bytes it needs while it is decoded.
        needed: u128,
        /// Bytes allowed.
        most: usize,
    },
}
