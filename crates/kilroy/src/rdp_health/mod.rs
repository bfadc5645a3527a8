//! `kilroy rdp-health`: from a case to a report, and the report in words.

mod page;
mod read;
mod rows;
mod words;

pub(crate) use page::page;
pub(crate) use read::{Wanted, read};
pub(crate) use rows::{Document, Row};
