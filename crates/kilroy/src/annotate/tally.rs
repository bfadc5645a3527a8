//! How many rows got an answer, and which did not.

use std::collections::BTreeMap;

use kilroy_catalog::Language;
use kilroy_findings::activity::Sure;

use super::added::Added;
use super::times::{Clock, Hint};
use crate::output::count;
use crate::words::text;

/// Hosts and zones that are named; the others are counted.
const NAMED: usize = 3;

/// Letters of a cell that are shown.
const SHOWN: usize = 40;

/// Counts rows as they go by.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    rows: u64,
    exact: u64,
    likely: u64,
    possible: u64,
    without_time: u64,
    bad: u64,
    /// Line and reason of the first bad one.
    first_bad: Option<(u64, String)>,
    /// What may help to read its time.
    hint: Option<Hint>,
    /// Hosts that the case does not have, and their rows.
    strangers: BTreeMap<String, u64>,
    /// Rows of further such hosts.
    more_strangers: u64,
    /// Zones that are not known, and their rows.
    strange_zones: BTreeMap<String, u64>,
    /// Rows of further such zones.
    more_strange_zones: u64,
}

/// Names that are remembered: a hostile file has a new one in each row.
const REMEMBERED: usize = 1_000;

impl Tally {
    pub(super) fn row(&mut self, added: &Added) {
        self.rows += 1;
        match added.sure {
            Some(Sure::Exact) => self.exact += 1,
            Some(Sure::Likely) => self.likely += 1,
            Some(Sure::Possible) => self.possible += 1,
            Some(Sure::None) | None => {}
        }
    }

    /// A row whose time is empty: there is nothing to look for.
    pub(super) fn without_time(&mut self) {
        self.without_time += 1;
    }

    /// A row whose time cannot be read.
    pub(super) fn bad_time(&mut self, line: u64, text: &str, clock: &Clock) {
        if self.first_bad.is_none() {
            self.hint = clock.hint(text);
        }
        self.bad(line, text);
    }

    pub(super) fn bad(&mut self, line: u64, why: &str) {
        self.bad += 1;
        if self.first_bad.is_none() {
            let short: String = why.chars().take(SHOWN).collect();
            self.first_bad = Some((line, short));
        }
    }

    pub(super) fn stranger(&mut self, host: &str) {
        add(host, &mut self.strangers, &mut self.more_strangers);
    }

    /// A row whose time is of a zone that is not known: UTC would be a guess.
    pub(super) fn strange_zone(&mut self, zone: &str) {
        let short: String = zone.trim().chars().take(SHOWN).collect();
        add(&short, &mut self.strange_zones, &mut self.more_strange_zones);
    }

    /// Were there rows that could not be read?
    pub(crate) fn has_losses(&self) -> bool {
        self.bad > 0 || !self.strange_zones.is_empty()
    }

    /// What there is to say at the end.
    pub(crate) fn in_words(&self, language: Language) -> Vec<String> {
        let found = self.exact + self.likely + self.possible;
        let [rows, exact, likely, possible, none] =
            [self.rows, self.exact, self.likely, self.possible, self.rows.saturating_sub(found)].map(count);
        let mut said = vec![match language {
            Language::English => {
                format!(
                    "Rows: {rows} (exact {exact}, likely {likely}, possible {possible}, no session {none})"
                )
            }
            Language::Korean => {
                format!("행: {rows} (확실 {exact}, 유력 {likely}, 가능 {possible}, 세션 없음 {none})")
            }
        }];
        if self.without_time > 0 {
            let label = text("Rows without a time", "시간이 비어 있는 행").get(language);
            said.push(format!("{label}: {}", count(self.without_time)));
        }
        if let Some((line, why)) = &self.first_bad {
            let bad = count(self.bad);
            said.push(match language {
                Language::English => format!(
                    "Rows that could not be read and stand as they were: {bad}; the first in line {line}: {why:?}"
                ),
                Language::Korean => {
                    format!("읽을 수 없어 그대로 둔 행: {bad}, 첫 번째는 {line}행: {why:?}")
                }
            });
            said.extend(self.hint.as_ref().map(|hint| hint.in_words(language)));
        }
        if !self.strange_zones.is_empty() {
            let (rows, zones) = sum(&self.strange_zones, self.more_strange_zones);
            said.push(match language {
                Language::English => format!(
                    "Rows whose time zone is not known, so that no session was looked for: {rows} ({zones}); say the zone with --timezone, like Asia/Seoul or +09:00"
                ),
                Language::Korean => format!(
                    "표준 시간대를 알 수 없어 세션을 찾지 않은 행: {rows} ({zones}). --timezone으로 지정하십시오(예: Asia/Seoul, +09:00)"
                ),
            });
        }
        if !self.strangers.is_empty() {
            let (rows, hosts) = sum(&self.strangers, self.more_strangers);
            let label =
                text("Rows of hosts that the case does not have", "케이스에 없는 호스트의 행").get(language);
            said.push(format!("{label}: {rows} ({hosts})"));
        }
        said
    }
}

fn add(name: &str, known: &mut BTreeMap<String, u64>, more: &mut u64) {
    if let Some(rows) = known.get_mut(name) {
        *rows += 1;
    } else if known.len() < REMEMBERED {
        known.insert(name.to_owned(), 1);
    } else {
        *more += 1;
    }
}

/// How many rows, and the first names.
fn sum(known: &BTreeMap<String, u64>, more: u64) -> (String, String) {
    let mut names: Vec<&str> = known.keys().map(String::as_str).take(NAMED).collect();
    if known.len() > NAMED {
        names.push("…");
    }
    (count(known.values().sum::<u64>() + more), names.join(", "))
}
