//! Programs started through Windows Remote Management.
//!
//! Hypothesis: `winrs` and PowerShell remoting run what they are told to in `winrshost.exe` and `wsmprovhost.exe`, under the network
//! logon of whoever called.
//!
//! Needs: process auditing (4688, Sysmon 1); the network logon for who and from where.
//!
//! False positives: this is how many administrators work, and how configuration management does.

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
    use crate::detectors::testing::{Story, process, session};

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
