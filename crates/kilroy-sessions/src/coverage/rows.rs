//! The rows of the coverage table: one per log of a host, those that should be there and are not included.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{GapWhy, LogBegin, LogCoverage, LogGap, LogState, Timestamp};

use super::layout::{LISTED, Layout};
use super::watch::{Noted, NotedOfLog};
use super::{HostCoverage, LogExtent};
use crate::logs::{CORE_TS, LSM, RCM, SECURITY};

const SYSTEM: &str = "System";

/// A filtered export has few kinds of events; a log from which records were taken everywhere has many.
const FEW_EVENT_IDS: usize = 12;

/// A clear is written within seconds of the first record that the log then has.
const CLEAR_MILLIS: i64 = 5000;

/// Windows 8 and Server 2012 were the first with `RdpCoreTS`, Vista with the other logs of Remote Desktop.
const FIRST_WITH_CORE_TS: (u32, u32) = (6, 2);
const FIRST_WITH_LSM: (u32, u32) = (6, 0);

/// Rows of one host, by channel.
pub(crate) fn rows(host: &HostCoverage<'_>, noted: Noted) -> Vec<LogCoverage> {
    let expected = expected(host, &noted);
    let mut by_log = noted.by_log;
    let mut rows: BTreeMap<String, LogCoverage> = BTreeMap::new();
    // Records that damage took the channel from are of different logs, and their IDs tell nothing.
    for (key, log) in host.logs.iter().filter(|(key, _)| !key.is_empty()) {
        let of_log = by_log.remove(*key).unwrap_or_default();
        rows.insert((*key).to_owned(), row(host, log, of_log));
    }
    for name in expected {
        name.clone_into(&mut by_log.entry(name.to_lowercase()).or_default().name);
    }
    // Logs of which there is no record: cleared, or expected.
    for (key, of_log) in by_log {
        let log = LogExtent { name: of_log.name.clone(), ..LogExtent::default() };
        rows.insert(key, row(host, &log, of_log));
    }
    rows.into_values().collect()
}

/// Logs that such a host should have and of which the case holds no record.
fn expected(host: &HostCoverage<'_>, noted: &Noted) -> Vec<&'static str> {
    if !is_windows(host) {
        return Vec::new();
    }
    let since = |first: (u32, u32)| noted.version.is_none_or(|version| version >= first);
    let mut expected = vec![SECURITY, SYSTEM];
    if since(FIRST_WITH_LSM) {
        expected.push(LSM);
    }
    if noted.remote && since(FIRST_WITH_LSM) {
        expected.push(RCM);
    }
    if noted.remote && since(FIRST_WITH_CORE_TS) {
        expected.push(CORE_TS);
    }
    expected.retain(|name| !host.logs.contains_key(name.to_lowercase().as_str()));
    expected
}

fn is_windows(host: &HostCoverage<'_>) -> bool {
    let own = ["security", "system", "application", "windows powershell", "openssh/operational"];
    host.logs.keys().any(|log| own.contains(log) || log.starts_with("microsoft-windows-"))
}

fn row(host: &HostCoverage<'_>, log: &LogExtent, noted: NotedOfLog) -> LogCoverage {
    let mut layout = Layout::of(&log.records);
    let state = state(&layout, &log.event_ids);
    let NotedOfLog { name: _, mut clears, clock_changes_total, mut clock_changes, mut stops, absences } =
        noted;
    let clear_times: Vec<Timestamp> = clears.iter().map(|clear| clear.time).collect();
    for gap in &mut layout.gaps {
        if clear_times.iter().any(|time| gap.from <= *time && *time <= gap.to.plus_millis(CLEAR_MILLIS)) {
            gap.why = GapWhy::Cleared;
        }
    }
    let begins = begins(&layout, state, &clear_times);
    let (first, last) = layout.reach.unzip();
    let (first_record_id, last_record_id) = layout.ids.unzip();
    let totals = [layout.gaps.len(), layout.spans.len(), clears.len(), stops.len()].map(|n| n as u64);
    let [gaps_total, spans_total, clears_total, stops_total] = totals;
    layout.spans.truncate(LISTED);
    clears.truncate(LISTED);
    clock_changes.truncate(LISTED);
    stops.truncate(LISTED);
    LogCoverage {
        computer: host.computer.clone(),
        names: host.names.clone(),
        log: log.name.clone(),
        state,
        records: layout.records,
        event_ids: log.event_ids.iter().copied().collect(),
        first,
        last,
        first_record_id,
        last_record_id,
        begins,
        hours_kept: hours_kept(&layout, begins, &clear_times),
        lost: layout.lost,
        gaps_total,
        gaps: largest(layout.gaps),
        spans_total,
        spans: layout.spans,
        backward_total: layout.falls_total,
        backward: layout.falls,
        clears_total,
        clears,
        clock_changes_total,
        clock_changes,
        stops_total,
        stops,
        absences,
    }
}

fn state(layout: &Layout, event_ids: &BTreeSet<u32>) -> LogState {
    match layout {
        _ if layout.records == 0 => LogState::Absent,
        _ if layout.holes == 0 => LogState::Whole,
        _ if !layout.has_holes_everywhere() => LogState::Holes,
        _ if event_ids.len() <= FEW_EVENT_IDS => LogState::Filtered,
        _ => LogState::Scattered,
    }
}

fn begins(layout: &Layout, state: LogState, clears: &[Timestamp]) -> Option<LogBegin> {
    let ((first, _), (first_id, _)) = (layout.reach?, layout.ids?);
    if clears.iter().any(|time| *time <= first.plus_millis(CLEAR_MILLIS)) {
        return Some(LogBegin::Cleared);
    }
    match state {
        _ if first_id <= 1 => Some(LogBegin::FirstRecord),
        LogState::Filtered | LogState::Scattered => None,
        _ => Some(LogBegin::RolledOver),
    }
}

/// Only a log that overwrote its oldest records tells how long it keeps them; one that spans less than an hour was hardly
/// collected for that, and one that was cleared since may have had room for more.
fn hours_kept(layout: &Layout, begins: Option<LogBegin>, clears: &[Timestamp]) -> Option<u32> {
    const HOUR: u64 = 3600 * 10_000_000;
    let (first, last) = layout.last_epoch.filter(|_| begins == Some(LogBegin::RolledOver))?;
    let cleared_since = clears.iter().any(|clear| first <= *clear);
    u32::try_from(first.distance(last) / HOUR)
        .ok()
        .filter(|hours| *hours > 0 && first < last && !cleared_since)
}

/// As many gaps as are listed, those that lost most, in their order.
fn largest(gaps: Vec<LogGap>) -> Vec<LogGap> {
    if gaps.len() <= LISTED {
        return gaps;
    }
    // A gap of unknown size counts as the largest.
    let mut sizes: Vec<(u64, usize)> =
        gaps.iter().enumerate().map(|(at, gap)| (u64::MAX - gap.lost.unwrap_or(u64::MAX), at)).collect();
    sizes.sort_unstable();
    let kept: BTreeSet<usize> = sizes.into_iter().take(LISTED).map(|(_, at)| at).collect();
    gaps.into_iter().enumerate().filter(|(at, _)| kept.contains(at)).map(|(_, gap)| gap).collect()
}
