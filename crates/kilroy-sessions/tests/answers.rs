//! Sessions of real logs beside hand-checked answers, field by field.
//!
//! The answers are those of `data/expected` and `data/synthetic` whose inputs are EVTX files. What is compared, and how, is
//! what SESSIONS.md fixes; the answers' own spellings (`user_logoff`, `boot` for shutdown and crash) are translated.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kilroy_model::{AccessSession, Connection, EndKind, LogonSession, Reason, TerminalSession, Timestamp};
use serde_json::Value;

/// Differences in which the answer is wrong, each with its reason and its records. Reviewed by hand.
const REVIEWED: &[&str] = &[];

const TICKS_PER_MILLI: u64 = 10_000;

#[test]
fn every_group_agrees_with_its_answers() {
    let Some(data) = common::shared() else { return };
    let mut report = String::new();
    let mut right = 0;
    let mut total = 0;
    for (name, group) in groups(&data) {
        let inputs: Vec<PathBuf> = strings(&group["inputs"]).iter().map(|i| data.join(i)).collect();
        if !inputs.iter().all(|i| is_evtx(i)) {
            continue;
        }
        let (events, coverage) = common::events(&inputs);
        let tables = kilroy_sessions::sessionize(events, &coverage);
        let access: Vec<&AccessSession> = tables.access.iter().filter(|s| !s.background).collect();
        let mut sheet = Sheet { name: &name, report: &mut report, right: &mut right, total: &mut total };
        sheet.compare("access", &access, &group["access_sessions"], access_distance, access_differences);
        let logon: Vec<&LogonSession> = tables.logon.iter().collect();
        sheet.compare("logon", &logon, &group["logon_sessions"], logon_distance, logon_differences);
        let terminal: Vec<&TerminalSession> = tables.terminal.iter().collect();
        sheet.compare(
            "terminal",
            &terminal,
            &group["local_sessions"],
            terminal_distance,
            terminal_differences,
        );
    }
    let unexpected: Vec<&str> = report.lines().filter(|l| !REVIEWED.contains(l)).collect();
    println!("{right} of {total} rows agree");
    assert!(total > 0, "no group was compared");
    assert!(unexpected.is_empty(), "{right} of {total} rows agree; these differ:\n{}", unexpected.join("\n"));
}

fn groups(data: &Path) -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = ["expected", "synthetic"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(data.join(folder)).expect("a folder of answers"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|p| {
            let text = std::fs::read_to_string(&p).expect("readable answers");
            let name = p.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (name, serde_json::from_str::<Value>(&text).expect("answers are JSON"))
        })
        .filter(|(_, g)| g["access_sessions"].is_array() && g["inputs"].is_array())
        .collect()
}

fn is_evtx(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|b| b.starts_with(b"ElfFile\0"))
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// Collects differences.
struct Sheet<'a> {
    name: &'a str,
    report: &'a mut String,
    right: &'a mut usize,
    total: &'a mut usize,
}

impl Sheet<'_> {
    /// Each answer takes the nearest row that is free; then all fields must agree.
    fn compare<T>(
        &mut self,
        table: &str,
        got: &[&T],
        answers: &Value,
        distance: impl Fn(&T, &Value) -> Option<u64>,
        differences: impl Fn(&T, &Value) -> Vec<String>,
    ) where
        T: std::fmt::Debug,
    {
        let answers: &[Value] = answers.as_array().map_or(&[], Vec::as_slice);
        let mut near: Vec<(u64, usize, usize)> = Vec::new();
        for (w, want) in answers.iter().enumerate() {
            near.extend(got.iter().enumerate().filter_map(|(g, row)| Some((distance(row, want)?, w, g))));
        }
        near.sort_unstable();
        let mut pair = vec![None; answers.len()];
        let mut used = BTreeSet::new();
        for (_, w, g) in near {
            if pair[w].is_none() && !used.contains(&g) {
                pair[w] = Some(g);
                used.insert(g);
            }
        }
        let name = self.name;
        for (want, pair) in answers.iter().zip(pair) {
            *self.total += 1;
            let who = format!("{} {} {}", want["user"], want["start"], want["end"]);
            let Some(g) = pair else {
                let _ = writeln!(self.report, "{name}: {table} missing {who}");
                continue;
            };
            let bad = differences(got[g], want);
            if bad.is_empty() {
                *self.right += 1;
            } else {
                let _ = writeln!(self.report, "{name}: {table} {who}: {}", bad.join("; "));
            }
        }
        for (_, row) in got.iter().enumerate().filter(|(g, _)| !used.contains(g)) {
            let text: String = format!("{row:?}").chars().take(600).collect();
            let _ = writeln!(self.report, "{name}: {table} not expected: {text}");
        }
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|t| t.parse().expect("a time in an answer"))
}

fn low(value: &Value) -> String {
    value.as_str().unwrap_or("").trim().to_lowercase()
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or("").trim().to_lowercase()
}

fn without_zone(ip: &str) -> &str {
    ip.split('%').next().unwrap_or(ip)
}

fn end_kind(value: &Value) -> String {
    match value.as_str().unwrap_or("") {
        "user_logoff" => "logoff".to_owned(),
        "disconnect-by-nla-logoff" => "nla-logoff".to_owned(),
        other => other.to_owned(),
    }
}

fn own_end_kind(kind: EndKind) -> &'static str {
    match kind {
        EndKind::Shutdown | EndKind::Crash => "boot",
        other => other.name(),
    }
}

/// Differences of one row.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn check(&mut self, field: &str, same: bool, got: &dyn std::fmt::Debug, want: &Value) {
        if !same {
            self.0.push(format!("{field} {got:?} ≠ {want}"));
        }
    }

    fn text(&mut self, field: &str, got: Option<&str>, want: &Value) {
        self.check(field, text(got) == low(want), &got, want);
    }

    fn ip(&mut self, field: &str, got: Option<&str>, want: &Value) {
        let same = without_zone(&text(got)) == without_zone(&low(want));
        self.check(field, same, &got, want);
    }

    fn time(&mut self, field: &str, got: Option<Timestamp>, want: &Value, millis: u64) {
        let same = match (got, time(want)) {
            (None, None) => true,
            (Some(a), Some(b)) => a.distance(b) <= millis * TICKS_PER_MILLI,
            _ => false,
        };
        self.check(field, same, &got.map(|t| t.to_string()), want);
    }

    fn end_kind(&mut self, got: EndKind, want: &Value) {
        self.check("end_kind", own_end_kind(got) == end_kind(want), &got, want);
    }
}

fn access_distance(got: &AccessSession, want: &Value) -> Option<u64> {
    if got.computer != low(&want["computer"]) || text(got.user.as_deref()) != low(&want["user"]) {
        return None;
    }
    let a = got.start.or(got.attempt).or(got.end)?;
    let b = time(&want["start"]).or(time(&want["attempt"])).or(time(&want["end"]))?;
    let second = 1000 * TICKS_PER_MILLI;
    let away = a.distance(b);
    if away > 30 * second {
        return None;
    }
    let other_kind = u64::from(Some(got.kind.name()) != want["kind"].as_str());
    let other_outcome = u64::from(Some(got.outcome.name()) != want["outcome"].as_str());
    Some(away + 5 * second * (other_kind + other_outcome))
}

fn access_differences(got: &AccessSession, want: &Value) -> Vec<String> {
    let mut d = Differences::default();
    d.check("kind", Some(got.kind.name()) == want["kind"].as_str(), &got.kind, &want["kind"]);
    d.check("how", Some(got.how.name()) == want["how"].as_str(), &got.how, &want["how"]);
    d.check("outcome", Some(got.outcome.name()) == want["outcome"].as_str(), &got.outcome, &want["outcome"]);
    let session = want["session_id"].as_u64();
    d.check("session_id", got.session_id.map(u64::from) == session, &got.session_id, &want["session_id"]);
    let reason = match &got.reason {
        None => want["reason"].is_null(),
        Some(Reason::Number(n)) => want["reason"].as_u64() == Some(u64::from(*n)),
        Some(Reason::Code(code)) => code.to_lowercase() == low(&want["reason"]),
    };
    d.check("reason", reason, &got.reason, &want["reason"]);
    d.text("domain", got.domain.as_deref(), &want["domain"]);
    d.text("client", got.client.as_deref(), &want["client"]);
    d.ip("ip", got.ip.as_deref(), &want["ip"]);
    let ids: BTreeSet<String> = got.logon_ids.iter().map(ToString::to_string).collect();
    let wanted: BTreeSet<String> = strings(&want["logon_ids"]).into_iter().collect();
    d.check("logon_ids", ids == wanted && ids.len() == got.logon_ids.len(), &ids, &want["logon_ids"]);
    d.time("attempt", got.attempt, &want["attempt"], 1);
    d.time("start", got.start, &want["start"], 1);
    let nla = got.end_kind == EndKind::NlaLogoff;
    d.time("end", got.end, &want["end"], if nla { 6000 } else { 1 });
    d.end_kind(got.end_kind, &want["end_kind"]);
    let have: BTreeSet<(String, u64, u64)> =
        got.sources.iter().map(|s| (short(&s.log), u64::from(s.event_id), s.record_id)).collect();
    for source in want["sources"].as_array().into_iter().flatten() {
        let key = (low(&source[0]), source[1].as_u64().unwrap_or(0), source[2].as_u64().unwrap_or(0));
        d.check("source", have.contains(&key), &"absent", source);
    }
    d.0
}

fn short(log: &str) -> String {
    log.split('/').next().unwrap_or("").trim_start_matches("Microsoft-Windows-").to_lowercase()
}

/// Same host and key, and the same known time: start, else end.
fn keyed(computer: &str, start: Option<Timestamp>, end: Option<Timestamp>, want: &Value) -> Option<u64> {
    if computer != low(&want["computer"]) || start.is_none() != want["start"].is_null() {
        return None;
    }
    let away = start.or(end)?.distance(time(&want["start"]).or(time(&want["end"]))?);
    (away <= TICKS_PER_MILLI).then_some(away)
}

fn logon_distance(got: &LogonSession, want: &Value) -> Option<u64> {
    let same = Some(got.logon_id.to_string().as_str()) == want["logon_id"].as_str();
    same.then(|| keyed(&got.computer, got.start, got.end, want)).flatten()
}

fn logon_differences(got: &LogonSession, want: &Value) -> Vec<String> {
    let mut d = Differences::default();
    d.text("user", got.user.as_deref(), &want["user"]);
    let linked = got.linked_logon_id.map(|l| l.to_string());
    d.text("linked_logon_id", linked.as_deref(), &want["linked_logon_id"]);
    let same_type = got.logon_type.map(u64::from) == want["logon_type"].as_u64();
    d.check("logon_type", same_type, &got.logon_type, &want["logon_type"]);
    d.ip("ip", got.ip.as_deref(), &want["ip"]);
    d.time("start", got.start, &want["start"], 1);
    d.time("end", got.end, &want["end"], 1);
    d.end_kind(got.end_kind, &want["end_kind"]);
    d.0
}

fn terminal_distance(got: &TerminalSession, want: &Value) -> Option<u64> {
    let same = Some(u64::from(got.session_id)) == want["session_id"].as_u64();
    let first = got.start.or(got.end).or(got.sources.first().map(|s| s.time));
    if same && want["start"].is_null() && want["end"].is_null() && got.start.is_none() {
        return (got.computer == low(&want["computer"]) && first.is_some()).then_some(0);
    }
    same.then(|| keyed(&got.computer, got.start, got.end, want)).flatten()
}

fn terminal_differences(got: &TerminalSession, want: &Value) -> Vec<String> {
    let mut d = Differences::default();
    d.text("user", got.user.as_deref(), &want["user"]);
    d.time("start", got.start, &want["start"], 1);
    d.time("end", got.end, &want["end"], 1);
    d.end_kind(got.end_kind, &want["end_kind"]);
    let connections: &[Value] = want["connections"].as_array().map_or(&[], Vec::as_slice);
    let count = connections.len();
    d.check("connections", got.connections.len() == count, &got.connections.len(), &Value::from(count));
    for (n, (got, want)) in got.connections.iter().zip(connections).enumerate() {
        d.0.extend(connection_differences(got, want).into_iter().map(|x| format!("connection {n}: {x}")));
    }
    d.0
}

fn connection_differences(got: &Connection, want: &Value) -> Vec<String> {
    let mut d = Differences::default();
    d.check("how", Some(got.how.name()) == want["how"].as_str(), &got.how, &want["how"]);
    d.ip("address", got.address.as_deref(), &want["address"]);
    d.time("start", got.start, &want["start"], 1);
    d.time("end", got.end, &want["end"], 1);
    d.0
}
