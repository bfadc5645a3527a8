//! Real files beside the answers of another reader.

use std::collections::BTreeMap;
use std::path::Path;

use kilroy_model::{AccessSession, EndKind, Kind, SessionOutcome, Timestamp};
use kilroy_sessions::{Coverage, SessionEvent, sessionize};
use serde_json::Value;

use crate::{common, reader};

fn rows(events: Vec<SessionEvent>) -> Vec<AccessSession> {
    let mut coverage = Coverage::new();
    for e in &events {
        coverage.add(&e.host, &e.log, e.event_id, e.record_id, e.time);
    }
    coverage.seal();
    sessionize(events, &coverage).access
}

fn answers(data: &Path, name: &str) -> Value {
    let path = data.join("expected").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).expect("readable answers");
    serde_json::from_str(&text).expect("answers are JSON")
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|t| t.parse().expect("a time in an answer"))
}

/// User, line, address, start, end, how it ended, and what bounds it.
type Login = (
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Timestamp>,
    Option<Timestamp>,
    EndKind,
    Option<Timestamp>,
);

#[test]
fn logins_of_utmp_files_are_those_of_the_answers() {
    let Some(data) = common::shared() else { return };
    let mut compared = 0;
    for file in ["basic32.utmp", "utmp", "utmp_corrupted", "with_host_32.utmp", "wtmp.1"] {
        let bytes = std::fs::read(data.join("unix").join(file)).expect("a file");
        let answers = answers(&data, &format!("unix_{file}"));
        let want: Vec<Login> = answers["sessions"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|s| {
                let end = time(&s["end"]);
                // A new login at the line bounds the old one; it does not tell when that ended.
                let (end, kind, bound) = match s["end_kind"].as_str() {
                    Some("logout") => (end, EndKind::Logoff, None),
                    Some("line-reused") => (None, EndKind::Superseded, end),
                    Some("open") => (None, EndKind::Open, None),
                    other => panic!("an unknown end: {other:?}"),
                };
                (text(&s["user"]), text(&s["line"]), text(&s["ip"]), time(&s["start"]), end, kind, bound)
            })
            .collect();
        let rows = rows(reader::utmp("linux", "wtmp", &bytes));
        let got: Vec<Login> = rows
            .into_iter()
            .map(|r| (r.user, r.line, r.ip, r.start, r.end, r.end_kind, r.end_not_after))
            .collect();
        compared += want.len();
        assert_eq!(got, want, "{file}");
    }
    assert_eq!(compared, 19);
}

#[test]
fn attempts_in_sshd_logs_are_those_of_the_answers() {
    let Some(data) = common::shared() else { return };
    for (file, year) in [("OpenSSH_first1000.log", 2017), ("syslog_ssh.log", 2015)] {
        let log = std::fs::read_to_string(data.join("unix").join(file)).expect("a file");
        let answers = answers(&data, &format!("ssh_{file}"));
        // Clients ask "none" to learn what the server offers: the answers count it, and it is no attempt.
        let questions = |ip: &str| {
            log.lines().filter(|l| l.contains("Failed none ") && l.contains(&format!("from {ip}"))).count()
                as u64
        };
        let rows = rows(reader::sshd("auth.log", year, &log));
        let of = |outcome| rows.iter().filter(move |r| r.outcome == outcome);
        let accepted: Vec<(Option<String>, String)> = of(SessionOutcome::Success)
            .map(|r| (r.user.clone(), r.start.expect("a start").to_string()[11..19].to_owned()))
            .collect();
        let mut wanted: Vec<(Option<String>, String)> = answers["accepted"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|a| (text(&a[2]), a[0].as_str().expect("a time")[7..].to_owned()))
            .collect();
        // Rows are sorted by host first.
        let (mut accepted, mut given) = (accepted, std::mem::take(&mut wanted));
        accepted.sort();
        given.sort();
        assert_eq!(accepted, given, "{file}");
        assert!(rows.iter().all(|r| r.kind == Kind::Ssh));

        let failed = of(SessionOutcome::Failure).count() as u64;
        assert_eq!(
            failed,
            answers["counts"]["failed_password"].as_u64().expect("a count") - questions(""),
            "{file}"
        );
        let mut by_ip: BTreeMap<&str, u64> = BTreeMap::new();
        for row in of(SessionOutcome::Failure) {
            *by_ip.entry(row.ip.as_deref().unwrap_or_default()).or_default() += 1;
        }
        for (ip, count) in answers["failed_by_ip"].as_object().expect("counts") {
            let count = count.as_u64().expect("a count");
            // An address with zeros in front is shown without them.
            let shown = ip.trim_start_matches("00");
            assert_eq!(by_ip.get(shown).copied().unwrap_or_default(), count - questions(ip), "{file} {ip}");
        }
    }
    let log = std::fs::read_to_string(data.join("unix/OpenSSH_first1000.log")).expect("a file");
    let rows = rows(reader::sshd("auth.log", 2017, &log));
    let session = rows.iter().find(|r| r.outcome == SessionOutcome::Success).expect("one session");
    let clock = |t: Option<Timestamp>| t.map(|t| t.to_string()[11..19].to_owned());
    assert_eq!(session.ip.as_deref(), Some("119.137.62.142"));
    assert_eq!(
        (clock(session.start), clock(session.end)),
        (Some("09:32:20".into()), Some("09:45:06".into()))
    );
    assert_eq!(session.end_kind, EndKind::Logoff);
}
