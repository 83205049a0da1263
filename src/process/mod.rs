//! Child processes that never outlive the job: each leads its own process group, is watched by a
//! reaper task, keeps the tail of its stderr, and is killed with its group when the handle drops
//! or when this process dies.

mod child;
mod idle;
mod spawner;
mod tree;

pub use child::{ChildSpec, Exit, ManagedChild, ProcessError};
pub use command_fds::FdMapping;
pub use idle::IdleCores;
pub use tree::{group_members, tree_memory_bytes};
