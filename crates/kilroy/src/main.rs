//! `kilroy`: event logs in, access sessions with receipts out.
//!
//! The way through: `args` is what was typed, `settings` and `filter` what that means; `commands` has one file per
//! command, each of which only puts pieces together; `ingest` and `analysis` fill a case, `decode` turns logs into other
//! formats without one; `rows`, `summary`, `receipt`, `coverage`, `findings`, `flow`, `hops`, `paths`, `rdp_health`, `usage` and
//! `views` turn what a case says into something to show; `output` shows it.
//! Only [`output::Printer`] writes to standard output, only [`notice`] to standard error.
//!
//! Exit codes: 0 done, 1 done but something in the evidence could not be read, 2 could not be done.

mod activity;
mod analysis;
mod annotate;
mod args;
mod commands;
mod coverage;
mod decode;
mod events;
mod filter;
mod findings;
mod flow;
mod followed;
mod hops;
mod ingest;
mod notice;
mod origin;
mod output;
mod paths;
mod rdp_health;
mod reasons;
mod receipt;
mod rows;
mod settings;
mod side_by_side;
mod sql;
mod summary;
mod timings;
mod usage;
mod views;
mod words;

use std::env;
use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, with_turned_terms};

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All went well.
    Done,
    /// Something in the evidence could not be read.
    Losses,
}

impl Outcome {
    /// Of two things that were done.
    const fn and(self, other: Self) -> Self {
        match self {
            Self::Done => other,
            Self::Losses => Self::Losses,
        }
    }
}

fn main() -> ExitCode {
    match commands::run(Cli::parse_from(with_turned_terms(env::args_os())).command) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Losses) => ExitCode::from(1),
        // Whoever reads our output has read enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            notice::error(&error);
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is_it = |kind: Option<io::ErrorKind>| kind == Some(io::ErrorKind::BrokenPipe);
    error.chain().any(|cause| {
        is_it(cause.downcast_ref::<io::Error>().map(io::Error::kind))
            || is_it(cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind))
    })
}
