//! Why does Remote Desktop keep dropping? Sessions and records of the transport in, a report on faults out.
//!
//! In reading order: `record` is what is seen of a record; `stay` what is seen of a session; `connection` puts the records
//! of one connection together; `line` tells what an error of the network means; `drops` which stays ended unasked and were
//! taken up again; `clients` counts by host and address; `findings` says what follows, how sure that is and what proves it;
//! `report` is what comes out.
//!
//! Pure, and the order of what goes in makes no difference. Memory: what is kept of a connection and of a stay; failed
//! attempts are counted.

mod clients;
mod connection;
mod drops;
mod findings;
mod line;
mod record;
mod report;
mod stay;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{AccessSession, EventUid, Guid, Kind, SessionOutcome, Timestamp};

pub use line::LineError;
pub use record::{CertificateEvent, Fault, Proof, Proofs, RdpRecord, Seen};
pub use report::{
    Client, CodeCount, Finding, FindingKind, HostReport, LogSpan, Lone, LoneKind, Report, Sure, Unknown,
};

use clients::Clients;
use connection::{Connection, ConnectionId};
use stay::Stay;

/// Takes in what the logs say, and makes a report of it.
#[derive(Debug, Default)]
pub struct RdpHealth {
    stays: Vec<Stay>,
    failures: BTreeMap<Place, Failures>,
    connections: BTreeMap<(Arc<str>, ConnectionId), Connection>,
    /// Records of connections that belong to a session or to a failed attempt.
    claims: HashMap<EventUid, Claim>,
    activities: HashMap<(Arc<str>, Guid), Claim>,
    /// 261: the only trace of a connection where the transport's own log is missing.
    received: Vec<(Arc<str>, Option<Guid>, Proof)>,
    certificates: BTreeMap<Arc<str>, Vec<Certificate>>,
    logs: BTreeMap<(Arc<str>, &'static str), Vec<LogSpan>>,
}

/// What happened to a certificate, and what the record says of it.
type Certificate = (CertificateEvent, Option<Arc<str>>, Proof);

/// A client as seen by a host; without an address where none is known.
type Place = (Arc<str>, Option<IpAddr>);

/// What became of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// It led to a desktop.
    Session,
    /// The user was authenticated, and no desktop was seen.
    Authenticated,
    /// The attempt failed or was refused.
    Failure,
}

/// Attempts of one client that failed.
#[derive(Debug, Default)]
struct Failures {
    failed: Proofs,
    denied: Proofs,
    users: BTreeMap<Arc<str>, u64>,
}

impl RdpHealth {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a session; those that are not of Remote Desktop say nothing here.
    pub fn session(&mut self, session: &AccessSession) {
        if session.kind != Kind::InteractiveRemote {
            return;
        }
        let stay = Stay::of(session);
        let claim = match session.outcome {
            SessionOutcome::Success if stay.has_desktop => Claim::Session,
            SessionOutcome::Success => Claim::Authenticated,
            SessionOutcome::Failure | SessionOutcome::Denied => Claim::Failure,
        };
        let keep = |known: &mut Claim| *known = claim.min(*known);
        for uid in stay::connections(session) {
            self.claims.entry(uid).and_modify(keep).or_insert(claim);
        }
        if let Some(activity) = session.activity_id.filter(|a| a.is_connection_activity()) {
            let key = (Arc::clone(&stay.host), activity);
            self.activities.entry(key).and_modify(keep).or_insert(claim);
        }
        if session.outcome == SessionOutcome::Success {
            self.stays.push(stay);
            return;
        }
        let failures = self.failures.entry((Arc::clone(&stay.host), stay.ip)).or_default();
        match session.outcome {
            SessionOutcome::Denied => failures.denied.add(stay.telling()),
            _ => failures.failed.add(stay.telling()),
        }
        if let Some(user) = stay.user {
            *failures.users.entry(user).or_default() += 1;
        }
    }

    /// Takes in a record.
    pub fn record(&mut self, record: RdpRecord) {
        match record.seen {
            Seen::Received => self.received.push((record.host, record.activity, record.proof)),
            Seen::Certificate(event, text) => {
                self.certificates.entry(record.host).or_default().push((event, text, record.proof));
            }
            _ => {
                let key = (Arc::clone(&record.host), ConnectionId::of(&record));
                self.connections.entry(key).or_default().add(&record);
            }
        }
    }

    /// Notes that a host has records of a log, how many and over which time; may be told day by day.
    pub fn log(
        &mut self,
        host: &Arc<str>,
        log: &'static str,
        records: u64,
        first: Timestamp,
        last: Timestamp,
    ) {
        let spans = self.logs.entry((Arc::clone(host), log)).or_default();
        spans.push(LogSpan { log, records, first, last });
    }

    /// The report.
    pub fn finish(mut self) -> Report {
        self.stays.sort_by(Stay::order);
        for certificates in self.certificates.values_mut() {
            certificates.sort();
        }
        for spans in self.logs.values_mut() {
            spans.sort_by_key(|span| (span.first, span.last, span.records));
        }
        let drops = drops::drops(&self.stays, &self.connections);
        let clients = Clients::of(&self, &drops);
        report::report(&self, clients, &drops)
    }

    /// The stays of a host; they must be sorted.
    fn stays_of(&self, host: &Arc<str>) -> &[Stay] {
        let first = self.stays.partition_point(|stay| stay.host < *host);
        let stays = self.stays.get(first..).unwrap_or_default();
        stays.get(..stays.partition_point(|stay| stay.host == *host)).unwrap_or_default()
    }

    /// The connections of a host.
    fn connections_of<'h>(&'h self, host: &'h Arc<str>) -> impl Iterator<Item = &'h Connection> {
        let from = (Arc::clone(host), ConnectionId::FIRST);
        self.connections.range(from..).take_while(move |((of, _), _)| of == host).map(|(_, one)| one)
    }

    /// What became of a connection.
    fn claim(&self, host: &Arc<str>, activity: Option<Guid>, uids: &[EventUid]) -> Option<Claim> {
        let by_record = uids.iter().filter_map(|uid| self.claims.get(uid)).min();
        let by_activity = || self.activities.get(&(Arc::clone(host), activity?));
        by_record.or_else(by_activity).copied()
    }

    /// Has a host any record of a log in a span of time?
    fn has_log(&self, host: &Arc<str>, log: &'static str, first: Timestamp, last: Timestamp) -> bool {
        let spans = self.logs.get(&(Arc::clone(host), log)).map(Vec::as_slice).unwrap_or_default();
        // Spans are days: the last one that begins in time is the one that reaches furthest.
        let before = spans.partition_point(|span| span.first <= last);
        before.checked_sub(1).and_then(|n| spans.get(n)).is_some_and(|span| span.last >= first)
    }

    /// A log of a host, as one span.
    fn log_of(&self, host: &Arc<str>, log: &'static str) -> Option<LogSpan> {
        let spans = self.logs.get(&(Arc::clone(host), log))?;
        let one = |a: LogSpan, b: &LogSpan| LogSpan {
            log,
            records: a.records + b.records,
            first: a.first.min(b.first),
            last: a.last.max(b.last),
        };
        let (first, others) = spans.split_first()?;
        Some(others.iter().fold(*first, one))
    }
}
