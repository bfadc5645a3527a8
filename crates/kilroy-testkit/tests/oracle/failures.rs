//! What did not become a session: failures, denials, authentication alone. And secure shell, where a line is the authority.

use kilroy_model::{Action, EndKind, How, Kind, Reason, SessionOutcome};

use super::logons::kind_of_type;
use super::story::{
    Draft, MOMENT, NLA, Story, WINDOW, activity, before, ip_agrees, is_background, same_user,
};

/// A logon of sshd.exe within a second is the same attempt as the line.
const SSH: u64 = 1_000;

/// What a line of sshd says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) what: What,
    pub(crate) user: Option<String>,
    pub(crate) ip: Option<std::net::IpAddr>,
    pub(crate) port: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Accepted,
    Failed,
    Gone,
}

/// `Accepted password for bob from 10.0.0.1 port 22 ssh2` and its kin.
pub(crate) fn line(text: &str) -> Option<Line> {
    let text = text.split_once("sshd: ").map_or(text, |(_, t)| t);
    let what = if text.starts_with("Accepted ") {
        What::Accepted
    } else if text.starts_with("Failed ") {
        What::Failed
    } else if ["Received disconnect from", "Disconnected from", "Connection closed by"]
        .iter()
        .any(|p| text.starts_with(p))
    {
        What::Gone
    } else {
        return None;
    };
    let (head, tail) = text.split_once(" port ")?;
    let port = tail.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    let ip = head.split_whitespace().last()?.parse().ok();
    let user = if what == What::Gone {
        None
    } else {
        let named = head.split_once(" for ")?.1.rsplit_once(" from ")?.0;
        Some(named.strip_prefix("invalid user ").unwrap_or(named).to_owned())
    };
    Some(Line { what, user, ip, port })
}

impl Story {
    pub(crate) fn line(&self, n: usize) -> Option<Line> {
        let e = self.event(n);
        (e.action == Action::SshMessage).then(|| e.new_value.as_deref().and_then(line)).flatten()
    }

    pub(crate) fn ssh_rows(&mut self) {
        for n in 0..self.all.len() {
            let Some(told) = self.line(n) else { continue };
            let boot = self.boot(n);
            let mut draft = Draft::new(boot, n, Kind::Ssh, How::Logon);
            let action = match told.what {
                What::Accepted => Action::Logon,
                What::Failed => Action::LogonFailed,
                What::Gone => continue,
            };
            self.take(&mut draft, n);
            let near = self
                .free(boot, &[action])
                .into_iter()
                .filter(|m| {
                    let o = self.event(*m);
                    let sshd = o.image.as_deref().is_some_and(|i| i.to_lowercase().ends_with("sshd.exe"));
                    let name = o.user.as_deref().unwrap_or_default().to_lowercase();
                    let user = name == "nouser"
                        || told.user.as_deref().is_some_and(|u| {
                            let bare = u.rsplit('\\').next().unwrap_or(u);
                            bare.split('@').next().unwrap_or(bare).to_lowercase() == name
                        });
                    o.logon_type == Some(8) && sshd && user && o.time.within_millis(self.time(n), SSH)
                })
                .min_by_key(|m| self.time(*m).distance(self.time(n)));
            draft.start = Some(self.time(n));
            if let Some(m) = near {
                self.take(&mut draft, m);
                if told.what == What::Accepted {
                    draft.start = Some(self.time(m));
                    draft.own.extend(self.event(m).luid);
                } else {
                    self.explained(&mut draft, m);
                    draft.reason = self.status(m);
                }
            }
            if told.what == What::Failed {
                self.failed(&mut draft, n);
            }
            self.drafts.push(draft);
        }
    }

    fn failed(&self, draft: &mut Draft, n: usize) {
        draft.outcome = SessionOutcome::Failure;
        draft.start = Some(self.time(n));
        draft.end = Some(self.time(n));
        draft.end_kind = EndKind::Failed;
    }

    /// SubStatus unless 0x0, else Status, as logged.
    fn status(&self, n: usize) -> Option<Reason> {
        let e = self.event(n);
        let zero = |s: &str| s.trim_start_matches("0x").chars().all(|c| c == '0');
        let sub = e.sub_status.as_deref().filter(|s| !zero(s) && *s != "-");
        sub.or(e.status.as_deref()).map(|s| Reason::Code(s.to_owned()))
    }

    fn refused(&self, n: usize) -> bool {
        let e = self.event(n);
        let zero = |s: &str| s.trim_start_matches("0x").chars().all(|c| c == '0');
        match e.action {
            Action::KerberosPreauthFailed => true,
            Action::CredentialsValidated | Action::KerberosTicketGranted => {
                e.status.as_deref().is_some_and(|s| !zero(s))
            }
            _ => false,
        }
    }

    /// Failures on the controller that this 4625 explains.
    fn explained(&mut self, draft: &mut Draft, n: usize) {
        let e = self.event(n).clone();
        let kinds =
            [Action::CredentialsValidated, Action::KerberosPreauthFailed, Action::KerberosTicketGranted];
        for m in self.free(draft.boot, &kinds) {
            let o = self.event(m);
            if self.refused(m) && same_user(&e, o) && o.time.within_millis(e.time, MOMENT) {
                self.take(draft, m);
            }
        }
    }

    /// 4825: one row, with what led to it.
    pub(crate) fn denied_rows(&mut self) {
        for n in 0..self.all.len() {
            let e = self.event(n).clone();
            if e.action != Action::LogonDenied {
                continue;
            }
            let mut draft = Draft::new(self.boot(n), n, Kind::InteractiveRemote, How::Logon);
            self.take(&mut draft, n);
            let near = self
                .logons
                .iter()
                .filter(|l| l.boot == draft.boot && matches!(l.logon_type, 10 | 12) && self.logon_free(l))
                .filter(|l| {
                    let o = self.event(l.records[0]);
                    e.luid.is_some_and(|x| l.luids.contains(&x))
                        || (same_user(&e, o) && before(o.time, e.time, WINDOW))
                })
                .min_by_key(|l| {
                    (!e.luid.is_some_and(|x| l.luids.contains(&x)), self.time(l.records[0]).distance(e.time))
                })
                .cloned();
            if let Some(logon) = near {
                self.take_logon(&mut draft, &logon);
                self.perhaps_logoffs(&mut draft, &logon);
            }
            for m in self.free(draft.boot, &[Action::Logoff]) {
                if self.event(m).luid.is_some_and(|l| l.0 != 0) && self.event(m).luid == e.luid {
                    draft.perhaps.insert(m);
                    self.taken[m] = true;
                }
            }
            self.arrival(&mut draft);
            draft.outcome = SessionOutcome::Denied;
            draft.start = Some(e.time);
            draft.end = Some(e.time);
            draft.end_kind = EndKind::Denied;
            self.drafts.push(draft);
        }
    }

    /// 1149, and then the desktop was refused (4625 of type 10): one attempt, which failed. Not where RCM writes 1149 for
    /// failures, too.
    pub(crate) fn refused_at_the_desktop(&mut self) {
        let old = (0..self.all.len()).any(|n| {
            let e = self.event(n);
            let version = e.new_value.as_deref().unwrap_or_default();
            e.action == Action::SystemVersion && (version.starts_with("5.") || version.starts_with("6.00"))
        });
        for n in 0..self.all.len() {
            let e = self.event(n).clone();
            let at_desktop = matches!(e.logon_type, Some(10 | 12));
            if old || e.action != Action::LogonFailed || !at_desktop || self.taken[n] {
                continue;
            }
            let passed = self.free(self.boot(n), &[Action::RdpAuthenticated]).into_iter().rfind(|m| {
                let o = self.event(*m);
                *m < n && same_user(&e, o) && ip_agrees(e.ip, o.ip) && before(o.time, e.time, NLA)
            });
            let Some(passed) = passed else { continue };
            let mut draft = Draft::new(self.boot(n), n, Kind::InteractiveRemote, How::Logon);
            draft.background = is_background(&e);
            self.take(&mut draft, n);
            self.take(&mut draft, passed);
            self.explained(&mut draft, n);
            self.came_before(&mut draft);
            draft.reason = self.status(n);
            self.failed(&mut draft, n);
            self.drafts.push(draft);
        }
    }

    /// A lone 1149: authenticated, no session seen.
    pub(crate) fn auth_only_rows(&mut self) {
        for n in 0..self.all.len() {
            if self.event(n).action != Action::RdpAuthenticated || self.taken[n] {
                continue;
            }
            let mut draft = Draft::new(self.boot(n), n, Kind::InteractiveRemote, How::AuthOnly);
            self.take(&mut draft, n);
            draft.start = Some(self.time(n));
            self.arrival(&mut draft);
            self.drafts.push(draft);
        }
    }

    pub(crate) fn failure_rows(&mut self) {
        for n in 0..self.all.len() {
            let e = self.event(n).clone();
            if e.action != Action::LogonFailed || self.taken[n] {
                continue;
            }
            let mut draft = Draft::new(self.boot(n), n, kind_of_type(e.logon_type.unwrap_or(3)), How::Logon);
            draft.background = is_background(&e);
            self.take(&mut draft, n);
            self.explained(&mut draft, n);
            let near = |s: &Self, m: usize| {
                e.ip.is_some() && s.event(m).ip == e.ip && s.time(m).within_millis(e.time, WINDOW)
            };
            let listener = [Action::RdpAuthenticationFailed, Action::RdpConnectionAccepted];
            if self.of(draft.boot, &listener).into_iter().any(|m| near(self, m)) {
                draft.kind = Kind::InteractiveRemote;
            }
            let rejected = self
                .free(draft.boot, &[Action::RdpAuthenticationFailed])
                .into_iter()
                .filter(|m| near(self, *m))
                .filter(|m| {
                    // It belongs to the failure that is nearest to it.
                    let away = self.time(*m).distance(e.time);
                    !self
                        .of(draft.boot, &[Action::LogonFailed])
                        .into_iter()
                        .any(|o| self.event(o).ip == e.ip && self.time(*m).distance(self.time(o)) < away)
                })
                .min_by_key(|m| (self.time(*m).distance(e.time), self.event(*m).record_id));
            if let Some(m) = rejected {
                self.take(&mut draft, m);
                self.connection_of_failure(&mut draft, m);
            } else if let Some(m) = self
                .free(draft.boot, &[Action::RdpConnectionAccepted])
                .into_iter()
                .filter(|m| {
                    e.ip.is_some() && self.event(*m).ip == e.ip && before(self.time(*m), e.time, WINDOW)
                })
                .min_by_key(|m| (self.time(*m).distance(e.time), self.event(*m).record_id))
            {
                self.take(&mut draft, m);
                self.connection_of_failure(&mut draft, m);
            }
            draft.reason = self.status(n);
            self.failed(&mut draft, n);
            self.drafts.push(draft);
        }
        for n in 0..self.all.len() {
            if self.event(n).action != Action::RdpAuthenticationFailed || self.taken[n] {
                continue;
            }
            let mut draft = Draft::new(self.boot(n), n, Kind::InteractiveRemote, How::Logon);
            self.take(&mut draft, n);
            self.connection_of_failure(&mut draft, n);
            self.failed(&mut draft, n);
            self.drafts.push(draft);
        }
        for n in 0..self.all.len() {
            if !self.refused(n) || self.taken[n] {
                continue;
            }
            let mut draft = Draft::new(self.boot(n), n, Kind::Network, How::AuthOnly);
            draft.background = is_background(self.event(n));
            self.take(&mut draft, n);
            draft.reason = self.status(n);
            self.failed(&mut draft, n);
            self.drafts.push(draft);
        }
    }

    /// 131 and 261 of the activity of a 140.
    fn connection_of_failure(&mut self, draft: &mut Draft, rejected: usize) {
        let Some(own) = activity(self.event(rejected)) else { return };
        for m in self.free(draft.boot, &[Action::RdpConnectionAccepted, Action::RdpListenerConnection]) {
            if activity(self.event(m)) == Some(own) {
                self.take(draft, m);
            }
        }
    }
}
