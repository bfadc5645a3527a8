//! The whole way: records in, tables out.

use std::collections::HashMap;

use kilroy_model::{
    AccessSession, Action, Boot, EndKind, LogCoverage, LogonSession, TerminalSession, Timestamp,
};

use crate::access;
use crate::apart::{Apart, ApartSessions};
use crate::arbitration::own_arbitration;
use crate::boots::{Arranged, arrange};
use crate::coverage::{self, Coverage, Noted, Watch};
use crate::desktops::desktops;
use crate::facts::Facts;
use crate::host::Host;
use crate::hosts::Neighbours;
use crate::logons::Logons;
use crate::record::Ev;
use crate::records::{HostRows, NamedRows, Records, once};
use crate::row::SessionEvent;
use crate::tables::{Sessions, logon_sessions, terminal_sessions};
use crate::words::Words;

/// Takes what the engine makes, one by one: each kind in the order of [`Tables`], host by host.
pub trait Sink {
    /// An access session.
    fn access(&mut self, session: AccessSession);
    /// A logon session.
    fn logon(&mut self, session: LogonSession);
    /// A terminal session.
    fn terminal(&mut self, session: TerminalSession);
    /// A run of Windows.
    fn boot(&mut self, boot: Boot);
    /// How far a log reaches.
    fn coverage(&mut self, log: LogCoverage);
}

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
    /// How far the logs reach, by host and log.
    pub coverage: Vec<LogCoverage>,
}

impl Sink for Tables {
    fn access(&mut self, session: AccessSession) {
        self.access.push(session);
    }

    fn logon(&mut self, session: LogonSession) {
        self.logon.push(session);
    }

    fn terminal(&mut self, session: TerminalSession) {
        self.terminal.push(session);
    }

    fn boot(&mut self, boot: Boot) {
        self.boots.push(boot);
    }

    fn coverage(&mut self, log: LogCoverage) {
        self.coverage.push(log);
    }
}

impl Tables {
    /// Puts several hosts' sessions into one order.
    fn sort(&mut self) {
        // A host's sessions of one time are in their order already.
        self.access.sort_by_cached_key(|s| (s.computer.clone(), first_known(s)));
        self.logon.sort_by_cached_key(|s| (s.computer.clone(), s.start.or(s.end), s.logon_id, s.boot));
        sort_terminal(&mut self.terminal);
        sort_boots(&mut self.boots);
        // A host's logs are in their order already.
        self.coverage.sort_by(|a, b| a.computer.cmp(&b.computer));
    }

    /// Hands all of them on.
    pub fn hand_on(self, sink: &mut dyn Sink) {
        for session in self.access {
            sink.access(session);
        }
        for session in self.logon {
            sink.logon(session);
        }
        for session in self.terminal {
            sink.terminal(session);
        }
        for boot in self.boots {
            sink.boot(boot);
        }
        for log in self.coverage {
            sink.coverage(log);
        }
    }
}

/// Events of any number of hosts in, sessions out. Pure: the same records in any order give the same tables.
pub fn sessionize(events: Vec<SessionEvent>, coverage: &Coverage) -> Tables {
    let mut records = Records::new();
    for event in events {
        records.push(&event);
    }
    let mut tables = Tables::default();
    sessionize_into(records, coverage, &mut tables);
    tables
}

/// The same, each session handed on as soon as it is made. Memory: 200 to 250 bytes a record, and one session.
pub fn sessionize_into(records: Records, coverage: &Coverage, sink: &mut dyn Sink) {
    let Records { mut words, hosts, renames, .. } = records;
    words.close();
    let names = hosts.iter().map(|named| named.name.clone());
    let neighbours = Neighbours::of(names, &renames, &coverage.reach());
    let mut named = by_name(hosts);
    for some in &neighbours {
        together(HostRows::take(&mut named, some), &words, coverage, sink);
    }
}

/// Events of a few hosts in, their sessions out: for callers who have not all hosts' events in hand at a time. `records` and
/// `coverage` are those of `neighbours`, and only those. Neighbours after neighbours this gives what [`sessionize_into`] gives of all events.
pub fn sessionize_neighbours(
    neighbours: &Neighbours,
    records: Records,
    coverage: &Coverage,
    sink: &mut dyn Sink,
) {
    let Records { mut words, hosts, .. } = records;
    words.close();
    let mut named = by_name(hosts);
    together(HostRows::take(&mut named, neighbours), &words, coverage, sink);
}

fn by_name(hosts: Vec<NamedRows>) -> HashMap<String, NamedRows> {
    hosts.into_iter().map(|named| (named.name.clone(), named)).collect()
}

/// Hosts whose sessions stand between each other.
fn together(hosts: Vec<HostRows>, words: &Words, coverage: &Coverage, sink: &mut dyn Sink) {
    match <[HostRows; 1]>::try_from(hosts) {
        Ok([only]) => one_host(only, words, coverage, sink),
        Err(several) => {
            let mut tables = Tables::default();
            for host in several {
                one_host(host, words, coverage, &mut tables);
            }
            tables.sort();
            tables.hand_on(sink);
        }
    }
}

fn one_host(host: HostRows, words: &Words, coverage: &Coverage, sink: &mut dyn Sink) {
    let HostRows { names, mut rows, marks } = host;
    let mut covered = coverage.of_names(&names);
    if rows.is_empty() {
        return coverage::rows(&covered, Noted::default()).into_iter().for_each(|log| sink.coverage(log));
    }
    once(&mut rows, words);
    for ev in rows.iter().map(|row| Ev { row, words }).filter(|e| e.action == Action::LogCleared) {
        // 1102 and 517 stand in the log they tell of; 104 names it.
        covered.note_clear(ev.new_value().unwrap_or(ev.log()), ev.time);
    }
    let Arranged { mut at, boots } = arrange(&mut rows, words);
    let facts = Facts::new(&rows, &at, words, boots, covered);
    let apart = Apart::split(&mut rows, &mut at, words);
    let ((rows, rows_apart), (at, at_apart)) = (rows.split_at(apart.others), at.split_at(apart.others));
    let host = Host::new(&facts, rows, at);
    let host_apart = Host::unordered(&facts, rows_apart, at_apart);
    let mut apart = ApartSessions::new(&host_apart, &apart);
    let logons = Logons::new(&host);
    let mut desktops = desktops(&host);
    own_arbitration(&host, &mut desktops);
    let builder = access::drafts(&host, &logons, &desktops);
    let (known, uids) = access::known(&builder, &mut apart);
    let mut watch = Watch::new(&host, marks);
    access::finish_all(&builder, &mut apart, &known, &uids, &mut |session| {
        watch.session(&session);
        sink.access(session);
    });
    drop(known);
    let sessions = Sessions { builder: &builder, uids };
    logon_sessions(&host, &logons, &mut apart, &sessions, &mut |session| sink.logon(session));
    let mut terminal = terminal_sessions(&host, &desktops, &sessions);
    sort_terminal(&mut terminal);
    for session in terminal {
        sink.terminal(session);
    }
    let mut boots = boots_of(&facts);
    sort_boots(&mut boots);
    for boot in boots {
        sink.boot(boot);
    }
    for log in coverage::rows(&host.coverage, watch.finish()) {
        sink.coverage(log);
    }
}

fn boots_of(facts: &Facts<'_>) -> Vec<Boot> {
    facts
        .boots
        .iter()
        .enumerate()
        .filter_map(|(n, span)| {
            Some(Boot {
                computer: facts.computer_in(n)?.to_owned(),
                start: span.start,
                end_kind: span.end.map_or(EndKind::Open, |e| e.kind),
                end_not_after: span.end.map(|e| e.not_after),
                stretches: span.stretches.clone(),
            })
        })
        .collect()
}

/// The time that a session is sorted by.
pub fn first_known(session: &AccessSession) -> Option<Timestamp> {
    session.attempt.or(session.start).or(session.end).or_else(|| session.sources.first().map(|s| s.time))
}

fn sort_terminal(sessions: &mut [TerminalSession]) {
    let key = |s: &TerminalSession| {
        (s.computer.clone(), s.start.or(s.sources.first().map(|x| x.time)), s.session_id, s.boot)
    };
    sessions.sort_by_cached_key(key);
}

fn sort_boots(boots: &mut [Boot]) {
    boots.sort_by_cached_key(|b| (b.computer.clone(), b.start, b.end_not_after));
}
