//! Hops between hosts: finding them in a case, and showing them.

mod addresses;
mod graph;
mod listing;
mod make;
mod words;

pub(crate) use addresses::AddressListing;
pub(crate) use graph::graph;
pub(crate) use listing::{HopListing, ahead};
pub(crate) use make::write;
