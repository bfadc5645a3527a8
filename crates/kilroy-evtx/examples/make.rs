use kilroy_evtx::{Body, EventSpec, Value, write};
fn main() {
    let n: u64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let events: Vec<EventSpec> = (0..n).map(|i| EventSpec {
        provider: "Microsoft-Windows-Security-Auditing".into(), provider_guid: Some(0x54849625_5478_4994_a5ba_3e3b0328c30d),
        event_id: 4624, version: 2, task: 12544, keywords: 0x8020_0000_0000_0000, time_filetime: 132_000_000_000_000_000 + i * 10_000_000,
        record_id: 100 + i, activity_id: (i % 3 == 0).then_some(0x1234 + u128::from(i)), process_id: 600, thread_id: 700, channel: "Security".into(), computer: "PC01.example.org".into(),
        user_sid: (i % 2 == 0).then(|| "S-1-5-21-1-2-3-1001".into()),
        body: match i % 4 {
            0 | 1 => Body::EventData(vec![
                ("TargetUserName".into(), Value::Str(format!("user {i} & <co> \"'\r\n\t한글 😀"))), ("LogonType".into(), Value::U32(10)),
                ("TargetLogonId".into(), Value::HexU64(0x3e7 + i)), ("LogonGuid".into(), Value::Guid(u128::from(i))), ("Sid".into(), Value::Sid("S-1-5-18".into())),
                ("Nothing".into(), Value::Null), ("Empty".into(), Value::Str(String::new())), ("Time".into(), Value::FileTime(132_000_000_000_000_001)), ("B".into(), Value::Bool(true)),
                ("I".into(), Value::I32(-5)), ("L".into(), Value::I64(i64::MIN)), ("Bin".into(), Value::Binary(vec![1, 2, 255])), ("U8".into(), Value::U8(255)), ("U16".into(), Value::U16(65535)), ("Hex".into(), Value::HexU32(0xdead)), ("U64".into(), Value::U64(u64::MAX)),
            ]),
            2 => Body::UserData { element: "EventXML".into(), namespace: "Event_NS".into(), fields: vec![("User".into(), Value::Str("DOM\\u".into())), ("SessionID".into(), Value::U32(2)), ("Address".into(), Value::Str("LOCAL".into()))] },
            _ => Body::UnnamedData(vec![Value::Str("one".into()), Value::Str("two".into())], Some(vec![0xab, 0xcd])),
        },
        ..EventSpec::default()
    }).collect();
    write(std::fs::File::create(std::env::args().nth(1).unwrap()).unwrap(), &events).unwrap();
}
