//! Programs with which people go to other machines, and what their command lines say.

use kilroy_model::HopMethod;

use super::called::Called;
use super::service::Services;
use crate::program::file_name;

/// A command that goes to another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClientCommand {
    /// The machine.
    pub(super) target: Called,
    /// The account that is given, as typed.
    pub(super) user: Option<String>,
    /// What is asked for there.
    pub(super) services: Services,
    /// By what means.
    pub(super) method: HopMethod,
}

impl ClientCommand {
    /// Reads a command line; none if it stays on the machine.
    pub(super) fn read(image: &str, command_line: &str) -> Option<Self> {
        let name = file_name(image).to_ascii_lowercase();
        let name = name.strip_suffix(".exe").unwrap_or(&name);
        let words = words(command_line);
        let words = Words(words.get(1..).unwrap_or_default());
        let (called, user, services, method) = match name {
            "mstsc" => (words.behind(&["/v", "-v"]), None, Services::RDP, HopMethod::Rdp),
            "psexec" | "psexec64" => {
                (words.unc(), words.behind(&["-u", "/u"]), Services::SMB, HopMethod::PsExec)
            }
            "paexec" => (words.unc(), words.behind(&["-u", "/u"]), Services::SMB, HopMethod::Service),
            "winrs" => {
                let user = words.behind(&["-u", "/u", "-username", "/username"]);
                (
                    words.behind(&["-r", "/r", "-remote", "/remote"]).map(without_scheme),
                    user,
                    Services::WIN_RM,
                    HopMethod::WinRm,
                )
            }
            "wmic" => {
                (words.behind(&["/node"]), words.behind(&["/user"]), Services::ADMINISTRATION, HopMethod::Wmi)
            }
            "powershell" | "pwsh" => {
                (words.remoting(), words.behind(&["-credential"]), Services::WIN_RM, HopMethod::WinRm)
            }
            "ssh" | "plink" => {
                let (user, host) = words.secure_shell()?;
                (Some(host), user, Services::SSH, HopMethod::Ssh)
            }
            // It takes its switches as short as they are plain.
            "net" | "net1" if words.has("use") => {
                (words.unc(), words.behind_short("/user", "/u"), Services::SMB, HopMethod::Smb)
            }
            "sc" => (words.unc(), None, Services::ADMINISTRATION, HopMethod::Service),
            "schtasks" => {
                (words.behind(&["/s"]), words.behind(&["/u"]), Services::ADMINISTRATION, HopMethod::Task)
            }
            _ => return None,
        };
        Some(Self { target: Called::read(called?)?, user: user.map(str::to_owned), services, method })
    }
}

/// `http://srv-app:5985/wsman` is about `srv-app`.
fn without_scheme(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Words behind the program's name.
struct Words<'a>(&'a [String]);

impl<'a> Words<'a> {
    fn has(&self, word: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(word))
    }

    /// What stands behind one of these switches: `/v:srv`, `/node:"srv"`, `-u kim`.
    fn behind(&self, switches: &[&str]) -> Option<&'a str> {
        self.0.iter().enumerate().find_map(|(at, word)| {
            let (switch, value) = word.split_once([':', '=']).unwrap_or((word, ""));
            if !switches.iter().any(|known| known.eq_ignore_ascii_case(switch)) {
                return None;
            }
            if value.is_empty() { self.0.get(at + 1).map(String::as_str) } else { Some(value) }
        })
    }

    /// What stands behind a switch that may be typed as short as `least`: `/u:kim`, `/us:kim`.
    fn behind_short(&self, whole: &str, least: &str) -> Option<&'a str> {
        let shorter: Vec<&str> = (least.len()..=whole.len()).filter_map(|n| whole.get(..n)).collect();
        self.behind(&shorter)
    }

    /// The machine of the first path that begins with `\\`.
    fn unc(&self) -> Option<&'a str> {
        self.0.iter().find_map(|word| {
            let machine = word.strip_prefix(r"\\")?.split('\\').next()?;
            (!matches!(machine, "" | "." | "?" | "*")).then_some(machine)
        })
    }

    /// The machine of a PowerShell session.
    fn remoting(&self) -> Option<&'a str> {
        const COMMANDS: [&str; 4] = ["enter-pssession", "new-pssession", "invoke-command", "etsn"];
        let plain = |word: &'a String| word.trim_matches(['"', '\'', '{', '}', '(', ')', ';', '&']);
        let at =
            self.0.iter().position(|word| COMMANDS.iter().any(|c| c.eq_ignore_ascii_case(plain(word))))?;
        let rest = Words(&self.0[at + 1..]);
        let named = rest.behind(&["-computername", "-cn"]);
        let first = || rest.0.first().map(plain).filter(|word| !word.starts_with('-'));
        named.or_else(first).map(|machine| machine.trim_matches(['"', '\'', '}', ')', ';']))
    }

    /// User and machine of a secure shell.
    fn secure_shell(&self) -> Option<(Option<&'a str>, &'a str)> {
        /// Switches that have a value behind them.
        const WITH_VALUE: &str = "BbcDEeFIiJLlmOopQRSWwP";
        let mut user = None;
        let mut words = self.0.iter();
        while let Some(word) = words.next() {
            let Some(switch) = word.strip_prefix('-') else {
                let word = word.strip_prefix("ssh://").unwrap_or(word);
                return Some(match word.rsplit_once('@') {
                    Some((user, host)) => (Some(user), host),
                    None => (user, word),
                });
            };
            if switch.len() == 1 && WITH_VALUE.contains(switch) || switch == "pw" {
                let value = words.next();
                if switch == "l" {
                    user = value.map(String::as_str);
                }
            }
        }
        None
    }
}

/// The words of a command line; quotes keep blanks together and stay where they are within a word.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(String, Option<String>, HopMethod)> {
        let image = words(line).first().cloned().unwrap_or_default();
        let read = ClientCommand::read(&image, line)?;
        let target = match read.target {
            Called::Address(ip) => ip.to_string(),
            Called::Name(name) => name,
        };
        Some((target, read.user, read.method))
    }

    #[test]
    fn commands_that_go_elsewhere() {
        use HopMethod::{PsExec, Rdp, Service, Smb, Ssh, Task, WinRm, Wmi};
        for (line, target, user, method) in [
            (r#""C:\Windows\System32\mstsc.exe" /v:SRV-APP"#, "srv-app", None, Rdp),
            ("mstsc.exe /admin /v 10.0.0.1:3390", "10.0.0.1", None, Rdp),
            (
                r"psexec.exe \\srv-app -accepteula -u CORP\kim -s cmd.exe",
                "srv-app",
                Some(r"CORP\kim"),
                PsExec,
            ),
            ("winrs -r:http://srv-app:5985 -u:kim hostname", "srv-app", Some("kim"), WinRm),
            (r#"wmic /node:"srv-app" /user:kim process call create "cmd /c x""#, "srv-app", Some("kim"), Wmi),
            (
                "powershell -NoExit -Command Enter-PSSession -ComputerName srv-app -Credential kim",
                "srv-app",
                Some("kim"),
                WinRm,
            ),
            ("powershell -c Enter-PSSession srv-app", "srv-app", None, WinRm),
            ("ssh -p 2222 -i key kim@srv-app hostname", "srv-app", Some("kim"), Ssh),
            ("ssh -l kim srv-app", "srv-app", Some("kim"), Ssh),
            (r"net use Z: \\srv-app\C$ /user:CORP\kim", "srv-app", Some(r"CORP\kim"), Smb),
            (
                r"net1 use \\srv-app\C$ Pass /u:CORP\Administrator",
                "srv-app",
                Some(r"CORP\Administrator"),
                Smb,
            ),
            (r"sc \\srv-app create x binPath= y", "srv-app", None, Service),
            ("schtasks /create /s srv-app /u kim /tn x /tr y", "srv-app", Some("kim"), Task),
        ] {
            assert_eq!(read(line), Some((target.to_owned(), user.map(str::to_owned), method)), "{line}");
        }
    }

    #[test]
    fn commands_that_stay() {
        for line in [
            "mstsc.exe",
            "mstsc.exe office.rdp",
            "psexec.exe -s cmd.exe",
            r"net view \\srv-app",
            "sc query",
            r"sc \\.\ query",
            "powershell -File x.ps1",
            "wmic /node:localhost os get",
            "ssh",
            "ssh -V",
            "",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
