//! Paths: hops one after the other, each from within the session that the one before led to.
//!
//! A path is made of legs. A leg is a hop between two hosts of the case, or a session that came from an address that is no
//! host of the case: the way in. The time at which somebody leaves a host and the session there are told by one clock, that
//! of the host; so clocks matter only where one side alone tells of a hop.

mod leaving;
mod leg;
mod machines;
mod search;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use kilroy_model::{Account, Certainty, Hop, HopMethod, SessionUid, Timestamp};

pub use leg::{Departure, Leg, Station, Told};
pub use search::Path;
use search::Search;

/// Where paths begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// With whoever came from this address.
    Address(IpAddr),
    /// With whoever left this host.
    Host(String),
    /// With this user, wherever from; of the domain or realm only, if one is named.
    User(Account),
}

/// Legs, and the ways that they make.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    legs: Vec<Leg>,
}

impl Paths {
    /// The legs, which paths name by their place.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// The legs that lead from the same session, or by the same user from the same address, to the same host as this one:
    /// what was done beside it, in the order of arrival.
    pub fn beside(&self, at: usize) -> Vec<&Leg> {
        let Some(leg) = self.legs.get(at) else { return Vec::new() };
        let session = |leg: &Leg| leg.left.and_then(|left| left.session);
        let same = |other: &Leg| match &leg.from {
            Station::Host(_) => session(leg).is_some() && session(leg) == session(other),
            Station::Address(_) => leg.user.is_some() && leg.user == other.user,
        };
        let others = self
            .legs
            .iter()
            .enumerate()
            .filter(|(n, other)| *n != at && other.from == leg.from && other.to == leg.to && same(other));
        others.map(|(_, other)| other).collect()
    }

    /// Takes in a hop; returns whether it is a leg. One that failed, and one whose source several hosts share, leads nowhere.
    pub fn hop(&mut self, hop: &Hop) -> bool {
        let leg = Leg::of_hop(hop);
        let is_one = leg.is_some();
        self.legs.extend(leg);
        is_one
    }

    /// Takes in a session that came from elsewhere. Those that are the end of a hop are legs already.
    pub fn entry(&mut self, entry: Entry) {
        self.legs.push(Leg::of_entry(entry));
    }

    /// After the last leg: every way from an origin to a host, the shortest first, then the earliest; of ways over the same
    /// hosts the earliest one, with the number of the others.
    pub fn find(&mut self, from: &Origin, to: &str) -> Vec<Path> {
        self.legs.sort_by(|a, b| a.order().cmp(&b.order()));
        self.legs.dedup();
        Search::new(&self.legs).paths(from, to)
    }
}

/// A session that came from an address which is no host of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Address.
    pub ip: IpAddr,
    /// Host that was reached.
    pub host: String,
    /// The session there.
    pub session: SessionUid,
    /// By what means.
    pub method: HopMethod,
    /// As whom.
    pub user: Option<String>,
    /// Domain of that account.
    pub domain: Option<String>,
    /// First sign of the attempt.
    pub attempt: Timestamp,
    /// When the session ended.
    pub end: Option<Timestamp>,
    /// Failures from the same source right before.
    pub prior_failures: u32,
}

/// The less sure of two.
pub(crate) fn weaker(a: Certainty, b: Certainty) -> Certainty {
    a.max(b)
}
