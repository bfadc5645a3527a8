//! Which rows are asked for: the resolved side of the filter flags. Every flag that makes no sense is an error that says
//! what would.

mod finding;
mod hop;
mod maybe;
mod name;
mod place;
mod span;

use anyhow::{Result, bail};
use kilroy_model::{
    AccessSession, AccountKind, Kind, LogonSession, Scope, SessionOutcome, TerminalSession, Timestamp,
};
use kilroy_sessions::first_known;

use crate::args::{ActorFlags, SessionFlags};
pub(crate) use finding::FindingFilter;
pub(crate) use hop::HopFilter;
use kilroy_case::query::Pattern;
use kilroy_case::{RecordTimes, SessionFacts};
use kilroy_findings::views::{Names, Visit};
use maybe::Maybe;
use name::{HostPattern, UserPattern};
pub(crate) use name::{host as host_pattern, user as user_pattern};
pub(crate) use place::Internal;
pub(crate) use span::Span;

/// Who, from where, on which machine.
#[derive(Debug, Default)]
pub(crate) struct Actor {
    user: Option<Maybe<UserPattern>>,
    place: Option<Maybe<kilroy_case::query::Place>>,
    host: Option<HostPattern>,
}

impl Actor {
    pub(crate) fn of(flags: &ActorFlags) -> Result<Self> {
        Ok(Self {
            user: flags.user.as_deref().map(|text| Maybe::of(text, name::user)).transpose()?,
            place: flags.ip.as_deref().map(|text| Maybe::of(text, place::place)).transpose()?,
            host: flags.host.as_deref().map(name::host).transpose()?,
        })
    }

    fn takes(&self, host: &str, user: Option<&str>, domain: Option<&str>, mut places: Places<'_>) -> bool {
        self.host.as_ref().is_none_or(|pattern| pattern.matches(host))
            && self
                .user
                .as_ref()
                .is_none_or(|asked| asked.takes(user.is_some(), |pattern| pattern.matches(user, domain)))
            && self.place.as_ref().is_none_or(|asked| match asked {
                Maybe::Nothing => places.next().is_none(),
                Maybe::Like(place) => places.any(|ip| place.matches(ip)),
            })
    }
}

/// The addresses of one row.
type Places<'a> = Box<dyn Iterator<Item = &'a str> + 'a>;

/// Which access sessions.
#[derive(Debug, Default)]
pub(crate) struct SessionFilter {
    actor: Actor,
    kinds: Vec<Kind>,
    outcomes: Vec<SessionOutcome>,
    client: Option<Maybe<Pattern>>,
    scopes: Vec<Scope>,
    span: Span,
    background: bool,
}

impl SessionFilter {
    pub(crate) fn of(flags: &SessionFlags, background: bool) -> Result<Self> {
        Ok(Self {
            actor: Actor::of(&flags.actor)?,
            kinds: each(&flags.kind, "kind", Kind::ALL, Kind::name)?,
            outcomes: each(&flags.outcome, "outcome", SessionOutcome::ALL, SessionOutcome::name)?,
            client: flags.client.as_deref().map(|text| Maybe::of(text, name::client)).transpose()?,
            scopes: each(&flags.scope, "scope", Scope::ALL, Scope::name)?,
            span: Span::of(&flags.span)?,
            background,
        })
    }

    /// Whether it can take a session of which only so much is known.
    pub(crate) fn may_take(&self, facts: &SessionFacts<'_>) -> bool {
        (self.background || !facts.background)
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.name() == facts.kind))
            && (self.outcomes.is_empty()
                || self.outcomes.iter().any(|outcome| outcome.name() == facts.outcome))
            && self.actor.takes(facts.computer, facts.user, facts.domain, Box::new(facts.ip.into_iter()))
    }

    /// Whether it takes a session; its scope is that of [`Internal`].
    pub(crate) fn takes(&self, row: &AccessSession) -> bool {
        (self.background || !row.background)
            && (self.kinds.is_empty() || self.kinds.contains(&row.kind))
            && (self.outcomes.is_empty() || self.outcomes.contains(&row.outcome))
            && self.takes_source(row.scope, row.client.as_deref())
            && self.span.touches(first_known(row), last_known(row))
            && self.actor.takes(
                &row.computer,
                row.user.as_deref(),
                row.domain.as_deref(),
                Box::new(row.ip.as_deref().into_iter()),
            )
    }

    /// The same of a session in numbers, read with [`Self::record_times`].
    pub(crate) fn takes_visit(&self, names: &Names, visit: &Visit) -> bool {
        let text = |name: Option<_>| name.map(|name| names.text(name));
        (self.background || !visit.background)
            && (self.kinds.is_empty() || self.kinds.contains(&visit.kind))
            && (self.outcomes.is_empty() || self.outcomes.contains(&visit.outcome))
            && self.takes_source(visit.scope, text(visit.client))
            && self.span.touches(visit.first_known(), last_known_of(visit))
            && self.actor.takes(
                names.text(visit.host),
                text(visit.user),
                text(visit.domain),
                Box::new(text(visit.ip).into_iter()),
            )
    }

    /// What must be read of records so that the filter can tell.
    pub(crate) fn record_times(&self) -> RecordTimes {
        match self.span.bounds() {
            Some(_) => RecordTimes::WhereTheEndIsOpen,
            None => RecordTimes::WhereNothingElseTells,
        }
    }

    fn takes_source(&self, scope: Scope, client: Option<&str>) -> bool {
        (self.scopes.is_empty() || self.scopes.contains(&scope))
            && self.client.as_ref().is_none_or(|asked| {
                asked.takes(client.is_some(), |pattern| client.is_some_and(|client| pattern.matches(client)))
            })
    }
}

/// The latest time that a session can have gone on; `None`: no record bounds it.
///
/// A desktop that nothing ends is still there. A network logon that nothing ends is not: most of them are over in
/// seconds, and whoever asks for a day does not want those of all days before.
fn last_known(row: &AccessSession) -> Option<Timestamp> {
    let last_record = || row.sources.iter().map(|s| s.time).max();
    row.end.or(row.end_not_after).or_else(|| if lasts(row.kind) { None } else { last_record() })
}

/// The same of a session in numbers.
fn last_known_of(visit: &Visit) -> Option<Timestamp> {
    let last_record = || visit.records.map(|(_, last)| last);
    visit.end.or(visit.end_not_after).or_else(|| if lasts(visit.kind) { None } else { last_record() })
}

/// Does it go on until somebody ends it?
fn lasts(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::InteractiveLocal | Kind::InteractiveRemote | Kind::InteractiveUnknown | Kind::Ssh | Kind::Tty
    )
}

/// Which logon sessions.
#[derive(Debug)]
pub(crate) struct LogonFilter {
    pub(crate) actor: Actor,
    pub(crate) span: Span,
    pub(crate) background: bool,
}

impl LogonFilter {
    pub(crate) fn takes(&self, row: &LogonSession) -> bool {
        let person = row.kind == AccountKind::User;
        let begin = row.start.or_else(|| row.sources.first().map(|s| s.time));
        (self.background || person)
            && self.span.touches(begin, row.end.or(row.end_not_after))
            && self.actor.takes(
                &row.computer,
                row.user.as_deref(),
                row.domain.as_deref(),
                Box::new(row.ip.as_deref().into_iter()),
            )
    }
}

/// Which terminal sessions.
#[derive(Debug)]
pub(crate) struct TerminalFilter {
    pub(crate) actor: Actor,
    pub(crate) span: Span,
}

impl TerminalFilter {
    pub(crate) fn takes(&self, row: &TerminalSession) -> bool {
        let begin = row.start.or_else(|| row.sources.first().map(|s| s.time));
        self.span.touches(begin, row.end.or(row.end_not_after))
            && self.actor.takes(
                &row.computer,
                row.user.as_deref(),
                row.domain.as_deref(),
                Box::new(row.connections.iter().filter_map(|c| c.address.as_deref())),
            )
    }
}

/// Names typed for a flag, each of them one of those that there are.
fn each<T: Copy>(
    typed: &[String],
    flag: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for text in typed {
        let text = text.trim();
        let Some(one) = all.iter().find(|one| name(**one).eq_ignore_ascii_case(text)) else {
            let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
            bail!("--{flag} {text:?}: no such {flag}; there are {}", names.join(", "));
        };
        found.push(*one);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_says_which_there_are() {
        let flags = SessionFlags { outcome: vec!["success".into(), "won".into()], ..SessionFlags::default() };
        let error = SessionFilter::of(&flags, false).unwrap_err().to_string();
        assert_eq!(error, "--outcome \"won\": no such outcome; there are success, failure, denied");
        let flags = SessionFlags { kind: vec!["SSH".into()], ..SessionFlags::default() };
        assert_eq!(SessionFilter::of(&flags, false).unwrap().kinds, [Kind::Ssh]);
    }
}
