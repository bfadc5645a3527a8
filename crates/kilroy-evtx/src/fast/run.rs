//! Carries out plans: from the bytes of one record to its fields.

use std::collections::HashMap;
use std::ops::Range;

use super::cache::{OUTERMOST, Plans};
use super::plan::{COMPOSED, CONSTANT, Plan, Raw, RawField, Source, Step, SystemField, When};
use super::tree;
use crate::ids::EventIds;
use crate::instance::{DEFINITION_HEADER, FRAGMENT, TEMPLATE};
use crate::names::{NameId, Names};
use crate::text::{is_blank_utf16, push_utf16};
use crate::u32_at;
use crate::value::{ValueRef, kind, width};
use crate::view::SystemRef;

/// Reads records by plans. What it made of the last one stays until the next.
#[derive(Debug)]
pub(crate) struct Fast {
    plans: Plans,
    pub(crate) names: Names,
    /// Values of the record's templates, one list behind the other.
    slots: Vec<Slot>,
    pub(crate) system: SystemValues,
    pub(crate) fields: Vec<RawField>,
    pub(crate) rendering: Vec<RawField>,
    /// Texts that were put together for this record.
    pub(crate) composed: String,
    /// Two fields may have the same name: in the template, because one became several, or because they are of two
    /// templates.
    repeats: bool,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is read.
    Read,
    /// Nobody wants it.
    Unwanted,
    /// It is one for the slow way.
    Refused,
}

/// Values within values: real records have two levels, three where `UserData` has a value of its own.
const DEEPEST: usize = 4;

/// A value in a record.
#[derive(Clone, Copy, Debug)]
struct Slot {
    start: u32,
    len: u16,
    kind: u8,
}

/// A template's use.
#[derive(Clone, Copy, Debug)]
struct Instance {
    plan: usize,
    first: usize,
    count: usize,
    /// Where it ends.
    end: usize,
}

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

    fn set(&mut self, text: &str) {
        if self.text != text {
            self.text.clear();
            self.text.push_str(text);
        }
        self.utf16.clear();
    }
}

impl Fast {
    pub(crate) fn new() -> Self {
        Self {
            plans: Plans::new(),
            names: Names::default(),
            slots: Vec::new(),
            system: SystemValues::default(),
            fields: Vec::new(),
            rendering: Vec::new(),
            composed: String::new(),
            repeats: false,
        }
    }

    /// Another chunk comes.
    pub(crate) fn next_chunk(&mut self) {
        self.plans.next_chunk();
    }

    /// Constants of templates, which fields refer to.
    pub(crate) fn constants(&self) -> &str {
        &self.plans.constants
    }

    /// Reads the record whose binary XML is `xml`. `wanted` decides by its `System` part, before anything else of it is
    /// looked at.
    pub(crate) fn record(
        &mut self,
        chunk: &[u8],
        xml: Range<usize>,
        ids: Option<&EventIds>,
        wanted: Option<&(dyn Fn(&SystemRef<'_>) -> bool + Sync)>,
    ) -> Verdict {
        self.begin();
        self.outer(chunk, xml, ids, wanted).unwrap_or(Verdict::Refused)
    }

    fn begin(&mut self) {
        self.slots.clear();
        self.fields.clear();
        self.rendering.clear();
        self.composed.clear();
        self.repeats = false;
        let system = &mut self.system;
        system.numbers = Numbers::default();
        let nothing = Raw::default();
        system.provider_guid = nothing;
        system.event_source_name = nothing;
        system.keywords = nothing;
        system.time_created = nothing;
        system.activity_id = nothing;
        system.related_activity_id = nothing;
        system.user_id = nothing;
    }

    fn outer(
        &mut self,
        chunk: &[u8],
        xml: Range<usize>,
        ids: Option<&EventIds>,
        wanted: Option<&(dyn Fn(&SystemRef<'_>) -> bool + Sync)>,
    ) -> Option<Verdict> {
        let mut at = xml.start;
        if chunk.get(at) == Some(&FRAGMENT) {
            at += 4;
        }
        let own;
        let (plan, end, slots) = if chunk.get(at) == Some(&TEMPLATE) {
            let instance = self.instance(chunk, at, xml.end, OUTERMOST)?;
            (None, instance.end, instance)
        } else {
            let (tree, end) = tree::element(chunk, at, xml.end, false)?;
            let Self { plans, names, composed, .. } = self;
            own = plans.once(chunk, &tree, OUTERMOST, names, composed)?;
            (Some(&own), end, Instance { plan: 0, first: 0, count: 0, end })
        };
        // Behind it there is an end mark, and padding.
        if !matches!(chunk.get(end..xml.end), Some([] | [0, ..])) {
            return None;
        }
        {
            let Self { plans, slots: all, system, composed, .. } = self;
            let plan = plan.unwrap_or_else(|| plans.get(slots.plan));
            let values = all.get(slots.first..slots.first + slots.count)?;
            let texts = Texts { chunk, constants: &plans.constants, composed };
            if let (Some(ids), Some(step)) = (ids, plan.event_id.and_then(|n| plan.system.get(n)))
                && !is_absent(&step.depends, values)
                && let Some(id) = number_of(raw(step.source, values)?, &texts)?
                && !ids.contains(id)
            {
                return Some(Verdict::Unwanted);
            }
            read_system(system, plan, values, &texts)?;
        }
        self.system.numbers.event_id?;
        if let Some(wanted) = wanted {
            let system = SystemRef::of(&self.system, chunk, &self.plans.constants, &self.composed)?;
            if !wanted(&system) {
                return Some(Verdict::Unwanted);
            }
        }
        self.steps(chunk, plan, slots, 0)?;
        if self.repeats {
            number(&mut self.fields, &mut self.names)?;
            number(&mut self.rendering, &mut self.names)?;
        }
        Some(Verdict::Read)
    }

    /// Takes the fields of a template, or of elements with a plan of their own, and of what is nested in them.
    fn steps(&mut self, chunk: &[u8], own: Option<&Plan>, slots: Instance, depth: usize) -> Option<()> {
        let mut from = 0;
        // What is nested needs plans of its own: those are found between the steps.
        loop {
            let Self { plans, slots: all, fields, rendering, repeats, .. } = self;
            let plan = own.unwrap_or_else(|| plans.get(slots.plan));
            let values = all.get(slots.first..slots.first + slots.count)?;
            *repeats |= plan.repeats;
            let Some(nested) =
                take_fields(plan, from, values, chunk, &mut Lists { fields, rendering, repeats })?
            else {
                return Some(());
            };
            from = nested.step + 1;
            if !nested.xml.is_empty() {
                self.fragment(chunk, nested.xml, nested.above, depth + 1)?;
            }
        }
    }

    /// A value that is binary XML: templates and elements.
    fn fragment(&mut self, chunk: &[u8], xml: Range<usize>, above: usize, depth: usize) -> Option<()> {
        (depth <= DEEPEST).then_some(())?;
        let mut at = xml.start;
        while at < xml.end {
            match chunk.get(at)? {
                &FRAGMENT => at += 4,
                &TEMPLATE => {
                    let instance = self.instance(chunk, at, xml.end, above)?;
                    at = instance.end;
                    self.plans.get(instance.plan).system.is_empty().then_some(())?;
                    self.below(chunk, None, instance, depth)?;
                }
                0x01 | 0x41 => {
                    let (tree, end) = tree::element(chunk, at, xml.end, false)?;
                    let Self { plans, names, composed, .. } = self;
                    let plan = plans.once(chunk, &tree, above, names, composed)?;
                    plan.system.is_empty().then_some(())?;
                    at = end;
                    self.below(chunk, Some(&plan), Instance { plan: 0, first: 0, count: 0, end }, depth)?;
                }
                0 => break,
                _ => return None,
            }
        }
        Some(())
    }

    /// Takes the fields of something nested. Names may be those of other fields.
    fn below(&mut self, chunk: &[u8], own: Option<&Plan>, slots: Instance, depth: usize) -> Option<()> {
        self.repeats |= !self.fields.is_empty() || !self.rendering.is_empty();
        self.steps(chunk, own, slots, depth)
    }

    /// The template used at `at`, and its values.
    fn instance(&mut self, chunk: &[u8], at: usize, end: usize, above: usize) -> Option<Instance> {
        let id = u32_at(chunk, at + 2)?;
        let definition = u32_at(chunk, at + 6)? as usize;
        // The template that stands there must be the one that is meant.
        if u32_at(chunk, definition.checked_add(4)?)? != id {
            return None;
        }
        let mut at = at + 10;
        if definition == at {
            at = at.checked_add(DEFINITION_HEADER)?.checked_add(u32_at(chunk, at + 20)? as usize)?;
        }
        let plan = self.plans.find(chunk, definition, above, &mut self.names)?;
        let table = at.checked_add(4)?;
        let first_value = table.checked_add((u32_at(chunk, at)? as usize).checked_mul(4)?)?;
        if first_value > end {
            return None;
        }
        let first = self.slots.len();
        let mut start = first_value;
        for &[low, high, kind, _] in chunk.get(table..first_value)?.as_chunks::<4>().0 {
            let len = u16::from_le_bytes([low, high]);
            self.slots.push(Slot { start: u32::try_from(start).ok()?, len, kind });
            start += usize::from(len);
        }
        let count = self.slots.len() - first;
        (start <= end && start <= chunk.len() && self.plans.get(plan).values <= count).then_some(Instance {
            plan,
            first,
            count,
            end: start,
        })
    }
}

/// Numbers the names that occur more than once: `Data[1]`, `Data[2]`.
fn number(fields: &mut [RawField], names: &mut Names) -> Option<()> {
    /// Longer lists get a table.
    const SHORT: usize = 64;
    if fields.len() > SHORT {
        return number_many(fields, names);
    }
    // By place: how often the name came up to there, where it comes more than once.
    let mut numbers = [0_u8; SHORT];
    for (n, field) in fields.iter().enumerate() {
        if numbers[n] == 0 {
            let mut count = 1;
            for (other, number) in fields.iter().zip(&mut numbers).skip(n + 1) {
                if other.name == field.name {
                    count += 1;
                    *number = count;
                }
            }
            numbers[n] = u8::from(count > 1);
        }
    }
    for (field, number) in fields.iter_mut().zip(numbers).filter(|(_, number)| *number > 0) {
        field.name = names.numbered(field.name, number.into())?;
    }
    Some(())
}

fn number_many(fields: &mut [RawField], names: &mut Names) -> Option<()> {
    let mut counts: HashMap<NameId, (usize, usize)> = HashMap::new();
    for field in &*fields {
        counts.entry(field.name).or_default().0 += 1;
    }
    for field in fields {
        if let Some((count, numbered)) = counts.get_mut(&field.name)
            && *count > 1
        {
            *numbered += 1;
            field.name = names.numbered(field.name, *numbered)?;
        }
    }
    Some(())
}

/// Where the bytes of values stand.
struct Texts<'t> {
    chunk: &'t [u8],
    constants: &'t str,
    composed: &'t str,
}

/// Whether one of the values is missing without which something is not there.
fn is_absent(depends: &[u16], values: &[Slot]) -> bool {
    depends.iter().any(|slot| {
        values
            .get(usize::from(*slot))
            .is_none_or(|v| v.kind == kind::NULL || (v.kind == kind::BINXML && v.len == 0))
    })
}

/// The value of a source.
fn raw(source: Source, values: &[Slot]) -> Option<Raw> {
    Some(match source {
        Source::Fixed(raw) => raw,
        Source::Slot(slot) => {
            let slot = *values.get(usize::from(slot))?;
            Raw { kind: slot.kind, start: slot.start, len: slot.len.into() }
        }
    })
}

/// Takes the values of `System`. One that does not fit its place is for the slow way.
fn read_system(system: &mut SystemValues, plan: &Plan, values: &[Slot], texts: &Texts<'_>) -> Option<()> {
    let (mut provider, mut channel, mut computer) = (false, false, false);
    for step in &plan.system {
        if !step.depends.is_empty() && is_absent(&step.depends, values) {
            continue;
        }
        let raw = raw(step.source, values)?;
        let numbers = &mut system.numbers;
        match step.field {
            SystemField::EventId => numbers.event_id = number_of(raw, texts)?,
            SystemField::Qualifiers => numbers.qualifiers = number_of(raw, texts)?,
            SystemField::Version => numbers.version = number_of(raw, texts)?,
            SystemField::Level => numbers.level = number_of(raw, texts)?,
            SystemField::Task => numbers.task = number_of(raw, texts)?,
            SystemField::Opcode => numbers.opcode = number_of(raw, texts)?,
            SystemField::RecordId => numbers.record_id = number_of(raw, texts)?,
            SystemField::ProcessId => numbers.process_id = number_of(raw, texts)?,
            SystemField::ThreadId => numbers.thread_id = number_of(raw, texts)?,
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
fn number_of<N: TryFrom<u64> + std::str::FromStr>(raw: Raw, texts: &Texts<'_>) -> Option<Option<N>> {
    match value(raw, texts.chunk, texts.constants, texts.composed)? {
        ValueRef::UInt(number) => Some(Some(number.try_into().ok()?)),
        ValueRef::Empty => Some(None),
        ValueRef::Text(text) => Some(Some(text.parse().ok()?)),
        _ => None,
    }
}

/// Sets a name. Whether there is one.
fn name(name: &mut Name, raw: Raw, texts: &Texts<'_>) -> Option<bool> {
    match value(raw, texts.chunk, texts.constants, texts.composed)? {
        ValueRef::Utf16(bytes) => name.set_utf16(bytes),
        ValueRef::Text(text) => name.set(text),
        ValueRef::Empty => return Some(false),
        _ => return None,
    }
    Some(true)
}

/// A value, or none if it is empty.
fn filled(raw: Raw, texts: &Texts<'_>) -> Option<Raw> {
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

/// Where fields go.
struct Lists<'l> {
    fields: &'l mut Vec<RawField>,
    rendering: &'l mut Vec<RawField>,
    repeats: &'l mut bool,
}

/// A value that is binary XML itself.
struct Nested {
    /// The step that wants it.
    step: usize,
    /// Where its elements stand.
    above: usize,
    /// Its bytes in the chunk; none if it is not there.
    xml: Range<usize>,
}

/// Takes fields from one step on, up to the next nested value.
fn take_fields(
    plan: &Plan,
    from: usize,
    values: &[Slot],
    chunk: &[u8],
    lists: &mut Lists<'_>,
) -> Option<Option<Nested>> {
    // Whether the fields before were there, the last one in the lowest bit.
    let mut history = 0_u32;
    for (n, step) in plan.steps.iter().enumerate().skip(from) {
        history <<= 1;
        match step {
            Step::Field { name, source, when, rendering, depends } => {
                if !depends.is_empty() && is_absent(depends, values) {
                    continue;
                }
                let list = if *rendering { &mut *lists.rendering } else { &mut *lists.fields };
                let keeps_empty = match *when {
                    When::Always => true,
                    When::Filled => false,
                    When::FilledOrBare(count) => history & ((2 << count) - 2) == 0,
                };
                let before = list.len();
                match *source {
                    Source::Fixed(value) if keeps_empty || value != Raw::default() => {
                        list.push(RawField { name: *name, value });
                    }
                    Source::Fixed(_) => {}
                    Source::Slot(slot) => {
                        let slot = *values.get(usize::from(slot))?;
                        *lists.repeats |= slot.fields(*name, keeps_empty, chunk, list)? > 1;
                    }
                }
                history |= u32::from(list.len() > before);
            }
            Step::Nested { slot, above, depends } => {
                if !depends.is_empty() && is_absent(depends, values) {
                    continue;
                }
                let slot = *values.get(usize::from(*slot))?;
                let start = slot.start as usize;
                let xml = match slot.kind {
                    kind::BINXML => start..start + usize::from(slot.len),
                    kind::NULL => start..start,
                    _ => return None,
                };
                return Some(Some(Nested { step: n, above: *above, xml }));
            }
        }
    }
    Some(None)
}

impl Slot {
    /// Makes fields of a value: one, or one for each value of an array. Gives how many values it is.
    #[inline]
    fn fields(
        self,
        name: NameId,
        keeps_empty: bool,
        chunk: &[u8],
        list: &mut Vec<RawField>,
    ) -> Option<usize> {
        let start = self.start as usize;
        let bytes = chunk.get(start..start + usize::from(self.len))?;
        if self.kind & kind::ARRAY != 0 {
            return array(name, self, bytes, keeps_empty, list);
        }
        if !fits(self, bytes) {
            return None;
        }
        if keeps_empty || !ValueRef::read(self.kind, bytes)?.is_empty() {
            let value = Raw { kind: self.kind, start: self.start, len: self.len.into() };
            list.push(RawField { name, value });
        }
        Some(1)
    }
}

/// Whether these bytes are a value of this type.
#[inline]
fn fits(slot: Slot, bytes: &[u8]) -> bool {
    match slot.kind {
        kind::STRING => bytes.len() % 2 == 0,
        kind::NULL | kind::ANSI | kind::BINARY => true,
        kind => match width(kind) {
            Some(width) => width == bytes.len(),
            None => ValueRef::read(kind, bytes).is_some(),
        },
    }
}

/// One field for each value of an array. Gives how many.
fn array(
    name: NameId,
    slot: Slot,
    bytes: &[u8],
    keeps_empty: bool,
    list: &mut Vec<RawField>,
) -> Option<usize> {
    let kind = slot.kind & !kind::ARRAY;
    let mut count = 0;
    let mut add = |start: usize, len: usize, is_blank: bool| {
        count += 1;
        if keeps_empty || !is_blank {
            let start = slot.start + u32::try_from(start).ok()?;
            list.push(RawField { name, value: Raw { kind, start, len: u32::try_from(len).ok()? } });
        }
        Some(())
    };
    if kind == kind::STRING {
        let mut start = 0;
        for (n, unit) in bytes.as_chunks::<2>().0.iter().enumerate() {
            if *unit == [0, 0] {
                let text = bytes.get(start..n * 2)?;
                add(start, text.len(), is_blank_utf16(text))?;
                start = n * 2 + 2;
            }
        }
        // Every text ends with a NUL.
        (start == bytes.len()).then_some(())?;
    } else {
        let width = width(kind)?;
        (bytes.len() % width == 0).then_some(())?;
        for start in (0..bytes.len()).step_by(width) {
            add(start, width, false)?;
        }
    }
    (count > 0).then_some(count)
}
