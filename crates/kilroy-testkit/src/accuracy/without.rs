//! The same evidence without one of its logs: what another log proves must still be there, and nothing may be said that the
//! whole evidence does not say.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{AccessSession, EventUid, Grade, Role, Source, WhyMissing};

use crate::accuracy::exact::line;
use crate::accuracy::judge::judge;
use crate::accuracy::ledger::{Facts, Key, Ledger};

/// What is wrong with the rows of evidence that lacks a log, one line each.
#[derive(Debug, Clone, Default)]
pub struct Without {
    /// Sessions that are gone though a record of another log proves them.
    pub gone: Vec<String>,
    /// Rows whose grade has risen without a reason.
    pub risen: Vec<String>,
    /// Fields that contradict the whole evidence.
    pub contradictions: Vec<String>,
    /// Rows that were compared.
    pub rows: u64,
}

impl Without {
    /// Adds another one's lines, with words before each.
    pub fn add(&mut self, other: Self, before: &str) {
        let with =
            |lines: Vec<String>| lines.into_iter().map(|l| format!("{before}: {l}")).collect::<Vec<_>>();
        self.gone.extend(with(other.gone));
        self.risen.extend(with(other.risen));
        self.contradictions.extend(with(other.contradictions));
        self.rows += other.rows;
    }
}

/// Compares the rows of the whole evidence with those of what is left without a log.
pub fn without(
    log: &str,
    full: &[AccessSession],
    less: &[AccessSession],
    facts: &BTreeMap<Key, Facts>,
    left: &BTreeSet<Key>,
) -> Without {
    let mut done = Without { rows: less.len() as u64, ..Without::default() };
    let mut there: BTreeMap<EventUid, usize> = BTreeMap::new();
    for (number, row) in less.iter().enumerate() {
        there.extend(row.sources.iter().map(|s| (s.event_uid, number)));
    }
    for row in full.iter().filter(|r| !r.background) {
        let mut proving = row.sources.iter().filter(|s| &*s.log != log && makes_a_row(s)).peekable();
        if proving.peek().is_some() && !proving.any(|s| there.contains_key(&s.event_uid)) {
            done.gone.push(line(row));
        }
    }
    let ledger = Ledger::of_rows(full, facts);
    for row in less.iter().filter(|r| !r.background) {
        if let Some(of) = ledger.owner(row).and_then(|n| full.get(n))
            && rank(row.grade) > rank(of.grade)
            && !is_excused(log, row, of)
        {
            done.risen.push(format!("{} from {} in {}", row.grade, of.grade, line(row)));
        }
    }
    done.contradictions = judge(&ledger, left, less).wrong;
    done
}

/// A record that the log should have had is not expected without the log; and what is only a part of the row that it came
/// from, with another anchor, is judged by what it is now.
fn is_excused(log: &str, row: &AccessSession, of: &AccessSession) -> bool {
    let unexplained = of.missing.iter().any(|m| m.log == log && m.why == WhyMissing::Unexplained);
    unexplained || row.session_uid != of.session_uid
}

fn rank(grade: Grade) -> u8 {
    match grade {
        Grade::SingleSource => 0,
        Grade::Partial => 1,
        Grade::Complete => 2,
    }
}

/// Would this record alone be a row?
fn makes_a_row(source: &Source) -> bool {
    match source.role {
        Role::Logon | Role::Reconnect | Role::Failure | Role::Denied => true,
        Role::Authentication => source.event_id == 1149 || source.log.starts_with("OpenSSH"),
        Role::Disconnect => matches!(source.event_id, 24 | 4779 | 683),
        Role::Logoff => matches!(source.event_id, 23 | 4647 | 551),
        _ => false,
    }
}
