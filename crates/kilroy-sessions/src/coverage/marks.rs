//! Records that tell of the logs themselves: clears, and changes of the clock.

use std::sync::Arc;

use kilroy_model::{Action, EventUid, Luid, Timestamp};

use crate::clock::change;
use crate::row::SessionEvent;

/// The time service corrects clocks by less; a larger step is worth telling.
const STEP_MILLIS: u64 = 1000;

/// One such record, with what the engine's own rows do not keep: who did it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) time: Timestamp,
    pub(crate) record_id: u64,
    pub(crate) uid: EventUid,
    pub(crate) log: Arc<str>,
    pub(crate) event_id: u32,
    pub(crate) action: Action,
    pub(crate) user: Option<Arc<str>>,
    pub(crate) luid: Option<Luid>,
    pub(crate) image: Option<Arc<str>>,
    pub(crate) old: Option<Arc<str>>,
    pub(crate) new: Option<Arc<str>>,
}

impl Mark {
    /// The mark of an event, if it is one. Small corrections of the clock come by the thousand, and are none.
    pub(crate) fn of(event: &SessionEvent) -> Option<Self> {
        match event.action {
            Action::LogCleared => {}
            Action::ClockChanged if !is_small(event) => {}
            _ => return None,
        }
        Some(Self {
            time: event.time,
            record_id: event.record_id,
            uid: event.uid,
            log: Arc::clone(&event.log),
            event_id: event.event_id,
            action: event.action,
            user: event.subject_user.clone().or_else(|| event.user.clone()),
            luid: event.subject_luid.or(event.luid),
            image: event.image.clone(),
            old: event.old_value.clone(),
            new: event.new_value.clone(),
        })
    }

    /// The log that was cleared: 1102 and 517 stand in it, 104 names it.
    pub(crate) fn cleared(&self) -> &str {
        self.new.as_deref().unwrap_or(&self.log)
    }

    /// What the clock showed before and after.
    pub(crate) fn clock(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        self.old
            .as_deref()
            .zip(self.new.as_deref())
            .and_then(|(old, new)| change(self.time, old, new))
            .unzip()
    }
}

/// By less than is worth telling, or not at all: texts of a language that nobody reads can be compared, too.
fn is_small(event: &SessionEvent) -> bool {
    event.old_value.as_deref().zip(event.new_value.as_deref()).is_some_and(|(old, new)| {
        old == new
            || change(event.time, old, new).is_some_and(|(old, new)| old.within_millis(new, STEP_MILLIS))
    })
}
