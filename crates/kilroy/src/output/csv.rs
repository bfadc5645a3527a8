//! CSV after RFC 4180, safe to open in a spreadsheet: a text cannot begin a formula. A number is no text.

use serde_json::Value;

/// The line of the column names.
pub(crate) fn header(keys: &[&str]) -> String {
    line(keys, push_cell)
}

/// One row; `row` is a JSON object. Values stand under their keys; what a row does not have stays empty.
pub(crate) fn row(keys: &[&str], row: &Value) -> String {
    line(keys, |line, key| match row.get(key) {
        None => {}
        Some(Value::Number(number)) => line.extend_from_slice(number.to_string().as_bytes()),
        Some(value) => push_cell(line, &cell(value)),
    })
}

fn line(keys: &[&str], push: impl Fn(&mut Vec<u8>, &str)) -> String {
    let mut line = Vec::new();
    for (n, key) in keys.iter().enumerate() {
        if n > 0 {
            line.push(b',');
        }
        push(&mut line, key);
    }
    line.extend_from_slice(b"\r\n");
    // Texts went in, and nothing but whole ones.
    String::from_utf8(line).unwrap_or_default()
}

/// Appends a text as a cell.
pub(crate) fn push_cell(line: &mut Vec<u8>, text: &str) {
    let quoted = text.contains([',', '"', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ');
    if quoted {
        line.push(b'"');
    }
    if acts(text) {
        line.push(b'\'');
    }
    for (n, piece) in text.split('"').enumerate() {
        if n > 0 {
            line.extend_from_slice(b"\"\"");
        }
        line.extend_from_slice(piece.as_bytes());
    }
    if quoted {
        line.push(b'"');
    }
}

/// A spreadsheet takes a cell that begins like this for a formula, and runs it.
fn acts(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A value as text: lists of plain values with blanks between them, everything nested as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(is_plain) => {
            items.iter().map(cell).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_that_need_care() {
        for (value, want) in [
            (json!("alice"), "alice"),
            (json!(null), ""),
            (json!(7), "7"),
            (json!(true), "true"),
            (json!("a,b"), "\"a,b\""),
            (json!("say \"x\""), "\"say \"\"x\"\"\""),
            (json!("two\nlines"), "\"two\nlines\""),
            (json!("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0"),
            (json!("+1"), "'+1"),
            (json!("-1"), "'-1"),
            (json!(-35786), "-35786"),
            (json!(-0.5), "-0.5"),
            (json!([-1, 2]), "'-1 2"),
            (json!("@SUM(A1)"), "'@SUM(A1)"),
            (json!("\t=1"), "'\t=1"),
            (json!("\r=1"), "\"'\r=1\""),
            (json!("=\"a\",1"), "\"'=\"\"a\"\",1\""),
            (json!(["0x1", "0x2"]), "0x1 0x2"),
            (json!([]), ""),
            (json!(["=1", "x"]), "'=1 x"),
            (json!({"nla": true}), "\"{\"\"nla\"\":true}\""),
            (json!([{"event_id": 1}]), "\"[{\"\"event_id\"\":1}]\""),
        ] {
            assert_eq!(row(&["k"], &json!({ "k": value })), format!("{want}\r\n"), "{value}");
        }
    }

    #[test]
    fn columns_in_the_order_asked_for() {
        assert_eq!(header(&["b", "a"]), "b,a\r\n");
        assert_eq!(row(&["b", "a", "none"], &json!({ "a": 1, "b": 2 })), "2,1,\r\n");
    }
}
