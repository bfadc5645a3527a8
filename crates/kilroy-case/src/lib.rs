//! The case on disk: what was read, what it said, and what was made of it.
//!
//! ```text
//! case/
//!   case.db                               the register (SQLite): evidence, losses, runs; notes that people add
//!   case.lock                             held by the one run that writes
//!   events/host=<name>/<evidence>.parquet the events of one evidence file on one host, sorted
//!   sessions.parquet  logon_sessions.parquet  terminal_sessions.parquet  boots.parquet  coverage.parquet
//!   hops.parquet  addresses.parquet  findings.parquet
//! ```
//!
//! Four promises, and where they are kept:
//!
//! - **A killed run leaves a case that opens.** Every file is written aside and renamed (`aside`); what a file of
//!   evidence gave enters the register in one transaction after its event files are in place (`register`).
//!   Until then the case does not hold it, and the next run reads it again.
//! - **Same evidence, same bytes.** Rows are sorted before they are written, and nothing in a table depends on a path,
//!   a clock or the order of work (`events`, `table`).
//! - **One record counts once.** It is stored with each evidence file that has it, and read once (`scan`).
//! - **One writer, many readers.** [`Case::create_or_open`] holds a lock until the case is dropped; [`Case::open`] only
//!   reads, and needs none: it sees whole files, old or new.

mod aside;
mod case;
mod coverage;
mod error;
mod events;
mod evidence;
#[cfg(test)]
mod faults;
mod finding_table;
mod hop_tables;
mod hosts;
mod lock;
mod made;
mod made_columns;
mod notes;
mod observations;
mod owned;
pub mod query;
mod register;
mod runs;
mod safe_name;
mod scan;
mod scan_row;
mod session_index;
mod session_query;
mod session_tables;
mod session_writer;
mod sizes;
pub mod sql;
mod stream;
mod table;
mod verify;
mod visits;

pub use case::Case;
pub use error::CaseError;
pub use events::{EventWriter, Written};
pub use evidence::{Content, EvidenceRow, EvidenceStatus, LossRow, MAX_LOSSES_KEPT, Seen};
pub use finding_table::Dismissal;
pub use hosts::HostRow;
pub use notes::{Bookmark, Note, NoteId, Tag, Target, TargetKind, UnknownTarget};
pub use runs::{Order, RunId, RunRow};
pub use scan::SessionEvents;
pub use session_query::SessionFacts;
pub use session_writer::SessionWriter;
pub use stream::{ColumnHints, TableStream};
pub use verify::{Flaw, StoredFile};
pub use visits::RecordTimes;
