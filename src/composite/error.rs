//! What can go wrong with layers and their sources.

/// Why a layer's picture was refused.
#[derive(Debug, thiserror::Error)]
pub enum CompositeError {
    /// Not a PNG that can be read.
    #[error("the HDR image's PNG cannot be read: {0}")]
    Decode(String),
    /// A PNG of another kind than the 16-bit colour ones that carry HDR.
    #[error("the HDR image is a {depth}-bit {kind} PNG; give one of 16 bits, RGB or RGBA")]
    Kind {
        /// Bits a channel.
        depth: u8,
        /// Its colour type.
        kind: String,
    },
    /// More pixels than there is memory for.
    #[error("the HDR image has {width}x{height} pixels, {needed} bytes; {most} are the most")]
    TooLarge {
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
