//! From UTF-16 to UTF-8.

use std::ops::Range;

/// Appends UTF-16LE text up to its first NUL, where a text in Windows ends. An unpaired surrogate becomes U+FFFD.
pub(crate) fn push_utf16(out: &mut Vec<u8>, bytes: &[u8]) {
    let from = out.len();
    let units = bytes.as_chunks::<2>().0;
    let (blocks, rest) = units.as_chunks();
    let mut last = [[b' ', 0]; BLOCK];
    if let Some(place) = last.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    if push_blocks(out, blocks, BLOCK) && push_blocks(out, &[last], rest.len()) {
        out.truncate(from + units.len());
    } else {
        out.truncate(from);
        push_any(out, units);
    }
}

/// The same for a text that is a part of `bytes`: quicker, because what stands behind it may be read with it.
#[inline]
pub(crate) fn push_utf16_of(out: &mut Vec<u8>, bytes: &[u8], place: Range<usize>) {
    let from = out.len();
    let Some(text) = bytes.get(place.clone()) else { return };
    let mut units = text.as_chunks::<2>().0;
    // Many texts bring the NUL at their end along.
    while let [rest @ .., [0, 0]] = units {
        units = rest;
    }
    let blocks = units.len().div_ceil(BLOCK);
    let Some(padded) = bytes.get(place.start..place.start + blocks * 2 * BLOCK) else {
        return push_utf16(out, text);
    };
    let in_last = units.len().wrapping_sub(1) % BLOCK + 1;
    if push_blocks(out, padded.as_chunks().0.as_chunks().0, in_last) {
        out.truncate(from + units.len());
    } else {
        out.truncate(from);
        push_any(out, units);
    }
}

/// Letters that are handled at once.
const BLOCK: usize = 16;

/// By number: so many places of a block.
const FIRST: [[u16; BLOCK]; BLOCK + 1] = {
    let mut first = [[0; BLOCK]; BLOCK + 1];
    let mut count = 0;
    while count <= BLOCK {
        let mut place = 0;
        while place < count {
            first[count][place] = u16::MAX;
            place += 1;
        }
        count += 1;
    }
    first
};

/// Appends the low bytes of letters. Gives whether all of them are ASCII and none is NUL; of the last block only as many
/// count as it says.
///
/// Plain loops over arrays: the compiler turns them into vector instructions, and hardly any jump depends on the text.
#[inline]
fn push_blocks(out: &mut Vec<u8>, blocks: &[[[u8; 2]; BLOCK]], in_last: usize) -> bool {
    let Some((last, blocks)) = blocks.split_last() else { return true };
    // By place in a block: bits above the lowest seven are set where some letter was not ASCII, or NUL.
    let mut other = [0_u16; BLOCK];
    for block in blocks {
        let units = block.map(u16::from_le_bytes);
        for (other, unit) in other.iter_mut().zip(units) {
            *other |= unit | unit.wrapping_sub(1);
        }
        out.extend_from_slice(&block.map(|[low, _]| low));
    }
    let counts = FIRST.get(in_last).unwrap_or(&[0; BLOCK]);
    let units = last.map(u16::from_le_bytes);
    for ((other, unit), counts) in other.iter_mut().zip(units).zip(counts) {
        *other |= (unit | unit.wrapping_sub(1)) & counts;
    }
    out.extend_from_slice(&last.map(|[low, _]| low));
    other.iter().fold(0, |all, other| all | other) & 0xff80 == 0
}

#[cold]
fn push_any(out: &mut Vec<u8>, units: &[[u8; 2]]) {
    out.reserve(units.len());
    let mut rest = units;
    while let [unit, after @ ..] = rest {
        match u16::from_le_bytes(*unit) {
            0 => return,
            unit @ 1..0x80 => out.push(unit.to_le_bytes()[0]),
            _ => break,
        }
        rest = after;
    }
    let wide = rest.iter().map(|unit| u16::from_le_bytes(*unit)).take_while(|unit| *unit != 0);
    for letter in char::decode_utf16(wide) {
        let letter = letter.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Whether a UTF-16LE text says nothing: it is empty or begins with its end.
pub(crate) fn is_blank_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [] | [_] | [0, 0, ..])
}

/// Bytes that are UTF-8 by the way they were made.
pub(crate) fn into_string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(units: &[u16]) -> String {
        let end = units.iter().position(|u| *u == 0).unwrap_or(units.len());
        String::from_utf16_lossy(&units[..end])
    }

    fn utf16_to_string(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        push_utf16(&mut out, bytes);
        into_string(out)
    }

    fn bytes(units: &[u16]) -> Vec<u8> {
        units.iter().flat_map(|u| u.to_le_bytes()).collect()
    }

    proptest! {
        #[test]
        fn is_what_the_standard_library_gives(
            units in prop::collection::vec(prop_oneof![9 => 1_u16..0x80, 1 => any::<u16>()], 0..100)
        ) {
            prop_assert_eq!(utf16_to_string(&bytes(&units)), plain(&units));
        }

        #[test]
        fn is_the_same_amid_other_bytes(
            before in prop::collection::vec(any::<u8>(), 0..9),
            units in prop::collection::vec(prop_oneof![19 => 1_u16..0x80, 1 => any::<u16>()], 0..100),
            after in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let text = bytes(&units);
            let place = before.len()..before.len() + text.len();
            let mut out = b"x".to_vec();
            push_utf16_of(&mut out, &[before, text, after].concat(), place);
            prop_assert_eq!(into_string(out), format!("x{}", plain(&units)));
        }
    }

    #[test]
    fn a_text_ends_at_its_first_nul() {
        for length in 0..40 {
            let mut units = vec![u16::from(b'a'); length];
            units.push(0);
            units.extend([u16::from(b'b'); 20]);
            assert_eq!(utf16_to_string(&bytes(&units)), "a".repeat(length));
        }
        assert_eq!(utf16_to_string(b"a\0b"), "a", "half a letter");
    }

    #[test]
    fn letters_beyond_ascii() {
        let text = "관리자 Administrateur français 😀 и";
        assert_eq!(utf16_to_string(&bytes(&text.encode_utf16().collect::<Vec<_>>())), text);
        assert_eq!(utf16_to_string(&bytes(&[0x61, 0xd800, 0x62])), "a\u{fffd}b");
    }
}
