//! Events of one host in, sessions with receipts out: a pure function.
//!
//! The way through, in reading order: `row` is what the engine sees of a record; `hosts` puts names together; `order`,
//! `clock` and `boots` put records into boots and in order; `logons` and `desktops` make the two kinds of session that
//! Windows knows; `access` puts the third together, the one people ask for; `engine` runs it all.
//!
//! No I/O, no clock, no randomness: the same records in any order give the same tables.

mod access;
mod boots;
mod clock;
mod coverage;
mod desktops;
mod engine;
mod host;
mod hosts;
mod logons;
mod logs;
mod order;
mod row;
mod tables;

pub use access::reason_text;
pub use coverage::Coverage;
pub use engine::{Tables, first_known, sessionize};
pub use row::{SessionEvent, is_relevant};
