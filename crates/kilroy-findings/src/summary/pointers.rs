//! Where to look first: a handful of plain facts that often matter, each with a session to follow.
//!
//! These are pointers, not verdicts. Each says what is there; what it means is for the reader to find out.

use std::collections::BTreeMap;

use kilroy_model::{Kind, LogCoverage, Scope, SessionOutcome, SessionUid, Timestamp};

use super::failures::FailedSource;
use super::missing::{Lack, of_log};
use crate::views::{Names, Visit};

/// One mistyped password is everyday life inside the house; from outside it is not.
pub const FAILURES_INSIDE: u32 = 3;
/// Failures from one source without a success before it counts as guessing.
pub const GUESSES: u64 = 10;

/// Are these failures right before a success more than a mistyped password?
pub(super) fn is_guessed(scope: Scope, prior_failures: u32) -> bool {
    prior_failures >= if scope == Scope::External { 1 } else { FAILURES_INSIDE }
}

/// What a pointer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointerKind {
    /// A success that failures of the same source led up to: a guessed password, or a forgotten one.
    AfterFailures,
    /// A cleared log: something may be missing from it, and somebody wanted that.
    LogCleared,
    /// Remote Desktop from the machine to itself: what a tunnel looks like.
    Loopback,
    /// Somebody from outside was in.
    External,
    /// Right password, no right to be there.
    Denied,
    /// A desktop that was taken up again from another address than before.
    Moved,
    /// Many failures from one source, and no success.
    Guessing,
    /// Records that should be there and are not, without any reason: a removed record looks like this.
    Unexplained,
}

/// One thing worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// What it is.
    pub kind: PointerKind,
    /// The first of them.
    pub about: About,
    /// How many more of the same there are.
    pub more: u64,
}

/// What is known of the first of those that a pointer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A session.
    Session(Seen),
    /// A log that was cleared.
    Clear {
        /// The log.
        log: String,
        /// Its host.
        host: String,
        /// When.
        time: Timestamp,
        /// Account that did it.
        user: Option<String>,
        /// The session it was done in.
        session_uid: Option<SessionUid>,
    },
    /// Records that sessions lack.
    Absence {
        /// The log that they should stand in.
        log: String,
        /// Its host.
        host: String,
        /// Their event ID.
        event_id: u32,
        /// How many sessions lack theirs.
        absent: u64,
        /// Of how many.
        of: u64,
        /// The first of these sessions.
        session_uid: Option<SessionUid>,
    },
    /// Somebody who guesses.
    Guessing {
        /// Attempts in vain.
        failures: u64,
        /// Where they came from.
        source: String,
        /// Names that were tried.
        users: Vec<String>,
    },
}

/// A session as a sentence needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The session.
    pub session_uid: SessionUid,
    /// Who.
    pub user: Option<String>,
    /// Domain of the account.
    pub domain: Option<String>,
    /// Where.
    pub host: String,
    /// Source address.
    pub ip: Option<String>,
    /// Name of the source machine.
    pub client: Option<String>,
    /// When.
    pub time: Option<Timestamp>,
    /// Failures that led up to it.
    pub prior_failures: u32,
    /// The address that the desktop was used from before.
    pub before: Option<String>,
}

/// Smaller is more telling; the session decides between equals.
type Rank = (u8, u32, Option<Timestamp>, SessionUid);

/// The most telling of some sessions, and how many there are.
#[derive(Debug, Default)]
struct Found(BTreeMap<PointerKind, (Rank, Visit, u64)>);

impl Found {
    fn add(&mut self, kind: PointerKind, first: (u8, u32), visit: &Visit) {
        let rank = (first.0, first.1, visit.first_known(), visit.session_uid);
        let known = self.0.entry(kind).or_insert((rank, *visit, 0));
        known.2 += 1;
        if rank < known.0 {
            (known.0, known.1) = (rank, *visit);
        }
    }
}

/// Finds what is worth a look while sessions of people pass by.
#[derive(Debug, Default)]
pub(super) struct Looking {
    moved: BTreeMap<SessionUid, String>,
    found: Found,
}

impl Looking {
    pub(super) fn new(moved: BTreeMap<SessionUid, String>) -> Self {
        Self { moved, found: Found::default() }
    }

    pub(super) fn add(&mut self, visit: &Visit) {
        let outside = visit.scope == Scope::External;
        let inside = u8::from(!outside);
        if self.moved.contains_key(&visit.session_uid) {
            self.found.add(PointerKind::Moved, (inside, 0), visit);
        }
        match visit.outcome {
            SessionOutcome::Denied => self.found.add(PointerKind::Denied, (inside, 0), visit),
            SessionOutcome::Failure => {}
            SessionOutcome::Success => self.success(outside, visit),
        }
    }

    fn success(&mut self, outside: bool, visit: &Visit) {
        let inside = u8::from(!outside);
        if is_guessed(visit.scope, visit.prior_failures) {
            // From outside first, then the most failures.
            self.found.add(PointerKind::AfterFailures, (inside, u32::MAX - visit.prior_failures), visit);
        }
        if visit.kind == Kind::InteractiveRemote && visit.scope == Scope::Loopback {
            self.found.add(PointerKind::Loopback, (0, 0), visit);
        }
        if outside {
            // Whoever had a desktop could do more than who reached a share.
            let share = visit.kind != Kind::InteractiveRemote && visit.kind != Kind::Ssh;
            self.found.add(PointerKind::External, (u8::from(share), 0), visit);
        }
    }

    /// All pointers, the most telling first.
    pub(super) fn pointers(
        &self,
        names: &Names,
        failures: &[FailedSource],
        logs: &[LogCoverage],
    ) -> Vec<Pointer> {
        let of_sessions = self.found.0.iter().map(|(kind, (_, visit, count))| Pointer {
            kind: *kind,
            about: About::Session(self.seen(names, visit)),
            more: count - 1,
        });
        let mut pointers: Vec<Pointer> = of_sessions.collect();
        pointers.extend(cleared(logs));
        pointers.extend(guessing(failures));
        pointers.extend(unexplained(logs));
        pointers.sort_by_key(|pointer| pointer.kind);
        pointers
    }

    fn seen(&self, names: &Names, visit: &Visit) -> Seen {
        let text = |name: Option<_>| name.map(|name| names.text(name).to_owned());
        Seen {
            session_uid: visit.session_uid,
            user: text(visit.user),
            domain: text(visit.domain),
            host: names.text(visit.host).to_owned(),
            ip: text(visit.ip),
            client: text(visit.client),
            time: visit.start.or(visit.first_known()),
            prior_failures: visit.prior_failures,
            before: self.moved.get(&visit.session_uid).cloned(),
        }
    }
}

/// The clear that leads to a session first, then the earliest.
fn cleared(logs: &[LogCoverage]) -> Option<Pointer> {
    let mut clears: Vec<_> =
        logs.iter().flat_map(|log| log.clears.iter().map(move |clear| (log, clear))).collect();
    clears.sort_by_key(|(log, clear)| (clear.session_uid.is_none(), clear.time, &log.computer, &log.log));
    let (log, clear) = *clears.first()?;
    let all: u64 = logs.iter().map(|log| log.clears_total).sum();
    let about = About::Clear {
        log: log.log.clone(),
        host: log.computer.clone(),
        time: clear.time,
        user: clear.user.clone(),
        session_uid: clear.session_uid,
    };
    Some(Pointer { kind: PointerKind::LogCleared, about, more: all.saturating_sub(1) })
}

fn guessing(failures: &[FailedSource]) -> Option<Pointer> {
    let is_guessing = |source: &&FailedSource| source.tally.failures >= GUESSES && source.tally.visits() == 0;
    let mut found = failures.iter().filter(is_guessing).filter(|source| source.origin.name().is_some());
    let first = found.next()?;
    let source = first.origin.name()?.to_owned();
    let about = About::Guessing { failures: first.tally.failures, source, users: first.users.clone() };
    Some(Pointer { kind: PointerKind::Guessing, about, more: found.count() as u64 })
}

/// The log with the most sessions that lack their records.
fn unexplained(logs: &[LogCoverage]) -> Option<Pointer> {
    let mut found: Vec<(&LogCoverage, Lack)> = logs
        .iter()
        .flat_map(|log| of_log(log).map(move |lack| (log, lack)))
        .filter(|(_, lack)| matches!(lack, Lack::Unexplained { .. }))
        .collect();
    found.sort_by_key(|(log, lack)| (lack.weight(), &log.computer, &log.log));
    let more = found.len().saturating_sub(1) as u64;
    let (log, lack) = found.into_iter().next()?;
    let Lack::Unexplained { event_id, absent, of, session_uid } = lack else { return None };
    let (log, host) = (log.log.clone(), log.computer.clone());
    let about = About::Absence { log, host, event_id, absent, of, session_uid };
    Some(Pointer { kind: PointerKind::Unexplained, about, more })
}
