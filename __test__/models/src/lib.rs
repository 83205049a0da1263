//! The engine's own source files, compiled against a `tokio` and locks whose scheduler a test decides.
//! What a file needs of rooms that take no part is a stand-in from `stand_ins`.

mod stand_ins;

pub mod assemble;
pub mod capture;
pub mod composition;
pub mod encode;
pub mod machine;
pub mod page;
pub mod pixels;
pub mod sync;
pub mod transitions;
pub mod video;
