//! What several tests need.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::ops::ControlFlow;

use kilroy_evtx::{Body, EventSpec, Item, Loss, Record, Value, read};

/// An event of one of three shapes, by its record ID.
pub(crate) fn event(record_id: u64) -> EventSpec {
    let body = match record_id % 3 {
        0 => Body::UserData {
            element: "EventXML".to_owned(),
            namespace: "Event_NS".to_owned(),
            fields: vec![
                ("User".to_owned(), Value::Str(format!("DOM\\user {record_id}"))),
                ("SessionID".to_owned(), Value::U32(2)),
            ],
        },
        1 => Body::EventData(vec![
            ("TargetUserName".to_owned(), Value::Str(format!("user {record_id}"))),
            ("TargetUserSid".to_owned(), Value::Sid("S-1-5-21-1-2-3-1001".to_owned())),
            ("TargetLogonId".to_owned(), Value::HexU64(record_id * 4096)),
            ("LogonGuid".to_owned(), Value::Guid(u128::from(record_id))),
        ]),
        _ => Body::UnnamedData(vec![Value::Str("one".to_owned()), Value::U32(2)], Some(vec![0xab; 5])),
    };
    EventSpec {
        provider: "Kilroy-Test".to_owned(),
        provider_guid: Some(0x5484_9625_5478_4994_a5ba_3e3b_0328_c30d),
        event_id: 4624,
        keywords: 0x8020_0000_0000_0000,
        time_filetime: 132_000_000_000_000_000 + record_id * 10_000_000,
        record_id,
        activity_id: record_id.is_multiple_of(2).then_some(u128::from(record_id)),
        process_id: 4,
        thread_id: 8,
        channel: "Security".to_owned(),
        computer: "HOST.example".to_owned(),
        user_sid: Some("S-1-5-18".to_owned()),
        body,
        ..EventSpec::default()
    }
}

/// Everything that `file` gives. The summary must count the same.
pub(crate) fn read_all(file: &[u8]) -> (Vec<Record>, Vec<Loss>) {
    let (mut records, mut losses) = (Vec::new(), Vec::new());
    let outcome = read(&file, &mut |item| {
        match item {
            Item::Record(record) => records.push(record),
            Item::Loss(loss) => losses.push(loss),
        }
        ControlFlow::Continue(())
    });
    if let Ok(summary) = outcome {
        assert_eq!((summary.records, summary.losses), (records.len() as u64, losses.len() as u64));
    }
    (records, losses)
}

/// Number of the chunk in which a record of a whole log stands.
pub(crate) fn chunk_of(record: &Record) -> u64 {
    (record.offset - 4096) / 65_536
}
