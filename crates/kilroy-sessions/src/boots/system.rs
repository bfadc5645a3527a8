//! Boots that System tells of: its marks, put together, beside those of Security.

use kilroy_model::{Action, Timestamp};

use super::{Arranging, Draft, MARKS_OF_ONE_BOOT_MILLIS, boot_at};
use crate::clock::Step;
use crate::record::Ev;

/// A mark of a boot: its time as logged, and without the clock's steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    at: Timestamp,
    time: Timestamp,
}

/// Adds what the System log tells of boots: a mark for a boot that Security knows, or a boot it does not.
pub(super) fn add_system_boots(host: &Arranging<'_>, drafts: &mut Vec<Draft>) {
    let clusters = clusters(host);
    let gap = |marks: &[Mark], d: &Draft| {
        let starts = d.start.into_iter().chain(d.start_at);
        starts.flat_map(|t| marks.iter().map(move |m| m.time.distance(t).min(m.at.distance(t)))).min()
    };
    for cluster in &clusters {
        let first = cluster[0];
        let near = |t: Option<Timestamp>, of: fn(&Mark) -> Timestamp| {
            t.is_some_and(|t| cluster.iter().any(|m| of(m).within_millis(t, MARKS_OF_ONE_BOOT_MILLIS)))
        };
        // One boot writes each mark once: a second cluster is a boot of its own, however soon it comes.
        let known = drafts.iter_mut().find(|d| {
            let is_near =
                near(d.start, |m| m.time) || near(d.start_at, |m| m.time) || near(d.start_at, |m| m.at);
            let nearest = || clusters.iter().all(|other| gap(other, d) >= gap(cluster, d));
            !d.by_system && d.start.is_some() && is_near && nearest()
        });
        if let Some(draft) = known {
            draft.by_system = true;
            draft.start = draft.start.map(|s| s.min(first.time));
            draft.start_at = draft.start_at.map(|s| {
                if s.within_millis(first.at, MARKS_OF_ONE_BOOT_MILLIS) { s.min(first.at) } else { s }
            });
            continue;
        }
        insert_boot(host, drafts, first);
    }
    one_boot_each(drafts);
    if drafts.is_empty() || drafts[0].start.is_some() {
        let start_at = drafts.first().and_then(|d| d.start_at);
        let earlier = start_at.is_some_and(|s| host.at.iter().any(|at| *at < s));
        if drafts.is_empty() || earlier {
            drafts.insert(0, Draft::default());
        }
    }
}

/// A boot that only logon IDs show, and a mark between the times at which they were given out: one boot, that of the mark.
fn one_boot_each(drafts: &mut Vec<Draft>) {
    let mut n = 1;
    while n < drafts.len() {
        let (marked, hidden) = (&drafts[n - 1], &drafts[n]);
        let is_one = hidden.start.is_none()
            && hidden.seen_before.is_some()
            && marked.start.is_some()
            && marked.start_at > hidden.seen_before
            && marked.security.end == hidden.security.start;
        if is_one {
            drafts[n - 1].security.end = drafts[n].security.end;
            drafts.remove(n);
        } else {
            n += 1;
        }
    }
}

/// Splits the boot that holds this time: what comes later is a boot of its own.
fn insert_boot(host: &Arranging<'_>, drafts: &mut Vec<Draft>, first: Mark) {
    let start = first.at;
    let holder = if drafts.is_empty() { None } else { Some(boot_at(host, drafts, start)) };
    let mut new =
        Draft { start: Some(first.time), start_at: Some(start), by_system: true, ..Draft::default() };
    match holder {
        Some(at) if drafts[at].start_at.is_none_or(|s| s < start) || drafts[at].start.is_none() => {
            let whole = drafts[at].security.clone();
            let earlier = |&index: &u32| host.at[index as usize] < start;
            let cut = whole.start + host.sequence[whole.clone()].partition_point(earlier);
            new.security = cut..whole.end;
            drafts[at].security = whole.start..cut;
            if drafts[at].security.is_empty() && drafts[at].start.is_none() {
                // Nothing is left before it: the boot that had no mark has one now.
                drafts[at] = new;
            } else {
                drafts.insert(at + 1, new);
            }
        }
        Some(at) => drafts.insert(at, new),
        None => drafts.push(new),
    }
}

/// Boot marks of the System log, those of one boot together: a kind that repeats is a new boot.
fn clusters(host: &Arranging<'_>) -> Vec<Vec<Mark>> {
    let events = host.rows.iter().map(|row| Ev { row, words: host.words }).zip(&host.at);
    let marks = events.filter(|(e, _)| is_boot_mark(*e));
    let mut marks: Vec<(Mark, Action)> =
        marks.map(|(e, at)| (Mark { at: *at, time: e.time }, e.action)).collect();
    by_other_logs(host, &mut marks);
    marks.sort_unstable();
    marks.dedup();
    let mut clusters: Vec<(Vec<Mark>, Vec<Action>)> = Vec::new();
    for (mark, action) in marks {
        match clusters.last_mut() {
            Some((marks, kinds))
                if !kinds.contains(&action)
                    && marks
                        .first()
                        .is_some_and(|m| m.at.within_millis(mark.at, MARKS_OF_ONE_BOOT_MILLIS)) =>
            {
                marks.push(mark);
                kinds.push(action);
            }
            _ => clusters.push((vec![mark], vec![action])),
        }
    }
    clusters.into_iter().map(|(marks, _)| marks).collect()
}

/// Marks that their own log does not move: a change of the clock that another log has noted, right after the start, says
/// by how much the clock was ahead.
fn by_other_logs(host: &Arranging<'_>, marks: &mut [(Mark, Action)]) {
    let events = host.rows.iter().map(|row| Ev { row, words: host.words });
    let steps: Vec<Step> = events.filter_map(Step::noted).collect();
    for (mark, _) in marks.iter_mut().filter(|(mark, _)| mark.at == mark.time) {
        let right_after = |step: &&Step| {
            step.to < mark.time
                && mark.time <= step.from
                && mark.time.within_millis(step.from, MARKS_OF_ONE_BOOT_MILLIS)
        };
        if let Some(step) = steps.iter().find(right_after) {
            mark.at = mark.time.plus_ticks(step.shift());
        }
    }
}

fn is_boot_mark(event: Ev<'_>) -> bool {
    match event.action {
        Action::KernelStarted
        | Action::BootStatus
        | Action::LoggingStarted
        | Action::UnexpectedShutdown
        | Action::SystemVersion => true,
        // Boot type 2: Windows came back from hibernation; the boot goes on.
        Action::BootType => !event.new_value().is_some_and(|t| matches!(t.trim(), "2" | "0x2")),
        _ => false,
    }
}
