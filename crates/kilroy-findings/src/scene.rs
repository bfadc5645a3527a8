//! What a detector may ask while events go by: who was there, and to whom an event belongs.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{
    AccessSession, Certainty, How, Kind, Scope, SessionOutcome, SessionUid, Timestamp, may_be_one_host,
};
use kilroy_sessions::first_known;

use crate::Observation;
use crate::activity::{self, Birth, Clues, SessionIndex, StillRuns};
use crate::bursts::{Burst, Campaign, EVENTS, Right, RightPasswords, Victim};

/// A session in which somebody was in, as far as detectors look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Identity.
    pub uid: SessionUid,
    /// Host, lower-cased.
    pub host: Arc<str>,
    /// Account name.
    pub user: Option<Arc<str>>,
    /// Domain of the account: users of several domains, and of the machine itself, may share a name.
    pub domain: Option<Arc<str>>,
    /// SID of the account.
    pub sid: Option<Arc<str>>,
    /// Source address.
    pub ip: Option<IpAddr>,
    /// Name of the source machine.
    pub client: Option<Arc<str>>,
    /// What kind of place the source is.
    pub scope: Scope,
    /// What kind of presence.
    pub kind: Kind,
    /// How it began.
    pub how: How,
    /// Machine, system and window-manager accounts.
    pub background: bool,
    /// First sign of it.
    pub from: Timestamp,
}

impl Stay {
    /// Is it a network logon that came from another machine?
    pub fn is_remote_network(&self) -> bool {
        matches!(self.kind, Kind::Network | Kind::NetworkCleartext) && self.is_from_elsewhere()
    }

    /// Did it come from another machine? A name without an address may be the machine's own.
    pub fn is_from_elsewhere(&self) -> bool {
        match self.scope {
            Scope::Internal | Scope::External => true,
            Scope::Unknown => {
                self.client.as_deref().is_some_and(|client| !may_be_one_host(client, &self.host))
            }
            Scope::Loopback | Scope::Local => false,
        }
    }

    /// Where it came from: the address, else the name of the machine.
    pub fn source(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_string()).or_else(|| self.client.as_deref().map(str::to_owned))
    }
}

/// All sessions, gathered one by one.
#[derive(Debug, Default)]
pub(crate) struct Stays {
    stays: Vec<Stay>,
    names: BTreeSet<Arc<str>>,
}

impl Stays {
    pub(crate) fn session(&mut self, session: &AccessSession) {
        let Some(from) = first_known(session) else { return };
        if session.outcome != SessionOutcome::Success {
            return;
        }
        let stay = Stay {
            uid: session.session_uid,
            host: self.name(&session.computer),
            user: session.user.as_deref().map(|user| self.name(user)),
            domain: session.domain.as_deref().map(|domain| self.name(domain)),
            sid: session.sid.as_deref().map(|sid| self.name(sid)),
            ip: session.ip.as_deref().and_then(|ip| ip.parse().ok()),
            client: session.client.as_deref().map(|client| self.name(client)),
            scope: session.scope,
            kind: session.kind,
            how: session.how,
            background: session.background,
            from,
        };
        self.stays.push(stay);
    }

    /// A case has many sessions and few names.
    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }
}

/// What is known before the first event goes by.
#[derive(Debug)]
pub struct Scene {
    /// By host and time.
    stays: Vec<Stay>,
    by_uid: BTreeMap<SessionUid, u32>,
    index: Arc<SessionIndex>,
    /// What each source tried, by time.
    pub campaigns: Vec<Campaign>,
    /// Users that were guessed at from several sources.
    pub victims: Vec<Victim>,
    right: RightPasswords,
}

/// Whom an event belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// The session.
    pub stay: &'a Stay,
    /// How sure that is.
    pub sure: Certainty,
}

impl Scene {
    pub(crate) fn new(
        stays: Stays,
        index: Arc<SessionIndex>,
        bursts: Vec<Burst>,
        victims: Vec<Victim>,
    ) -> Self {
        let mut stays = stays.stays;
        stays.sort_by(|a, b| (&a.host, a.from, a.uid).cmp(&(&b.host, b.from, b.uid)));
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let by_uid = stays.iter().enumerate().map(|(n, stay)| (stay.uid, number(n))).collect();
        let campaigns = crate::bursts::campaigns(bursts);
        let right = RightPasswords::of(&campaigns);
        Self { stays, by_uid, index, campaigns, victims, right }
    }

    /// Event IDs of the events that tell more of what is known.
    pub(crate) fn events(&self) -> &'static [u32] {
        if self.right.is_idle() { &[] } else { &EVENTS }
    }

    /// Takes an event.
    pub(crate) fn event(&mut self, event: &Observation) {
        self.right.event(event);
    }

    /// Passwords that were right amid the failures of a campaign, by its place: known when all events have gone by.
    pub(crate) fn right_passwords(&self, nth: usize) -> Vec<&Right> {
        self.right.of_campaign(nth)
    }

    /// The session of this uid, if somebody was in.
    pub fn stay(&self, uid: SessionUid) -> Option<&Stay> {
        self.stays.get(*self.by_uid.get(&uid)? as usize)
    }

    /// All sessions, by host and time.
    pub fn stays(&self) -> &[Stay] {
        &self.stays
    }

    /// To which session an event belongs.
    pub fn actor(&self, event: &Observation) -> Option<Actor<'_>> {
        let found = self.index.of(&Clues::of(event));
        let sure = match found.sure {
            activity::Sure::None => return None,
            activity::Sure::Possible => Certainty::Possible,
            activity::Sure::Likely => Certainty::Likely,
            activity::Sure::Exact => Certainty::Exact,
        };
        Some(Actor { stay: self.stay(found.session?)?, sure })
    }

    /// The start of a process, to be asked about later.
    pub fn birth(&self, started: &Observation) -> Birth {
        self.index.birth(started)
    }

    /// May a process that was seen to start still run when its child does, and have its number?
    pub fn may_run(&self, parent: &Birth, child: &Observation) -> bool {
        self.index.runs(parent, child, child.process.parent_image.as_deref()) != StillRuns::No
    }

    /// The session that an event names by a key of Windows, such as its logon ID; not one that only fits.
    pub fn exact_actor(&self, event: &Observation) -> Option<Actor<'_>> {
        self.actor(event).filter(|actor| actor.sure == Certainty::Exact)
    }

    /// Sessions of a host that began in this time, both ends included.
    pub fn arrivals(&self, host: &str, since: Timestamp, until: Timestamp) -> impl Iterator<Item = &Stay> {
        let begin = self.stays.partition_point(|stay| (&*stay.host, stay.from) < (host, since));
        let rest = self.stays.get(begin..).unwrap_or_default();
        rest.iter().take_while(move |stay| &*stay.host == host && stay.from <= until)
    }

    /// The last network logon of a person that came to a host from another machine at most so long before.
    pub fn last_network_arrival(&self, host: &str, time: Timestamp, within_millis: i64) -> Option<&Stay> {
        self.arrivals(host, time.plus_millis(-within_millis), time)
            .filter(|stay| stay.is_remote_network() && !stay.background)
            .last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::session;

    /// Windows cuts the names of machines after 15 letters.
    #[test]
    fn a_machine_by_its_cut_name_is_no_other() {
        for (client, elsewhere) in [
            ("WORKSTATION-KR-", false),
            ("workstation-kr-0001", false),
            ("WORKSTATION-US-", true),
            ("workstation-kr-0001.other.example", true),
        ] {
            let mut stays = Stays::default();
            let mut stay = session("workstation-kr-0001.corp.example", 1, "kim", Kind::Network, "");
            (stay.ip, stay.client) = (None, Some(client.to_owned()));
            stays.session(&stay);
            assert_eq!(stays.stays[0].is_from_elsewhere(), elsewhere, "{client}");
        }
    }
}
