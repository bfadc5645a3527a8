//! Windows 2003: a written `.evt` file beside its answers. The records' strings go to their places by the catalog, as a reader
//! will do it.

mod common;
#[path = "linux/reader.rs"]
#[allow(dead_code, reason = "only one event is made here")]
mod reader;

use kilroy_catalog::FieldRole;
use kilroy_model::{
    AccessSession, EndKind, How, Kind, SessionOutcome, SourceAddress, Timestamp, parse_source,
};
use kilroy_sessions::{Coverage, SessionEvent, Tables, is_relevant, sessionize};
use serde_json::Value;

/// The parts of one record: number, time, event ID, source, computer, strings.
struct Record {
    number: u64,
    time: Timestamp,
    event_id: u32,
    source: String,
    computer: String,
    strings: Vec<String>,
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// Texts that end with a zero, in UTF-16, from a place on.
fn texts(bytes: &[u8], at: usize, count: usize) -> Vec<String> {
    let units: Vec<u16> = bytes[at..].chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
    units.split(|u| *u == 0).take(count).map(String::from_utf16_lossy).collect()
}

/// All whole records of a file that has not wrapped.
fn records(file: &[u8]) -> Vec<Record> {
    let mut found = Vec::new();
    let mut at = usize::try_from(number(file, 0)).expect("small");
    while at + 56 <= file.len() && &file[at + 4..at + 8] == b"LfLe" {
        let len = usize::try_from(number(file, at)).expect("small");
        let record = &file[at..at + len];
        let count = usize::from(u16::from_le_bytes([record[26], record[27]]));
        let strings_at = usize::try_from(number(record, 36)).expect("small");
        let names = texts(record, 56, 2);
        found.push(Record {
            number: u64::from(number(record, 8)),
            time: Timestamp::from_ticks(i64::from(number(record, 12)) * 10_000_000),
            event_id: number(record, 20) & 0xffff,
            source: names[0].clone(),
            computer: names[1].clone(),
            strings: texts(record, strings_at, count),
        });
        at += len;
    }
    found
}

/// The record as the engine sees it, by the roles that the catalog gives to its strings.
fn event(record: &Record) -> Option<SessionEvent> {
    let entry = kilroy_catalog::event(&record.source, "Security", record.event_id)?;
    let action = entry.action.filter(|a| is_relevant(*a))?;
    let mut event = reader::event(&record.computer, "Security", record.number, record.time, action);
    event.event_id = record.event_id;
    for (role, name) in entry.roles {
        let place = name.trim_start_matches("Data[").trim_end_matches(']').parse::<usize>().ok();
        let value = place.and_then(|n| record.strings.get(n - 1)).map(|s| s.trim());
        let Some(value) = value.filter(|v| !v.is_empty() && *v != "-") else { continue };
        match role {
            FieldRole::User => event.user = Some(value.into()),
            FieldRole::Domain => event.domain = Some(value.into()),
            FieldRole::LogonId => event.luid = value.parse().ok(),
            FieldRole::SubjectLogonId => event.subject_luid = value.parse().ok(),
            FieldRole::LogonType => event.logon_type = value.parse().ok(),
            FieldRole::AuthPackage => event.package = Some(value.into()),
            FieldRole::LogonProcess => event.logon_process = Some(value.into()),
            FieldRole::SessionName => event.session_name = Some(value.into()),
            FieldRole::SrcHost => event.src_host = Some(value.into()),
            FieldRole::SrcPort => event.port = value.parse().ok().filter(|p| *p != 0),
            FieldRole::Status => event.status = Some(value.into()),
            FieldRole::SrcAddress => {
                event.ip = match parse_source(value) {
                    SourceAddress::Ip(ip, _) => Some(ip),
                    _ => None,
                };
            }
            _ => {}
        }
    }
    Some(event)
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

fn tables(records: &[Record]) -> Tables {
    let mut coverage = Coverage::new();
    for r in records {
        coverage.add(&r.computer, "Security", r.event_id, r.number, r.time);
    }
    coverage.seal();
    sessionize(records.iter().filter_map(event).collect(), &coverage)
}

#[test]
fn a_log_of_server_2003_gives_the_sessions_of_its_answers() {
    let Some(data) = common::shared() else { return };
    let file = std::fs::read(data.join("synthetic/SecEvent.Evt")).expect("a file");
    let answers = std::fs::read_to_string(data.join("synthetic/SecEvent_expected.json")).expect("answers");
    let answers: Value = serde_json::from_str(&answers).expect("answers are JSON");
    let records = records(&file);
    assert_eq!(records.len() as u64, answers["records"].as_u64().expect("a count"));
    let tables = tables(&records);

    let time = |value: &Value| text(value).map(|t| t.parse::<Timestamp>().expect("a time"));
    let of_host = |name: &str, host: &str| name == host.to_lowercase();
    let wanted = answers["logon_sessions"].as_array().expect("a list");
    for want in wanted {
        let id = text(&want["logon_id"]).expect("a logon ID");
        let host = text(&want["computer"]).expect("a host");
        let got = tables.logon.iter().find(|s| s.logon_id.to_string() == id && of_host(&s.computer, host));
        let got = got.unwrap_or_else(|| panic!("{host} {id} is missing"));
        assert_eq!(got.user.as_deref(), text(&want["user"]), "{id}");
        assert_eq!(got.logon_type.map(u64::from), want["type"].as_u64(), "{id}");
        assert_eq!(got.ip.as_deref(), text(&want["ip"]), "{id}");
        assert_eq!(got.start, time(&want["start"]), "{id}");
        let user_logoff = text(&want["end_kind"]) == Some("user_logoff");
        assert_eq!(got.end_kind == EndKind::Logoff, user_logoff || text(&want["end_kind"]) == Some("logoff"));
        let late = got.end.zip(time(&want["end"])).map_or(0, |(a, b)| a.distance(b));
        // The answers give the last of 551 and 538, the rules the first.
        assert!(got.end.is_some() == time(&want["end"]).is_some() && late <= 5 * 10_000_000, "{id}");
    }
    assert_eq!(tables.logon.len(), wanted.len());

    let people: Vec<&AccessSession> = tables.access.iter().filter(|r| !r.background).collect();
    for want in answers["access_sessions"].as_array().expect("a list") {
        let begin = time(&want["start"]).or(time(&want["at"])).expect("a begin");
        let got = people.iter().find(|r| r.start == Some(begin));
        let got = got.unwrap_or_else(|| panic!("the session of {begin} is missing"));
        assert!(of_host(&got.computer, text(&want["computer"]).expect("a host")));
        assert_eq!(got.user.as_deref(), text(&want["user"]));
        assert_eq!(got.ip.as_deref(), text(&want["ip"]));
        assert_eq!(got.kind, Kind::InteractiveRemote);
        let failed = text(&want["outcome"]) == Some("failure");
        assert_eq!(got.outcome == SessionOutcome::Failure, failed);
        if failed {
            continue;
        }
        assert_eq!(got.how, if text(&want["how"]).is_some() { How::Reconnect } else { How::Logon });
        assert_eq!(got.client.as_deref(), text(&want["client"]));
        assert_eq!(Some(got.end_kind.name()), text(&want["end_kind"]));
        assert!(got.end.zip(time(&want["end"])).is_some_and(|(a, b)| a.distance(b) <= 5 * 10_000_000));
    }
    // And three more: two network logons and one at the console. 592, 593 and 517 make none.
    assert_eq!(people.len(), answers["access_sessions"].as_array().expect("a list").len() + 3);
}
