//! The page that a responder reads first: what was read, who was there, and where to look.

mod failures;
mod look_first;
mod page;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kilroy_case::{Case, EvidenceRow, EvidenceStatus, HostRow};
use kilroy_model::{AccessSession, Kind, SessionOutcome, Timestamp};
use serde::Serialize;

use crate::analysis::Clear;
use crate::filter::Internal;
use failures::{Address, Attempts};
use look_first::{LookFirst, Moves, Pointer};
pub(crate) use page::{page, section, steps, typed};

/// What a summary is made from, beside the session tables of the case.
pub(crate) struct Facts<'a> {
    /// The case's path as it was typed, to be typed again.
    pub(crate) shown: &'a str,
    pub(crate) case: &'a Case,
    pub(crate) evidence: &'a [EvidenceRow],
    pub(crate) hosts: &'a [HostRow],
    pub(crate) clears: &'a [Clear],
    pub(crate) internal: &'a Internal,
}

/// The summary of a case.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    case: String,
    evidence: Evidence,
    hosts: Vec<Host>,
    sessions: Sessions,
    /// Sources, those with the most failures first.
    sources: Vec<Address>,
    look_first: Vec<Pointer>,
}

/// What was read and what was not.
#[derive(Debug, Default, Serialize)]
struct Evidence {
    files: u64,
    logs: u64,
    bytes: u64,
    records: u64,
    losses: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    damaged: Vec<Trouble>,
    unreadable: Vec<Trouble>,
    /// No event logs.
    others: Vec<Trouble>,
}

/// A file that was not read, or not whole.
#[derive(Debug, Serialize)]
struct Trouble {
    path: String,
    reason: Option<String>,
    records: u64,
    losses: u64,
}

/// One host and the time that its logs cover.
#[derive(Debug, Serialize)]
struct Host {
    name: String,
    records: u64,
    /// Sessions of people, failed attempts not counted.
    sessions: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

/// Sessions counted.
#[derive(Debug, Serialize)]
struct Sessions {
    people: u64,
    background: u64,
    by_kind: Vec<OfKind>,
}

/// Sessions of people of one kind.
#[derive(Debug, Serialize)]
struct OfKind {
    kind: Kind,
    success: u64,
    failure: u64,
    denied: u64,
}

impl Summary {
    /// Reads the session tables once, a batch at a time: they may be larger than memory.
    pub(crate) fn of(facts: &Facts<'_>) -> Result<Self> {
        let mut moves = Moves::default();
        facts.case.each_terminal_session(&mut |desktop| moves.add(&desktop))?;
        let mut people = People::new(LookFirst::new(facts.clears, moves));
        facts.case.each_access_session_in_brief(&mut |mut session| {
            session.scope = facts.internal.scope(session.scope, session.ip.as_deref());
            people.add(&session);
        })?;
        let (sources, last_failures) = people.attempts.sources();
        Ok(Self {
            case: facts.shown.to_owned(),
            evidence: Evidence::of(facts.evidence),
            hosts: hosts(facts.hosts, &people.by_host),
            sessions: people.counts.known(),
            look_first: people.look_first.pointers(&sources, &last_failures),
            sources,
        })
    }
}

/// What is noted of each session while they pass by.
struct People<'a> {
    counts: Sessions,
    /// Successes.
    by_host: BTreeMap<String, u64>,
    attempts: Attempts,
    look_first: LookFirst<'a>,
}

impl<'a> People<'a> {
    fn new(look_first: LookFirst<'a>) -> Self {
        let counts = Sessions::default();
        Self { counts, by_host: BTreeMap::new(), attempts: Attempts::default(), look_first }
    }

    fn add(&mut self, session: &AccessSession) {
        if session.background {
            self.counts.background += 1;
            return;
        }
        self.counts.add(session);
        if session.outcome == SessionOutcome::Success {
            match self.by_host.get_mut(&session.computer) {
                Some(sessions) => *sessions += 1,
                None => _ = self.by_host.insert(session.computer.clone(), 1),
            }
        }
        self.attempts.add(session);
        self.look_first.add(session);
    }
}

impl Evidence {
    fn of(rows: &[EvidenceRow]) -> Self {
        let mut all = Self { files: rows.len() as u64, ..Self::default() };
        let mut counted = BTreeSet::new();
        for row in rows {
            let trouble = || Trouble {
                path: row.path.clone(),
                reason: row.reason.clone(),
                records: row.records,
                losses: row.losses_total,
            };
            match row.status {
                EvidenceStatus::Read => {}
                EvidenceStatus::Damaged => all.damaged.push(trouble()),
                EvidenceStatus::Unreadable => all.unreadable.push(trouble()),
                EvidenceStatus::NotEvidence => all.others.push(trouble()),
            }
            let is_log = matches!(row.status, EvidenceStatus::Read | EvidenceStatus::Damaged);
            all.logs += u64::from(is_log);
            // One content under two names is read once.
            if is_log && row.id.is_none_or(|id| counted.insert(id)) {
                all.bytes += row.size;
                all.records += row.records;
                all.losses += row.losses_total;
                all.first = [all.first, row.first].into_iter().flatten().min();
                all.last = all.last.max(row.last);
            }
        }
        all
    }
}

/// Hosts, those with the most sessions of people first.
fn hosts(rows: &[HostRow], sessions: &BTreeMap<String, u64>) -> Vec<Host> {
    let mut hosts: Vec<Host> = rows
        .iter()
        .map(|row| Host {
            name: row.host.clone(),
            records: row.events,
            sessions: sessions.get(row.host.as_str()).copied().unwrap_or(0),
            first: row.first,
            last: row.last,
        })
        .collect();
    hosts.sort_by(|a, b| (b.sessions, b.records, &a.name).cmp(&(a.sessions, a.records, &b.name)));
    hosts
}

impl Default for Sessions {
    fn default() -> Self {
        let of_kind = |&kind: &Kind| OfKind { kind, success: 0, failure: 0, denied: 0 };
        Self { people: 0, background: 0, by_kind: Kind::ALL.iter().map(of_kind).collect() }
    }
}

impl Sessions {
    /// Counts a session of people.
    fn add(&mut self, session: &AccessSession) {
        self.people += 1;
        if let Some(of_kind) = self.by_kind.iter_mut().find(|k| k.kind == session.kind) {
            match session.outcome {
                SessionOutcome::Success => of_kind.success += 1,
                SessionOutcome::Failure => of_kind.failure += 1,
                SessionOutcome::Denied => of_kind.denied += 1,
            }
        }
    }

    /// Without the kinds of which there is none.
    fn known(mut self) -> Self {
        self.by_kind.retain(|row| row.success + row.failure + row.denied > 0);
        self
    }
}
