//! Detectors: one file each. Its header says what it looks for and why (hypothesis), what it needs, and what else looks like
//! that (false positives); its thresholds are constants with a reason.
//!
//! Sessions go by first, in the order of their table; then all that is known of them is in the [`Scene`]; then the events
//! that any detector needs go by, host by host, those of each in the order of time. What a detector keeps is what goes on
//! and what it found.

mod account_created;
mod dcom_execution;
mod exploit_channel;
mod hidden_command;
mod log_cleared;
mod machine_account;
mod odd_place;
mod password_guessing;
mod password_spraying;
mod redundant;
mod remote_children;
mod remote_pipe;
mod remote_service;
mod remote_task;
mod search;
mod session_takeover;
mod shadowing;
mod success_after_failures;
#[cfg(test)]
pub(crate) mod testing;
mod tunnelled_rdp;
mod winrm_execution;
mod wmi_execution;

pub use search::{Look, Search};

use kilroy_model::{AccessSession, Finding};

use crate::Observation;
use crate::draft::Draft;
use crate::scene::Scene;

/// Something that finds something.
pub trait Detector {
    /// Its name, for ever: the uid of a finding is made of it.
    fn name(&self) -> &'static str;

    /// Event IDs of the events that it needs.
    fn events(&self) -> &'static [u32] {
        &[]
    }

    /// Does it need no event, after all that it knows of the sessions? Then events are not read for its sake.
    fn is_idle(&self) -> bool {
        false
    }

    /// A session goes by.
    fn session(&mut self, _session: &AccessSession, _found: &mut Found) {}

    /// All sessions have gone by.
    fn begin(&mut self, _scene: &Scene, _found: &mut Found) {}

    /// An event goes by: one that it needs, or that another one needs.
    fn event(&mut self, _event: &Observation, _scene: &Scene, _found: &mut Found) {}

    /// There is nothing more to come.
    fn finish(&mut self, _scene: &Scene, _found: &mut Found) {}
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found(Vec<Finding>);

impl Found {
    pub(crate) fn add(&mut self, draft: Draft) {
        self.0.extend(draft.finish());
    }
}

/// All detectors.
fn all() -> Vec<Box<dyn Detector>> {
    vec![
        Box::<account_created::AccountCreated>::default(),
        Box::<dcom_execution::DcomExecution>::default(),
        Box::<hidden_command::HiddenCommand>::default(),
        Box::<log_cleared::LogCleared>::default(),
        Box::<machine_account::MachineAccount>::default(),
        Box::<odd_place::OddPlace>::default(),
        Box::<password_guessing::PasswordGuessing>::default(),
        Box::<password_spraying::PasswordSpraying>::default(),
        Box::<exploit_channel::ExploitChannel>::default(),
        Box::<remote_pipe::RemotePipe>::default(),
        Box::<remote_service::RemoteService>::default(),
        Box::<remote_task::RemoteTask>::default(),
        Box::<session_takeover::SessionTakeover>::default(),
        Box::<shadowing::Shadowing>::default(),
        Box::<success_after_failures::SuccessAfterFailures>::default(),
        Box::<tunnelled_rdp::TunnelledRdp>::default(),
        Box::<winrm_execution::WinrmExecution>::default(),
        Box::<wmi_execution::WmiExecution>::default(),
    ]
}

/// The names of all detectors, in their order.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = all().iter().map(|detector| detector.name()).collect();
    names.sort_unstable();
    names
}
