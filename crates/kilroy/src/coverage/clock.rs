//! Clock changes of a host: Security and System tell of one step each in its own record.

use kilroy_model::{ClockChange, LogCoverage};

use crate::words::short_log;

/// Both records of one step name the same times, or nearly.
const SAME_STEP_MILLIS: u64 = 2000;

/// A step of the clock, and the records that tell of it.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) change: &'a ClockChange,
    /// Short name of the log, event ID, record ID.
    pub(super) records: Vec<(&'a str, u32, u64)>,
    pub(super) user: Option<&'a str>,
    pub(super) image: Option<&'a str>,
}

impl Step<'_> {
    /// By how much, in ticks.
    pub(super) fn size(&self) -> Option<u64> {
        Some(self.change.old?.distance(self.change.new?))
    }
}

/// The steps that the logs of one host tell of, in their order.
pub(super) fn steps<'a>(logs: &[&'a LogCoverage]) -> Vec<Step<'a>> {
    let mut all: Vec<(&LogCoverage, &ClockChange)> =
        logs.iter().flat_map(|log| log.clock_changes.iter().map(move |change| (*log, change))).collect();
    all.sort_by_key(|(_, change)| (change.new.unwrap_or(change.time), change.time));
    let mut steps: Vec<Step<'a>> = Vec::new();
    for (log, change) in all {
        let record = (short_log(&log.log), change.event_id, change.record_id);
        match steps.last_mut().filter(|step| is_same(step.change, change)) {
            Some(step) => {
                step.records.push(record);
                step.user = step.user.or(change.user.as_deref());
                step.image = step.image.or(change.image.as_deref());
            }
            None => steps.push(Step {
                change,
                records: vec![record],
                user: change.user.as_deref(),
                image: change.image.as_deref(),
            }),
        }
    }
    steps
}

fn is_same(a: &ClockChange, b: &ClockChange) -> bool {
    let near = |a: Option<kilroy_model::Timestamp>, b: Option<kilroy_model::Timestamp>| {
        a.zip(b).is_some_and(|(a, b)| a.within_millis(b, SAME_STEP_MILLIS))
    };
    near(a.old, b.old) && near(a.new, b.new)
}
