//! The values of `System`, which every record has.

use super::Refused;
use super::fields::{Slot, is_absent};
use super::plan::{COMPOSED, CONSTANT, Plan, Raw, Source, SystemField};
use crate::text::push_utf16;
use crate::u64_at;
use crate::value::{ValueRef, kind, width};

/// The values of `System`.
#[derive(Debug, Default)]
pub(crate) struct SystemValues {
    pub(crate) provider: Name,
    pub(crate) channel: Name,
    pub(crate) computer: Name,
    pub(crate) numbers: Numbers,
    pub(crate) provider_guid: Raw,
    pub(crate) event_source_name: Raw,
    pub(crate) keywords: Raw,
    pub(crate) time_created: Raw,
    pub(crate) activity_id: Raw,
    pub(crate) related_activity_id: Raw,
    pub(crate) user_id: Raw,
}

impl SystemValues {
    /// All but the texts, which stay until others come.
    fn forget_values(&mut self) {
        self.numbers = Numbers::default();
        let nothing = Raw::default();
        self.provider_guid = nothing;
        self.event_source_name = nothing;
        self.keywords = nothing;
        self.time_created = nothing;
        self.activity_id = nothing;
        self.related_activity_id = nothing;
        self.user_id = nothing;
    }
}

/// The numbers among them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) event_id: Option<u32>,
    pub(crate) qualifiers: Option<u16>,
    pub(crate) version: Option<u8>,
    pub(crate) level: Option<u8>,
    pub(crate) task: Option<u16>,
    pub(crate) opcode: Option<u8>,
    pub(crate) record_id: Option<u64>,
    pub(crate) process_id: Option<u32>,
    pub(crate) thread_id: Option<u32>,
}

/// A text that is the same in most records: it is decoded only when it changes.
#[derive(Debug, Default)]
pub(crate) struct Name {
    utf16: Vec<u8>,
    decoded: Vec<u8>,
    pub(crate) text: String,
}

impl Name {
    fn set_utf16(&mut self, bytes: &[u8]) {
        if self.utf16 == bytes && !bytes.is_empty() {
            return;
        }
        self.utf16.clear();
        self.utf16.extend_from_slice(bytes);
        self.decoded.clear();
        push_utf16(&mut self.decoded, bytes);
        self.text.clear();
        self.text.push_str(std::str::from_utf8(&self.decoded).unwrap_or_default());
    }

    pub(super) fn set(&mut self, text: &str) {
        if self.text != text {
            self.text.clear();
            self.text.push_str(text);
        }
        self.utf16.clear();
    }
}

/// Where the bytes of values stand.
pub(super) struct Texts<'t> {
    pub(super) chunk: &'t [u8],
    pub(super) constants: &'t str,
    pub(super) composed: &'t str,
}

/// The value of a source.
pub(super) fn raw(source: Source, values: &[Slot]) -> Option<Raw> {
    Some(match source {
        Source::Fixed(raw) => raw,
        Source::Slot(slot) => {
            let slot = *values.get(usize::from(slot))?;
            Raw { kind: slot.kind, start: slot.start, len: slot.len.into() }
        }
    })
}

/// Takes the values of `System`. One that does not fit its place is for the slow way.
pub(super) fn read_system(
    system: &mut SystemValues,
    plan: &Plan,
    values: &[Slot],
    texts: &Texts<'_>,
) -> Option<()> {
    if let Some(plain) = &plan.plain_system
        && plain.read(system, values, texts)
    {
        return Some(());
    }
    system.forget_values();
    let (mut provider, mut channel, mut computer) = (false, false, false);
    for step in &plan.system {
        if !step.depends.is_empty() && is_absent(&step.depends, values) {
            continue;
        }
        let raw = raw(step.source, values)?;
        let numbers = &mut system.numbers;
        match step.field {
            SystemField::EventId => numbers.event_id = number_of(raw, texts).ok()?,
            SystemField::Qualifiers => numbers.qualifiers = number_of(raw, texts).ok()?,
            SystemField::Version => numbers.version = number_of(raw, texts).ok()?,
            SystemField::Level => numbers.level = number_of(raw, texts).ok()?,
            SystemField::Task => numbers.task = number_of(raw, texts).ok()?,
            SystemField::Opcode => numbers.opcode = number_of(raw, texts).ok()?,
            SystemField::RecordId => numbers.record_id = number_of(raw, texts).ok()?,
            SystemField::ProcessId => numbers.process_id = number_of(raw, texts).ok()?,
            SystemField::ThreadId => numbers.thread_id = number_of(raw, texts).ok()?,
            SystemField::Provider => provider = name(&mut system.provider, raw, texts)?,
            SystemField::Channel => channel = name(&mut system.channel, raw, texts)?,
            SystemField::Computer => computer = name(&mut system.computer, raw, texts)?,
            SystemField::ProviderGuid => system.provider_guid = filled(raw, texts)?,
            SystemField::EventSourceName => system.event_source_name = filled(raw, texts)?,
            SystemField::Keywords => system.keywords = filled(raw, texts)?,
            SystemField::TimeCreated => system.time_created = filled(raw, texts)?,
            SystemField::ActivityId => system.activity_id = filled(raw, texts)?,
            SystemField::RelatedActivityId => system.related_activity_id = filled(raw, texts)?,
            SystemField::UserId => system.user_id = filled(raw, texts)?,
        }
    }
    for (is_there, name) in
        [(provider, &mut system.provider), (channel, &mut system.channel), (computer, &mut system.computer)]
    {
        if !is_there {
            name.set("");
        }
    }
    Some(())
}

/// A number if it fits its place. Texts that are numbers count too.
#[inline]
pub(super) fn number_of<N: TryFrom<u64> + std::str::FromStr>(
    raw: Raw,
    texts: &Texts<'_>,
) -> Result<Option<N>, Refused> {
    match unsigned(raw, texts.chunk) {
        Ok(number) => fitting(number),
        Err(Refused) => unusual_number(raw, texts),
    }
}

#[cold]
fn unusual_number<N: TryFrom<u64> + std::str::FromStr>(
    raw: Raw,
    texts: &Texts<'_>,
) -> Result<Option<N>, Refused> {
    match value(raw, texts.chunk, texts.constants, texts.composed).ok_or(Refused)? {
        ValueRef::UInt(number) => fitting(Some(number)),
        ValueRef::Text(text) => text.parse().map(Some).map_err(|_| Refused),
        text @ ValueRef::Utf16(_) => text.to_text().parse().map(Some).map_err(|_| Refused),
        _ => Err(Refused),
    }
}

/// A number, if it is there, of the types that nearly all have. It may not be the last in the chunk.
#[inline]
pub(super) fn unsigned(raw: Raw, chunk: &[u8]) -> Result<Option<u64>, Refused> {
    match raw.kind {
        kind::NULL => Ok(None),
        // Its length is that of its type.
        kind::U8 | kind::U16 | kind::U32 | kind::U64 => {
            let unused = 64 - raw.len * 8;
            let number = u64_at(chunk, raw.start as usize).ok_or(Refused)?;
            Ok(Some(number & (u64::MAX >> unused)))
        }
        _ => Err(Refused),
    }
}

/// The same in its place, if it fits.
#[inline]
pub(super) fn fitting<N: TryFrom<u64>>(number: Option<u64>) -> Result<Option<N>, Refused> {
    number.map(|number| number.try_into().map_err(|_| Refused)).transpose()
}

/// Sets a name. Whether there is one.
pub(super) fn name(name: &mut Name, raw: Raw, texts: &Texts<'_>) -> Option<bool> {
    match value(raw, texts.chunk, texts.constants, texts.composed)? {
        ValueRef::Utf16(bytes) => name.set_utf16(bytes),
        ValueRef::Text(text) => name.set(text),
        ValueRef::Empty => return Some(false),
        _ => return None,
    }
    Some(true)
}

/// A value, or none if it is empty.
#[inline]
pub(super) fn filled(raw: Raw, texts: &Texts<'_>) -> Option<Raw> {
    if raw.kind == kind::NULL || width(raw.kind).is_some() {
        return Some(raw);
    }
    let value = value(raw, texts.chunk, texts.constants, texts.composed)?;
    Some(if value.is_empty() { Raw::default() } else { raw })
}

/// The value that stands there.
#[inline]
pub(crate) fn value<'t>(
    raw: Raw,
    chunk: &'t [u8],
    constants: &'t str,
    composed: &'t str,
) -> Option<ValueRef<'t>> {
    let place = raw.start as usize..(raw.start + raw.len) as usize;
    match raw.kind {
        kind::NULL => Some(ValueRef::Empty),
        CONSTANT => constants.get(place).map(ValueRef::Text),
        COMPOSED => composed.get(place).map(ValueRef::Text),
        kind => ValueRef::read(kind, chunk.get(place)?),
    }
}
