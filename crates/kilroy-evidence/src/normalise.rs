//! From a decoded record to an event: typed where people ask, and every other field by its own name.

use std::borrow::Cow;

use kilroy_evtx::{RecordRef, SystemRef, Texts, TextsView, ValueRef};
use kilroy_model::{
    Event, EventIdentity, EventRef, EvidenceId, Origin, SessionRefs, System, TextSlice, TimeBasis, Timestamp,
    event_uid,
};

use crate::kinds::{Kinds, Layout};
use crate::roles::Columns;
use crate::values::{LAST_FILETIME, Logged, any_guid, filetime, number, text, time};

/// Turns the records of one evidence file into events.
#[derive(Debug)]
pub struct Normaliser {
    evidence: EvidenceId,
    kinds: Kinds,
    /// Texts of the record's own fields, then of the extra ones.
    texts: Texts,
    extras: Vec<Extra>,
    buffer: Vec<u8>,
    /// Values whose dates stand apart, put together.
    dated: [String; 2],
}

/// A field that is not the event's own.
#[derive(Debug)]
struct Extra {
    name: Cow<'static, str>,
    /// Number of its text.
    text: usize,
}

/// The fields of an event with their texts, in the order of the log; then what has no column.
#[derive(Debug)]
pub struct EventFields<'a> {
    /// Names of the event's own fields.
    pub names: TextSlice<'a>,
    /// Their texts.
    pub own: TextSlice<'a>,
    texts: TextsView<'a>,
    extras: &'a [Extra],
}

impl<'a> EventFields<'a> {
    /// Names and texts of all. Names are unique.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.names.iter().zip(self.own.iter()).chain(self.more())
    }

    /// Names and texts of those that are not the event's own.
    pub fn more(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let texts = self.texts;
        self.extras.iter().map(move |extra| (&*extra.name, texts.get(extra.text)))
    }
}

impl Normaliser {
    /// For the records of one evidence file.
    pub fn new(evidence: EvidenceId) -> Self {
        Self {
            evidence,
            kinds: Kinds::default(),
            texts: Texts::default(),
            extras: Vec::new(),
            buffer: Vec::new(),
            dated: Default::default(),
        }
    }

    /// Hands over the event that a record tells of. What the catalog does not know is kept all the same, without an
    /// action.
    ///
    /// One normaliser is for the records of one reading: see [`kilroy_evtx::NameId`].
    pub fn event<R>(
        &mut self,
        record: &RecordRef<'_>,
        take: impl FnOnce(&EventRef<'_>, &EventFields<'_>) -> R,
    ) -> R {
        let system = &record.system;
        let Self { evidence, kinds, texts, extras, buffer, dated } = self;
        let kind = kinds.of(system);
        let entry = kind.entry;
        let layout = kind.layout(record);
        let own_time = collect(record, layout, texts, extras);
        let own_fields = record.field_count();
        let texts = texts.view();
        let own = texts.ends().get(..own_fields).and_then(|ends| TextSlice::new(texts.all(), ends));
        let own = own.unwrap_or(TextSlice::NONE);
        let fields = EventFields { names: layout.names.as_slice(), own, texts, extras };
        let text_of = |number: usize| fields.texts.get(number);

        let mut columns = Columns::default();
        for (role, number) in &layout.roles {
            columns.fill(*role, Logged::field(record, *number, text_of(*number)));
        }
        columns.with_dates(dated);

        let record_id = system.record_id.unwrap_or(record.header_record_id);
        // Of the event's own words only: an export has rendered texts, another file another header, the record is one.
        let uid = event_uid(layout.identity, record_id, own_time, own, buffer);
        let (time, time_basis) = basis(own_time, record.header_time_filetime);
        let guid = |value: Option<ValueRef<'_>>| {
            let value = value?;
            any_guid(value, &plain(value)).filter(|guid| !guid.is_nil())
        };
        let sid = system.user_id.map(|_| text_of(own_fields));
        let event = EventRef {
            identity: EventIdentity { uid, evidence: *evidence, record_id, recovered: record.recovered },
            time,
            time_basis,
            origin: Origin {
                host: system.computer,
                channel: system.channel,
                provider: system.provider,
                event_id: system.event_id,
                version: system.version,
                level: system.level,
            },
            action: entry.and_then(|e| e.action),
            account: columns.account(),
            subject: columns.subject(),
            session: SessionRefs { activity_id: guid(system.activity_id), ..columns.session },
            authentication: columns.authentication,
            outcome: columns.outcome,
            network: columns.network,
            process: columns.process,
            object_kind: entry.and_then(|e| e.object_kind),
            object: columns.object,
            old_value: columns.old_value,
            new_value: columns.new_value,
            fields: (),
            system: System {
                task: system.task,
                opcode: system.opcode,
                keywords: system.keywords.and_then(keywords),
                process_id: system.process_id,
                thread_id: system.thread_id,
                security_sid: sid.and_then(text),
                related_activity_id: guid(system.related_activity_id),
            },
        };
        take(&event, &fields)
    }

    /// The event that a record tells of, as a copy.
    pub fn copy(&mut self, record: &RecordRef<'_>) -> Event {
        self.event(record, |event, fields| {
            event.to_event(fields.iter().map(|(name, text)| (name.into(), text.to_owned())).collect())
        })
    }
}

/// Collects the texts of a record. Gives its own time.
fn collect(
    record: &RecordRef<'_>,
    layout: &Layout,
    texts: &mut Texts,
    extras: &mut Vec<Extra>,
) -> Option<Timestamp> {
    texts.clear();
    extras.clear();
    texts.push_fields(record);
    // Its text stands right behind those of the fields.
    if let Some(sid) = &record.system.user_id {
        texts.push(sid);
    }
    let mut add = |name: Cow<'static, str>, value: ValueRef<'_>| {
        let name = if layout.may_clash { unique(record, extras, &name) } else { name };
        extras.push(Extra { name, text: texts.len() });
        texts.push(&value);
    };
    for field in record.rendering() {
        add(Cow::Owned(format!("RenderingInfo.{}", field.name)), field.value);
    }
    let own_time = record.system.time_created.and_then(|value| time(value, &plain(value)));
    for (name, value) in without_column(&record.system, own_time) {
        add(Cow::Borrowed(name), value);
    }
    own_time
}

/// A name for a field that is not the event's own. An event may have chosen the same name: both are kept.
fn unique(record: &RecordRef<'_>, extras: &[Extra], name: &str) -> Cow<'static, str> {
    let taken = |name: &str| {
        record.names().any(|(known, _)| known == name) || extras.iter().any(|extra| extra.name == name)
    };
    let mut unique = name.to_owned();
    let mut count = 2;
    while taken(&unique) {
        unique = format!("{name}[{count}]");
        count += 1;
    }
    Cow::Owned(unique)
}

/// The text of a value, if it is one. Typed ones are not read by their texts.
fn plain(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Guid(_) | ValueRef::FileTime(1..=LAST_FILETIME) => Cow::Borrowed(""),
        other => other.to_text(),
    }
}

fn keywords(value: ValueRef<'_>) -> Option<u64> {
    match value {
        ValueRef::Hex(number) | ValueRef::UInt(number) => Some(number),
        other => number(&other.to_text()),
    }
}

/// The time of an event: its own, else that of its record header (which lies in exported logs, but is better than none).
fn basis(own: Option<Timestamp>, header: u64) -> (Option<Timestamp>, TimeBasis) {
    match (own, filetime(header)) {
        (Some(own), _) => (Some(own), TimeBasis::Event),
        (None, Some(header)) => (Some(header), TimeBasis::Header),
        (None, None) => (None, TimeBasis::None),
    }
}

/// What stands in the event's `System` part and has no column, or does not fit its column.
fn without_column<'a>(
    system: &SystemRef<'a>,
    own_time: Option<Timestamp>,
) -> impl Iterator<Item = (&'static str, ValueRef<'a>)> {
    /// The value, unless its column holds it or it says nothing.
    fn unread<'a>(
        value: Option<ValueRef<'a>>,
        is_read: impl Fn(ValueRef<'a>) -> bool,
    ) -> Option<ValueRef<'a>> {
        let says_something = |value: &ValueRef<'_>| match value {
            ValueRef::Empty => false,
            ValueRef::Text(_) | ValueRef::Utf16(_) | ValueRef::Ansi(_) => text(&value.to_text()).is_some(),
            _ => true,
        };
        value.filter(|v| !is_read(*v) && says_something(v))
    }
    // All zeros is Windows' way to say that there is none: nothing to keep.
    let is_guid = |v: ValueRef<'_>| any_guid(v, &plain(v)).is_some();
    let in_column = own_time.and_then(Timestamp::nanos).is_some();
    [
        ("System.ProviderGuid", unread(system.provider_guid, |_| false)),
        ("System.EventSourceName", unread(system.event_source_name, |_| false)),
        ("System.Qualifiers", system.qualifiers.map(|q| ValueRef::UInt(q.into()))),
        ("System.TimeCreated", unread(system.time_created, |_| in_column)),
        ("System.Keywords", unread(system.keywords, |v| keywords(v).is_some())),
        ("System.ActivityID", unread(system.activity_id, is_guid)),
        ("System.RelatedActivityID", unread(system.related_activity_id, is_guid)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

#[cfg(test)]
mod tests;
