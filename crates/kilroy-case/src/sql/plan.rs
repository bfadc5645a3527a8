//! What of a WHERE clause reaches the scan.
//!
//! SQLite names its conditions twice: when it plans (which columns, which comparisons), and when it starts to read (the
//! values). In between it keeps one text per table; a [`Plan`] is that text. It also shows up in `EXPLAIN QUERY PLAN`.

use std::fmt;
use std::str::FromStr;

use rusqlite::Result;
use rusqlite::types::ValueRef;
use rusqlite::vtab::{Filters, IndexConstraintOp, IndexInfo};

use super::bridge::wrong;

/// A comparison of a column with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    In,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    Glob,
    Is,
    IsNull,
    IsNotNull,
}

/// Each with the word for it in the text of a plan.
const WORDS: &[(Comparison, &str)] = &[
    (Comparison::Equal, "="),
    (Comparison::In, "in"),
    (Comparison::NotEqual, "<>"),
    (Comparison::Less, "<"),
    (Comparison::LessOrEqual, "<="),
    (Comparison::Greater, ">"),
    (Comparison::GreaterOrEqual, ">="),
    (Comparison::Like, "like"),
    (Comparison::Glob, "glob"),
    (Comparison::Is, "is"),
    (Comparison::IsNull, "is-null"),
    (Comparison::IsNotNull, "is-not-null"),
];

impl Comparison {
    fn of(asked: &IndexConstraintOp) -> Option<Self> {
        use IndexConstraintOp as Op;
        Some(match asked {
            Op::SQLITE_INDEX_CONSTRAINT_EQ => Self::Equal,
            Op::SQLITE_INDEX_CONSTRAINT_NE => Self::NotEqual,
            Op::SQLITE_INDEX_CONSTRAINT_LT => Self::Less,
            Op::SQLITE_INDEX_CONSTRAINT_LE => Self::LessOrEqual,
            Op::SQLITE_INDEX_CONSTRAINT_GT => Self::Greater,
            Op::SQLITE_INDEX_CONSTRAINT_GE => Self::GreaterOrEqual,
            Op::SQLITE_INDEX_CONSTRAINT_LIKE => Self::Like,
            Op::SQLITE_INDEX_CONSTRAINT_GLOB => Self::Glob,
            Op::SQLITE_INDEX_CONSTRAINT_IS => Self::Is,
            Op::SQLITE_INDEX_CONSTRAINT_ISNULL => Self::IsNull,
            Op::SQLITE_INDEX_CONSTRAINT_ISNOTNULL => Self::IsNotNull,
            _ => return None,
        })
    }

    fn word(self) -> &'static str {
        WORDS.iter().find(|(one, _)| *one == self).map_or("", |(_, word)| word)
    }
}

/// How texts of a comparison are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collation {
    /// Byte by byte.
    Binary,
    /// The letters A to Z without regard to case.
    NoCase,
    Other,
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes,
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Self::Text(text.to_owned()),
                Err(_) => Self::Bytes,
            },
            ValueRef::Blob(_) => Self::Bytes,
        }
    }
}

/// A condition as it stands when SQLite plans.
#[derive(Debug)]
pub(super) struct Condition {
    /// Its number among SQLite's.
    pub(super) number: usize,
    pub(super) term: Term,
    /// What it is compared with, if that is written in the statement.
    pub(super) value: Option<Value>,
}

/// The conditions that SQLite offers.
pub(super) fn conditions(asked: &IndexInfo) -> Result<Vec<Condition>> {
    let mut found = Vec::new();
    for (number, condition) in asked.constraints().enumerate() {
        let Some(comparison) = Comparison::of(&condition.operator()).filter(|_| condition.is_usable()) else {
            continue;
        };
        let Ok(column) = usize::try_from(condition.column()) else { continue };
        let comparison = match comparison {
            Comparison::Equal if asked.is_in_constraint(number)? => Comparison::In,
            other => other,
        };
        let collation = match asked.collation(number)? {
            "BINARY" => Collation::Binary,
            "NOCASE" => Collation::NoCase,
            _ => Collation::Other,
        };
        let value = asked.rhs_value(number)?.map(Value::from);
        found.push(Condition { number, term: Term { column, comparison, collation }, value });
    }
    Ok(found)
}

/// A condition that is taken down to the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) column: usize,
    pub(super) comparison: Comparison,
    pub(super) collation: Collation,
}

/// How a table is read: the columns that are used, and the conditions in the order in which their values come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    pub(super) used: Vec<usize>,
    pub(super) terms: Vec<Term>,
    /// Rows with the same values come one after the other, in the order of these columns. None: in the order of the scan.
    pub(super) grouped: Vec<usize>,
    /// Each combination of values is wanted once.
    pub(super) distinct: bool,
}

impl Plan {
    pub(super) fn of(asked: &IndexInfo, columns: usize) -> Self {
        let bits = asked.col_used();
        // The last bit stands for all columns from there on.
        let is_used = |column: usize| bits & (1 << column.min(63)) != 0;
        Self {
            used: (0..columns).filter(|column| is_used(*column)).collect(),
            terms: Vec::new(),
            ..Self::default()
        }
    }

    /// Takes a condition. `exactly`: SQLite need not ask again.
    pub(super) fn take(&mut self, asked: &mut IndexInfo, condition: &Condition, exactly: bool) -> Result<()> {
        if condition.term.comparison == Comparison::In {
            asked.set_in_constraint(condition.number, true)?;
        }
        self.terms.push(condition.term);
        let place = i32::try_from(self.terms.len()).map_err(wrong)?;
        let mut usage = asked.constraint_usage(condition.number);
        usage.set_argv_index(place);
        usage.set_omit(exactly);
        Ok(())
    }

    /// The conditions with their values: each with those of which one must be met.
    pub(super) fn with_values(&self, given: &Filters<'_>) -> Result<Vec<(Term, Vec<Value>)>> {
        let mut all = Vec::new();
        let values: Vec<Value> = given.iter().map(Value::from).collect();
        for (number, (term, value)) in self.terms.iter().zip(values).enumerate() {
            let values =
                if term.comparison == Comparison::In { in_values(given, number)? } else { vec![value] };
            all.push((*term, values));
        }
        Ok(all)
    }
}

fn in_values(given: &Filters<'_>, number: usize) -> Result<Vec<Value>> {
    use rusqlite::fallible_iterator::FallibleIterator as _;
    given.in_values(number)?.map(|value| Ok(Value::from(value))).collect()
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, texts: &mut dyn Iterator<Item = String>| {
            texts.enumerate().try_for_each(|(n, text)| write!(f, "{}{text}", if n > 0 { "," } else { "" }))
        };
        list(f, &mut self.used.iter().map(usize::to_string))?;
        write!(f, ";")?;
        list(
            f,
            &mut self.terms.iter().map(|term| {
                let collation = match term.collation {
                    Collation::Binary => "",
                    Collation::NoCase => " nocase",
                    Collation::Other => " other",
                };
                format!("{} {}{collation}", term.column, term.comparison.word())
            }),
        )?;
        if self.grouped.is_empty() {
            return Ok(());
        }
        write!(f, ";{} ", if self.distinct { "distinct" } else { "grouped" })?;
        list(f, &mut self.grouped.iter().map(usize::to_string))
    }
}

impl FromStr for Plan {
    type Err = rusqlite::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut sections = text.split(';');
        let (Some(used), Some(terms)) = (sections.next(), sections.next()) else {
            return Err(wrong("a plan without columns"));
        };
        let (how, grouped) = sections.next().and_then(|order| order.split_once(' ')).unwrap_or_default();
        let parts = |list: &'_ str| -> Vec<String> {
            list.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let numbers =
            |list: &str| parts(list).iter().map(|n| n.parse().map_err(wrong)).collect::<Result<Vec<usize>>>();
        let term = |text: &String| {
            let mut words = text.split(' ');
            let column = words.next().unwrap_or_default().parse().map_err(wrong)?;
            let word = words.next().unwrap_or_default();
            let (comparison, _) = WORDS
                .iter()
                .find(|(_, known)| *known == word)
                .ok_or_else(|| wrong("a plan with an unknown comparison"))?;
            let collation = match words.next() {
                None => Collation::Binary,
                Some("nocase") => Collation::NoCase,
                Some(_) => Collation::Other,
            };
            Ok(Term { column, comparison: *comparison, collation })
        };
        let terms = parts(terms).iter().map(term).collect::<Result<_>>()?;
        Ok(Self { used: numbers(used)?, terms, grouped: numbers(grouped)?, distinct: how == "distinct" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_its_text() {
        let term = |column, comparison, collation| Term { column, comparison, collation };
        let all = WORDS.iter().enumerate().map(|(n, (comparison, _))| {
            let collation = [Collation::Binary, Collation::NoCase, Collation::Other][n % 3];
            term(n * 7, *comparison, collation)
        });
        let plan = Plan { used: vec![0, 4, 61], terms: all.collect(), ..Plan::default() };
        assert_eq!(plan.to_string().parse::<Plan>().unwrap(), plan);
        for distinct in [false, true] {
            let plan = Plan { grouped: vec![4, 0], distinct, ..plan.clone() };
            assert_eq!(plan.to_string().parse::<Plan>().unwrap(), plan);
        }
        let empty = Plan::default();
        assert_eq!((empty.to_string().as_str(), empty.to_string().parse::<Plan>().unwrap()), (";", empty));
        assert!(
            "1,2".parse::<Plan>().is_err()
                && "x;".parse::<Plan>().is_err()
                && ";1 ~".parse::<Plan>().is_err()
        );
    }
}
