//! Which findings.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::{HostPattern, Place, UserPattern};
use kilroy_model::{Finding, SessionUid, Weight, same_name};

use super::maybe::Maybe;
use super::{Span, name, place};
use crate::args::{ActorFlags, SpanFlags};

/// Which findings are asked for.
#[derive(Debug)]
pub(crate) struct FindingFilter {
    user: Option<Maybe<UserPattern>>,
    place: Option<Maybe<Place>>,
    host: Option<HostPattern>,
    span: Span,
    detectors: Vec<String>,
    least: Weight,
}

/// Whose sessions are, with the domain, which findings do not say.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    /// User and domain.
    of_sessions: BTreeMap<SessionUid, (String, String)>,
    /// The domains of a user, by the name in small letters, in all sessions of the case.
    of_users: BTreeMap<String, BTreeSet<String>>,
}

impl FindingFilter {
    pub(crate) fn of(
        actor: &ActorFlags,
        span: &SpanFlags,
        detectors: Vec<String>,
        least: Weight,
    ) -> Result<Self> {
        Ok(Self {
            user: actor.user.as_deref().map(|text| Maybe::of(text, name::user)).transpose()?,
            place: actor.ip.as_deref().map(|text| Maybe::of(text, place::place)).transpose()?,
            host: actor.host.as_deref().map(name::host).transpose()?,
            span: Span::of(span)?,
            detectors,
            least,
        })
    }

    /// The owners of the sessions of these findings, if the domain of a user matters.
    pub(crate) fn owners<'a>(
        &self,
        case: &Case,
        findings: impl Iterator<Item = &'a Finding>,
    ) -> Result<Owners> {
        let mut owners = Owners::default();
        if self.user.as_ref().and_then(Maybe::like).is_some_and(UserPattern::asks_for_a_domain) {
            let mut wanted = BTreeSet::new();
            for row in findings {
                wanted.extend(row.sessions.iter().map(|session| session.session_uid));
                owners.of_users.extend(row.users.iter().map(|user| (user.to_lowercase(), BTreeSet::new())));
            }
            case.each_access_session_in_brief(&mut |session| {
                let (Some(user), Some(domain)) = (session.user, session.domain) else { return };
                if let Some(domains) = owners.of_users.get_mut(&user.to_lowercase()) {
                    domains.insert(domain.clone());
                }
                if wanted.contains(&session.session_uid) {
                    owners.of_sessions.insert(session.session_uid, (user, domain));
                }
            })?;
        }
        Ok(owners)
    }

    pub(crate) fn takes(&self, row: &Finding, owners: &Owners) -> bool {
        row.weight >= self.least
            && (self.detectors.is_empty() || self.detectors.contains(&row.detector))
            && self.span.touches(Some(row.first), Some(row.last))
            && self.host.as_ref().is_none_or(|host| row.hosts.iter().any(|name| host.matches(name)))
            && self.user.as_ref().is_none_or(|user| {
                user.takes(!row.users.is_empty(), |pattern| {
                    row.users.iter().any(|name| owners.are(row, name, pattern))
                })
            })
            && self.place.as_ref().is_none_or(|place| {
                place.takes(!row.sources.is_empty(), |place| {
                    row.sources.iter().any(|source| place.matches(source))
                })
            })
    }
}

impl Owners {
    /// Whether a user of a finding is like that: in the domain that a session of the finding tells; where none does, in one
    /// that any session of that user tells.
    fn are(&self, row: &Finding, name: &str, pattern: &UserPattern) -> bool {
        if pattern.matches(Some(name), None) {
            return true;
        }
        let owners = row.sessions.iter().filter_map(|session| self.of_sessions.get(&session.session_uid));
        let told = owners.filter(|(user, _)| same_name(user, name));
        let mut told = told.map(|(_, domain)| domain).peekable();
        let fits = |domain: &String| pattern.matches(Some(name), Some(domain));
        if told.peek().is_some() {
            return told.any(fits);
        }
        self.of_users.get(&name.to_lowercase()).is_some_and(|domains| domains.iter().any(fits))
    }
}
