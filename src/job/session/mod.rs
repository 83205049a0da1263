//! Frames of a composition one at a time: a page that stays open between them. All of it is what a
//! render does, but for the encoder: the same specification, plan, stages, lanes and assembly.

mod asks;
mod frame_session;
mod picture;
mod serving;
mod taken;

pub use frame_session::{FrameSession, SessionFacts};
