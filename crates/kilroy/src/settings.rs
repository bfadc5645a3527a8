//! What the flags mean here and now: the resolved side of `args::OutputFlags`.

use std::env;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::thread;

use anyhow::{Result, anyhow, bail};
use kilroy_catalog::Language;

use crate::args::{Format, Lang, OutputFlags};

/// How results are to be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) look: Look,
}

/// What matters for output that people read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) language: Language,
    /// Columns that a line may have.
    pub(crate) width: usize,
    /// The same for the lines of a table of rows: in a file or a pipe no column is left out.
    pub(crate) row: usize,
    pub(crate) colour: bool,
}

/// Columns where no terminal tells.
const WIDTH: usize = 80;
/// Below this nothing can be shown sensibly.
const LEAST_WIDTH: usize = 40;

impl Output {
    pub(crate) fn of(flags: OutputFlags) -> Self {
        Self { format: flags.format, look: Look::of(flags.lang) }
    }
}

impl Look {
    /// As this terminal and the environment ask for.
    pub(crate) fn of(lang: Lang) -> Self {
        let known = width().map(|width| width.max(LEAST_WIDTH));
        let (width, row) = (known.unwrap_or(WIDTH), known.unwrap_or(usize::MAX));
        Self { language: lang.into(), width, row, colour: colour() }
    }
}

/// Are pictures to be drawn with plain letters? If that is asked for, or if the terminal is not known to show others: an old
/// Windows console has fonts without them, or shows them in twice the width. What goes into a file or a pipe is UTF-8.
pub(crate) fn plain_letters(asked: bool) -> bool {
    asked || (io::stdout().is_terminal() && !shows_all_letters())
}

#[cfg(windows)]
fn shows_all_letters() -> bool {
    // Windows Terminal, editors and ConEmu say who they are; the console of old does not.
    ["WT_SESSION", "TERM_PROGRAM", "ConEmuPID"].iter().any(|name| env::var_os(name).is_some())
}

#[cfg(not(windows))]
fn shows_all_letters() -> bool {
    // The first of them that is set counts, as for the C library.
    let set =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| env::var(name).ok()).find(|v| !v.is_empty());
    set.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// How many threads: as many as asked for, else one per core.
pub(crate) fn threads(asked: Option<usize>) -> Result<NonZeroUsize> {
    let Some(asked) = asked else {
        return Ok(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    };
    match NonZeroUsize::new(asked) {
        Some(threads) => Ok(threads),
        None => bail!("--threads 0: give 1 or more, or leave it out for one per core"),
    }
}

/// How much an analysis may have in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Files, or hosts, at a time.
    pub(crate) threads: usize,
    /// Bytes of memory that were asked for.
    memory: Option<u64>,
}

/// What one thread needs that reads evidence and writes its events, without the rows that wait to be sorted: measured
/// (`kilroy-case/examples/writer_speed`), rounded up.
const PER_READER: u64 = 48 << 20;
/// Rows that wait take up to three times their size: the columns they came in, and those that are made of them.
const COPIES: u64 = 3;
/// The program, the register, and what the system keeps for it.
const AT_REST: u64 = 24 << 20;
/// What the engine needs for an event, if it is one that sessions are made of: measured (`engine_speed`, many desktops).
const PER_EVENT: u64 = 250;
/// Less cannot be promised.
const LEAST_MEMORY: u64 = AT_REST + PER_READER + (8 << 20);

impl Budget {
    /// Of what was typed: threads, and memory as in `512M`.
    pub(crate) fn new(threads: Option<usize>, memory: Option<&str>) -> Result<Self> {
        let threads = self::threads(threads)?.get();
        let memory = memory.map(bytes).transpose()?;
        if let Some(memory) = memory.filter(|memory| *memory < LEAST_MEMORY) {
            bail!("--memory {memory} bytes: {} MB is the least that an analysis needs", LEAST_MEMORY >> 20);
        }
        Ok(Self { threads, memory })
    }

    /// Without a limit of memory.
    pub(crate) const fn of_threads(threads: usize) -> Self {
        Self { threads, memory: None }
    }

    /// How many files may be read at a time.
    pub(crate) fn readers(self) -> usize {
        self.memory.map_or(self.threads, |memory| self.at_most((memory - AT_REST) / PER_READER))
    }

    /// Bytes of events that may wait, for each file that is read, until they are sorted; none: as many as is best.
    pub(crate) fn window(self) -> Option<usize> {
        let each = (self.memory? - AT_REST) / self.readers() as u64;
        usize::try_from(each.saturating_sub(PER_READER) / COPIES).ok()
    }

    /// How many hosts' sessions may be made at a time, of hosts with so many events. One in any case.
    pub(crate) fn engines(self, events: impl Iterator<Item = u64>) -> usize {
        let Some(memory) = self.memory else { return self.threads };
        let mut events: Vec<u64> = events.collect();
        events.sort_unstable_by(|a, b| b.cmp(a));
        let mut left = (memory - AT_REST) / PER_EVENT;
        let fit = events.iter().take_while(|events| {
            let fits = **events <= left;
            left = left.saturating_sub(**events);
            fits
        });
        self.at_most(fit.count() as u64)
    }

    fn at_most(self, number: u64) -> usize {
        usize::try_from(number).unwrap_or(usize::MAX).clamp(1, self.threads)
    }
}

/// `512M`, `2G`, `300000K` or bytes.
fn bytes(text: &str) -> Result<u64> {
    let wrong = || anyhow!("--memory {text}: give a size such as 512M or 2G");
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_suffix('B').unwrap_or(&text);
    let shift = match text.chars().last() {
        Some('K') => 10,
        Some('M') => 20,
        Some('G') => 30,
        _ => 0,
    };
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.trim().parse().map_err(|_| wrong())?;
    if text.len() - digits.len() > 1 || (shift == 0 && text.len() != digits.len()) {
        return Err(wrong());
    }
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

/// `COLUMNS` if it is set, else the terminal's width if there is one.
fn width() -> Option<usize> {
    let set = env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok()).filter(|n| *n > 0);
    let terminal = || {
        let size = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        io::stdout().is_terminal().then(|| size.unwrap_or(WIDTH))
    };
    set.or_else(terminal)
}

/// Colour is for terminals, and for people who want it.
fn colour() -> bool {
    let unwanted = env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|t| t == "dumb");
    if unwanted || dumb || !io::stdout().is_terminal() {
        return false;
    }
    // `None`: nothing to switch on, this is no Windows console of old.
    anstyle_query::windows::enable_ansi_colors().unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_type_them() {
        for (text, want) in
            [("512M", 512 << 20), ("2g", 2 << 30), ("300000K", 300_000 << 10), ("1GB", 1 << 30)]
        {
            assert_eq!(bytes(text).unwrap(), want, "{text}");
        }
        for text in ["", "M", "much", "-5M", "5X", "5MM", "99999999999999G"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn less_memory_is_fewer_at_a_time() {
        let of = |memory| Budget::new(Some(8), memory).unwrap();
        assert_eq!((of(None).readers(), of(None).window()), (8, None));
        assert_eq!(of(Some("100M")).readers(), 1);
        assert!(of(Some("200M")).readers() < of(Some("400M")).readers());
        assert!(of(Some("100M")).window() < of(Some("10G")).window());
        let hosts = [1_000_000, 400_000, 10, 10];
        assert_eq!(of(None).engines(hosts.into_iter()), 8);
        assert_eq!(of(Some("100M")).engines(hosts.into_iter()), 1);
        assert_eq!(of(Some("400M")).engines(hosts.into_iter()), 4);
        assert!(Budget::new(Some(2), Some("10M")).unwrap_err().to_string().contains("the least"));
    }
}
