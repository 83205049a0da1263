//! What a recipe gave up on, for the log.

use std::sync::Arc;

/// Takes one line for the log.
pub type Notes = Arc<dyn Fn(&str) + Send + Sync>;
