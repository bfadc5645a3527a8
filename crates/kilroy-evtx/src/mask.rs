//! Keeps characters that XML cannot carry.
//!
//! Where a text has control characters, U+FFFE or U+FFFF, XML has `_` instead, in Windows' own rendering and in the
//! `evtx` crate's. Scripts and command lines in logs do have them. So in the copy that the crate gets each of them is
//! replaced by one of Unicode's noncharacters U+FDD0 to U+FDEF, which no text has and XML may have, and put back behind
//! the rendering. A record that has these noncharacters itself is left alone.
//!
//! A text ends at its first NUL, as everywhere in Windows.

use std::ops::Range;

use crate::{RECORD_HEADER, u32_at};

/// Values within values within values: real records have two levels.
const DEEPEST: usize = 8;
const STRING: u8 = 0x01;
const STRINGS: u8 = 0x81;
const BINXML: u8 = 0x21;

/// Masks the texts of the record whose bytes are `span`. Whether there was anything to mask.
pub(crate) fn mask(chunk: &mut [u8], span: Range<usize>) -> bool {
    let mut texts = Vec::new();
    let start = span.start.saturating_add(RECORD_HEADER);
    find_texts(chunk, start..span.end.min(chunk.len()), 0, &mut texts);
    let (mut forbidden, mut taken) = (false, false);
    for text in &texts {
        for unit in units(chunk, text) {
            forbidden |= stand_in(unit).is_some();
            taken |= original(unit).is_some();
        }
    }
    if !forbidden || taken {
        return false;
    }
    for text in texts {
        let Some(bytes) = chunk.get_mut(text) else { continue };
        for pair in bytes.as_chunks_mut::<2>().0 {
            if let Some(unit) = stand_in(u16::from_le_bytes(*pair)) {
                *pair = unit.to_le_bytes();
            }
        }
    }
    true
}

/// Puts back what [`mask`] replaced.
pub(crate) fn unmask(xml: &str) -> String {
    let restore = |c: char| u16::try_from(u32::from(c)).ok().and_then(original).map(u32::from);
    xml.chars().map(|c| restore(c).and_then(char::from_u32).unwrap_or(c)).collect()
}

fn units<'c>(chunk: &'c [u8], text: &Range<usize>) -> impl Iterator<Item = u16> + use<'c> {
    let bytes = chunk.get(text.clone()).unwrap_or_default();
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

/// Finds the texts among the values of a template, and of those in its values.
fn find_texts(chunk: &[u8], xml: Range<usize>, depth: usize, texts: &mut Vec<Range<usize>>) -> Option<()> {
    let mut at = xml.start;
    if chunk.get(at) == Some(&0x0f) {
        at += 4;
    }
    if depth > DEEPEST || chunk.get(at) != Some(&0x0c) {
        return None;
    }
    // Token, a byte, the template's short name, and where its definition is: maybe right here.
    let definition = u32_at(chunk, at + 6)? as usize;
    at += 10;
    if definition == at {
        at = at.checked_add(24)?.checked_add(u32_at(chunk, at + 20)? as usize)?;
    }
    let count = u32_at(chunk, at)? as usize;
    let table = at.checked_add(4)?;
    let values = table.checked_add(count.checked_mul(4)?)?;
    let descriptors = chunk.get(table..values)?;
    let mut start = values;
    for &[low, high, kind, _] in descriptors.as_chunks::<4>().0 {
        let end = start + usize::from(u16::from_le_bytes([low, high]));
        if end > xml.end {
            return None;
        }
        match kind {
            STRING | STRINGS => texts.push(start..end),
            BINXML => {
                find_texts(chunk, start..end, depth + 1, texts);
            }
            _ => {}
        }
        start = end;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_forbidden_character_has_its_own_stand_in() {
        let forbidden: Vec<u16> = (0..=u16::MAX).filter(|unit| stand_in(*unit).is_some()).collect();
        assert_eq!(forbidden.len(), 28 + 2);
        for unit in forbidden {
            assert_eq!(stand_in(unit).and_then(original), Some(unit));
        }
    }
}
