//! What the writer wrote is what libevtx reads: a reader that was written from the format, by somebody else.
//!
//! Needs `evtxexport` (`libevtx-utils` of Debian and Ubuntu); without it these tests do nothing but say so.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test may fail, and says when it is skipped"
)]

mod writer_support;

use std::path::PathBuf;
use std::process::Command;

use kilroy_evtx::{Body, EventSpec, Finish, Layout, LogOptions, Value};
use writer_support::events::{arrays, bodies, event, rendering, values};
use writer_support::want::{assert_says, wanted};
use writer_support::{flat, log};

/// A file that is gone when the test is over.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The XML of every record, and how many were only recovered. None if there is no libevtx.
fn libevtx(name: &str, file: &[u8]) -> Option<(Vec<String>, usize)> {
    let path = std::env::temp_dir().join(format!("kilroy-{}-{name}.evtx", std::process::id()));
    let path = Temporary(path);
    std::fs::write(&path.0, file).unwrap();
    let exported = Command::new("evtxexport").args(["-f", "xml"]).arg(&path.0).output();
    let Ok(exported) = exported else {
        eprintln!("skipped: there is no evtxexport");
        return None;
    };
    let (out, errors) = (String::from_utf8(exported.stdout), String::from_utf8_lossy(&exported.stderr));
    assert!(exported.status.success() && errors.trim().is_empty(), "{name}: {errors}");
    // A title in front, and a line behind each.
    let out = out.unwrap();
    let ends = out.split_inclusive("</Event>").filter_map(|part| part.split_once("<Event "));
    let events: Vec<_> = ends.map(|(_, rest)| format!("<Event {rest}")).collect();
    let info = Command::new("evtxinfo").arg(&path.0).output().unwrap();
    let info = String::from_utf8(info.stdout).unwrap();
    let number = |what: &str| -> usize {
        let line = info.lines().find(|line| line.contains(what)).unwrap();
        line.rsplit(':').next().unwrap().trim().parse().unwrap()
    };
    assert_eq!(number("Number of records"), events.len(), "{name}: {info}");
    Some((events, number("Number of recovered records")))
}

/// libevtx indents, and leaves out elements whose only value is missing.
fn assert_read(name: &str, file: &[u8], events: &[EventSpec]) {
    let Some((xml, recovered)) = libevtx(name, file) else { return };
    assert_eq!((xml.len(), recovered), (events.len(), 0), "{name}");
    for (event, xml) in events.iter().zip(&xml) {
        assert_says(&flat(xml), &wanted(event));
    }
}

fn written(events: &[EventSpec]) -> Vec<u8> {
    log(events, LogOptions::default())
}

/// Old versions of libevtx (20181227 in Debian 12) refuse attributes outside of templates, in logs of Windows too.
const READ: [Layout; 4] = [Layout::Templates, Layout::Windows, Layout::Classic, Layout::PlainBody];

#[test]
fn values_of_every_type() {
    for layout in READ {
        let fields: Vec<_> = values().into_iter().map(|value| ("Field".to_owned(), value)).collect();
        let events = [event(1, layout, Body::EventData(fields))];
        assert_read("values", &written(&events), &events);
    }
}

#[test]
fn arrays_of_every_type() {
    let fields: Vec<_> =
        arrays().into_iter().map(|array| ("Field".to_owned(), Value::Array(array))).collect();
    for layout in READ {
        let events = [event(1, layout, Body::EventData(fields.clone()))];
        assert_read("arrays", &written(&events), &events);
    }
}

#[test]
fn bodies_of_every_kind() {
    for layout in READ {
        let bodies = bodies().into_iter().enumerate();
        let mut events: Vec<_> = bodies.map(|(index, body)| event(index as u64 + 1, layout, body)).collect();
        for event in &mut events {
            event.rendering = event.record_id.is_multiple_of(2).then(rendering);
        }
        assert_read("bodies", &written(&events), &events);
    }
}

fn many() -> Vec<EventSpec> {
    let body =
        |id: u64| Body::EventData(vec![("Text".to_owned(), Value::Str("x".repeat(id as usize % 700)))]);
    (1..=900).map(|id| event(id, READ[id as usize % READ.len()], body(id))).collect()
}

#[test]
fn many_chunks_in_every_state() {
    for finish in [Finish::Clean, Finish::Full, Finish::Dirty] {
        for free_chunks in [0, 3] {
            let options = LogOptions { finish, free_chunks, ..LogOptions::default() };
            assert_read("states", &log(&many(), options), &many());
        }
    }
}

/// For libevtx every log that went round is a damaged one, those of Windows too. It gives all records all the same, in
/// the order of the file, and counts those that it finds in the slack.
#[test]
fn logs_that_went_round() {
    for finish in [Finish::Clean, Finish::Dirty] {
        for keep_slack in [false, true] {
            let options = LogOptions { finish, keep_slack, chunks: Some(3), ..LogOptions::default() };
            let file = log(&many(), options);
            let Some((xml, recovered)) = libevtx("round", &file) else { return };
            assert_eq!(recovered > 0, keep_slack);
            let ids = || xml.iter().map(|xml| record_id(xml));
            let (first, last) = (ids().min().unwrap(), ids().max().unwrap());
            assert_ne!(ids().next(), Some(first), "it begins in the middle");
            assert_eq!((last, ids().count()), (900, 901 - first));
            for xml in &xml {
                assert_says(&flat(xml), &wanted(&many()[record_id(xml) - 1]));
            }
        }
    }
}

fn record_id(xml: &str) -> usize {
    let values = flat(xml);
    let (_, id) = values.iter().find(|(path, _)| path == "Event/System/EventRecordID").unwrap();
    id.parse().unwrap()
}
