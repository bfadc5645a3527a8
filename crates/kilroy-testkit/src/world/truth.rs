//! What is true of a world, session by session.

use kilroy_model::{AccessSession, EndKind, SessionOutcome, Timestamp};

use crate::answers::AccessAnswer;
use crate::log::Mark;

/// One session that took place.
#[derive(Debug, Clone)]
pub struct Truth {
    /// The story it comes from, for tables.
    pub story: &'static str,
    /// What is true of it.
    pub answer: AccessAnswer,
    /// Complete logs show it as a row. What is no row: a desktop that is logged off while nobody is connected.
    pub is_row: bool,
    /// Records that end it. Those of logons that pass (NLA, throw-away) are not among them.
    pub ends: Vec<Mark>,
    /// The desktop it was on, by boot and terminal session ID.
    pub desk: Option<(u32, u32)>,
}

impl Truth {
    /// A session of a story.
    pub(super) fn new(story: &'static str, answer: AccessAnswer) -> Self {
        Self { story, answer, is_row: true, ends: vec![], desk: None }
    }

    /// What a row says, taken for true.
    pub(crate) fn of_row(row: &AccessSession) -> Self {
        let answer = AccessAnswer {
            computer: row.computer.clone(),
            user: row.user.clone(),
            domain: row.domain.clone(),
            kind: row.kind,
            how: row.how,
            outcome: row.outcome,
            ip: row.ip.clone(),
            client: row.client.clone(),
            resource: row.resource.clone(),
            restricted_admin: None,
            credential_guard: None,
            session_id: row.session_id,
            attempt: row.attempt,
            start: row.start,
            end: row.end,
            end_kind: row.end_kind,
            end_not_after: row.end_not_after,
            reason: row.reason.clone(),
            logon_ids: row.logon_ids.clone(),
            prior_failures: Some(row.prior_failures),
            sources: vec![],
            allowed: vec![],
        };
        let desk = row.session_id.map(|session| (0, session));
        Self { story: "row", answer, is_row: true, ends: vec![], desk }
    }

    /// The same, on this desktop.
    pub(super) fn on_desk(mut self, boot: u32, session: u32) -> Self {
        self.desk = Some((boot, session));
        self
    }

    /// Somebody was in, and no record has ended it yet.
    pub(super) fn is_open(&self) -> bool {
        self.answer.outcome == SessionOutcome::Success && self.answer.end_kind == EndKind::Open
    }

    /// Changes what is true of it.
    pub(super) fn tell(&mut self, more: impl FnOnce(AccessAnswer) -> AccessAnswer) {
        self.answer = more(self.answer.clone());
    }

    /// It ends, by these records.
    pub(super) fn end(&mut self, kind: EndKind, at: Timestamp, by: &[Mark]) {
        self.tell(|a| a.ended(kind, at));
        self.ends.extend(by.iter().cloned());
    }

    /// Every record of it.
    pub(crate) fn marks(&mut self) -> impl Iterator<Item = &mut Mark> {
        let Self { answer, ends, .. } = self;
        answer.sources.iter_mut().chain(&mut answer.allowed).chain(ends)
    }
}
