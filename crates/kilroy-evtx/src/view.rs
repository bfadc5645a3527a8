//! A record without a copy of it: typed values that still stand where they were read.

use crate::fast::{COMPOSED, CONSTANT, Fast, Numbers, Raw, RawField, SystemValues, value};
use crate::names::{NameId, Names};
use crate::record::{Record, System};
use crate::slow::Slow;
use crate::text::push_utf16_of;
use crate::value::{ValueRef, kind, push_value};

/// The `System` element of an event, as it is read. See [`System`] for the meanings.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of `System`, and explained there")]
pub struct SystemRef<'a> {
    pub provider: &'a str,
    pub provider_guid: Option<ValueRef<'a>>,
    pub event_source_name: Option<ValueRef<'a>>,
    pub event_id: u32,
    pub qualifiers: Option<u16>,
    pub version: Option<u8>,
    pub level: Option<u8>,
    pub task: Option<u16>,
    pub opcode: Option<u8>,
    pub keywords: Option<ValueRef<'a>>,
    pub time_created: Option<ValueRef<'a>>,
    pub record_id: Option<u64>,
    pub activity_id: Option<ValueRef<'a>>,
    pub related_activity_id: Option<ValueRef<'a>>,
    pub process_id: Option<u32>,
    pub thread_id: Option<u32>,
    pub channel: &'a str,
    pub computer: &'a str,
    pub user_id: Option<ValueRef<'a>>,
}

impl<'a> SystemRef<'a> {
    pub(crate) fn of(
        values: &'a SystemValues,
        chunk: &'a [u8],
        constants: &'a str,
        composed: &'a str,
    ) -> Option<Self> {
        let Numbers { event_id, qualifiers, version, level, task, opcode, record_id, process_id, thread_id } =
            values.numbers;
        let some = |raw: Raw| (!raw.is_none()).then(|| value(raw, chunk, constants, composed)).flatten();
        Some(Self {
            provider: &values.provider.text,
            provider_guid: some(values.provider_guid),
            event_source_name: some(values.event_source_name),
            event_id: event_id?,
            qualifiers,
            version,
            level,
            task,
            opcode,
            keywords: some(values.keywords),
            time_created: some(values.time_created),
            record_id,
            activity_id: some(values.activity_id),
            related_activity_id: some(values.related_activity_id),
            process_id,
            thread_id,
            channel: &values.channel.text,
            computer: &values.computer.text,
            user_id: some(values.user_id),
        })
    }

    fn to_system(&self) -> System {
        let text = |value: Option<ValueRef<'_>>| value.map(|v| v.to_text().into_owned());
        System {
            provider: self.provider.to_owned(),
            provider_guid: text(self.provider_guid),
            event_source_name: text(self.event_source_name),
            event_id: self.event_id,
            qualifiers: self.qualifiers,
            version: self.version,
            level: self.level,
            task: self.task,
            opcode: self.opcode,
            keywords: text(self.keywords),
            time_created: text(self.time_created),
            record_id: self.record_id,
            activity_id: text(self.activity_id),
            related_activity_id: text(self.related_activity_id),
            process_id: self.process_id,
            thread_id: self.thread_id,
            channel: self.channel.to_owned(),
            computer: self.computer.to_owned(),
            user_id: text(self.user_id),
        }
    }
}

impl<'a> From<&'a System> for SystemRef<'a> {
    fn from(system: &'a System) -> Self {
        fn text(text: Option<&String>) -> Option<ValueRef<'_>> {
            text.map(|t| ValueRef::Text(t))
        }
        Self {
            provider: &system.provider,
            provider_guid: text(system.provider_guid.as_ref()),
            event_source_name: text(system.event_source_name.as_ref()),
            event_id: system.event_id,
            qualifiers: system.qualifiers,
            version: system.version,
            level: system.level,
            task: system.task,
            opcode: system.opcode,
            keywords: text(system.keywords.as_ref()),
            time_created: text(system.time_created.as_ref()),
            record_id: system.record_id,
            activity_id: text(system.activity_id.as_ref()),
            related_activity_id: text(system.related_activity_id.as_ref()),
            process_id: system.process_id,
            thread_id: system.thread_id,
            channel: &system.channel,
            computer: &system.computer,
            user_id: text(system.user_id.as_ref()),
        }
    }
}

/// A field: its name and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldRef<'a> {
    /// Its name; see [`Record::data`].
    pub name: &'a str,
    /// Number of the name, the same in all records that one thread reads. Not of every record: see [`crate::Reader`].
    pub name_id: Option<NameId>,
    /// Its value.
    pub value: ValueRef<'a>,
}

/// One event as it was logged, without a copy of its values.
#[derive(Clone, Debug)]
pub struct RecordRef<'a> {
    /// The `System` element.
    pub system: SystemRef<'a>,
    /// Offset of the record's header in the file.
    pub offset: u64,
    /// Time in the record's header; see [`Record::header_time_filetime`].
    pub header_time_filetime: u64,
    /// Record ID in the record's header; see [`Record::header_record_id`].
    pub header_record_id: u64,
    /// See [`Record::recovered`].
    pub recovered: bool,
    values: Values<'a>,
    xml: Option<&'a str>,
}

/// What a record is beside its event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) offset: u64,
    pub(crate) time_filetime: u64,
    pub(crate) record_id: u64,
    pub(crate) recovered: bool,
}

#[derive(Clone, Debug)]
enum Values<'a> {
    Fast {
        chunk: &'a [u8],
        constants: &'a str,
        composed: &'a str,
        names: &'a Names,
        fields: &'a [RawField],
        rendering: &'a [RawField],
    },
    Slow {
        data: &'a [(String, String)],
        rendering: &'a [(String, String)],
    },
}

impl<'a> RecordRef<'a> {
    /// What the fast way made of a record.
    pub(crate) fn fast(fast: &'a Fast, chunk: &'a [u8], header: Header) -> Option<Self> {
        let (constants, composed) = (fast.constants(), fast.composed.as_str());
        let system = SystemRef::of(&fast.system, chunk, constants, composed)?;
        let values = Values::Fast {
            chunk,
            constants,
            composed,
            names: &fast.names,
            fields: &fast.fields,
            rendering: &fast.rendering,
        };
        Some(Self::new(system, values, header))
    }

    /// What the slow way made of one.
    pub(crate) fn slow(slow: &'a Slow, header: Header) -> Self {
        let fields = &slow.fields;
        let values = Values::Slow { data: &fields.data, rendering: &fields.rendering };
        Self { xml: slow.xml.as_deref(), ..Self::new(SystemRef::from(&fields.system), values, header) }
    }

    fn new(system: SystemRef<'a>, values: Values<'a>, header: Header) -> Self {
        let Header { offset, time_filetime, record_id, recovered } = header;
        Self {
            system,
            offset,
            header_time_filetime: time_filetime,
            header_record_id: record_id,
            recovered,
            values,
            xml: None,
        }
    }

    /// How many fields [`Self::fields`] gives.
    pub fn field_count(&self) -> usize {
        match &self.values {
            Values::Fast { fields, .. } => fields.len(),
            Values::Slow { data, .. } => data.len(),
        }
    }

    /// The fields of `EventData`, `UserData` and whatever else stands beside `System`, in the order of the event; see
    /// [`Record::data`].
    pub fn fields(&self) -> impl Iterator<Item = FieldRef<'a>> + use<'a> {
        self.values.clone().into_iter(false)
    }

    /// One of them, by its number from 0.
    pub fn field(&self, number: usize) -> Option<FieldRef<'a>> {
        match &self.values {
            Values::Fast { chunk, constants, composed, names, fields, .. } => {
                Some(field(fields.get(number)?, names, chunk, constants, composed))
            }
            Values::Slow { data, .. } => {
                let (name, value) = data.get(number)?;
                Some(FieldRef { name, name_id: None, value: ValueRef::Text(value) })
            }
        }
    }

    /// The value of one of them.
    #[inline]
    pub fn value(&self, number: usize) -> Option<ValueRef<'a>> {
        match &self.values {
            Values::Fast { chunk, constants, composed, fields, .. } => {
                value(fields.get(number)?.value, chunk, constants, composed)
            }
            Values::Slow { data, .. } => data.get(number).map(|(_, text)| ValueRef::Text(text)),
        }
    }

    /// The names of the fields, without a look at their values.
    pub fn names(&self) -> impl Iterator<Item = (&'a str, Option<NameId>)> + use<'a> {
        let (typed, plain, names) = match &self.values {
            Values::Fast { fields, names, .. } => (*fields, &[][..], Some(*names)),
            Values::Slow { data, .. } => (&[][..], *data, None),
        };
        let typed = typed.iter().map(move |f| (names.map_or("", |n| n.text(f.name)), Some(f.name)));
        typed.chain(plain.iter().map(|(name, _)| (name.as_str(), None)))
    }

    /// The values of the fields, without a look at their names.
    pub fn values(&self) -> impl Iterator<Item = ValueRef<'a>> + use<'a> {
        type Lists<'a> = (&'a [RawField], &'a [(String, String)], &'a [u8], &'a str, &'a str);
        let (typed, plain, chunk, constants, composed): Lists<'a> = match self.values {
            Values::Fast { chunk, constants, composed, fields, .. } => {
                (fields, &[], chunk, constants, composed)
            }
            Values::Slow { data, .. } => (&[], data, &[], "", ""),
        };
        let typed = typed
            .iter()
            .map(move |field| value(field.value, chunk, constants, composed).unwrap_or(ValueRef::Empty));
        typed.chain(plain.iter().map(|(_, text)| ValueRef::Text(text)))
    }

    /// The texts of `RenderingInfo`; see [`Record::rendering`].
    pub fn rendering(&self) -> impl Iterator<Item = FieldRef<'a>> + use<'a> {
        self.values.clone().into_iter(true)
    }

    /// The record as XML, if it was asked for: see [`crate::Reader::with_xml`].
    pub fn xml(&self) -> Option<&'a str> {
        self.xml
    }

    /// Whether values are typed: the record was read the fast way. Otherwise all are texts.
    pub fn is_typed(&self) -> bool {
        matches!(self.values, Values::Fast { .. })
    }

    /// A copy with all values as texts.
    pub fn to_record(&self) -> Record {
        let owned = |field: FieldRef<'_>| (field.name.to_owned(), field.value.to_text().into_owned());
        Record {
            system: self.system.to_system(),
            data: self.fields().map(owned).collect(),
            rendering: self.rendering().map(owned).collect(),
            offset: self.offset,
            header_time_filetime: self.header_time_filetime,
            header_record_id: self.header_record_id,
            recovered: self.recovered,
        }
    }
}

impl<'a> From<&'a Record> for RecordRef<'a> {
    fn from(record: &'a Record) -> Self {
        let values = Values::Slow { data: &record.data, rendering: &record.rendering };
        let header = Header {
            offset: record.offset,
            time_filetime: record.header_time_filetime,
            record_id: record.header_record_id,
            recovered: record.recovered,
        };
        Self::new(SystemRef::from(&record.system), values, header)
    }
}

impl<'a> Values<'a> {
    fn into_iter(self, of_rendering: bool) -> Fields<'a> {
        match self {
            Self::Fast { chunk, constants, composed, names, fields, rendering } => {
                let list = if of_rendering { rendering } else { fields };
                Fields::Fast { chunk, constants, composed, names, list: list.iter() }
            }
            Self::Slow { data, rendering } => {
                Fields::Slow(if of_rendering { rendering.iter() } else { data.iter() })
            }
        }
    }
}

#[inline]
fn field<'a>(
    raw: &RawField,
    names: &'a Names,
    chunk: &'a [u8],
    constants: &'a str,
    composed: &'a str,
) -> FieldRef<'a> {
    // What is in the list was found to be a value.
    let value = value(raw.value, chunk, constants, composed).unwrap_or(ValueRef::Empty);
    FieldRef { name: names.text(raw.name), name_id: Some(raw.name), value }
}

/// Fields of a record, one after the other.
enum Fields<'a> {
    Fast {
        chunk: &'a [u8],
        constants: &'a str,
        composed: &'a str,
        names: &'a Names,
        list: std::slice::Iter<'a, RawField>,
    },
    Slow(std::slice::Iter<'a, (String, String)>),
}

impl<'a> Iterator for Fields<'a> {
    type Item = FieldRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<FieldRef<'a>> {
        match self {
            Self::Fast { chunk, constants, composed, names, list } => {
                Some(field(list.next()?, names, chunk, constants, composed))
            }
            Self::Slow(list) => {
                let (name, value) = list.next()?;
                Some(FieldRef { name, name_id: None, value: ValueRef::Text(value) })
            }
        }
    }
}

/// Texts of the values of a record in one buffer, which is used again for the next record.
///
/// ```
/// # use kilroy_evtx::{Texts, ValueRef};
/// let mut texts = Texts::default();
/// texts.push(&ValueRef::Hex(0x3e7));
/// texts.push(&ValueRef::Utf16(b"a\0b\0"));
/// let texts = texts.view();
/// assert_eq!((texts.get(0), texts.get(1)), ("0x3e7", "ab"));
/// ```
#[derive(Debug, Default)]
pub struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    /// Empties the buffer and keeps its room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Adds the text of a value.
    pub fn push(&mut self, value: &ValueRef<'_>) {
        value.push_to(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// Adds the texts of all fields of a record, in their order. Quicker than one by one.
    pub fn push_fields(&mut self, record: &RecordRef<'_>) {
        match &record.values {
            Values::Fast { chunk, constants, composed, fields, .. } => {
                for RawField { value: raw, .. } in *fields {
                    let place = raw.start as usize..(raw.start + raw.len) as usize;
                    match raw.kind {
                        kind::STRING => push_utf16_of(&mut self.bytes, chunk, place),
                        CONSTANT | COMPOSED => {
                            let value = value(*raw, chunk, constants, composed).unwrap_or(ValueRef::Empty);
                            value.push_to(&mut self.bytes);
                        }
                        kind => push_value(&mut self.bytes, kind, chunk.get(place).unwrap_or_default()),
                    }
                    self.ends.push(self.bytes.len());
                }
            }
            Values::Slow { data, .. } => {
                for (_, text) in *data {
                    self.push(&ValueRef::Text(text));
                }
            }
        }
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The texts.
    pub fn view(&self) -> TextsView<'_> {
        // Only UTF-8 comes in; that this is so is checked here once for all of them.
        TextsView { text: std::str::from_utf8(&self.bytes).unwrap_or_default(), ends: &self.ends }
    }
}

/// The texts in a [`Texts`].
#[derive(Clone, Copy, Debug)]
pub struct TextsView<'t> {
    text: &'t str,
    ends: &'t [usize],
}

impl<'t> TextsView<'t> {
    /// The text that was added as number `index`, from 0; empty if there are fewer.
    pub fn get(&self, index: usize) -> &'t str {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them, in one piece.
    pub fn all(&self) -> &'t str {
        self.text
    }

    /// Where each of them ends in it.
    pub fn ends(&self) -> &'t [usize] {
        self.ends
    }
}
