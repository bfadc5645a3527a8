//! Users of one host that are guessed at from many sources.

use std::collections::BTreeSet;

use kilroy_model::{AccessSession, FindingRecord, RecordPart, SessionUid, Timestamp};

use super::PAUSE_MILLIS;
use super::burst::source;
use crate::draft::record_of;
use crate::runs::Runs;

/// Sources that are told apart.
const MOST_SOURCES: usize = 10_000;
/// Attempts that are listed.
const MOST_ATTEMPTS: usize = 100;

/// One user, tried from several sources without a long pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Victim {
    /// Host, lower-cased.
    pub host: String,
    /// The user, as logged first.
    pub user: String,
    /// Where the attempts came from.
    pub sources: BTreeSet<String>,
    /// First failure.
    pub first: Timestamp,
    /// Last failure.
    pub last: Timestamp,
    /// How many failures.
    pub failures: u64,
    /// The first hundred attempts.
    pub attempts: Vec<SessionUid>,
    /// The record of each of them.
    pub records: Vec<FindingRecord>,
}

/// Finds them, host by host.
#[derive(Debug)]
pub struct Victims {
    going: Runs<String, Victim>,
    /// Tried from more than one source.
    found: Vec<Victim>,
}

impl Default for Victims {
    fn default() -> Self {
        Self { going: Runs::new(PAUSE_MILLIS), found: Vec::new() }
    }
}

impl Victims {
    pub(super) fn failure(&mut self, session: &AccessSession, time: Timestamp) {
        let (Some(user), Some(source)) = (&session.user, source(session)) else { return };
        let begin = || Victim {
            host: session.computer.clone(),
            user: user.clone(),
            sources: BTreeSet::new(),
            first: time,
            last: time,
            failures: 0,
            attempts: Vec::new(),
            records: Vec::new(),
        };
        let found = &mut self.found;
        let victim = self.going.at(&user.to_lowercase(), time, begin, &mut |victim| keep(victim, found));
        victim.failures += 1;
        victim.last = victim.last.max(time);
        if victim.sources.len() < MOST_SOURCES && !victim.sources.contains(source) {
            victim.sources.insert(source.to_owned());
        }
        if victim.attempts.len() < MOST_ATTEMPTS {
            victim.attempts.push(session.session_uid);
            let first = session.sources.first();
            victim.records.extend(first.map(|s| record_of(&session.computer, s, RecordPart::Context)));
        }
    }

    pub(super) fn next_host(&mut self) {
        for victim in self.going.finish() {
            keep(victim, &mut self.found);
        }
    }

    pub(super) fn finish(mut self) -> Vec<Victim> {
        self.next_host();
        self.found.sort_by(|a, b| (&a.host, a.first, &a.user).cmp(&(&b.host, b.first, &b.user)));
        self.found
    }
}

fn keep(victim: Victim, found: &mut Vec<Victim>) {
    if victim.sources.len() > 1 {
        found.push(victim);
    }
}
