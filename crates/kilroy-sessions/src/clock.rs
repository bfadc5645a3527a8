//! Clock steps: where a boot's clock was set back, and by how much.

use kilroy_model::{Action, Timestamp};

use crate::record::Ev;

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
    /// The step that happened between two records that follow each other in one log.
    pub(crate) fn between(before: Ev<'_>, after: Ev<'_>) -> Option<Self> {
        if after.time >= before.time {
            return None;
        }
        let fall = before.time.distance(after.time);
        let noted = after.action == Action::ClockChanged;
        let limit = if noted { NOTED_STEP_MILLIS } else { UNNOTED_STEP_MILLIS };
        if fall <= limit * 10_000 {
            return None;
        }
        if noted && let Some(exact) = Self::noted(after) {
            return Some(exact);
        }
        Some(Self { from: before.time, to: after.time })
    }

    /// The step that a clock change (4616, Kernel-General 1) names, if it went back.
    pub(crate) fn noted(event: Ev<'_>) -> Option<Self> {
        if event.action != Action::ClockChanged {
            return None;
        }
        let from: Timestamp = event.old_value()?.parse().ok()?;
        let to: Timestamp = event.new_value()?.parse().ok()?;
        (to < from).then_some(Self { from, to })
    }

    /// By how much times before the step are moved, in ticks; negative.
    pub(crate) fn shift(self) -> i64 {
        self.to.ticks() - self.from.ticks()
    }
}

/// Does the clock jump between these times, if nobody noted by how much?
pub(crate) fn unnoted_jump(before: Timestamp, after: Timestamp) -> bool {
    before.distance(after) > UNNOTED_STEP_MILLIS * 10_000
}
