//! What one session did, picked out of the events of its host.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Action, Guid, SessionUid, Timestamp};

use super::{Belonging, Birth, By, Clues, Lineage, SessionIndex, StillRuns, Sure, When};
use crate::Observation;

/// How an event belongs to the session that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How sure.
    pub sure: Sure,
    /// By which key.
    pub by: By,
    /// Where in the life of the session.
    pub when: When,
}

impl Share {
    /// Of a record that the session itself is made of.
    pub const fn of_record() -> Self {
        Self { sure: Sure::Exact, by: By::Record, when: When::Present }
    }
}

/// Follows one session through events that come in the order in which they happened; those of other hosts are passed over.
///
/// A process that one of its processes started belongs to it as well, even under another logon: `runas` is something that
/// somebody did.
#[derive(Debug)]
pub struct Follower<'a> {
    index: &'a SessionIndex,
    session: SessionUid,
    /// Its host; none if nobody got in.
    host: Option<u32>,
    lineage: Lineage,
    guids: BTreeSet<Guid>,
    /// Processes that run, by their ID: since when, and their start.
    pids: BTreeMap<u64, (Timestamp, Birth)>,
}

impl<'a> Follower<'a> {
    /// Of a session that the index knows.
    pub fn new(index: &'a SessionIndex, session: SessionUid) -> Self {
        let (lineage, guids, pids) = (Lineage::default(), BTreeSet::new(), BTreeMap::new());
        let stay = index.number(session).and_then(|number| index.stays.get(number as usize));
        Self { index, session, host: stay.map(|stay| stay.host), lineage, guids, pids }
    }

    /// Does this event belong to the session?
    pub fn follow(&mut self, event: &Observation) -> Option<Share> {
        // Process IDs are numbers of one host.
        if self.host.is_some() && self.index.host(&Clues::of(event)) != self.host {
            return None;
        }
        let share = match self.own(event) {
            Owner::This(share) => Some(share),
            // Who took up the desktop goes on with what runs there: it is his now.
            Owner::Successor => None,
            Owner::Other => self.inherited(event),
        };
        self.lineage.learn(event, self.index);
        match event.action {
            Some(Action::ProcessStarted) => self.started(event, share),
            Some(Action::ProcessEnded) => {
                if let Some(pid) = event.process.pid {
                    self.pids.remove(&pid);
                }
            }
            _ => {}
        }
        share
    }

    fn own(&self, event: &Observation) -> Owner {
        let clues = self.lineage.clues(event, self.index);
        let Belonging { session, others, sure, by, when } = self.index.of(&clues);
        let Some(by) = by else { return Owner::Other };
        if session == Some(self.session) {
            return Owner::This(Share { sure, by, when });
        }
        if others.contains(&self.session) {
            return Owner::This(Share { sure: sure.min(Sure::Possible), by, when });
        }
        let shared = self.index.luids(self.session).any(|luid| clues.luids.contains(&Some(luid)));
        if sure == Sure::Exact && shared { Owner::Successor } else { Owner::Other }
    }

    /// By the process that did it, or that started it.
    fn inherited(&self, event: &Observation) -> Option<Share> {
        let process = &event.process;
        let starts = event.action == Some(Action::ProcessStarted);
        let guid = if starts { process.parent_guid } else { process.guid };
        let pid = if starts { process.parent_pid } else { process.pid.or(event.logged_by.pid) };
        let share = |sure| Some(Share { sure, by: By::Process, when: When::Present });
        if guid.is_some_and(|guid| self.guids.contains(&guid)) {
            return share(Sure::Exact);
        }
        // With a GUID that is not one of them, the number says nothing.
        let named = if starts { process.parent_image.as_deref() } else { process.image.as_deref() };
        let named = named.filter(|_| starts || process.pid.is_some());
        let known = pid.filter(|_| guid.is_none()).and_then(|pid| self.pids.get(&pid));
        let runs = known.is_some_and(|(_, birth)| self.index.runs(birth, event, named) != StillRuns::No);
        if runs { share(Sure::Likely) } else { None }
    }

    fn started(&mut self, event: &Observation, share: Option<Share>) {
        let surely = share.is_some_and(|share| share.sure >= Sure::Likely);
        let process = &event.process;
        match process.pid {
            Some(pid) if surely => {
                self.pids.insert(pid, (event.time, self.index.birth(event)));
            }
            // The number is somebody else's now. Two logs tell of one start: the one that comes second is no other.
            Some(pid)
                if self
                    .pids
                    .get(&pid)
                    .is_some_and(|(since, _)| !since.within_millis(event.time, SAME_START_MILLIS)) =>
            {
                self.pids.remove(&pid);
            }
            _ => {}
        }
        if surely {
            self.guids.extend(process.guid);
        }
    }
}

/// Whose an event is.
enum Owner {
    This(Share),
    /// Another session that shares its logon: one took up the desktop of the other.
    Successor,
    Other,
}

/// Security and Sysmon log the start of a process at most so far apart.
pub(super) const SAME_START_MILLIS: u64 = 2_000;
