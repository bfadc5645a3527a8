//! Shadowing of Remote Desktop sessions.
//!
//! Hypothesis: somebody watches or controls the session of another user (`mstsc /shadow`), or sets the policy that lets him do
//! so without being asked.
//!
//! Needs: RemoteConnectionManager 20503 to 20512; process auditing on the machine of the one who watches; Sysmon 13 for the policy.
//!
//! False positives: help desks work like this. That the permission is on record (20508, 20510) does not tell that somebody was
//! asked: it is written as well where the policy does not ask. A refusal (20509, 20511) tells that somebody was.

use kilroy_model::{FactName, RecordPart, SessionPart, Weight};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::program::Started;
use crate::runs::Runs;
use crate::scene::Scene;

const NAME: &str = "session-shadowing";
const ATTACK: &[&str] = &["T1563.002"];

/// The records of one use follow each other; help on the telephone takes some minutes.
const PAUSE_MILLIS: u64 = 10 * 60 * 1000;

/// Finds shadowing.
#[derive(Debug)]
pub(super) struct Shadowing {
    runs: Runs<String, Draft>,
}

impl Default for Shadowing {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS) }
    }
}

/// What a record says of shadowing.
struct Sign<'a> {
    variant: &'static str,
    weight: Weight,
    command: Option<&'a str>,
}

impl Detector for Shadowing {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 12, 13, 4688, 20503, 20504, 20505, 20506, 20507, 20508, 20509, 20510, 20511, 20512]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some(sign) = sign(event) else { return };
        let begin = || Draft::new(NAME, ATTACK, Weight::Info);
        let draft = self.runs.at(&event.host, event.time, begin, &mut |over| found.add(over));
        draft.raise(sign.weight);
        draft.text_once(FactName::Variant, sign.variant, 7);
        if let Some(command) = sign.command {
            draft.text_once(FactName::Command, command, 4);
        }
        draft.event(event, RecordPart::Key);
        if let Some(actor) = scene.actor(event) {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|draft| found.add(draft));
    }
}

fn sign(event: &Observation) -> Option<Sign<'_>> {
    let sign = |variant, weight, command| Some(Sign { variant, weight, command });
    if event.provider == "Microsoft-Windows-TerminalServices-RemoteConnectionManager" {
        return match event.event_id {
            20503..=20505 => sign("view", Weight::Medium, None),
            20506 | 20507 => sign("control", Weight::Medium, None),
            20508 | 20510 => sign("permission", Weight::Low, None),
            20509 | 20511 => sign("refused", Weight::Low, None),
            20512 => sign("failed", Weight::Low, None),
            _ => None,
        };
    }
    if let Some(started) = Started::of(event) {
        let line = started.line();
        let small = line.to_lowercase();
        if started.name != "mstsc.exe" || !small.contains("/shadow:") {
            return None;
        }
        let unasked = small.contains("/noconsentprompt");
        return sign("client", if unasked { Weight::Medium } else { Weight::Low }, Some(line));
    }
    let is_policy = matches!(event.event_id, 12 | 13)
        && event.provider == "Microsoft-Windows-Sysmon"
        && event.object.as_deref().is_some_and(|key| {
            let key = key.to_lowercase();
            key.ends_with("\\shadow") && key.contains("terminal s")
        });
    is_policy.then(|| {
        // 2: control, 4: view, both without asking.
        let unasked = event
            .field("Details")
            .is_some_and(|value| value.contains("00000002") || value.contains("00000004"));
        let weight = if unasked { Weight::Medium } else { Weight::Low };
        Sign { variant: "policy", weight, command: event.object.as_deref() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{Story, event, on, process, with};

    #[test]
    fn shadowing_and_other_events_of_these_numbers() {
        let mut story = Story::of(Vec::new());
        let mut control = event("srv", 1, 20506);
        control.provider = "Microsoft-Windows-TerminalServices-RemoteConnectionManager".to_owned();
        let mut other = event("other", 1, 20506);
        other.provider = "Somebody".to_owned();
        story.event(control);
        story.event(other);
        let found = story.found_by(NAME);
        assert_eq!(
            (found.len(), found[0].weight, &found[0].hosts[..]),
            (1, Weight::Medium, &["srv".to_owned()][..])
        );
    }

    /// Whoever is refused saw nothing; a permission on record may be the policy's.
    #[test]
    fn what_is_refused_and_what_is_permitted() {
        let found = |ids: &[u32]| {
            let mut story = Story::of(Vec::new());
            for (second, id) in (1..).zip(ids) {
                let mut record = event("srv", second, *id);
                record.provider = "Microsoft-Windows-TerminalServices-RemoteConnectionManager".to_owned();
                story.event(record);
            }
            let finding = story.found_by(NAME).remove(0);
            let variants: Vec<String> = finding.texts(FactName::Variant).map(str::to_owned).collect();
            (finding.weight, variants.join(" "))
        };
        assert_eq!(found(&[20509]), (Weight::Low, "refused".to_owned()));
        assert_eq!(found(&[20511, 20512]), (Weight::Low, "refused failed".to_owned()));
        assert_eq!(found(&[20508, 20503]), (Weight::Medium, "permission view".to_owned()));
    }

    #[test]
    fn a_client_that_does_not_ask_and_a_policy() {
        let line = |line: &str| {
            let mut story = Story::of(Vec::new());
            story.event(process("ws", 1, 0x99, r"C:\Windows\System32\mstsc.exe", line, None));
            story.found_by(NAME).first().map(|finding| finding.weight)
        };
        assert_eq!(line("mstsc /v:srv /shadow:2 /control /noConsentPrompt"), Some(Weight::Medium));
        assert_eq!(line("mstsc /v:srv /shadow:2"), Some(Weight::Low));
        assert_eq!(line("mstsc /v:srv"), None);
        let mut story = Story::of(Vec::new());
        let key = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services\Shadow";
        let mut policy = with(on(event("srv", 1, 13), key, None), "Details", "DWORD (0x00000002)");
        policy.provider = "Microsoft-Windows-Sysmon".to_owned();
        story.event(policy);
        assert_eq!(story.found_by(NAME)[0].weight, Weight::Medium);
    }
}
