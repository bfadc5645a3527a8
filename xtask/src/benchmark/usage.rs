//! What a process cost: its CPU time and its memory, as the system counted them.

use std::process::{Command, Stdio};
use std::time::Instant;

/// What processes cost, taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    /// Seconds of CPU, in user mode and in the kernel, of all threads.
    pub(crate) cpu: f64,
    /// Seconds on the clock: noise, if anything else runs.
    pub(crate) wall: f64,
    /// Most bytes of memory that one of them had at a time.
    pub(crate) peak: u64,
}

/// Runs processes one after the other and says what they cost. Only this process may have started any before: the system
/// adds up.
pub(crate) fn measure(commands: &mut [Command], show_output: bool) -> Result<Usage, String> {
    let began = Instant::now();
    for command in commands {
        if !show_output {
            command.stdout(Stdio::null());
        }
        let status = command.stdin(Stdio::null()).stderr(Stdio::null()).status();
        let status = status.map_err(|e| format!("{}: {e}", command.get_program().display()))?;
        // 1 is "with losses" for several of the programs.
        if !matches!(status.code(), Some(0 | 1)) {
            return Err(format!("{}: {status}", command.get_program().display()));
        }
    }
    let wall = began.elapsed().as_secs_f64();
    let (cpu, peak) = of_children()?;
    Ok(Usage { cpu, wall, peak })
}

#[cfg(unix)]
fn of_children() -> Result<(f64, u64), String> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| e.to_string())?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let peak = u64::try_from(usage.max_rss()).unwrap_or_default();
    // macOS counts bytes, others KiB.
    let peak = if cfg!(target_os = "macos") { peak } else { peak << 10 };
    Ok((std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default()).as_secs_f64(), peak))
}

#[cfg(not(unix))]
fn of_children() -> Result<(f64, u64), String> {
    Err("CPU time of processes is measured on Unix systems only".to_owned())
}

impl Usage {
    /// As one line, for the process that asked for it.
    pub(crate) fn line(&self) -> String {
        format!("usage {} {} {}", self.cpu, self.wall, self.peak)
    }

    /// With what the process said of itself, if it did.
    pub(crate) fn with_own_peak(self, output: &str) -> Self {
        let own = output.lines().find_map(|line| line.strip_prefix("peak ")?.parse().ok());
        Self { peak: own.unwrap_or(self.peak), ..self }
    }

    /// Reads what [`Self::line`] wrote, wherever it stands in the output.
    pub(crate) fn find(output: &str) -> Option<Self> {
        let line = output.lines().find_map(|line| line.strip_prefix("usage "))?;
        let mut words = line.split(' ');
        let cpu = words.next()?.parse().ok()?;
        let wall = words.next()?.parse().ok()?;
        let peak = words.next()?.parse().ok()?;
        Some(Self { cpu, wall, peak })
    }
}

/// Most bytes of memory that this process has had. What the system tells the parent is never less than the parent's own:
/// a new process begins as a copy of it.
pub(crate) fn own_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_it_all() {
        let usage = Usage { cpu: 1.25, wall: 2.5, peak: 4096 };
        assert_eq!(Usage::find(&format!("records 7\n{}\n", usage.line())), Some(usage));
        assert_eq!(Usage::find("usage 1 x 3"), None);
        assert_eq!(usage.with_own_peak("count 1 2\npeak 77\n").peak, 77);
        assert_eq!(usage.with_own_peak("count 1 2\n"), usage);
    }

    #[cfg(unix)]
    #[test]
    fn processes_are_counted_and_failures_told() {
        let sh = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let usage =
            measure(&mut [sh("exit 0"), sh("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")], false);
        let usage = usage.unwrap();
        assert!(usage.cpu > 0.0 && usage.wall > 0.0 && usage.peak > 100_000, "{usage:?}");
        assert!(measure(&mut [sh("exit 3")], false).is_err());
        assert!(measure(&mut [Command::new("no-such-program-at-all")], false).is_err());
    }
}
