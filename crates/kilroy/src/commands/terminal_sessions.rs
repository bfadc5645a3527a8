//! `kilroy terminal-sessions`: one row per desktop.

use anyhow::Result;
use kilroy_case::Case;

use super::{What, list};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::TerminalSessionsArgs;
use crate::coverage::About;
use crate::filter::{Actor, Span, TerminalFilter};
use crate::rows::TerminalListing;
use crate::settings::Output;

pub(crate) fn run(args: &TerminalSessionsArgs) -> Result<Outcome> {
    let filter = TerminalFilter { actor: Actor::of(&args.actor)?, span: Span::of(&args.span)? };
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let mut sessions = case.terminal_sessions()?;
    sessions.retain(|session| filter.takes(session));
    let about = About::sessions(&args.actor);
    list(
        &case,
        TerminalListing::of(&sessions),
        What::TerminalSessions,
        &about,
        args.page,
        Output::of(args.output),
    )
}
