//! Cleared event logs.
//!
//! Hypothesis: somebody removes his traces. Whose session it was tells more than the clear itself.
//!
//! Needs: 1102 or 517 (Security), 104 (System), which Windows writes whatever is audited; logons for whose session it was.
//!
//! False positives: administrators who clear a full log instead of raising its size; images of machines that are cleaned before
//! they are copied; laboratories.

use kilroy_model::{Action, FactName, RecordPart, SessionPart, Weight};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::program::Started;
use crate::runs::Runs;
use crate::scene::Scene;

const NAME: &str = "log-cleared";

/// Logs that are cleared one after the other are one finding.
const PAUSE_MILLIS: u64 = 10 * 60 * 1000;

/// Finds clears.
#[derive(Debug)]
pub(super) struct LogCleared {
    runs: Runs<String, Draft>,
}

impl Default for LogCleared {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS) }
    }
}

impl Detector for LogCleared {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 104, 517, 1102, 4688]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let cleared = event.action == Some(Action::LogCleared);
        let command = Started::of(event).map(|started| started.line()).filter(|line| clears(line));
        if !cleared && command.is_none() {
            return;
        }
        let begin = || Draft::new(NAME, &["T1070.001"], Weight::Low);
        let draft = self.runs.at(&event.host, event.time, begin, &mut |over| found.add(over));
        draft.event(event, RecordPart::Key);
        if let Some(command) = command {
            draft.text_once(FactName::Command, command, 5);
        }
        if cleared {
            let log = event.field("Channel").unwrap_or(&event.log);
            draft.text_once(FactName::Log, log, 20);
        }
        let person = if event.subject.user.is_some() { &event.subject } else { &event.account };
        let actor = scene.exact_actor(event).or_else(|| scene.actor(event));
        if let Some(user) = person.user.as_deref().filter(|user| is_person(user)) {
            draft.user(user);
            draft.text_once(FactName::User, user, 3);
            if cleared {
                draft.raise(Weight::Medium);
            }
        }
        if let Some(actor) = actor.filter(|actor| !actor.stay.background) {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
            if actor.stay.is_from_elsewhere() {
                if let Some(source) = actor.stay.source() {
                    draft.told(FactName::Source, &source, actor.sure, 3);
                }
                if cleared {
                    draft.raise(Weight::High);
                }
            }
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|draft| found.add(draft));
    }
}

/// Windows itself clears logs when it is set up.
fn is_person(user: &str) -> bool {
    !user.ends_with('$')
        && !user.eq_ignore_ascii_case("SYSTEM")
        && !user.eq_ignore_ascii_case("LOCAL SERVICE")
}

/// Does the command clear a log?
fn clears(line: &str) -> bool {
    let line = line.to_lowercase();
    (line.contains("wevtutil") && (line.contains(" cl ") || line.contains(" clear-log ")))
        || line.contains("clear-eventlog")
        || line.contains("remove-eventlog")
        || (line.contains("nteventlog") && line.contains("cleareventlog"))
}

#[cfg(test)]
mod tests {
    use kilroy_model::{Kind, Luid};

    use super::*;
    use crate::detectors::testing::{Story, by, event, on, process, session, with};

    fn cleared(user: &str, luid: u64) -> Observation {
        by(on(event("srv", 90, 1102), "Security", Some(Action::LogCleared)), user, luid)
    }

    #[test]
    fn whose_session_it_was_tells_how_much_it_weighs() {
        let found = |kind, ip: &str, event| {
            let mut story = Story::of(vec![session("srv", 1, "mallory", kind, ip)]);
            story.event(event);
            story.found_by(NAME).remove(0)
        };
        let remote = found(Kind::InteractiveRemote, "203.0.113.9", cleared("mallory", 0x1001));
        assert_eq!((remote.weight, remote.text(FactName::Source)), (Weight::High, Some("203.0.113.9")));
        assert_eq!(remote.sessions.len(), 1);
        let local = found(Kind::InteractiveLocal, "LOCAL", cleared("mallory", 0x1001));
        assert_eq!(local.weight, Weight::Medium);
        let windows = found(Kind::InteractiveLocal, "LOCAL", cleared("SYSTEM", 0x3e7));
        assert_eq!(windows.weight, Weight::Low);
    }

    #[test]
    fn logs_that_are_cleared_together_are_one() {
        let mut story = Story::of(Vec::new());
        story.event(cleared("adm", 0x99));
        let mut system =
            with(on(event("srv", 95, 104), "System", Some(Action::LogCleared)), "Channel", "System");
        (system.log, system.subject.luid) = ("System".to_owned(), Some(Luid(0x99)));
        story.event(system);
        story.event(process(
            "srv",
            94,
            0x99,
            r"C:\Windows\System32\wevtutil.exe",
            "wevtutil cl System",
            None,
        ));
        story.event(process(
            "srv",
            99,
            0x99,
            r"C:\Windows\System32\wevtutil.exe",
            "wevtutil qe System",
            None,
        ));
        let found = story.found_by(NAME);
        assert_eq!((found.len(), found[0].records_total), (1, 3));
        assert_eq!(found[0].texts(FactName::Log).collect::<Vec<_>>(), ["Security", "System"]);
    }
}
