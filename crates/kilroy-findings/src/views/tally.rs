//! Sessions counted.

use kilroy_model::{SessionOutcome, SessionUid, Timestamp};
use serde::Serialize;

use super::Visit;

/// Sessions counted by how they went, with the first and last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Sessions: the user was in.
    pub sessions: u64,
    /// Failed attempts.
    pub failures: u64,
    /// Attempts that policy refused, with the right password.
    pub denied: u64,
    /// The first time of any of them.
    pub first: Option<Timestamp>,
    /// The last time of any of them.
    pub last: Option<Timestamp>,
    /// The first of those that were no failure.
    #[serde(skip)]
    pub opened: Option<Opened>,
}

/// When somebody was there first, and in which session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opened {
    /// When.
    pub time: Timestamp,
    /// In which session.
    pub session_uid: SessionUid,
}

impl Tally {
    /// Counts a session.
    pub fn add(&mut self, visit: &Visit) {
        let first = visit.first_known();
        let opened = first.map(|time| Opened { time, session_uid: visit.session_uid });
        let last = first.max(visit.last_known());
        let counted = |outcome| u64::from(visit.outcome == outcome);
        self.merge(&Self {
            sessions: counted(SessionOutcome::Success),
            failures: counted(SessionOutcome::Failure),
            denied: counted(SessionOutcome::Denied),
            first,
            last,
            opened: opened.filter(|_| visit.knew_the_password()),
        });
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.failures += other.failures;
        self.denied += other.denied;
        self.first = earliest(self.first, other.first);
        self.last = self.last.max(other.last);
        self.opened = earliest(self.opened, other.opened);
    }

    /// How many sessions and attempts there are in all.
    pub fn all(&self) -> u64 {
        self.sessions + self.failures + self.denied
    }

    /// Those with the right password.
    pub fn visits(&self) -> u64 {
        self.sessions + self.denied
    }
}

/// The earlier of two, where there are two.
pub(super) fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
