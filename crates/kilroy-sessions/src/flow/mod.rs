//! A session as a story: its records as numbered steps in time order, and what should stand between them and does not.
//!
//! The receipt of a session proves it; the flow tells it. Nothing is decided here: which records belong to the session,
//! which part each plays and what is missing is known. Records that say one thing in several logs share a step.

mod absent;
mod kind;
#[cfg(test)]
mod tests;

use kilroy_model::{AccessSession, Source, Timestamp};

pub use absent::Absent;
use kind::Told;

pub use kind::StepKind;

/// The steps of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow<'a> {
    /// Steps that records show, by the time of their first one; those that no record shows where they should stand.
    pub steps: Vec<Step<'a>>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<'a> {
    /// Its number; none if no record shows it.
    pub number: Option<usize>,
    /// What happened.
    pub kind: StepKind,
    /// The records that show it, in time order.
    pub records: Vec<&'a Source>,
    /// What should show it and does not.
    pub absent: Vec<Absent<'a>>,
    /// Time since the begin of the step before, in ticks of 100 ns; none for the first one.
    pub since: Option<u64>,
}

impl<'a> Step<'a> {
    /// When it began.
    pub fn time(&self) -> Option<Timestamp> {
        self.records.first().map(|record| record.time)
    }

    /// The record that says most about it.
    pub fn lead(&self) -> Option<&'a Source> {
        self.records.iter().copied().min_by_key(|record| self.kind.weight(record))
    }

    fn last(&self) -> Option<Timestamp> {
        self.records.last().map(|record| record.time)
    }
}

/// Records of one step are at most this far from the one before. Windows writes what is one step within a second; the
/// slowest pair in real logs is 1.9 s apart.
const TOGETHER_MILLIS: u64 = 2_000;

/// Records of the end are at most this far apart: the logon of NLA is closed some seconds after the disconnect.
const END_MILLIS: u64 = 10_000;

/// The story of a session. The same records in any order give the same story.
pub fn flow(session: &AccessSession) -> Flow<'_> {
    let mut steps = steps(session);
    absent::place(session, &mut steps);
    let mut before: Option<Timestamp> = None;
    let mut number = 0;
    for step in &mut steps {
        let Some(time) = step.time() else { continue };
        number += 1;
        step.number = Some(number);
        step.since = before.map(|before| before.distance(time));
        before = Some(time);
    }
    Flow { steps }
}

/// The records, put into steps.
fn steps(session: &AccessSession) -> Vec<Step<'_>> {
    let told = Told::of(session);
    let mut records: Vec<&Source> = session.sources.iter().collect();
    // Within one log record IDs tell the order of one moment.
    records.sort_by_key(|record| (record.time, &record.log, record.record_id, record.event_uid));
    let mut steps: Vec<Step<'_>> = Vec::new();
    for record in records {
        let joins = |step: &&mut Step<'_>| {
            let margin = if step.kind.is_end() { END_MILLIS } else { TOGETHER_MILLIS };
            step.last().is_some_and(|last| last.within_millis(record.time, margin))
                && step.kind.takes(&told, record)
        };
        match steps.iter_mut().rev().find(joins) {
            Some(step) => step.records.push(record),
            None => steps.push(Step {
                number: None,
                kind: StepKind::of(&told, record),
                records: vec![record],
                absent: Vec::new(),
                since: None,
            }),
        }
    }
    steps
}
