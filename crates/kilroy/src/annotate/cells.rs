//! The cells of a row.

use std::borrow::Cow;

/// The cells of a row without its end of line, quotes taken off.
pub(super) fn cells(row: &[u8], delimiter: u8) -> Vec<Cow<'_, str>> {
    let mut cells = Vec::new();
    let mut rest = Some(row);
    while let Some(row) = rest {
        let (cell, after) = first_cell(row, delimiter);
        cells.push(cell);
        rest = after;
    }
    cells
}

/// The first cell, and what comes behind its delimiter.
fn first_cell(row: &[u8], delimiter: u8) -> (Cow<'_, str>, Option<&[u8]>) {
    if row.first() == Some(&b'"')
        && let Some(end) = closing_quote(row)
    {
        let inside = String::from_utf8_lossy(&row[1..end]);
        let cell = if inside.contains("\"\"") { Cow::Owned(inside.replace("\"\"", "\"")) } else { inside };
        // What stands between the quote and the delimiter is no part of the cell.
        let rest = &row[end + 1..];
        let after = rest.iter().position(|byte| *byte == delimiter).map(|at| &rest[at + 1..]);
        return (cell, after);
    }
    match row.iter().position(|byte| *byte == delimiter) {
        Some(at) => (String::from_utf8_lossy(&row[..at]), Some(&row[at + 1..])),
        None => (String::from_utf8_lossy(row), None),
    }
}

fn closing_quote(row: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += row.get(at..)?.iter().position(|byte| *byte == b'"')?;
        if row.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_as_tools_write_them() {
        for (row, want) in [
            ("a,b", vec!["a", "b"]),
            ("", vec![""]),
            ("a,,", vec!["a", "", ""]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"say \"\"x\"\"\",c", vec!["say \"x\"", "c"]),
            ("\"\",c", vec!["", "c"]),
            ("5\" disk,c", vec!["5\" disk", "c"]),
            ("\"open,c", vec!["\"open", "c"]),
            ("\"a\nb\",c", vec!["a\nb", "c"]),
        ] {
            assert_eq!(cells(row.as_bytes(), b','), want, "{row}");
        }
        assert_eq!(cells(b"\xffa|b", b'|'), ["\u{fffd}a", "b"]);
    }
}
