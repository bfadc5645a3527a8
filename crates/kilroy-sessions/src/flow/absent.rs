//! Where in the story a record is missing.

use kilroy_model::{AccessSession, EndKind, Missing, SessionOutcome};

use super::{Step, StepKind};

/// Something that should show a step and does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent<'a> {
    /// A record that such a session should have left.
    Record(&'a Missing),
    /// No record shows the begin.
    Begin,
    /// No record ends the session; this is what bounds it.
    End(EndKind),
}

/// Puts what is absent where it should stand.
pub(super) fn place<'a>(session: &'a AccessSession, steps: &mut Vec<Step<'a>>) {
    let mut missing: Vec<&Missing> = session.missing.iter().collect();
    missing.sort_by_key(|m| (&m.log, m.event_id));
    for missing in missing {
        add(steps, kind(session, missing), Absent::Record(missing));
    }
    if session.outcome != SessionOutcome::Success {
        return;
    }
    if session.start.is_none() && session.attempt.is_none() {
        add(steps, StepKind::Begin, Absent::Begin);
    }
    if session.end.is_none() && session.end_kind != EndKind::Failed {
        add(steps, StepKind::End, Absent::End(session.end_kind));
    }
}

/// The step that a missing record would show.
fn kind(session: &AccessSession, missing: &Missing) -> StepKind {
    match missing.event_id {
        131 | 261 => StepKind::Connection,
        1149 => StepKind::Authentication,
        21 => StepKind::Desktop,
        25 | 4778 => StepKind::Reconnect,
        24 | 4779 => StepKind::Disconnect,
        23 | 4634 => StepKind::Logoff,
        _ if session.outcome == SessionOutcome::Failure => StepKind::Failure,
        4624 => StepKind::Logon,
        _ => StepKind::Authentication,
    }
}

/// Beside the records of such a step, else as a step of its own before the first one that comes later in a session.
fn add<'a>(steps: &mut Vec<Step<'a>>, kind: StepKind, absent: Absent<'a>) {
    let same = |step: &Step<'_>| step.kind == kind;
    // An end that was seen in part is the last of its kind, everything else the first.
    let there = if kind.is_end() { steps.iter().rposition(same) } else { steps.iter().position(same) };
    if let Some(step) = there.and_then(|place| steps.get_mut(place)) {
        step.absent.push(absent);
        return;
    }
    let later = |step: &Step<'_>| step.kind > kind;
    let place = if kind.is_end() { None } else { steps.iter().position(later) };
    let step = Step { number: None, kind, records: Vec::new(), absent: vec![absent], since: None };
    steps.insert(place.unwrap_or(steps.len()), step);
}
