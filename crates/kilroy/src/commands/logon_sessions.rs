//! `kilroy logon-sessions`: one row per logon ID of a boot.

use anyhow::Result;
use kilroy_case::Case;

use super::{What, list};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::LogonSessionsArgs;
use crate::coverage::About;
use crate::filter::{Actor, LogonFilter, Span};
use crate::rows::LogonListing;
use crate::settings::Output;

pub(crate) fn run(args: &LogonSessionsArgs) -> Result<Outcome> {
    let filter = LogonFilter {
        actor: Actor::of(&args.actor)?,
        span: Span::of(&args.span)?,
        background: !args.no_background,
    };
    let case = Case::open(&args.case)?;
    warn_if_stale(&case)?;
    let mut sessions = case.logon_sessions()?;
    sessions.retain(|session| filter.takes(session));
    let about = About::sessions(&args.actor);
    list(&case, LogonListing::of(&sessions), What::LogonSessions, &about, args.page, Output::of(args.output))
}
