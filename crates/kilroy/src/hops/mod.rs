//! Hops between hosts: showing them.

mod addresses;
mod graph;
mod listing;
mod words;

pub(crate) use addresses::AddressListing;
pub(crate) use graph::graph;
pub(crate) use listing::{HopListing, ahead};
