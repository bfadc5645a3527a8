//! Records of the System log whose place is not that of their time: they say nothing of the clock.

use kilroy_model::{Action, Timestamp};

use super::Arranging;
use crate::clock::{noted_change, unnoted_jump};
use crate::record::Ev;

/// Leaves out what was written at another time than its neighbours; its time is right.
pub(super) fn leave_out(host: &Arranging<'_>, order: &mut Vec<u32>) {
    let next = clocks_behind(host, order);
    let mut next = next.into_iter();
    let mut last = None;
    order.retain(|&index| {
        let (ev, next) = (host.ev(index), next.next().flatten());
        let late = match ev.action {
            // The kernel writes its own word on a shutdown (Kernel-General 13) late, often behind the records of the next start.
            Action::KernelStopped => last.is_some_and(|last| ev.time < last),
            _ if is_of_service(ev) => {
                last.zip(next).is_some_and(|(last, next)| is_out_of_line(last, ev.time, next))
            }
            _ => false,
        };
        if !late {
            last = Some(ev.time);
        }
        !late
    });
}

/// The event log's own records on a start (6005, 6008, 6009) have the time at which the service is up, and stand right behind
/// the first record of the kernel. What the kernel and the drivers wrote until then, perhaps by a clock that was still wrong, follows.
fn is_of_service(ev: Ev<'_>) -> bool {
    matches!(ev.action, Action::LoggingStarted | Action::UnexpectedShutdown | Action::SystemVersion)
}

/// Does the clock that was shown before go on behind a record that shows another one?
fn is_out_of_line(last: Timestamp, time: Timestamp, next: Timestamp) -> bool {
    let between = last <= time && time <= next;
    last <= next && !between && unnoted_jump(last, time) && unnoted_jump(time, next)
}

/// For each record, what the clock showed when the next one came that says it: before a change, if that one is a change.
fn clocks_behind(host: &Arranging<'_>, order: &[u32]) -> Vec<Option<Timestamp>> {
    let mut next = None;
    let mut behind: Vec<Option<Timestamp>> = order
        .iter()
        .rev()
        .map(|&index| {
            let (ev, behind) = (host.ev(index), next);
            if !is_of_service(ev) && ev.action != Action::KernelStopped {
                next = Some(noted_change(ev).map_or(ev.time, |(old, _)| old));
            }
            behind
        })
        .collect();
    behind.reverse();
    behind
}
