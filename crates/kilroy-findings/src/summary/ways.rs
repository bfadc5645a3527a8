//! How somebody went from host to host: hops in order, those first that began outside.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Certainty, Hop, HopMethod, Kind, Scope, SessionOutcome, SessionUid, Timestamp};

use crate::views::{Names, Visit};

/// The hops of a summary, in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ways {
    /// Whether they are those that began outside; if none did, they are all.
    pub from_outside: bool,
    /// The steps, arrivals from outside among them.
    pub steps: Vec<Step>,
}

/// One step of a way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// When, by the clock of the machine that was reached, else of the one that was left.
    pub time: Option<Timestamp>,
    /// The machine or address that was left.
    pub from: Option<String>,
    /// The machine that was reached.
    pub to: String,
    /// As whom.
    pub user: Option<String>,
    /// By what means.
    pub by: By,
    /// How sure it is that it was from there.
    pub certainty: Option<Certainty>,
    /// The session that was reached.
    pub session_uid: Option<SessionUid>,
}

/// By what means somebody came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// From outside, with a session of this kind.
    Arrival(Kind),
    /// From another host.
    Hop(HopMethod),
}

/// Takes hops in, then the sessions that they began in.
#[derive(Debug, Default)]
pub struct Hops {
    /// By the session that they were done from.
    hops: BTreeMap<Option<SessionUid>, Vec<Step>>,
    arrivals: Vec<Step>,
}

impl Hops {
    /// Takes a hop. Plain network logons tell of no way: every backup is one.
    pub fn add(&mut self, hop: &Hop) {
        let plain = matches!(hop.method, HopMethod::Smb | HopMethod::Network);
        let failed = hop.outcome.is_some_and(|outcome| outcome != SessionOutcome::Success);
        if plain || failed {
            return;
        }
        let step = Step {
            time: Some(hop.time),
            from: hop.source_host.clone().or_else(|| hop.source_address.clone()),
            to: hop.target_host.clone(),
            user: hop.user.clone(),
            by: By::Hop(hop.method),
            certainty: Some(hop.certainty),
            session_uid: hop.target_session,
        };
        self.hops.entry(hop.source_session).or_default().push(step);
    }

    /// Looks whether hops began in a session of somebody from outside.
    pub(super) fn session(&mut self, names: &Names, visit: &Visit) {
        let led_on = visit.scope == Scope::External
            && visit.outcome == SessionOutcome::Success
            && self.hops.contains_key(&Some(visit.session_uid));
        if led_on {
            let text = |name: Option<_>| name.map(|name| names.text(name).to_owned());
            self.arrivals.push(Step {
                time: visit.start.or(visit.first_known()),
                from: text(visit.ip).or_else(|| text(visit.client)),
                to: names.text(visit.host).to_owned(),
                user: text(visit.user),
                by: By::Arrival(visit.kind),
                certainty: None,
                session_uid: Some(visit.session_uid),
            });
        }
    }

    /// From outside on from session to session; where nobody came from outside, all hops.
    pub(super) fn ways(mut self) -> Ways {
        let from_outside = !self.arrivals.is_empty();
        let mut steps = Vec::new();
        if from_outside {
            let mut next: Vec<SessionUid> =
                self.arrivals.iter().filter_map(|step| step.session_uid).collect();
            let mut seen: BTreeSet<SessionUid> = next.iter().copied().collect();
            steps.append(&mut self.arrivals);
            while let Some(session) = next.pop() {
                for step in self.hops.remove(&Some(session)).into_iter().flatten() {
                    next.extend(step.session_uid.filter(|uid| seen.insert(*uid)));
                    steps.push(step);
                }
            }
        } else {
            steps.extend(self.hops.into_values().flatten());
        }
        steps.sort_unstable();
        Ways { from_outside, steps }
    }
}
