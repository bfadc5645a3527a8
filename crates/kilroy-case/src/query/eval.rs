//! Asks conditions of batches of rows.
//!
//! Texts that recur come as dictionaries: each text is asked once, however many rows have it.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, MapArray, RecordBatch, StringArray};
use arrow_schema::DataType;
use kilroy_model::Timestamp;

use super::column::{Column, Kind};
use super::filter::{Check, Expr};
use super::pattern::{Pattern, Place, UserPattern};
use crate::scan_row::Wrong;

/// What was found out about dictionaries: many batches have the same.
#[derive(Default)]
pub(super) struct Known {
    /// By column and condition.
    texts: HashMap<(Column, *const Check), (ArrayRef, Vec<bool>)>,
}

/// Which rows of a batch fulfil a condition.
pub(super) fn fits(expr: &Expr, batch: &RecordBatch, known: &mut Known) -> Result<Vec<bool>, Wrong> {
    Ok(match expr {
        Expr::All(some) => {
            let mut fits_all = vec![true; batch.num_rows()];
            for expr in some {
                combine(&mut fits_all, &fits(expr, batch, known)?, |a, b| a && b);
            }
            fits_all
        }
        Expr::Any(some) => {
            let mut fits_any = vec![false; batch.num_rows()];
            for expr in some {
                combine(&mut fits_any, &fits(expr, batch, known)?, |a, b| a || b);
            }
            fits_any
        }
        Expr::Not(expr) => fits(expr, batch, known)?.into_iter().map(|fits| !fits).collect(),
        Expr::Test(column, check) => test(*column, check, batch, known)?,
    })
}

fn combine(all: &mut [bool], more: &[bool], both: impl Fn(bool, bool) -> bool) {
    for (one, more) in all.iter_mut().zip(more) {
        *one = both(*one, *more);
    }
}

fn test(column: Column, check: &Check, batch: &RecordBatch, known: &mut Known) -> Result<Vec<bool>, Wrong> {
    let name = column.name();
    let values = found(batch, name)?;
    match check {
        Check::Text(any) => {
            texts((column, check), values, known, &|text| any.iter().any(|p: &Pattern| p.matches(text)))
        }
        Check::Host(any) => {
            texts((column, check), values, known, &|text| any.iter().any(|p| p.matches(text)))
        }
        Check::Address(any) => {
            texts((column, check), values, known, &|text| any.iter().any(|p: &Place| p.matches(text)))
        }
        Check::User(any) if !any.iter().any(UserPattern::asks_for_a_domain) => {
            texts((column, check), values, known, &|text| any.iter().any(|p| p.user.matches(text)))
        }
        Check::User(any) => users(column, any, values, batch),
        Check::Numbers(ranges) => numbers(values, ranges),
        Check::Times(spans) => times(values, spans),
        Check::Flag(any) => {
            let flags: &BooleanArray =
                values.as_boolean_opt().ok_or_else(|| format!("the column {name} is not of truths"))?;
            Ok(flags
                .iter()
                .map(|flag| flag.is_some_and(|flag| any.iter().any(|want| want.is_none_or(|w| w == flag))))
                .collect())
        }
        Check::Field(field, any) => {
            let map: &MapArray =
                values.as_map_opt().ok_or_else(|| format!("the column {name} is not of fields"))?;
            fields(map, field.as_ref(), any)
        }
    }
}

fn found<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, Wrong> {
    batch.column_by_name(name).ok_or_else(|| format!("it has no column {name}"))
}

/// Asks each text, or each text of a dictionary.
fn texts(
    (column, check): (Column, &Check),
    values: &ArrayRef,
    known: &mut Known,
    fits: &dyn Fn(&str) -> bool,
) -> Result<Vec<bool>, Wrong> {
    if let Some(plain) = values.as_string_opt::<i32>() {
        return Ok(plain.iter().map(|text| text.is_some_and(fits)).collect());
    }
    let (keys, dictionary) = dictionary(values)?;
    let slot = known.texts.entry((column, std::ptr::from_ref(check)));
    let (_, entries) = match slot {
        std::collections::hash_map::Entry::Occupied(slot) => {
            let slot = slot.into_mut();
            if !slot.0.to_data().ptr_eq(&dictionary.to_data()) {
                *slot = (ArrayRef::clone(dictionary), ask(dictionary, fits)?);
            }
            slot
        }
        std::collections::hash_map::Entry::Vacant(slot) => {
            slot.insert((ArrayRef::clone(dictionary), ask(dictionary, fits)?))
        }
    };
    let at = |key: Option<i32>| {
        key.and_then(|key| usize::try_from(key).ok())
            .and_then(|key| entries.get(key).copied())
            .unwrap_or(false)
    };
    Ok(match keys.nulls() {
        None => keys.values().iter().map(|key| at(Some(*key))).collect(),
        Some(_) => keys.iter().map(at).collect(),
    })
}

fn ask(dictionary: &ArrayRef, fits: &dyn Fn(&str) -> bool) -> Result<Vec<bool>, Wrong> {
    let texts: &StringArray = dictionary.as_string_opt().ok_or("a dictionary is not of texts")?;
    Ok(texts.iter().map(|text| text.is_some_and(fits)).collect())
}

/// The keys and the texts of a column that is a dictionary.
pub(super) fn dictionary(
    values: &ArrayRef,
) -> Result<(&arrow_array::PrimitiveArray<Int32Type>, &ArrayRef), Wrong> {
    let array = values.as_dictionary_opt::<Int32Type>().ok_or("a column is not of texts")?;
    Ok((array.keys(), array.values()))
}

/// A text of a column of texts, however it was read.
pub(super) fn text_at(values: &ArrayRef, row: usize) -> Option<&str> {
    if values.is_null(row) {
        return None;
    }
    if let Some(plain) = values.as_string_opt::<i32>() {
        return Some(plain.value(row));
    }
    let array = values.as_dictionary_opt::<Int32Type>()?;
    let key = usize::try_from(array.keys().value(row)).ok()?;
    let texts = array.values().as_string_opt::<i32>()?;
    (key < texts.len()).then(|| texts.value(key))
}

fn users(
    column: Column,
    any: &[UserPattern],
    values: &ArrayRef,
    batch: &RecordBatch,
) -> Result<Vec<bool>, Wrong> {
    let domains = match column.kind() {
        Kind::User(domain) => Some(found(batch, domain)?),
        _ => None,
    };
    let domain = |row: usize| domains.and_then(|domains| text_at(domains, row));
    Ok((0..values.len())
        .map(|row| any.iter().any(|user| user.matches(text_at(values, row), domain(row))))
        .collect())
}

fn numbers(values: &ArrayRef, ranges: &[(u64, u64)]) -> Result<Vec<bool>, Wrong> {
    each_number(values, |number| {
        number.is_some_and(|n| ranges.iter().any(|(from, to)| *from <= n && n <= *to))
    })
    .ok_or_else(|| format!("a column of numbers is of {}", values.data_type()))
}

/// What is made of each number of a column of numbers; none if it is no such column. The type is asked for once.
pub(super) fn each_number<T>(values: &ArrayRef, make: impl FnMut(Option<u64>) -> T) -> Option<Vec<T>> {
    fn of<P: ArrowPrimitiveType, T>(
        values: &ArrayRef,
        mut make: impl FnMut(Option<u64>) -> T,
    ) -> Option<Vec<T>>
    where
        P::Native: Into<u64>,
    {
        let array = values.as_primitive_opt::<P>()?;
        Some(match array.nulls() {
            None => array.values().iter().map(|number| make(Some((*number).into()))).collect(),
            Some(_) => array.iter().map(|number| make(number.map(Into::into))).collect(),
        })
    }
    match values.data_type() {
        DataType::UInt8 => of::<UInt8Type, T>(values, make),
        DataType::UInt16 => of::<UInt16Type, T>(values, make),
        DataType::UInt32 => of::<UInt32Type, T>(values, make),
        DataType::UInt64 => of::<UInt64Type, T>(values, make),
        _ => None,
    }
}

/// A number of a column of numbers.
#[inline]
pub(super) fn number_at(values: &ArrayRef, row: usize) -> Option<u64> {
    if values.is_null(row) {
        return None;
    }
    match values.data_type() {
        DataType::UInt8 => values.as_primitive_opt::<UInt8Type>().map(|v| v.value(row).into()),
        DataType::UInt16 => values.as_primitive_opt::<UInt16Type>().map(|v| v.value(row).into()),
        DataType::UInt32 => values.as_primitive_opt::<UInt32Type>().map(|v| v.value(row).into()),
        DataType::UInt64 => values.as_primitive_opt::<UInt64Type>().map(|v| v.value(row)),
        _ => None,
    }
}

fn times(values: &ArrayRef, spans: &[(Timestamp, Timestamp)]) -> Result<Vec<bool>, Wrong> {
    let times = values
        .as_primitive_opt::<TimestampNanosecondType>()
        .ok_or_else(|| format!("a column of times is of {}", values.data_type()))?;
    let spans: Vec<(i64, i64)> = spans.iter().map(|(from, to)| nanos(*from, *to)).collect();
    let among = |time: i64| spans.iter().any(|(from, to)| *from <= time && time <= *to);
    Ok(times.iter().map(|time| time.is_some_and(among)).collect())
}

/// A span in nanoseconds. What lies outside of them is as far as they go.
pub(super) fn nanos(from: Timestamp, to: Timestamp) -> (i64, i64) {
    let first = from.nanos().unwrap_or(if from.ticks() < 0 { i64::MIN } else { i64::MAX });
    let last = to.nanos().unwrap_or(if to.ticks() < 0 { i64::MIN } else { i64::MAX });
    // A tick is 100 ns: its last nanosecond belongs to it.
    (first, last.saturating_add(99))
}

fn fields(map: &MapArray, field: Option<&Pattern>, any: &[Pattern]) -> Result<Vec<bool>, Wrong> {
    let names: &StringArray = map.keys().as_string_opt().ok_or("names of fields are not texts")?;
    let values: &StringArray = map.values().as_string_opt().ok_or("values of fields are not texts")?;
    let offsets = map.value_offsets();
    let fits = |entry: usize| {
        field.is_none_or(|field| is_called(field, names.value(entry)))
            && values.is_valid(entry)
            && any.iter().any(|pattern| pattern.matches(values.value(entry)))
    };
    Ok(offsets
        .windows(2)
        .map(|ends| {
            let (from, to) = (usize::try_from(ends[0]).unwrap_or(0), usize::try_from(ends[1]).unwrap_or(0));
            (from..to).any(fits)
        })
        .collect())
}

/// Names that stand several times in an event have a number: `Data` means all of `Data[1]`, `Data[2]`.
fn is_called(field: &Pattern, name: &str) -> bool {
    field.matches(name)
        || name
            .strip_suffix(']')
            .and_then(|name| name.rsplit_once('['))
            .is_some_and(|(bare, number)| number.bytes().all(|b| b.is_ascii_digit()) && field.matches(bare))
}
