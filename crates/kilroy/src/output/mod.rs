//! From rows to text. [`Printer`] is the only one that writes to standard output.

mod csv;
mod escape;
mod printer;
mod table;
mod text;
mod times;

pub(crate) use csv::{header as csv_header, push_cell as csv_cell};
pub(crate) use escape::{escape, is_hostile};
pub(crate) use printer::{Listing, Printer};
pub(crate) use table::{Cell, Column, Table, Tone, wrap};
pub(crate) use text::{bytes, count, cut, cut_start, width};
pub(crate) use times::{
    between, clock, day, delta, duration, millis, seconds, span, ticks_as_seconds, until,
};
