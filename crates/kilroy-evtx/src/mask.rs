//! Keeps characters that XML cannot carry.
//!
//! Where a text has control characters, U+FFFE or U+FFFF, XML has `_` instead, in Windows' own rendering and in the
//! `evtx` crate's. Scripts and command lines in logs do have them. So in the copy that the crate gets each of them is
//! replaced by one of Unicode's noncharacters U+FDD0 to U+FDEF, which no text has and XML may have, and put back behind
//! the rendering. Where a record has these noncharacters itself, characters for private use that it does not have stand in.
//!
//! A surrogate without its other half, where a text was cut, is replaced for good: by U+FFFD.
//!
//! A text ends at its first NUL, as everywhere in Windows.

use std::ops::Range;

use crate::instance::Instance;
use crate::put;
use crate::value::kind;

/// What stands in for the characters that XML cannot carry: one after the other, from this one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StandIns(u16);

/// How many there are.
const COUNT: u16 = 0x20;
const NONCHARACTERS: StandIns = StandIns(0xfdd0);
const PRIVATE_USE: std::ops::Range<u16> = 0xe000..0xf8e0;

/// Masks the texts of a record, if there is anything to mask.
pub(crate) fn mask(chunk: &mut [u8], instances: &[Instance]) -> Option<StandIns> {
    let is_text = |(kind, _): &&(u8, Range<usize>)| *kind & !kind::ARRAY == kind::STRING;
    let texts = || instances.iter().flat_map(|i| i.values.iter().filter(is_text).map(|(_, at)| at.clone()));
    for text in texts() {
        replace_halves(chunk.get_mut(text).unwrap_or_default());
    }
    let (mut forbidden, mut taken) = (false, false);
    for unit in texts().flat_map(|text| units(chunk, text)) {
        forbidden |= is_forbidden(unit);
        taken |= NONCHARACTERS.has(unit);
    }
    if !forbidden {
        return None;
    }
    let stand_ins = if taken { StandIns::unused_in(chunk)? } else { NONCHARACTERS };
    for text in texts() {
        let Some(bytes) = chunk.get_mut(text) else { continue };
        for pair in bytes.as_chunks_mut::<2>().0 {
            if let Some(unit) = stand_ins.of(u16::from_le_bytes(*pair)) {
                *pair = unit.to_le_bytes();
            }
        }
    }
    Some(stand_ins)
}

impl StandIns {
    /// For private use, and nowhere in the chunk. Its names and templates may show up in the record's XML, too.
    fn unused_in(chunk: &[u8]) -> Option<Self> {
        let mut used = vec![false; usize::from(u16::MAX) + 1];
        for bytes in [chunk, chunk.get(1..).unwrap_or_default()] {
            for pair in bytes.as_chunks::<2>().0 {
                used[usize::from(u16::from_le_bytes(*pair))] = true;
            }
        }
        let is_free = |first: &u16| !used[usize::from(*first)..usize::from(first + COUNT)].contains(&true);
        PRIVATE_USE.step_by(COUNT.into()).find(is_free).map(Self)
    }

    fn has(self, unit: u16) -> bool {
        (self.0..self.0 + COUNT).contains(&unit)
    }

    /// What stands for a character that XML cannot carry.
    fn of(self, unit: u16) -> Option<u16> {
        match unit {
            // The places of tab and line feed are free.
            0xfffe => Some(self.0 + 9),
            0xffff => Some(self.0 + 10),
            unit => is_forbidden(unit).then(|| self.0 + unit),
        }
    }

    /// What a stand-in stands for.
    fn original(self, unit: u16) -> Option<u16> {
        match unit.checked_sub(self.0)? {
            9 => Some(0xfffe),
            10 => Some(0xffff),
            place => (place < COUNT && is_forbidden(place)).then_some(place),
        }
    }

    /// Puts back what [`mask`] replaced.
    pub(crate) fn unmask(self, xml: &str) -> String {
        let restore = |c: char| u16::try_from(u32::from(c)).ok().and_then(|unit| self.original(unit));
        xml.chars().map(|c| restore(c).and_then(|unit| char::from_u32(unit.into())).unwrap_or(c)).collect()
    }
}

/// Whether XML cannot carry it.
fn is_forbidden(unit: u16) -> bool {
    matches!(unit, 0x01..0x20 | 0xfffe | 0xffff) && !matches!(unit, 0x09 | 0x0a | 0x0d)
}

/// Replaces surrogates that have no other half.
fn replace_halves(text: &mut [u8]) {
    let mut before = None;
    for n in 0..text.len() / 2 {
        let unit = u16::from_le_bytes([text[n * 2], text[n * 2 + 1]]);
        let is_high = (0xd800..0xdc00).contains(&unit);
        let is_low = (0xdc00..0xe000).contains(&unit);
        match (before.take(), is_low) {
            // The other half.
            (Some(_), true) => continue,
            (Some(high), false) => put(text, high * 2, &0xfffd_u16.to_le_bytes()),
            (None, true) => put(text, n * 2, &0xfffd_u16.to_le_bytes()),
            (None, false) => {}
        }
        before = is_high.then_some(n);
    }
    if let Some(high) = before {
        put(text, high * 2, &0xfffd_u16.to_le_bytes());
    }
}

fn units(chunk: &[u8], text: Range<usize>) -> impl Iterator<Item = u16> {
    let bytes = chunk.get(text).unwrap_or_default();
    bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_without_the_other_one_are_replaced() {
        let mut units = [0xd83d, 0xde00, 0x61, 0xde00, 0xd83d, 0xd83d, 0xde00, 0xd83d];
        let mut bytes: Vec<u8> = units.iter().flat_map(|unit: &u16| unit.to_le_bytes()).collect();
        replace_halves(&mut bytes);
        for n in [3, 4, 7] {
            units[n] = 0xfffd;
        }
        assert_eq!(bytes, units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>());
    }

    #[test]
    fn every_forbidden_character_has_its_own_stand_in() {
        let forbidden: Vec<u16> = (0..=u16::MAX).filter(|unit| is_forbidden(*unit)).collect();
        assert_eq!(forbidden.len(), 28 + 2);
        for stand_ins in [NONCHARACTERS, StandIns(0xe000)] {
            for unit in &forbidden {
                assert_eq!(stand_ins.of(*unit).and_then(|unit| stand_ins.original(unit)), Some(*unit));
            }
            assert!((0..=u16::MAX).all(|unit| stand_ins.has(unit) || stand_ins.original(unit).is_none()));
        }
    }

    #[test]
    fn where_noncharacters_are_taken_others_stand_in() {
        let text = |units: &[u16]| units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<u8>>();
        let written = [0x61, 0x08, 0xfdd1, 0xe000, 0xffff];
        let mut chunk = text(&written);
        let all = Instance { id: 0, link: 0, definition: 0, values: vec![(kind::STRING, 0..chunk.len())] };
        let stand_ins = mask(&mut chunk, &[all]).unwrap();
        assert_eq!(stand_ins, StandIns(0xe020));
        let masked = String::from_utf16(&units(&chunk, 0..chunk.len()).collect::<Vec<u16>>()).unwrap();
        assert_eq!(stand_ins.unmask(&masked), "a\u{8}\u{fdd1}\u{e000}\u{ffff}");
    }
}
