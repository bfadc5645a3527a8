//! Options of PowerShell's command line, which may be typed as short as they are plain: `-w 1`, `-win hidden`, `-exec bypass`, `-enc`.

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
        let line = line.to_lowercase();
        let mut asked = Self::default();
        let Some(at) = line.find("powershell").or_else(|| line.find("pwsh")) else { return asked };
        let mut words = line.get(at..).unwrap_or_default().split_whitespace();
        words.next();
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix(['-', '/']) else { continue };
            let means = |whole: &str, least: usize| option.len() >= least && whole.starts_with(option);
            if means("windowstyle", 1) {
                let value = words.next().unwrap_or_default().trim_matches(['"', '\'']);
                asked.hidden |= value == "1" || (!value.is_empty() && "hidden".starts_with(value));
            } else if means("executionpolicy", 2) || option == "ep" {
                let value = words.next().unwrap_or_default().trim_matches(['"', '\'']);
                asked.bypass |= matches!(value, "bypass" | "unrestricted");
            } else if means("encodedcommand", 1) || option == "ec" {
                asked.encoded |= words.next().is_some();
            } else if means("command", 1) || means("file", 1) {
                // What follows is for the script.
                break;
            }
        }
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // Of the script, not of PowerShell.
        assert_eq!(of("powershell -File deploy.ps1 -w hidden -e x"), [false; 3]);
        assert_eq!(of("tool.exe -w hidden -enc x"), [false; 3]);
    }
}
