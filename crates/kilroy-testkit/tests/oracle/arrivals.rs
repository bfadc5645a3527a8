//! What comes before a desktop: connection, network logons, authentication, arbitration.

use kilroy_model::{Action, How, Kind};

use super::story::{
    Draft, MOMENT, NLA, Story, WINDOW, activity, before, ip_agrees, is_background, same_user,
};

impl Story {
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
    pub(crate) fn halves(
        &mut self,
        draft: &mut Draft,
        begin: kilroy_model::Timestamp,
        ip: Option<std::net::IpAddr>,
    ) {
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
    pub(crate) fn spoken_for(&self, draft: &Draft, n: usize) -> bool {
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
    pub(crate) fn arbitration(&mut self, draft: &mut Draft) {
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
}
