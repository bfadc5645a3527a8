//! The fields of a record: everything beside `System`.

use std::ops::Range;

use hashbrown::HashMap;

use super::Refused;
use super::plan::{Plan, Raw, RawField, Source, Step, When};
use crate::names::{NameId, Names};
use crate::text::is_blank_utf16;
use crate::value::{ValueRef, WIDTHS, kind, width};

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

/// Takes the fields of a plan that has a plain way, with values that need no second look. Whether it did.
#[inline]
pub(super) fn take_plain(plan: &Plan, values: &[Slot], fields: &mut Vec<RawField>) -> bool {
    let Some(plain) = &plan.plain else { return false };
    let before = fields.len();
    let mut special = false;
    fields.extend(plain.iter().map(|(name, slot)| {
        // A plan has no slots that its values do not have.
        let slot = values.get(usize::from(*slot)).copied().unwrap_or(Slot::SPECIAL);
        special |= slot.is_special();
        RawField { name: *name, value: Raw { kind: slot.kind, start: slot.start, len: slot.len.into() } }
    }));
    if special {
        fields.truncate(before);
    }
    !special
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
    const SPECIAL: Self = Self { start: 0, len: 0, kind: u8::MAX };

    /// Whether it is a security identifier of the length that it says itself, or none at all.
    pub(super) fn may_be_sid(self, chunk: &[u8]) -> bool {
        self.kind != kind::SID
            || self.bytes(chunk).is_some_and(|bytes| ValueRef::read(kind::SID, bytes).is_some())
    }

    /// Whether there is more to check, or it may be several fields.
    #[inline]
    fn is_special(self) -> bool {
        const SPECIAL: [bool; 256] = {
            let mut special = [true; 256];
            let mut kind = 0;
            while kind < WIDTHS.len() {
                special[kind] = WIDTHS[kind] == 0;
                kind += 1;
            }
            special[kind::NULL as usize] = false;
            special[kind::STRING as usize] = false;
            special[kind::ANSI as usize] = false;
            special[kind::BINARY as usize] = false;
            special[kind::SID as usize] = false;
            special
        };
        SPECIAL[usize::from(self.kind)]
    }

    /// Makes fields of a value: one, or one for each value of an array. Gives how many values it is.
    ///
    /// That it has the length of its type, and stands in the chunk, is known.
    #[inline]
    fn fields(
        self,
        name: NameId,
        keeps_empty: bool,
        chunk: &[u8],
        list: &mut Vec<RawField>,
    ) -> Option<usize> {
        let is_empty = match self.kind {
            kind::NULL => true,
            kind::STRING => !keeps_empty && is_blank_utf16(self.bytes(chunk)?),
            kind::BINARY => self.len == 0,
            kind if width(kind).is_some() => false,
            kind if kind & kind::ARRAY != 0 => {
                return array(name, self, self.bytes(chunk)?, keeps_empty, list);
            }
            kind => ValueRef::read(kind, self.bytes(chunk)?)?.is_empty(),
        };
        if keeps_empty || !is_empty {
            let value = Raw { kind: self.kind, start: self.start, len: self.len.into() };
            list.push(RawField { name, value });
        }
        Some(1)
    }

    #[inline]
    fn bytes(self, chunk: &[u8]) -> Option<&[u8]> {
        let start = self.start as usize;
        chunk.get(start..start + usize::from(self.len))
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
pub(super) fn number<T>(
    fields: &mut [T],
    name: impl Fn(&mut T) -> &mut NameId,
    names: &mut Names,
) -> Option<()> {
    let mut counts: HashMap<NameId, (usize, usize)> = HashMap::new();
    for field in &mut *fields {
        counts.entry(*name(field)).or_default().0 += 1;
    }
    for field in fields {
        let name = name(field);
        if let Some((count, numbered)) = counts.get_mut(name)
            && *count > 1
        {
            *numbered += 1;
            *name = names.numbered(*name, *numbered)?;
        }
    }
    Some(())
}
