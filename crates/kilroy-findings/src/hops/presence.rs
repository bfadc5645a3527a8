//! Which session somebody was in who went away.

use std::sync::Arc;

use kilroy_model::{AccessSession, SessionUid, Timestamp};

use super::departure::{Texts, Who};
use crate::activity::{Clues, SessionIndex};

/// The account of a session, as logged: user and domain.
pub(super) type Names = (Option<Arc<str>>, Option<Arc<str>>);

/// Whose each session is.
#[derive(Debug, Default)]
pub(super) struct Accounts(Vec<(SessionUid, Names)>);

impl Accounts {
    pub(super) fn session(&mut self, session: &AccessSession, texts: &mut Texts) {
        let mut kept = |text: &Option<String>| text.as_deref().map(|text| texts.keep(text));
        self.0.push((session.session_uid, (kept(&session.user), kept(&session.domain))));
    }

    /// Once there are no more.
    pub(super) fn sort(&mut self) {
        self.0.sort_unstable_by_key(|(uid, _)| *uid);
    }

    fn of(&self, session: SessionUid) -> Option<&Names> {
        let at = self.0.binary_search_by_key(&session, |(uid, _)| *uid).ok()?;
        self.0.get(at).map(|(_, names)| names)
    }
}

/// Who was where, and when.
#[derive(Debug)]
pub(super) struct Presence<'a> {
    pub(super) index: &'a SessionIndex,
    pub(super) accounts: &'a Accounts,
}

impl Presence<'_> {
    /// The session that somebody was in on a host at a time, if it is one alone; and whose it is.
    pub(super) fn of(&self, host: &str, who: &Who, at: Timestamp) -> Option<(SessionUid, Names)> {
        let clues = Clues {
            host: Some(host),
            luids: [who.luid, None],
            user: who.user.as_deref(),
            domain: who.domain.as_deref(),
            sid: who.sid.as_deref(),
            ..Clues::at(at)
        };
        let found = self.index.of(&clues);
        let session = found.session.filter(|_| found.others.is_empty())?;
        Some((session, self.accounts.of(session).cloned().unwrap_or_default()))
    }
}
