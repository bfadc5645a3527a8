//! Usage time: what a case says about it, and how it is shown.
//!
//! `marks` finds the records that say that somebody was away, `facts` puts them beside the sessions, host by host; what comes
//! of it is reckoned in `kilroy_sessions::usage`. `host_zones` knows the time zones of all hosts. `row` is a row of it in every format, `page` the picture for a terminal.

mod facts;
mod host_zones;
mod marks;
mod page;
mod row;
mod zones;

pub(crate) use facts::{Asked, facts};
pub(crate) use host_zones::HostZones;
pub(crate) use page::{page, parts};
pub(crate) use row::UsageListing;
pub(crate) use zones::Zones;
