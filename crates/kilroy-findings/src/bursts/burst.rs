//! One burst.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{
    AccessSession, FindingRecord, Kind, RecordPart, Role, Scope, SessionOutcome, SessionUid, Source,
    Timestamp,
};
use kilroy_sessions::first_known;

use crate::draft::record_of;

/// Attempts that a burst lists.
const MOST_ATTEMPTS: usize = 100;
/// Users that a burst knows by name. A list of user names that is tried out has some thousand.
const MOST_USERS: usize = 20_000;

/// Logons by others that a burst lists.
const MOST_OTHERS: usize = 20;
/// Later logons by users that were tried that a burst lists.
const MOST_AGAIN: usize = 20;
/// Logon process of the service behind `runas`.
const RUNAS: &str = "seclogo";

const TICKS_PER_MINUTE: i64 = 60 * 10_000_000;

/// Failures of one source on one host, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// Host, lower-cased.
    pub host: String,
    /// Address, else the name of the source machine; `None`: no record names either.
    pub source: Option<String>,
    /// What kind of place the source is.
    pub scope: Scope,
    /// What was to be got into.
    pub kinds: BTreeSet<Kind>,
    /// First failure.
    pub first: Timestamp,
    /// Last failure.
    pub last: Timestamp,
    /// How many failures.
    pub failures: u64,
    /// Most failures within one minute of the clock.
    pub peak: u64,
    /// Users that were tried, by their names in small letters.
    pub users: BTreeMap<String, Tried>,
    /// Failures whose records name no user.
    pub nameless: u64,
    /// The first hundred attempts.
    pub attempts: Vec<SessionUid>,
    /// The record of each of them.
    pub records: Vec<FindingRecord>,
    /// Failures of `runas`: somebody at the machine itself tries a password of another account.
    pub runas: u64,
    /// The first success that followed, by a user that was tried.
    pub success: Option<Success>,
    /// Successes after that one, by users that were tried, before the next failure: the first twenty.
    pub again: Vec<Success>,
    /// How many successes there are in all, by users that were tried.
    pub entered: u64,
    /// Logons of the same source in between and afterwards, by users that were not tried: the first twenty.
    pub others: Vec<Success>,
    /// All users who logged on, tried or not, by their names in small letters.
    pub entered_users: BTreeSet<String>,
    minute: (i64, u64),
}

/// A user that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Name, as logged first.
    pub user: String,
    /// How often.
    pub failures: u64,
    /// When first.
    pub first: Timestamp,
}

/// A logon of the same source after failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Success {
    /// The session.
    pub session_uid: SessionUid,
    /// Its user.
    pub user: Option<String>,
    /// What kind of presence.
    pub kind: Kind,
    /// When.
    pub time: Timestamp,
    /// The record of the logon.
    pub record: Option<FindingRecord>,
}

impl Burst {
    /// A burst that begins with this failure.
    pub(super) fn of(session: &AccessSession, time: Timestamp) -> Self {
        let mut burst = Self {
            host: session.computer.clone(),
            source: source(session).map(str::to_owned),
            scope: session.scope,
            kinds: BTreeSet::new(),
            first: time,
            last: time,
            failures: 0,
            peak: 0,
            users: BTreeMap::new(),
            nameless: 0,
            attempts: Vec::new(),
            records: Vec::new(),
            runas: 0,
            success: None,
            again: Vec::new(),
            entered: 0,
            others: Vec::new(),
            entered_users: BTreeSet::new(),
            minute: (i64::MIN, 0),
        };
        burst.add(session, time);
        burst
    }

    pub(super) fn add(&mut self, session: &AccessSession, time: Timestamp) {
        self.failures += 1;
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        self.kinds.insert(session.kind);
        self.runas += u64::from(is_runas(session));
        let minute = time.ticks().div_euclid(TICKS_PER_MINUTE);
        let before = if self.minute.0 == minute { self.minute.1 } else { 0 };
        self.minute = (minute, before + 1);
        self.peak = self.peak.max(before + 1);
        match &session.user {
            Some(user) => {
                let key = user.to_lowercase();
                if let Some(tried) = self.users.get_mut(&key) {
                    tried.failures += 1;
                    tried.first = tried.first.min(time);
                } else if self.users.len() < MOST_USERS {
                    self.users.insert(key, Tried { user: user.clone(), failures: 1, first: time });
                }
            }
            None => self.nameless += 1,
        }
        if self.attempts.len() < MOST_ATTEMPTS {
            self.attempts.push(session.session_uid);
            self.records.extend(failure(session).map(|s| record_of(&self.host, s, RecordPart::Context)));
        }
    }

    /// A logon by a user that was tried: the success, or one more.
    pub(super) fn enter(&mut self, session: &AccessSession, time: Timestamp) {
        self.entered += 1;
        self.note(session);
        if self.success.is_none() {
            self.success = Some(Success::of(session, time));
        } else if self.again.len() < MOST_AGAIN {
            self.again.push(Success::of(session, time));
        }
    }

    pub(super) fn other(&mut self, session: &AccessSession, time: Timestamp) {
        if session.background {
            return;
        }
        self.note(session);
        if self.others.len() < MOST_OTHERS {
            self.others.push(Success::of(session, time));
        }
    }

    fn note(&mut self, session: &AccessSession) {
        if let Some(user) = session.user.as_deref().filter(|_| self.entered_users.len() < MOST_USERS) {
            self.entered_users.insert(user.to_lowercase());
        }
    }

    /// How many failures there were up to this time; none if that is not known, since they are not all listed.
    pub fn failures_until(&self, time: Timestamp) -> Option<u64> {
        if self.last <= time {
            return Some(self.failures);
        }
        let until = self.records.iter().filter(|record| record.time <= time).count() as u64;
        let are_all = self.records.len() as u64 == self.failures;
        (are_all || self.records.last().is_some_and(|record| record.time > time)).then_some(until)
    }

    /// Is this user among those that were tried? Where no record names one, anybody may be.
    pub(super) fn tried(&self, user: Option<&str>) -> bool {
        self.nameless > 0 || user.is_none_or(|user| self.users.contains_key(&user.to_lowercase()))
    }
}

impl Success {
    pub(super) fn of(session: &AccessSession, time: Timestamp) -> Self {
        Self {
            session_uid: session.session_uid,
            user: session.user.clone(),
            kind: session.kind,
            time,
            record: logon(session).map(|s| record_of(&session.computer, s, RecordPart::Key)),
        }
    }
}

fn is_runas(session: &AccessSession) -> bool {
    session
        .authentication
        .logon_process
        .as_deref()
        .is_some_and(|name| name.trim().eq_ignore_ascii_case(RUNAS))
}

/// Where an attempt came from: its address, else the name of the machine.
pub(super) fn source(session: &AccessSession) -> Option<&str> {
    session.ip.as_deref().or(session.client.as_deref())
}

/// The time of a failure that counts. Machine accounts fail for reasons of their own.
pub(super) fn failed_at(session: &AccessSession) -> Option<Timestamp> {
    let counts = session.outcome == SessionOutcome::Failure && !session.background;
    counts.then(|| first_known(session)).flatten()
}

/// The record that says that it failed.
fn failure(session: &AccessSession) -> Option<&Source> {
    session.sources.iter().find(|s| s.role == Role::Failure).or(session.sources.first())
}

/// The record that says that somebody is in.
fn logon(session: &AccessSession) -> Option<&Source> {
    let is_in = |s: &&Source| matches!(s.role, Role::Logon | Role::Reconnect | Role::Authentication);
    session.sources.iter().find(is_in).or(session.sources.first())
}
