//! One JSON object per record and line.

use kilroy_evtx::{RecordRef, ValueRef};

use super::Encode;
use super::json::{push_escaped, push_string};
use super::number::push_number;
use super::row::{Row, When};

/// Writes the records of one file as lines of JSON.
#[derive(Debug)]
pub(crate) struct JsonLines {
    row: Row,
    /// The member that names the file.
    file: Vec<u8>,
}

impl JsonLines {
    /// For the file of this name.
    pub(crate) fn new(file: &str) -> Self {
        let mut member = b",\"file\":".to_vec();
        push_string(&mut member, file);
        Self { row: Row::default(), file: member }
    }
}

impl Encode for JsonLines {
    fn record(&mut self, record: &RecordRef<'_>, out: &mut Vec<u8>) {
        let Self { row, file } = self;
        let system = &record.system;

        out.extend_from_slice(b"{\"time\":");
        let when = When::of(row.text(system.time_created));
        match when.shown() {
            Some(time) => push_string(out, time),
            None => out.extend_from_slice(b"null"),
        }
        let (timeless, logged) = (when.shown().is_none(), when.logged().map(str::to_owned));
        out.extend_from_slice(b",\"record_id\":");
        match system.record_id {
            Some(id) => push_number(out, id),
            None => out.extend_from_slice(b"null"),
        }
        push_text(out, b",\"channel\":\"", system.channel);
        push_text(out, b",\"provider\":\"", system.provider);
        out.extend_from_slice(b",\"event_id\":");
        push_number(out, system.event_id);
        push_text(out, b",\"computer\":\"", system.computer);

        push_some(out, b",\"level\":", system.level);
        push_some(out, b",\"version\":", system.version);
        push_some(out, b",\"task\":", system.task);
        push_some(out, b",\"opcode\":", system.opcode);
        push_some(out, b",\"qualifiers\":", system.qualifiers);
        push_some(out, b",\"process_id\":", system.process_id);
        push_some(out, b",\"thread_id\":", system.thread_id);
        for (key, value) in [
            (&b",\"keywords\":\""[..], system.keywords),
            (b",\"user_id\":\"", system.user_id),
            (b",\"activity_id\":\"", system.activity_id),
            (b",\"related_activity_id\":\"", system.related_activity_id),
            (b",\"provider_guid\":\"", system.provider_guid),
            (b",\"event_source_name\":\"", system.event_source_name),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                out.extend_from_slice(key);
                row.push_value(value, out);
                out.push(b'"');
            }
        }
        if let Some(text) = logged {
            push_text(out, b",\"time_created\":\"", &text);
        }
        // The next best where the event itself does not say.
        if timeless {
            push_text(
                out,
                b",\"header_time\":\"",
                &ValueRef::FileTime(record.header_time_filetime).to_text(),
            );
        }
        if system.record_id.is_none() {
            push_some(out, b",\"header_record_id\":", Some(record.header_record_id));
        }

        out.extend_from_slice(b",\"data\":");
        row.push_data(record, out);
        row.push_rendering(record, b",\"rendering\":", out);
        if record.recovered {
            out.extend_from_slice(b",\"recovered\":true");
        }
        out.extend_from_slice(file);
        push_some(out, b",\"offset\":", Some(record.offset));
        out.extend_from_slice(b"}\n");
    }
}

/// `key` ends with the quote that opens the text.
fn push_text(out: &mut Vec<u8>, key: &[u8], text: &str) {
    out.extend_from_slice(key);
    push_escaped(out, text);
    out.push(b'"');
}

fn push_some(out: &mut Vec<u8>, key: &[u8], number: Option<impl Into<u64>>) {
    if let Some(number) = number {
        out.extend_from_slice(key);
        push_number(out, number);
    }
}
