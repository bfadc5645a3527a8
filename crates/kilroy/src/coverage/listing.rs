//! A log's coverage as a row of JSON and CSV, and of the table of its host.

use kilroy_catalog::Language;
use kilroy_model::{GapWhy, LogBegin, LogCoverage, LogState};

use super::phrases::long;
use crate::output::{Cell, Column, Listing, Tone, count, seconds, until};
use crate::words::{short_log, text};

/// Names of event IDs that fit into a remark.
const SOME_IDS: usize = 4;

impl Listing for LogCoverage {
    const KEYS: &'static [&'static str] = &[
        "computer",
        "names",
        "log",
        "state",
        "records",
        "event_ids",
        "first",
        "last",
        "first_record_id",
        "last_record_id",
        "begins",
        "hours_kept",
        "lost",
        "gaps_total",
        "gaps",
        "spans_total",
        "spans",
        "backward_total",
        "backward",
        "clears_total",
        "clears",
        "clock_changes_total",
        "clock_changes",
        "stops_total",
        "stops",
        "absences",
    ];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("LOG", "로그").least(16),
            title("FROM (UTC)", "시작(UTC)"),
            title("TO (UTC)", "끝(UTC)"),
            title("RECORDS", "레코드").right(),
            title("MISSING", "누락").right(),
            title("CLEARED", "지워짐").right().spare(0),
            title("REMARK", "비고").least(12).spare(1).late(),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let some = |n: u64| if n == 0 { String::new() } else { count(n) };
        let everywhere = matches!(self.state, LogState::Filtered | LogState::Scattered);
        let missing = Cell::new(some(self.lost)).tone(if everywhere { Tone::Faint } else { Tone::Notable });
        vec![
            Cell::new(short_log(&self.log)),
            self.first.map(seconds).into(),
            self.last.map(|last| until(self.first, last)).into(),
            Cell::new(count(self.records)),
            missing,
            Cell::new(some(self.clears_total)).tone(Tone::Bad),
            Cell::new(remark(self, language)).tone(tone(self.state)),
        ]
    }
}

const fn tone(state: LogState) -> Tone {
    match state {
        LogState::Absent => Tone::Bad,
        LogState::Filtered | LogState::Scattered => Tone::Notable,
        LogState::Whole | LogState::Holes => Tone::Plain,
    }
}

/// What stands out, in a few words.
fn remark(log: &LogCoverage, language: Language) -> String {
    let say = |en: &'static str, ko: &'static str| text(en, ko).get(language).to_owned();
    let times = |n: u64, en: &str, ko: &str| match language {
        Language::English => format!("{} {en}", count(n)),
        Language::Korean => format!("{ko} {}곳", count(n)),
    };
    let mut remarks = Vec::new();
    match log.state {
        LogState::Absent => remarks.push(say("not in the case", "케이스에 없음")),
        LogState::Filtered if log.event_ids.len() <= SOME_IDS => {
            let ids: Vec<String> = log.event_ids.iter().map(ToString::to_string).collect();
            remarks.push(match language {
                Language::English => format!("looks filtered: only {}", ids.join(", ")),
                Language::Korean => format!("필터링된 것으로 보임: {}만", ids.join(", ")),
            });
        }
        LogState::Filtered => remarks.push(say("looks filtered", "필터링된 것으로 보임")),
        LogState::Scattered => remarks.push(say("holes everywhere", "곳곳이 누락됨")),
        LogState::Holes | LogState::Whole => {
            let holes = log.gaps_total - log.gaps.iter().filter(|g| g.why == GapWhy::Restart).count() as u64;
            match holes {
                0 => {}
                1 => remarks.push(times(1, "gap", "공백")),
                n => remarks.push(times(n, "gaps", "공백")),
            }
        }
    }
    match log.begins {
        Some(LogBegin::Cleared) => remarks.push(say("begins after a clear", "지워진 뒤부터 시작")),
        Some(LogBegin::RolledOver) => {
            let first = log.first_record_id.unwrap_or_default();
            remarks.push(match (log.hours_kept.map(|hours| long(hours, language)), language) {
                (Some(kept), Language::English) => format!("starts at record {first}, reaches back {kept}"),
                (Some(kept), Language::Korean) => format!("레코드 {first}부터 시작, {kept} 분량"),
                (None, Language::English) => format!("starts at record {first}"),
                (None, Language::Korean) => format!("레코드 {first}부터 시작"),
            });
        }
        _ => {}
    }
    if log.gaps.iter().any(|gap| gap.why == GapWhy::Restart) {
        remarks.push(say("record IDs begin anew", "레코드 ID가 다시 시작됨"));
    }
    if log.backward_total > 0 {
        remarks.push(say("time runs backward", "시간이 거꾸로 감"));
    }
    if !log.absences.is_empty() {
        remarks.push(say("records missing without a reason", "이유 없이 빠진 레코드 있음"));
    }
    remarks.join("; ")
}
