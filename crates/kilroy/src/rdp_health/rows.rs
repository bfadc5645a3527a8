//! The report for other programs: one document, or a row for each thing that it says.

use kilroy_catalog::Language;
use kilroy_model::{EventUid, Timestamp};
use kilroy_sessions::rdp_health::{Client, CodeCount, Fault, Finding, HostReport, Lone, Proof, Report};
use serde::Serialize;

use super::words::{self, known};
use crate::output::ticks_as_seconds;

/// The whole report.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    hosts: Vec<HostDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct HostDocument<'a> {
    host: &'a str,
    findings: Vec<FindingDocument<'a>>,
    clients: Vec<ClientDocument<'a>>,
    lone_connections: Vec<LoneDocument>,
    logs: Vec<LogDocument>,
    missing_logs: Vec<MissingLog>,
}

#[derive(Debug, Serialize)]
struct FindingDocument<'a> {
    kind: &'static str,
    sure: &'static str,
    ip: Option<String>,
    users: &'a [String],
    count: u64,
    of: Option<u64>,
    code: Option<u32>,
    code_name: Option<&'static str>,
    code_text: Option<&'static str>,
    text: Option<&'a str>,
    /// Seconds from the end to the return, the middle one.
    gap_seconds: Option<f64>,
    sentence: String,
    cause: &'static str,
    events: Vec<EventDocument>,
    /// How many more records prove it.
    more_events: u64,
}

#[derive(Debug, Serialize)]
struct EventDocument {
    event_uid: EventUid,
    time: Timestamp,
    log: &'static str,
    event_id: u32,
}

#[derive(Debug, Serialize)]
struct ClientDocument<'a> {
    ip: Option<String>,
    users: &'a [String],
    connections: Option<u64>,
    authenticated: u64,
    sessions: u64,
    failures: u64,
    denied: u64,
    drops: u64,
    median_seconds: Option<f64>,
    errors: Vec<ErrorDocument>,
    channels_failed: Vec<ErrorDocument>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct ErrorDocument {
    #[serde(rename = "where")]
    place: &'static str,
    code: Option<u32>,
    code_name: Option<&'static str>,
    code_text: Option<&'static str>,
    count: u64,
}

#[derive(Debug, Serialize)]
struct LoneDocument {
    ip: Option<String>,
    kind: &'static str,
    kind_text: &'static str,
    count: u64,
    first: Option<Timestamp>,
    last: Timestamp,
    events: Vec<EventDocument>,
}

#[derive(Debug, Serialize)]
struct LogDocument {
    log: &'static str,
    records: u64,
    first_day: String,
    last_day: String,
}

#[derive(Debug, Serialize)]
struct MissingLog {
    log: &'static str,
    unknown: &'static str,
}

impl<'a> Document<'a> {
    pub(crate) fn of(report: &'a Report, language: Language) -> Self {
        Self { hosts: report.hosts.iter().map(|host| HostDocument::of(host, language)).collect() }
    }
}

impl<'a> HostDocument<'a> {
    fn of(host: &'a HostReport, language: Language) -> Self {
        let log = |span: &kilroy_sessions::rdp_health::LogSpan| LogDocument {
            log: span.log,
            records: span.records,
            first_day: crate::output::day(span.first),
            last_day: crate::output::day(span.last),
        };
        let missing = |unknown: &kilroy_sessions::rdp_health::Unknown| MissingLog {
            log: unknown.log,
            unknown: words::unknown(unknown.log).get(language),
        };
        Self {
            host: &host.host,
            findings: host.findings.iter().map(|f| FindingDocument::of(f, &host.host, language)).collect(),
            clients: host.clients.iter().map(|client| ClientDocument::of(client, language)).collect(),
            lone_connections: host.lone.iter().map(|lone| LoneDocument::of(lone, language)).collect(),
            logs: host.logs.iter().map(log).collect(),
            missing_logs: host.unknown.iter().map(missing).collect(),
        }
    }
}

impl<'a> FindingDocument<'a> {
    fn of(finding: &'a Finding, host: &str, language: Language) -> Self {
        let code = words::code(finding);
        let named = finding.proofs.named();
        Self {
            kind: finding.kind.name(),
            sure: finding.sure.name(),
            ip: finding.ip.map(|ip| ip.to_string()),
            users: &finding.users,
            count: finding.count,
            of: finding.of,
            code: finding.code,
            code_name: code.map(|code| code.name),
            code_text: code.map(|code| code.text.get(language)),
            text: finding.text.as_deref(),
            gap_seconds: finding.gap.map(ticks_as_seconds),
            sentence: words::sentence(finding, host, language),
            cause: words::cause(finding).get(language),
            events: named.iter().copied().map(EventDocument::of).collect(),
            more_events: finding.proofs.count().saturating_sub(named.len() as u64),
        }
    }
}

impl EventDocument {
    fn of(proof: Proof) -> Self {
        Self { event_uid: proof.uid, time: proof.time, log: proof.log, event_id: proof.event_id }
    }
}

impl<'a> ClientDocument<'a> {
    fn of(client: &'a Client, language: Language) -> Self {
        let channel =
            |(code, count): &(Option<u32>, u64)| ErrorDocument::of("channel", *code, *count, language);
        Self {
            ip: client.ip.map(|ip| ip.to_string()),
            users: &client.users,
            connections: client.connections,
            authenticated: client.authenticated,
            sessions: client.sessions,
            failures: client.failures,
            denied: client.denied,
            drops: client.drops,
            median_seconds: client.median.map(ticks_as_seconds),
            errors: client
                .errors
                .iter()
                .map(|error| ErrorDocument::of(error.fault.name(), error.code, error.count, language))
                .collect(),
            channels_failed: client.channels.iter().map(channel).collect(),
            first: client.first,
            last: client.last,
        }
    }
}

impl ErrorDocument {
    fn of(place: &'static str, code: Option<u32>, count: u64, language: Language) -> Self {
        let known = code.and_then(known);
        Self {
            place,
            code,
            code_name: known.map(|code| code.name),
            code_text: known.map(|code| code.text.get(language)),
            count,
        }
    }
}

impl LoneDocument {
    fn of(lone: &Lone, language: Language) -> Self {
        Self {
            ip: lone.ip.map(|ip| ip.to_string()),
            kind: lone.kind.name(),
            kind_text: words::lone(lone.kind).get(language),
            count: lone.proofs.count(),
            first: lone.proofs.named().first().map(|proof| proof.time),
            last: lone.last,
            events: lone.proofs.named().iter().copied().map(EventDocument::of).collect(),
        }
    }
}

/// One row: a finding, a client, connections without a logon, or a log that is missing. What a row does not have is null.
#[derive(Debug, Serialize, Default)]
pub(crate) struct Row {
    /// Which kind of row.
    #[serde(rename = "row")]
    what: &'static str,
    host: String,
    ip: Option<String>,
    users: Vec<String>,
    kind: Option<&'static str>,
    sure: Option<&'static str>,
    count: Option<u64>,
    of: Option<u64>,
    code: Option<u32>,
    code_name: Option<&'static str>,
    code_text: Option<&'static str>,
    text: Option<String>,
    cause: Option<&'static str>,
    connections: Option<u64>,
    authenticated: Option<u64>,
    sessions: Option<u64>,
    failures: Option<u64>,
    denied: Option<u64>,
    drops: Option<u64>,
    median_seconds: Option<f64>,
    read_errors: Option<u64>,
    write_errors: Option<u64>,
    state_errors: Option<u64>,
    security_errors: Option<u64>,
    channels_failed: Option<u64>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    log: Option<&'static str>,
    events: Vec<EventUid>,
}

impl Row {
    /// The columns of CSV.
    pub(crate) const KEYS: &'static [&'static str] = &[
        "row",
        "host",
        "ip",
        "users",
        "kind",
        "sure",
        "count",
        "of",
        "code",
        "code_name",
        "code_text",
        "text",
        "cause",
        "connections",
        "authenticated",
        "sessions",
        "failures",
        "denied",
        "drops",
        "median_seconds",
        "read_errors",
        "write_errors",
        "state_errors",
        "security_errors",
        "channels_failed",
        "first",
        "last",
        "log",
        "events",
    ];

    /// All rows of a report.
    pub(crate) fn all(report: &Report, language: Language) -> Vec<Self> {
        report.hosts.iter().flat_map(|host| Self::of_host(host, language)).collect()
    }

    fn of_host(host: &HostReport, language: Language) -> Vec<Self> {
        let findings = host.findings.iter().map(|finding| Self::finding(finding, &host.host, language));
        let clients = host.clients.iter().map(Self::client);
        let lone = host.lone.iter().map(|lone| Self::lone(lone, language));
        let unknown = host.unknown.iter().map(|unknown| Self {
            what: "missing-log",
            log: Some(unknown.log),
            text: Some(words::unknown(unknown.log).get(language).to_owned()),
            ..Self::default()
        });
        let rows = findings.chain(clients).chain(lone).chain(unknown);
        rows.map(|row| Self { host: host.host.clone(), ..row }).collect()
    }

    fn finding(finding: &Finding, host: &str, language: Language) -> Self {
        let code = words::code(finding);
        let named = finding.proofs.named();
        Self {
            what: "finding",
            ip: finding.ip.map(|ip| ip.to_string()),
            users: finding.users.clone(),
            kind: Some(finding.kind.name()),
            sure: Some(finding.sure.name()),
            count: Some(finding.count),
            of: finding.of,
            code: finding.code,
            code_name: code.map(|code| code.name),
            code_text: code.map(|code| code.text.get(language)),
            text: Some(words::sentence(finding, host, language)),
            cause: Some(words::cause(finding).get(language)),
            first: named.first().map(|proof| proof.time),
            events: named.iter().map(|proof| proof.uid).collect(),
            ..Self::default()
        }
    }

    fn client(client: &Client) -> Self {
        let errors = |faults: &[Fault]| Some(errors(&client.errors, faults));
        Self {
            what: "client",
            ip: client.ip.map(|ip| ip.to_string()),
            users: client.users.clone(),
            connections: client.connections,
            authenticated: Some(client.authenticated),
            sessions: Some(client.sessions),
            failures: Some(client.failures),
            denied: Some(client.denied),
            drops: Some(client.drops),
            median_seconds: client.median.map(ticks_as_seconds),
            read_errors: errors(&[Fault::Read]),
            write_errors: errors(&[Fault::Write]),
            state_errors: errors(&[Fault::Network, Fault::Protocol]),
            security_errors: errors(&[Fault::Security]),
            channels_failed: Some(client.channels.iter().map(|(_, count)| count).sum()),
            first: client.first,
            last: client.last,
            ..Self::default()
        }
    }

    fn lone(lone: &Lone, language: Language) -> Self {
        Self {
            what: "lone-connections",
            ip: lone.ip.map(|ip| ip.to_string()),
            kind: Some(lone.kind.name()),
            count: Some(lone.proofs.count()),
            text: Some(words::lone(lone.kind).get(language).to_owned()),
            first: lone.proofs.named().first().map(|proof| proof.time),
            last: Some(lone.last),
            events: lone.proofs.named().iter().map(|proof| proof.uid).collect(),
            ..Self::default()
        }
    }
}

/// How many errors there are of these kinds.
pub(super) fn errors(all: &[CodeCount], faults: &[Fault]) -> u64 {
    all.iter().filter(|error| faults.contains(&error.fault)).map(|error| error.count).sum()
}
