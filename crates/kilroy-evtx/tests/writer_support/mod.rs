//! What the writer's tests need: events of every kind, what their XML must say, and what other readers' XML says.

#![allow(dead_code, reason = "not every test needs all of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

pub(crate) mod events;
pub(crate) mod want;

use std::io::Cursor;

use kilroy_evtx::{EventSpec, LogOptions, LogWriter, write};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

pub(crate) fn written(events: &[EventSpec]) -> Vec<u8> {
    let mut file = Vec::new();
    write(&mut file, events).unwrap();
    file
}

pub(crate) fn log(events: &[EventSpec], options: LogOptions) -> Vec<u8> {
    let mut log = LogWriter::with_options(Cursor::new(Vec::new()), options).unwrap();
    for event in events {
        log.push(event).unwrap();
    }
    log.finish().unwrap().into_inner()
}

/// The XML of every record, as the `evtx` crate renders it.
pub(crate) fn evtx_crate(file: Vec<u8>, checksums: bool) -> Vec<String> {
    let settings = evtx::ParserSettings::new().indent(false).validate_checksums(checksums);
    let mut parser = evtx::EvtxParser::from_buffer(file).unwrap().with_configuration(settings);
    parser.records().map(|record| record.unwrap_or_else(|e| panic!("{e}")).data).collect()
}

/// The values of an event's XML in the order of the document: `Event/System/EventID`, `Event/System/EventID@Qualifiers`.
pub(crate) fn flat(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    let (mut path, mut text, mut values) = (Vec::new(), String::new(), Vec::new());
    // Whether the innermost element has had another one in it.
    let mut outer = false;
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {xml}")) {
            Event::Start(start) => {
                open(&mut path, &start, &mut values);
                (text, outer) = (String::new(), false);
            }
            Event::Empty(start) => {
                open(&mut path, &start, &mut values);
                values.push((path.join("/"), String::new()));
                path.pop();
                outer = true;
            }
            Event::End(_) => {
                if !outer {
                    values.push((path.join("/"), std::mem::take(&mut text)));
                }
                path.pop();
                outer = true;
            }
            Event::Text(part) => text.push_str(&part.into_inner()),
            Event::CData(part) => text.push_str(&part.into_inner()),
            Event::GeneralRef(part) => {
                text.push_str(&unescape(&format!("&{};", &*part.into_inner())).unwrap());
            }
            Event::Eof => return values,
            _ => {}
        }
    }
}

fn open(path: &mut Vec<String>, start: &BytesStart<'_>, values: &mut Vec<(String, String)>) {
    path.push(start.name().as_ref().to_owned());
    for attribute in start.attributes().with_checks(false).map(Result::unwrap) {
        let name = format!("{}@{}", path.join("/"), attribute.key.as_ref());
        values.push((name, unescape(&attribute.value).unwrap().into_owned()));
    }
}
