//! Where to look first: a handful of plain facts that often matter, each with a session to follow.
//!
//! These are pointers, not verdicts. Each says what is there; what it means is for the reader to find out.

use std::collections::BTreeMap;

use kilroy_model::{AccessSession, How, Kind, Scope, SessionOutcome, SessionUid, WhyMissing};
use serde::Serialize;

use super::Facts;
use crate::analysis::Clear;
use crate::output::{count, seconds};
use crate::rows::who;
use crate::words::short_log;

/// One thing worth a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Pointer {
    /// What it is, always the same words.
    pub(crate) what: &'static str,
    /// This one, in a sentence.
    pub(crate) text: String,
    /// The session to follow.
    pub(crate) session_uid: Option<SessionUid>,
    /// How many more of the same there are.
    pub(crate) more: u64,
    /// Flags of `kilroy sessions` that show them.
    pub(crate) filter: Option<String>,
}

/// One mistyped password is everyday life inside the house; from outside it is not.
const FAILURES_INSIDE: u32 = 3;
/// Failures from one source without a success before it counts as guessing.
const GUESSES: usize = 10;

/// All pointers, the most telling first.
pub(crate) fn look_first(facts: &Facts<'_>, people: &[&AccessSession]) -> Vec<Pointer> {
    [
        after_failures(people),
        log_cleared(facts.clears, people),
        loopback(people),
        external(people),
        denied(people),
        moved(facts, people),
        guessing(people),
        unexplained(people),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A success that failures of the same source led up to: a guessed password, or a forgotten one.
fn after_failures(people: &[&AccessSession]) -> Option<Pointer> {
    let mut found: Vec<&AccessSession> = successes(people)
        .filter(|s| s.prior_failures >= if s.scope == Scope::External { 1 } else { FAILURES_INSIDE })
        .collect();
    // From outside first, then the most failures.
    found.sort_by_key(|s| (s.scope != Scope::External, u32::MAX - s.prior_failures, s.session_uid));
    let first = found.first()?;
    let failures = count(u64::from(first.prior_failures));
    let s = if first.prior_failures == 1 { "" } else { "s" };
    Some(pointer(
        "success after failures",
        format!("{}, after {failures} failure{s} from the same source", sentence(first)),
        &found,
        ip_filter(first),
    ))
}

/// A cleared log: something may be missing from it, and somebody wanted that.
fn log_cleared(clears: &[Clear], people: &[&AccessSession]) -> Option<Pointer> {
    let mut found: Vec<(&Clear, Option<SessionUid>)> =
        clears.iter().map(|clear| (clear, cleared_in(clear, people))).collect();
    // One that leads somewhere first.
    found.sort_by_key(|(_, session)| session.is_none());
    let (first, session_uid) = *found.first()?;
    let by = first.user.as_ref().map(|user| format!(" by {user}")).unwrap_or_default();
    let text = format!("{} on {} at {}{by}", short_log(&first.log), first.host, seconds(first.time));
    let more = clears.len() as u64 - 1;
    // There is no list of cleared logs yet; where there is no session, the host's are the next best.
    let filter = session_uid.is_none().then(|| format!("--host {}", first.host)).filter(|_| more == 0);
    Some(Pointer { what: "log cleared", text, session_uid, more, filter })
}

/// The session in which a log was cleared: that of the logon ID, the last that began before.
fn cleared_in(clear: &Clear, people: &[&AccessSession]) -> Option<SessionUid> {
    let luid = clear.luid?;
    people
        .iter()
        .filter(|s| s.computer == clear.host)
        .filter(|s| s.logon_ids.contains(&luid) || s.linked_logon_ids.contains(&luid))
        .filter(|s| s.start.is_some_and(|start| start <= clear.time))
        .max_by_key(|s| (s.start, s.session_uid))
        .map(|s| s.session_uid)
}

/// Remote Desktop from the machine to itself: what a tunnel looks like.
fn loopback(people: &[&AccessSession]) -> Option<Pointer> {
    let found: Vec<&AccessSession> = successes(people)
        .filter(|s| s.kind == Kind::InteractiveRemote && s.scope == Scope::Loopback)
        .collect();
    let first = found.first()?;
    Some(pointer(
        "Remote Desktop from loopback",
        format!("{}: what a tunnel looks like", sentence(first)),
        &found,
        ip_filter(first),
    ))
}

/// Somebody from outside was in.
fn external(people: &[&AccessSession]) -> Option<Pointer> {
    let mut found: Vec<&AccessSession> = successes(people).filter(|s| s.scope == Scope::External).collect();
    // Whoever had a desktop could do more than who reached a share.
    found.sort_by_key(|s| s.kind != Kind::InteractiveRemote && s.kind != Kind::Ssh);
    let first = found.first()?;
    Some(pointer("external source", sentence(first), &found, ip_filter(first)))
}

/// Right password, no right to be there.
fn denied(people: &[&AccessSession]) -> Option<Pointer> {
    let found: Vec<&AccessSession> =
        people.iter().copied().filter(|s| s.outcome == SessionOutcome::Denied).collect();
    let first = found.first()?;
    Some(pointer(
        "denied",
        format!("{}: the password was right", sentence(first)),
        &found,
        Some("--outcome denied".to_owned()),
    ))
}

/// A desktop that was taken up again from another address than before.
fn moved(facts: &Facts<'_>, people: &[&AccessSession]) -> Option<Pointer> {
    let by_uid: BTreeMap<SessionUid, &AccessSession> = people.iter().map(|s| (s.session_uid, *s)).collect();
    let mut found: Vec<(&AccessSession, &str)> = Vec::new();
    for desktop in facts.terminal {
        let mut before: Option<&str> = None;
        for connection in &desktop.connections {
            let Some(address) = connection.address.as_deref() else { continue };
            let session = connection.session_uid.and_then(|uid| by_uid.get(&uid).copied());
            if let (Some(before), Some(session)) = (before, session)
                && before != address
                && connection.how == How::Reconnect
            {
                found.push((session, before));
            }
            before = Some(address);
        }
    }
    found.sort_by_key(|(s, _)| (s.scope != Scope::External, s.session_uid));
    let (first, before) = *found.first()?;
    let sessions: Vec<&AccessSession> = found.iter().map(|(s, _)| *s).collect();
    let text = format!("{}; the desktop was used from {before} before", sentence(first));
    Some(pointer("reconnect from another address", text, &sessions, None))
}

/// Many failures from one source, and no success.
fn guessing(people: &[&AccessSession]) -> Option<Pointer> {
    let sources = super::failures::addresses(people);
    let mut found = sources.iter().filter(|a| a.failures >= GUESSES as u64 && a.sessions == 0);
    let first = found.next()?;
    let last = people.iter().rev().find(|s| {
        s.outcome == SessionOutcome::Failure && s.ip.as_ref().or(s.client.as_ref()) == Some(&first.source)
    })?;
    let users = match first.users_failed.as_slice() {
        [user] => user.clone(),
        users => format!("{} users", count(users.len() as u64)),
    };
    let text =
        format!("{} failures from {} for {users}, none succeeded", count(first.failures), first.source);
    let more = found.count() as u64;
    let filter = Some("--outcome failure".to_owned());
    Some(Pointer { what: "guessing", text, session_uid: Some(last.session_uid), more, filter })
}

/// A record that should be there and is not, without any reason: a removed record looks like this.
fn unexplained(people: &[&AccessSession]) -> Option<Pointer> {
    let mut found: Vec<(&AccessSession, usize)> = successes(people)
        .map(|s| (s, s.missing.iter().filter(|m| m.why == WhyMissing::Unexplained).count()))
        .filter(|(_, missing)| *missing > 0)
        .collect();
    found.sort_by_key(|(s, missing)| (usize::MAX - missing, s.session_uid));
    let (first, _) = *found.first()?;
    let missing = first.missing.iter().filter(|m| m.why == WhyMissing::Unexplained);
    let missing: Vec<String> = missing.map(|m| format!("{} {}", short_log(&m.log), m.event_id)).collect();
    let sessions: Vec<&AccessSession> = found.iter().map(|(s, _)| *s).collect();
    let text = format!("{}: no {}, though the log covers the time", sentence(first), missing.join(", no "));
    Some(pointer("record missing without a reason", text, &sessions, None))
}

fn successes<'a>(people: &[&'a AccessSession]) -> impl Iterator<Item = &'a AccessSession> {
    people.iter().copied().filter(|s| s.outcome == SessionOutcome::Success)
}

fn pointer(what: &'static str, text: String, found: &[&AccessSession], filter: Option<String>) -> Pointer {
    let session_uid = found.first().map(|s| s.session_uid);
    Pointer { what, text, session_uid, more: found.len().saturating_sub(1) as u64, filter }
}

fn ip_filter(session: &AccessSession) -> Option<String> {
    session.ip.as_ref().map(|ip| format!("--ip {ip}"))
}

/// `CORP\alice on srv-rdp01 from 203.0.113.5 at 2024-05-14 09:00:01`.
fn sentence(session: &AccessSession) -> String {
    let from = session.ip.as_ref().or(session.client.as_ref());
    let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
    let at =
        kilroy_sessions::first_known(session).map(|t| format!(" at {}", seconds(session.start.unwrap_or(t))));
    format!("{} on {}{from}{}", who(session), session.computer, at.unwrap_or_default())
}
