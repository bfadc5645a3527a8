//! The whole way: events in, tables out.

use kilroy_model::{
    AccessSession, Action, Boot, EndKind, LogonSession, SessionOutcome, TerminalSession, Timestamp, host_key,
};
use std::collections::{HashMap, VecDeque};

use crate::access;
use crate::boots::arrange;
use crate::coverage::Coverage;
use crate::desktops::{desktops, own_arbitration};
use crate::host::Host;
use crate::hosts::{HostEvents, by_host};
use crate::logons::Logons;
use crate::row::SessionEvent;
use crate::tables::{SessionOf, logon_sessions, terminal_sessions};

/// Failures this long before an attempt are its prelude.
const PRELUDE_MILLIS: i64 = 30 * 60 * 1000;

/// Sessions of all hosts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Access sessions, by host, first known time, uid.
    pub access: Vec<AccessSession>,
    /// LSA logon sessions.
    pub logon: Vec<LogonSession>,
    /// Terminal sessions.
    pub terminal: Vec<TerminalSession>,
    /// Runs of Windows.
    pub boots: Vec<Boot>,
}

/// Events of any number of hosts in, sessions out. Pure: the same records in any order give the same tables.
pub fn sessionize(mut events: Vec<SessionEvent>, coverage: &Coverage) -> Tables {
    events.retain(|e| e.action != Action::ProcessStarted || e.ties_logon_to_desktop());
    // Copies of one record may spell its log differently; the first spelling is taken, whatever the order of input.
    events.sort_unstable_by(|a, b| (a.uid, &a.log, &a.host).cmp(&(b.uid, &b.log, &b.host)));
    events.dedup_by_key(|e| e.uid);
    let mut tables = Tables::default();
    for host in by_host(events, coverage) {
        one_host(host, coverage, &mut tables);
    }
    sort(&mut tables);
    tables
}

fn one_host(host: HostEvents, coverage: &Coverage, tables: &mut Tables) {
    if host.events.is_empty() {
        return;
    }
    let mut covered = coverage.of_names(&host.names);
    for event in host.events.iter().filter(|e| e.action == Action::LogCleared) {
        // 1102 and 517 stand in the log they tell of; 104 names it.
        covered.note_clear(event.new_value.as_deref().unwrap_or(&event.log), event.time);
    }
    let (rows, boots) = arrange(host.events);
    let host = Host::new(rows, boots, covered);
    let logons = Logons::new(&host);
    let mut desktops = desktops(&host);
    own_arbitration(&host, &mut desktops);
    let drafts = access::drafts(&host, &logons, &desktops);
    let mut session_of: SessionOf = vec![None; host.rows.len()];
    let mut access = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        let session = access::finish(&host, draft);
        for row in draft.rows() {
            session_of[row] = Some(session.session_uid);
        }
        access.push(session);
    }
    count_prior_failures(&mut access);
    tables.logon.extend(logon_sessions(&host, &logons, &session_of));
    tables.terminal.extend(terminal_sessions(&host, &desktops, &drafts, &session_of));
    tables.boots.extend(boots_of(&host));
    tables.access.append(&mut access);
}

fn boots_of(host: &Host) -> Vec<Boot> {
    host.boots
        .iter()
        .enumerate()
        .filter_map(|(n, span)| {
            let rows = crate::boots::rows_of(&host.rows, n);
            let computer = host_key(&rows.first()?.ev.host);
            Some(Boot {
                computer,
                start: span.start,
                end_kind: span.end.map_or(EndKind::Open, |e| e.kind),
                end_not_after: span.end.map(|e| e.not_after),
            })
        })
        .collect()
}

/// The time that a session is sorted by.
pub fn first_known(session: &AccessSession) -> Option<Timestamp> {
    session.attempt.or(session.start).or(session.end).or_else(|| session.sources.first().map(|s| s.time))
}

/// Failures on this host from the same address in the 30 minutes before, back to the last success; of the same user and
/// workstation where there is no address.
fn count_prior_failures(sessions: &mut [AccessSession]) {
    let mut order: Vec<usize> = (0..sessions.len()).collect();
    order.sort_by_key(|&i| (sessions[i].start.or(sessions[i].attempt), sessions[i].session_uid));
    // Per source: times of its failures since its last success.
    let mut failures: HashMap<String, VecDeque<Timestamp>> = HashMap::new();
    for i in order {
        let session = &sessions[i];
        let Some(at) = session.start.or(session.attempt) else { continue };
        let Some(key) = source_key(session) else { continue };
        let list = failures.entry(key).or_default();
        let since = at.plus_millis(-PRELUDE_MILLIS);
        while list.front().is_some_and(|t| *t < since) {
            list.pop_front();
        }
        let count = list.len();
        if session.outcome == SessionOutcome::Failure {
            list.push_back(at);
        } else if session.outcome == SessionOutcome::Success && !session.background {
            list.clear();
        }
        sessions[i].prior_failures = u32::try_from(count).unwrap_or(u32::MAX);
    }
}

fn source_key(session: &AccessSession) -> Option<String> {
    if let Some(ip) = session.ip.as_deref().filter(|ip| *ip != "LOCAL") {
        return Some(format!("ip {ip}"));
    }
    let user = session.user.as_deref()?.to_lowercase();
    let client = session.client.as_deref().unwrap_or("").to_lowercase();
    Some(format!("user {user} at {client}"))
}

fn sort(tables: &mut Tables) {
    tables.access.sort_by_cached_key(|s| (s.computer.clone(), first_known(s), s.session_uid));
    let logon_key = |s: &LogonSession| (s.computer.clone(), s.start.or(s.end), s.logon_id, s.boot);
    tables.logon.sort_by_cached_key(logon_key);
    let terminal_key = |s: &TerminalSession| {
        (s.computer.clone(), s.start.or(s.sources.first().map(|x| x.time)), s.session_id, s.boot)
    };
    tables.terminal.sort_by_cached_key(terminal_key);
    tables.boots.sort_by_cached_key(|b| (b.computer.clone(), b.start, b.end_not_after));
}
