//! What the stages of a job share.

use std::sync::Arc;
use std::time::Instant;

use super::events::Level;
use super::job_share::JobShare;
use super::memory_watch::MemoryWatch;
use super::open_decoders::OpenDecoders;
use super::progress::Progress;
use super::transaction::Transaction;
use crate::browser::Scratch;
use crate::page::Diagnostics;
use crate::spec::RenderSpec;

/// What the stages of a job share. Nothing in it is decided by one of them.
pub(super) struct JobContext<'a> {
    /// When the render began.
    pub started: Instant,
    pub spec: &'a Arc<RenderSpec>,
    pub progress: Arc<Progress>,
    pub diagnostics: Diagnostics,
    pub memory: MemoryWatch,
    pub scratch: &'a Scratch,
    pub decoders: &'a OpenDecoders,
    pub transaction: &'a Transaction,
    pub share: &'a JobShare,
}

impl JobContext<'_> {
    /// Tells the caller of something that was given up on.
    pub fn warn(&self, note: &str) {
        let line = format!("[Native] {note}");
        self.progress
            .log(Level::Warn, line, serde_json::Value::Null);
    }
}
