//! Which session somebody was in who went away.

use std::collections::BTreeMap;
use std::sync::Arc;

use kilroy_model::{AccessSession, Boot, LogCoverage, LogonSession, SessionUid, Timestamp};

use super::departure::{Texts, Who};
use crate::activity::{Clues, IndexBuilder, SessionIndex};

/// The account of a session, as logged: user and domain.
pub(super) type Names = (Option<Arc<str>>, Option<Arc<str>>);

/// Takes in everything that tells who was where.
#[derive(Debug, Default)]
pub(super) struct PresenceBuilder {
    index: IndexBuilder,
    names: BTreeMap<SessionUid, Names>,
}

impl PresenceBuilder {
    /// A session, whose sources may be left out.
    pub(super) fn session(&mut self, session: &AccessSession, texts: &mut Texts) {
        self.index.session(session);
        if !session.background {
            let mut kept = |text: &Option<String>| text.as_deref().map(|t| texts.keep(t));
            self.names.insert(session.session_uid, (kept(&session.user), kept(&session.domain)));
        }
    }

    pub(super) fn logon(&mut self, logon: &LogonSession) {
        self.index.logon(logon);
    }

    pub(super) fn boot(&mut self, boot: &Boot) {
        self.index.boot(boot);
    }

    pub(super) fn log(&mut self, log: &LogCoverage) {
        self.index.log(log);
    }

    pub(super) fn build(self) -> Presence {
        Presence { index: self.index.build(), names: self.names }
    }
}

/// Who was where, and when.
#[derive(Debug)]
pub(super) struct Presence {
    index: SessionIndex,
    names: BTreeMap<SessionUid, Names>,
}

impl Presence {
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
        Some((session, self.names.get(&session).cloned().unwrap_or_default()))
    }
}
