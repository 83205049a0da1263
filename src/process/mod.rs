//! Child processes that never outlive the job: each leads its own process group, is watched by a
//! reaper task, keeps the tail of its stderr, and is killed with its group when the handle drops
//! or when this process dies.

mod args;
mod child;
mod error;
mod exit;
mod group_facts;
mod groups;
mod leftovers;
mod live_group;
mod media_input;
mod memory;
mod pipe;
mod run;
mod spawner;
mod starting;
mod stderr_tail;
#[cfg(all(test, windows))]
mod windows_children;

pub use args::{path_arg, words};
pub use child::{ChildSpec, ManagedChild};
pub use error::ProcessError;
pub use exit::{Exit, end_this_process};
pub use group_facts::{
    descendants, group_members, group_memory_bytes, group_resident_bytes, has_argument,
    memory_bytes, resident_set_bytes,
};
pub use groups::Groups;
pub use leftovers::OwnedFolder;
#[cfg(test)]
pub(crate) use media_input::with_plain_inputs;
pub use media_input::{MEDIA_FORMATS, media_input, without_refusal, written_input};
pub use memory::{MOST_RANGES, MemoryError, ProcessMemory};
pub use pipe::{ChildEnd, PipeReader, PipeWriter, from_child, to_child, widen};
pub use run::{Finished, RunError, run_to_end};
