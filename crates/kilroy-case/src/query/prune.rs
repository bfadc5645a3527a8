//! What the bounds of a row group say about a condition, before any row is read.

use kilroy_model::Timestamp;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use super::column::Column;
use super::eval::nanos;
use super::filter::{Check, Expr};
use super::pattern::Pattern;

/// Which rows of a group fulfil a condition, as far as its bounds tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bounds {
    /// None.
    None,
    /// All of them.
    All,
    /// That remains to be seen.
    Some,
}

/// `may_have`: can any of these texts be in this column? It is asked of identities only, and costs a look into the file.
pub(super) fn bounds(
    expr: &Expr,
    group: &RowGroupMetaData,
    may_have: &dyn Fn(Column, &[&str]) -> bool,
) -> Bounds {
    let bounds = |expr| bounds(expr, group, may_have);
    match expr {
        Expr::All(some) => some.iter().map(bounds).fold(Bounds::All, |all, one| match (all, one) {
            (Bounds::None, _) | (_, Bounds::None) => Bounds::None,
            (Bounds::All, Bounds::All) => Bounds::All,
            _ => Bounds::Some,
        }),
        Expr::Any(some) => some.iter().map(bounds).fold(Bounds::None, |any, one| match (any, one) {
            (Bounds::All, _) | (_, Bounds::All) => Bounds::All,
            (Bounds::None, Bounds::None) => Bounds::None,
            _ => Bounds::Some,
        }),
        Expr::Not(expr) => match bounds(expr) {
            Bounds::None => Bounds::All,
            Bounds::All => Bounds::None,
            Bounds::Some => Bounds::Some,
        },
        Expr::Test(column, Check::Numbers(ranges)) => {
            of_ranges(group, *column, ranges.iter().map(|(from, to)| (i128::from(*from), i128::from(*to))))
        }
        Expr::Test(column, Check::Times(spans)) => of_ranges(
            group,
            *column,
            spans.iter().map(|(from, to)| {
                let (from, to) = nanos(*from, *to);
                (i128::from(from), i128::from(to))
            }),
        ),
        Expr::Test(column, Check::Text(any)) if column.is_in_bloom() => {
            let only: Option<Vec<&str>> = any.iter().map(Pattern::only).collect();
            match only {
                Some(texts) if !may_have(*column, &texts) => Bounds::None,
                _ => Bounds::Some,
            }
        }
        Expr::Test(..) => Bounds::Some,
    }
}

fn of_ranges(group: &RowGroupMetaData, column: Column, ranges: impl Iterator<Item = (i128, i128)>) -> Bounds {
    let Some(Limits { least, most, nulls }) = limits(group, column) else { return Bounds::Some };
    let Some((least, most)) = least.zip(most) else { return Bounds::Some };
    let mut found = Bounds::None;
    for (from, to) in ranges {
        if from <= least && most <= to && !nulls {
            return Bounds::All;
        }
        if from <= most && least <= to {
            found = Bounds::Some;
        }
    }
    found
}

/// What is in a column of a row group.
struct Limits {
    least: Option<i128>,
    most: Option<i128>,
    /// There may be rows without value.
    nulls: bool,
}

fn limits(group: &RowGroupMetaData, column: Column) -> Option<Limits> {
    let name = column.name();
    let chunk = group.columns().iter().find(|chunk| chunk.column_path().string() == name)?;
    // Times are signed numbers; all others are unsigned ones, kept in signed ones.
    let signed = name == "time";
    let (least, most, nulls) = match chunk.statistics()? {
        Statistics::Int32(known) => {
            let value = |v: &i32| i128::from(u32::from_ne_bytes(v.to_ne_bytes()));
            (known.min_opt().map(value), known.max_opt().map(value), known.null_count_opt())
        }
        Statistics::Int64(known) => {
            let value = |v: &i64| {
                if signed { i128::from(*v) } else { i128::from(u64::from_ne_bytes(v.to_ne_bytes())) }
            };
            (known.min_opt().map(value), known.max_opt().map(value), known.null_count_opt())
        }
        _ => return None,
    };
    Some(Limits { least, most, nulls: nulls != Some(0) })
}

/// The first and the last time of a group; none if no row has one, or nothing is known.
pub(super) fn span(group: &RowGroupMetaData) -> Option<(Timestamp, Timestamp)> {
    let (least, most) = (|| {
        let Limits { least, most, .. } = limits(group, Column::named("time")?)?;
        least.zip(most)
    })()?;
    let time = |nanos: i128| i64::try_from(nanos).ok().map(Timestamp::from_nanos);
    time(least).zip(time(most))
}

/// Whether rows of a group may have no time.
pub(super) fn may_be_timeless(group: &RowGroupMetaData) -> bool {
    Column::named("time").and_then(|time| limits(group, time)).is_none_or(|known| known.nulls)
}
