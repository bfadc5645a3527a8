//! The events of one access session.

use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_case::query::{Check, Column, Expr, Filter, Pattern};
use kilroy_model::{AccessSession, Source, Timestamp};

use crate::activity::OneHost;
use crate::output::seconds;
use crate::rows::who;

/// The session of this uid, or of the record of this uid; the first digits do if no other begins with them.
pub(crate) fn session_named(case: &Case, typed: &str) -> Result<AccessSession> {
    let digits = typed.trim().to_lowercase();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!(
            "{typed:?} is no uid: give the hexadecimal digits that `kilroy sessions` shows in its first column"
        );
    }
    let mut found = Vec::new();
    case.access_sessions_where(&|facts| facts.session_uid.starts_with(&digits), &mut |session| {
        found.push(session);
        ControlFlow::Continue(())
    })?;
    let by_record = found.is_empty();
    if by_record {
        let has = |source: &Source| source.event_uid.to_string().starts_with(&digits);
        case.access_sessions_where(&|_| true, &mut |session| {
            if session.sources.iter().any(has) {
                found.push(session);
            }
            ControlFlow::Continue(())
        })?;
    }
    match found.as_slice() {
        [_] => {}
        [] => bail!(
            "no session and no record of a session has a uid that begins with {typed}; see `kilroy sessions`"
        ),
        [first, second, ..] => bail!(
            "{}{} sessions begin with {typed}, among them {} ({}) and {} ({}): give more digits",
            if by_record { "records of " } else { "" },
            found.len(),
            first.session_uid,
            brief(first),
            second.session_uid,
            brief(second)
        ),
    }
    Ok(found.remove(0))
}

fn brief(session: &AccessSession) -> String {
    let at = kilroy_sessions::first_known(session).map(seconds).unwrap_or_default();
    format!("{} on {}, {at}", who(session), session.computer)
}

/// The filter of a session's events: its own records, and from its first to its last moment what was done under its logon
/// IDs, in its terminal session or over its connection.
pub(crate) fn follow(case: &Case, path: &Path, typed: &str) -> Result<Filter> {
    let session = &session_named(case, typed)?;
    let column = |name: &str| match Column::named(name) {
        Some(column) => Ok(column),
        None => bail!("{}: events have no column {name}", path.display()),
    };
    let text = |name: &str, values: &[String]| -> Result<Expr> {
        let patterns = values.iter().map(|value| Pattern::new(value)).collect();
        Ok(Expr::Test(column(name)?, Check::Text(patterns)))
    };
    let mut traces = Vec::new();
    let luids = session.logon_ids.iter().chain(&session.linked_logon_ids);
    let luids: Vec<String> = luids.filter(|luid| !luid.is_fixed()).map(ToString::to_string).collect();
    if !luids.is_empty() {
        traces.push(text("logon_id", &luids)?);
        traces.push(text("subject_logon_id", &luids)?);
    }
    if let Some(id) = session.session_id {
        let id = u64::from(id);
        traces.push(Expr::Test(column("terminal_session")?, Check::Numbers(vec![(id, id)])));
    }
    if let Some(activity) = session.activity_id {
        traces.push(text("activity_id", &[activity.to_string()])?);
    }
    let records: Vec<String> = session.sources.iter().map(|source| source.event_uid.to_string()).collect();
    let mut any = vec![text("event_uid", &records)?];
    if !traces.is_empty() {
        let (from, to) = span(session);
        any.push(Expr::All(vec![Expr::between(from, to), Expr::Any(traces)]));
    }
    let host = OneHost::of(case, &session.computer)?.patterns();
    Ok(Filter::default().and(Expr::Test(column("host")?, Check::Host(host))).and(Expr::Any(any)))
}

/// From the first to the last moment that it can have had.
fn span(session: &AccessSession) -> (Timestamp, Timestamp) {
    let records = || session.sources.iter().map(|source| source.time);
    let first = records().chain(session.attempt).chain(session.start).min();
    let last = session.end.or(session.end_not_after).into_iter().chain(records()).max();
    // Without any bound it goes on.
    let open = session.end.is_none() && session.end_not_after.is_none();
    (
        first.unwrap_or(Timestamp::from_ticks(i64::MIN)),
        last.filter(|_| !open).unwrap_or(Timestamp::from_ticks(i64::MAX)),
    )
}
