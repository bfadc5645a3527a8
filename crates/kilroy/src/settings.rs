//! What the flags mean here and now: the resolved side of `args::OutputFlags`.

use std::env;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::thread;

use anyhow::{Result, bail};
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
        Self { language: lang.into(), width: width().max(LEAST_WIDTH), colour: colour() }
    }
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

/// `COLUMNS` if it is set, else the terminal's width, else 80.
fn width() -> usize {
    let set = env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok()).filter(|n| *n > 0);
    set.unwrap_or_else(|| {
        if !io::stdout().is_terminal() {
            return WIDTH;
        }
        terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
    })
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
