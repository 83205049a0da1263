//! Child processes that never outlive the job: each leads its own process group, is watched by a
//! reaper task, keeps the tail of its stderr, and is killed with its group when the handle drops
//! or when this process dies.

mod args;
mod child;
mod groups;
mod pipe;
mod run;
mod spawner;
mod tree;

pub use args::{path_arg, words};
pub use child::{ChildSpec, Exit, ManagedChild, ProcessError};
pub use command_fds::FdMapping;
pub use groups::Groups;
pub use pipe::widen;
pub use run::{Finished, RunError, run_to_end};
pub use tree::{group_members, tree_memory_bytes};
