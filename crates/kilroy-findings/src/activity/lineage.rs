//! Which process ran under which logon: for events that name a process only.

use std::collections::BTreeMap;

use kilroy_model::{Action, Guid, Luid};

use super::{Birth, By, Clues, SessionIndex, StillRuns, Sure};
use crate::Observation;

/// Remembers the logon of each process, as events tell it in the order in which they happened.
///
/// Sysmon's GUIDs name a process for ever; a process ID names one until the next process has it, and is forgotten when the
/// process ends.
#[derive(Debug, Default)]
pub struct Lineage {
    guids: BTreeMap<Guid, Logon>,
    pids: BTreeMap<String, BTreeMap<u64, (Logon, Birth)>>,
    logon_guids: BTreeMap<Guid, Luid>,
}

/// Under what a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Logon {
    luid: Luid,
    terminal_session: Option<u32>,
}

impl Lineage {
    /// Learns from an event; give them in the order in which they happened.
    pub fn learn(&mut self, event: &Observation, index: &SessionIndex) {
        let clues = Clues::of(event);
        let first = clues.luids[0];
        if let Some((guid, luid)) = clues.logon_guid.zip(first).filter(|_| ties_guid_and_luid(event)) {
            self.logon_guids.insert(guid, luid);
        }
        match event.action {
            Some(Action::ProcessStarted) => {
                let Some(luid) = first else { return };
                let logon = Logon { luid, terminal_session: event.terminal_session };
                if let Some(guid) = event.process.guid {
                    self.guids.insert(guid, logon);
                }
                if let Some(pid) = event.process.pid {
                    let of_host = self.pids.entry(event.host.clone()).or_default();
                    of_host.insert(pid, (logon, index.birth(event)));
                }
            }
            Some(Action::ProcessEnded) => {
                if let (Some(pid), Some(of_host)) = (event.process.pid, self.pids.get_mut(&event.host)) {
                    of_host.remove(&pid);
                }
            }
            _ => {}
        }
    }

    /// A host started anew: its process IDs mean nothing any more.
    pub fn forget(&mut self, host: &str) {
        self.pids.remove(host);
    }

    /// What an event says, and what its process and its logon GUID say beyond that.
    pub fn clues<'e>(&self, event: &'e Observation, index: &SessionIndex) -> Clues<'e> {
        let mut clues = Clues::of(event);
        if clues.luids[0].is_some() {
            return clues;
        }
        if let Some(luid) = clues.logon_guid.and_then(|guid| self.logon_guids.get(&guid)) {
            clues.luids[0] = Some(*luid);
            clues.through = Some(By::LogonGuid);
            return clues;
        }
        let of_guid = clues.process_guid.and_then(|guid| self.guids.get(&guid).copied());
        let of_pid = || self.of_pid(event, clues.pid?, index);
        if let Some((logon, sure)) = of_guid.map(|logon| (logon, Sure::Exact)).or_else(of_pid) {
            clues.luids[0] = Some(logon.luid);
            (clues.luid_sure, clues.through) = (sure, Some(By::Process));
            if sure == Sure::Exact {
                clues.terminal_session = clues.terminal_session.or(logon.terminal_session);
            }
        }
        clues
    }

    /// The logon of the process that has this number.
    fn of_pid(&self, event: &Observation, pid: u64, index: &SessionIndex) -> Option<(Logon, Sure)> {
        let (logon, birth) = self.pids.get(&event.host)?.get(&pid)?;
        let named = event.process.image.as_deref().filter(|_| event.process.pid == Some(pid));
        match index.runs(birth, event, named) {
            StillRuns::No => None,
            StillRuns::Perhaps => Some((*logon, Sure::Likely)),
            StillRuns::Surely => Some((*logon, Sure::Exact)),
        }
    }
}

/// Is the logon GUID of an event the one of its first logon ID? That of explicit credentials is of the other side.
fn ties_guid_and_luid(event: &Observation) -> bool {
    matches!(event.action, Some(Action::Logon | Action::ProcessStarted))
}
