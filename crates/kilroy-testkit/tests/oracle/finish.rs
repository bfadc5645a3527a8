//! From a draft to a row: the table "What `kilroy sessions` prints", key by key.

use std::collections::BTreeSet;

use kilroy_model::{Action, Kind, SessionOutcome, host_key};
use kilroy_sessions::SessionEvent;

use super::boots::place;
use super::hosts::{Noted, by_host};
use super::row::Row;
use super::story::{Draft, Story};

const HALF_AN_HOUR: u64 = 30 * 60 * 1000;

/// Everything, in one go.
pub(crate) fn correlate(events: &[SessionEvent], noted: &[Noted]) -> Vec<Row> {
    let mut seen = BTreeSet::new();
    let events: Vec<SessionEvent> = events.iter().filter(|e| seen.insert(e.uid)).cloned().collect();
    by_host(&events, noted).into_iter().flat_map(|(events, noted)| of_host(&events, noted)).collect()
}

fn of_host(events: &[SessionEvent], noted: Vec<Noted>) -> Vec<Row> {
    let (all, runs) = place(events);
    let taken = vec![false; all.len()];
    let mut story = Story { all, runs, noted, taken, logons: vec![], desks: vec![], drafts: vec![] };
    story.find_logons();
    story.background_rows();
    story.ssh_rows();
    story.desks_of_lsm();
    story.logons_of_desks();
    story.denied_rows();
    story.desks_of_security();
    story.refused_at_the_desktop();
    story.auth_only_rows();
    story.failure_rows();
    story.plain_rows();
    story.desks_of_shells();
    story.left_from_elsewhere();
    story.name_desks();
    story.ends_of_desks();
    story.ends_of_plain();
    story.lone_ends();
    story.taken_up_again();
    story.bounds();
    story.privileges();
    // What began at one time is in the order of the log.
    let mut drafts: Vec<&Draft> = story.drafts.iter().collect();
    drafts.sort_by_key(|d| (d.start, story.event(d.anchor).record_id));
    let mut rows: Vec<Row> = drafts.into_iter().map(|d| story.row(d)).collect();
    prior_failures(&mut rows);
    rows
}

impl Story {
    /// 4672 and 4648 come along with a logon.
    fn privileges(&mut self) {
        for at in 0..self.drafts.len() {
            let mut draft = self.drafts[at].clone();
            let luids: Vec<_> = draft
                .records
                .iter()
                .filter(|n| self.event(**n).action == Action::Logon)
                .filter_map(|n| self.event(*n).luid)
                .collect();
            for n in self.of(draft.boot, &[Action::PrivilegesAssigned, Action::ExplicitCredentials]) {
                let e = self.event(n);
                if e.action == Action::ExplicitCredentials || e.luid.is_some_and(|l| luids.contains(&l)) {
                    draft.perhaps.insert(n);
                }
            }
            // What the controller or the host itself says of the check of a password that went well.
            for n in self.of(
                draft.boot,
                &[Action::CredentialsValidated, Action::KerberosTicketGranted, Action::KerberosServiceTicket],
            ) {
                draft.perhaps.insert(n);
            }
            self.drafts[at] = draft;
        }
    }

    fn row(&self, draft: &Draft) -> Row {
        let anchor = self.event(draft.anchor);
        let (user, domain) = self.account(draft);
        let (ip, port) = self.source(draft);
        let logon_ids = draft
            .records
            .iter()
            .map(|n| self.event(*n))
            .filter(|e| e.log.eq_ignore_ascii_case("security"))
            .filter_map(|e| e.luid)
            .filter(|l| l.0 != 0)
            .collect();
        let seen = draft.start.is_some();
        Row {
            computer: host_key(&anchor.host),
            user,
            domain,
            kind: draft.kind,
            how: draft.how,
            outcome: draft.outcome,
            background: draft.background,
            ip,
            port,
            client: self.client(draft),
            attempt: if draft.background && draft.outcome == SessionOutcome::Success {
                draft.start
            } else {
                self.attempt(draft).filter(|_| seen)
            },
            start: draft.start,
            end: draft.end,
            end_kind: draft.end_kind,
            end_not_after: draft.end_not_after,
            reason: draft.reason.clone(),
            logon_ids,
            session_id: draft.sid.filter(|sid| {
                draft
                    .records
                    .iter()
                    .map(|n| self.event(*n))
                    .any(|e| e.terminal_session == Some(*sid) && !e.log.eq_ignore_ascii_case("security"))
            }),
            may_session_id: draft.sid,
            prior_failures: 0,
            sources: draft.records.iter().map(|n| self.event(*n).uid).collect(),
            perhaps: draft.perhaps.iter().map(|n| self.event(*n).uid).collect(),
        }
    }

    /// The anchor says who; another record fills in what it leaves open.
    fn account(&self, draft: &Draft) -> (Option<String>, Option<String>) {
        let text = |t: &Option<std::sync::Arc<str>>| t.as_deref().map(str::to_owned);
        let anchor = self.event(draft.anchor);
        if let Some(line) = self.line(draft.anchor) {
            let named = line.user.unwrap_or_default();
            let account = kilroy_model::Account::new(Some(&named), None, None);
            let domain = draft
                .records
                .iter()
                .map(|n| self.event(*n))
                .filter(|e| {
                    e.user.as_deref().map(str::to_lowercase) == account.user.as_deref().map(str::to_lowercase)
                })
                .find_map(|e| text(&e.domain));
            return (account.user, account.domain.or(domain));
        }
        let others = || draft.records.iter().map(|n| self.event(*n));
        let user = text(&anchor.user).or_else(|| others().find_map(|e| text(&e.user)));
        let domain = text(&anchor.domain).or_else(|| {
            others()
                .filter(|e| {
                    e.user.as_deref().map(str::to_lowercase) == user.as_deref().map(str::to_lowercase)
                })
                .find_map(|e| text(&e.domain))
        });
        (user, domain)
    }

    /// Source address as logged, and port.
    fn source(&self, draft: &Draft) -> (Option<String>, Option<u16>) {
        if let Some(line) = self.line(draft.anchor) {
            return (line.ip.map(|ip| ip.to_string()), line.port);
        }
        let order = [
            Action::TerminalLogon,
            Action::TerminalReconnected,
            Action::TerminalShell,
            Action::SessionReconnected,
            Action::LogonDenied,
            Action::LogonFailed,
            Action::Logon,
            Action::RdpAuthenticated,
            Action::RdpAuthenticationFailed,
            Action::KerberosPreauthFailed,
            Action::KerberosTicketGranted,
            Action::TerminalDisconnected,
            Action::SessionDisconnected,
            Action::RdpConnectionAccepted,
        ];
        let says_local = |e: &SessionEvent| {
            e.local
                && matches!(
                    e.action,
                    Action::TerminalLogon
                        | Action::TerminalShell
                        | Action::TerminalReconnected
                        | Action::TerminalDisconnected
                        | Action::SessionReconnected
                        | Action::SessionDisconnected
                )
        };
        let ip = order.iter().find_map(|action| {
            draft.records.iter().map(|n| self.event(*n)).filter(|e| e.action == *action).find_map(|e| {
                if says_local(e) { Some("LOCAL".to_owned()) } else { e.ip.map(|ip| ip.to_string()) }
            })
        });
        let local = draft.records.iter().map(|n| self.event(*n)).any(says_local);
        let ip = ip.map(|ip| if local && ip.starts_with("127.") { "LOCAL".to_owned() } else { ip });
        // What came before the desktop's own logon had another connection.
        let is_half = |e: &SessionEvent| e.luid.is_some_and(|l| draft.nla.contains(&l));
        let own_logon =
            draft.records.iter().any(|n| self.event(*n).action == Action::Logon && !is_half(self.event(*n)));
        let of_action = |action: Action| {
            draft
                .records
                .iter()
                .map(|n| self.event(*n))
                .filter(move |e| e.action == action)
                .filter(|e| action != Action::Logon || !own_logon || !is_half(e))
                .find_map(|e| e.port)
        };
        let port = [Action::RdpConnectionAccepted, Action::LogonFailed, Action::Logon]
            .into_iter()
            .chain([Action::KerberosPreauthFailed, Action::KerberosTicketGranted])
            .find_map(of_action);
        (ip, port)
    }

    /// ClientName of 4778/4779 unless `Unknown`, else the workstation of the type 3; null for local kinds.
    fn client(&self, draft: &Draft) -> Option<String> {
        if matches!(draft.kind, Kind::InteractiveLocal | Kind::Ssh) {
            return None;
        }
        let events = || draft.records.iter().map(|n| self.event(*n));
        let name = |e: &SessionEvent| e.src_host.as_deref().map(str::to_owned);
        let named = |action: Action| {
            events()
                .filter(move |e| e.action == action)
                .filter_map(name)
                .find(|n| !n.eq_ignore_ascii_case("unknown"))
        };
        named(Action::SessionReconnected)
            .or_else(|| named(Action::SessionDisconnected))
            .or_else(|| {
                events()
                    .filter(|e| matches!(e.action, Action::Logon | Action::LogonFailed))
                    .filter(|e| e.logon_type == Some(3))
                    .find_map(name)
            })
            .or_else(|| (draft.kind == Kind::Network).then(|| named(Action::CredentialsValidated)).flatten())
    }

    fn attempt(&self, draft: &Draft) -> Option<kilroy_model::Timestamp> {
        let counts = [
            Action::RdpConnectionAccepted,
            Action::RdpListenerConnection,
            Action::RdpAuthenticated,
            Action::Logon,
            Action::LogonFailed,
            Action::LogonDenied,
            Action::TerminalLogon,
            Action::TerminalReconnected,
            Action::SessionReconnected,
            Action::SshMessage,
        ];
        let first = draft
            .records
            .iter()
            .filter(|n| counts.contains(&self.event(**n).action))
            .map(|n| self.time(*n))
            .min();
        first.or((draft.outcome == SessionOutcome::Failure).then(|| self.time(draft.anchor)))
    }
}

/// Failures of the same source in the 30 minutes before, back to the last success.
fn prior_failures(rows: &mut [Row]) {
    let same = |a: &Row, b: &Row| match (&a.ip, &b.ip) {
        (Some(x), Some(y)) => x == y,
        (None, None) => {
            let low = |t: &Option<String>| t.as_deref().map(str::to_lowercase);
            low(&a.user) == low(&b.user) && low(&a.client) == low(&b.client)
        }
        _ => false,
    };
    let counts: Vec<u32> = (0..rows.len())
        .map(|n| {
            let row = &rows[n];
            let Some(at) = row.start else { return 0 };
            let earlier: Vec<&Row> = rows[..n].iter().filter(|r| r.start.is_some() && same(r, row)).collect();
            let success = |r: &&Row| r.outcome == SessionOutcome::Success && !r.background;
            let since = earlier.iter().rposition(success).map_or(0, |n| n + 1);
            earlier[since..]
                .iter()
                .filter(|r| r.outcome == SessionOutcome::Failure)
                .filter_map(|r| r.start)
                .filter(|t| t.within_millis(at, HALF_AN_HOUR))
                .count()
                .try_into()
                .unwrap_or(u32::MAX)
        })
        .collect();
    for (row, count) in rows.iter_mut().zip(counts) {
        row.prior_failures = count;
    }
}
