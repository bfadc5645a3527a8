//! Which findings.

use anyhow::Result;
use kilroy_case::query::{HostPattern, Place, UserPattern};
use kilroy_model::{Finding, Weight};

use super::{Span, name, place};
use crate::args::{ActorFlags, SpanFlags};

/// Which findings are asked for.
#[derive(Debug)]
pub(crate) struct FindingFilter {
    user: Option<UserPattern>,
    place: Option<Place>,
    host: Option<HostPattern>,
    span: Span,
    detectors: Vec<String>,
    least: Weight,
}

impl FindingFilter {
    pub(crate) fn of(
        actor: &ActorFlags,
        span: &SpanFlags,
        detectors: Vec<String>,
        least: Weight,
    ) -> Result<Self> {
        Ok(Self {
            user: actor.user.as_deref().map(name::user).transpose()?,
            place: actor.ip.as_deref().map(place::place).transpose()?,
            host: actor.host.as_deref().map(name::host).transpose()?,
            span: Span::of(span)?,
            detectors,
            least,
        })
    }

    pub(crate) fn takes(&self, row: &Finding) -> bool {
        row.weight >= self.least
            && (self.detectors.is_empty() || self.detectors.contains(&row.detector))
            && self.span.touches(Some(row.first), Some(row.last))
            && self.host.as_ref().is_none_or(|host| row.hosts.iter().any(|name| host.matches(name)))
            && self
                .user
                .as_ref()
                .is_none_or(|user| row.users.iter().any(|name| user.matches(Some(name), None)))
            && self.place.as_ref().is_none_or(|place| row.sources.iter().any(|source| place.matches(source)))
    }
}
