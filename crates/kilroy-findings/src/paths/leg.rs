//! A leg: from a host or an address to a session on a host.

use std::net::IpAddr;

use kilroy_model::{Certainty, Hop, HopMethod, HopUid, SessionOutcome, SessionUid, Timestamp};

use super::Entry;

/// Where a leg begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Station {
    /// A host of the case.
    Host(String),
    /// An address that is no host of the case.
    Address(IpAddr),
}

/// How somebody left: from which session, and when by the clock of the host that was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// The session, if it is known.
    pub session: Option<SessionUid>,
    /// When.
    pub time: Timestamp,
    /// How wrong that can be, in milliseconds: it is reckoned from the other side's clock, if only that tells.
    pub error: u64,
}

/// What tells of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// A hop of the table.
    Hop(HopUid),
    /// A session from an address, after so many failures.
    Entry {
        /// Failures from the same source right before.
        prior_failures: u32,
    },
}

/// A leg of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Where it begins.
    pub from: Station,
    /// The host that it leads to.
    pub to: String,
    /// By what means.
    pub method: HopMethod,
    /// How sure it is.
    pub certainty: Certainty,
    /// Address that was seen by the host that was reached.
    pub address: Option<String>,
    /// As whom.
    pub user: Option<String>,
    /// Domain of that account.
    pub domain: Option<String>,
    /// Who left.
    pub source_user: Option<String>,
    /// Domain of that account.
    pub source_domain: Option<String>,
    /// How somebody left; none for a way in.
    pub left: Option<Departure>,
    /// When somebody arrived, by the clock of the host that was reached.
    pub arrived: Timestamp,
    /// The session there; none if that side tells nothing.
    pub session: Option<SessionUid>,
    /// When that session ended.
    pub end: Option<Timestamp>,
    /// What tells of it.
    pub told: Told,
}

/// A clock of which nothing is known can be this wrong.
const UNKNOWN_CLOCK_MILLIS: u64 = 10 * 60_000;

impl Leg {
    pub(super) fn of_hop(hop: &Hop) -> Option<Self> {
        if hop.outcome.is_some_and(|outcome| outcome != SessionOutcome::Success) {
            return None;
        }
        let source = hop.source_host.clone()?;
        let ahead = hop.clock_difference_ms;
        let reckoned = |arrived: Timestamp| Departure {
            session: hop.source_session,
            time: arrived.plus_millis(-ahead.unwrap_or(0)),
            error: hop.clock_error_ms.unwrap_or(UNKNOWN_CLOCK_MILLIS),
        };
        let left = match (hop.source_time, hop.target_time) {
            (Some(time), _) => Departure { session: hop.source_session, time, error: 0 },
            (None, Some(arrived)) => reckoned(arrived),
            (None, None) => return None,
        };
        let arrived = hop.target_time.unwrap_or_else(|| left.time.plus_millis(ahead.unwrap_or(0)));
        Some(Self {
            from: Station::Host(source),
            to: hop.target_host.clone(),
            method: hop.method,
            certainty: hop.certainty,
            address: hop.source_address.clone(),
            user: hop.user.clone(),
            domain: hop.domain.clone(),
            source_user: hop.source_user.clone(),
            source_domain: hop.source_domain.clone(),
            left: Some(left),
            arrived,
            session: hop.target_session,
            end: hop.end,
            told: Told::Hop(hop.hop_uid),
        })
    }

    pub(super) fn of_entry(entry: Entry) -> Self {
        Self {
            from: Station::Address(entry.ip),
            to: entry.host,
            method: entry.method,
            certainty: Certainty::Exact,
            address: Some(entry.ip.to_string()),
            user: entry.user,
            domain: entry.domain,
            source_user: None,
            source_domain: None,
            left: None,
            arrived: entry.attempt,
            session: Some(entry.session),
            end: entry.end,
            told: Told::Entry { prior_failures: entry.prior_failures },
        }
    }

    /// Whatever order legs come in, this one they are in.
    pub(super) fn order(&self) -> impl Ord + '_ {
        (self.arrived, &self.from, &self.to, self.told, self.session)
    }
}
