//! SESSIONS.md, "Ends, ranked": what bounds a presence that no record ends, and desktops that are taken up again.

use kilroy_model::{Action, EndKind, How, Kind, SessionOutcome};

use super::boots::is_stop;
use super::story::{Draft, Story};

impl Story {
    /// A presence whose logon ID a later 4778 takes up again, and whose own end is not in the log.
    pub(crate) fn taken_up_again(&mut self) {
        for at in 0..self.drafts.len() {
            let d = &self.drafts[at];
            let desktop =
                matches!(d.kind, Kind::InteractiveLocal | Kind::InteractiveRemote | Kind::InteractiveUnknown);
            if !desktop
                || d.end.is_some()
                || d.outcome != SessionOutcome::Success
                || d.end_kind == EndKind::Superseded
                || d.how == How::Unknown
            {
                continue;
            }
            let next = self
                .of(d.boot, &[Action::SessionReconnected])
                .into_iter()
                .filter(|n| !d.records.contains(n) && self.time(*n) >= self.time(d.anchor))
                .find(|n| self.event(*n).luid.is_some_and(|l| d.own.contains(&l)));
            if let Some(n) = next {
                self.drafts[at].end_kind = EndKind::Superseded;
                self.drafts[at].end_not_after = Some(self.time(n));
            }
        }
    }

    /// Bounds where no record ends a presence: how its boot ended, or that the log was cleared.
    pub(crate) fn bounds(&mut self) {
        for at in 0..self.drafts.len() {
            let mut draft = self.drafts[at].clone();
            if draft.end.is_some() || draft.end_kind == EndKind::Superseded {
                continue;
            }
            let from = self.time(draft.anchor);
            let next = self.runs.get(draft.boot + 1);
            // In one log the order of the records says what came first, whatever the clock said.
            let later = |m: usize, n: usize| {
                if self.event(m).log == self.event(n).log {
                    self.all[m].place > self.all[n].place
                } else {
                    self.time(m) > self.time(n)
                }
            };
            let stops: Vec<usize> = (0..self.all.len())
                .filter(|n| self.boot(*n) == draft.boot && is_stop(self.event(*n).action))
                .collect();
            let last = stops.iter().copied().max_by_key(|n| self.time(*n));
            // Who logs on a minute later and more shows that it was no shutdown.
            let begins = [
                Action::Logon,
                Action::TerminalLogon,
                Action::TerminalReconnected,
                Action::SessionReconnected,
                Action::RdpAuthenticated,
            ];
            let down = last
                .filter(|n| {
                    !self
                        .of(draft.boot, &begins)
                        .into_iter()
                        .any(|m| later(m, *n) && self.time(m) > self.time(*n).plus_millis(60_000))
                })
                .filter(|n| !later(draft.anchor, *n))
                .map(|n| self.time(n));
            if down.is_some() {
                draft.end_kind = EndKind::Shutdown;
                draft.end_not_after = down;
            } else if let Some(next) = next.filter(|r| r.after_crash) {
                draft.end_kind = EndKind::Crash;
                draft.end_not_after = next.last_alive.or(next.first_mark);
            } else if let Some(next) = next {
                draft.end_kind = EndKind::Boot;
                draft.end_not_after = next.first_mark;
            } else if self.cleared(&draft) {
                draft.end_kind = EndKind::LogCleared;
            }
            // A clock that steps back can make the bound earlier than the begin: it bounds nothing then.
            draft.end_not_after = draft.end_not_after.filter(|t| *t >= from);
            self.drafts[at] = draft;
        }
    }

    /// The log that would tell the end was cleared, and records before the clear are gone.
    pub(crate) fn cleared(&self, draft: &Draft) -> bool {
        let anchor = self.event(draft.anchor);
        (0..self.all.len()).any(|n| {
            let clear = self.event(n);
            let last = self
                .noted
                .iter()
                .filter(|x| x.log.eq_ignore_ascii_case(&clear.log) && x.record_id < clear.record_id)
                .map(|x| x.record_id)
                .max();
            clear.action == Action::LogCleared
                && clear.log.eq_ignore_ascii_case(&anchor.log)
                && clear.time >= anchor.time
                && last != Some(clear.record_id - 1)
        })
    }
}
