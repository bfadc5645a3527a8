//! Rows whose values are few: counted in the scan, then given to SQLite one after the other, in order.
//!
//! SQLite sorts all rows to group them. Rows of which only such columns are used need not be sorted: they are counted, and
//! each combination of values comes as often as it is there. What is kept in memory is the combinations, so this is for
//! columns that have few values by nature, and at most one that has some more.

use std::collections::btree_map::IntoIter;

use rusqlite::Result;
use rusqlite::types::Null;
use rusqlite::vtab::{Context, DistinctMode, IndexInfo};

use super::cells::give_text;
use super::plan::Plan;
use crate::query::{Column, Counts, Value};

/// Columns that have few values.
const FEW: &[&str] = &[
    "action",
    "auth_package",
    "channel",
    "credential_guard",
    "elevated",
    "event_id",
    "evidence_id",
    "host",
    "level",
    "lm_package",
    "logon_process",
    "logon_type",
    "object_kind",
    "opcode",
    "provider",
    "recovered",
    "restricted_admin",
    "status",
    "sub_status",
    "task",
    "time_basis",
    "version",
];

/// Columns that can have more.
const SOME: &[&str] =
    &["domain", "image", "parent_image", "sid", "src_host", "src_ip", "subject_user", "user"];

/// No more columns than these together.
const MOST: usize = 4;

/// Notes in the plan that rows come in groups, if they are wanted so and can.
pub(super) fn plan(asked: &mut IndexInfo, plan: &mut Plan) {
    let wanted: Option<Vec<usize>> = asked
        .order_bys()
        .map(|term| usize::try_from(term.column()).ok().filter(|_| !term.is_order_by_desc()))
        .collect();
    let Some(mut columns) = wanted.filter(|wanted| !wanted.is_empty()) else { return };
    let ordered = columns.len();
    columns.extend(
        plan.used.iter().filter(|used| !columns[..ordered].contains(used)).copied().collect::<Vec<_>>(),
    );
    let names: Vec<&str> =
        columns.iter().filter_map(|column| Column::all().nth(*column)).map(Column::name).collect();
    let some = names.iter().filter(|name| SOME.contains(name)).count();
    let few = names.iter().filter(|name| FEW.contains(name)).count();
    if columns.len() > MOST || some > 1 || few + some < columns.len() {
        return;
    }
    plan.distinct = asked.distinct() == DistinctMode::Distinct && columns.len() == ordered;
    plan.grouped = columns;
    asked.set_order_by_consumed(true);
}

/// Counted rows, on their way to SQLite.
pub(super) struct Groups {
    columns: Vec<usize>,
    rest: IntoIter<Vec<Option<Value>>, u64>,
    values: Vec<Option<Value>>,
    /// How often the values at hand are still to come, this time included.
    left: u64,
    once: bool,
    pub(super) given: i64,
}

impl Groups {
    pub(super) fn new(columns: Vec<usize>, counted: Counts, once: bool) -> Self {
        let mut groups =
            Self { columns, rest: counted.into_iter(), values: Vec::new(), left: 1, once, given: -1 };
        groups.next();
        groups
    }

    #[inline]
    pub(super) fn next(&mut self) {
        self.given += 1;
        self.left = self.left.saturating_sub(1);
        while self.left == 0 {
            let Some((values, count)) = self.rest.next() else { return };
            self.values = values;
            self.left = if self.once { count.min(1) } else { count };
        }
    }

    #[inline]
    pub(super) fn is_done(&self) -> bool {
        self.left == 0
    }

    #[inline]
    pub(super) fn column(&self, to: &mut Context, column: usize) -> Result<()> {
        let place = self.columns.iter().position(|known| *known == column);
        match place.and_then(|place| self.values.get(place)) {
            Some(Some(Value::Text(text))) => give_text(to, Some(text)),
            Some(Some(Value::Number(number))) => to.set_result(number.cast_signed()),
            Some(Some(Value::Flag(flag))) => to.set_result(i64::from(*flag)),
            Some(Some(other)) => give_text(to, Some(&other.to_string())),
            _ => to.set_result(Null),
        }
    }
}
