//! `kilroy origin`: who was behind something that happened, and from where.

mod chain;
mod named;
mod page;
mod rows;
mod told;
mod way;

pub(crate) use chain::{Origin, origin};
pub(crate) use named::event_named;
pub(crate) use page::page;
pub(crate) use rows::OriginRow;
