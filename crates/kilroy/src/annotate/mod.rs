//! `kilroy annotate`: somebody else's timeline, with the session of each row.
//!
//! The way of a row: `encoding` gives UTF-8, `records` cuts it into rows as they stand, `shape` knows where in a row its time,
//! host and user are, `times` reads a time, `people` knows the sessions, and `added` is what stands behind the row then. What a
//! row had stays as it was, to the byte.

mod added;
mod cells;
mod columns;
mod encoding;
mod json;
mod people;
mod records;
mod shape;
mod tally;
mod times;

pub(crate) use encoding::{Encoding, open};
pub(crate) use people::People;
pub(crate) use records::Records;
pub(crate) use shape::{Asking, Chosen, Shape, separator};
pub(crate) use tally::Tally;
pub(crate) use times::{Clock, TimeFormat};
