//! Frames of 16-bit samples, used over and over; their samples are bytes to the encoder.

use crate::sync::IgnorePoison;
use std::sync::{Arc, Mutex, MutexGuard};

/// Canvases of one size.
#[derive(Debug)]
pub(super) struct CanvasPool {
    /// Samples of one canvas.
    samples: usize,
    free: Mutex<Vec<Vec<u16>>>,
}

/// A canvas on loan, whose contents are arbitrary at first. It goes back when it drops.
#[derive(Debug)]
pub(super) struct Canvas {
    pub samples: Vec<u16>,
    pool: Arc<CanvasPool>,
}

impl CanvasPool {
    pub fn new(samples: usize) -> Arc<Self> {
        Arc::new(Self {
            samples,
            free: Mutex::default(),
        })
    }

    pub fn lend(self: &Arc<Self>) -> Canvas {
        let free = self.free().pop();
        self.canvas(free.unwrap_or_else(|| vec![0; self.samples]))
    }

    /// A canvas of `samples` that were taken out of another.
    pub fn canvas(self: &Arc<Self>, samples: Vec<u16>) -> Canvas {
        Canvas {
            samples,
            pool: Arc::clone(self),
        }
    }

    fn free(&self) -> MutexGuard<'_, Vec<Vec<u16>>> {
        self.free.lock().ignore_poison()
    }
}

impl Canvas {
    /// Its samples; nothing goes back to the pool.
    pub fn into_samples(mut self) -> Vec<u16> {
        std::mem::take(&mut self.samples)
    }
}

impl AsRef<[u8]> for Canvas {
    /// Little-endian, as all machines are that this is built for.
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.samples)
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        let samples = std::mem::take(&mut self.samples);
        if samples.len() == self.pool.samples {
            self.pool.free().push(samples);
        }
    }
}
