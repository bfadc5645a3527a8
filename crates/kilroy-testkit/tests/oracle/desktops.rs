//! Desktops: what LSM (or its look-alike SessionServices) tells of begins, then what Security tells where LSM does not.

use kilroy_model::{Action, How, Kind};
use kilroy_sessions::SessionEvent;

use super::story::{
    Desk, Draft, LOGON_TO_DESKTOP, Logon, MOMENT, REASON, Story, WINDOW, before, ip_agrees, same_user, usable,
};

impl Story {
    /// Two logs tell the same step: the other record of it.
    pub(crate) fn mirror(&self, n: usize) -> Option<usize> {
        let e = self.event(n);
        let ours = |log: &str| log.to_lowercase().contains("localsessionmanager");
        self.of(self.boot(n), &[e.action])
            .into_iter()
            .filter(|m| *m != n)
            .filter(|m| {
                let o = self.event(*m);
                o.terminal_session == e.terminal_session
                    && ours(&o.log) != ours(&e.log)
                    && o.time.within_millis(e.time, MOMENT)
            })
            .min_by_key(|m| self.time(*m).distance(e.time))
    }

    /// Is this the second telling of a step that LSM tells?
    pub(crate) fn is_mirror(&self, n: usize) -> bool {
        let own = self.event(n).log.to_lowercase().contains("localsessionmanager");
        !own && self.event(n).terminal_session.is_some() && self.mirror(n).is_some()
    }

    pub(crate) fn take_step(&mut self, draft: &mut Draft, n: usize) {
        self.take(draft, n);
        if let Some(m) = self.mirror(n) {
            self.take(draft, m);
        }
    }

    /// 21 and 25: every one is a presence. 21 begins a desktop, 25 takes one up again.
    pub(crate) fn desks_of_lsm(&mut self) {
        for n in 0..self.all.len() {
            let e = self.event(n).clone();
            let begins = matches!(e.action, Action::TerminalLogon | Action::TerminalReconnected);
            let Some(sid) = e.terminal_session.filter(|_| begins && !self.is_mirror(n)) else { continue };
            let boot = self.boot(n);
            let current =
                self.desks.iter().rposition(|d| d.boot == boot && d.sid == Some(sid) && d.until.is_none());
            let goes_on = current.filter(|desk| {
                let first = self.drafts.iter().find(|d| d.desk == Some(*desk)).map(|d| d.anchor);
                let same = first.is_some_and(|f| same_user(self.event(f), &e));
                let gone = self.of(boot, &[Action::TerminalLogoff]).into_iter().any(|m| {
                    self.event(m).terminal_session == Some(sid)
                        && self.time(m) >= self.desks[*desk].from
                        && self.time(m) < e.time
                });
                e.action == Action::TerminalReconnected && same && !gone
            });
            let desk = goes_on.unwrap_or_else(|| {
                if let Some(old) = current {
                    self.desks[old].until = Some(e.time);
                }
                self.desks.push(Desk { boot, sid: Some(sid), luids: vec![], from: e.time, until: None });
                self.desks.len() - 1
            });
            let how = if e.action == Action::TerminalLogon { How::Logon } else { How::Reconnect };
            let kind = if e.local {
                Kind::InteractiveLocal
            } else if e.ip.is_some() {
                Kind::InteractiveRemote
            } else {
                Kind::InteractiveUnknown
            };
            let mut draft = Draft::new(boot, n, kind, how);
            draft.sid = Some(sid);
            draft.desk = Some(desk);
            draft.start = Some(e.time);
            self.take_step(&mut draft, n);
            self.drafts.push(draft);
        }
    }

    /// Security's part of each begin that LSM tells: the logon of the desktop (21), or 4778 and the throw-away logon (25).
    pub(crate) fn logons_of_desks(&mut self) {
        for at in 0..self.drafts.len() {
            let mut draft = self.drafts[at].clone();
            let Some(desk) = draft.desk else { continue };
            let begin = self.event(draft.anchor).clone();
            if draft.how == How::Logon {
                let types: &[u8] = if begin.local { &[2, 11, 10, 12] } else { &[10, 12, 2, 11] };
                let tied = self.tied_luids(desk);
                let near = self
                    .logons
                    .iter()
                    .filter(|l| l.boot == draft.boot && types.contains(&l.logon_type) && self.logon_free(l))
                    .filter(|l| {
                        let o = self.event(l.records[0]);
                        // Addresses behind NAT differ between logs: near in time they do not rule out.
                        let ip = begin.local
                            || ip_agrees(begin.ip, o.ip)
                            || o.time.within_millis(begin.time, WINDOW);
                        let local = matches!(l.logon_type, 2 | 11);
                        let window = same_user(&begin, o)
                            && ip
                            && local == begin.local
                            && (before(o.time, begin.time, LOGON_TO_DESKTOP)
                                || before(begin.time, o.time, 2_000));
                        l.luids.iter().any(|x| tied.contains(x)) || window
                    })
                    .min_by_key(|l| {
                        let o = self.event(l.records[0]);
                        let strong = l.luids.iter().any(|x| tied.contains(x));
                        (
                            !strong,
                            !begin.local && !ip_agrees(begin.ip, o.ip),
                            o.time.distance(begin.time),
                            o.record_id,
                        )
                    })
                    .cloned();
                if let Some(logon) = near {
                    self.take_logon(&mut draft, &logon);
                    draft.own.clone_from(&logon.luids);
                    self.desks[desk].luids.extend(&logon.luids);
                }
            } else {
                let bridge = self
                    .free(draft.boot, &[Action::SessionReconnected])
                    .into_iter()
                    .filter(|m| same_user(&begin, self.event(*m)))
                    .filter(|m| self.time(*m).within_millis(begin.time, WINDOW))
                    .min_by_key(|m| (self.time(*m).distance(begin.time), self.event(*m).record_id));
                if let Some(bridge) = bridge {
                    self.take(&mut draft, bridge);
                    let luid = usable(self.event(bridge).luid);
                    draft.own.extend(luid);
                    for luid in
                        luid.into_iter().filter(|l| !self.desks[desk].luids.contains(l)).collect::<Vec<_>>()
                    {
                        self.desks[desk].luids.push(luid);
                    }
                }
                self.throw_away_logon(&mut draft, begin.time);
            }
            self.arrival(&mut draft);
            self.drafts[at] = draft;
        }
    }

    /// A shell (22) of a desktop that nothing else shows the begin of: a presence that had begun before.
    pub(crate) fn desks_of_shells(&mut self) {
        for n in 0..self.all.len() {
            let e = self.event(n).clone();
            if e.action != Action::TerminalShell || self.taken[n] || self.is_mirror(n) {
                continue;
            }
            let boot = self.boot(n);
            let known = self.desks.iter().any(|d| {
                d.boot == boot
                    && d.sid == e.terminal_session
                    && d.from <= e.time
                    && d.until.is_none_or(|u| e.time < u)
            });
            if known {
                continue;
            }
            let kind = if e.local {
                Kind::InteractiveLocal
            } else if e.ip.is_some() {
                Kind::InteractiveRemote
            } else {
                Kind::InteractiveUnknown
            };
            let until = self
                .desks
                .iter()
                .filter(|d| d.boot == boot && d.sid == e.terminal_session && d.from > e.time)
                .map(|d| d.from)
                .min();
            self.desks.push(Desk { boot, sid: e.terminal_session, luids: vec![], from: e.time, until });
            let mut draft = Draft::new(boot, n, kind, How::Unknown);
            draft.sid = e.terminal_session;
            draft.desk = Some(self.desks.len() - 1);
            self.take_step(&mut draft, n);
            self.arbitration(&mut draft);
            self.drafts.push(draft);
        }
    }

    /// A 24 that names another place than the connection's earlier records of the same log: whoever came back in between is
    /// a presence of its own, and the one before is superseded. A 40 of that moment goes with the 24.
    pub(crate) fn left_from_elsewhere(&mut self) {
        let place = |e: &SessionEvent| {
            let ip = e.ip.filter(|ip| !ip.is_unspecified());
            (e.local || ip.is_some()).then_some((e.local, ip))
        };
        for n in 0..self.all.len() {
            let e = self.event(n).clone();
            let boot = self.boot(n);
            if e.action != Action::TerminalDisconnected || self.taken[n] || self.is_mirror(n) {
                continue;
            }
            let before = (0..self.drafts.len())
                .filter(|d| {
                    let d = &self.drafts[*d];
                    d.boot == boot && d.sid.is_some() && d.sid == e.terminal_session && d.desk.is_some()
                })
                .filter(|d| self.drafts[*d].anchor < n)
                .max_by_key(|d| self.drafts[*d].anchor);
            let Some(before) = before.filter(|d| !self.drafts[*d].elsewhere) else { continue };
            let anchor = self.drafts[before].anchor;
            let desk = self.drafts[before].desk;
            let of_session = |s: &Self, actions: &[Action]| -> Vec<usize> {
                let mut list = s.of(boot, actions);
                list.retain(|m| s.event(*m).terminal_session == e.terminal_session && *m > anchor && *m < n);
                list
            };
            let over = of_session(self, &[Action::TerminalDisconnected, Action::TerminalLogoff])
                .into_iter()
                .any(|m| !self.is_mirror(m))
                || of_session(self, &[Action::TerminalReason])
                    .into_iter()
                    .any(|m| !self.time(m).within_millis(e.time, REASON));
            let mut shown = of_session(self, &[Action::TerminalShell]);
            shown.push(anchor);
            let elsewhere = shown
                .iter()
                .map(|m| self.event(*m))
                .filter(|o| o.log == e.log)
                .any(|o| place(o).is_some() && place(&e).is_some() && place(o) != place(&e));
            if over || !elsewhere || desk.is_some_and(|d| self.desks[d].until.is_some_and(|u| u <= e.time)) {
                continue;
            }
            let kind = if e.local { Kind::InteractiveLocal } else { Kind::InteractiveRemote };
            let mut draft = Draft::new(boot, n, kind, How::Unknown);
            draft.sid = e.terminal_session;
            draft.desk = desk;
            draft.elsewhere = true;
            if let Some(reason) = of_session(self, &[Action::TerminalReason]).last() {
                self.take(&mut draft, *reason);
            }
            self.drafts.push(draft);
        }
    }

    /// Logon IDs that a record ties to the terminal session: 4800 to 4803, Sysmon 1.
    pub(crate) fn tied_luids(&self, desk: usize) -> Vec<kilroy_model::Luid> {
        let d = &self.desks[desk];
        let ties = [
            Action::WorkstationLocked,
            Action::WorkstationUnlocked,
            Action::ScreenSaverStarted,
            Action::ScreenSaverStopped,
            Action::ProcessStarted,
        ];
        self.of(d.boot, &ties)
            .into_iter()
            .filter(|n| {
                let e = self.event(*n);
                e.terminal_session == d.sid && e.time >= d.from && d.until.is_none_or(|u| e.time < u)
            })
            .filter_map(|n| usable(self.event(n).luid))
            .collect()
    }

    /// Does a 4778 or 4779 name this logon? Then it is no throw-away one.
    pub(crate) fn has_desktop(&self, logon: &Logon) -> bool {
        self.of(logon.boot, &[Action::SessionReconnected, Action::SessionDisconnected])
            .into_iter()
            .any(|n| self.event(n).luid.is_some_and(|l| logon.luids.contains(&l)))
    }

    /// The logon of type 10 or 7 of a reconnect, which is closed at once.
    pub(crate) fn throw_away_logon(&mut self, draft: &mut Draft, at: kilroy_model::Timestamp) {
        let begin = self.event(draft.anchor).clone();
        if draft.kind == Kind::InteractiveLocal {
            return;
        }
        let near = self
            .logons
            .iter()
            .filter(|l| l.boot == draft.boot && matches!(l.logon_type, 7 | 10 | 12) && self.logon_free(l))
            .filter(|l| {
                let o = self.event(l.records[0]);
                let loopback = o.ip.is_some_and(|ip| ip.is_loopback());
                same_user(&begin, o)
                    && (loopback || ip_agrees(begin.ip, o.ip))
                    && !l.luids.iter().any(|x| draft.own.contains(x))
                    && !self.has_desktop(l)
                    && (o.time.within_millis(at, WINDOW)
                        || (!loopback && before(o.time, at, LOGON_TO_DESKTOP)))
            })
            .cloned()
            .collect::<Vec<Logon>>();
        for logon in near {
            self.take_logon(draft, &logon);
            self.perhaps_logoffs(draft, &logon);
        }
    }

    /// What closes a logon that is not the desktop's may stand with the presence.
    pub(crate) fn perhaps_logoffs(&mut self, draft: &mut Draft, logon: &Logon) {
        for n in self.of(logon.boot, &[Action::Logoff, Action::LogoffInitiated]) {
            if self.event(n).luid.is_some_and(|l| logon.luids.contains(&l)) {
                draft.perhaps.insert(n);
                self.taken[n] = true;
            }
        }
    }
}
