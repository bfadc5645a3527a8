//! Desktops that only Security shows.

use kilroy_model::{Action, How, Kind};

use super::story::{Desk, Draft, LOGON_TO_DESKTOP, NLA, Story, WINDOW, before, ip_agrees, same_user, usable};

impl Story {
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
    pub(crate) fn reconnects_by_unlock(&mut self) {
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
