//! Clock steps: where a boot's clock was set back, and by how much.

mod local;

use kilroy_model::{Action, Timestamp};

use crate::record::Ev;
use crate::restarts::{LARGEST_STEP_MILLIS, are_neighbours};

/// The clock was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Last time before the step.
    pub(crate) from: Timestamp,
    /// First time after it.
    pub(crate) to: Timestamp,
}

/// Threads write records some milliseconds out of order; a fall larger than this beside a note of a clock change is one.
const NOTED_STEP_MILLIS: u64 = 1000;

/// A fall larger than this is a clock step even if nobody noted it.
const UNNOTED_STEP_MILLIS: u64 = 5 * 60 * 1000;

impl Step {
    /// The step that happened between two records that follow each other in one log. None is larger than any correction of
    /// a clock, unless a record says so or nothing can be missing between the two.
    pub(crate) fn between(before: Ev<'_>, after: Ev<'_>) -> Option<Self> {
        if after.time >= before.time {
            return None;
        }
        let fall = before.time.distance(after.time);
        let noted = (after.action == Action::ClockChanged).then(|| noted_change(after));
        let told_otherwise = noted.flatten().is_some_and(|(old, new)| new >= old);
        let limit = if noted.is_some() && !told_otherwise { NOTED_STEP_MILLIS } else { UNNOTED_STEP_MILLIS };
        if fall <= limit * 10_000 {
            return None;
        }
        if noted.is_some()
            && let Some(exact) = Self::noted(after)
        {
            return Some(exact);
        }
        // A change whose values nobody can read may be of any size.
        let can_be = noted == Some(None)
            || before.time.within_millis(after.time, LARGEST_STEP_MILLIS)
            || are_neighbours(before.record_id, after.record_id);
        can_be.then_some(Self { from: before.time, to: after.time })
    }

    /// The step that a clock change (4616, Kernel-General 1) names, if it went back.
    pub(crate) fn noted(event: Ev<'_>) -> Option<Self> {
        let (from, to) = noted_change(event)?;
        (to < from).then_some(Self { from, to })
    }

    /// By how much times before the step are moved, in ticks; negative.
    pub(crate) fn shift(self) -> i64 {
        self.to.ticks() - self.from.ticks()
    }
}

/// What a clock change (4616, Kernel-General 1) says that the clock showed before and after it.
pub(crate) fn noted_change(event: Ev<'_>) -> Option<(Timestamp, Timestamp)> {
    if event.action != Action::ClockChanged {
        return None;
    }
    change(event.time, event.old_value()?, event.new_value()?)
}

/// The same, of the values as logged: times in full, or as the machine shows them to people in its own zone (Windows 7).
pub(crate) fn change(logged: Timestamp, old: &str, new: &str) -> Option<(Timestamp, Timestamp)> {
    match (old.parse(), new.parse()) {
        (Ok(old), Ok(new)) => Some((old, new)),
        _ => local::change(logged, old, new),
    }
}

/// Does the clock jump between these times, if nobody noted by how much?
pub(crate) fn unnoted_jump(before: Timestamp, after: Timestamp) -> bool {
    before.distance(after) > UNNOTED_STEP_MILLIS * 10_000
}
