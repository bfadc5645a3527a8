//! Questions to the events of a case: filter, then count, group, or read.
//!
//! A [`Filter`] says which events; [`Case::scan`](crate::Case::scan) makes a [`Scan`] of it, which goes through the event
//! table on all cores. What is not needed is not read: files of other hosts, groups of rows whose bounds exclude them, columns
//! that nobody asks for. A text that recurs is compared once, however many events have it.

mod batches;
mod chain;
mod column;
mod eval;
mod filter;
mod group;
mod merge;
pub mod moments;
mod page;
mod pattern;
mod prune;
mod ranges;
pub(crate) mod repeats;
mod scan;
pub(crate) mod table;
mod value;
pub mod values;
pub mod words;

pub(crate) use column::BLOOM;
pub use column::{Column, Kind};
pub use filter::{BadFilter, Check, Expr, Filter};
pub use group::{Counts, Key};
pub use page::{Order, Page};
pub use pattern::{HostPattern, Pattern, Place, UserPattern, network};
pub(crate) use ranges::{Picker, Rows};
pub use scan::Scan;
pub use value::Value;
