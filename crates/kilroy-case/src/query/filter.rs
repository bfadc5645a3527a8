//! Which rows are asked for.

use std::sync::Arc;

use kilroy_model::Timestamp;

use super::column::{Column, Kind};
use super::pattern::{HostPattern, Pattern, Place, UserPattern};
use super::values::{flag, numbers, text, times};
use super::words::{Term, Value, terms};

/// A filter that makes no sense, with what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadFilter(pub(crate) String);

impl BadFilter {
    /// With what is wrong, and what would not be.
    pub fn new(what: String) -> Self {
        Self(what)
    }
}

/// Conditions on events, all of which must hold.
///
/// ```
/// use kilroy_case::query::Filter;
///
/// let filter = Filter::parse("user:adm* event_id:4624,4625 ip:10.0.0.0/8 -logon_type:5")?;
/// assert!(!filter.is_empty());
/// # Ok::<(), kilroy_case::query::BadFilter>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub(crate) all: Vec<Arc<Expr>>,
}

/// A condition, or conditions put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// All of them hold.
    All(Vec<Expr>),
    /// One of them holds.
    Any(Vec<Expr>),
    /// It does not hold; also where there is no value.
    Not(Box<Expr>),
    /// One condition on one column.
    Test(Column, Check),
}

/// What a value must be like. A row without value is never like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// A text like one of these.
    Text(Vec<Pattern>),
    /// A user like one of these.
    User(Vec<UserPattern>),
    /// A host like one of these.
    Host(Vec<HostPattern>),
    /// An address in one of these.
    Address(Vec<Place>),
    /// A number in one of these ranges, ends included.
    Numbers(Vec<(u64, u64)>),
    /// A time in one of these spans, ends included.
    Times(Vec<(Timestamp, Timestamp)>),
    /// One of these; none stands for either.
    Flag(Vec<Option<bool>>),
    /// Of the fields as logged, one with such a name, or any, has a value like one of these.
    Field(Option<Pattern>, Vec<Pattern>),
}

impl Filter {
    /// From what was typed: `name:value` terms and words, all of which must hold.
    pub fn parse(typed: &str) -> Result<Self, BadFilter> {
        let all = terms(typed)?.iter().map(|term| expr(term).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(Self { all })
    }

    /// What one of these filters lets through, or several of them do.
    pub fn any_of(filters: impl IntoIterator<Item = Self>) -> Self {
        let all = |filter: Self| Expr::All(filter.all.into_iter().map(Arc::unwrap_or_clone).collect());
        Self::default().and(Expr::Any(filters.into_iter().map(all).collect()))
    }

    /// With one condition more.
    #[must_use]
    pub fn and(mut self, expr: Expr) -> Self {
        self.all.push(Arc::new(expr));
        self
    }

    /// With the conditions of another one.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.all.extend(other.all);
        self
    }

    /// The hosts that it asks for by name; none if it asks for all, or in another way.
    pub fn hosts(&self) -> Vec<HostPattern> {
        self.tests("host")
            .find_map(|check| if let Check::Host(hosts) = check { Some(hosts.clone()) } else { None })
            .unwrap_or_default()
    }

    /// The channels that it asks for by name; none if it asks for all, or in another way.
    pub fn channels(&self) -> Vec<Pattern> {
        self.tests("channel")
            .find_map(|check| if let Check::Text(names) = check { Some(names.clone()) } else { None })
            .unwrap_or_default()
    }

    /// What must hold of a column.
    fn tests<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f Check> {
        self.all.iter().filter_map(move |expr| match &**expr {
            Expr::Test(column, check) if column.name() == name => Some(check),
            _ => None,
        })
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Expr {
    /// A time from one to the other, both included.
    pub fn between(from: Timestamp, to: Timestamp) -> Self {
        let time = Column::named("time").unwrap_or(Column { place: 0 });
        Self::Test(time, Check::Times(vec![(from, to)]))
    }

    /// Every column that it asks for.
    pub(crate) fn columns(&self, found: &mut Vec<Column>) {
        match self {
            Self::All(some) | Self::Any(some) => some.iter().for_each(|expr| expr.columns(found)),
            Self::Not(expr) => expr.columns(found),
            Self::Test(column, check) => {
                found.push(*column);
                if let (Check::User(users), Kind::User(domain)) = (check, column.kind())
                    && users.iter().any(UserPattern::asks_for_a_domain)
                {
                    found.extend(Column::named(domain));
                }
            }
        }
    }
}

fn expr(term: &Term) -> Result<Expr, BadFilter> {
    let test = match &term.name {
        Some(name) => test(name, &term.any)?,
        None => word(&term.any)?,
    };
    Ok(if term.negated { Expr::Not(Box::new(test)) } else { test })
}

/// A word without a colon: it stands somewhere in what was logged.
fn word(any: &[Value]) -> Result<Expr, BadFilter> {
    let patterns = each(any, |value| Ok(Pattern::containing(text("a word", value)?)))?;
    let fields = Column::named("fields").ok_or_else(|| BadFilter("there are no fields".to_owned()))?;
    Ok(Expr::Test(fields, Check::Field(None, patterns)))
}

fn test(typed: &str, any: &[Value]) -> Result<Expr, BadFilter> {
    let field = typed.get(.."fields.".len()).filter(|start| start.eq_ignore_ascii_case("fields."));
    let Some(column) = Column::named(if field.is_some() { "fields" } else { typed }) else {
        return Err(unknown(typed));
    };
    let name = column.name();
    let check = match column.kind() {
        Kind::Text => Check::Text(each(any, |value| text(name, value).map(Pattern::new))?),
        Kind::Guid => {
            Check::Text(each(any, |value| Ok(Pattern::new(text(name, value)?.trim_matches(['{', '}']))))?)
        }
        Kind::User(_) => Check::User(each(any, |value| {
            let text = text(name, value)?;
            let wrong = || BadFilter(format!("{name}:{text}: give a name like alice, adm* or CORP\\alice"));
            UserPattern::new(text).ok_or_else(wrong)
        })?),
        Kind::Host => Check::Host(each(any, |value| {
            let text = text(name, value)?;
            let wrong = || BadFilter(format!("{name}:{text}: give a name like srv01 or srv*"));
            HostPattern::new(text).ok_or_else(wrong)
        })?),
        Kind::Address => Check::Address(each(any, |value| {
            let text = text(name, value)?;
            let wrong = || {
                BadFilter(format!(
                    "{name}:{text}: give an address, a network like 203.0.113.0/24, LOCAL, or * for any"
                ))
            };
            Place::new(text).ok_or_else(wrong)
        })?),
        Kind::Number | Kind::Level => Check::Numbers(each(any, |value| numbers(name, value))?),
        Kind::Time => Check::Times(each(any, |value| times(name, value))?),
        Kind::Flag => Check::Flag(each(any, |value| flag(name, value))?),
        Kind::Fields => {
            let Some(field) = typed.get("fields.".len()..).filter(|field| !field.is_empty()) else {
                return Err(BadFilter(format!(
                    "{typed}: name the field as it was logged, like fields.TargetUserName:alice"
                )));
            };
            let values = each(any, |value| text(typed, value).map(Pattern::new))?;
            Check::Field(Some(Pattern::new(field)), values)
        }
    };
    Ok(Expr::Test(column, check))
}

fn unknown(typed: &str) -> BadFilter {
    let names: Vec<&str> = Column::all().map(Column::name).filter(|name| *name != "fields").collect();
    BadFilter(format!(
        "{typed:?}: there is no such column. A field as it was logged is written fields.{typed}:…; columns are {}",
        names.join(", ")
    ))
}

fn each<T>(any: &[Value], one: impl Fn(&Value) -> Result<T, BadFilter>) -> Result<Vec<T>, BadFilter> {
    any.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_says_what_would() {
        for (typed, want) in [
            ("colour:red", "\"colour\": there is no such column."),
            ("event_id:logon", "event_id:logon: give a number like 4624"),
            ("level:high", "or critical, error, warning, information, verbose"),
            ("ip:srv01", "src_ip:srv01: give an address"),
            ("time:yesterday", "time:yesterday: give a time like 2024-05-14"),
            ("channel:a..b", "channel is text and has no ranges"),
            ("elevated:perhaps", "elevated:perhaps: give true or false"),
            ("fields:x", "name the field as it was logged"),
            ("user:\\x", "give a name like alice"),
        ] {
            let error = Filter::parse(typed).unwrap_err().to_string();
            assert!(error.contains(want), "{typed}: {error}");
        }
    }

    #[test]
    fn which_columns_it_asks_for() {
        let names = |typed: &str| {
            let mut columns = Vec::new();
            Filter::parse(typed).unwrap().all.iter().for_each(|expr| expr.columns(&mut columns));
            columns.into_iter().map(Column::name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("user:alice -ip:10.0.0.0/8"), "user src_ip");
        assert_eq!(names("user:CORP\\alice"), "user domain");
        assert_eq!(names("fields.TargetUserName:x mimikatz"), "fields fields");
    }
}
