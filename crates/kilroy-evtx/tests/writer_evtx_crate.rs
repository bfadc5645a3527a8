//! What the writer wrote is what the `evtx` crate reads, value for value.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod writer_support;

use kilroy_evtx::{Array, Body, EventSpec, Layout, Value};
use proptest::prelude::*;
use writer_support::events::{
    LAYOUTS, any_event, arrays, bodies, event, mixed, more_arrays, more_values, rendering, values,
};
use writer_support::want::{assert_says, wanted};
use writer_support::{evtx_crate, flat, written};

fn assert_read(events: &[EventSpec]) {
    let xml = evtx_crate(written(events), true);
    assert_eq!(xml.len(), events.len());
    for (event, xml) in events.iter().zip(&xml) {
        assert_says(&flat(xml), &wanted(event));
    }
}

#[test]
fn values_of_every_type_in_every_layout() {
    for layout in LAYOUTS {
        let values = values().into_iter().chain(more_values());
        let fields: Vec<_> = values.map(|value| ("Field".to_owned(), value)).collect();
        assert_read(&[event(1, layout, Body::EventData(fields))]);
    }
}

#[test]
fn arrays_of_every_type_in_every_layout() {
    for layout in LAYOUTS {
        let arrays = arrays().into_iter().chain(more_arrays());
        let fields: Vec<_> = arrays.map(|array| ("Field".to_owned(), Value::Array(array))).collect();
        let last = ("After".to_owned(), Value::U8(1));
        assert_read(&[event(1, layout, Body::EventData(fields.into_iter().chain([last]).collect()))]);
    }
}

#[test]
fn bodies_of_every_kind_in_every_layout() {
    for layout in LAYOUTS {
        let bodies = bodies().into_iter().chain([mixed()]).enumerate();
        let events: Vec<_> = bodies.map(|(index, body)| event(index as u64 + 1, layout, body)).collect();
        assert_read(&events);
    }
}

#[test]
fn forwarded_events_have_their_texts() {
    for layout in LAYOUTS {
        let body = Body::EventData(vec![("TargetUserName".to_owned(), Value::Str("kim".to_owned()))]);
        let forwarded = EventSpec { rendering: Some(rendering()), ..event(1, layout, body) };
        let empty = EventSpec { record_id: 2, body: Body::Empty, ..forwarded.clone() };
        assert_read(&[forwarded, empty]);
    }
}

#[test]
fn old_style_sources() {
    let old = EventSpec {
        event_source_name: Some("Service Control Manager".to_owned()),
        event_id: 7045,
        qualifiers: Some(0x4000),
        ..event(1, Layout::Classic, Body::UnnamedData(vec![], None))
    };
    assert_read(&[old.clone(), EventSpec { record_id: 2, qualifiers: Some(0), ..old.clone() }]);
    // What of it is missing is not there, rather than empty.
    let file = written(&[old]);
    let xml = evtx_crate(file, true).remove(0);
    assert!(xml.contains("<EventData></EventData>") && !xml.contains("Version"), "{xml}");
}

/// The `evtx` crate refuses arrays of sizes (0x90), and an old libevtx too. They are stored as MS-EVEN6 has it.
#[test]
fn arrays_of_sizes_are_stored_one_behind_the_other() {
    let array = Value::Array(Array::SizeT64(vec![1, 0x0203]));
    let file = written(&[event(1, Layout::Templates, Body::EventData(vec![("Sizes".to_owned(), array)]))]);
    let stored = [16, 0, 0x90, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 0, 0];
    assert!(file.windows(stored.len()).any(|bytes| bytes == stored));
}

#[test]
fn headers_of_exported_records_differ_from_their_events() {
    let exported = EventSpec {
        header_record_id: Some(1),
        header_time_filetime: Some(133_000_000_000_000_000),
        ..event(505_853, Layout::Windows, Body::Empty)
    };
    let mut parser = evtx::EvtxParser::from_buffer(written(std::slice::from_ref(&exported))).unwrap();
    let record = parser.records().next().unwrap().unwrap();
    assert_eq!(record.event_record_id, 1);
    assert_eq!(record.timestamp.as_second() + 11_644_473_600, 13_300_000_000);
    assert_says(&flat(&record.data), &wanted(&exported));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_list_of_events_reads_back_the_same(events in prop::collection::vec(any_event(), 0..12)) {
        assert_read(&events);
    }
}
