//! Texts as JSON strings.
//!
//! Beside what JSON asks for, everything that could act on a terminal is written as `\u`: a line can be looked at with
//! any tool, and is the same text to every parser.

use crate::output::is_hostile;

/// Letters looked at in one step.
const BLOCK: usize = 16;

/// Appends a text in quotes.
pub(super) fn push_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    push_escaped(out, text);
    out.push(b'"');
}

/// Appends a text as it stands within quotes.
pub(super) fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    while !rest.is_empty() {
        while let Some(block) = rest.as_bytes().first_chunk()
            && push_ascii(out, block)
        {
            rest = rest.get(BLOCK..).unwrap_or_default();
        }
        // Some letters the slow way; behind them it may be plain again.
        let end = rest.char_indices().nth(BLOCK).map_or(rest.len(), |(end, _)| end);
        let (slow, next) = rest.split_at(end);
        push_any(out, slow.chars());
        rest = next;
    }
}

/// Appends UTF-16LE text up to its first NUL, where a text in Windows ends, as it stands within quotes. An unpaired
/// surrogate becomes U+FFFD, as everywhere.
pub(super) fn push_escaped_utf16(out: &mut Vec<u8>, bytes: &[u8]) {
    let (mut rest, _) = bytes.as_chunks::<2>();
    while !rest.is_empty() {
        while let Some(block) = rest.first_chunk()
            && let Some(narrow) = narrow(block)
            && push_ascii(out, &narrow)
        {
            rest = rest.get(BLOCK..).unwrap_or_default();
        }
        let mut end = rest.len().min(BLOCK);
        // A letter of two units is not cut.
        if end > 0 && rest.get(end - 1).is_some_and(|unit| unit[1] & 0xfc == 0xd8) {
            end = rest.len().min(end + 1);
        }
        let (slow, next) = rest.split_at(end);
        let units = || slow.iter().map(|unit| u16::from_le_bytes(*unit));
        let letters = char::decode_utf16(units().take_while(|unit| *unit != 0));
        push_any(out, letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)));
        if units().any(|unit| unit == 0) {
            return;
        }
        rest = next;
    }
}

/// The block as ASCII, if it is; NUL is not.
fn narrow(block: &[[u8; 2]; BLOCK]) -> Option<[u8; BLOCK]> {
    let mut narrow = [0; BLOCK];
    let mut other = 0;
    for (letter, unit) in narrow.iter_mut().zip(block) {
        let unit = u16::from_le_bytes(*unit);
        other |= (unit & 0xff80) | u16::from(unit == 0);
        *letter = unit.to_le_bytes()[0];
    }
    (other == 0).then_some(narrow)
}

/// What stands behind the backslash for a byte that has a short form; 0 for those that are written as they are.
const SHORT: [u8; 128] = {
    let mut short = [0; 128];
    short[b'"' as usize] = b'"';
    short[b'\\' as usize] = b'\\';
    short[b'\n' as usize] = b'n';
    short[b'\r' as usize] = b'r';
    short[b'\t' as usize] = b't';
    short
};

/// Appends a block that is ASCII and has no other control characters than line ends and tabs. False if it is not such a
/// block: then nothing was appended.
///
/// Plain loops over arrays: the compiler turns the first one into vector instructions.
fn push_ascii(out: &mut Vec<u8>, block: &[u8; BLOCK]) -> bool {
    let (mut other, mut short) = (0, 0);
    for byte in block {
        let breaks = u8::from(*byte == b'\n') | u8::from(*byte == b'\r') | u8::from(*byte == b'\t');
        other |= u8::from(*byte >= 0x7f) | (u8::from(*byte < b' ') & (breaks ^ 1));
        short |= u8::from(*byte == b'"') | u8::from(*byte == b'\\') | breaks;
    }
    if other != 0 {
        return false;
    }
    if short == 0 {
        out.extend_from_slice(block);
        return true;
    }
    // Without branches: paths and scripts are full of these.
    let mut escaped = [b'\\'; BLOCK * 2];
    let mut end = 0;
    for byte in block {
        let letter = SHORT[usize::from(byte & 0x7f)];
        end += usize::from(letter != 0);
        escaped[end] = if letter == 0 { *byte } else { letter };
        end += 1;
        if let Some(next) = escaped.get_mut(end) {
            *next = b'\\';
        }
    }
    out.extend_from_slice(escaped.get(..end).unwrap_or_default());
    true
}

fn push_any(out: &mut Vec<u8>, letters: impl Iterator<Item = char>) {
    for letter in letters {
        match u8::try_from(letter) {
            Ok(byte @ 0..0x80) => match SHORT[usize::from(byte)] {
                0 if byte < b' ' || byte == 0x7f => push_unit(out, byte.into()),
                0 => out.push(byte),
                short => out.extend_from_slice(&[b'\\', short]),
            },
            _ => push_letter(out, letter),
        }
    }
}

fn push_letter(out: &mut Vec<u8>, letter: char) {
    if is_hostile(letter) {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            push_unit(out, *unit);
        }
    } else {
        out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

fn push_unit(out: &mut Vec<u8>, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    for place in (0..4).rev() {
        out.push(DIGITS[usize::from((unit >> (place * 4)) & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        let mut out = Vec::new();
        push_string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    fn json_utf16(text: &str) -> String {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut out = b"\"".to_vec();
        push_escaped_utf16(&mut out, &bytes);
        out.push(b'"');
        String::from_utf8(out).unwrap()
    }

    /// Wherever in the steps a letter falls, a parser gets back what was put in.
    #[test]
    fn parsers_get_the_text_back() {
        let letters = [
            "a",
            "\\",
            "\"",
            "\n",
            "\u{1b}",
            "\u{7f}",
            "\u{9b}",
            "é",
            "홍",
            "…",
            "😀",
            "\u{202e}",
            "\u{e0041}",
            "\u{0}",
        ];
        for letter in letters {
            for before in 0..40 {
                let text = format!("{}{letter}{}", "x".repeat(before), "홍y\\".repeat(before % 9));
                let written = json(&text);
                assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
                assert!(!written.chars().any(is_hostile), "{written:?}");
                if letter != "\u{0}" {
                    assert_eq!(json_utf16(&text), written);
                }
            }
        }
    }

    #[test]
    fn wide_text_ends_where_windows_ends_it() {
        for length in 0..40 {
            let text = "a".repeat(length);
            assert_eq!(json_utf16(&format!("{text}\0bcd{text}")), format!("\"{text}\""));
        }
        let mut out = Vec::new();
        push_escaped_utf16(&mut out, &[0x61, 0, 0, 0xd8, 0x62, 0, 0x63]);
        assert_eq!(out, "a\u{fffd}b".as_bytes());
    }

    #[test]
    fn as_people_read_it() {
        assert_eq!(json("C:\\Users\\홍길동 \"x\""), r#""C:\\Users\\홍길동 \"x\"""#);
        assert_eq!(json("\u{1b}[2J\u{202e}\u{e0041}"), r#""\u001b[2J\u202e\udb40\udc41""#);
    }
}
