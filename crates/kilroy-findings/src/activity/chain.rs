//! Whom an event belongs to by way of others: the processes above it, the service that they run as, what it started, and what
//! detectors hold of it.

use std::collections::BTreeMap;

use kilroy_model::{Certainty, Finding, SessionPart, SessionUid};

use super::{Belonging, Birth, By, Clues, SessionIndex, StillRuns, Sure, When};
use crate::Observation;

/// A step from an event up to what led to it.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The start of a process, or the installation of a service.
    pub event: &'a Observation,
    /// How sure it is that the step leads here.
    pub sure: Sure,
    /// [`By::Process`] or [`By::Service`].
    pub by: By,
}

impl SessionIndex {
    /// The surest answer of an event and of the steps above it, nearest first, and which step gave it; of equally sure ones
    /// the nearest.
    pub fn surest<'a>(
        &self,
        event: &Observation,
        steps: impl Iterator<Item = Step<'a>>,
    ) -> (Belonging, Option<usize>) {
        let mut best = (self.of(&Clues::of(event)), None);
        for (number, step) in steps.enumerate() {
            let mut found = self.of(&Clues::of(step.event));
            found.sure = found.sure.min(step.sure);
            if found.session.is_some() && found.sure > best.0.sure {
                found.by = Some(step.by);
                best = (found, Some(number));
            }
        }
        best
    }
}

impl Belonging {
    /// Of a record that the session itself is made of.
    pub const fn of_record(session: SessionUid) -> Self {
        Self {
            session: Some(session),
            others: Vec::new(),
            sure: Sure::Exact,
            by: Some(By::Record),
            when: When::Present,
        }
    }

    /// Whom a finding holds to have done it. What is exact has a key that leads there without it; the rest of a finding may be
    /// of other records.
    pub fn of_finding(finding: &Finding) -> Option<Self> {
        let actors = || finding.sessions.iter().filter(|session| session.part == SessionPart::Actor);
        let best = actors().map(|session| session.sure).min()?;
        let mut actors = actors().filter(|session| session.sure == best).map(|session| session.session_uid);
        let (session, others) = (actors.next(), actors.collect::<Vec<_>>());
        let certain = best != Certainty::Possible && others.is_empty();
        let sure = if certain { Sure::Likely } else { Sure::Possible };
        Some(Self { session, others, sure, by: Some(By::Finding), when: When::Present })
    }
}

/// What a process started. An older Windows logs the logon of the interface through which the process was started, and only its
/// children have their own.
#[derive(Debug)]
pub struct Children {
    parent: Birth,
    found: BTreeMap<SessionUid, Belonging>,
}

impl Children {
    /// Of a process that started so.
    pub const fn of(parent: Birth) -> Self {
        Self { parent, found: BTreeMap::new() }
    }

    /// Takes the start of a process whose parent has the number of this one.
    pub fn take(&mut self, index: &SessionIndex, child: &Observation) {
        let runs = index.runs(&self.parent, child, child.process.parent_image.as_deref()) != StillRuns::No;
        let belonging = index.of(&Clues::of(child));
        if let Some(uid) = belonging.session.filter(|_| runs && belonging.sure == Sure::Exact) {
            self.found.insert(uid, belonging);
        }
    }

    /// The one session that they belong to; none if there are several.
    pub fn session(mut self) -> Option<Belonging> {
        let only = if self.found.len() == 1 { self.found.pop_first() } else { None };
        only.map(|(_, found)| Belonging { sure: Sure::Likely, by: Some(By::Child), ..found })
    }
}
