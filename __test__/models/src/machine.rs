//! The ledger.

#[path = "../../../src/machine/account.rs"]
mod account;
#[path = "../../../src/machine/books.rs"]
mod books;
#[path = "../../../src/machine/ledger.rs"]
mod ledger;
use crate::stand_ins::host;
pub use books::{Ask, Capacity};
pub use ledger::{Ledger, LedgerError};
