//! The page of `kilroy coverage`: per host a table of its logs, then what it means in sentences.

use kilroy_model::{LogCoverage, LogGap, LogState};

use super::clock::steps;
use super::phrases::Phrases;
use crate::output::{Listing, Table, Tone, escape, wrap};
use crate::settings::Look;
use crate::words::short_log;

/// Gaps of one log that are told one by one.
const GAPS: usize = 6;
/// Places of one log where time runs backward that are told one by one.
const FALLS: usize = 3;
/// Clears of one log that are told one by one.
const CLEARS: usize = 20;
/// Clock steps of a host that are told one by one, the largest ones.
const STEPS: usize = 5;
/// Sessions that are named for one kind of absent record.
const SESSIONS: usize = 4;

/// Logs of sessions come first: they are what is asked for.
const FIRST: [&str; 6] = [
    "security",
    "system",
    "microsoft-windows-terminalservices-localsessionmanager/operational",
    "microsoft-windows-terminalservices-remoteconnectionmanager/operational",
    "microsoft-windows-remotedesktopservices-rdpcorets/operational",
    "openssh/operational",
];

/// The lines of the page. `case`: as it was typed, for commands to go on with.
pub(crate) fn page(rows: &[LogCoverage], case: &str, look: Look) -> Vec<String> {
    let mut page = Page { case, look, phrases: Phrases { language: look.language }, lines: Vec::new() };
    for host in rows.chunk_by(|a, b| a.computer == b.computer) {
        if !page.lines.is_empty() {
            page.lines.push(String::new());
        }
        page.host(host);
    }
    page.lines
}

/// Where a log stands in its host's table.
fn place(log: &LogCoverage) -> (usize, String) {
    let name = log.log.to_lowercase();
    (FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len()), name)
}

struct Page<'a> {
    case: &'a str,
    look: Look,
    phrases: Phrases,
    lines: Vec<String>,
}

impl Page<'_> {
    fn host(&mut self, logs: &[LogCoverage]) {
        let mut logs: Vec<&LogCoverage> = logs.iter().collect();
        logs.sort_by_cached_key(|log| place(log));
        let Some(first) = logs.first() else { return };
        let others: Vec<&str> =
            first.names.iter().map(String::as_str).filter(|name| *name != first.computer).collect();
        let beside = if others.is_empty() {
            String::new()
        } else {
            format!("  ({})", self.phrases.also(&others.join(", ")))
        };
        let computer = escape(&first.computer);
        for line in wrap(&format!("{computer}{}", escape(&beside)), self.look.width, 2) {
            self.lines.push(match line.strip_prefix(&*computer) {
                Some(rest) => Tone::Strong.paint(&computer, self.look.colour) + rest,
                None => line,
            });
        }
        let mut table = Table::new(LogCoverage::columns(self.look.language));
        for log in &logs {
            table.row(log.cells(self.look.language));
        }
        self.lines.extend(table.lines(self.look.width, self.look.colour));
        self.lines.push(String::new());
        let heading = self.phrases.heading();
        self.lines.push(Tone::Strong.paint(heading, self.look.colour));
        let said = self.sentences(&logs);
        for sentence in &said {
            self.lines.extend(wrap(&format!("- {}", escape(sentence)), self.look.width, 2));
        }
    }

    /// Everything worth telling of a host's logs.
    fn sentences(&self, logs: &[&LogCoverage]) -> Vec<String> {
        let phrases = self.phrases;
        let mut said = Vec::new();
        let absent: Vec<&str> = logs
            .iter()
            .filter(|log| log.state == LogState::Absent && log.clears.is_empty())
            .map(|log| short_log(&log.log))
            .collect();
        if !absent.is_empty() {
            said.push(phrases.absent(&absent));
        }
        for log in logs {
            let clears = log.clears.iter().take(CLEARS);
            said.extend(clears.map(|clear| phrases.clear(log, clear, self.case)));
            if matches!(log.state, LogState::Filtered | LogState::Scattered) {
                said.push(phrases.thin(log));
            } else {
                self.gaps(log, &mut said);
            }
            if place(log).0 < FIRST.len() {
                said.extend(phrases.rolled_over(log));
            }
            self.falls(log, &mut said);
            said.extend(log.stops.iter().filter_map(|stop| phrases.stop(&log.log, stop)));
            let absences = log.absences.iter();
            said.extend(absences.map(|absence| phrases.absence(&log.log, absence, self.case, SESSIONS)));
        }
        self.clock(logs, &mut said);
        if said.is_empty() {
            said.push(phrases.sound().to_owned());
        }
        said
    }

    /// The largest gaps, in their order.
    fn gaps(&self, log: &LogCoverage, said: &mut Vec<String>) {
        let mut largest: Vec<(usize, &LogGap)> = log.gaps.iter().enumerate().collect();
        largest.sort_by_key(|(at, gap)| (std::cmp::Reverse(gap.lost.unwrap_or(u64::MAX)), *at));
        largest.truncate(GAPS);
        largest.sort_by_key(|(at, _)| *at);
        said.extend(largest.iter().map(|(_, gap)| self.phrases.gap(&log.log, gap)));
        let more = log.gaps_total.saturating_sub(largest.len() as u64);
        if more > 0 {
            said.push(self.phrases.more(&log.log, more));
        }
    }

    fn falls(&self, log: &LogCoverage, said: &mut Vec<String>) {
        said.extend(log.backward.iter().take(FALLS).map(|fall| self.phrases.fall(&log.log, fall)));
        let more = log.backward_total.saturating_sub(FALLS as u64);
        if more > 0 {
            said.push(self.phrases.more_falls(&log.log, more));
        }
    }

    fn clock(&self, logs: &[&LogCoverage], said: &mut Vec<String>) {
        let all = steps(logs);
        let (mut known, unknown): (Vec<_>, Vec<_>) =
            all.into_iter().enumerate().partition(|(_, step)| step.size().is_some());
        let total = known.len();
        known.sort_by_key(|(at, step)| (std::cmp::Reverse(step.size()), *at));
        known.truncate(STEPS);
        known.sort_by_key(|(at, _)| *at);
        said.extend(known.iter().filter_map(|(_, step)| self.phrases.step(step)));
        said.extend(self.phrases.more_steps((total - known.len()) as u64, unknown.len() as u64));
        if total > 0 {
            said.push(self.phrases.about_steps().to_owned());
        }
    }
}
