//! `kilroy sessions`: one row per stay.

use anyhow::Result;
use kilroy_case::Case;
use kilroy_model::AccessSession;

use super::list;
use crate::Outcome;
use crate::args::{Format, SessionFlags, SessionsArgs};
use crate::filter::{Internal, SessionFilter};
use crate::rows::{each, folded};
use crate::settings::Output;

pub(crate) fn run(args: &SessionsArgs) -> Result<Outcome> {
    let (case, sessions) = chosen(&args.case, &args.filter, args.background)?;
    let output = Output::of(args.output);
    let rows = if output.format == Format::Table && !args.each { folded(&sessions) } else { each(&sessions) };
    list(&case, rows, "sessions", args.page, output)
}

/// The sessions that the flags ask for.
pub(super) fn chosen(
    case: &std::path::Path,
    flags: &SessionFlags,
    background: bool,
) -> Result<(Case, Vec<AccessSession>)> {
    let filter = SessionFilter::of(flags, background)?;
    let internal = Internal::new(&flags.internal.internal)?;
    let case = Case::open(case)?;
    let mut sessions = case.access_sessions()?;
    sessions.retain(|session| filter.takes(session));
    for session in &mut sessions {
        session.scope = internal.scope(session.scope, session.ip.as_deref());
    }
    Ok((case, sessions))
}
