//! Runs of failures as one row each, for tables: a thousand guesses are one fact. Nothing is lost by it; every other
//! format and `--each` show each.

use std::collections::BTreeMap;

use kilroy_model::{AccessSession, Kind, SessionOutcome, Timestamp};
use kilroy_sessions::first_known;

/// So many failures make a run.
const LEAST: usize = 3;
/// A pause this long between two failures ends a run.
const PAUSE_MILLIS: u64 = 10 * 60 * 1000;

/// Sessions that share a row: one, or a run of failures.
pub(crate) type Run<'a> = Vec<&'a AccessSession>;

/// Which host, kind and source; failures of which no record names a source make no run.
type Key<'a> = (&'a str, Kind, &'a str);

/// Puts runs of failures together, each in the place of its first. A run is of one source on one host; anything else
/// of that source ends it.
pub(crate) fn fold(sessions: &[AccessSession]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut going: BTreeMap<(&str, &str), (Kind, usize)> = BTreeMap::new();
    for session in sessions {
        let Some((host, kind, source)) = key(session) else {
            runs.push(vec![session]);
            continue;
        };
        let failed = session.outcome == SessionOutcome::Failure;
        match going.get(&(host, source)) {
            Some(&(same, run)) if failed && same == kind && is_near(&runs[run], session) => {
                runs[run].push(session);
            }
            _ => {
                going.remove(&(host, source));
                if failed {
                    going.insert((host, source), (kind, runs.len()));
                }
                runs.push(vec![session]);
            }
        }
    }
    split_short(runs)
}

fn key(session: &AccessSession) -> Option<Key<'_>> {
    let source = session.ip.as_deref().or(session.client.as_deref())?;
    Some((&session.computer, session.kind, source))
}

fn is_near(run: &Run<'_>, session: &AccessSession) -> bool {
    let time = |s: &AccessSession| -> Option<Timestamp> { first_known(s) };
    let last = run.last().and_then(|last| time(last));
    last.zip(time(session)).is_some_and(|(last, now)| last.within_millis(now, PAUSE_MILLIS))
}

/// Two failures are no run: each gets its row back, in its place.
fn split_short(runs: Vec<Run<'_>>) -> Vec<Run<'_>> {
    let (long, short): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.len() >= LEAST);
    let singles = short.into_iter().flatten().map(|session| vec![session]);
    let mut rows: Vec<Run<'_>> = long.into_iter().chain(singles).collect();
    rows.sort_by(|a, b| place(a).cmp(&place(b)));
    rows
}

/// The order of the table of sessions.
fn place<'a>(run: &Run<'a>) -> Option<(&'a str, Option<Timestamp>, Option<u64>)> {
    run.first().map(|s| (s.computer.as_str(), first_known(s), s.sources.first().map(|x| x.record_id)))
}
