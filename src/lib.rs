//! Native render core of HyperFrames. Each top module is a room: it has one subject, and
//! `scripts/lib/rooms.mjs` says which other rooms it may name. `ARCHITECTURE.md` goes through them in
//! the order of a render.

pub mod assemble;
pub mod audio;
pub mod browser;
pub mod capture;
pub mod composition;
pub mod encode;
pub mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod inject;
pub mod job;
pub mod machine;
#[cfg(not(test))]
mod node;
pub mod page;
pub mod pixels;
pub mod plan;
pub mod probe;
pub mod process;
pub mod serve;
pub mod spec;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod transitions;
pub mod video;
pub mod wire;
