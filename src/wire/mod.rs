//! The JSON between JavaScript and Rust: what answers look like, and the TypeScript types of all
//! that crosses, generated from the Rust types into `js/wire/generated.ts`.

mod frame_request;
mod reply;
#[cfg(test)]
mod typescript;
#[cfg(test)]
mod unknown_fields;
mod version;

pub use frame_request::FrameRequest;
pub use reply::{Failure, Reply};
pub use version::wire_version;
