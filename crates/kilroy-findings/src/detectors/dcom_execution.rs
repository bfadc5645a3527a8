//! Programs started through DCOM objects.
//!
//! Hypothesis: objects of programs that can run others (`MMC20.Application`, `ShellWindows`, `ShellBrowserWindow`, Office) are made from
//! another machine: the program is started by the DCOM launcher with `-Embedding`, and what it starts runs under a network logon.
//!
//! Needs: process auditing (4688 with command lines, Sysmon 1); the network logon for who and from where.
//!
//! False positives: few. `mmc.exe -Embedding` is also how some consoles are opened by others.

use super::remote_children::Children;
use super::{Detector, Found};
use crate::Observation;
use crate::program::Started;
use crate::scene::Scene;

const NAME: &str = "dcom-execution";

/// Programs whose objects can run others.
const SERVERS: [&str; 8] = [
    "mmc.exe",
    "dllhost.exe",
    "explorer.exe",
    "iexplore.exe",
    "excel.exe",
    "winword.exe",
    "outlook.exe",
    "powerpnt.exe",
];

/// Finds programs started through DCOM.
#[derive(Debug)]
pub(super) struct DcomExecution {
    /// Children of a console that was started for somebody elsewhere: odd by themselves.
    console: Children,
    /// Children of the others: ordinary, but for those that run under a network logon.
    others: Children,
}

impl Default for DcomExecution {
    fn default() -> Self {
        Self {
            console: Children::new(NAME, &["T1021.003"], is_embedded_console, true),
            others: Children::new(NAME, &["T1021.003"], is_other, false),
        }
    }
}

impl Detector for DcomExecution {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 4688]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        self.console.event(event, |_| false, scene, found);
        self.others.event(event, |_| false, scene, found);
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.console.finish(found);
        self.others.finish(found);
    }
}

fn is_embedded_console(started: &Started<'_>, event: &Observation) -> bool {
    let line = event.process.parent_command_line.as_deref().unwrap_or_default().to_lowercase();
    started.parent.as_deref() == Some("mmc.exe") && line.contains("-embedding")
}

fn is_other(started: &Started<'_>, event: &Observation) -> bool {
    let server = started.parent.as_deref().is_some_and(|parent| SERVERS.contains(&parent));
    server && !is_embedded_console(started, event)
}

#[cfg(test)]
mod tests {
    use kilroy_model::{FactName, Kind, Weight};

    use super::*;
    use crate::detectors::testing::{Story, process, session};

    fn child(luid: u64, parent: &str, parent_line: &str) -> Observation {
        let cmd = r"C:\Windows\System32\cmd.exe";
        let mut child = process("srv", 61, luid, cmd, r"cmd /c whoami", Some(parent));
        child.process.parent_command_line = Some(parent_line.to_owned());
        child
    }

    #[test]
    fn what_objects_start_for_another_machine() {
        let found = |luid, parent: &str, line: &str| {
            let sessions = vec![
                session("srv", 1, "adm", Kind::Network, "10.0.0.9"),
                session("srv", 2, "alice", Kind::InteractiveLocal, "LOCAL"),
            ];
            let mut story = Story::of(sessions);
            story.event(child(luid, parent, line));
            story.found_by(NAME).into_iter().next()
        };
        let (mmc, explorer) = (r"C:\Windows\System32\mmc.exe", r"C:\Windows\explorer.exe");
        let hit = found(0x1001, mmc, "mmc.exe -Embedding").unwrap();
        assert_eq!((hit.weight, hit.text(FactName::Source)), (Weight::Medium, Some("10.0.0.9")));
        assert_eq!(found(0x1001, explorer, "explorer.exe").unwrap().weight, Weight::Medium);
        // Somebody at the machine uses its desktop.
        assert_eq!(found(0x1002, explorer, "explorer.exe"), None);
        assert_eq!(found(0x1002, mmc, "mmc.exe compmgmt.msc"), None);
        assert_eq!(found(0x7777, mmc, "mmc.exe -Embedding").unwrap().weight, Weight::Medium);
    }
}
