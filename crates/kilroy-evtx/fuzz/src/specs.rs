//! Events of known content, and what an event must read back as.

use kilroy_evtx::{Body, EventSpec, Layout, Record, Value};

/// An event of every kind, as they stand in real logs.
pub fn samples() -> Vec<EventSpec> {
    let text = |text: &str| Value::Str(text.to_owned());
    let named = |fields: Vec<(&str, Value)>| fields.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
    let bodies = vec![
        Body::EventData(named(vec![
            ("SubjectUserSid", Value::Sid("S-1-5-18".to_owned())),
            ("TargetUserName", text("관리자")),
            ("TargetLogonId", Value::HexU64(0x3e7)),
            ("LogonType", Value::U32(10)),
            ("LogonGuid", Value::Guid(0x5484_9625_5478_4994_a5ba_3e3b_0328_c30d)),
            ("IpAddress", text("-")),
            ("IpPort", Value::Null),
        ])),
        Body::UserData {
            element: "EventXML".to_owned(),
            namespace: "Event_NS".to_owned(),
            fields: named(vec![("User", text("DOM\\alice")), ("SessionID", Value::U32(2))]),
        },
        Body::UnnamedData(vec![text("one"), Value::I32(-2), text("")], Some(vec![0xab; 5])),
        Body::EventData(named(vec![
            ("UtcTime", Value::FileTime(133_601_184_000_000_000)),
            ("Same", Value::U8(1)),
            ("Same", Value::Bool(true)),
            ("ScriptBlockText", text("Get-Item <x> & \"y\" \u{1}")),
        ])),
        Body::Empty,
    ];
    let spec = |(n, body): (usize, Body)| EventSpec {
        provider: format!("Provider-{}", n % 3),
        provider_guid: (n % 2 == 0).then_some(n as u128 + 1),
        event_id: 4624 + u32::try_from(n).unwrap_or_default(),
        keywords: 0x8020_0000_0000_0000,
        time_filetime: 133_601_184_000_000_000 + n as u64,
        record_id: n as u64 + 1,
        activity_id: (n % 2 == 1).then_some(7),
        process_id: 4,
        thread_id: 8,
        channel: "Security".to_owned(),
        computer: "HOST.example".to_owned(),
        user_sid: (n % 2 == 0).then(|| "S-1-5-21-1-2-3-1001".to_owned()),
        body,
        ..EventSpec::default()
    };
    bodies.into_iter().enumerate().map(spec).collect()
}

/// Whether it is known here, in every letter, what the event must read back as.
pub fn is_plain(event: &EventSpec) -> bool {
    let plain = |value: &Value| !matches!(value, Value::AnsiStr(_) | Value::F32(_) | Value::F64(_));
    let single = |value: &Value| !matches!(value, Value::Array(_) | Value::Xml(_) | Value::SysTime(_));
    let known = |value: &Value| plain(value) && single(value);
    let body = match &event.body {
        Body::EventData(fields) | Body::UserData { fields, .. } => {
            fields.iter().all(|(_, value)| known(value))
        }
        Body::UnnamedData(values, _) => values.iter().all(known),
        Body::Empty => true,
        _ => false,
    };
    body && event.layout == Layout::Templates && event.rendering.is_none()
}

/// A record says what was written.
pub fn assert_same(event: &EventSpec, record: &Record) {
    let system = &record.system;
    assert_eq!(system.provider, event.provider);
    assert_eq!(system.provider_guid, event.provider_guid.map(guid));
    assert_eq!(system.event_source_name, event.event_source_name.clone().filter(|name| !name.is_empty()));
    assert_eq!(system.event_id, event.event_id & 0xffff);
    let upper = u16::try_from(event.event_id >> 16).ok().filter(|upper| *upper != 0);
    assert_eq!(system.qualifiers, event.qualifiers.or(upper));
    assert_eq!(system.version, Some(event.version));
    assert_eq!(system.level, Some(event.level));
    assert_eq!(system.task, Some(event.task));
    assert_eq!(system.opcode, Some(event.opcode));
    assert_eq!(system.keywords, Some(format!("{:#x}", event.keywords)));
    assert_eq!(system.time_created, Some(shown_time(event.time_filetime)));
    assert_eq!(system.record_id, Some(event.record_id));
    assert_eq!(system.activity_id, event.activity_id.map(guid));
    assert_eq!(system.related_activity_id, event.related_activity_id.map(guid));
    assert_eq!(system.process_id, Some(event.process_id));
    assert_eq!(system.thread_id, Some(event.thread_id));
    assert_eq!(system.channel, event.channel);
    assert_eq!(system.computer, event.computer);
    assert_eq!(system.user_id, event.user_sid);
    assert_eq!(record.data, expected_data(&event.body));
    assert_eq!(record.rendering, []);
    assert_eq!(record.header_time_filetime, event.header_time_filetime.unwrap_or(event.time_filetime));
    assert_eq!(record.header_record_id, event.header_record_id.unwrap_or(event.record_id));
    assert!(!record.recovered);
}

fn expected_data(body: &Body) -> Vec<(String, String)> {
    let data = |name: &str, value: &Value| (name.to_owned(), shown(value));
    let fields: Vec<(String, String)> = match body {
        Body::EventData(fields) | Body::UserData { fields, .. } => {
            fields.iter().map(|(name, value)| data(name, value)).collect()
        }
        Body::UnnamedData(values, binary) => {
            let binary = binary.iter().map(|b| data("Binary", &Value::Binary(b.clone())));
            values.iter().map(|value| data("Data", value)).chain(binary).collect()
        }
        _ => Vec::new(),
    };
    let numbered = |(n, (name, value)): (usize, &(String, String))| {
        let before = fields[..n].iter().filter(|(other, _)| other == name).count();
        let all = fields.iter().filter(|(other, _)| other == name).count();
        (if all > 1 { format!("{name}[{}]", before + 1) } else { name.clone() }, value.clone())
    };
    fields.iter().enumerate().map(numbered).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Str(text) | Value::StrNul(text) | Value::Sid(text) => text.clone(),
        Value::I8(n) => n.to_string(),
        Value::I16(n) => n.to_string(),
        Value::U8(n) => n.to_string(),
        Value::U16(n) => n.to_string(),
        Value::U32(n) => n.to_string(),
        Value::U64(n) => n.to_string(),
        Value::I32(n) => n.to_string(),
        Value::I64(n) => n.to_string(),
        Value::HexU32(n) | Value::SizeT32(n) => format!("{n:#x}"),
        Value::HexU64(n) | Value::SizeT64(n) => format!("{n:#x}"),
        Value::Bool(yes) => yes.to_string(),
        Value::Guid(n) => guid(*n),
        Value::FileTime(ticks) => shown_time(*ticks),
        Value::Binary(bytes) => bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02X}")),
        _ => String::new(),
    }
}

fn guid(guid: u128) -> String {
    let d = format!("{guid:032x}");
    format!("{{{}-{}-{}-{}-{}}}", &d[..8], &d[8..12], &d[12..16], &d[16..20], &d[20..])
}

/// By counting years and months: slow, and another way than the reader's.
fn shown_time(ticks: u64) -> String {
    let (mut days, rest) = (ticks / 864_000_000_000, ticks % 864_000_000_000);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1601;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let months = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= months[month] {
        days -= months[month];
        month += 1;
    }
    let seconds = rest / 10_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let (month, day, fraction) = (month + 1, days + 1, rest % 10_000_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:07}Z")
}
