//! What a record says, as text, in buffers that are used again for the next record.

use kilroy_evtx::{NameId, RecordRef, Texts, ValueRef};
use kilroy_model::Timestamp;

use super::json::{push_escaped, push_escaped_utf16, push_string};
use super::number::push_number;

/// A name, and its number if it has one.
type Name<'f> = (&'f str, Option<NameId>);

/// Makes texts of values.
#[derive(Debug, Default)]
pub(super) struct Row {
    texts: Texts,
    /// Names as they begin a member of an object, by number: the same few in all records.
    names: Vec<Vec<u8>>,
}

impl Row {
    /// The value as text; empty if there is none.
    pub(super) fn text(&mut self, value: Option<ValueRef<'_>>) -> &str {
        self.texts.clear();
        self.texts.push(&value.unwrap_or(ValueRef::Empty));
        self.texts.view().all()
    }

    /// Appends the value as it stands in a string of JSON.
    pub(super) fn push_value(&mut self, value: ValueRef<'_>, out: &mut Vec<u8>) {
        match value {
            ValueRef::Empty => {}
            ValueRef::Utf16(bytes) => push_escaped_utf16(out, bytes),
            ValueRef::Text(text) => push_escaped(out, text),
            ValueRef::UInt(number) => push_number(out, number),
            ValueRef::Ansi(_) => push_escaped(out, self.text(Some(value))),
            // Digits, letters and signs that are the same in JSON.
            other => out.extend_from_slice(self.text(Some(other)).as_bytes()),
        }
    }

    /// Appends the fields as an object. Values are texts, as logged.
    pub(super) fn push_data(&mut self, record: &RecordRef<'_>, out: &mut Vec<u8>) {
        self.push_object(record.names().zip(record.values()), out);
    }

    /// Appends what was rendered where the event was logged or forwarded, as an object behind `key`. Nothing if there is
    /// nothing.
    pub(super) fn push_rendering(&mut self, record: &RecordRef<'_>, key: &[u8], out: &mut Vec<u8>) {
        if record.rendering().next().is_some() {
            out.extend_from_slice(key);
            let rendering = record.rendering().map(|field| ((field.name, field.name_id), field.value));
            self.push_object(rendering, out);
        }
    }

    fn push_object<'f>(&mut self, fields: impl Iterator<Item = (Name<'f>, ValueRef<'f>)>, out: &mut Vec<u8>) {
        out.push(b'{');
        for (n, ((name, id), value)) in fields.enumerate() {
            if n > 0 {
                out.push(b',');
            }
            match id {
                Some(id) => out.extend_from_slice(known(&mut self.names, id, name)),
                None => push_name(out, name),
            }
            self.push_value(value, out);
            out.push(b'"');
        }
        out.push(b'}');
    }
}

/// The begin of a member: its name, and the quote of its value.
fn push_name(out: &mut Vec<u8>, name: &str) {
    push_string(out, name);
    out.extend_from_slice(b":\"");
}

fn known<'n>(names: &'n mut Vec<Vec<u8>>, id: NameId, name: &str) -> &'n [u8] {
    let at = id.index();
    if names.len() <= at {
        names.resize_with(at + 1, Vec::new);
    }
    let known = &mut names[at];
    if known.is_empty() {
        push_name(known, name);
    }
    known
}

/// When the record was logged.
pub(super) enum When<'t> {
    /// As it is shown: seven digits behind the second, UTC.
    Known(&'t str),
    /// As it is shown, and what is logged if that says more or is written in another way.
    Other(String, Option<&'t str>),
    /// It says something that is no time.
    Unclear(&'t str),
    Missing,
}

impl<'t> When<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        if text.is_empty() {
            return Self::Missing;
        }
        if is_usual(text.as_bytes()) {
            return Self::Known(text);
        }
        // Windows writes seven digits, some exports nine.
        if let Some((time, zeros)) = text.split_at_checked(27)
            && zeros.strip_suffix('Z').is_some_and(|zeros| zeros.bytes().all(|digit| digit == b'0'))
        {
            let time = format!("{time}Z");
            if is_usual(time.as_bytes()) {
                return Self::Other(time, None);
            }
        }
        match text.parse::<Timestamp>() {
            Ok(time) => Self::Other(time.to_string(), Some(text)),
            Err(_) => Self::Unclear(text),
        }
    }

    /// The time as it is shown.
    pub(super) fn shown(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Other(text, _) => Some(text),
            Self::Unclear(_) | Self::Missing => None,
        }
    }

    /// What is logged, if that is not what is shown.
    pub(super) fn logged(&self) -> Option<&'t str> {
        match self {
            Self::Other(_, text) => *text,
            Self::Unclear(text) => Some(text),
            Self::Known(_) | Self::Missing => None,
        }
    }
}

/// Whether this is a time in the way that nearly all are written.
fn is_usual(text: &[u8]) -> bool {
    const SHAPE: &[u8; 28] = b"0000-00-00T00:00:00.0000000Z";
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    // Windows writes a time that is none as zeros.
    text.len() == SHAPE.len() && text.iter().zip(SHAPE).all(fits) && !text.starts_with(b"0000-00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_one_form() {
        for (text, shown, logged) in [
            ("2024-05-14T09:00:01.1234567Z", "2024-05-14T09:00:01.1234567Z", ""),
            ("2024-05-14T09:00:01.123456700Z", "2024-05-14T09:00:01.1234567Z", ""),
            (
                "2024-05-14T09:00:01.123456789Z",
                "2024-05-14T09:00:01.1234567Z",
                "2024-05-14T09:00:01.123456789Z",
            ),
            ("2024-05-14T09:00:01Z", "2024-05-14T09:00:01.0000000Z", "2024-05-14T09:00:01Z"),
            ("2024-05-14T11:00:01+02:00", "2024-05-14T09:00:01.0000000Z", "2024-05-14T11:00:01+02:00"),
            ("0000-00-00T00:00:00.0000000Z", "", "0000-00-00T00:00:00.0000000Z"),
            ("5/14/2024", "", "5/14/2024"),
            ("홍홍홍홍홍홍홍홍홍홍", "", "홍홍홍홍홍홍홍홍홍홍"),
            ("", "", ""),
        ] {
            let when = When::of(text);
            assert_eq!(when.shown().unwrap_or_default(), shown, "{text}");
            assert_eq!(when.logged().unwrap_or_default(), logged, "{text}");
        }
    }
}
