//! Events of one host in, sessions with receipts out: a pure function.
//!
//! The way through, in reading order: `row` is what the engine sees of a record; `hosts` puts names together; `order`,
//! `clock` and `boots` put records into boots and in order; `logons` and `desktops` make the two kinds of session that
//! Windows knows; `access` puts the third together, the one people ask for; `coverage` says how far the logs reach; `engine`
//! runs it all. Of what comes out, `flow` makes a story, `rdp_health` a report on faults, and `usage` reckons for how long
//! people were there.
//!
//! No I/O, no clock, no randomness: the same records in any order give the same tables.

mod access;
mod apart;
mod arbitration;
mod boots;
mod clock;
mod coverage;
mod desktops;
mod engine;
mod extent;
mod facts;
pub mod flow;
mod host;
mod hosts;
mod index;
mod logons;
mod logs;
mod luids;
mod mix;
mod near;
mod order;
pub mod rdp_health;
mod reach;
mod record;
mod records;
mod restarts;
mod row;
mod tables;
mod times;
pub mod usage;
mod words;

pub use access::{reason_text, status_text};
pub use coverage::{Coverage, LogId};
pub use engine::{Sink, Tables, first_known, sessionize, sessionize_into, sessionize_neighbours};
pub use hosts::{Neighbours, Rename, one_name_each};
pub use reach::{LogReach, Reach};
pub use records::Records;
pub use row::{SessionEvent, is_relevant, names_process};
