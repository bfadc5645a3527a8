//! Events as rows to show: which columns, what is said of an event in a line, how a session is followed.

mod brief;
mod follow;
mod full;
mod records;
mod rows;
mod timeline;
mod xml;

pub(crate) use brief::Brief;
pub(crate) use follow::{follow, session_named};
pub(crate) use full::{FullEvent, full};
pub(crate) use records::records_of;
pub(crate) use rows::{EventRow, columns_named, csv_lines, events, print};
pub(crate) use timeline::Timeline;
pub(crate) use xml::xml_again;
