//! Text from logs is hostile: what could move the cursor, hide letters or turn them around is shown as what it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything that is no visible letter written out: `\n`, `\t`, `\u{1b}`, `\u{202e}`.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hostile(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// JSON with everything that is no visible letter written as `\u001b`, but for the blanks and line ends between its parts. In
/// JSON such letters stand in strings only, and are the same there either way.
pub(super) fn escape_json(json: &str) -> Cow<'_, str> {
    let acts = |c: char| c != '\n' && is_hostile(c);
    if !json.chars().any(acts) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    let (mut in_text, mut escaped) = (false, false);
    for c in json.chars() {
        if !in_text && matches!(c, '\t' | '\r') {
            // Between texts an escape would be no JSON.
            safe.push(' ');
        } else if acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a text cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
        in_text ^= c == '"' && !escaped;
        escaped = in_text && c == '\\' && !escaped;
    }
    Cow::Owned(safe)
}

/// Control characters, line ends of all kinds, and what is invisible or changes the direction of writing.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hostile_gets_through() {
        for (text, want) in [
            ("CORP\\alice", "CORP\\alice"),
            ("관리자 Ärzte é", "관리자 Ärzte é"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("nimda\u{202e}", "nimda\\u{202e}"),
            ("a\u{2066}b\u{2069}", "a\\u{2066}b\\u{2069}"),
            ("ad\u{200b}min\u{feff}", "ad\\u{200b}min\\u{feff}"),
            ("line\u{2028}end", "line\\u{2028}end"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ] {
            assert_eq!(escape(text), want);
        }
    }

    #[test]
    fn what_is_escaped_stays_so() {
        let once = escape("\u{1b}]0;x\u{7}").into_owned();
        assert_eq!(escape(&once), once);
    }
}
