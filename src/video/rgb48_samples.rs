//! Sixteen-bit samples in bytes: red, green and blue, row by row, in the processor's byte order.

use std::ops::Deref;

use bytes::Bytes;

/// The samples of a picture. Clones share them.
#[derive(Debug, Clone)]
pub struct Samples {
    /// Aligned for `u16`, and of even length.
    bytes: Bytes,
}

impl Samples {
    /// The samples that `bytes` are; an odd byte at the end is left out.
    pub(super) fn of(bytes: Bytes) -> Self {
        if is_aligned(&bytes) {
            return Self { bytes };
        }
        let copy = SampleBytes(copied(&bytes));
        Self {
            bytes: Bytes::from_owner(copy),
        }
    }
}

/// Samples as the bytes they are.
pub(super) struct SampleBytes(pub Vec<u16>);

impl AsRef<[u8]> for SampleBytes {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

impl Deref for Samples {
    type Target = [u16];

    fn deref(&self) -> &[u16] {
        bytemuck::cast_slice(&self.bytes)
    }
}

/// Changes the samples that `bytes`, of even length, are.
pub(super) fn change_in_place(bytes: &mut [u8], change: impl FnOnce(&mut [u16])) {
    if is_aligned(bytes) {
        change(bytemuck::cast_slice_mut(bytes));
        return;
    }
    let mut samples = copied(bytes);
    change(&mut samples);
    bytes.copy_from_slice(bytemuck::cast_slice(&samples));
}

fn copied(bytes: &[u8]) -> Vec<u16> {
    let pairs = bytes.chunks_exact(2);
    pairs
        .map(|pair| u16::from_ne_bytes([pair[0], pair[1]]))
        .collect()
}

/// Allocators align buffers of this size; the language promises it for `u16` only.
fn is_aligned(bytes: &[u8]) -> bool {
    bytemuck::try_cast_slice::<u8, u16>(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_those_of_the_bytes_wherever_they_lie() {
        let bytes = Bytes::from(vec![1u8, 2, 3, 4, 5, 6, 7]);
        for from in 0..3 {
            let samples = Samples::of(bytes.slice(from..from + 4));
            let first = u16::from_ne_bytes([bytes[from], bytes[from + 1]]);
            assert_eq!((samples.len(), samples[0]), (2, first));
        }
        assert_eq!(Samples::of(bytes).len(), 3, "the odd byte is left out");
    }

    #[test]
    fn changes_reach_the_bytes_wherever_they_lie() {
        let mut bytes = [0u8; 9];
        for from in 0..2 {
            change_in_place(&mut bytes[from..from + 8], |samples| samples.fill(0x0101));
        }
        assert_eq!(bytes, [1; 9]);
    }
}
