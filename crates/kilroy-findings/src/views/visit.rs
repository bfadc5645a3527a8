//! An access session as views see it.

use kilroy_model::{How, Kind, Scope, SessionOutcome, SessionUid, Timestamp};

use super::Name;

/// One access session in numbers: a million of them are looked at for one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// Identity of the session.
    pub session_uid: SessionUid,
    /// Host.
    pub host: Name,
    /// Account name, as logged.
    pub user: Option<Name>,
    /// Account domain, as logged.
    pub domain: Option<Name>,
    /// Source address, or `LOCAL`.
    pub ip: Option<Name>,
    /// Name of the source machine.
    pub client: Option<Name>,
    /// What kind of presence.
    pub kind: Kind,
    /// How it began.
    pub how: How,
    /// How it went.
    pub outcome: SessionOutcome,
    /// Machine, system and window-manager accounts.
    pub background: bool,
    /// What kind of place the source is.
    pub scope: Scope,
    /// Failures from the same source right before.
    pub prior_failures: u32,
    /// First sign of the attempt.
    pub attempt: Option<Timestamp>,
    /// When the user was in.
    pub start: Option<Timestamp>,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// The latest it can have ended.
    pub end_not_after: Option<Timestamp>,
    /// Times of the first and the latest of its records: known only where no other time tells.
    pub records: Option<(Timestamp, Timestamp)>,
}

impl Visit {
    /// The time that it is sorted by: see [`kilroy_sessions::first_known`].
    pub fn first_known(&self) -> Option<Timestamp> {
        self.attempt.or(self.start).or(self.end).or(self.records.map(|(first, _)| first))
    }

    /// The last time at which it is known to have been.
    pub fn last_known(&self) -> Option<Timestamp> {
        self.end.or(self.start).or_else(|| self.first_known())
    }

    /// Was the password right? Whoever was denied knew it, too.
    pub fn knew_the_password(&self) -> bool {
        self.outcome != SessionOutcome::Failure
    }
}
