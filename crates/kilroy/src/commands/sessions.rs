//! `kilroy sessions`: one row per stay.

use anyhow::Result;
use kilroy_case::Case;
use kilroy_model::AccessSession;

use super::list;
use crate::Outcome;
use crate::args::{SessionFlags, SessionsArgs};
use crate::filter::{Internal, SessionFilter};
use crate::rows::SessionListing;
use crate::settings::Output;

pub(crate) fn run(args: SessionsArgs) -> Result<Outcome> {
    let (case, sessions) = chosen(&args.case, &args.filter, args.background)?;
    let rows: Vec<_> = sessions.iter().map(SessionListing).collect();
    list(&case, rows, "sessions", args.page, Output::of(args.output))
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
