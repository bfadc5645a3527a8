//! A machine account that runs programs over a network logon.
//!
//! Hypothesis: an account like `SRV01$` logs on over the network for Windows' own purposes and starts nothing. If it does, somebody
//! holds its ticket or hash (silver ticket, relayed or stolen credentials).
//!
//! Needs: logons (4624, 540) and process auditing (4688, 592, Sysmon 1) with the logon ID.
//!
//! False positives: group managed service accounts, whose names end with `$` too; management software that works as the
//! machine of its server.

use kilroy_model::{FactName, RecordPart, SessionPart, Weight};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::program::{Started, Twins};
use crate::runs::Runs;
use crate::scene::Scene;

const NAME: &str = "machine-account-execution";

/// Commands of one logon that belong together.
const PAUSE_MILLIS: u64 = 60 * 60 * 1000;

/// Finds machine accounts that run programs.
#[derive(Debug)]
pub(super) struct MachineAccount {
    /// By host and session.
    runs: Runs<(String, u64), Draft>,
    twins: Twins,
}

impl Default for MachineAccount {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS), twins: Twins::default() }
    }
}

impl Detector for MachineAccount {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 592, 4688]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some(started) = Started::of(event).filter(|started| !started.is_bystander()) else { return };
        let Some(actor) = scene.exact_actor(event) else { return };
        let Some(user) = actor.stay.user.as_deref().filter(|user| user.ends_with('$')) else { return };
        if !actor.stay.is_remote_network() {
            return;
        }
        let begin = || Draft::new(NAME, &["T1078", "T1558.002"], Weight::High);
        let key = (event.host.clone(), actor.stay.uid.0);
        let draft = self.runs.at(&key, event.time, begin, &mut |over| found.add(over));
        draft.event(event, RecordPart::Key);
        draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        draft.text_once(FactName::User, user, 1);
        if let Some(source) = actor.stay.source() {
            draft.text_once(FactName::Source, &source, 1);
        }
        draft.text_once(FactName::Command, started.line(), 10);
        if !self.twins.told(event, &started) {
            draft.count(FactName::Count);
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|draft| found.add(draft));
    }
}

#[cfg(test)]
mod tests {
    use kilroy_model::Kind;

    use super::*;
    use crate::detectors::testing::{Story, process, session};

    #[test]
    fn a_machine_that_runs_a_shell_and_one_that_only_logs_on() {
        let found = |user: &str, kind, luid| {
            let mut story = Story::of(vec![session("srv", 1, user, kind, "10.0.0.9")]);
            story.event(process("srv", 61, luid, r"C:\Windows\System32\cmd.exe", "cmd", None));
            story.found_by(NAME).first().map(|finding| finding.weight)
        };
        assert_eq!(found("DC01$", Kind::Network, 0x1001), Some(Weight::High));
        assert_eq!(found("DC01$", Kind::Network, 0x3e7), None);
        assert_eq!(found("DC01$", Kind::Service, 0x1001), None);
        assert_eq!(found("adm", Kind::Network, 0x1001), None);
    }

    /// The Security log (4688) and Sysmon (1) tell of the same start.
    #[test]
    fn a_process_that_two_logs_have_is_one() {
        let mut story = Story::of(vec![session("srv", 1, "DC01$", Kind::Network, "10.0.0.9")]);
        for id in [4688, 1] {
            let mut started = process("srv", 61, 0x1001, r"C:\Windows\System32\cmd.exe", "cmd", None);
            (started.event_id, started.process.pid) = (id, Some(0x424));
            started.uid.0 += u128::from(id);
            story.event(started);
        }
        let found = story.found_by(NAME);
        assert_eq!((found[0].number(FactName::Count), found[0].records_total), (Some(1), 2));
    }
}
