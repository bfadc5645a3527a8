//! What an empty answer holds for: the hosts and logs that the question is about, and the times that they cover.

use anyhow::Result;
use kilroy_case::query::{Filter, HostPattern, Pattern};
use kilroy_case::{Case, CaseError};
use kilroy_catalog::Language;
use kilroy_model::{GapWhy, LogCoverage, LogState};

use super::choice::is_host;
use super::phrases::Phrases;
use crate::args::ActorFlags;
use crate::output::{count, span, until};
use crate::rows::HostNames;
use crate::words::short_log;

/// Hosts that are told of; the others are counted.
const HOSTS: usize = 3;
/// Gaps of a log that are told of; the others are counted.
const GAPS: usize = 2;

/// The logs that sessions are made of: without these two there are hardly any.
pub(super) const SESSION_LOGS: [&str; 2] =
    ["security", "microsoft-windows-terminalservices-localsessionmanager/operational"];

/// What a question was about.
#[derive(Debug, Default)]
pub(crate) struct About {
    /// None: every host.
    hosts: Vec<HostPattern>,
    logs: Logs,
}

#[derive(Debug, Default)]
enum Logs {
    #[default]
    All,
    /// Those that sessions are made of.
    Sessions,
    Named(Vec<Pattern>),
}

impl About {
    /// The case as a whole.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// Sessions of some kind.
    pub(crate) fn sessions(actor: &ActorFlags) -> Self {
        let hosts = actor.host.as_deref().and_then(HostPattern::new).into_iter().collect();
        Self { hosts, logs: Logs::Sessions }
    }

    /// What sessions are made of, on hosts like this.
    pub(crate) fn sessions_on(host: Option<&HostPattern>) -> Self {
        Self { hosts: host.cloned().into_iter().collect(), logs: Logs::Sessions }
    }

    /// Whatever happened on hosts like this.
    pub(crate) fn everything_on(host: Option<HostPattern>) -> Self {
        Self { hosts: host.into_iter().collect(), logs: Logs::All }
    }

    /// Events.
    pub(crate) fn events(filter: &Filter) -> Self {
        let channels = filter.channels();
        let logs = if channels.is_empty() { Logs::All } else { Logs::Named(channels) };
        Self { hosts: filter.hosts(), logs }
    }

    fn takes_host(&self, row: &LogCoverage) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|host| is_host(host, row))
    }

    fn takes_log(&self, row: &LogCoverage) -> bool {
        match &self.logs {
            Logs::All => true,
            Logs::Sessions => SESSION_LOGS.contains(&row.log.to_lowercase().as_str()),
            Logs::Named(names) => names.iter().any(|name| name.matches(&row.log)),
        }
    }
}

/// The sentence; `None` if the case does not tell: it has no such table, or no records.
pub(crate) fn reach(case: &Case, about: &About, language: Language) -> Result<Option<String>> {
    let mut rows = Vec::new();
    match case.each_log_reach(&mut |row| rows.push(row)) {
        Err(CaseError::NotAnalysed { .. }) => return Ok(None),
        read => read?,
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let names = HostNames::of(rows.iter().map(|row| row.computer.as_str()));
    let telling = Telling { language, phrases: Phrases { language }, names: &names };
    let hosts: Vec<&[LogCoverage]> = rows.chunk_by(|a, b| a.computer == b.computer).collect();
    let asked: Vec<&[LogCoverage]> =
        hosts.iter().copied().filter(|logs| logs.first().is_some_and(|log| about.takes_host(log))).collect();
    if asked.is_empty() {
        return Ok(Some(telling.no_host(&hosts)));
    }
    let mut clauses: Vec<String> = Vec::new();
    for logs in asked.iter().take(HOSTS) {
        clauses.extend(telling.host(logs, about));
    }
    Ok(Some(telling.sentence(&clauses, asked.len().saturating_sub(HOSTS))))
}

struct Telling<'a> {
    language: Language,
    phrases: Phrases,
    names: &'a HostNames,
}

impl Telling<'_> {
    fn name<'r>(&self, log: &'r LogCoverage) -> &'r str {
        self.names.short(&log.computer)
    }

    fn host(&self, logs: &[LogCoverage], about: &About) -> Vec<String> {
        if matches!(about.logs, Logs::All) {
            return vec![self.all_logs(logs)];
        }
        let mut asked: Vec<&LogCoverage> = logs.iter().filter(|log| about.takes_log(log)).collect();
        // Security first: most sessions stand there.
        asked.sort_by_key(|log| !log.log.eq_ignore_ascii_case(SESSION_LOGS[0]));
        match (asked.is_empty(), logs.first()) {
            (true, Some(first)) => vec![self.no_log(first)],
            _ => asked.into_iter().map(|log| self.log(log)).collect(),
        }
    }

    /// One log and its gaps.
    fn log(&self, log: &LogCoverage) -> String {
        let (name, host) = (short_log(&log.log), self.name(log));
        let Some(span) = self.span(log) else {
            return match self.language {
                Language::English => format!("the case holds no {name} of {host}"),
                Language::Korean => format!("{host}의 {name} 로그는 케이스에 없음"),
            };
        };
        if matches!(log.state, LogState::Filtered | LogState::Scattered) {
            let (has, all) = (count(log.records), count(log.records.saturating_add(log.lost)));
            return match self.language {
                Language::English => {
                    format!("{name} of {host} has only {has} of {all} records of {span} (filtered?)")
                }
                Language::Korean => {
                    format!("{host}의 {name} 로그에는 {span}의 레코드 {all}개 중 {has}개만 있음(필터링?)")
                }
            };
        }
        let without = self.without(log);
        match self.language {
            Language::English => format!("{name} of {host} covers {span}{without}"),
            Language::Korean => format!("{host}의 {name} 로그는 {span}{without}"),
        }
    }

    /// The largest gaps, and how many more.
    fn without(&self, log: &LogCoverage) -> String {
        let mut largest: Vec<usize> = (0..log.gaps.len()).collect();
        largest.sort_by_key(|&at| (std::cmp::Reverse(log.gaps[at].lost.unwrap_or(u64::MAX)), at));
        largest.truncate(GAPS);
        largest.sort_unstable();
        let mut gaps: Vec<String> = Vec::new();
        for gap in largest.iter().map(|&at| &log.gaps[at]) {
            let (from, to) = (gap.from.min(gap.to), gap.from.max(gap.to));
            let (from, to) = (until(log.first, from), until(Some(from), to));
            let lost = match (gap.lost, self.language) {
                (Some(lost), _) => self.phrases.missing(lost),
                (None, Language::English) => "record IDs begin anew".to_owned(),
                (None, Language::Korean) => "레코드 ID가 다시 시작됨".to_owned(),
            };
            let cleared = match (gap.why == GapWhy::Cleared, self.language) {
                (false, _) => "",
                (true, Language::English) => ", cleared",
                (true, Language::Korean) => ", 지워짐",
            };
            gaps.push(match self.language {
                Language::English => format!("{from} to {to} ({lost}{cleared})"),
                Language::Korean => format!("{from}~{to}({lost}{cleared})"),
            });
        }
        let more = log.gaps_total.saturating_sub(gaps.len() as u64);
        if more > 0 {
            gaps.push(match self.language {
                Language::English => format!("{} more gaps", count(more)),
                Language::Korean => format!("공백 {}개", count(more)),
            });
        }
        match (gaps.is_empty(), self.language) {
            (true, _) => String::new(),
            (false, Language::English) => format!(" without {}", gaps.join(" and ")),
            (false, Language::Korean) => format!(", 단 {} 제외", gaps.join(", ")),
        }
    }

    fn span(&self, log: &LogCoverage) -> Option<String> {
        // With a clock that was set back the first record may be later than the last one.
        let (first, last) = log.first.zip(log.last)?;
        self.between(Some(first.min(last)), Some(first.max(last)))
    }

    fn between(
        &self,
        first: Option<kilroy_model::Timestamp>,
        last: Option<kilroy_model::Timestamp>,
    ) -> Option<String> {
        span(first, last, self.language)
    }

    /// All logs of a host together, with those that have gaps.
    fn all_logs(&self, logs: &[LogCoverage]) -> String {
        let there: Vec<&LogCoverage> = logs.iter().filter(|log| log.records > 0).collect();
        let ends = || there.iter().flat_map(|log| log.first.into_iter().chain(log.last));
        let (first, last) = (ends().min(), ends().max());
        let host = logs.first().map(|log| self.name(log)).unwrap_or_default();
        let span = self.between(first, last).unwrap_or_default();
        let holed: Vec<&str> =
            there.iter().filter(|log| log.gaps_total > 0).map(|log| short_log(&log.log)).collect();
        let more = holed.len().saturating_sub(GAPS);
        let some = holed.get(..GAPS).unwrap_or(&holed).join(", ");
        let number = count(there.len() as u64);
        let holed = match (self.language, some.is_empty(), more) {
            (_, true, _) => String::new(),
            (Language::English, _, 0) => format!(", with gaps in {some}"),
            (Language::English, ..) => format!(", with gaps in {some} and {more} more"),
            (Language::Korean, _, 0) => format!(", {some}에 공백 있음"),
            (Language::Korean, ..) => format!(", {some} 외 {more}개에 공백 있음"),
        };
        match (self.language, there.len()) {
            (Language::English, 1) => format!("1 log of {host} covers {span}{holed}"),
            (Language::English, _) => format!("{number} logs of {host} cover {span}{holed}"),
            (Language::Korean, _) => format!("{host}의 로그 {number}개는 {span}{holed}"),
        }
    }

    fn no_log(&self, first: &LogCoverage) -> String {
        let host = self.name(first);
        match self.language {
            Language::English => format!("the case holds no such log of {host}"),
            Language::Korean => format!("{host}의 해당 로그는 케이스에 없음"),
        }
    }

    /// No host goes by such a name.
    fn no_host(&self, hosts: &[&[LogCoverage]]) -> String {
        let names: Vec<&str> =
            hosts.iter().take(HOSTS).filter_map(|logs| logs.first()).map(|log| self.name(log)).collect();
        let more = hosts.len().saturating_sub(HOSTS);
        let names = names.join(", ");
        match (self.language, more) {
            (Language::English, 0) => format!("No host of the case has such a name; it has {names}."),
            (Language::English, _) => {
                format!("No host of the case has such a name; it has {names} and {more} more.")
            }
            (Language::Korean, 0) => {
                format!("케이스에 그런 이름의 호스트가 없습니다. 있는 호스트: {names}.")
            }
            (Language::Korean, _) => {
                format!("케이스에 그런 이름의 호스트가 없습니다. 있는 호스트: {names} 외 {more}개.")
            }
        }
    }

    fn sentence(&self, clauses: &[String], more: usize) -> String {
        let mut said = clauses.join("; ");
        if more > 0 {
            let (before, after) = match self.language {
                Language::English => ("; ", " more hosts (kilroy coverage)"),
                Language::Korean => ("; 외 호스트 ", "개(kilroy coverage)"),
            };
            said.extend([before, &more.to_string(), after]);
        }
        let utc = if said.contains(':') { " (UTC)" } else { "" };
        // A name of a log or host keeps its letters.
        match said.strip_prefix("the case") {
            Some(rest) => format!("The case{rest}{utc}."),
            None => format!("{said}{utc}."),
        }
    }
}
