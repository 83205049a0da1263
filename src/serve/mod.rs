//! Loopback asset server: the compiled composition and its project, with byte ranges and the
//! scripts that every HTML page needs in its head. Nothing else is reachable through it.

mod frame_server;
mod html;
mod lookup;
mod loopback;
mod server;

pub use frame_server::{FrameAnswer, FrameBody, FrameHandler, FrameServer};
pub use server::{AssetServer, ServeError, ServeOptions};
