//! Widths as a terminal sees them, and numbers as people read them.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes; Chinese, Japanese and Korean letters take two.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most this many columns, with `…` where something was cut off.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        // One column is for the mark.
        if used + wide + 1 > columns {
            break;
        }
        kept.push(c);
        used += wide;
    }
    kept.push('…');
    kept
}

/// The end of the text in at most this many columns, with `…` where something was cut off.
pub(crate) fn cut_start(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut from = text.len();
    let mut used = 1;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        from = at;
    }
    format!("…{}", &text[from..])
}

/// `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.3 MB`: powers of 1000, as disks and networks are labelled.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    match UNITS.iter().find(|(_, size)| n >= *size) {
        Some((unit, size)) => {
            let tenths = u128::from(n) * 10 / u128::from(*size);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{n} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_count_twice() {
        assert_eq!(width("alice"), 5);
        assert_eq!(width("홍길동"), 6);
    }

    #[test]
    fn cut_by_columns_not_by_letters() {
        assert_eq!(cut("administrator", 13), "administrator");
        assert_eq!(cut("administrator", 6), "admin…");
        assert_eq!(cut("홍길동전", 5), "홍길…");
        assert_eq!(cut("홍길동전", 4), "홍…");
        assert_eq!(cut("홍길동전", 8), "홍길동전");
        for columns in 1..10 {
            assert!(width(&cut("a홍b길c동", columns)) <= columns);
            assert!(width(&cut_start("a홍b길c동", columns)) <= columns);
        }
        assert_eq!(cut_start("logs/Security.evtx", 10), "…rity.evtx");
        assert_eq!(cut_start("홍길동", 4), "…동");
    }

    #[test]
    fn numbers() {
        assert_eq!(
            [0, 999, 1000, 24_345, 1_234_567].map(count),
            ["0", "999", "1,000", "24,345", "1,234,567"]
        );
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1000), "1.0 kB");
        assert_eq!(bytes(69_632), "69.6 kB");
        assert_eq!(bytes(u64::MAX), "18446744.0 TB");
    }
}
