//! The page's timed elements, of which there are none.

pub use crate::stand_ins::passes::Stack;
