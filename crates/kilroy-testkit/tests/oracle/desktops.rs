//! Desktops: what LSM (or its look-alike SessionServices) tells of begins, then what Security tells where LSM does not.

use kilroy_model::{Action, How, Kind};
use kilroy_sessions::SessionEvent;

use super::story::{
    Desk, Draft, LOGON_TO_DESKTOP, Logon, MOMENT, NLA, REASON, Story, WINDOW, activity, before, ip_agrees,
    is_background, same_user, usable,
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
    fn tied_luids(&self, desk: usize) -> Vec<kilroy_model::Luid> {
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
    fn has_desktop(&self, logon: &Logon) -> bool {
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

    /// The connection that came before: 1149, the halves of NLA, 131 and 261, arbitration.
    pub(crate) fn arrival(&mut self, draft: &mut Draft) {
        if draft.kind == Kind::InteractiveLocal {
            self.arbitration(draft);
            return;
        }
        let anchor = self.event(draft.anchor).clone();
        let start = self.time(draft.anchor);
        let first = |s: &Self, d: &Draft| d.records.iter().map(|n| s.time(*n)).min().unwrap_or(start);
        let begin = first(self, draft);
        let ip = anchor.ip.or(draft.records.iter().find_map(|n| self.event(*n).ip));
        let activities = |s: &Self, d: &Draft| -> Vec<_> {
            d.records.iter().filter_map(|n| activity(s.event(*n))).collect()
        };
        if self.event(draft.anchor).action != Action::RdpAuthenticated {
            let own = activities(self, draft);
            let authenticated = self
                .free(draft.boot, &[Action::RdpAuthenticated])
                .into_iter()
                .filter(|m| {
                    let o = self.event(*m);
                    let same = activity(o).is_some_and(|a| own.contains(&a));
                    let other = activity(o).is_some() && !own.is_empty();
                    let near = before(o.time, begin, WINDOW)
                        || (o.time >= begin && o.time <= start)
                        || before(begin, o.time, 2_000);
                    same_user(&anchor, o) && (same || (!other && near && ip_agrees(ip, o.ip)))
                })
                .min_by_key(|m| {
                    let same = activity(self.event(*m)).is_some_and(|a| own.contains(&a));
                    (!same, self.time(*m).distance(begin), self.event(*m).record_id)
                });
            if let Some(m) = authenticated {
                self.take(draft, m);
            }
        }
        self.halves(draft, begin, ip);
        self.arbitration(draft);
        self.connection(draft, ip);
    }

    /// The same where the 1149 is known.
    pub(crate) fn came_before(&mut self, draft: &mut Draft) {
        let begin = draft.records.iter().map(|n| self.time(*n)).min().unwrap_or(self.time(draft.anchor));
        let ip = draft.records.iter().find_map(|n| self.event(*n).ip);
        self.halves(draft, begin, ip);
        self.arbitration(draft);
        self.connection(draft, ip);
    }

    /// All type 3 of that user and address up to 30 s before, and one without an address up to 2 s before the 1149.
    fn halves(&mut self, draft: &mut Draft, begin: kilroy_model::Timestamp, ip: Option<std::net::IpAddr>) {
        let anchor = self.event(draft.anchor).clone();
        let authenticated: Vec<usize> = draft
            .records
            .iter()
            .copied()
            .filter(|n| self.event(*n).action == Action::RdpAuthenticated)
            .collect();
        for logon in self.logons.clone() {
            let o = self.event(logon.records[0]).clone();
            let near = match o.ip {
                Some(from) => {
                    let of_1149 = authenticated.iter().find_map(|n| self.event(*n).ip);
                    (ip == Some(from) || of_1149 == Some(from))
                        && before(o.time, begin.plus_millis(50), NLA + 50)
                }
                None => authenticated.iter().any(|n| before(o.time, self.time(*n), MOMENT)),
            };
            if logon.boot == draft.boot
                && logon.logon_type == 3
                && near
                && self.logon_free(&logon)
                && !is_background(&o)
                && same_user(&anchor, &o)
            {
                self.take_logon(draft, &logon);
                self.perhaps_logoffs(draft, &logon);
                draft.nla.extend(&logon.luids);
            }
        }
    }

    /// 131 and 261 of the connection: by its activity, else the nearest before.
    pub(crate) fn connection(&mut self, draft: &mut Draft, ip: Option<std::net::IpAddr>) {
        let begin = draft
            .records
            .iter()
            .filter(|n| {
                !matches!(self.event(**n).action, Action::ArbitrationBegun | Action::ArbitrationEnded)
            })
            .map(|n| self.time(*n))
            .min();
        let Some(begin) = begin else { return };
        let own: Vec<_> = draft
            .records
            .iter()
            .filter(|n| !draft.perhaps.contains(n))
            .filter_map(|n| activity(self.event(*n)))
            .collect();
        let steps = [Action::RdpConnectionAccepted, Action::RdpListenerConnection];
        let of_activity: Vec<usize> = self
            .free(draft.boot, &steps)
            .into_iter()
            .filter(|n| activity(self.event(*n)).is_some_and(|a| own.contains(&a)))
            .collect();
        for n in &of_activity {
            self.take(draft, *n);
        }
        for n in self.free(draft.boot, &[Action::RdpSessionAssigned]) {
            if activity(self.event(n)).is_some_and(|a| own.contains(&a)) {
                self.take(draft, n);
            }
        }
        if !own.is_empty() {
            return;
        }
        for step in steps {
            let near = self
                .free(draft.boot, &[step])
                .into_iter()
                .filter(|n| before(self.time(*n), begin, WINDOW) && ip_agrees(ip, self.event(*n).ip))
                .filter(|n| !self.spoken_for(draft, *n))
                .filter(|n| {
                    step == Action::RdpListenerConnection || self.event(*n).ip.is_some() && ip.is_some()
                })
                .min_by_key(|n| (self.time(*n).distance(begin), self.event(*n).record_id));
            if let Some(n) = near {
                self.take(draft, n);
            }
        }
    }

    /// Does the connection of this record show up in what another session logs?
    fn spoken_for(&self, draft: &Draft, n: usize) -> bool {
        let connects =
            [Action::RdpConnectionAccepted, Action::RdpListenerConnection, Action::RdpSessionAssigned];
        activity(self.event(n)).is_some_and(|a| {
            (0..self.all.len()).any(|m| {
                self.boot(m) == draft.boot
                    && activity(self.event(m)) == Some(a)
                    && !matches!(
                        self.event(m).action,
                        Action::ArbitrationBegun | Action::ArbitrationEnded | Action::TerminalReason
                    )
                    && !connects.contains(&self.event(m).action)
                    && !draft.records.contains(&m)
            })
        })
    }

    /// 41 and 42: of this very session, or of a throw-away one that folds into it with all its records.
    fn arbitration(&mut self, draft: &mut Draft) {
        let anchor = self.event(draft.anchor).clone();
        let own: Vec<_> = draft.records.iter().filter_map(|n| activity(self.event(*n))).collect();
        let steps = self.free(draft.boot, &[Action::ArbitrationBegun, Action::ArbitrationEnded]);
        for n in steps {
            let o = self.event(n).clone();
            if activity(&o).is_some_and(|a| own.contains(&a)) {
                draft.perhaps.insert(n);
            }
            if !same_user(&anchor, &o) || !o.time.within_millis(anchor.time, WINDOW) {
                continue;
            }
            if o.terminal_session == draft.sid {
                self.take(draft, n);
                if !matches!(anchor.action, Action::TerminalLogon | Action::TerminalReconnected) {
                    draft.perhaps.insert(n);
                }
                continue;
            }
            let Some(sid) = o.terminal_session else { continue };
            let lives = self
                .desks
                .iter()
                .any(|d| d.boot == draft.boot && d.sid == Some(sid) && d.from.within_millis(o.time, WINDOW));
            let other = activity(&o).is_some_and(|a| !own.is_empty() && !own.contains(&a));
            if lives || other || draft.how != How::Reconnect {
                continue;
            }
            self.take(draft, n);
            // The page says that it folds in; which of its records are left to show that is another matter.
            draft.perhaps.insert(n);
            let ends = [Action::TerminalReason, Action::TerminalDisconnected, Action::TerminalLogoff];
            for m in self.free(draft.boot, &ends) {
                let e = self.event(m);
                if e.terminal_session == Some(sid) && e.time.within_millis(o.time, WINDOW) {
                    draft.perhaps.insert(m);
                    self.take(draft, m);
                }
            }
        }
    }

    /// Desktops that only Security tells of: every logon of types 2, 10, 11 and 12 from here on, and every 4778.
    pub(crate) fn desks_of_security(&mut self) {
        for logon in self.logons.clone() {
            let first = logon.records[0];
            let e = self.event(first).clone();
            if !matches!(logon.logon_type, 2 | 10 | 11 | 12) || !self.logon_free(&logon) {
                continue;
            }
            // A throw-away logon belongs to the 4778 that follows.
            let follows = self.free(logon.boot, &[Action::SessionReconnected]).into_iter().any(|m| {
                let o = self.event(m);
                matches!(logon.logon_type, 10 | 12)
                    && !self.has_desktop(&logon)
                    && same_user(&e, o)
                    && ip_agrees(e.ip, o.ip)
                    && (before(e.time, o.time, LOGON_TO_DESKTOP) || before(o.time, e.time, WINDOW))
                    && o.luid.is_some_and(|l| !logon.luids.contains(&l))
            });
            if follows {
                continue;
            }
            let kind = super::logons::kind_of_type(logon.logon_type);
            let mut draft = Draft::new(logon.boot, first, kind, How::Logon);
            self.desks.push(Desk {
                boot: logon.boot,
                sid: None,
                luids: logon.luids.clone(),
                from: e.time,
                until: None,
            });
            draft.desk = Some(self.desks.len() - 1);
            draft.own.clone_from(&logon.luids);
            draft.start = Some(e.time);
            self.take_logon(&mut draft, &logon);
            // The 21 is lost, and the 22 names the session all the same.
            let shell = self.free(logon.boot, &[Action::TerminalShell]).into_iter().find(|n| {
                let o = self.event(*n);
                same_user(&e, o)
                    && before(e.time, o.time, LOGON_TO_DESKTOP)
                    && !self.desks.iter().any(|d| {
                        d.boot == logon.boot
                            && d.sid == o.terminal_session
                            && d.from <= o.time
                            && d.until.is_none_or(|u| o.time < u)
                    })
            });
            if let Some(n) = shell {
                draft.sid = self.event(n).terminal_session;
                let desk = self.desks.len() - 1;
                self.desks[desk].sid = draft.sid;
                self.take_step(&mut draft, n);
            }
            self.arrival(&mut draft);
            self.drafts.push(draft);
        }
        for n in 0..self.all.len() {
            if self.event(n).action != Action::SessionReconnected || self.taken[n] {
                continue;
            }
            let e = self.event(n).clone();
            let boot = self.boot(n);
            let kind = if e.local { Kind::InteractiveLocal } else { Kind::InteractiveRemote };
            let mut draft = Draft::new(boot, n, kind, How::Reconnect);
            let luid = usable(e.luid);
            let known = self.desks.iter().rposition(|d| {
                d.boot == boot && d.from <= e.time && luid.is_some_and(|l| d.luids.contains(&l))
            });
            let desk = known.unwrap_or_else(|| {
                let luids = luid.into_iter().collect();
                self.desks.push(Desk { boot, sid: None, luids, from: e.time, until: None });
                self.desks.len() - 1
            });
            draft.desk = Some(desk);
            draft.sid = self.desks[desk].sid;
            draft.own.extend(luid);
            self.take(&mut draft, n);
            self.throw_away_logon(&mut draft, e.time);
            let logons = draft.records.iter().filter(|m| self.event(**m).action == Action::Logon);
            draft.start = Some(logons.map(|m| self.time(*m)).min().unwrap_or(e.time));
            self.arrival(&mut draft);
            self.drafts.push(draft);
        }
        self.reconnects_by_unlock();
    }

    /// Where LSM is missing, a type 7 from a remote address with NLA halves is a reconnect.
    fn reconnects_by_unlock(&mut self) {
        for logon in self.logons.clone() {
            let first = logon.records[0];
            let e = self.event(first).clone();
            let remote = e.ip.is_some_and(|ip| !ip.is_loopback());
            // Where LSM goes on, it would show the reconnect as well.
            let lsm = !self.hole_around("localsessionmanager", e.time);
            if logon.logon_type != 7 || !remote || lsm || !self.logon_free(&logon) {
                continue;
            }
            let mut draft = Draft::new(logon.boot, first, Kind::InteractiveRemote, How::Reconnect);
            let halves = self.logons.iter().any(|l| {
                let o = self.event(l.records[0]);
                l.boot == logon.boot
                    && l.logon_type == 3
                    && same_user(&e, o)
                    && o.ip == e.ip
                    && before(o.time, e.time, NLA)
            });
            if !halves {
                continue;
            }
            draft.start = Some(e.time);
            // It takes up the user's last desktop.
            draft.desk = self
                .drafts
                .iter()
                .filter(|x| x.boot == logon.boot && !x.own.is_empty() && x.desk.is_some())
                .filter(|x| self.time(x.anchor) <= e.time && same_user(self.event(x.anchor), &e))
                .max_by_key(|x| self.time(x.anchor))
                .and_then(|x| x.desk);
            self.take_logon(&mut draft, &logon);
            self.perhaps_logoffs(&mut draft, &logon);
            self.arrival(&mut draft);
            self.drafts.push(draft);
        }
    }
}
