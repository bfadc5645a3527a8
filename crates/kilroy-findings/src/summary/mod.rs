//! The facts of the page that a responder would write first: hosts and what is known of them, people and where they came
//! from, failures and what followed, what to look at, and what is missing.
//!
//! [`Counting`] takes the sessions of a case in one pass, [`Missing`] is what the logs lack; [`Summary`] is both. Words are
//! for others to find.

mod failures;
mod hosts;
mod missing;
mod people;
mod pointers;
#[cfg(test)]
mod tests;
mod ways;

use std::collections::BTreeMap;

use kilroy_model::{Kind, LogCoverage, SessionOutcome, SessionUid};

use crate::views::{Cells, Lands, Names, Visit, users};
pub use failures::{FailedSource, Followed};
pub use hosts::HostSummary;
pub use missing::{Lack, Missing};
pub use people::Person;
pub use pointers::{About, FAILURES_INSIDE, GUESSES, Pointer, PointerKind, Seen};
pub use ways::{By, Hops, Step, Ways};

/// Everything that a summary says of sessions and logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Hosts, those with the most sessions first.
    pub hosts: Vec<HostSummary>,
    /// Sessions and attempts of people.
    pub sessions: u64,
    /// Sessions of machine and system accounts.
    pub background: u64,
    /// Sessions of people by kind, as far as there are any: success, failure, denied.
    pub by_kind: Vec<(Kind, [u64; 3])>,
    /// People, those who came from outside first.
    pub people: Vec<Person>,
    /// Sources with failures, those that got in afterwards first.
    pub failures: Vec<FailedSource>,
    /// Hops between hosts, in order.
    pub ways: Ways,
    /// What to look at first, the most telling first.
    pub pointers: Vec<Pointer>,
    /// What is missing from the logs, the most telling first.
    pub missing: Vec<Missing>,
}

/// Counts the sessions of a case.
#[derive(Debug, Default)]
pub struct Counting {
    cells: Cells,
    by_kind: BTreeMap<Kind, [u64; 3]>,
    sessions: u64,
    background: u64,
    followed: failures::Following,
    pointers: pointers::Looking,
    hops: Hops,
}

impl Counting {
    /// `moved`: sessions that took up a desktop that was used from another address before, and that address; `hops`: all
    /// hops.
    pub fn new(moved: BTreeMap<SessionUid, String>, hops: Hops) -> Self {
        Self { pointers: pointers::Looking::new(moved), hops, ..Self::default() }
    }

    /// Counts a session.
    pub fn add(&mut self, names: &Names, visit: &Visit) {
        if visit.background {
            self.background += 1;
            return;
        }
        self.sessions += 1;
        let [success, failure, denied] = self.by_kind.entry(visit.kind).or_default();
        match visit.outcome {
            SessionOutcome::Success => *success += 1,
            SessionOutcome::Failure => *failure += 1,
            SessionOutcome::Denied => *denied += 1,
        }
        self.cells.add(names, visit);
        self.followed.add(visit);
        self.pointers.add(visit);
        self.hops.session(names, visit);
    }

    /// Puts the summary together.
    pub fn summary(self, names: &Names, logs: &[LogCoverage], lands: &Lands<'_>) -> Summary {
        let missing = missing::missing(logs);
        let failures = failures::failures(&self.cells, names, &self.followed);
        let views = users(&self.cells, names, lands);
        Summary {
            hosts: hosts::hosts(&self.cells, names, logs),
            sessions: self.sessions,
            background: self.background,
            by_kind: self.by_kind.into_iter().collect(),
            people: people::people(views),
            pointers: self.pointers.pointers(names, &failures, logs),
            ways: self.hops.ways(),
            failures,
            missing,
        }
    }
}
