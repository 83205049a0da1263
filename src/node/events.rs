//! Events from the job's threads to a JavaScript callback.

use std::sync::Arc;

use napi::Status;
use napi::bindgen_prelude::{Function, Result};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};

use crate::job::{Event, EventSink};

/// Events that may wait for a busy event loop; beyond, new ones are dropped. A job's final words
/// travel with its promise, never here.
const QUEUE: usize = 1024;

/// Weak, so that an unused callback does not keep Node alive.
type Callback = ThreadsafeFunction<String, (), String, Status, false, true, QUEUE>;

/// Wraps a JavaScript function as an event sink.
pub(super) fn sink(on_event: Function<'_, String, ()>) -> Result<EventSink> {
    let callback: Callback = on_event
        .build_threadsafe_function()
        .callee_handled::<false>()
        .weak::<true>()
        .max_queue_size::<QUEUE>()
        .build()?;
    Ok(Arc::new(move |event: &Event| {
        if let Ok(json) = serde_json::to_string(event) {
            callback.call(json, ThreadsafeFunctionCallMode::NonBlocking);
        }
    }))
}
