use kilroy_evtx::{SystemRef, ValueRef};

use super::*;

fn filter(text: &str) -> Result<Filter> {
    Filter::of(&[text.to_owned()])
}

fn system() -> SystemRef<'static> {
    SystemRef {
        provider: "Microsoft-Windows-Security-Auditing",
        provider_guid: None,
        event_source_name: None,
        event_id: 4624,
        qualifiers: None,
        version: Some(2),
        level: Some(2),
        task: Some(12_544),
        opcode: Some(0),
        keywords: None,
        // 2024-05-14T00:00:00.0000001Z
        time_created: Some(ValueRef::FileTime(133_601_184_000_000_001)),
        record_id: Some(77),
        activity_id: Some(ValueRef::Text("{ABCDEF00-1111-2222-3333-444455556666}")),
        related_activity_id: None,
        process_id: Some(700),
        thread_id: Some(8),
        channel: "Security",
        computer: "SRV01.corp.example",
        user_id: Some(ValueRef::Text("S-1-5-18")),
    }
}

#[test]
fn which_records_it_takes() {
    for (text, want) in [
        ("", true),
        ("channel:Security", true),
        ("CHANNEL:security", true),
        ("channel:System", false),
        ("channel:System,Security", true),
        ("channel:sec*", true),
        ("provider:*auditing", true),
        ("provider:auditing", false),
        ("event_id:4624", true),
        ("event_id:4624,4625-4630", true),
        ("event_id:4620-4630", true),
        ("event_id:4620..4630", true),
        ("event_id:4625..", false),
        ("event_id:..4624", true),
        ("event_id:4624 channel:System", false),
        ("event_id:4624 channel:Security computer:srv01", true),
        ("host:srv01.corp.example", true),
        ("computer:srv02", false),
        ("level:error", true),
        ("level:critical..warning", true),
        ("level:4", false),
        ("record_id:70-80 version:2 task:12544 opcode:0 process_id:700 system_thread_id:8", true),
        ("user_id:s-1-5-18", true),
        ("security_sid:S-1-5-21-*", false),
        ("activity_id:abcdef00-1111-2222-3333-444455556666", true),
        ("activity_id:{ABCDEF00-*", true),
        ("related_activity_id:*", false),
        ("time:2024-05-14", true),
        ("time:2024-05-14T00:00", true),
        ("time:2024-05-13", false),
        ("time:2024-05-13,2024-05-14", true),
        ("time:2024-05-13..2024-05-14", true),
        ("time:2024-05-14T00:00:01..", false),
        ("time:..2024-05-14", true),
        ("time:..2024-05-13", false),
        ("time:\"2024-05-14 02:00:00+02:00\"..", true),
    ] {
        assert_eq!(filter(text).expect(text).takes(&system()), want, "{text}");
    }
    assert!(!filter("time:..").is_ok_and(|f| f.is_empty()));
    let both = Filter::of(&["event_id:4624".into(), "channel:System".into()]).unwrap();
    assert!(!both.takes(&system()), "several filters must all hold");
}

/// Records with other event IDs are not even looked at.
#[test]
fn event_ids_that_can_get_through() {
    let ids = |text: &str| filter(text).unwrap().ids();
    assert_eq!(ids("channel:Security"), None);
    let some = ids("event_id:4624,4630..4632 event_id:4631.. channel:Security").unwrap();
    assert_eq!((4600..4700).filter(|id| some.contains(*id)).collect::<Vec<_>>(), [4631, 4632]);
    let all = ids("event_id:0..").unwrap();
    assert!((0..65_536).all(|id| all.contains(id)));
}

/// A time that stands there as text, and none at all.
#[test]
fn times_of_all_kinds() {
    let day = filter("time:2024-05-14").unwrap();
    let with = |time: Option<ValueRef<'static>>| SystemRef { time_created: time, ..system() };
    assert!(day.takes(&with(Some(ValueRef::Text("2024-05-14T23:59:59.9999999Z")))));
    assert!(!day.takes(&with(Some(ValueRef::Text("2024-05-15T00:00:00Z")))));
    assert!(!day.takes(&with(Some(ValueRef::Text("yesterday")))));
    assert!(!day.takes(&with(None)));
}

#[test]
fn what_makes_no_sense_says_what_would() {
    let wrong: Vec<String> = [
        "evt_id:4624",
        "event_id:logon",
        "event_id:-5",
        "event_id:5..4",
        "level:high",
        "channel:a..b",
        "time:yesterday",
        "time:2024-05-15..2024-05-14",
        "4624",
    ]
    .map(|text| filter(text).unwrap_err().to_string())
    .into();
    insta::assert_snapshot!(wrong.join("\n"));
}
