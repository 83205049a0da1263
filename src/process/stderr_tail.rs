//! The end of what a child writes to its stderr, for error messages.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncReadExt;

use crate::sync::IgnorePoison;

/// Bytes that are kept, as many as upstream keeps.
const KEPT_BYTES: usize = 64 * 1024;

/// The last bytes of a stream. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct StderrTail(Arc<Mutex<VecDeque<u8>>>);

impl StderrTail {
    /// Reads `pipe` to its end.
    pub async fn keep(self, mut pipe: impl AsyncReadExt + Unpin) {
        let mut chunk = [0u8; 4096];
        while let Ok(read) = pipe.read(&mut chunk).await {
            if read == 0 {
                return;
            }
            let mut bytes = self.0.lock().ignore_poison();
            bytes.extend(&chunk[..read]);
            let excess = bytes.len().saturating_sub(KEPT_BYTES);
            bytes.drain(..excess);
        }
    }

    /// The last lines that are not empty, oldest first, at most `most`.
    pub fn last_lines(&self, most: usize) -> String {
        let bytes: Vec<u8> = self.0.lock().ignore_poison().iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        lines[lines.len().saturating_sub(most)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_end_of_a_long_stream_is_kept() {
        let tail = StderrTail::default();
        let text = format!("{}\n\nlast but one \nlast\n", "x".repeat(KEPT_BYTES));
        tail.clone().keep(text.as_bytes()).await;
        assert_eq!(tail.0.lock().ignore_poison().len(), KEPT_BYTES);
        assert_eq!(tail.last_lines(2), "last but one\nlast");
        assert_eq!(tail.last_lines(9).lines().count(), 3);
    }
}
