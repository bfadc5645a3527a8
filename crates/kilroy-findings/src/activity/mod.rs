//! To which session something belongs.
//!
//! [`SessionIndex`] knows the sessions of a case; [`Clues`] are what an event, or a row of somebody else's timeline, says of
//! its session; [`Belonging`] is the answer: which session, how sure, and by which key. [`Lineage`] remembers which process ran
//! under which logon, for events that name a process and no logon.

mod account;
mod alive;
mod belonging;
mod build;
mod chain;
mod clocks;
mod clues;
mod follow;
mod index;
mod lineage;
mod names;
mod spans;
mod stay;
mod tables;
#[cfg(test)]
mod tests;
mod tree;
mod turns;

pub use alive::{Birth, StillRuns};
pub use belonging::{Belonging, By, Sure, When};
pub use build::IndexBuilder;
pub use chain::{Children, Step};
pub use clocks::Moment;
pub use clues::Clues;
pub use follow::{Follower, Share};
pub use index::SessionIndex;
pub use lineage::Lineage;
pub use tree::{Branch, Process, ProcessTree};
pub use turns::Turn;
