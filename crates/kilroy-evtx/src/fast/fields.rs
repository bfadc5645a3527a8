//! The fields of a record: everything beside `System`.

use std::collections::HashMap;
use std::ops::Range;

use super::Refused;
use super::plan::{Plan, Raw, RawField, Source, Step, When};
use crate::names::{NameId, Names};
use crate::text::is_blank_utf16;
use crate::value::{ValueRef, kind, width};

/// A value in a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) start: u32,
    pub(super) len: u16,
    pub(super) kind: u8,
}

/// Whether one of the values is missing without which something is not there.
pub(super) fn is_absent(depends: &[u16], values: &[Slot]) -> bool {
    depends.iter().any(|slot| {
        values
            .get(usize::from(*slot))
            .is_none_or(|v| v.kind == kind::NULL || (v.kind == kind::BINXML && v.len == 0))
    })
}

/// Where fields go.
pub(super) struct Lists<'l> {
    pub(super) fields: &'l mut Vec<RawField>,
    pub(super) rendering: &'l mut Vec<RawField>,
    pub(super) repeats: &'l mut bool,
}

/// A value that is binary XML itself.
pub(super) struct Nested {
    /// The step that wants it.
    pub(super) step: usize,
    /// Where its elements stand.
    pub(super) above: usize,
    /// Its bytes in the chunk; none if it is not there.
    pub(super) xml: Range<usize>,
}

/// Takes fields from one step on, up to the next nested value.
pub(super) fn take_fields(
    plan: &Plan,
    from: usize,
    values: &[Slot],
    chunk: &[u8],
    lists: &mut Lists<'_>,
) -> Result<Option<Nested>, Refused> {
    // Whether the fields before were there, the last one in the lowest bit.
    let mut history = 0_u32;
    for (n, step) in plan.steps.iter().enumerate().skip(from) {
        history <<= 1;
        match step {
            Step::Field { name, source, when, expands, rendering, depends } => {
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
                        let slot = *values.get(usize::from(slot)).ok_or(Refused)?;
                        if slot.kind & kind::ARRAY != 0 && !expands {
                            return Err(Refused);
                        }
                        *lists.repeats |= slot.fields(*name, keeps_empty, chunk, list).ok_or(Refused)? > 1;
                    }
                }
                history |= u32::from(list.len() > before);
            }
            Step::Nested { slot, above, depends } => {
                if !depends.is_empty() && is_absent(depends, values) {
                    continue;
                }
                let slot = *values.get(usize::from(*slot)).ok_or(Refused)?;
                let start = slot.start as usize;
                let xml = match slot.kind {
                    kind::BINXML => start..start + usize::from(slot.len),
                    kind::NULL => start..start,
                    _ => return Err(Refused),
                };
                return Ok(Some(Nested { step: n, above: *above, xml }));
            }
        }
    }
    Ok(None)
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
        kind::STRING => bytes.len().is_multiple_of(2),
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
        bytes.len().is_multiple_of(width).then_some(())?;
        for start in (0..bytes.len()).step_by(width) {
            add(start, width, false)?;
        }
    }
    (count > 0).then_some(count)
}
/// Numbers the names that occur more than once: `Data[1]`, `Data[2]`.
pub(super) fn number(fields: &mut [RawField], names: &mut Names) -> Option<()> {
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
