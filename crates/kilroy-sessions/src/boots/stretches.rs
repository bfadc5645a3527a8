//! What the Security and System logs hold of each boot, stretch by stretch: so that others can tell, too, which boot a record
//! of theirs is of, and when it was written, where the clock was set.

use kilroy_model::{Action, Stretch};

use super::{Arranging, SECURITY, SYSTEM};
use crate::clock::{noted_change, unnoted_jump};
use crate::record::Ev;

/// Of a boot with more stretches than this no more are told apart: a clock that is set all the time tells nothing.
const MOST: usize = 1_000;

/// The stretches of each boot, once every record has its boot.
pub(super) fn stretches(host: &Arranging<'_>, boots: usize) -> Vec<Vec<Stretch>> {
    let mut of_boots = vec![Vec::new(); boots.max(1)];
    add_log(host, SECURITY, &host.sequence, &mut of_boots);
    add_log(host, SYSTEM, &host.as_written(SYSTEM).concat(), &mut of_boots);
    of_boots
}

/// Cuts the records of a log, in the order in which they were written, into stretches.
fn add_log(host: &Arranging<'_>, log: &str, order: &[u32], of_boots: &mut [Vec<Stretch>]) {
    for some in order.chunk_by(|a, b| goes_on(host, *a, *b)) {
        let (Some(&first), Some(&last)) = (some.first(), some.last()) else { continue };
        let (ev, times) = (host.ev(first), || some.iter().map(|i| host.ev(*i).time));
        let stretch = Stretch {
            log: log.to_owned(),
            from_record_id: ev.record_id,
            to_record_id: host.ev(last).record_id,
            from: times().min().unwrap_or(ev.time),
            to: times().max().unwrap_or(ev.time),
            shift: shift(host, first),
        };
        if let Some(of_boot) = of_boots.get_mut(ev.row.boot as usize) {
            add(of_boot, stretch);
        }
    }
}

fn add(of_boot: &mut Vec<Stretch>, new: Stretch) {
    let full = of_boot.len() >= MOST;
    match of_boot.last_mut() {
        Some(last) if full && last.log == new.log => {
            last.to_record_id = new.to_record_id;
            (last.from, last.to) = (last.from.min(new.from), last.to.max(new.to));
        }
        _ => of_boot.push(new),
    }
}

/// Does the second record go on with the boot and the clock of the first?
fn goes_on(host: &Arranging<'_>, first: u32, second: u32) -> bool {
    let (before, after) = (host.ev(first), host.ev(second));
    before.row.boot == after.row.boot
        && before.record_id < after.record_id
        && shift(host, first) == shift(host, second)
        && !is_set_ahead(before, after)
}

/// By how much the record was moved, in ticks.
fn shift(host: &Arranging<'_>, index: u32) -> i64 {
    host.at[index as usize].ticks().saturating_sub(host.ev(index).time.ticks())
}

/// Was the clock set ahead between two records? The times in between it never showed.
fn is_set_ahead(before: Ev<'_>, after: Ev<'_>) -> bool {
    const NOTED_TICKS: i64 = 10_000_000;
    if after.action != Action::ClockChanged {
        return false;
    }
    match noted_change(after) {
        Some((old, new)) => new.ticks().saturating_sub(old.ticks()) > NOTED_TICKS,
        _ => after.time > before.time && unnoted_jump(before.time, after.time),
    }
}
