//! Loopback asset server: the compiled composition and its project, with byte ranges and the
//! scripts that every HTML page needs in its head. Nothing else is reachable through it. And the
//! proxy through which pages reach the network, where that is limited.

mod frame_server;
#[cfg(test)]
mod hostile_requests;
mod html;
mod lookup;
mod loopback;
mod page_proxy;
mod public_address;
mod server;

pub use frame_server::{FrameAnswer, FrameBody, FrameHandler, FrameServer};
pub use page_proxy::{OnRefused, PageProxy};
pub use server::{AssetServer, ServeError, ServeOptions};
