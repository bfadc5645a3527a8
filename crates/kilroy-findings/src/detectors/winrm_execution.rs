//! Programs started through Windows Remote Management.
//!
//! Hypothesis: `winrs` and PowerShell remoting run what they are told to in `winrshost.exe` and `wsmprovhost.exe`, under the network
//! logon of whoever called.
//!
//! Needs: process auditing (4688, Sysmon 1); the network logon for who and from where.
//!
//! False positives: this is how many administrators work, and how configuration management does. The command with which Ansible
//! begins each step is known.

use super::remote_children::Children;
use super::{Detector, Found};
use crate::Observation;
use crate::scene::Scene;

const NAME: &str = "winrm-execution";

/// Finds programs started through WinRM.
#[derive(Debug)]
pub(super) struct WinrmExecution(Children);

impl Default for WinrmExecution {
    fn default() -> Self {
        let is_parent = |started: &crate::program::Started<'_>, _: &Observation| {
            started.parent.as_deref().is_some_and(is_winrm)
        };
        Self(Children::new(NAME, &["T1021.006"], is_parent, true))
    }
}

impl Detector for WinrmExecution {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 4688]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        self.0.event(event, is_winrm, scene, found);
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.0.finish(found);
    }
}

fn is_winrm(name: &str) -> bool {
    name.eq_ignore_ascii_case("wsmprovhost.exe") || name.eq_ignore_ascii_case("winrshost.exe")
}

#[cfg(test)]
mod tests {
    use kilroy_model::{Kind, Weight};

    use super::*;
    use kilroy_model::FactName;

    use crate::detectors::testing::{Story, process, session};
    use crate::powershell::encode;

    /// `PowerShell -NoProfile … -EncodedCommand`, in which Ansible's script stands: ordinary work, and said to be so.
    #[test]
    fn what_ansible_sends_weighs_little_until_something_else_comes_with_it() {
        let bootstrap = encode(
            "&chcp.com 65001 > $null\n$exec_wrapper_str = $input | Out-String\n\
            $split_parts = $exec_wrapper_str.Split(@(\"`0`0`0`0\"), 2)\n&([ScriptBlock]::Create($split_parts[0]))",
        );
        let ansible =
            format!("PowerShell -NoProfile -ExecutionPolicy Unrestricted -EncodedCommand {bootstrap}");
        let image = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe";
        let found = |lines: &[&str]| {
            let mut story = Story::of(vec![session("srv", 1, "deploy", Kind::Network, "10.0.0.9")]);
            for (second, line) in (61..).zip(lines) {
                let parent = Some(r"C:\Windows\System32\winrshost.exe");
                story.event(process("srv", second, 0x1001, image, line, parent));
            }
            story.found()
        };
        let ordinary = found(&[&ansible, &ansible]);
        assert_eq!((ordinary.len(), ordinary[0].weight), (1, Weight::Low), "{ordinary:?}");
        assert!(ordinary[0].texts(FactName::Variant).any(|variant| variant == "ansible"));
        let both = found(&[&ansible, "powershell -enc SQBFAFgA"]);
        assert_eq!(both[0].weight, Weight::High);
    }

    #[test]
    fn a_child_of_the_host_of_a_remote_shell() {
        let with_parent = |parent: &str| {
            let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
            let (image, line) = (r"C:\Windows\System32\HOSTNAME.EXE", "hostname");
            story.event(process("srv", 61, 0x1001, image, line, Some(parent)));
            story.found_by(NAME).first().map(|finding| finding.weight)
        };
        assert_eq!(with_parent(r"C:\Windows\System32\wsmprovhost.exe"), Some(Weight::Medium));
        assert_eq!(with_parent(r"C:\Windows\System32\winrshost.exe"), Some(Weight::Medium));
        assert_eq!(with_parent(r"C:\Windows\System32\cmd.exe"), None);
    }
}
