//! Which of two rows comes first.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayAccessor, ArrayRef};
use arrow_cmp::make_comparator;
use arrow_schema::{ArrowError, DataType, SortOptions, TimeUnit};

use super::block::Block;

/// A row: its block, and its place in it.
pub(super) type At<'a> = (&'a Arc<Block>, usize);

/// The order of rows: host, time (none first), channel, record ID, uid; then all columns.
///
/// The same record may stand twice in one file (a copied chunk, a carved record) and its copies differ in what is outside
/// their identity: all columns decide, so that the order in which they came does not. Whoever compares asks
/// [`done`](Self::done) afterwards.
#[derive(Default)]
pub(super) struct Order {
    failed: Option<ArrowError>,
}

impl Order {
    pub(super) fn of(&mut self, a: At<'_>, b: At<'_>) -> Ordering {
        let first = a.0.key(a.1).cmp(&b.0.key(b.1));
        first.then_with(|| a.0.rest_of_key(a.1).cmp(&b.0.rest_of_key(b.1))).then_with(|| {
            all_columns(a, b).unwrap_or_else(|failed| {
                self.failed = Some(failed);
                Ordering::Equal
            })
        })
    }

    /// An error if rows could not be compared.
    pub(super) fn done(&mut self) -> Result<(), ArrowError> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

fn all_columns(a: At<'_>, b: At<'_>) -> Result<Ordering, ArrowError> {
    let columns = a.0.batch().columns().iter().zip(b.0.batch().columns());
    for (left, right) in columns {
        let order = column((left, a.1), (right, b.1))?;
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

/// Compares two values of one column; one that is missing comes first.
///
/// Arrow's own comparison is made for many rows of two arrays, and is dear to make. Here it is for the nested column only,
/// which comes last.
fn column(a: (&ArrayRef, usize), b: (&ArrayRef, usize)) -> Result<Ordering, ArrowError> {
    let known = match a.0.data_type() {
        DataType::Utf8 => {
            a.0.as_string_opt::<i32>()
                .zip(b.0.as_string_opt::<i32>())
                .map(|(l, r)| values((l, a.1), (r, b.1)))
        }
        DataType::Boolean => {
            a.0.as_boolean_opt().zip(b.0.as_boolean_opt()).map(|(l, r)| values((l, a.1), (r, b.1)))
        }
        DataType::UInt8 => numbers::<UInt8Type>(a, b),
        DataType::UInt16 => numbers::<UInt16Type>(a, b),
        DataType::UInt32 => numbers::<UInt32Type>(a, b),
        DataType::UInt64 => numbers::<UInt64Type>(a, b),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => numbers::<TimestampNanosecondType>(a, b),
        _ => None,
    };
    match known {
        Some(order) => Ok(order),
        None => Ok(make_comparator(a.0, b.0, SortOptions::default())?(a.1, b.1)),
    }
}

fn numbers<T: ArrowPrimitiveType<Native: Ord>>(
    a: (&ArrayRef, usize),
    b: (&ArrayRef, usize),
) -> Option<Ordering> {
    let both = a.0.as_primitive_opt::<T>().zip(b.0.as_primitive_opt::<T>());
    both.map(|(left, right)| values((left, a.1), (right, b.1)))
}

fn values<A: ArrayAccessor<Item: Ord>>(a: (A, usize), b: (A, usize)) -> Ordering {
    let value = |(array, row): (A, usize)| array.is_valid(row).then(|| array.value(row));
    value(a).cmp(&value(b))
}
