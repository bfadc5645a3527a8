//! Ways as a page of text: each reads as what happened.

use kilroy_catalog::Language;
use kilroy_model::{Certainty, HopProof, HopSide, Timestamp};

use super::row::{PathRow, StepRow};
use crate::output::{Tone, count, escape, seconds, until, wrap};
use crate::rows::HostNames;
use crate::settings::Look;
use crate::words::{Named, short_log};

/// Columns before what is said of a step.
const INDENT: usize = 4;
/// Other ways of the same step that are told one by one.
const BESIDE: usize = 3;
/// Records of one side that are named.
const PROOFS: usize = 6;

/// The lines of the page.
pub(crate) fn page(rows: &[PathRow<'_>], look: Look) -> Vec<String> {
    let steps = || rows.iter().flat_map(|row| &row.steps);
    let names = HostNames::of(steps().flat_map(|step| [step.from.as_str(), step.to]));
    let mut page = Page { look, names, lines: Vec::new() };
    for (n, row) in rows.iter().enumerate() {
        page.way(n, row);
    }
    page.lines
}

struct Page {
    look: Look,
    names: HostNames,
    lines: Vec<String>,
}

impl Page {
    fn say(&self, en: String, ko: String) -> String {
        match self.look.language {
            Language::English => en,
            Language::Korean => ko,
        }
    }

    fn line(&mut self, indent: usize, text: &str, tone: Tone) {
        let text = format!("{}{}", " ".repeat(indent), escape(text));
        for line in wrap(&text, self.look.width, indent + 2) {
            self.lines.push(tone.paint(&line, self.look.colour));
        }
    }

    fn way(&mut self, number: usize, row: &PathRow<'_>) {
        if number > 0 {
            self.lines.push(String::new());
        }
        let (Some(first), Some(last)) = (row.steps.first(), row.steps.last()) else { return };
        let mut stations: Vec<&str> = vec![self.names.short(&first.from)];
        stations.extend(row.steps.iter().map(|step| self.names.short(step.to)));
        let title = stations.join(" → ");
        let begin = first.left.unwrap_or(first.arrived);
        let when = format!("{} – {}", seconds(begin), until(Some(begin), last.arrived));
        let sure = row.path.certainty.in_words(self.look.language);
        let steps = row.steps.len();
        let rest = self.say(
            format!("{when} UTC, {steps} step{}, {sure}", if steps == 1 { "" } else { "s" }),
            format!("{when} UTC, {steps}단계, {sure}"),
        );
        self.line(0, &title, Tone::Strong);
        self.line(0, &rest, Tone::Plain);
        for step in &row.steps {
            self.step(step);
        }
        if row.later > 0 {
            let later = count(row.later as u64);
            let text = self.say(
                format!("{later} more later over the same machines"),
                format!("이후 같은 경로로 {later}번 더"),
            );
            self.line(0, &text, Tone::Faint);
        }
    }

    fn step(&mut self, step: &StepRow<'_>) {
        let (from, to) = (self.names.short(&step.from).to_owned(), self.names.short(step.to).to_owned());
        let method = step.leg.method.in_words(self.look.language);
        self.lines.push(String::new());
        let head = format!("{}  {from} → {to}  {method}", step.step);
        self.line(0, &head, Tone::Strong);
        let who = account(step.domain, step.user);
        let who = match step.by.filter(|by| Some(*by) != step.user) {
            Some(by) => self.say(format!("{by} as {who}"), format!("{by} → {who}")),
            None => who,
        };
        self.line(INDENT, &who, Tone::Plain);
        if let Some(left) = step.left {
            let session = step.left_session.map(|uid| short(&uid.to_string()));
            // Where no record tells, the time is reckoned from the arrival.
            let is_logged = step.hop.is_none_or(|hop| hop.source_time.is_some());
            let text = self.left(Some(left).filter(|_| is_logged), &from, session.as_deref());
            self.line(INDENT, &text, Tone::Plain);
        }
        let arrived = self.arrived(step, &to);
        self.line(INDENT, &arrived, Tone::Plain);
        if let Some(failures) = step.prior_failures.filter(|n| *n > 0) {
            let failures = count(failures.into());
            let text = self.say(
                format!("after {failures} failed attempts from the same source"),
                format!("같은 원본에서 {failures}번 실패한 뒤"),
            );
            self.line(INDENT, &text, Tone::Notable);
        }
        self.beside(step);
        self.proofs(step, &from, &to);
    }

    /// What was done beside it: other means, and returns.
    fn beside(&mut self, step: &StepRow<'_>) {
        for other in step.beside.iter().take(BESIDE) {
            let method = other.leg.method.in_words(self.look.language);
            let at = until(Some(step.arrived), other.arrived);
            let uid = other.session.map(|uid| short(&uid.to_string())).unwrap_or_default();
            let text = self.say(
                format!("beside it {method} at {at}: session {uid}"),
                format!("그 밖에 {method}, {at}: 세션 {uid}"),
            );
            self.line(INDENT, &text, Tone::Plain);
        }
        let more = step.beside.len().saturating_sub(BESIDE);
        if more > 0 {
            let more = count(more as u64);
            let text = self.say(format!("and {more} more times"), format!("그리고 {more}번 더"));
            self.line(INDENT, &text, Tone::Faint);
        }
    }

    fn left(&self, time: Option<Timestamp>, host: &str, session: Option<&str>) -> String {
        match (time.map(seconds), session) {
            (Some(time), Some(uid)) => self.say(
                format!("left {time} by {host}'s clock, from session {uid}"),
                format!("출발 {time}({host} 시계), 세션 {uid}에서"),
            ),
            (Some(time), None) => self.say(
                format!("left {time} by {host}'s clock; from which session is not known"),
                format!("출발 {time}({host} 시계), 어느 세션인지 알 수 없음"),
            ),
            (None, Some(uid)) => self.say(
                format!("from session {uid}; no record of the departure on {host}"),
                format!("세션 {uid}에서, {host}에 출발 기록이 없음"),
            ),
            (None, None) => self.say(
                format!("no record of the departure on {host}; from which session is not known"),
                format!("{host}에 출발 기록이 없음, 어느 세션인지 알 수 없음"),
            ),
        }
    }

    fn arrived(&self, step: &StepRow<'_>, host: &str) -> String {
        let time = seconds(step.arrived);
        let until = step.end.map(|end| until(Some(step.arrived), end));
        let Some(uid) = step.session.map(|uid| short(&uid.to_string())) else {
            return self
                .say(format!("no record of the arrival on {host}"), format!("{host}에 도착 기록이 없음"));
        };
        match until {
            Some(end) => self.say(
                format!("there {time} to {end} by {host}'s clock: session {uid}"),
                format!("도착 {time} – {end}({host} 시계): 세션 {uid}"),
            ),
            None => self.say(
                format!("there {time} by {host}'s clock, end not seen: session {uid}"),
                format!("도착 {time}({host} 시계), 끝 기록 없음: 세션 {uid}"),
            ),
        }
    }

    fn proofs(&mut self, step: &StepRow<'_>, from: &str, to: &str) {
        let language = self.look.language;
        if let Some(hop) = step.hop {
            let mut why: Vec<String> = hop.keys.iter().map(|key| key.in_words(language).to_owned()).collect();
            if let Some(ahead) = clocks(hop.clock_difference_ms, hop.clock_error_ms) {
                why.push(self.say(
                    format!("clock of {to} {ahead} against {from}"),
                    format!("{to} 시계가 {from}보다 {ahead}"),
                ));
            }
            let sure = hop.certainty.in_words(language);
            let text = if why.is_empty() { sure.to_owned() } else { format!("{sure}: {}", why.join("; ")) };
            let tone = if hop.certainty == Certainty::Possible { Tone::Notable } else { Tone::Faint };
            self.line(INDENT, &text, tone);
        }
        for (side, host) in [(HopSide::Source, from), (HopSide::Target, to)] {
            let some: Vec<&HopProof> = step.proofs.iter().filter(|proof| proof.side == side).collect();
            if some.is_empty() {
                continue;
            }
            let named: Vec<String> = some
                .iter()
                .take(PROOFS)
                .map(|p| format!("{} {} #{}", short_log(&p.log), p.event_id, p.record_id))
                .collect();
            let more = some.len().saturating_sub(PROOFS);
            let more = if more > 0 { format!(" +{more}") } else { String::new() };
            self.line(INDENT, &format!("{host}: {}{more}", named.join(", ")), Tone::Faint);
        }
    }
}

/// `+4.2±0.8 s`.
fn clocks(difference: Option<i64>, error: Option<u64>) -> Option<String> {
    crate::hops::ahead(difference, error)
}

fn account(domain: Option<&str>, user: Option<&str>) -> String {
    match (domain.filter(|d| !d.is_empty()), user) {
        (Some(domain), Some(user)) => format!("{domain}\\{user}"),
        (None, Some(user)) => user.to_owned(),
        (_, None) => "?".to_owned(),
    }
}

/// The beginning of an identity, as tables show it.
fn short(uid: &str) -> String {
    uid.chars().take(8).collect()
}
