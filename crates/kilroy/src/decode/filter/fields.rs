//! What can be chosen by.

use std::borrow::Cow;

use kilroy_evtx::{SystemRef, ValueRef};

/// Gives a text of a record.
pub(super) type TextOf = for<'a> fn(&SystemRef<'a>) -> Option<Cow<'a, str>>;
/// Gives a number of a record.
pub(super) type NumberOf = fn(&SystemRef<'_>) -> Option<u64>;

/// Something that every record says of itself.
pub(super) struct Field {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// Its name in the event table, if that is another.
    other: Option<&'static str>,
    pub(super) kind: Kind,
}

/// What it is compared with.
pub(super) enum Kind {
    Text(TextOf),
    /// A GUID: with or without braces.
    Id(TextOf),
    /// Full or bare name of the machine.
    Host,
    Number(NumberOf),
    /// The one number that is asked for before anything else is decoded.
    EventId,
    Time,
}

impl Field {
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
            || self.other.is_some_and(|other| other.eq_ignore_ascii_case(name))
    }
}

pub(super) const FIELDS: &[Field] = &[
    field("channel", None, Kind::Text(|s| Some(Cow::Borrowed(s.channel)))),
    field("event_id", None, Kind::EventId),
    field("provider", None, Kind::Text(|s| Some(Cow::Borrowed(s.provider)))),
    field("time", None, Kind::Time),
    field("computer", Some("host"), Kind::Host),
    field("record_id", None, Kind::Number(|s| s.record_id)),
    field("level", None, Kind::Number(|s| s.level.map(u64::from))),
    field("version", None, Kind::Number(|s| s.version.map(u64::from))),
    field("task", None, Kind::Number(|s| s.task.map(u64::from))),
    field("opcode", None, Kind::Number(|s| s.opcode.map(u64::from))),
    field("process_id", Some("system_process_id"), Kind::Number(|s| s.process_id.map(u64::from))),
    field("thread_id", Some("system_thread_id"), Kind::Number(|s| s.thread_id.map(u64::from))),
    field("user_id", Some("security_sid"), Kind::Text(|s| s.user_id.map(|v| v.to_text()))),
    field("activity_id", None, Kind::Id(|s| s.activity_id.map(bare))),
    field("related_activity_id", None, Kind::Id(|s| s.related_activity_id.map(bare))),
];

const fn field(name: &'static str, other: Option<&'static str>, kind: Kind) -> Field {
    Field { name, other, kind }
}

/// A GUID without its braces.
fn bare(guid: ValueRef<'_>) -> Cow<'_, str> {
    Cow::Owned(guid.to_text().trim_matches(['{', '}']).to_owned())
}
