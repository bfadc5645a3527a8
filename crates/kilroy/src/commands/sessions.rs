//! `kilroy sessions`: one row per stay.

use std::ops::ControlFlow;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_model::AccessSession;

use super::{What, list_some};
use crate::Outcome;
use crate::analysis::warn_if_stale;
use crate::args::{Format, OffHoursFlags, SessionFlags, SessionsArgs};
use crate::coverage::About;
use crate::filter::{Internal, SessionFilter};
use crate::rows::{each, folded};
use crate::settings::Output;
use crate::views::Clocks;

pub(crate) fn run(args: &SessionsArgs) -> Result<Outcome> {
    let output = Output::of(args.output);
    let fold = output.format == Format::Table && !args.each;
    let enough = |sessions: &[AccessSession]| {
        // What is folded into one row is known only when the next row has begun.
        let rows = || if fold { folded(sessions).len() } else { sessions.len() };
        args.page.limit.is_some_and(|limit| sessions.len() > limit && rows() > limit)
    };
    let hours = args.off_hours.then_some(&args.hours);
    let (case, sessions) = chosen(&args.case, &args.filter, args.background, hours, &enough)?;
    let rows = if fold { folded(&sessions) } else { each(&sessions) };
    let about = About::sessions(&args.filter.actor);
    list_some(&case, rows, What::Sessions, &about, args.page, output)
}

/// How many sessions are read before it is asked again whether they are enough.
const AT_A_TIME: usize = 1024;

/// The sessions that the flags ask for, until there are enough.
fn chosen(
    case: &std::path::Path,
    flags: &SessionFlags,
    background: bool,
    hours: Option<&OffHoursFlags>,
    enough: &dyn Fn(&[AccessSession]) -> bool,
) -> Result<(Case, Vec<AccessSession>)> {
    let filter = SessionFilter::of(flags, background)?;
    let internal = Internal::new(&flags.internal.internal)?;
    let case = Case::open(case)?;
    warn_if_stale(&case)?;
    let clocks = hours.map(|hours| Clocks::of(&case, hours)).transpose()?;
    let mut sessions: Vec<AccessSession> = Vec::new();
    case.access_sessions_where(&|facts| filter.may_take(facts), &mut |mut session| {
        session.scope = internal.scope(session.scope, session.ip.as_deref());
        if filter.takes(&session) && clocks.as_ref().is_none_or(|clocks| clocks.is_off(&session)) {
            sessions.push(session);
            if sessions.len().is_multiple_of(AT_A_TIME) && enough(&sessions) {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok((case, sessions))
}
