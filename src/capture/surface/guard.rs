//! Reading a surface only while the memory around it is what it was when it was found.

use std::ops::Range;

use super::locate::Surface;
use crate::capture::lane::LaneError;

/// Rows read at a time: a strip of a 1080p frame fits the second-level cache.
const STRIP_ROWS: usize = 32;

/// What the maps say about a surface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Footing {
    /// It lies where it was found.
    Firm,
    /// Its address is mapped, but the mapping is another one now: neighbours came or went, or it
    /// moved and something else is there.
    Shifted(Range<usize>),
}

impl Surface {
    /// Looks at the maps.
    ///
    /// # Errors
    /// [`LaneError::SurfaceLost`] when no one mapping holds the surface any more.
    pub(super) fn footing(&self) -> Result<Footing, LaneError> {
        match self.current_mapping() {
            None => Err(LaneError::SurfaceLost("it is not mapped any more".into())),
            Some(mapping) if mapping != self.mapping => Ok(Footing::Shifted(mapping)),
            Some(_) => Ok(Footing::Firm),
        }
    }

    /// Reads all rows, a strip at a time; `visit` gets each strip's first row and its pixels.
    ///
    /// # Errors
    /// [`LaneError::SurfaceLost`], or what `visit` returns.
    pub(super) fn each_strip(
        &self,
        mut visit: impl FnMut(usize, &[u8]) -> Result<(), LaneError>,
    ) -> Result<(), LaneError> {
        let stride = self.width * 4;
        let mut strip = vec![0; STRIP_ROWS.min(self.height) * stride];
        for first_row in (0..self.height).step_by(STRIP_ROWS) {
            let rows = STRIP_ROWS.min(self.height - first_row);
            let into = &mut strip[..rows * stride];
            self.memory
                .read(self.address + first_row * stride, into)
                .map_err(|errno| LaneError::SurfaceLost(errno.desc().to_owned()))?;
            visit(first_row, into)?;
        }
        Ok(())
    }

    /// Reads the whole surface.
    ///
    /// # Errors
    /// [`LaneError::SurfaceLost`].
    pub(super) fn read_all(&self, into: &mut [u8]) -> Result<(), LaneError> {
        self.memory
            .read(self.address, into)
            .map_err(|errno| LaneError::SurfaceLost(errno.desc().to_owned()))
    }
}
