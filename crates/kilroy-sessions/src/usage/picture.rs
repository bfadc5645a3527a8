//! A day as a row of cells, as a calendar shows it.

use super::host_zone::Day;
use super::sets::Sets;
use super::spans::{Spans, Stretch};

/// What a part of a day was mostly like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cell {
    /// Nobody was there, as far as is known.
    #[default]
    Empty,
    /// Hands-on for at least half of it.
    HandsOn,
    /// Hands-on for less than half of it.
    Little,
    /// Locked.
    Locked,
    /// Asleep.
    Asleep,
    /// A desktop was there, and nobody connected to it.
    Disconnected,
    /// Somebody may have been there: no record tells when it ended.
    Uncertain,
}

const SECONDS_OF_A_DAY: i64 = 86_400;

/// A day in so many cells. By the clock on the wall: where it is set back, two hours share their cells.
pub(crate) fn cells(sets: &Sets, day: &Day, number: usize) -> Vec<Cell> {
    let Ok(cells) = i64::try_from(number) else { return Vec::new() };
    let midnight =
        day.date.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |z| z.timestamp().as_second());
    let edge = |n: i64| midnight + SECONDS_OF_A_DAY * n / cells;
    (0..cells)
        .map(|n| {
            let parts = |(piece, offset): &(Stretch, i32)| {
                let utc = |clock: i64| clock - i64::from(*offset);
                utc(edge(n)).max(piece.start)..utc(edge(n + 1)).min(piece.end)
            };
            let parts: Vec<Stretch> =
                day.pieces.iter().map(parts).filter(|part| part.start < part.end).collect();
            let of = |spans: &Spans| -> i64 {
                parts.iter().flat_map(|part| spans.within(part)).map(|s| s.end - s.start).sum()
            };
            let hands_on = of(&sets.hands_on);
            if hands_on > 0 {
                let half = (edge(n + 1) - edge(n)) / 2;
                return if hands_on >= half { Cell::HandsOn } else { Cell::Little };
            }
            // Of equal shares the first.
            let others = [
                (of(&sets.locked), Cell::Locked),
                (of(&sets.asleep), Cell::Asleep),
                (of(&sets.uncertain), Cell::Uncertain),
                (of(&sets.disconnected), Cell::Disconnected),
            ];
            let most = others.iter().map(|(seconds, _)| *seconds).max().unwrap_or(0);
            others
                .iter()
                .find(|(seconds, _)| *seconds == most && most > 0)
                .map_or(Cell::Empty, |(_, cell)| *cell)
        })
        .collect()
}
