//! Events of one host in, sessions with receipts out: a pure function.

mod row;

pub use row::{SessionEvent, is_relevant};
