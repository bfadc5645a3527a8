//! Values of the event table, one by one.

use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, ArrayRef};
use kilroy_model::Timestamp;
use serde::{Serialize, Serializer};

use super::eval::{number_at, text_at};

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A time.
    Time(Timestamp),
    /// A text.
    Text(String),
    /// Fields as logged, in their order.
    Fields(Vec<(String, Option<String>)>),
}

impl Value {
    /// The value in a row of a column; none if there is none.
    pub fn at(values: &ArrayRef, row: usize) -> Option<Self> {
        if values.is_null(row) {
            return None;
        }
        if let Some(text) = text_at(values, row) {
            return Some(Self::Text(text.to_owned()));
        }
        if let Some(number) = number_at(values, row) {
            return Some(Self::Number(number));
        }
        if let Some(times) = values.as_primitive_opt::<TimestampNanosecondType>() {
            return Some(Self::Time(Timestamp::from_nanos(times.value(row))));
        }
        if let Some(flags) = values.as_boolean_opt() {
            return Some(Self::Flag(flags.value(row)));
        }
        let entries = values.as_map_opt()?.value(row);
        let (names, texts) = (entries.column(0), entries.column(1));
        let entry = |n| Some((text_at(names, n)?.to_owned(), text_at(texts, n).map(str::to_owned)));
        Some(Self::Fields((0..entries.len()).filter_map(entry).collect()))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::Text(text) => f.write_str(text),
            Self::Fields(fields) => {
                for (n, (name, value)) in fields.iter().enumerate() {
                    let blank = if n > 0 { " " } else { "" };
                    write!(f, "{blank}{name}={}", value.as_deref().unwrap_or(""))?;
                }
                Ok(())
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Time(time) => time.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Fields(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}
