//! SESSIONS.md: ends of which no begin is known (23, 24, 4634, 4647, 4779) are rows with how *unknown*.

use kilroy_model::{Action, EndKind, How, Kind};

use super::ends::{OF_LSM, OF_SECURITY};
use super::logons::kind_of_type;
use super::story::{Draft, MOMENT, REASON, SAME_END, Story, before, is_background, same_user};

impl Story {
    /// 23, 24, 4634, 4647 and 4779 of which no begin is known: one row for what ends at one moment.
    pub(crate) fn lone_ends(&mut self) {
        for n in 0..self.all.len() {
            if OF_LSM.contains(&self.event(n).action) && !self.taken[n] && !self.is_mirror(n) {
                self.lone_end_of_lsm(n);
            }
        }
        for n in 0..self.all.len() {
            if OF_SECURITY.contains(&self.event(n).action) && !self.taken[n] {
                self.lone_end_of_security(n);
            }
        }
    }

    pub(crate) fn lone_end_of_lsm(&mut self, n: usize) {
        let e = self.event(n).clone();
        let boot = self.boot(n);
        let desk = self.desks.iter().position(|d| {
            d.boot == boot
                && d.sid.is_some()
                && d.sid == e.terminal_session
                && d.from <= e.time
                && d.until.is_none_or(|u| e.time < u)
        });
        let thrown = self.of(boot, &[Action::ArbitrationBegun]).into_iter().any(|m| {
            self.event(m).terminal_session == e.terminal_session
                && before(self.time(m), e.time, 300_000)
                && desk.is_none()
        });
        let later: Vec<usize> = self
            .free(boot, &OF_LSM)
            .into_iter()
            .filter(|m| self.event(*m).terminal_session == e.terminal_session && !self.is_mirror(*m))
            .filter(|m| *m >= n && desk.is_none_or(|d| self.desks[d].until.is_none_or(|u| self.time(*m) < u)))
            .filter(|m| {
                !self.desks.iter().any(|d| {
                    d.boot == boot
                        && d.sid == e.terminal_session
                        && d.from > e.time
                        && d.from <= self.time(*m)
                })
            })
            .collect();
        let near = self.steps_of_end(&later, e.time, false);
        let disconnects = near.iter().any(|m| self.event(*m).action == Action::TerminalDisconnected);
        // A logoff with its disconnect, long after the last disconnect: somebody was there again.
        let there_again = e.action == Action::TerminalLogoff && disconnects;
        // A 24 right after a 23 is the logoff's tail, and nobody sat before a desktop that was disconnected before.
        let logs_off_first = e.action == Action::TerminalLogoff
            || self.of(boot, &[Action::TerminalLogoff]).into_iter().any(|m| {
                self.event(m).terminal_session == e.terminal_session
                    && before(self.time(m), e.time, 60_000)
                    && !self
                        .of(boot, &[Action::TerminalLogon, Action::TerminalReconnected])
                        .into_iter()
                        .any(|b| self.event(b).terminal_session == e.terminal_session && m < b && b < n)
            });
        if desk.is_some() && logs_off_first && !there_again {
            let last = self.drafts.iter().rposition(|d| d.desk == desk);
            if let Some(last) = last {
                self.swallow(last, &near);
            }
            return;
        }
        // Nobody sits before a desktop that is disconnected: its logoff ends no presence.
        if thrown || (desk.is_some() && !disconnects) {
            return;
        }
        let left = self.drafts.iter().position(|d| {
            d.boot == boot
                && d.how == How::Unknown
                && d.sid == e.terminal_session
                && d.end_kind == EndKind::Disconnect
                && d.end.is_some_and(|t| t <= e.time)
        });
        if let Some(left) = left.filter(|_| !there_again && (!disconnects || logs_off_first)) {
            self.swallow(left, &near);
            return;
        }
        // What Security shows to end at that moment, of a desktop that LSM does not show to begin.
        let of_security = (0..self.drafts.len()).filter(|at| {
            let d = &self.drafts[*at];
            let remote = d.kind == Kind::InteractiveRemote;
            d.boot == boot
                && d.desk.is_some_and(|k| self.desks[k].sid.is_none())
                && d.sid.is_none()
                && (e.ip.is_none() || remote)
                && (!e.local || !remote)
                && same_user(self.event(d.anchor), &e)
                && d.end_kind != EndKind::NlaLogoff
                && self.time(d.anchor) <= e.time
                && d.end.is_some_and(|t| t.within_millis(e.time, REASON))
        });
        let nearest = of_security.min_by_key(|at| self.drafts[*at].end.map(|t| t.distance(e.time)));
        if let Some(at) = nearest {
            let mut draft = self.drafts[at].clone();
            draft.sid = e.terminal_session;
            for m in &near {
                self.take_step(&mut draft, *m);
            }
            let mut members = near;
            members.extend(
                draft.records.iter().copied().filter(|m| OF_SECURITY.contains(&self.event(*m).action)),
            );
            members.retain(|m| self.time(*m).within_millis(e.time, SAME_END));
            let reasons: Vec<usize> = self
                .free(boot, &[Action::TerminalReason])
                .into_iter()
                .filter(|m| self.event(*m).terminal_session == e.terminal_session)
                .collect();
            self.end_by(&mut draft, &members, &reasons);
            for m in reasons {
                if draft.end.is_some_and(|t| self.time(m).within_millis(t, REASON)) {
                    self.take(&mut draft, m);
                }
            }
            self.lone_half(&mut draft);
            self.drafts[at] = draft;
            return;
        }
        let mut draft = Draft::new(boot, n, Kind::InteractiveUnknown, How::Unknown);
        draft.sid = e.terminal_session;
        for m in &near {
            self.take_step(&mut draft, *m);
        }
        let mut members = near;
        for m in self.free(boot, &OF_SECURITY) {
            let o = self.event(m).clone();
            let desktop = o.action != Action::Logoff || matches!(o.logon_type, Some(2 | 7 | 10 | 11 | 12));
            let own = desk.is_none_or(|d| {
                self.desks[d].luids.is_empty() || o.luid.is_some_and(|l| self.desks[d].luids.contains(&l))
            });
            let of_another = o.action == Action::Logoff && self.is_of_taker(e.time, m);
            if desktop && own && !of_another && same_user(&e, &o) && o.time.within_millis(e.time, REASON) {
                self.take(&mut draft, m);
                if o.time.within_millis(e.time, MOMENT) {
                    members.push(m);
                }
            }
        }
        let reasons: Vec<usize> = self
            .free(boot, &[Action::TerminalReason])
            .into_iter()
            .filter(|m| self.event(*m).terminal_session == e.terminal_session)
            .collect();
        self.end_by(&mut draft, &members, &reasons);
        for m in reasons {
            if draft.end.is_some_and(|t| self.time(m).within_millis(t, REASON)) {
                self.take(&mut draft, m);
            }
        }
        self.kind_of_lone_end(&mut draft);
        self.lone_half(&mut draft);
        for m in self.of(boot, &[Action::TerminalShell]) {
            if self.event(m).terminal_session == draft.sid {
                draft.perhaps.insert(m);
            }
        }
        self.drafts.push(draft);
    }

    /// The logoff of a desktop before which nobody sat any more: no row, and what Security says of it neither.
    pub(crate) fn swallow(&mut self, draft: usize, steps: &[usize]) {
        let mut gone = steps.to_vec();
        for n in steps {
            let e = self.event(*n).clone();
            let of_security = [Action::Logoff, Action::LogoffInitiated];
            gone.extend(self.free(self.boot(*n), &of_security).into_iter().filter(|m| {
                let o = self.event(*m);
                matches!(o.logon_type, None | Some(2 | 7 | 10 | 11 | 12))
                    && same_user(&e, o)
                    && o.time.within_millis(e.time, REASON)
            }));
        }
        for n in gone {
            self.drafts[draft].perhaps.insert(n);
            self.taken[n] = true;
        }
    }

    pub(crate) fn lone_end_of_security(&mut self, n: usize) {
        let e = self.event(n).clone();
        let boot = self.boot(n);
        let Some(luid) = e.luid else { return };
        let of_known = self.logons.iter().any(|l| l.boot == boot && l.luids.contains(&luid))
            || self.desks.iter().any(|d| d.boot == boot && d.luids.contains(&luid) && d.from <= e.time);
        let half_of_known = e.action == Action::Logoff
            && matches!(e.logon_type, Some(2 | 10 | 11))
            && self
                .of(boot, &[Action::LogoffInitiated, Action::Logoff, Action::TerminalLogoff])
                .into_iter()
                .any(|m| {
                    let o = self.event(m);
                    m != n
                        && self.taken[m]
                        && matches!(o.logon_type, None | Some(2 | 10 | 11))
                        && same_user(&e, o)
                        && o.time.within_millis(e.time, MOMENT)
                });
        if let Some(at) = self.passing_of(n).filter(|_| !of_known) {
            self.drafts[at].perhaps.insert(n);
            self.taken[n] = true;
            return;
        }
        if half_of_known || (of_known && e.action != Action::SessionDisconnected) {
            return;
        }
        let background = is_background(&e);
        let left = self.drafts.iter().position(|d| {
            d.boot == boot
                && d.how == How::Unknown
                && d.end_kind == EndKind::Disconnect
                && d.end.is_some_and(|t| t <= e.time)
                && d.records.iter().any(|m| self.event(*m).luid == Some(luid))
        });
        if let Some(left) = left.filter(|_| e.action != Action::SessionDisconnected) {
            self.drafts[left].perhaps.insert(n);
            self.taken[n] = true;
            return;
        }
        let mut draft = Draft::new(boot, n, Kind::InteractiveUnknown, How::Unknown);
        draft.background = background;
        let members: Vec<usize> = self
            .free(boot, &OF_SECURITY)
            .into_iter()
            .filter(|m| {
                let o = self.event(*m);
                let same = o.luid == Some(luid);
                let halves = matches!(o.logon_type, None | Some(2 | 10 | 11))
                    && matches!(e.logon_type, None | Some(2 | 10 | 11))
                    && same_user(&e, o)
                    && !background;
                let of_another = o.action == Action::Logoff
                    && !same
                    && (self.passing_of(*m).is_some()
                        || (e.action == Action::SessionDisconnected && self.is_of_taker(e.time, *m)));
                let halves = halves && !of_another;
                let margin = if same { SAME_END } else { MOMENT };
                (same || halves) && (same && background || o.time.within_millis(e.time, margin))
            })
            .collect();
        for m in &members {
            self.take(&mut draft, *m);
        }
        let at_once: Vec<usize> = members
            .iter()
            .copied()
            .filter(|m| background || self.time(*m).within_millis(e.time, MOMENT))
            .collect();
        self.end_by(&mut draft, &at_once, &[]);
        self.kind_of_lone_end(&mut draft);
        let marks =
            [Action::WorkstationLocked, Action::WorkstationUnlocked, Action::Logoff, Action::TerminalLogoff];
        for m in self.of(boot, &marks) {
            if self.event(m).luid == Some(luid) || self.event(m).action == Action::TerminalLogoff {
                draft.perhaps.insert(m);
            }
        }
        self.drafts.push(draft);
    }

    pub(crate) fn kind_of_lone_end(&self, draft: &mut Draft) {
        let events = || draft.records.iter().map(|n| self.event(*n));
        let of_type = events().filter(|e| e.action == Action::Logoff).find_map(|e| e.logon_type);
        if events().any(|e| e.local) {
            draft.kind = Kind::InteractiveLocal;
        } else if events().any(|e| e.ip.is_some()) {
            draft.kind = Kind::InteractiveRemote;
        } else if let Some(logon_type) = of_type {
            draft.kind = kind_of_type(logon_type);
        }
    }
}
