//! The words Kilroy thinks in: events, accounts, endpoints, sessions and receipts.
//!
//! Types only, no I/O. Every other crate speaks this vocabulary; the Arrow schema of the event
//! table lives here too, because it is the contract between the crates (and other machines).

mod account;
mod action;
mod address;
#[cfg(feature = "arrow")]
mod columns;
mod coverage;
mod event;
mod finding;
mod hop;
mod ids;
mod names;
mod receipt;
#[cfg(feature = "arrow")]
mod schema;
#[cfg(feature = "arrow")]
mod schema_text;
mod session;
mod shared_text;
mod text_slice;
mod time;

pub use account::{Account, AccountKind};
pub use action::Action;
pub use address::{Endpoint, Scope, SourceAddress, parse_source};
pub use coverage::{
    Absence, ClockChange, GapWhy, LogBegin, LogClear, LogCoverage, LogGap, LogSpan, LogState, LoggingStop,
    TimeFall,
};
pub use event::{
    Authentication, Event, EventIdentity, EventRef, Fields, Kind as EventKind, Network, Origin, Outcome,
    Process, SessionRefs, System, event_uid,
};
pub use finding::{
    Fact, FactName, Finding, FindingRecord, FindingSession, RecordPart, SessionPart, Weight, finding_uid,
};
pub use hop::{
    AddressBasis, Certainty, Hop, HopKey, HopMethod, HopMissing, HopProof, HopRole, HopSide, HopSides,
    HopUid, HostAddress,
};
pub use ids::{EventUid, EvidenceId, FindingUid, Guid, Luid, ParseIdError, SessionUid};
pub use names::{bare_name, host_key, may_be_one_domain, may_be_one_host, netbios_key, same_name};
pub use receipt::{
    Contradiction, FieldProof, Grade, Link, LinkRule, Missing, Role, Source, TurnedDown, WhyMissing,
};
#[cfg(feature = "arrow")]
pub use schema::{EventColumns, event_batch, event_schema};
#[cfg(feature = "arrow")]
pub use schema_text::{ColumnText, event_column_texts};
pub use session::{
    AccessSession, AuthenticationSummary, Boot, Connection, EndKind, How, Kind, LogonSession, Reason,
    SessionOutcome, Stretch, TerminalSession,
};
pub use text_slice::{TextList, TextSlice};
pub use time::{TimeBasis, Timestamp};
