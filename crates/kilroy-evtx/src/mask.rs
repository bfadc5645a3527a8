//! Keeps characters that XML cannot carry.
//!
//! Where a text has control characters, U+FFFE or U+FFFF, XML has `_` instead, in Windows' own rendering and in the
//! `evtx` crate's. Scripts and command lines in logs do have them. So in the copy that the crate gets each of them is
//! replaced by one of Unicode's noncharacters U+FDD0 to U+FDEF, which no text has and XML may have, and put back behind
//! the rendering. A record that has these noncharacters itself is left alone.
//!
//! A surrogate without its other half, where a text was cut, is replaced for good: by U+FFFD.
//!
//! A text ends at its first NUL, as everywhere in Windows.

use std::ops::Range;

use crate::instance::Instance;
use crate::put;
use crate::value::kind;

/// Masks the texts of a record. Whether there was anything to mask.
pub(crate) fn mask(chunk: &mut [u8], instances: &[Instance]) -> bool {
    let is_text = |(kind, _): &&(u8, Range<usize>)| *kind & !kind::ARRAY == kind::STRING;
    let texts = || instances.iter().flat_map(|i| i.values.iter().filter(is_text).map(|(_, at)| at.clone()));
    for text in texts() {
        replace_halves(chunk.get_mut(text).unwrap_or_default());
    }
    let (mut forbidden, mut taken) = (false, false);
    for unit in texts().flat_map(|text| units(chunk, text)) {
        forbidden |= stand_in(unit).is_some();
        taken |= original(unit).is_some();
    }
    if !forbidden || taken {
        return false;
    }
    for text in texts() {
        let Some(bytes) = chunk.get_mut(text) else { continue };
        for pair in bytes.as_chunks_mut::<2>().0 {
            if let Some(unit) = stand_in(u16::from_le_bytes(*pair)) {
                *pair = unit.to_le_bytes();
            }
        }
    }
    true
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

/// Puts back what [`mask`] replaced.
pub(crate) fn unmask(xml: &str) -> String {
    let restore = |c: char| u16::try_from(u32::from(c)).ok().and_then(original).map(u32::from);
    xml.chars().map(|c| restore(c).and_then(char::from_u32).unwrap_or(c)).collect()
}

fn units(chunk: &[u8], text: Range<usize>) -> impl Iterator<Item = u16> {
    let bytes = chunk.get(text).unwrap_or_default();
    bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
}

/// What stands for a character that XML cannot carry.
fn stand_in(unit: u16) -> Option<u16> {
    match unit {
        0x09 | 0x0a | 0x0d => None,
        0x01..0x20 => Some(0xfdd0 + unit),
        // The places of tab and line feed are free.
        0xfffe => Some(0xfdd9),
        0xffff => Some(0xfdda),
        _ => None,
    }
}

/// What a stand-in stands for.
fn original(unit: u16) -> Option<u16> {
    match unit {
        0xfdd0 | 0xfddd => None,
        0xfdd9 => Some(0xfffe),
        0xfdda => Some(0xffff),
        0xfdd1..=0xfdef => Some(unit - 0xfdd0),
        _ => None,
    }
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
        let forbidden: Vec<u16> = (0..=u16::MAX).filter(|unit| stand_in(*unit).is_some()).collect();
        assert_eq!(forbidden.len(), 28 + 2);
        for unit in forbidden {
            assert_eq!(stand_in(unit).and_then(original), Some(unit));
        }
    }
}
