//! Counting: by the values of columns, by day, by hour.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch};
use hashbrown::HashMap;
use kilroy_model::Timestamp;

use super::column::Column;
use super::eval::{dictionary, each_number};
use super::scan::Scan;
use super::value::Value;
use crate::CaseError;
use crate::scan_row::Wrong;

/// What is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The values of a column.
    Column(Column),
    /// Spans of this many seconds, counted from 1970 in UTC.
    Time(u64),
}

impl Key {
    /// Days in UTC.
    pub const DAY: Self = Self::Time(86_400);
    /// Hours.
    pub const HOUR: Self = Self::Time(3_600);

    fn column(self) -> Option<Column> {
        match self {
            Self::Column(column) => Some(column),
            Self::Time(_) => Column::named("time"),
        }
    }
}

/// How many events have which values.
pub type Counts = BTreeMap<Vec<Option<Value>>, u64>;

impl Scan {
    /// How many events there are of each combination of values.
    pub fn group(&self, keys: &[Key]) -> Result<Counts, CaseError> {
        let columns: Vec<Column> = {
            let mut columns: Vec<Column> = keys.iter().filter_map(|key| key.column()).collect();
            columns.sort_unstable();
            columns.dedup();
            columns
        };
        let counted = self.fold(&self.groups(), |counts: &mut Counts, group, known| {
            let scan = self.file(group);
            let rows = scan.select(group.group, known)?;
            if rows.is_empty() {
                return Ok(());
            }
            let wrong = |what| CaseError::table(&scan.file.path, what);
            for batch in scan.file.read(group.group, &columns, rows.ranges())? {
                count(keys, &batch?, counts).map_err(wrong)?;
            }
            Ok(())
        })?;
        let mut all = Counts::new();
        for some in counted {
            if all.is_empty() {
                all = some;
                continue;
            }
            for (values, count) in some {
                *all.entry(values).or_default() += count;
            }
        }
        Ok(all)
    }

    /// The most frequent values of a column, the most frequent first; rows without value do not count.
    pub fn top(&self, column: Column, most: usize) -> Result<Vec<(Value, u64)>, CaseError> {
        let counts = self.group(&[Key::Column(column)])?;
        let mut counts: Vec<(Value, u64)> = counts
            .into_iter()
            .filter_map(|(values, count)| Some((values.into_iter().next()??, count)))
            .collect();
        counts.sort_by_key(|(_, count)| Reverse(*count));
        counts.truncate(most);
        Ok(counts)
    }

    /// How many events there are in each span of so many seconds; spans without events are left out.
    pub fn histogram(&self, seconds: u64) -> Result<Vec<(Timestamp, u64)>, CaseError> {
        let counts = self.group(&[Key::Time(seconds)])?;
        let time = |values: Vec<Option<Value>>| match values.into_iter().next()? {
            Some(Value::Time(time)) => Some(time),
            _ => None,
        };
        Ok(counts.into_iter().filter_map(|(values, count)| Some((time(values)?, count))).collect())
    }
}

/// A number for "no value".
const NOTHING: u32 = u32::MAX;

/// Counts the rows of a batch. Each value gets a small number first: most batches have few of them.
fn count(keys: &[Key], batch: &RecordBatch, counts: &mut Counts) -> Result<(), Wrong> {
    let mut numbered = Vec::with_capacity(keys.len());
    for key in keys {
        let name = key.column().map(Column::name).unwrap_or_default();
        let values = batch.column_by_name(name).ok_or_else(|| format!("it has no column {name}"))?;
        numbered.push(match key {
            Key::Column(_) => Numbered::of(values),
            Key::Time(seconds) => Numbered::of_times(values, *seconds)?,
        });
    }
    // Combinations get numbers as well, one key after the other.
    let Some((first, more)) = numbered.split_first() else { return Ok(()) };
    let mut rows = first.rows.clone();
    let most = rows.iter().filter(|n| **n != NOTHING).max().map_or(0, |most| most + 1);
    let mut combined: Vec<Vec<u32>> = (0..most).map(|n| vec![n]).collect();
    for (n, key) in more.iter().enumerate() {
        combined = combine(&mut rows, &combined, n + 1, key);
    }
    let mut found = vec![0_u64; combined.len()];
    let mut nothing = 0;
    for id in rows {
        match usize::try_from(id).ok().and_then(|id| found.get_mut(id)) {
            Some(count) => *count += 1,
            None => nothing += 1,
        }
    }
    if nothing > 0 {
        *counts.entry(vec![None; keys.len()]).or_default() += nothing;
    }
    for (ids, count) in combined.iter().zip(found).filter(|(_, count)| *count > 0) {
        let values = ids.iter().zip(&numbered).map(|(id, key)| key.value(*id)).collect();
        *counts.entry(values).or_default() += count;
    }
    Ok(())
}

/// Numbers the combinations of what was numbered before with one key more; gives the numbers that each is made of.
fn combine(rows: &mut [u32], before: &[Vec<u32>], keys: usize, more: &Numbered) -> Vec<Vec<u32>> {
    let mut combined: Vec<Vec<u32>> = Vec::new();
    let mut ids: HashMap<(u32, u32), u32> = HashMap::new();
    // Rows of one kind often follow each other.
    let mut last = ((NOTHING, NOTHING), NOTHING);
    for (row, value) in rows.iter_mut().zip(&more.rows) {
        let both = (*row, *value);
        if last.0 != both {
            let next = u32::try_from(combined.len()).unwrap_or(NOTHING);
            let id = *ids.entry(both).or_insert_with(|| {
                let known = usize::try_from(both.0).ok().and_then(|id| before.get(id).cloned());
                let mut one = known.unwrap_or_else(|| vec![NOTHING; keys]);
                one.push(both.1);
                combined.push(one);
                next
            });
            last = (both, id);
        }
        *row = last.1;
    }
    combined
}

/// The values of a column, each with a number.
struct Numbered {
    rows: Vec<u32>,
    values: Values,
}

enum Values {
    Texts(ArrayRef),
    Known(Vec<Value>),
}

impl Numbered {
    fn of(values: &ArrayRef) -> Self {
        if let Ok((keys, texts)) = dictionary(values) {
            let number = |key: Option<i32>| key.and_then(|key| u32::try_from(key).ok()).unwrap_or(NOTHING);
            let rows = match keys.nulls() {
                None => keys.values().iter().map(|key| number(Some(*key))).collect(),
                Some(_) => keys.iter().map(number).collect(),
            };
            return Self { rows, values: Values::Texts(ArrayRef::clone(texts)) };
        }
        let mut known = Vec::new();
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut last = None;
        let numbered = each_number(values, |number| match (number, last) {
            (None, _) => NOTHING,
            (Some(number), Some((same, id))) if same == number => id,
            (Some(number), _) => {
                let next = u32::try_from(known.len()).unwrap_or(NOTHING);
                let id = *numbers.entry(number).or_insert_with(|| {
                    known.push(Value::Number(number));
                    next
                });
                last = Some((number, id));
                id
            }
        });
        if let Some(rows) = numbered {
            return Self { rows, values: Values::Known(known) };
        }
        let mut rows = Vec::with_capacity(values.len());
        let mut ids: HashMap<Value, u32> = HashMap::new();
        for row in 0..values.len() {
            let Some(value) = Value::at(values, row) else {
                rows.push(NOTHING);
                continue;
            };
            let next = u32::try_from(known.len()).unwrap_or(NOTHING);
            let id = ids.get(&value).copied().unwrap_or_else(|| {
                known.push(value.clone());
                ids.insert(value, next);
                next
            });
            rows.push(id);
        }
        Self { rows, values: Values::Known(known) }
    }

    fn of_times(values: &ArrayRef, seconds: u64) -> Result<Self, Wrong> {
        let times = values
            .as_primitive_opt::<TimestampNanosecondType>()
            .ok_or_else(|| format!("a column of times is of {}", values.data_type()))?;
        let width = i64::try_from(seconds.max(1)).unwrap_or(i64::MAX).saturating_mul(1_000_000_000);
        let mut known: Vec<Value> = Vec::new();
        let mut ids: HashMap<i64, u32> = HashMap::new();
        let mut rows = Vec::with_capacity(times.len());
        let mut last: Option<(std::ops::Range<i64>, u32)> = None;
        for time in times {
            let Some(time) = time else {
                rows.push(NOTHING);
                continue;
            };
            if let Some((span, id)) = &last
                && span.contains(&time)
            {
                rows.push(*id);
                continue;
            }
            let begin = time.div_euclid(width).saturating_mul(width);
            let next = u32::try_from(known.len()).unwrap_or(NOTHING);
            let id = *ids.entry(begin).or_insert_with(|| {
                known.push(Value::Time(Timestamp::from_nanos(begin)));
                next
            });
            last = Some((begin..begin.saturating_add(width), id));
            rows.push(id);
        }
        Ok(Self { rows, values: Values::Known(known) })
    }

    fn value(&self, id: u32) -> Option<Value> {
        let id = usize::try_from(id).ok()?;
        match &self.values {
            Values::Texts(texts) => (id < texts.len()).then(|| Value::at(texts, id))?,
            Values::Known(known) => known.get(id).cloned(),
        }
    }
}
