//! `prior_failures`, counted from the truth: failures on the host from the same address in the 30 minutes before, back to
//! the last success; of the same user and workstation where there is no address.

use kilroy_model::{SessionOutcome, Timestamp};

use crate::answers::AccessAnswer;
use crate::world::truth::Truth;

const BEFORE_MILLIS: u64 = 30 * 60 * 1000;

/// Where somebody comes from, as failures are counted.
pub(crate) fn origin(answer: &AccessAnswer) -> String {
    let low = |text: &Option<String>| text.as_deref().unwrap_or_default().to_lowercase();
    match answer.ip.as_deref() {
        Some(ip) if ip != "LOCAL" => ip.to_owned(),
        _ => format!("{}@{}", low(&answer.user), low(&answer.client)),
    }
}

fn when(answer: &AccessAnswer) -> Option<Timestamp> {
    answer.start.or(answer.attempt)
}

/// Counts for all sessions of one host.
pub(super) fn count(truths: &mut [Truth]) {
    let mut order: Vec<usize> = (0..truths.len()).filter(|&n| truths[n].is_row).collect();
    order.sort_by_key(|&n| when(&truths[n].answer));
    let mut known: Vec<(String, Timestamp, SessionOutcome)> = Vec::new();
    for n in order {
        let answer = &mut truths[n].answer;
        let Some(at) = when(answer) else { continue };
        let from = origin(answer);
        let same = known.iter().rev().filter(|(other, ..)| *other == from);
        let since = same.take_while(|(_, t, outcome)| {
            *outcome != SessionOutcome::Success && at.within_millis(*t, BEFORE_MILLIS)
        });
        let failures = since.filter(|(.., outcome)| *outcome == SessionOutcome::Failure).count();
        answer.prior_failures = u32::try_from(failures).ok();
        known.push((from, at, answer.outcome));
    }
}
