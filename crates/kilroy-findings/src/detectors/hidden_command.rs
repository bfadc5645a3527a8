//! A command in a network logon from another machine that hides itself or what it does.
//!
//! Hypothesis: tools for moving on (CrackMapExec, Metasploit, Cobalt Strike) run PowerShell and other programs that run what they are
//! told to, hidden, encoded, or past the policy for scripts. People who use a share or a console start no such programs. By what
//! way the command came need not be known.
//!
//! Needs: process auditing with command lines; the network logon for who and from where.
//!
//! False positives: deployment and inventory software that sends its scripts encoded; that of Ansible is known. WMI, WinRM, DCOM, services and tasks have
//! detectors of their own: what those find is not told again.

use kilroy_model::{FactName, RecordPart, SessionPart, SessionUid, Weight};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::powershell::{Asked, is_ansible};
use crate::program::{Started, Twins, brings_code, sends_output_back};
use crate::runs::Runs;
use crate::scene::Scene;

pub(super) const NAME: &str = "hidden-remote-command";

/// What somebody does by hand, command after command.
const PAUSE_MILLIS: u64 = 10 * 60 * 1000;
/// Commands that are told.
const MOST_COMMANDS: usize = 10;

/// Finds such commands.
#[derive(Debug)]
pub(super) struct HiddenCommand {
    /// By session.
    runs: Runs<SessionUid, Draft>,
    twins: Twins,
}

impl Default for HiddenCommand {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS), twins: Twins::default() }
    }
}

impl Detector for HiddenCommand {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 4688]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some(started) = Started::of(event).filter(Started::is_shell) else { return };
        let Some(weight) = weight(&started) else { return };
        let visitor = scene.exact_actor(event).filter(|actor| actor.stay.is_remote_network());
        let Some(actor) = visitor.filter(|actor| !actor.stay.background) else { return };
        let begin = || Draft::new(NAME, &["T1059", "T1564.003"], Weight::Info);
        let draft = self.runs.at(&actor.stay.uid, event.time, begin, &mut |over| found.add(over));
        draft.raise(weight);
        draft.event(event, RecordPart::Key);
        draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        if !self.twins.told(event, &started) {
            draft.count(FactName::Count);
        }
        draft.text_once(FactName::Command, started.line(), MOST_COMMANDS);
        if is_ansible(started.line()) {
            draft.text_once(FactName::Variant, "ansible", 1);
        }
        if let Some(user) = &actor.stay.user {
            draft.text_once(FactName::User, user, 1);
        }
        if let Some(source) = actor.stay.source() {
            draft.text_once(FactName::Source, &source, 1);
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|draft| found.add(draft));
    }
}

/// How odd the command is; none if it hides nothing.
fn weight(started: &Started<'_>) -> Option<Weight> {
    let line = started.line();
    let asked = Asked::of(line);
    match () {
        () if is_ansible(line) => Some(Weight::Low),
        () if asked.hides() || brings_code(line) || sends_output_back(line) => Some(Weight::High),
        // Many scripts of administrators are run past the policy.
        () if asked.bypass || fetches_code(&started.name, line) => Some(Weight::Medium),
        () => None,
    }
}

/// Programs of Windows that run what they fetch.
fn fetches_code(name: &str, line: &str) -> bool {
    let line = line.to_lowercase();
    let fetches = line.contains("http://") || line.contains("https://") || line.contains("javascript:");
    fetches
        && matches!(
            name,
            "mshta.exe"
                | "rundll32.exe"
                | "regsvr32.exe"
                | "certutil.exe"
                | "bitsadmin.exe"
                | "installutil.exe"
        )
}

#[cfg(test)]
mod tests {
    use kilroy_model::{Finding, Kind};

    use super::*;
    use crate::detectors::testing::{Story, process, session};

    const POWERSHELL: &str = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";

    fn found(kind: Kind, ip: &str, image: &str, line: &str, parent: Option<&str>) -> Vec<Finding> {
        let mut story = Story::of(vec![session("srv", 1, "adm", kind, ip)]);
        story.event(process("srv", 61, 0x1001, image, line, parent));
        story.found()
    }

    #[test]
    fn a_hidden_command_of_a_visitor() {
        let line = "powershell.exe  -exec bypass -noni -nop -w 1 -C \" & ( $pSHomE[4]+'x')\"";
        let hit = found(Kind::Network, "10.0.0.9", POWERSHELL, line, None).remove(0);
        assert_eq!((hit.detector.as_str(), hit.weight), (NAME, Weight::High));
        assert_eq!((hit.text(FactName::Source), hit.sessions.len()), (Some("10.0.0.9"), 1));
        let policy = "powershell.exe -ExecutionPolicy Bypass -File inventory.ps1";
        assert_eq!(found(Kind::Network, "10.0.0.9", POWERSHELL, policy, None)[0].weight, Weight::Medium);
    }

    #[test]
    fn plain_commands_and_people_at_their_desktops_are_none() {
        let hidden = "powershell.exe -w hidden -enc JABz";
        assert!(found(Kind::InteractiveRemote, "10.0.0.9", POWERSHELL, hidden, None).is_empty());
        assert!(found(Kind::Network, "127.0.0.1", POWERSHELL, hidden, None).is_empty());
        assert!(found(Kind::Network, "10.0.0.9", POWERSHELL, "powershell.exe -File a.ps1", None).is_empty());
        let cmd = r"C:\Windows\System32\cmd.exe";
        assert!(found(Kind::Network, "10.0.0.9", cmd, "cmd.exe /c dir", None).is_empty());
    }

    /// The way that it came tells more.
    #[test]
    fn what_came_through_winrm_is_told_once() {
        let parent = Some(r"C:\Windows\System32\wsmprovhost.exe");
        let all = found(Kind::Network, "10.0.0.9", POWERSHELL, "powershell.exe -enc JABz", parent);
        let detectors: Vec<_> = all.iter().map(|finding| finding.detector.as_str()).collect();
        assert_eq!(detectors, ["winrm-execution"]);
    }

    /// A finding lists a hundred records: what comes after them may have come otherwise.
    #[test]
    fn what_is_not_listed_is_not_told_elsewhere() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        for second in 0..120 {
            let parent = if second < 100 { "wsmprovhost.exe" } else { "tool.exe" };
            let parent = format!(r"C:\Windows\System32\{parent}");
            story.event(process(
                "srv",
                61 + second,
                0x1001,
                POWERSHELL,
                "powershell.exe -enc JABz",
                Some(&parent),
            ));
        }
        let hidden = story.found_by(NAME);
        let numbers: Vec<_> = hidden.iter().map(|finding| finding.number(FactName::Count)).collect();
        assert_eq!(numbers, [Some(120)]);
    }

    /// Options of PowerShell are those of PowerShell only, and none of what it is to run.
    #[test]
    fn options_of_other_programs_hide_nothing() {
        let cmd = r"C:\Windows\System32\cmd.exe";
        for line in [
            "cmd.exe /c tool.exe -w hidden -enc x",
            "cmd.exe /c powershell ls | grep -e x",
            "cmd.exe /c convert -encodedcommand x",
        ] {
            assert!(found(Kind::Network, "10.0.0.9", cmd, line, None).is_empty(), "{line}");
        }
        let line = "cmd.exe /c powershell -Version 2 -OutputFormat Text -e JABz";
        assert_eq!(found(Kind::Network, "10.0.0.9", cmd, line, None)[0].weight, Weight::High);
    }
}
