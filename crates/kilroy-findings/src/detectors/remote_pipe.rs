//! Administration of a machine from afar over its named pipes.
//!
//! Hypothesis: whoever installs services, makes tasks or edits the registry of another machine opens the pipe of the interface for
//! it: `svcctl`, `atsvc`, `winreg`. Where nothing else is logged, this is what is left of it; where the service or the task is found,
//! that is told instead.
//!
//! Needs: 5145 (detailed file share auditing).
//!
//! False positives: every administrator's console and most management software. By itself it weighs little.

use kilroy_model::{FactName, RecordPart, SessionPart, Weight};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::runs::Runs;
use crate::scene::Scene;

pub(super) const NAME: &str = "remote-admin-pipe";

/// What somebody does with a console takes some minutes.
const PAUSE_MILLIS: u64 = 10 * 60 * 1000;

/// Pipe, and the technique that it is for.
const PIPES: [(&str, &str); 5] = [
    ("svcctl", "T1569.002"),
    ("atsvc", "T1053.005"),
    ("winreg", "T1112"),
    ("eventlog", "T1070.001"),
    ("protected_storage", "T1555"),
];

/// Finds administration over pipes.
#[derive(Debug)]
pub(super) struct RemotePipe {
    /// By host, user and address.
    runs: Runs<(String, String, String), Draft>,
}

impl Default for RemotePipe {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS) }
    }
}

impl Detector for RemotePipe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[5145]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some((pipe, technique)) = pipe(event) else { return };
        let user = event.subject.user.clone().unwrap_or_default();
        // Machines administrate each other, by policy.
        if user.ends_with('$') {
            return;
        }
        let ip = event.source.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let key = (event.host.clone(), user.to_lowercase(), ip.clone());
        let begin = || Draft::new(NAME, &["T1021.002"], Weight::Low);
        let draft = self.runs.at(&key, event.time, begin, &mut |over| found.add(over));
        draft.attack(technique);
        draft.text_once(FactName::Pipe, pipe, PIPES.len());
        draft.count(FactName::Count);
        draft.event(event, RecordPart::Key);
        draft.user(&user);
        draft.text_once(FactName::User, &user, 1);
        if !ip.is_empty() {
            draft.source(&ip);
            draft.text_once(FactName::Source, &ip, 1);
        }
        if let Some(actor) = scene.exact_actor(event) {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|draft| found.add(draft));
    }
}

fn pipe(event: &Observation) -> Option<(&'static str, &'static str)> {
    let opened = event.opened_pipe()?;
    PIPES.into_iter().find(|(name, _)| opened.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{Story, share};

    #[test]
    fn pipes_of_administration_and_ordinary_ones() {
        let mut story = Story::of(Vec::new());
        for (second, what) in [(1, "svcctl"), (2, "winreg"), (3, "srvsvc"), (4, "lsarpc")] {
            story.event(share("srv", second, "adm", 0x99, r"\\*\IPC$", what));
        }
        story.event(share("srv", 5, "WS1$", 0x98, r"\\*\IPC$", "svcctl"));
        story.event(share("srv", 6, "adm", 0x99, r"\\*\ADMIN$", "svcctl"));
        let found = story.found_by(NAME);
        assert_eq!((found.len(), found[0].weight, found[0].records_total), (1, Weight::Low, 2));
        assert_eq!(found[0].texts(FactName::Pipe).collect::<Vec<_>>(), ["svcctl", "winreg"]);
    }
}
