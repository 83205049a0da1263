//! A request for one frame of an open composition.

use std::sync::Arc;

use serde::Deserialize;

use crate::job::{FrameSession, RenderError};
use crate::machine::Ledger;
use crate::pixels::{Still, StillError};

/// One frame, and the file that is made of it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FrameRequest {
    /// Number of the frame, from 0.
    frame: u64,
    /// The file.
    still: Still,
}

impl FrameRequest {
    /// Reads it.
    ///
    /// # Errors
    /// [`RenderError::Spec`], [`RenderError::Still`].
    pub fn parse(json: &str) -> Result<Self, Arc<RenderError>> {
        let request: Self = serde_json::from_str(json)
            .map_err(|e| RenderError::Spec(format!("frame request: {e}")))?;
        request.still.check().map_err(RenderError::from)?;
        Ok(request)
    }

    /// The file, of a frame of `session`.
    ///
    /// # Errors
    /// [`RenderError`].
    pub async fn picture(self, session: &FrameSession) -> Result<Vec<u8>, Arc<RenderError>> {
        let facts = session.facts().await?;
        let frame = session.frame(self.frame).await?;
        let turn = Ledger::of_process().still_turn().await;
        let encoding = move || -> Result<Vec<u8>, StillError> {
            let encoded = self.still.encode(&frame, (facts.width, facts.height));
            drop(turn);
            encoded
        };
        let encoded = tokio::task::spawn_blocking(encoding).await;
        let encoded = encoded.map_err(|e| RenderError::Panic(e.to_string()))?;
        Ok(encoded.map_err(RenderError::from)?)
    }
}
