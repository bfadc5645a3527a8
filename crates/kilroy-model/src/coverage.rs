//! How far the logs reach: what a "nothing found" can be said of.

use serde::{Deserialize, Serialize};

use crate::receipt::named;
use crate::{EventUid, Luid, SessionUid, Timestamp};

named! {
    /// What a log looks like as a whole.
    LogState {
        /// The case holds no record of it, though this host should have one.
        Absent = "absent",
        /// No record ID is missing between its first and its last record.
        Whole = "whole",
        /// Record IDs are missing at some places.
        Holes = "holes",
        /// Holes everywhere, and few kinds of events: it looks like a filtered export.
        Filtered = "filtered",
        /// Holes everywhere, and many kinds of events.
        Scattered = "scattered",
    }
}

named! {
    /// How a log begins.
    LogBegin {
        /// With its very first record.
        FirstRecord = "first-record",
        /// After it was cleared.
        Cleared = "cleared",
        /// With a later record, and no clear is seen: the oldest ones were overwritten, or were not collected.
        RolledOver = "rolled-over",
    }
}

named! {
    /// Why a log tells nothing of a time between two of its records.
    GapWhy {
        /// Record IDs are missing.
        Hole = "hole",
        /// The log was cleared, and records from before and after the clear are there.
        Cleared = "cleared",
        /// Record IDs begin anew.
        Restart = "restart",
    }
}

/// How far one log of one host reaches, and where it does not.
///
/// Of each list at most 1,000 items are kept; the total beside it counts all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCoverage {
    /// Host, lower-cased; of several names the full one, of a machine that was renamed the last one.
    pub computer: String,
    /// All names that the host goes by in the case.
    pub names: Vec<String>,
    /// Full channel name.
    pub log: String,
    /// What the log looks like as a whole.
    pub state: LogState,
    /// Records that the case holds of it; copies of one record count once.
    pub records: u64,
    /// The event IDs among them, in their order.
    pub event_ids: Vec<u32>,
    /// Time of the first record, in the order of logging. Where a clock was wrong, others may be earlier.
    pub first: Option<Timestamp>,
    /// Time of the last record, in the order of logging. Where a clock was wrong, others may be later.
    pub last: Option<Timestamp>,
    /// Record ID of the first record, in the order of logging.
    pub first_record_id: Option<u64>,
    /// Record ID of the last record, in the order of logging.
    pub last_record_id: Option<u64>,
    /// How the log begins; null where it looks filtered.
    pub begins: Option<LogBegin>,
    /// Hours from its first to its last record, if it is rolled over and was not cleared since: a guess at how long the machine
    /// keeps this log.
    pub hours_kept: Option<u32>,
    /// Record IDs that are missing between the first and the last record.
    pub lost: u64,
    /// How many gaps there are.
    pub gaps_total: u64,
    /// Where it tells nothing; if there are more than fit, those that lost most. Holes that lie close together are one gap.
    pub gaps: Vec<LogGap>,
    /// How many spans there are.
    pub spans_total: u64,
    /// The times that it really covers: between gaps.
    pub spans: Vec<LogSpan>,
    /// How often time runs backward by more than a second from one record to the next.
    pub backward_total: u64,
    /// Where it does.
    pub backward: Vec<TimeFall>,
    /// How often the log was cleared, as far as records say.
    pub clears_total: u64,
    /// When and by whom; the record stands in this log (1102, 517) or in another one (104).
    pub clears: Vec<LogClear>,
    /// How many clock changes this log notes (4616, Kernel-General 1), small corrections included.
    pub clock_changes_total: u64,
    /// Those by more than a second, and those that do not say by how much.
    pub clock_changes: Vec<ClockChange>,
    /// How often this log notes that event logging stopped (1100).
    pub stops_total: u64,
    /// When, and whether it went on without a boot.
    pub stops: Vec<LoggingStop>,
    /// Records that sessions should have left here and that are missing without a reason.
    pub absences: Vec<Absence>,
}

/// A time that a log covers without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSpan {
    /// Earliest time of its records.
    pub from: Timestamp,
    /// Latest time of its records.
    pub to: Timestamp,
    /// Record ID of the first one.
    pub from_record_id: u64,
    /// Record ID of the last one.
    pub to_record_id: u64,
    /// How many records there are.
    pub records: u64,
}

/// A place in a log where records are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogGap {
    /// Why it tells nothing.
    pub why: GapWhy,
    /// Time of the last record before it.
    pub from: Timestamp,
    /// Time of the first record after it.
    pub to: Timestamp,
    /// First missing record ID; null where record IDs begin anew.
    pub from_record_id: Option<u64>,
    /// Last missing record ID; null where record IDs begin anew.
    pub to_record_id: Option<u64>,
    /// How many records are missing; null where record IDs begin anew.
    pub lost: Option<u64>,
    /// Records that are there between the holes of this gap.
    pub kept: u64,
    /// How many holes it is made of.
    pub holes: u64,
}

/// A record whose time is earlier than that of the record before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeFall {
    /// Record ID of the record before.
    pub before_record_id: u64,
    /// Its time.
    pub before: Timestamp,
    /// Record ID of the record after.
    pub after_record_id: u64,
    /// Its time.
    pub after: Timestamp,
}

/// A log was cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogClear {
    /// When.
    pub time: Timestamp,
    /// The record that says so.
    pub event_uid: EventUid,
    /// The log that it stands in.
    pub noted_in: String,
    /// Its event ID.
    pub event_id: u32,
    /// Its record ID.
    pub record_id: u64,
    /// Name of the account that did it.
    pub user: Option<String>,
    /// Its logon ID.
    pub logon_id: Option<Luid>,
    /// The access session of that logon ID.
    pub session_uid: Option<SessionUid>,
}

/// The clock was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockChange {
    /// When, as the record is stamped.
    pub time: Timestamp,
    /// The record that says so.
    pub event_uid: EventUid,
    /// Its event ID.
    pub event_id: u32,
    /// Its record ID.
    pub record_id: u64,
    /// What the clock showed before; null where the record gives no full time.
    pub old: Option<Timestamp>,
    /// What it showed after.
    pub new: Option<Timestamp>,
    /// Name of the account that did it.
    pub user: Option<String>,
    /// The program that did it.
    pub image: Option<String>,
}

/// Event logging stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggingStop {
    /// When.
    pub time: Timestamp,
    /// The record that says so.
    pub event_uid: EventUid,
    /// Its event ID.
    pub event_id: u32,
    /// Its record ID.
    pub record_id: u64,
    /// Time of the next record, if no boot lies between: somebody may have stopped logging while Windows ran.
    pub resumed: Option<Timestamp>,
}

/// A kind of record that some sessions lack, though the log covers their time without a gap and has such records otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Event ID of the records.
    pub event_id: u32,
    /// Sessions that have theirs.
    pub present: u64,
    /// Sessions that lack theirs, and that another log proves.
    pub absent: u64,
    /// Which sessions lack it.
    pub sessions: Vec<SessionUid>,
}
