//! From UTF-16 to UTF-8.

/// Appends UTF-16LE text up to its first NUL, where a text in Windows ends. An unpaired surrogate becomes U+FFFD.
pub(crate) fn push_utf16(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len() / 2);
    let rest = push_ascii::<16>(out, bytes);
    let rest = push_ascii::<8>(out, rest);
    push_any(out, rest);
}

/// Appends blocks of `UNITS` letters as long as all of a block are ASCII. Gives what is left.
///
/// Plain loops over arrays: the compiler turns them into vector instructions.
fn push_ascii<'b, const UNITS: usize>(out: &mut Vec<u8>, bytes: &'b [u8]) -> &'b [u8] {
    let (units, _) = bytes.as_chunks::<2>();
    let mut done = 0;
    for block in units.as_chunks::<UNITS>().0 {
        let mut narrow = [0; UNITS];
        let mut other = 0;
        for (letter, unit) in narrow.iter_mut().zip(block) {
            let unit = u16::from_le_bytes(*unit);
            other |= (unit & 0xff80) | u16::from(unit == 0);
            *letter = unit.to_le_bytes()[0];
        }
        if other != 0 {
            break;
        }
        out.extend_from_slice(&narrow);
        done += UNITS;
    }
    bytes.get(done * 2..).unwrap_or_default()
}

fn push_any(out: &mut Vec<u8>, bytes: &[u8]) {
    let (units, _) = bytes.as_chunks::<2>();
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        match u16::from_le_bytes(*unit) {
            0 => return,
            unit @ 1..0x80 => {
                out.push(unit.to_le_bytes()[0]);
                at += 1;
            }
            _ => break,
        }
    }
    let rest = units.get(at..).unwrap_or_default();
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
