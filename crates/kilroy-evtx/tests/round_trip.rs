//! What the writer wrote is what our own reader reads.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test may fail")]

mod writer_support;

use std::io::Cursor;
use std::ops::ControlFlow;

use kilroy_evtx::{
    Array, Body, EventSpec, Finish, Item, Layout, LogOptions, LogWriter, Loss, LossKind, Record, Value,
    WriteError, read, write,
};
use proptest::prelude::*;
use writer_support::events::{LAYOUTS, any_event, event, rendering};
use writer_support::want::{Want, time, want};
use writer_support::{log, written};

/// Everything that `file` gives. The summary must count the same.
fn read_all(file: &[u8]) -> (Vec<Record>, Vec<Loss>) {
    let (mut records, mut losses) = (Vec::new(), Vec::new());
    let summary = read(&file, &mut |item| {
        match item {
            Item::Record(record) => records.push(record),
            Item::Loss(loss) => losses.push(loss),
        }
        ControlFlow::Continue(())
    });
    let summary = summary.unwrap();
    assert_eq!((summary.records, summary.losses), (records.len() as u64, losses.len() as u64));
    (records, losses)
}

/// An event of one of three shapes, by its record ID.
fn some(record_id: u64) -> EventSpec {
    let field = |name: &str, value| (name.to_owned(), value);
    let body = match record_id % 3 {
        0 => Body::UserData {
            element: "EventXML".to_owned(),
            namespace: "Event_NS".to_owned(),
            fields: vec![
                field("User", Value::Str(format!("DOM\\user {record_id}"))),
                field("SessionID", Value::U32(2)),
            ],
        },
        1 => Body::EventData(vec![
            field("TargetUserName", Value::Str(format!("user {record_id}"))),
            field("TargetUserSid", Value::Sid("S-1-5-21-1-2-3-1001".to_owned())),
            field("TargetLogonId", Value::HexU64(record_id * 4096)),
        ]),
        _ => Body::UnnamedData(vec![Value::Str("one".to_owned()), Value::U32(2)], Some(vec![0xab; 5])),
    };
    event(record_id, Layout::Templates, body)
}

fn chunk_of(record: &Record) -> u64 {
    (record.offset - 4096) / 65_536
}

/// Names and values as the reader gives them. None for elements of any form: their names are the reader's affair.
fn wanted_data(event: &EventSpec) -> Option<Vec<(String, Want)>> {
    let mut fields = Vec::new();
    let mut field = |name: &str, value: &Value| {
        let items = match value {
            Value::Array(array) => array.items(),
            Value::Xml(_) => return None,
            value => vec![value.clone()],
        };
        let empty = [Value::Null];
        let items = if items.is_empty() { &empty } else { items.as_slice() };
        fields.extend(items.iter().map(|item| (name.to_owned(), want(item))));
        Some(())
    };
    let bytes = |bytes: &[u8]| Value::Binary(bytes.to_vec());
    match &event.body {
        Body::Empty => {}
        Body::NamedEventData { name: Some(_), .. } | Body::NamedEventData { namespace: Some(_), .. } => {
            return None;
        }
        Body::EventData(list) | Body::NamedEventData { fields: list, .. } => {
            // An empty attribute is none.
            let name = |name: &String| if name.is_empty() { "Data".to_owned() } else { name.clone() };
            list.iter().try_for_each(|(given, value)| field(&name(given), value))?;
        }
        Body::UserData { fields: list, .. } => {
            list.iter().try_for_each(|(name, value)| field(name, value))?;
        }
        Body::UnnamedData(values, binary) => {
            values.iter().try_for_each(|value| field("Data", value))?;
            if let Some(binary) = binary {
                field("Binary", &bytes(binary))?;
            }
        }
        Body::ProcessingErrorData { error_code, data_item_name, event_payload } => {
            field("ProcessingErrorData.ErrorCode", &Value::U32(*error_code))?;
            field("ProcessingErrorData.DataItemName", &Value::Str(data_item_name.clone()))?;
            field("ProcessingErrorData.EventPayload", &bytes(event_payload))?;
        }
        Body::DebugData(list) => {
            list.iter().try_for_each(|(name, value)| field(&format!("DebugData.{name}"), value))?;
        }
        // A section without anything in it is no value.
        Body::BinaryEventData(data) if data.is_empty() => {}
        Body::BinaryEventData(data) => field("BinaryEventData", &bytes(data))?,
        Body::Section(_) => return None,
    }
    Some(numbered(&fields))
}

fn numbered(fields: &[(String, Want)]) -> Vec<(String, Want)> {
    let number = |(index, (name, value)): (usize, &(String, Want))| {
        let same = |fields: &[(String, Want)]| fields.iter().filter(|(other, _)| other == name).count();
        let name =
            if same(fields) > 1 { format!("{name}[{}]", same(&fields[..=index])) } else { name.clone() };
        (name, value.clone())
    };
    fields.iter().enumerate().map(number).collect()
}

fn assert_same(event: &EventSpec, record: &Record) {
    let system = &record.system;
    let is = |got: Option<&String>, want: Option<Want>| match (got, want) {
        (Some(got), Some(want)) => assert!(want.is_met_by(got), "{got:?} is not {want:?}"),
        (got, want) => assert_eq!((got, want), (None, None)),
    };
    let modern = event.layout != Layout::Classic;
    let upper = (event.event_id >> 16) as u16;
    assert_eq!(system.provider, event.provider);
    is(system.provider_guid.as_ref(), event.provider_guid.map(Want::Guid));
    assert_eq!(system.event_source_name, event.event_source_name);
    assert_eq!(system.event_id, event.event_id & 0xffff);
    assert_eq!(system.qualifiers, event.qualifiers.or(Some(upper).filter(|upper| *upper > 0)));
    assert_eq!(system.version, modern.then_some(event.version));
    assert_eq!(system.level, Some(event.level));
    assert_eq!(system.task, Some(event.task));
    assert_eq!(system.opcode, modern.then_some(event.opcode));
    is(system.keywords.as_ref(), Some(Want::Number(event.keywords)));
    is(system.time_created.as_ref(), Some(Want::Time(time(event.time_filetime))));
    assert_eq!(system.record_id, Some(event.record_id));
    is(system.activity_id.as_ref(), event.activity_id.filter(|_| modern).map(Want::Guid));
    is(system.related_activity_id.as_ref(), event.related_activity_id.filter(|_| modern).map(Want::Guid));
    assert_eq!(system.process_id, modern.then_some(event.process_id));
    assert_eq!(system.thread_id, modern.then_some(event.thread_id));
    assert_eq!(system.channel, event.channel);
    assert_eq!(system.computer, event.computer);
    assert_eq!(system.user_id, event.user_sid);
    if let Some(wanted) = wanted_data(event) {
        let names: Vec<_> = record.data.iter().map(|(name, _)| name).collect();
        assert_eq!(names, wanted.iter().map(|(name, _)| name).collect::<Vec<_>>());
        for ((name, got), (_, want)) in record.data.iter().zip(&wanted) {
            assert!(want.is_met_by(got), "{name}: {got:?} is not {want:?}");
        }
    }
    assert_eq!(record.rendering.is_empty(), event.rendering.is_none());
    assert_eq!(record.header_time_filetime, event.header_time_filetime.unwrap_or(event.time_filetime));
    assert_eq!(record.header_record_id, event.header_record_id.unwrap_or(event.record_id));
}

fn assert_read(file: &[u8], events: &[EventSpec]) {
    let (records, losses) = read_all(file);
    assert_eq!(losses, []);
    assert_eq!(records.len(), events.len());
    for (event, record) in events.iter().zip(&records) {
        assert_same(event, record);
        assert!(!record.recovered);
    }
}

/// Any text but NUL, where Windows ends a text, and the noncharacters that the reader uses itself.
fn wild_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[^\0\u{fdd0}-\u{fdef}]{0,40}",
        "[ \r\n\t<>&\"']{0,8}",
        Just("]]>".to_owned()),
        Just("a_b\u{1}c\u{1f}\u{7f}\u{ffff}".to_owned())
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_event_comes_back(events in prop::collection::vec(any_event(), 0..12)) {
        assert_read(&written(&events), &events);
    }

    /// Values are kept as they are, with characters that XML cannot carry. Texts of the template are not.
    #[test]
    fn any_text_comes_back(
        values in prop::collection::vec(wild_text(), 0..6),
        array in prop::collection::vec(wild_text(), 1..4),
        system in (wild_text(), wild_text(), wild_text()),
    ) {
        let values = values.into_iter().map(Value::Str).chain([Value::Array(Array::Str(array))]);
        let (provider, channel, computer) = system;
        let body = Body::UnnamedData(values.collect(), None);
        let event = EventSpec { provider, channel, computer, ..event(1, Layout::Templates, body) };
        assert_read(&written(std::slice::from_ref(&event)), &[event]);
    }
}

#[test]
fn many_events_fill_several_chunks() {
    let events: Vec<EventSpec> = (1..=1_000).map(some).collect();
    let file = written(&events);
    assert_read(&file, &events);
    assert!(chunk_of(read_all(&file).0.last().unwrap()) > 2);
}

#[test]
fn forwarded_and_exported_events() {
    let special = |record_id: u64| EventSpec {
        layout: LAYOUTS[record_id as usize % LAYOUTS.len()],
        rendering: Some(rendering()),
        header_record_id: Some(record_id - 100),
        header_time_filetime: Some(133_000_000_000_000_000),
        ..some(record_id)
    };
    let events: Vec<EventSpec> = (101..=200).map(special).collect();
    let file = written(&events);
    assert_read(&file, &events);
    let keyword = ("Keywords.Keyword[1]".to_owned(), "Audit Success".to_owned());
    assert!(read_all(&file).0.iter().all(|record| record.rendering.contains(&keyword)));
}

/// Whoever believes a stale header loses records.
#[test]
fn logs_in_use_lose_nothing() {
    let events: Vec<EventSpec> = (1..=500).map(some).collect();
    for finish in [Finish::Clean, Finish::Full, Finish::Dirty, Finish::Torn] {
        let file = log(&events, LogOptions { finish, free_chunks: 2, ..LogOptions::default() });
        let (records, _) = read_all(&file);
        assert_eq!(records.len(), events.len(), "{finish:?}");
        for (event, record) in events.iter().zip(&records) {
            assert_same(event, record);
        }
        let recovered = records.iter().filter(|record| record.recovered).count();
        assert_eq!(recovered > 0, finish == Finish::Torn, "{finish:?}");
    }
}

#[test]
fn a_log_that_went_round_gives_what_it_still_has() {
    let events: Vec<EventSpec> = (1..=2_000).map(some).collect();
    for keep_slack in [false, true] {
        let options = LogOptions { chunks: Some(3), keep_slack, ..LogOptions::default() };
        let (records, losses) = read_all(&log(&events, options));
        assert_eq!(losses, []);
        let mut ids: Vec<_> = records.iter().filter_map(|record| record.system.record_id).collect();
        ids.sort_unstable();
        assert!(ids[0] > 1 && ids.iter().copied().eq(ids[0]..=2_000));
        for record in &records {
            let id = record.system.record_id.unwrap();
            assert_same(&events[id as usize - 1], record);
        }
    }
}

#[test]
fn older_records_in_slack_are_not_part_of_the_log() {
    let options = LogOptions { chunks: Some(1), keep_slack: true, ..LogOptions::default() };
    let mut writer = LogWriter::with_options(Cursor::new(Vec::new()), options).unwrap();
    (1..=60).for_each(|id| writer.push(&some(id)).unwrap());
    writer.end_chunk();
    (61..=63).for_each(|id| writer.push(&some(id)).unwrap());
    let file = writer.finish().unwrap().into_inner();
    assert_read(&file, &(61..=63).map(some).collect::<Vec<_>>());
}

#[test]
fn no_events_make_an_empty_log() {
    let file = written(&[]);
    assert_eq!(file.len(), 4096 + 65_536);
    assert_eq!(read_all(&file), (vec![], vec![]));
}

#[test]
fn an_event_as_large_as_a_chunk_is_refused() {
    let mut large = some(7);
    large.body = Body::EventData(vec![("Large".to_owned(), Value::Binary(vec![0; 64_000]))]);
    let refused = write(std::io::sink(), &[some(1), large.clone()]);
    assert!(matches!(refused, Err(WriteError::TooLarge { index: 1, record_id: 7 })), "{refused:?}");
    // One value alone may be more than its size field can say.
    large.body = Body::EventData(vec![("Large".to_owned(), Value::Str("x".repeat(40_000)))]);
    assert!(matches!(write(std::io::sink(), &[large]), Err(WriteError::TooLarge { index: 0, .. })));
    // Just small enough for a chunk of its own, and the next one has its names and templates all the same.
    let mut fits = some(2);
    fits.body = Body::EventData(vec![("Large".to_owned(), Value::Binary(vec![0; 63_000]))]);
    let (records, losses) = read_all(&written(&[some(1), fits, some(3)]));
    assert_eq!(losses, []);
    assert_eq!(records.iter().map(chunk_of).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn what_cannot_be_written_says_which_event_it_is() {
    let mut wrong = some(5);
    wrong.user_sid = Some("Administrator".to_owned());
    let refused = write(std::io::sink(), &[wrong]).unwrap_err();
    assert_eq!(refused.to_string(), "event 0 (record ID 5): \"Administrator\" is no SID");
    let mut wrong = some(6);
    wrong.body = Body::UserData { element: "a b".to_owned(), namespace: String::new(), fields: vec![] };
    assert!(matches!(write(std::io::sink(), &[wrong]), Err(WriteError::Name { record_id: 6, .. })));
}

#[test]
fn a_flipped_bit_in_a_text_shows_in_the_checksum() {
    let mut file = written(&(1..=9).map(some).collect::<Vec<_>>());
    let name: Vec<u8> = "user 4".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = file.windows(name.len()).position(|w| w == name).unwrap();
    file[at] ^= 2;
    let (records, losses) = read_all(&file);
    assert_eq!(records[3].data[0].1, "wser 4");
    assert_eq!(losses.iter().map(|l| (l.offset, l.kind)).collect::<Vec<_>>(), [(4096, LossKind::Checksum)]);
}
