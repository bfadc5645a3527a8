//! How the tables that are made of the events declare their columns, and how times are made to fit.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, TimeUnit};
use kilroy_model::Timestamp;

/// A column that always has a value.
pub(crate) fn must(name: &str, kind: DataType) -> FieldRef {
    Arc::new(Field::new(name, kind, false))
}

/// A column that may be null.
pub(crate) fn may(name: &str, kind: DataType) -> FieldRef {
    Arc::new(Field::new(name, kind, true))
}

pub(crate) fn list(item: DataType) -> DataType {
    DataType::List(must("item", item))
}

pub(crate) fn record(fields: Vec<FieldRef>) -> DataType {
    DataType::Struct(fields.into())
}

/// The type of a time.
pub(crate) fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

pub(crate) fn fit(time: &mut Option<Timestamp>) {
    *time = time.filter(|t| t.nanos().is_some());
}

/// The nearest time that can be written.
pub(crate) fn fit_own(time: &mut Timestamp) {
    /// What can be written ends here, rounded to whole ticks.
    const LIMIT: i64 = i64::MAX / 100;
    *time = Timestamp::from_ticks(time.ticks().clamp(-LIMIT, LIMIT));
}
