//! Which records: decided on what every record says of itself, before its fields are decoded.

mod fields;

use anyhow::{Result, anyhow};
use kilroy_case::query::values::{numbers, text, times};
use kilroy_case::query::words::{Term, Value, terms};
use kilroy_case::query::{BadFilter, HostPattern, Pattern};
use kilroy_evtx::{EventIds, SystemRef, ValueRef};
use kilroy_model::Timestamp;

use self::fields::{FIELDS, Kind, NumberOf, TextOf};

/// Conditions that must all hold.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    tests: Vec<Condition>,
}

/// A test, and whether it must hold.
#[derive(Debug)]
struct Condition {
    test: Test,
    wanted: bool,
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
            let flag = |e: BadFilter| anyhow!("--filter {e}");
            for term in terms(text).map_err(flag)? {
                tests.push(Condition { test: Test::of(&term).map_err(flag)?, wanted: !term.negated });
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
            .filter_map(|condition| match &condition.test {
                Test::EventId(any) if condition.wanted => Some(any),
                _ => None,
            })
            .collect();
        let all = || (0..=u16::MAX).map(u32::from);
        (!asked.is_empty())
            .then(|| all().filter(|id| asked.iter().all(|any| among(any, (*id).into()))).collect())
    }

    pub(crate) fn takes(&self, system: &SystemRef<'_>) -> bool {
        self.tests.iter().all(|condition| condition.test.takes(system) == condition.wanted)
    }
}

impl Test {
    fn of(term: &Term) -> Result<Self, BadFilter> {
        let Some(typed) = &term.name else {
            let word = match term.any.first() {
                Some(Value::One(word)) => word,
                _ => "it",
            };
            return Err(BadFilter::new(format!(
                "{word:?} has no field; write it like event_id:4624 or channel:Security"
            )));
        };
        let Some(field) = FIELDS.iter().find(|field| field.is_called(typed)) else {
            let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
            return Err(BadFilter::new(format!(
                "{typed:?}: there is no such field; there are {}. What stands in `data` cannot be chosen by here: give \
                 the output to jq or another program, or make a case and use `kilroy events`",
                names.join(", ")
            )));
        };
        let name = field.name;
        let each = &term.any;
        Ok(match field.kind {
            Kind::Text(of) => Self::Text(of, all(each, |value| text(name, value).map(Pattern::new))?),
            Kind::Id(of) => Self::Text(
                of,
                all(each, |value| Ok(Pattern::new(text(name, value)?.trim_matches(['{', '}']))))?,
            ),
            Kind::Host => Self::Host(all(each, |value| {
                let wrong = || BadFilter::new(format!("{name}: give a name like srv01 or srv*"));
                HostPattern::new(text(name, value)?).ok_or_else(wrong)
            })?),
            Kind::Number(of) => Self::Number(of, all(each, |value| numbers(name, value))?),
            Kind::EventId => Self::EventId(all(each, |value| numbers(name, value))?),
            Kind::Time => Self::Time(all(each, |value| times(name, value))?),
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

fn all<T>(values: &[Value], one: impl Fn(&Value) -> Result<T, BadFilter>) -> Result<Vec<T>, BadFilter> {
    values.iter().map(one).collect()
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
