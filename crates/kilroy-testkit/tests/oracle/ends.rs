//! SESSIONS.md, "Ends, ranked": the ends of presences whose begin is known.

use kilroy_model::{Action, EndKind, How, Kind, Reason, SessionOutcome, Timestamp};

use super::failures::What;
use super::story::{Draft, MOMENT, REASON, SAME_END, Story, WINDOW, before, same_user};

pub(crate) const OF_LSM: [Action; 2] = [Action::TerminalDisconnected, Action::TerminalLogoff];
/// A 24 this long after a 23 comes along with it.
pub(crate) const TAIL: u64 = 60_000;
/// [`MOMENT`], to go back by.
pub(crate) const MOMENT_BACK: i64 = 3_000;

pub(crate) const OF_SECURITY: [Action; 3] =
    [Action::SessionDisconnected, Action::LogoffInitiated, Action::Logoff];

pub(crate) fn logs_off(action: Action) -> bool {
    matches!(action, Action::TerminalLogoff | Action::LogoffInitiated | Action::Logoff)
}

impl Story {
    /// LSM knows the end of a desktop whose begin only Security knows: they end at one moment.
    pub(crate) fn name_desks(&mut self) {
        for desk in 0..self.desks.len() {
            let d = self.desks[desk].clone();
            if d.sid.is_some() {
                continue;
            }
            let ends: Vec<usize> = self
                .free(d.boot, &OF_SECURITY)
                .into_iter()
                .filter(|n| self.event(*n).luid.is_some_and(|l| d.luids.contains(&l)))
                .collect();
            let by_moment = self.free(d.boot, &OF_LSM).into_iter().find_map(|n| {
                let e = self.event(n);
                let sid = e.terminal_session?;
                let known = self.desks.iter().any(|o| {
                    o.boot == d.boot
                        && o.sid == Some(sid)
                        && o.from <= e.time
                        && o.until.is_none_or(|u| e.time < u)
                });
                let known = known && !self.drafts.iter().any(|x| x.elsewhere && x.anchor == n);
                let meets = ends
                    .iter()
                    .any(|m| same_user(self.event(*m), e) && self.time(*m).within_millis(e.time, MOMENT));
                let lasts = self
                    .drafts
                    .iter()
                    .filter(|x| x.desk == Some(desk) && self.time(x.anchor) <= e.time)
                    .max_by_key(|x| self.time(x.anchor));
                let kinds = lasts.is_none_or(|x| {
                    let remote = x.kind == Kind::InteractiveRemote;
                    (e.ip.is_none() || remote) && (!e.local || !remote)
                });
                (!known && meets && kinds && e.time >= d.from).then_some((sid, n))
            });
            // Who left from elsewhere is who Security shows.
            if let Some((_, n)) = by_moment
                && let Some(at) = self.drafts.iter().position(|x| x.elsewhere && x.anchor == n)
            {
                let unseen = self.drafts.remove(at);
                for m in unseen.records {
                    self.taken[m] = false;
                }
                if let Some(old) = unseen.desk {
                    self.desks[old].until = Some(self.time(n));
                }
            }
            let sid = by_moment.map(|(sid, _)| sid);
            self.desks[desk].sid = sid;
            for draft in self.drafts.iter_mut().filter(|x| x.desk == Some(desk)) {
                draft.sid = sid;
            }
        }
    }

    /// Ends of the presences of each desktop, one after the other.
    pub(crate) fn ends_of_desks(&mut self) {
        for desk in 0..self.desks.len() {
            let mut of_desk: Vec<usize> =
                (0..self.drafts.len()).filter(|d| self.drafts[*d].desk == Some(desk)).collect();
            of_desk.sort_by_key(|d| self.time(self.drafts[*d].anchor));
            for (at, d) in of_desk.iter().enumerate() {
                let next = of_desk.get(at + 1);
                let left = next.is_some_and(|n| self.drafts[*n].elsewhere);
                let next = next.map(|n| self.time(self.drafts[*n].anchor));
                let until = next.or(self.desks[desk].until);
                // What Security says at the moment of that 24 is of who left then.
                let until_security = until.filter(|_| left).map(|u| u.plus_millis(-MOMENT_BACK));
                let mut draft = self.drafts[*d].clone();
                self.end_of_presence(&mut draft, desk, until, until_security);
                self.drafts[*d] = draft;
            }
        }
    }

    pub(crate) fn end_of_presence(
        &mut self,
        draft: &mut Draft,
        desk: usize,
        until: Option<Timestamp>,
        until_security: Option<Timestamp>,
    ) {
        let from = self.time(draft.anchor);
        let within = |t: Timestamp| t >= from && until.is_none_or(|u| t < u);
        let lsm: Vec<usize> = self
            .free(draft.boot, &OF_LSM)
            .into_iter()
            .filter(|n| draft.sid.is_some() && self.event(*n).terminal_session == draft.sid)
            .filter(|n| within(self.time(*n)) && !self.is_mirror(*n))
            .collect();
        let mut reasons: Vec<usize> = self
            .free(draft.boot, &[Action::TerminalReason])
            .into_iter()
            .filter(|n| draft.sid.is_some() && self.event(*n).terminal_session == draft.sid)
            .filter(|n| within(self.time(*n)))
            .collect();
        if draft.elsewhere {
            let own = |n: &&usize| self.event(**n).action == Action::TerminalReason;
            reasons.extend(draft.records.iter().filter(own));
            reasons.sort_unstable();
        }
        let luids = if draft.own.is_empty() { self.desks[desk].luids.clone() } else { draft.own.clone() };
        let security: Vec<usize> = self
            .free(draft.boot, &OF_SECURITY)
            .into_iter()
            .filter(|n| self.event(*n).luid.is_some_and(|l| luids.contains(&l)))
            .filter(|n| {
                let t = self.time(*n);
                let begun = draft.how == How::Logon || draft.elsewhere;
                (within(t) || (begun && before(t, from, MOMENT))) && until_security.is_none_or(|u| t < u)
            })
            .collect();
        let closed = |s: &Self, list: &[usize]| {
            luids.iter().all(|l| {
                list.iter().any(|n| s.event(*n).action == Action::Logoff && s.event(*n).luid == Some(*l))
            })
        };
        let first = lsm
            .iter()
            .map(|n| self.time(*n))
            .chain(
                security.iter().filter(|n| self.event(**n).action != Action::Logoff).map(|n| self.time(*n)),
            )
            .min();
        let last_closed = security
            .iter()
            .filter(|n| self.event(**n).action == Action::Logoff)
            .map(|n| self.time(*n))
            .max()
            .filter(|_| closed(self, &security));
        let alone = reasons.first().map(|n| self.time(*n));
        let any_closed =
            security.iter().filter(|n| self.event(**n).action == Action::Logoff).map(|n| self.time(*n)).max();
        let Some(at) = first.into_iter().chain(last_closed).chain(alone).min().or(any_closed) else {
            self.nla_logoff(draft, until);
            if draft.end.is_none()
                && let Some(until) = until
            {
                draft.end_kind = EndKind::Superseded;
                draft.end_not_after = Some(until);
            }
            self.during(draft, &luids, draft.end, until);
            return;
        };
        let mut members: Vec<usize> = self.steps_of_end(&lsm, at, alone == Some(at));
        let margin = if members.is_empty() { MOMENT } else { SAME_END };
        members.extend(security.iter().copied().filter(|n| self.time(*n).within_millis(at, margin)));

        // Of a desktop whose logon is not known, what Security says of its user at that moment.
        if luids.is_empty() && lsm.iter().chain(&reasons).any(|n| self.time(*n) == at) {
            let user = self.event(draft.anchor).clone();
            for n in self.free(draft.boot, &OF_SECURITY) {
                let o = self.event(n);
                let desktop =
                    o.action != Action::Logoff || matches!(o.logon_type, Some(2 | 7 | 10 | 11 | 12));
                let luid = o.luid;
                let unknown = !self
                    .logons
                    .iter()
                    .any(|l| l.boot == draft.boot && luid.is_some_and(|x| l.luids.contains(&x)))
                    && !self.desks.iter().enumerate().any(|(k, d)| {
                        k != desk
                            && d.boot == draft.boot
                            && d.from <= o.time
                            && luid.is_some_and(|x| d.luids.contains(&x))
                    });
                let of_another = o.action == Action::Logoff && self.is_of_taker(at, n);
                if desktop
                    && unknown
                    && !of_another
                    && same_user(&user, o)
                    && o.time.within_millis(at, REASON)
                {
                    if o.time.within_millis(at, MOMENT) {
                        members.push(n);
                    } else {
                        self.take(draft, n);
                    }
                    self.desks[desk].luids.extend(luid);
                }
            }
        }
        // A logoff that takes its time: the user asked for it, and the desktop went later.
        if members.iter().any(|n| self.event(*n).action == Action::LogoffInitiated) {
            for n in lsm.iter().chain(&security) {
                if logs_off(self.event(*n).action) && !members.contains(n) {
                    members.push(*n);
                }
            }
        }
        for n in &members {
            self.take_step(draft, *n);
        }
        self.end_by(draft, &members, &reasons);
        self.lone_half(draft);
        // What Security says of the same end some seconds off.
        for n in &security {
            if draft.end.is_some_and(|t| self.time(*n).within_millis(t, SAME_END)) {
                self.take(draft, *n);
            }
        }
        let end = draft.end;
        let reasons_before = reasons.clone();
        for n in reasons {
            if end.is_some_and(|e| self.time(n).within_millis(e, REASON)) {
                self.take(draft, n);
            }
        }
        draft
            .perhaps
            .extend(reasons_before.iter().filter(|n| end.is_some_and(|e| before(self.time(**n), e, TAIL))));
        for n in security.iter().chain(&lsm) {
            if end.is_some_and(|e| self.time(*n) > e || self.event(*n).action == Action::Logoff) {
                draft.perhaps.insert(*n);
            }
        }
        self.during(draft, &luids, end, until);
    }

    /// A lone 4634 of type 3 right after a 23 or 24 is of the NLA half of that presence, where its 4624 cannot be there.
    pub(crate) fn lone_half(&mut self, draft: &mut Draft) {
        let not_seen = draft.start.is_none_or(|t| {
            draft.nla.is_empty()
                && (self.hole_around("security", t) || self.hole_around("security", t.plus_millis(-5_000)))
        });
        if !not_seen || draft.kind != Kind::InteractiveRemote {
            return;
        }
        let user = self.event(draft.anchor).clone();
        for n in self.free(draft.boot, &[Action::Logoff]) {
            let o = self.event(n);
            let known = self
                .logons
                .iter()
                .any(|l| l.boot == draft.boot && o.luid.is_some_and(|x| l.luids.contains(&x)));
            let ended = draft
                .records
                .iter()
                .any(|m| OF_LSM.contains(&self.event(*m).action) && before(self.time(*m), o.time, REASON));
            if o.logon_type == Some(3) && !known && ended && same_user(&user, o) {
                self.take(draft, n);
            }
        }
    }

    /// Are records of a log missing within five seconds of this time?
    pub(crate) fn hole_around(&self, log: &str, t: Timestamp) -> bool {
        let mut all: Vec<(Timestamp, u64)> = self
            .noted
            .iter()
            .filter(|x| x.log.to_lowercase().contains(log))
            .map(|x| (x.time, x.record_id))
            .collect();
        all.sort_unstable();
        let (Some(first), Some(last)) = (all.first(), all.last()) else { return true };
        if t < first.0 || t > last.0 {
            return true;
        }
        let near = |x: &(Timestamp, u64)| x.0.within_millis(t, REASON);
        let from = all.iter().position(|x| x.0 >= t || near(x)).unwrap_or(0).saturating_sub(1);
        let to = all.iter().rposition(|x| x.0 < t || near(x)).map_or(0, |n| n + 1).min(all.len() - 1);
        let mut ids: Vec<u64> = all[from..=to.max(from)].iter().map(|x| x.1).collect();
        ids.sort_unstable();
        ids.windows(2).any(|two| two[1] - two[0] > 1)
    }

    /// Does a log go on at this time without a hole?
    pub(crate) fn covered(&self, log: &str, t: Timestamp) -> bool {
        let of_log = |x: &super::hosts::Noted| x.log.to_lowercase().contains(log);
        let ids = |after: bool| {
            self.noted.iter().filter(move |x| of_log(x) && (x.time > t) == after).map(|x| x.record_id)
        };
        ids(false).max().zip(ids(true).min()).is_some_and(|(a, b)| a + 1 == b)
    }

    /// Is this 4634 the closing of the short logon of whoever takes the desktop over at that moment? A 4779 then names the
    /// desktop's own logon ID, which is another one, or somebody is connected right afterwards.
    pub(crate) fn is_of_taker(&self, at: Timestamp, n: usize) -> bool {
        let e = self.event(n);
        let other = |m: usize| same_user(self.event(m), e) && self.event(m).luid != e.luid;
        self.of(self.boot(n), &[Action::SessionDisconnected])
            .into_iter()
            .any(|m| other(m) && self.time(m).within_millis(at, MOMENT))
            || self
                .of(self.boot(n), &[Action::SessionReconnected, Action::TerminalReconnected])
                .into_iter()
                .any(|m| same_user(self.event(m), e) && before(at, self.time(m), MOMENT))
    }

    /// Is this 4634 the closing of the short logon of a reconnect up to ten seconds before, and its 4624 lost? Of which one.
    pub(crate) fn passing_of(&self, n: usize) -> Option<usize> {
        let e = self.event(n);
        if e.action != Action::Logoff || !matches!(e.logon_type, Some(7 | 10 | 12)) {
            return None;
        }
        let near = |actions: &[Action], margin: u64, around: bool| -> Vec<usize> {
            let mut list = self.of(self.boot(n), actions);
            list.retain(|m| {
                let t = self.time(*m);
                same_user(self.event(*m), e)
                    && (before(t, e.time, margin) || (around && t.within_millis(e.time, margin)))
            });
            list
        };
        if !near(&[Action::TerminalLogoff, Action::LogoffInitiated], MOMENT, true).is_empty() {
            return None;
        }
        let mut back = near(&[Action::SessionReconnected, Action::TerminalReconnected], WINDOW, false);
        back.retain(|m| self.event(*m).luid != e.luid && *m < n);
        let last = back.last()?;
        self.drafts.iter().position(|d| d.records.contains(last))
    }

    /// The steps of LSM that tell of one end: a 24, and a 23 right after it; a 23, and the 24 that comes along with it. A
    /// second 24 is a second end. A 40 alone waits for its 24.
    pub(crate) fn steps_of_end(&self, lsm: &[usize], at: Timestamp, by_reason: bool) -> Vec<usize> {
        let margin = if by_reason { TAIL } else { SAME_END };
        let first = lsm.iter().copied().find(|n| {
            let logoff = self.event(*n).action == Action::TerminalLogoff;
            self.time(*n).within_millis(at, if by_reason && logoff { REASON } else { margin })
        });
        let Some(first) = first else { return vec![] };
        let logoff = if self.event(first).action == Action::TerminalLogoff {
            Some(first)
        } else {
            lsm.iter().copied().find(|n| {
                self.event(*n).action == Action::TerminalLogoff
                    && before(self.time(first), self.time(*n), MOMENT)
            })
        };
        let mut steps = vec![first];
        if let Some(logoff) = logoff {
            steps.push(logoff);
            steps.extend(lsm.iter().copied().filter(|n| {
                self.event(*n).action == Action::TerminalDisconnected
                    && before(self.time(logoff), self.time(*n), TAIL)
            }));
        }
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// Kind and time of an end from the records that tell of it.
    pub(crate) fn end_by(&self, draft: &mut Draft, members: &[usize], reasons: &[usize]) {
        let time = |action: Action| {
            members.iter().filter(|n| self.event(**n).action == action).map(|n| self.time(*n)).min()
        };
        let last_closed =
            members.iter().filter(|n| self.event(**n).action == Action::Logoff).map(|n| self.time(*n)).max();
        let alone = reasons.first().filter(|_| members.is_empty());
        // Who was replaced (5) or left (11) did not log off: what closes then is another's, or the desktop later. Beside a 24
        // the logoff of Security is one only within a second or two.
        let left_at = time(Action::TerminalDisconnected);
        let near_left = |n: &&usize| left_at.is_some_and(|t| self.time(**n).within_millis(t, REASON));
        let left = reasons.iter().rfind(near_left).and_then(|n| self.event(*n).reason);
        let counts = |n: &&usize| {
            let action = self.event(**n).action;
            let near = left_at
                .is_none_or(|t| !matches!(left, Some(5 | 11)) && self.time(**n).within_millis(t, MOMENT));
            action == Action::TerminalLogoff || (logs_off(action) && near)
        };
        if members.iter().any(|n| counts(&n)) {
            draft.end_kind = EndKind::Logoff;
            draft.end = time(Action::TerminalLogoff).or(time(Action::LogoffInitiated)).or(last_closed);
        } else if alone.is_some_and(|n| self.event(*n).reason == Some(12)) {
            // "Logoff: 40 (reason 12)": alone it is all there is.
            draft.end_kind = EndKind::Logoff;
            draft.end = alone.map(|n| self.time(*n));
        } else {
            draft.end_kind = EndKind::Disconnect;
            draft.end = time(Action::TerminalDisconnected)
                .or(time(Action::SessionDisconnected))
                .or(reasons.first().map(|n| self.time(*n)));
        }
        let near = |n: &&usize| draft.end.is_some_and(|e| self.time(**n).within_millis(e, REASON));
        draft.reason = reasons.iter().rfind(near).and_then(|n| self.event(*n).reason).map(Reason::Number);
    }

    /// Where LSM is missing, the 4634 of the last half of NLA is the disconnect.
    pub(crate) fn nla_logoff(&mut self, draft: &mut Draft, until: Option<Timestamp>) {
        let last = draft
            .records
            .iter()
            .copied()
            .filter(|n| self.event(*n).action == Action::Logon)
            .filter(|n| self.event(*n).luid.is_some_and(|l| draft.nla.contains(&l)))
            .max_by_key(|n| self.time(*n));
        let Some(luid) = last.and_then(|n| self.event(n).luid) else { return };
        let closed = self.of(draft.boot, &[Action::Logoff]).into_iter().find(|n| {
            let t = self.time(*n);
            // Where LSM goes on, it would show the disconnect as well.
            let covered = draft.sid.is_some() && self.covered("localsessionmanager", t);
            self.event(*n).luid == Some(luid)
                && !covered
                && draft.start.is_some_and(|s| t >= s)
                && until.is_none_or(|u| t < u)
        });
        if let Some(n) = closed {
            self.take(draft, n);
            draft.end_kind = EndKind::NlaLogoff;
            draft.end = Some(self.time(n));
        }
    }

    /// Locks, the shell, privileges: what belongs to a presence while it lasts.
    pub(crate) fn during(
        &mut self,
        draft: &mut Draft,
        luids: &[kilroy_model::Luid],
        end: Option<Timestamp>,
        until: Option<Timestamp>,
    ) {
        let from = draft.records.iter().map(|n| self.time(*n)).min();
        let inside = |t: Timestamp| {
            from.is_none_or(|f| t >= f)
                && end.is_none_or(|e| t <= e.plus_millis(2_000))
                && until.is_none_or(|u| t < u)
        };
        let marks = [
            Action::WorkstationLocked,
            Action::WorkstationUnlocked,
            Action::ScreenSaverStarted,
            Action::ScreenSaverStopped,
            Action::TerminalShell,
            Action::TerminalKicked,
            Action::ProcessStarted,
        ];
        for n in self.of(draft.boot, &marks) {
            let e = self.event(n).clone();
            let lock = matches!(e.action, Action::WorkstationLocked | Action::WorkstationUnlocked);
            if lock && e.luid.is_some_and(|l| luids.contains(&l)) {
                draft.perhaps.insert(n);
            }
            if !inside(e.time) {
                continue;
            }
            let own = e.luid.is_some_and(|l| luids.contains(&l))
                || (draft.sid.is_some() && e.terminal_session == draft.sid);
            match e.action {
                Action::TerminalShell if own => self.take_step(draft, n),
                _ if own => {
                    draft.perhaps.insert(n);
                }
                _ => {}
            }
        }
    }

    /// Ends of rows without a desktop: the last 4634 of their own logon IDs; for secure shell, else the line.
    pub(crate) fn ends_of_plain(&mut self) {
        for at in 0..self.drafts.len() {
            let mut draft = self.drafts[at].clone();
            if draft.desk.is_some() || draft.outcome != SessionOutcome::Success {
                continue;
            }
            let from = self.time(draft.anchor);
            let ends: Vec<usize> = self
                .of(draft.boot, &[Action::Logoff, Action::LogoffInitiated])
                .into_iter()
                .filter(|n| self.event(*n).luid.is_some_and(|l| draft.own.contains(&l)))
                .filter(|n| self.time(*n) >= from.plus_millis(-2_000))
                .collect();
            for n in &ends {
                self.take(&mut draft, *n);
            }
            if !ends.is_empty() {
                self.end_by(&mut draft, &ends, &[]);
            } else if draft.kind != Kind::Ssh {
                self.nla_logoff(&mut draft, None);
            }
            if draft.kind == Kind::Ssh {
                self.gone(&mut draft);
            }
            self.drafts[at] = draft;
        }
    }

    /// The last line of sshd that says that this connection is gone.
    pub(crate) fn gone(&self, draft: &mut Draft) {
        let Some(told) = self.line(draft.anchor) else { return };
        let lines: Vec<usize> = (0..self.all.len())
            .filter(|n| self.boot(*n) == draft.boot && self.time(*n) >= self.time(draft.anchor))
            .filter(|n| {
                self.line(*n).is_some_and(|l| l.what == What::Gone && l.ip == told.ip && l.port == told.port)
            })
            .collect();
        draft.perhaps.extend(&lines);
        if let Some(n) = lines.iter().max_by_key(|n| self.time(**n))
            && draft.end.is_none()
        {
            draft.records.insert(*n);
            draft.end = Some(self.time(*n));
            draft.end_kind = EndKind::Disconnect;
        }
    }
}
