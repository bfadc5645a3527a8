//! What the writer wrote is what the reader reads.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{event, read_all};
use kilroy_evtx::{Body, EventSpec, LossKind, Record, Value, WriteError, write};
use proptest::prelude::*;

fn written(events: &[EventSpec]) -> Vec<u8> {
    let mut file = Vec::new();
    write(&mut file, events).unwrap();
    file
}

/// Any text but NUL, where Windows ends a text, and the noncharacters that the reader uses itself.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[^\0\u{fdd0}-\u{fdef}]{0,40}",
        "[ \r\n\t<>&\"']{0,8}",
        Just("]]>".to_owned()),
        Just("a_b\u{1}c\u{1f}\u{7f}\u{ffff}".to_owned())
    ]
}

fn sid() -> impl Strategy<Value = String> {
    (0_u64..1 << 48, prop::collection::vec(any::<u32>(), 0..15)).prop_map(|(authority, numbers)| {
        numbers.iter().fold(format!("S-1-{authority}"), |sid, number| format!("{sid}-{number}"))
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(Value::Str),
        any::<u8>().prop_map(Value::U8),
        any::<u16>().prop_map(Value::U16),
        any::<u32>().prop_map(Value::U32),
        any::<u64>().prop_map(Value::U64),
        any::<i32>().prop_map(Value::I32),
        any::<i64>().prop_map(Value::I64),
        any::<u32>().prop_map(Value::HexU32),
        any::<u64>().prop_map(Value::HexU64),
        any::<bool>().prop_map(Value::Bool),
        any::<u128>().prop_map(Value::Guid),
        sid().prop_map(Value::Sid),
        (0_u64..2_600_000_000_000_000_000).prop_map(Value::FileTime),
        prop::collection::vec(any::<u8>(), 0..50).prop_map(Value::Binary),
        Just(Value::Null),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let name = "[A-Za-z_][A-Za-z0-9_.-]{0,12}";
    prop_oneof![
        Just(Body::Empty),
        prop::collection::vec(("[^\0-\x1f\u{fdd0}-\u{fdef}\u{fffe}\u{ffff}]{1,12}", value()), 0..8)
            .prop_map(Body::EventData),
        (prop::collection::vec(value(), 0..5), prop::option::of(prop::collection::vec(any::<u8>(), 0..20)))
            .prop_map(|(values, binary)| Body::UnnamedData(values, binary)),
        (name, "[a-z:/.]{0,20}", prop::collection::vec((name, value()), 0..6))
            .prop_map(|(element, namespace, fields)| Body::UserData { element, namespace, fields }),
    ]
}

prop_compose! {
    fn spec()(
        texts in (text(), text(), text()),
        ids in (any::<u32>(), any::<u64>(), any::<u32>(), any::<u32>()),
        small in (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>()),
        keywords in any::<u64>(),
        time_filetime in 0_u64..2_600_000_000_000_000_000,
        guids in (prop::option::of(any::<u128>()), prop::option::of(any::<u128>())),
        user_sid in prop::option::of(sid()),
        body in body(),
    ) -> EventSpec {
        let (provider, channel, computer) = texts;
        let (event_id, record_id, process_id, thread_id) = ids;
        let (version, level, opcode, task) = small;
        EventSpec {
            provider, provider_guid: guids.0, event_id, version, level, task, opcode, keywords, time_filetime, record_id,
            activity_id: guids.1, process_id, thread_id, channel, computer, user_sid, body,
        }
    }
}

/// A GUID as Windows writes it.
fn guid(guid: u128) -> String {
    let digits = format!("{guid:032x}");
    format!(
        "{{{}-{}-{}-{}-{}}}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    )
}

/// 100 ns since 1601 as Windows writes it, by counting years and months.
fn time(ticks: u64) -> String {
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
    let (hour, minute, second, fraction) =
        (seconds / 3600, seconds / 60 % 60, seconds % 60, rest % 10_000_000);
    format!("{year:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{fraction:07}Z", month + 1, days + 1)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Str(text) | Value::Sid(text) => text.clone(),
        Value::U8(n) => n.to_string(),
        Value::U16(n) => n.to_string(),
        Value::U32(n) => n.to_string(),
        Value::U64(n) => n.to_string(),
        Value::I32(n) => n.to_string(),
        Value::I64(n) => n.to_string(),
        Value::HexU32(n) => format!("{n:#x}"),
        Value::HexU64(n) => format!("{n:#x}"),
        Value::Bool(b) => b.to_string(),
        Value::Guid(n) => guid(*n),
        Value::FileTime(ticks) => time(*ticks),
        Value::Binary(bytes) => bytes
            .iter()
            .flat_map(|b| [b >> 4, b & 15])
            .map(|d| char::from(b"0123456789ABCDEF"[usize::from(d)]))
            .collect(),
        Value::Null => String::new(),
    }
}

fn expected_data(body: &Body) -> Vec<(String, String)> {
    let fields: Vec<(String, String)> = match body {
        Body::Empty => vec![],
        Body::EventData(fields) | Body::UserData { fields, .. } => {
            fields.iter().map(|(name, value)| (name.clone(), shown(value))).collect()
        }
        Body::UnnamedData(values, binary) => {
            let data = values.iter().map(|value| ("Data".to_owned(), shown(value)));
            let binary = binary.iter().map(|b| ("Binary".to_owned(), shown(&Value::Binary(b.clone()))));
            data.chain(binary).collect()
        }
    };
    let mut numbered = Vec::new();
    for (index, (name, value)) in fields.iter().enumerate() {
        let before = fields[..index].iter().filter(|(n, _)| n == name).count();
        let all = fields.iter().filter(|(n, _)| n == name).count();
        let name = if all > 1 { format!("{name}[{}]", before + 1) } else { name.clone() };
        numbered.push((name, value.clone()));
    }
    numbered
}

fn assert_same(event: &EventSpec, record: &Record) {
    let system = &record.system;
    assert_eq!(system.provider, event.provider);
    assert_eq!(system.provider_guid, event.provider_guid.map(guid));
    assert_eq!(system.event_source_name, None);
    assert_eq!(system.event_id, event.event_id & 0xffff);
    assert_eq!(system.qualifiers.unwrap_or_default(), (event.event_id >> 16) as u16);
    assert_eq!(system.version, Some(event.version));
    assert_eq!(system.level, Some(event.level));
    assert_eq!(system.task, Some(event.task));
    assert_eq!(system.opcode, Some(event.opcode));
    assert_eq!(system.keywords, Some(format!("{:#x}", event.keywords)));
    assert_eq!(system.time_created, Some(time(event.time_filetime)));
    assert_eq!(system.record_id, Some(event.record_id));
    assert_eq!(system.activity_id, event.activity_id.map(guid));
    assert_eq!(system.related_activity_id, None);
    assert_eq!(system.process_id, Some(event.process_id));
    assert_eq!(system.thread_id, Some(event.thread_id));
    assert_eq!(system.channel, event.channel);
    assert_eq!(system.computer, event.computer);
    assert_eq!(system.user_id, event.user_sid);
    assert_eq!(record.data, expected_data(&event.body));
    assert_eq!(record.rendering, []);
    assert_eq!(record.header_time_filetime, event.time_filetime);
    assert_eq!(record.header_record_id, event.record_id);
    assert!(!record.recovered);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_event_comes_back(events in prop::collection::vec(spec(), 0..12)) {
        let (records, losses) = read_all(&written(&events));
        prop_assert_eq!(losses, vec![]);
        prop_assert_eq!(records.len(), events.len());
        for (event, record) in events.iter().zip(&records) {
            assert_same(event, record);
        }
    }
}

#[test]
fn many_events_fill_several_chunks_and_share_templates() {
    let events: Vec<EventSpec> = (1..=1_000).map(event).collect();
    let file = written(&events);
    let (records, losses) = read_all(&file);
    assert_eq!(losses, []);
    assert_eq!(records.len(), events.len());
    for (event, record) in events.iter().zip(&records) {
        assert_same(event, record);
    }
    assert!(records.last().unwrap().position.chunk > 2);
    // Names stand once per chunk.
    let chunks = (file.len() - 4096) / 65_536;
    let name: Vec<u8> = "EventRecordID".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(file.windows(name.len()).filter(|w| *w == name).count(), chunks);
}

#[test]
fn the_evtx_crate_finds_every_checksum_right() {
    let events: Vec<EventSpec> = (1..=1_000).map(event).collect();
    let settings = evtx::ParserSettings::new().validate_checksums(true);
    let mut parser = evtx::EvtxParser::from_buffer(written(&events)).unwrap().with_configuration(settings);
    let ids: Vec<u64> = parser.records().map(|record| record.unwrap().event_record_id).collect();
    assert!(ids.into_iter().eq(1..=1_000));
}

#[test]
fn no_events_make_an_empty_log() {
    let file = written(&[]);
    assert_eq!(file.len(), 4096 + 65_536);
    assert_eq!(read_all(&file), (vec![], vec![]));
}

#[test]
fn an_event_as_large_as_a_chunk_is_refused() {
    let mut large = event(7);
    large.body = Body::EventData(vec![("Large".to_owned(), Value::Binary(vec![0; 64_000]))]);
    let refused = write(std::io::sink(), &[event(1), large.clone()]);
    assert!(matches!(refused, Err(WriteError::TooLarge { index: 1, record_id: 7 })), "{refused:?}");
    // One value alone may be more than its size field can say.
    large.body = Body::EventData(vec![("Large".to_owned(), Value::Str("x".repeat(40_000)))]);
    assert!(matches!(write(std::io::sink(), &[large]), Err(WriteError::TooLarge { index: 0, .. })));
    // Just small enough for a chunk of its own, and the next one has its names and templates all the same.
    let mut fits = event(2);
    fits.body = Body::EventData(vec![("Large".to_owned(), Value::Binary(vec![0; 63_000]))]);
    let (records, losses) = read_all(&written(&[event(1), fits, event(3)]));
    assert_eq!(losses, []);
    assert_eq!(records.iter().map(|r| r.position.chunk).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn what_cannot_be_written_says_which_event_it_is() {
    let mut wrong = event(5);
    wrong.user_sid = Some("Administrator".to_owned());
    let refused = write(std::io::sink(), &[wrong]).unwrap_err();
    assert_eq!(refused.to_string(), "event 0 (record ID 5): \"Administrator\" is no SID");
    let mut wrong = event(6);
    wrong.body = Body::UserData { element: "a b".to_owned(), namespace: String::new(), fields: vec![] };
    assert!(matches!(write(std::io::sink(), &[wrong]), Err(WriteError::Name { record_id: 6, .. })));
}

#[test]
fn a_flipped_bit_in_a_text_shows_in_the_checksum() {
    let mut file = written(&(1..=9).map(event).collect::<Vec<_>>());
    let name: Vec<u8> = "user 4".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = file.windows(name.len()).position(|w| w == name).unwrap();
    file[at] ^= 2;
    let (records, losses) = read_all(&file);
    assert_eq!(records[3].data[0].1, "wser 4");
    assert_eq!(losses.iter().map(|l| (l.offset, l.kind)).collect::<Vec<_>>(), [(4096, LossKind::Checksum)]);
}
