//! Conditions of SQL as conditions of the scan.
//!
//! The scan may let more rows through than a condition of SQL does, never fewer: SQLite asks again, unless it was told that
//! the answer is exact. Texts are compared without regard to case there, so they are never exact.

use kilroy_model::{Timestamp, host_key};

use super::plan::{Collation, Comparison, Condition, Term, Value};
use super::time_text::first_from;
use crate::query::{Check, Column, Expr, HostPattern, Kind, Pattern};

/// More values than these in an `IN` are not taken down: SQLite's own look-up is faster then.
const MOST_VALUES: usize = 1000;

/// Whether the scan answers a condition exactly as SQLite would. Only if that is known before the values are.
pub(super) fn is_exact(condition: &Condition) -> bool {
    use Comparison as C;
    let kind = Column { place: condition.term.column }.kind();
    match (condition.term.comparison, &condition.value) {
        (C::IsNull | C::IsNotNull, _) => kind != Kind::Fields,
        (C::Equal | C::NotEqual | C::Less | C::LessOrEqual | C::Greater | C::GreaterOrEqual, Some(value)) => {
            match kind {
                Kind::Number | Kind::Level | Kind::Flag => matches!(value, Value::Integer(_)),
                Kind::Time => {
                    matches!(value, Value::Text(_)) && condition.term.collation == Collation::Binary
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// The condition for the scan; none if every row may fulfil it.
pub(super) fn expr(term: Term, values: &[Value]) -> Option<Expr> {
    let column = Column { place: term.column };
    let kind = column.kind();
    match term.comparison {
        Comparison::IsNull => return (kind != Kind::Fields).then(|| is_null(column)),
        Comparison::IsNotNull => return (kind != Kind::Fields).then(|| Expr::Not(Box::new(is_null(column)))),
        Comparison::Is if values.iter().all(|value| *value == Value::Null) => {
            return (kind != Kind::Fields).then(|| is_null(column));
        }
        _ => {}
    }
    // A comparison with nothing is never true.
    let values: Vec<&Value> = values.iter().filter(|value| **value != Value::Null).collect();
    if values.is_empty() {
        return Some(Expr::Any(Vec::new()));
    }
    if values.len() > MOST_VALUES {
        return None;
    }
    let check = match kind {
        Kind::Number | Kind::Level => Check::Numbers(each(&values, |value| numbers(term, value))?),
        Kind::Flag => Check::Flag(each(&values, |value| flags(term, value))?),
        Kind::Time => Check::Times(each(&values, |value| times(term, value))?),
        Kind::Fields => return None,
        Kind::Host => Check::Host(each(&values, |value| Some(vec![host(term, value)?]))?),
        Kind::Text | Kind::User(_) | Kind::Address | Kind::Guid => {
            Check::Text(each(&values, |value| Some(vec![pattern(term, value)?]))?)
        }
    };
    Some(Expr::Test(column, check))
}

/// All of them; none if one of them cannot be told.
fn each<T>(values: &[&Value], one: impl Fn(&Value) -> Option<Vec<T>>) -> Option<Vec<T>> {
    values.iter().try_fold(Vec::new(), |mut all, value| {
        all.extend(one(value)?);
        Some(all)
    })
}

fn is_null(column: Column) -> Expr {
    let any = match column.kind() {
        Kind::Number | Kind::Level => Check::Numbers(vec![(0, u64::MAX)]),
        Kind::Flag => Check::Flag(vec![None]),
        Kind::Time => Check::Times(vec![(Timestamp::from_ticks(i64::MIN), Timestamp::from_ticks(i64::MAX))]),
        _ => Check::Text(vec![Pattern::new("*")]),
    };
    Expr::Not(Box::new(Expr::Test(column, any)))
}

/// Numbers of SQLite are signed: those from 2^63 on are negative there.
fn numbers(term: Term, value: &Value) -> Option<Vec<(u64, u64)>> {
    let mut ranges = Vec::new();
    for (from, to) in signed(term, value)? {
        if from > to {
            continue;
        }
        if from < 0 {
            ranges.push((from.cast_unsigned(), to.min(-1).cast_unsigned()));
        }
        if to >= 0 {
            ranges.push((from.max(0).cast_unsigned(), to.cast_unsigned()));
        }
    }
    Some(ranges)
}

fn flags(term: Term, value: &Value) -> Option<Vec<Option<bool>>> {
    let ranges = signed(term, value)?;
    let holds = |flag: bool| ranges.iter().any(|(from, to)| (*from..=*to).contains(&i64::from(flag)));
    Some([false, true].into_iter().filter(|flag| holds(*flag)).map(Some).collect())
}

/// The whole numbers that compare so with a value, ends included.
fn signed(term: Term, value: &Value) -> Option<Vec<(i64, i64)>> {
    // The last below or at, and the first at or above.
    let (below, above, hit) = match value {
        Value::Integer(number) => (Some(*number), Some(*number), true),
        Value::Text(text) => {
            let number: i64 = text.trim().parse().ok()?;
            (Some(number), Some(number), true)
        }
        #[allow(clippy::cast_possible_truncation, clippy::float_cmp, reason = "whole, and in the range")]
        Value::Real(number) => {
            const LIMIT: f64 = 9_223_372_036_854_775_808.0;
            let within = |number: f64| (-LIMIT..LIMIT).contains(&number).then_some(number as i64);
            let below = if *number >= LIMIT { Some(i64::MAX) } else { within(number.floor()) };
            let above = if *number < -LIMIT { Some(i64::MIN) } else { within(number.ceil()) };
            (below, above, number.floor() == *number && within(*number).is_some())
        }
        Value::Null | Value::Bytes => return None,
    };
    let up_to = |last: Option<i64>| last.map(|last| (i64::MIN, last));
    let from = |first: Option<i64>| first.map(|first| (first, i64::MAX));
    let before = || if hit { above.and_then(|n| n.checked_sub(1)) } else { below };
    let after = || if hit { below.and_then(|n| n.checked_add(1)) } else { above };
    Some(match term.comparison {
        Comparison::Equal | Comparison::In | Comparison::Is => {
            below.filter(|_| hit).map(|n| (n, n)).into_iter().collect()
        }
        Comparison::NotEqual => up_to(before()).into_iter().chain(from(after())).collect(),
        Comparison::Less => up_to(before()).into_iter().collect(),
        Comparison::LessOrEqual => up_to(below).into_iter().collect(),
        Comparison::Greater => from(after()).into_iter().collect(),
        Comparison::GreaterOrEqual => from(above).into_iter().collect(),
        _ => return None,
    })
}

/// The times whose texts compare so with a text.
fn times(term: Term, value: &Value) -> Option<Vec<(Timestamp, Timestamp)>> {
    let Value::Text(text) = value else { return None };
    if term.collation != Collation::Binary {
        return None;
    }
    // Texts of times rise with the times: two places among them tell all.
    let (begin, end) = (first_from(text, false), first_from(text, true));
    let all = |from: Option<i64>, to: Option<i64>| {
        let from = from?;
        let last = match to {
            Some(to) => to.checked_sub(1)?,
            None => i64::MAX,
        };
        (from <= last).then(|| (Timestamp::from_ticks(from), Timestamp::from_ticks(last)))
    };
    let some = match term.comparison {
        Comparison::Equal | Comparison::In | Comparison::Is => [all(begin, end), None],
        Comparison::NotEqual => [all(Some(i64::MIN), begin), all(end, None)],
        Comparison::Less => [all(Some(i64::MIN), begin), None],
        Comparison::LessOrEqual => [all(Some(i64::MIN), end), None],
        Comparison::Greater => [all(end, None), None],
        Comparison::GreaterOrEqual => [all(begin, None), None],
        _ => return None,
    };
    Some(some.into_iter().flatten().collect())
}

/// Texts that may compare so with a value.
fn pattern(term: Term, value: &Value) -> Option<Pattern> {
    let Value::Text(text) = value else { return None };
    match term.comparison {
        Comparison::Equal | Comparison::In | Comparison::Is if term.collation != Collation::Other => {
            Some(Pattern::new(text))
        }
        Comparison::Like => wildcards(text, &['%', '_']).map(|text| Pattern::new(&text)),
        Comparison::Glob => {
            // A class of letters ends what can be told.
            let known = text.split_once('[').map(|(known, _)| format!("{known}*"));
            wildcards(known.as_deref().unwrap_or(text), &['*', '?']).map(|text| Pattern::new(&text))
        }
        _ => None,
    }
}

/// The pattern with `*` for everything that stands for any letter. Beyond ASCII, what small letters are depends on what
/// stands beside them: such patterns are left to SQLite. To SQLite a text ends at its first zero here, so what follows is
/// left open.
fn wildcards(text: &str, any: &[char]) -> Option<String> {
    text.is_ascii().then(|| format!("{}*", text.replace(any, "*")))
}

/// Hosts that may compare so with a value: whole files are left out by that.
fn host(term: Term, value: &Value) -> Option<HostPattern> {
    let Value::Text(text) = value else { return None };
    match term.comparison {
        Comparison::Equal | Comparison::In | Comparison::Is if term.collation != Collation::Other => {
            HostPattern::new(&host_key(text))
        }
        Comparison::Like | Comparison::Glob => {
            let any: &[char] =
                if term.comparison == Comparison::Like { &['%', '_'] } else { &['*', '?', '['] };
            let known = text.split(any).next().filter(|known| known.is_ascii())?;
            // A file is of the name without blanks around it and dots behind it.
            let known = host_key(known);
            (!known.is_empty()).then(|| HostPattern::new(&format!("{known}*")))?
        }
        _ => None,
    }
}
