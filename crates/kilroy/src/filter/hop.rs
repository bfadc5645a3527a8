//! Which hops.

use anyhow::{Result, bail};
use kilroy_case::query::Place;
use kilroy_model::{Certainty, Hop, HopMethod, HostAddress};

use super::maybe::Maybe;
use super::name::{HostPattern, UserPattern};
use super::{Span, each, name, place};
use crate::args::HopsArgs;

/// Which hops: names and hosts of either side.
#[derive(Debug, Default)]
pub(crate) struct HopFilter {
    user: Option<Maybe<UserPattern>>,
    place: Option<Maybe<Place>>,
    host: Option<HostPattern>,
    methods: Vec<HopMethod>,
    sure: Option<Certainty>,
    span: Span,
}

impl HopFilter {
    pub(crate) fn of(args: &HopsArgs) -> Result<Self> {
        let Some(sure) = Certainty::ALL.iter().find(|c| c.name().eq_ignore_ascii_case(args.sure.trim()))
        else {
            let names: Vec<_> = Certainty::ALL.iter().map(|c| c.name()).collect();
            bail!("--sure {:?}: there are {}", args.sure, names.join(", "));
        };
        Ok(Self {
            user: args.actor.user.as_deref().map(|text| Maybe::of(text, name::user)).transpose()?,
            place: args.actor.ip.as_deref().map(|text| Maybe::of(text, place::place)).transpose()?,
            host: args.actor.host.as_deref().map(name::host).transpose()?,
            methods: each(&args.method, "method", HopMethod::ALL, HopMethod::name)?,
            sure: Some(*sure),
            span: Span::of(&args.span)?,
        })
    }

    pub(crate) fn takes(&self, hop: &Hop) -> bool {
        let hosts = || hop.source_host.iter().chain(&hop.source_candidates).chain([&hop.target_host]);
        let places = || hop.source_address.iter().chain(&hop.target_address);
        let users = || {
            [(&hop.user, &hop.domain), (&hop.source_user, &hop.source_domain)]
                .into_iter()
                .filter(|(u, _)| u.is_some())
        };
        let user = |asked: &Maybe<UserPattern>| {
            asked.takes(users().next().is_some(), |pattern| {
                users().any(|(user, domain)| pattern.matches(user.as_deref(), domain.as_deref()))
            })
        };
        // `-`: no record says from where; which address was reached is another question.
        let place = |asked: &Maybe<Place>| {
            asked.takes(hop.source_address.is_some(), |place| places().any(|ip| place.matches(ip)))
        };
        self.user.as_ref().is_none_or(user)
            && self.host.as_ref().is_none_or(|pattern| hosts().any(|host| pattern.matches(host)))
            && self.place.as_ref().is_none_or(place)
            && (self.methods.is_empty() || self.methods.contains(&hop.method))
            && self.sure.is_none_or(|sure| hop.certainty <= sure)
            && self.span.touches(Some(hop.time), hop.end.or(Some(hop.time)))
    }

    /// Whether an address of a host is asked for.
    pub(crate) fn takes_address(&self, row: &HostAddress) -> bool {
        self.host.as_ref().is_none_or(|pattern| pattern.matches(&row.host))
            && self.place.as_ref().is_none_or(|asked| asked.takes(true, |place| place.matches(&row.address)))
            && self.span.touches(Some(row.first), Some(row.last))
    }
}
