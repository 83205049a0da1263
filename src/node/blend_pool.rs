//! Transitions for callers who have frames of their own.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Buffer, PromiseRaw, Result};
use napi_derive::napi;

use super::reply;
use crate::pixels::{FrameRing, RingClosed};
use crate::transitions::{
    BlendError, BlendPool as Pool, BlendRequest, BlenderOptions, BufferLock, BufferLocks,
    FrameOwner, FrameSize, Frames, Look, Named, Transition,
};

/// Of all pools of the process: they may be given the same memory.
static BUFFER_LOCKS: std::sync::LazyLock<BufferLocks> =
    std::sync::LazyLock::new(BufferLocks::default);

/// JavaScript's buffers, held while a blend waits and runs.
struct Buffers {
    from: Buffer,
    to: Buffer,
    out: Buffer,
    _claim: BufferLock,
}

impl FrameOwner for Buffers {
    fn frames(&mut self) -> std::result::Result<Frames<'_>, BlendError> {
        let misaligned = |name| move |_| BlendError::Misaligned(name);
        Ok(Frames {
            from: bytemuck::try_cast_slice(&self.from).map_err(misaligned("from"))?,
            to: bytemuck::try_cast_slice(&self.to).map_err(misaligned("to"))?,
            out: bytemuck::try_cast_slice_mut(&mut self.out).map_err(misaligned("out"))?,
        })
    }
}

/// Blends two rgb48 frames on native threads. See `BlendPool` in JavaScript.
#[napi]
pub struct BlendPool {
    pool: Arc<Pool>,
    ring: FrameRing,
}

#[napi]
impl BlendPool {
    /// A pool of `threads` (0: one per processor) that takes `inFlight` blends at a time and keeps
    /// noise fields of up to `cacheBytes`.
    #[napi(constructor, catch_unwind)]
    pub fn new(threads: u32, in_flight: u32, cache_bytes: f64) -> Result<Self> {
        let pool = Pool::new(BlenderOptions {
            threads: threads as usize,
            cache_bytes: cache_bytes as usize,
        });
        Ok(Self {
            pool: Arc::new(pool.map_err(to_napi)?),
            ring: FrameRing::new(in_flight as usize),
        })
    }

    /// Blends `from` and `to` into `out`, which must not be touched until the promise is settled.
    /// Resolves with whether `shader` is a transition's name or empty; a crossfade otherwise.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments)] // the shape of the call in JavaScript
    pub fn blend<'env>(
        &self,
        env: &'env Env,
        shader: String,
        from: Buffer,
        to: Buffer,
        out: Buffer,
        width: f64,
        height: f64,
        progress: f64,
    ) -> Result<PromiseRaw<'env, bool>> {
        // Saturating: what no frame has is refused by its name below.
        let size = FrameSize::new(width as usize, height as usize).map_err(to_napi)?;
        if progress.is_nan() {
            return Err(to_napi(BlendError::Progress));
        }
        for (name, buffer) in [("from", &from), ("to", &to), ("out", &out)] {
            size.check_bytes(name, buffer.len()).map_err(to_napi)?;
        }
        let claim = BUFFER_LOCKS.claim([&from, &to, &out]).map_err(to_napi)?;
        let mut owner = Buffers {
            from,
            to,
            out,
            _claim: claim,
        };
        owner.frames().map_err(to_napi)?;
        let named = Transition::named(&shader);
        let request = BlendRequest {
            look: Look::engine(named.transition(), progress),
            size,
            owner,
        };
        let (pool, ring) = (Arc::clone(&self.pool), self.ring.clone());
        env.spawn_future(async move {
            let slot = ring.enter().await;
            let _slot = slot.map_err(|RingClosed| to_napi(BlendError::Closed))?;
            // The buffers are free before the caller can ask for the same memory again.
            pool.blend(request).await.map(drop).map_err(to_napi)?;
            Ok(named != Named::Unknown)
        })
    }

    /// JSON of `BlendPoolStats`.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> String {
        serde_json::to_string(&self.pool.stats()).unwrap_or_default()
    }

    /// Rejects what waits, and resolves when the running blend has ended.
    #[napi]
    pub async fn close(&self) {
        self.ring.close();
        let pool = Arc::clone(&self.pool);
        // A panic in there has been reported by the blend it ended.
        let _ = tokio::task::spawn_blocking(move || pool.close()).await;
    }
}

fn to_napi(error: BlendError) -> napi::Error {
    reply::plain(&format!("{}: {error}", error.code()))
}
