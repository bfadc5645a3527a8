//! Which records: decided on what every record says of itself, before its fields are decoded.

mod fields;
mod when;
mod words;

use anyhow::{Result, bail};
use kilroy_evtx::{EventIds, SystemRef, ValueRef};
use kilroy_model::Timestamp;

use self::fields::{FIELDS, Kind, NumberOf, TextOf};
use self::words::{Term, Value};
use crate::filter::{HostPattern, Pattern};

/// Conditions that must all hold.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    tests: Vec<Test>,
}

/// One condition: one of its values must fit.
#[derive(Debug)]
enum Test {
    Text(TextOf, Vec<Pattern>),
    Host(Vec<HostPattern>),
    Number(NumberOf, Vec<(u64, u64)>),
    EventId(Vec<(u64, u64)>),
    Time(Vec<(Timestamp, Timestamp)>),
}

impl Filter {
    /// From what was typed. Several filters must all hold, as their terms must.
    pub(crate) fn of(typed: &[String]) -> Result<Self> {
        let mut tests = Vec::new();
        for text in typed {
            for term in words::terms(text)? {
                tests.push(Test::of(&term)?);
            }
        }
        Ok(Self { tests })
    }

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// The event IDs that can get through, if not all can.
    pub(crate) fn ids(&self) -> Option<EventIds> {
        let asked: Vec<_> = self
            .tests
            .iter()
            .filter_map(|test| match test {
                Test::EventId(any) => Some(any),
                _ => None,
            })
            .collect();
        let all = || (0..=u16::MAX).map(u32::from);
        (!asked.is_empty())
            .then(|| all().filter(|id| asked.iter().all(|any| among(any, (*id).into()))).collect())
    }

    pub(crate) fn takes(&self, system: &SystemRef<'_>) -> bool {
        self.tests.iter().all(|test| test.takes(system))
    }
}

impl Test {
    fn of(term: &Term) -> Result<Self> {
        let typed = &term.name;
        let Some(field) = FIELDS.iter().find(|field| field.is_called(typed)) else {
            let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
            bail!(
                "--filter {typed:?}: there is no such field; there are {}. What stands in `data` cannot be chosen by \
                 here: give the output to jq or another program",
                names.join(", ")
            );
        };
        let name = field.name;
        let each = &term.any;
        Ok(match field.kind {
            Kind::Text(of) => Self::Text(of, all(each, |value| text(name, value).map(Pattern::new))?),
            Kind::Id(of) => Self::Text(
                of,
                all(each, |value| Ok(Pattern::new(text(name, value)?.trim_matches(['{', '}']))))?,
            ),
            Kind::Host => Self::Host(all(each, |value| HostPattern::new(text(name, value)?))?),
            Kind::Number(of) => Self::Number(of, all(each, |value| numbers(name, value))?),
            Kind::EventId => Self::EventId(all(each, |value| numbers(name, value))?),
            Kind::Time => Self::Time(all(each, times)?),
        })
    }

    fn takes(&self, system: &SystemRef<'_>) -> bool {
        match self {
            Self::Text(of, any) => of(system).is_some_and(|text| any.iter().any(|p| p.matches(&text))),
            Self::Host(any) => any.iter().any(|pattern| pattern.matches(system.computer)),
            Self::Number(of, any) => of(system).is_some_and(|number| among(any, number)),
            Self::EventId(any) => among(any, system.event_id.into()),
            Self::Time(any) => time(system).is_some_and(|time| among(any, time)),
        }
    }
}

/// Whether it lies in one of these ranges, both ends of which are included.
fn among<T: PartialOrd + Copy>(ranges: &[(T, T)], one: T) -> bool {
    ranges.iter().any(|(from, to)| (from..=to).contains(&&one))
}

fn all<T>(values: &[Value], one: impl Fn(&Value) -> Result<T>) -> Result<Vec<T>> {
    values.iter().map(one).collect()
}

/// A text; no range.
fn text<'v>(name: &str, value: &'v Value) -> Result<&'v str> {
    match value {
        Value::One(text) => Ok(text),
        Value::Range(from, to) => {
            bail!(
                "--filter {name}:{from}..{to}: {name} is text and has no ranges; if the dots belong to it, put it in quotes"
            )
        }
    }
}

/// A number, or from one to another: `4624`, `4624..4634`, `4624-4634`, `..5`.
fn numbers(name: &str, value: &Value) -> Result<(u64, u64)> {
    let wrong = |text: &str| {
        let levels = if name == "level" { ", or critical, error, warning, information, verbose" } else { "" };
        anyhow::anyhow!("--filter {name}:{text}: give a number like 4624, or a range like 4624..4634{levels}")
    };
    let number = |text: &str, open: u64| match text.trim() {
        "" => Ok(open),
        digits => digits.parse().ok().or_else(|| level(name, digits)).ok_or_else(|| wrong(text)),
    };
    let (from, to) = match value {
        Value::Range(from, to) => (from.as_str(), to.as_str()),
        Value::One(text) => match text.split_once('-') {
            Some(("", _) | (_, "")) => return Err(wrong(text)),
            Some(ends) => ends,
            None => (text.as_str(), text.as_str()),
        },
    };
    let (from, to) = (number(from, 0)?, number(to, u64::MAX)?);
    if from > to {
        bail!("--filter {name}:{from}..{to}: the range ends before it begins");
    }
    Ok((from, to))
}

/// A level by its name.
fn level(field: &str, name: &str) -> Option<u64> {
    const NAMES: [&str; 5] = ["critical", "error", "warning", "information", "verbose"];
    let place =
        NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)).filter(|_| field == "level")?;
    Some(place as u64 + 1)
}

fn times(value: &Value) -> Result<(Timestamp, Timestamp)> {
    let wrong = |text: &str| {
        anyhow::anyhow!(
            "--filter time:{text}: give a time like 2024-05-14, 2024-05-14T09:00 or 2024-05-14T09:00:01Z, or a range like \
             2024-05-14..2024-05-15"
        )
    };
    let span = |text: &str| when::span(text).ok_or_else(|| wrong(text));
    let (from, to) = match value {
        Value::One(text) => return span(text),
        Value::Range(from, to) => (from, to),
    };
    let begin = if from.is_empty() { Timestamp::from_ticks(i64::MIN) } else { span(from)?.0 };
    let end = if to.is_empty() { Timestamp::from_ticks(i64::MAX) } else { span(to)?.1 };
    if begin > end {
        bail!("--filter time:{from}..{to}: the range ends before it begins");
    }
    Ok((begin, end))
}

/// When the record was logged, by its own word.
fn time(system: &SystemRef<'_>) -> Option<Timestamp> {
    match system.time_created? {
        ValueRef::FileTime(ticks) => Timestamp::from_filetime(ticks),
        other => other.to_text().parse().ok(),
    }
}

#[cfg(test)]
mod tests;
