//! What can go wrong with layers and their sources.

/// Why a layer's picture was refused.
#[derive(Debug, thiserror::Error)]
pub enum CompositeError {
    /// An image of the page cannot be used.
    #[error(
        "HDR image \"{id}\", {}: {detail}. Give a 16-bit RGB or RGBA PNG, or render with --sdr",
        path.display()
    )]
    Image {
        /// Its render id.
        id: String,
        /// Its file.
        path: std::path::PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A clip of the page cannot be used.
    #[error(
        "HDR clip \"{id}\", {}: {detail}. Make its element smaller, or render with --sdr",
        path.display()
    )]
    Video {
        /// Its render id.
        id: String,
        /// Its file.
        path: std::path::PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Not a PNG that can be read.
    #[error("its PNG cannot be read: {0}")]
    Decode(String),
    /// A PNG of another kind than the 16-bit colour ones that carry HDR.
    #[error("it is a {depth}-bit {kind} PNG")]
    Kind {
        /// Bits a channel.
        depth: u8,
        /// Its colour type.
        kind: String,
    },
    /// More pixels than there is memory for.
    #[error("it has {width}x{height} pixels, {needed} bytes; {most} are the most")]
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
