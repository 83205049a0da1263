//! Reading a surface only while the memory around it is what it was when it was found.

use std::ops::Range;

use super::locate::Surface;
use crate::capture::lane::LaneError;

/// Rows read at a time: a strip of a 1080p frame fits the second-level cache.
const STRIP_ROWS: usize = 32;

/// What the maps say about a surface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mapping {
    /// It lies where it was found.
    Same,
    /// Its address is mapped, but the mapping is another one now: neighbours came or went, or it
    /// moved and something else is there.
    Changed(Range<usize>),
}

impl Surface {
    /// Looks at the maps.
    ///
    /// # Errors
    /// [`LaneError::SurfaceLost`] when no one mapping holds the surface any more.
    pub(super) fn check_mapping(&self) -> Result<Mapping, LaneError> {
        match self.current_mapping() {
            None => Err(LaneError::SurfaceLost("it is not mapped any more".into())),
            Some(mapping) if mapping != self.mapping => Ok(Mapping::Changed(mapping)),
            Some(_) => Ok(Mapping::Same),
        }
    }

    /// Reads all rows, a strip at a time; `visit` gets each strip's first row and its pixels.
    ///
    /// # Errors
    /// [`LaneError::SurfaceLost`], or what `visit` returns.
    pub(super) fn each_strip(
        &self,
        visit: impl FnMut(usize, &[u8]) -> Result<(), LaneError>,
    ) -> Result<(), LaneError> {
        self.strips_of(0..self.height, visit)
    }

    /// As [`Self::each_strip`], of some rows.
    ///
    /// # Errors
    /// As there.
    pub(super) fn strips_of(
        &self,
        rows: Range<usize>,
        mut visit: impl FnMut(usize, &[u8]) -> Result<(), LaneError>,
    ) -> Result<(), LaneError> {
        let stride = self.width * 4;
        let mut strip = vec![0; STRIP_ROWS.min(rows.len()) * stride];
        for first_row in rows.clone().step_by(STRIP_ROWS) {
            let rows = STRIP_ROWS.min(rows.end - first_row);
            let into = &mut strip[..rows * stride];
            self.memory
                .read(self.address + first_row * stride, into)
                .map_err(|error| LaneError::SurfaceLost(error.to_string()))?;
            visit(first_row, into)?;
        }
        Ok(())
    }

    /// Reads the whole surface at once.
    ///
    /// # Errors
    /// [`LaneError::SurfaceLost`].
    pub(super) fn read_all(&self, into: &mut [u8]) -> Result<(), LaneError> {
        self.memory
            .read(self.address, into)
            .map_err(|error| LaneError::SurfaceLost(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::ProcessMemory;

    /// Bytes that the allocator maps by themselves, so that they are unmapped when freed.
    const BYTES: usize = 64 << 20;
    const WIDTH: usize = 1024;

    /// A surface in our own memory.
    fn surface(pixels: &[u8]) -> Surface {
        let mut surface = Surface {
            memory: ProcessMemory::of(std::process::id()),
            address: pixels.as_ptr() as usize,
            mapping: 0..0,
            width: WIDTH,
            height: pixels.len() / 4 / WIDTH,
        };
        surface.mapping = surface.current_mapping().unwrap();
        surface
    }

    #[test]
    fn a_surface_that_stays_is_read_whole_and_in_strips() {
        let mut pixels = vec![3; BYTES];
        let rows = BYTES / 4 / WIDTH;
        pixels[BYTES - 1] = 9;
        let surface = surface(&pixels);
        assert_eq!(surface.check_mapping().unwrap(), Mapping::Same);
        let mut whole = vec![0; BYTES];
        surface.read_all(&mut whole).unwrap();
        assert!(whole == pixels);
        let (mut seen, mut last) = (0, 0);
        let visit = |first: usize, strip: &[u8]| {
            assert_eq!(first, seen);
            seen += strip.len() / 4 / WIDTH;
            last = *strip.last().unwrap();
            Ok(())
        };
        surface.each_strip(visit).unwrap();
        assert_eq!((seen, last), (rows, 9));
    }

    #[test]
    fn a_surface_that_is_unmapped_is_lost_and_never_read() {
        let pixels = vec![3; BYTES];
        let mut surface = surface(&pixels);
        // Nothing is ever mapped there. A hole of our own would be filled by another thread.
        surface.address = 4096;
        let mut into = vec![0; BYTES];
        assert!(matches!(
            surface.check_mapping(),
            Err(LaneError::SurfaceLost(_))
        ));
        let read = surface.read_all(&mut into);
        assert!(matches!(read, Err(LaneError::SurfaceLost(_))));
        assert!(surface.each_strip(|_, _| Ok(())).is_err());
    }

    #[test]
    fn a_surface_whose_mapping_changed_asks_for_proof() {
        let pixels = vec![3; BYTES];
        let mut surface = surface(&pixels);
        let found = surface.mapping.clone();
        surface.mapping.end += 4096;
        assert_eq!(surface.check_mapping().unwrap(), Mapping::Changed(found));
    }

    #[test]
    fn a_surface_that_outgrew_its_mapping_is_lost() {
        let pixels = vec![3; BYTES];
        let mut surface = surface(&pixels);
        surface.height = (surface.mapping.len() / 4 / WIDTH) + 64;
        assert!(matches!(
            surface.check_mapping(),
            Err(LaneError::SurfaceLost(_))
        ));
    }
}
