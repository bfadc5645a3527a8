//! Nested values as JSON text, on one line.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use kilroy_model::Timestamp;

/// The value of a row; none if there is none.
pub(super) fn text(values: &ArrayRef, row: usize) -> Option<String> {
    if values.is_null(row) {
        return None;
    }
    let mut text = String::new();
    push(&mut text, values, row);
    Some(text)
}

fn push(to: &mut String, values: &ArrayRef, row: usize) {
    if row >= values.len() || values.is_null(row) {
        to.push_str("null");
        return;
    }
    let pushed = match values.data_type() {
        DataType::Utf8 => values.as_string_opt::<i32>().map(|values| push_text(to, values.value(row))),
        DataType::Boolean => values
            .as_boolean_opt()
            .map(|values| to.push_str(if values.value(row) { "true" } else { "false" })),
        DataType::UInt8 => values.as_primitive_opt::<UInt8Type>().map(|v| push_shown(to, v.value(row))),
        DataType::UInt16 => values.as_primitive_opt::<UInt16Type>().map(|v| push_shown(to, v.value(row))),
        DataType::UInt32 => values.as_primitive_opt::<UInt32Type>().map(|v| push_shown(to, v.value(row))),
        DataType::UInt64 => values.as_primitive_opt::<UInt64Type>().map(|v| push_shown(to, v.value(row))),
        DataType::Int64 => values.as_primitive_opt::<Int64Type>().map(|v| push_shown(to, v.value(row))),
        DataType::Timestamp(..) => values.as_primitive_opt::<TimestampNanosecondType>().map(|values| {
            push_text(to, &Timestamp::from_nanos(values.value(row)).to_string());
        }),
        DataType::List(_) => values.as_list_opt::<i32>().map(|values| {
            let items = values.value(row);
            to.push('[');
            for item in 0..items.len() {
                if item > 0 {
                    to.push(',');
                }
                push(to, &items, item);
            }
            to.push(']');
        }),
        DataType::Struct(fields) => values.as_struct_opt().map(|values| {
            to.push('{');
            for (n, (field, column)) in fields.iter().zip(values.columns()).enumerate() {
                if n > 0 {
                    to.push(',');
                }
                push_text(to, field.name());
                to.push(':');
                push(to, column, row);
            }
            to.push('}');
        }),
        DataType::Map(..) => values.as_map_opt().map(|values| {
            let ends = values.value_offsets();
            let end = |n: usize| ends.get(n).and_then(|end| usize::try_from(*end).ok()).unwrap_or(0);
            to.push('{');
            for (n, entry) in (end(row)..end(row + 1)).enumerate() {
                if n > 0 {
                    to.push(',');
                }
                push(to, values.keys(), entry);
                to.push(':');
                push(to, values.values(), entry);
            }
            to.push('}');
        }),
        _ => None,
    };
    if pushed.is_none() {
        to.push_str("null");
    }
}

fn push_shown(to: &mut String, value: impl std::fmt::Display) {
    use std::fmt::Write as _;
    // Writing to a text cannot fail.
    let _ = write!(to, "{value}");
}

/// A text in quotes.
fn push_text(to: &mut String, text: &str) {
    to.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (plain, from) = rest.split_at(at);
        to.push_str(plain);
        let mut letters = from.chars();
        match letters.next() {
            Some('"') => to.push_str("\\\""),
            Some('\\') => to.push_str("\\\\"),
            Some('\n') => to.push_str("\\n"),
            Some('\r') => to.push_str("\\r"),
            Some('\t') => to.push_str("\\t"),
            Some(c) => push_shown(to, format_args!("\\u{:04x}", u32::from(c))),
            None => {}
        }
        rest = letters.as_str();
    }
    to.push_str(rest);
    to.push('"');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::StringArray;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_come_back(some in ".{0,20}", control in "[\\x00-\\x1f\"\\\\a]{0,8}") {
            let whole = format!("{some}{control}{some}");
            let values: ArrayRef = Arc::new(StringArray::from(vec![Some(whole.as_str()), None]));
            let json = text(&values, 0).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), whole);
            prop_assert_eq!(text(&values, 1), None);
        }
    }
}
