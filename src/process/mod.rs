//! Child processes that never outlive the job: each leads its own process group, is watched by a
//! reaper task, keeps the tail of its stderr, and is killed with its group when the handle drops
//! or when this process dies.

mod args;
mod child;
mod error;
mod exit;
mod file_lock;
mod group_facts;
mod groups;
mod leftovers;
mod live_group;
mod media_input;
mod pipe;
mod run;
mod spawner;
mod stderr_tail;

pub use args::{path_arg, words};
pub use child::{ChildSpec, ManagedChild};
pub use command_fds::FdMapping;
pub use error::ProcessError;
pub use exit::Exit;
pub use file_lock::TryLock;
pub use group_facts::{
    descendants, group_members, group_memory_bytes, group_resident_bytes, memory_bytes,
    resident_set_bytes,
};
pub use groups::Groups;
pub use leftovers::OwnedFolder;
#[cfg(test)]
pub(crate) use media_input::with_plain_inputs;
pub use media_input::{MEDIA_FORMATS, media_input, without_refusal, written_input};
pub use pipe::widen;
pub use run::{Finished, RunError, run_to_end};
