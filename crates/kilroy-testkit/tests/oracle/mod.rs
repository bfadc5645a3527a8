//! A second correlator, slow and plain, written from the rules alone: it walks over all records for every question, and it
//! shares no line with the engine. What the two do not say alike is a fault of one of them, or a gap in the rules.
//!
//! In reading order: `hosts` and `boots` put records in their place; `story` holds them and the presences that grow;
//! `logons`, `desktops`, `arrivals`, `desktops_of_security`, `failures`, `ends`, `lone_ends` and `bounds` are the
//! paragraphs of the rules; `finish` writes the rows; `compare` lays
//! them beside the engine's; `shrink` makes a difference small; `random` makes histories; `found` keeps what was found.
//!
//! # What it leaves out
//!
//! - Gateways (kind `gateway`) and terminal lines of Linux (kind `tty`, and what ties them to secure shell): their rows are
//!   taken away from the engine's before the two are compared. Scenarios and real Linux logs test them.
//! - Fields that say how sure a row is: grade, what is missing, links, proofs, roles; of keys `session_uid`, `sid`, `scope`,
//!   `line`, `resource`, `activity_id`, `authentication`, `linked_logon_ids` and the texts in words. It has `sources`, and
//!   compares which records stand with a row, not why.
//! - The tables of logon sessions, terminal sessions, boots and coverage.
//!
//! Records that may as well stand with a row as not are its `perhaps`. Histories of which the two say different things and
//! the rules do not settle which is right are listed by name in `oracle.rs`; seeds beyond the tested ones hold some more.
//!
//! # Readings
//!
//! Where the rules leave a choice, the oracle follows the engine, and this table says so. "Both" means that either passes.
//!
//! | the rules leave open | read as |
//! |---|---|
//! | "a second or two" of LSM, of Security | 3 s; an end of Security and one of LSM that share a logon ID: 10 s |
//! | 4624 of a desktop to its 21 | up to 30 s before, 2 s after; another address (NAT) up to 10 s |
//! | marks of one boot | up to 120 s apart ("seen up to 42 s") |
//! | "logon IDs that fall back" | below half of the highest, once that is above 0x100000; or one given out anew |
//! | UAC halves before Windows 10 | up to 100 ms apart; where a log has no 4672 at all, without one |
//! | a shutdown's mark with life after it | none, if somebody logs on more than a minute later |
//! | a bound before the begin (the clock stepped back) | null |
//! | a 40 with reason 12 and no 23 | a logoff; a 40 whose 24 comes up to a minute later waits for it |
//! | a 24 up to a minute after a 23 | comes along with it, and is no second end |
//! | a 22 whose 21 is lost | a row without a start; it names the session of a 4624 up to 30 s before |
//! | 23, 4634, 4647 after the presence's disconnect | no row: nobody sat there |
//! | lone 4634 of type 3 up to 5 s after a remote 23 or 24 | the NLA half's, and part of that row, where the begin is not seen or Security has a hole within some seconds of it |
//! | lone 4634 of one user and desktop type at one moment | two halves, one row |
//! | one 4634 of two halves, and nothing else | a logoff |
//! | a type 7 without 4778 after NLA halves that another session has | a reconnect all the same, unless LSM goes on |
//! | a 24 that names another place than its connection's earlier records of LSM | of a presence of its own, begin not seen; the one before is superseded, bounded by that 24 |
//! | an unspecified address (`::`, `0.0.0.0`) | no place |
//! | a 23 with its 24 long after the last disconnect | somebody was there again: a row, begin not seen |
//! | 4634 beside a 24 whose 40 says replaced (5) or left (11) | no logoff |
//! | a lone 4634 of type 7, 10 or 12 up to 10 s after the user's 25 or 4778, and no 23 or 4647 beside it | of that reconnect's short logon: both |
//! | a half whose own 4624 is lost | the other half names it: its 4634 is the session's |
//! | 4778 whose 25 is lost | takes up the desktop of its logon ID, and what LSM shows of that next |
//! | 1149, and up to 30 s later a 4625 of type 10 or 12 | one failure |
//! | a type 3 without a name and SID (Server 2003) | background |
//! | session ID of a row that none of its sources names | both |
//! | 23, 24 and 40 up to five minutes after a 41 without 21 or 25 | of a throw-away session |
//! | 131 and 261 by time | not if another session's records carry their activity |
//! | the 4634 of the last NLA half while LSM goes on | no end: LSM would show it |
//! | 4800 and 4801, 4672, 4648, successful 4776, 4768 and 4769 as sources | both |
//! | 41, 42 and the 40 of a throw-away session as sources where 25 or 41 is lost | both |
//! | `LOCAL` or 127.0.0.1, where 4624 and LSM or 4779 differ | both |
//! | failures at one time | counted in the order of the log |

#![allow(dead_code)] // Each test uses its part.

mod arrivals;
mod boots;
mod bounds;
mod compare;
mod desktops;
mod desktops_of_security;
mod ends;
mod failures;
mod finish;
mod hosts;
mod logons;
mod lone_ends;
pub(crate) mod random;
mod row;
mod shrink;
mod story;

use std::convert::Infallible;
use std::path::PathBuf;

use kilroy_model::Kind;
use kilroy_sessions::{Coverage, SessionEvent, sessionize};
use kilroy_testkit::LogFile;

pub(crate) use compare::shown;
pub(crate) use hosts::Noted;
pub(crate) use row::Row;
pub(crate) use shrink::shrink;

/// What both correlators get.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) events: Vec<SessionEvent>,
    pub(crate) noted: Vec<Noted>,
}

impl History {
    /// Records that nothing else is known of: they are all there is.
    pub(crate) fn of_events(events: Vec<SessionEvent>) -> Self {
        let noted = events
            .iter()
            .map(|e| Noted {
                host: e.host.to_string(),
                log: e.log.to_string(),
                event_id: e.event_id,
                record_id: e.record_id,
                time: e.time,
            })
            .collect();
        Self { events, noted }
    }

    /// The evidence in some files and folders.
    pub(crate) fn of_paths(paths: &[PathBuf]) -> Self {
        let mut history = Self::default();
        for found in kilroy_evidence::find(paths).expect("inputs exist") {
            if found.kind.is_err() {
                continue;
            }
            kilroy_evidence::read::<Infallible>(&found, &|_| {}, &mut |event| {
                if let Some(time) = event.time {
                    history.noted.push(Noted {
                        host: event.origin.host.to_string(),
                        log: event.origin.channel.to_string(),
                        event_id: event.origin.event_id,
                        record_id: event.identity.record_id,
                        time,
                    });
                }
                history.events.extend(SessionEvent::of(&event));
                Ok(())
            })
            .expect("readable evidence");
        }
        history
    }

    /// Log files, by way of a folder.
    pub(crate) fn of_files(files: &[LogFile]) -> Self {
        let dir = tempfile::tempdir().expect("a place for files");
        for file in files {
            let path = dir.path().join(file.name.replace('%', "_"));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, &file.bytes).expect("a file");
        }
        Self::of_paths(&[dir.path().to_owned()])
    }

    /// Rows of the engine.
    pub(crate) fn engine(&self) -> Vec<Row> {
        let mut coverage = Coverage::new();
        for n in &self.noted {
            coverage.add(&n.host, &n.log, n.event_id, n.record_id, n.time);
        }
        coverage.seal();
        let tables = sessionize(self.events.clone(), &coverage);
        // Gateways and terminal lines of Linux are left out: the oracle has no paragraph on them.
        let compared = |kind: Kind| !matches!(kind, Kind::Gateway | Kind::Tty);
        tables.access.iter().map(Row::of).filter(|row| compared(row.kind)).collect()
    }

    /// Rows of the oracle.
    pub(crate) fn oracle(&self) -> Vec<Row> {
        finish::correlate(&self.events, &self.noted)
    }

    /// What the two do not say alike, one line each.
    pub(crate) fn differences(&self) -> Vec<String> {
        compare::differences(self, &self.engine(), &self.oracle())
    }

    /// Each machine by itself.
    pub(crate) fn by_host(&self) -> Vec<Self> {
        hosts::by_host(&self.events, &self.noted)
            .into_iter()
            .map(|(events, noted)| Self { events, noted })
            .collect()
    }
}
