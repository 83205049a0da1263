//! Native render core of HyperFrames: a composition flows through named rooms, one door in and
//! one door out each. `ARCHITECTURE.md` walks through them in the order a frame does.

pub mod blend;
pub mod browser;
pub mod capture;
pub mod composition;
pub mod encode;
pub mod inject;
pub mod media;
#[cfg(not(test))]
mod node;
pub mod page;
pub mod pixels;
pub mod process;
pub mod render;
pub mod serve;
