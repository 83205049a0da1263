//! Frames in assembly.

#[path = "../../../src/assemble/assembler.rs"]
mod assembler;
#[path = "../../../src/assemble/recipe.rs"]
mod recipe;
#[path = "../../../src/assemble/taker.rs"]
mod taker;
use crate::stand_ins::assemble_error as error;
pub use assembler::Assembler;
pub use error::AssembleError;
pub use recipe::Recipe;
pub use taker::FrameTaker;
