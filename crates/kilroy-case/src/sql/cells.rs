//! Values of Arrow columns as values of SQLite.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray, TimestampNanosecondArray,
    UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_schema::DataType;
use kilroy_model::Timestamp;
use rusqlite::Result;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::vtab::Context;

use super::json;
use super::time_text::TimeText;

/// A column of a batch, its type found out once.
pub(super) enum Cells {
    Texts(StringArray),
    /// Texts that recur: which, and the texts.
    Recurring(Int32Array, StringArray),
    Bytes(UInt8Array),
    Shorts(UInt16Array),
    Words(UInt32Array),
    Longs(UInt64Array),
    Flags(BooleanArray),
    Times(TimestampNanosecondArray),
    /// Lists, structs and maps: as JSON.
    Nested(ArrayRef),
}

impl Cells {
    /// The column of this name; none if the batch has no such column.
    pub(super) fn of(batch: &RecordBatch, name: &str) -> Option<Self> {
        let values = batch.column_by_name(name)?;
        Some(match values.data_type() {
            DataType::Utf8 => Self::Texts(values.as_string_opt()?.clone()),
            DataType::Dictionary(..) => {
                let values = values.as_dictionary_opt::<Int32Type>()?;
                Self::Recurring(values.keys().clone(), values.values().as_string_opt()?.clone())
            }
            DataType::UInt8 => Self::Bytes(values.as_primitive_opt::<UInt8Type>()?.clone()),
            DataType::UInt16 => Self::Shorts(values.as_primitive_opt::<UInt16Type>()?.clone()),
            DataType::UInt32 => Self::Words(values.as_primitive_opt::<UInt32Type>()?.clone()),
            DataType::UInt64 => Self::Longs(values.as_primitive_opt::<UInt64Type>()?.clone()),
            DataType::Boolean => Self::Flags(values.as_boolean_opt()?.clone()),
            DataType::Timestamp(..) => {
                Self::Times(values.as_primitive_opt::<TimestampNanosecondType>()?.clone())
            }
            _ => Self::Nested(ArrayRef::clone(values)),
        })
    }

    /// Gives the value of a row to SQLite.
    #[inline]
    pub(super) fn give(&self, row: usize, times: &TimeText, to: &mut Context) -> Result<()> {
        match self {
            Self::Texts(values) => give_text(to, values.is_valid(row).then(|| values.value(row))),
            Self::Recurring(keys, texts) => give_text(to, recurring(keys, texts, row)),
            Self::Times(values) if values.is_valid(row) => {
                let text = times.of(Timestamp::from_nanos(values.value(row)));
                to.set_result(ToSqlOutput::Borrowed(ValueRef::Text(&text)))
            }
            Self::Times(_) => to.set_result(Null),
            Self::Nested(values) => match json::text(values, row) {
                Some(text) => give_text(to, Some(&text)),
                None => to.set_result(Null),
            },
            _ => match self.number(row) {
                Some(number) => to.set_result(number),
                None => to.set_result(Null),
            },
        }
    }

    /// The text of a row, if it is a column of texts.
    pub(super) fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Texts(values) => values.is_valid(row).then(|| values.value(row)),
            Self::Recurring(keys, texts) => recurring(keys, texts, row),
            _ => None,
        }
    }

    /// The number of a row, if it is a column of numbers or flags. From 2^63 on they are negative: the bits stay.
    pub(super) fn number(&self, row: usize) -> Option<i64> {
        match self {
            Self::Bytes(values) => values.is_valid(row).then(|| values.value(row).into()),
            Self::Shorts(values) => values.is_valid(row).then(|| values.value(row).into()),
            Self::Words(values) => values.is_valid(row).then(|| values.value(row).into()),
            Self::Longs(values) => values.is_valid(row).then(|| values.value(row).cast_signed()),
            Self::Flags(values) => values.is_valid(row).then(|| values.value(row).into()),
            _ => None,
        }
    }
}

#[inline]
fn recurring<'t>(keys: &Int32Array, texts: &'t StringArray, row: usize) -> Option<&'t str> {
    if keys.is_null(row) {
        return None;
    }
    let key = usize::try_from(keys.value(row)).ok().filter(|key| *key < texts.len())?;
    texts.is_valid(key).then(|| texts.value(key))
}

/// A text as it is, or nothing.
pub(super) fn give_text(to: &mut Context, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) => to.set_result(ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))),
        None => to.set_result(Null),
    }
}

/// How a column is declared to SQLite: that decides how values are compared with it.
pub(super) fn declared(kind: &DataType) -> &'static str {
    match kind {
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 | DataType::Boolean => {
            "INTEGER"
        }
        _ => "TEXT",
    }
}

/// What is in a column, in words for people.
pub(super) fn described(kind: &DataType) -> &'static str {
    match kind {
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => "number",
        DataType::Boolean => "0 or 1",
        DataType::Timestamp(..) => "time",
        DataType::Utf8 => "text",
        _ => "JSON",
    }
}
