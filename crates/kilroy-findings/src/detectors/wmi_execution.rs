//! Programs started through WMI.
//!
//! Hypothesis: `Win32_Process.Create` called from another machine: the process is a child of `WmiPrvSE.exe`, and runs under the network
//! logon of whoever called. Impacket's wmiexec lets it write its output to a share of the machine.
//!
//! Needs: process auditing (4688, Sysmon 1); the network logon for who and from where.
//!
//! False positives: inventory, monitoring and deployment software; scripts of administrators; WMI used on the machine itself.

use super::remote_children::Children;
use super::{Detector, Found};
use crate::Observation;
use crate::scene::Scene;

const NAME: &str = "wmi-execution";

/// Finds programs started through WMI.
#[derive(Debug)]
pub(super) struct WmiExecution(Children);

impl Default for WmiExecution {
    fn default() -> Self {
        let is_parent = |started: &crate::program::Started<'_>, _: &Observation| {
            started.parent.as_deref().is_some_and(is_wmi)
        };
        Self(Children::new(NAME, &["T1047"], is_parent, true).with_own_commands(is_wmiexec))
    }
}

impl Detector for WmiExecution {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 4688]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        self.0.event(event, is_wmi, scene, found);
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.0.finish(found);
    }
}

/// Impacket's wmiexec: `cmd.exe /Q /c dir 1> \\127.0.0.1\ADMIN$\__1619090610.0007844 2>&1`.
fn is_wmiexec(line: &str) -> bool {
    let line = line.to_lowercase();
    line.contains("cmd.exe /q /c ") && line.contains(r"1> \\127.0.0.1\admin$\__")
}

fn is_wmi(name: &str) -> bool {
    name.eq_ignore_ascii_case("wmiprvse.exe")
}

#[cfg(test)]
mod tests {
    use kilroy_model::{FactName, Kind, Weight};

    use super::*;
    use crate::detectors::testing::{Story, by, process, session};

    const WMI: Option<&str> = Some(r"C:\Windows\System32\wbem\WmiPrvSE.exe");
    const CMD: &str = r"C:\Windows\System32\cmd.exe";

    #[test]
    fn a_child_under_a_network_logon() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        story.event(process(
            "srv",
            61,
            0x1001,
            CMD,
            r"cmd.exe /Q /c cd \ 1> \\127.0.0.1\ADMIN$\__16 2>&1",
            WMI,
        ));
        story.event(process("srv", 62, 0x1001, r"C:\Windows\System32\conhost.exe", "conhost", WMI));
        let found = story.found_by(NAME);
        assert_eq!((found.len(), found[0].weight, found[0].records_total), (1, Weight::High, 1));
        assert_eq!(found[0].text(FactName::Source), Some("10.0.0.9"));
    }

    /// Windows starts its own `svchost.exe` beside others; one that lies elsewhere only bears the name.
    #[test]
    fn a_program_that_bears_the_name_of_a_bystander() {
        let found = |image: &str| {
            let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
            story.event(process("srv", 61, 0x1001, image, image, WMI));
            story.found_by(NAME).len()
        };
        for image in
            [r"C:\Users\Public\svchost.exe", r"C:\svchost.exe", r"C:\Windows\Temp\System32\conhost.exe"]
        {
            assert_eq!(found(image), 1, "{image}");
        }
        for image in [
            r"C:\Windows\System32\svchost.exe",
            r"\??\C:\WINDOWS\system32\conhost.exe",
            r"\Device\HarddiskVolume3\Windows\SysWOW64\WerFault.exe",
            r"\SystemRoot\System32\conhost.exe",
            "conhost.exe",
        ] {
            assert_eq!(found(image), 0, "{image}");
        }
    }

    #[test]
    fn wmi_of_the_machine_itself_is_ordinary() {
        let mut story = Story::of(vec![session("srv", 1, "alice", Kind::InteractiveLocal, "LOCAL")]);
        story.event(process("srv", 61, 0x1001, CMD, "cmd /c x", WMI));
        assert_eq!(story.found_by(NAME)[0].weight, Weight::Info);
        let mut story = Story::of(Vec::new());
        story.event(process("srv", 61, 0x3e7, r"C:\Windows\System32\wbem\mofcomp.exe", "mofcomp x", WMI));
        assert!(story.found_by(NAME).is_empty());
    }

    #[test]
    fn a_known_command_tells_its_parent() {
        let mut story = Story::of(Vec::new());
        story.event(process(
            "srv",
            61,
            0x3e4,
            CMD,
            r"cmd.exe /Q /c cd \ 1> \\127.0.0.1\ADMIN$\__16.7 2>&1",
            None,
        ));
        story.event(process("srv", 62, 0x3e4, CMD, r"cmd.exe /c dir", None));
        let found = story.found_by(NAME);
        assert_eq!((found.len(), found[0].weight, found[0].records_total), (1, Weight::High, 1));
    }

    /// Windows Server 2008 R2 names neither the parent nor the child's logon: the parent is known by its number.
    #[test]
    fn a_parent_by_its_number() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        let mut parent = process("srv", 61, 0x3e7, r"C:\Windows\System32\wbem\WmiPrvSE.exe", "", None);
        parent.process.pid = Some(0xae8);
        let child = |second, parent| {
            let mut child = process("srv", second, 0x3e4, r"C:\Windows\System32\calc.exe", "", None);
            (child.process.pid, child.process.parent_pid) = (Some(0x424), Some(parent));
            child
        };
        story.event(parent);
        story.event(child(62, 0xae8));
        story.event(child(63, 0xae9));
        let found = story.found_by(NAME);
        assert_eq!((found.len(), found[0].weight, found[0].records_total), (1, Weight::Medium, 1));
        assert_eq!(found[0].sessions[0].sure, kilroy_model::Certainty::Possible);
        // Who it was is no fact.
        let perhaps: Vec<&str> = found[0].texts(FactName::Perhaps).collect();
        assert_eq!(perhaps, ["user", "source"]);
    }

    /// Ten thousand of one host must not keep those of the next from being known.
    #[test]
    fn parents_of_a_busy_host_and_one_of_the_next() {
        let parent = |host: &str, second, pid| {
            let mut parent = process(host, second, 0x3e7, r"C:\Windows\System32\wbem\WmiPrvSE.exe", "", None);
            parent.process.pid = Some(pid);
            parent
        };
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        (0..10_001).for_each(|n| story.event(parent("busy", 1 + n / 100, 100_000 + n.unsigned_abs())));
        story.event(parent("srv", 61, 0xae8));
        let mut child = process("srv", 62, 0x3e4, r"C:\Windows\System32\calc.exe", "", None);
        child.process.parent_pid = Some(0xae8);
        story.event(child);
        assert_eq!(story.found_by(NAME).len(), 1);
    }

    /// A process ID is given anew within minutes.
    #[test]
    fn a_number_that_has_been_given_to_others_since() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        let mut parent = process("srv", 61, 0x3e7, r"C:\Windows\System32\wbem\WmiPrvSE.exe", "", None);
        parent.process.pid = Some(0xae8);
        let mut child = process("srv", 90_000, 0x1001, r"C:\Windows\System32\calc.exe", "", None);
        child.process.parent_pid = Some(0xae8);
        story.event(parent);
        story.event(child);
        assert!(story.found_by(NAME).is_empty());
    }

    /// The logon itself was not seen; the record names its user.
    #[test]
    fn a_user_that_the_record_names() {
        let mut story = Story::of(Vec::new());
        story.event(by(process("srv", 61, 0x5000, CMD, "cmd /c x", WMI), "adm", 0x5000));
        let found = story.found_by(NAME);
        assert_eq!(
            (found[0].users.as_slice(), found[0].text(FactName::User)),
            (&["adm".to_owned()][..], Some("adm"))
        );
    }
}
