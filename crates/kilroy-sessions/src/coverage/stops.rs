//! Stops of event logging, and whether it went on.

use kilroy_model::{Action, LoggingStop, Timestamp};

use crate::logs::SECURITY;
use crate::record::{Ev, Row};
use crate::words::Words;

/// Records after a stop of logging by more than this show that Windows did not go down.
const AFTER_STOP_MILLIS: i64 = 60_000;

/// Stops of event logging as Security notes them (1100), each with the name of its log and the next record of Security in
/// the same boot. The records are by boot and time, and `at` says when they were.
pub(crate) fn stops<'w>(rows: &[Row], at: &[Timestamp], words: &'w Words) -> Vec<(&'w str, LoggingStop)> {
    let is_security = |row: &Row| Ev { row, words }.log().eq_ignore_ascii_case(SECURITY);
    let is_stop = |row: &Row| row.action == Action::LoggingStopped && is_security(row);
    let mut waiting =
        rows.iter().enumerate().filter(|(_, row)| is_stop(row)).map(|(index, _)| index).peekable();
    let mut stops = Vec::new();
    while let Some(index) = waiting.next() {
        let ev = Ev { row: &rows[index], words };
        // Up to the next stop, so that no record is looked at twice.
        let to = waiting.peek().copied().unwrap_or(rows.len());
        let later = |next: &usize| (at[*next].ticks() - at[index].ticks()) / 10_000 > AFTER_STOP_MILLIS;
        let resumed = (index + 1..to)
            .take_while(|next| rows[*next].boot == ev.row.boot)
            .find(|next| later(next) && is_security(&rows[*next]))
            .map(|next| rows[next].time);
        let stop = LoggingStop {
            time: ev.time,
            event_uid: ev.uid(),
            event_id: ev.event_id(),
            record_id: ev.record_id,
            resumed,
        };
        stops.push((words.get(ev.log_id()), stop));
    }
    stops
}
