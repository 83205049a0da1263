//! Loopback asset server: the compiled composition and its project, with byte ranges and the
//! scripts that every HTML page needs in its head. Nothing else is reachable through it.

mod html;
mod lane;
mod lookup;
mod server;

pub use lane::{DataLane, LaneBody, LaneHandler};
pub use server::{AssetServer, ServeError, ServeOptions};
