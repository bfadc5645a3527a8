//! `kilroy why`: the receipt of one session as text.

mod phrases;
mod records;

use std::collections::BTreeMap;

use kilroy_catalog::Language;
use kilroy_model::{AccessSession, EventUid, FieldProof, How, Reason, SessionOutcome};
use kilroy_sessions::{reason_text, status_text};

use crate::output::{Tone, duration, escape, seconds, until, wrap};
use crate::settings::Look;
use crate::words::{self, Named, grade_in_full, short_log};
use phrases::Phrases;
pub(crate) use records::title as event_title;

/// The lines of the receipt.
pub(crate) fn receipt(session: &AccessSession, look: Look) -> Vec<String> {
    let mut receipt = Receipt::new(session, look);
    receipt.headline();
    receipt.records();
    receipt.proofs();
    receipt.turned_down();
    receipt.missing();
    receipt.grade();
    receipt.lines
}

/// Who, where and when, and what is known beside: what a receipt begins with.
pub(crate) fn headline(session: &AccessSession, look: Look) -> Vec<String> {
    let mut receipt = Receipt::new(session, look);
    receipt.headline();
    receipt.lines
}

struct Receipt<'a> {
    session: &'a AccessSession,
    look: Look,
    phrases: Phrases,
    /// Numbers of the records, by which they refer to each other.
    numbers: BTreeMap<EventUid, usize>,
    lines: Vec<String>,
}

impl<'a> Receipt<'a> {
    fn new(session: &'a AccessSession, look: Look) -> Self {
        let numbers =
            session.sources.iter().enumerate().map(|(n, source)| (source.event_uid, n + 1)).collect();
        Self { session, look, phrases: Phrases::of(look.language), numbers, lines: Vec::new() }
    }

    fn language(&self) -> Language {
        self.look.language
    }

    fn heading(&mut self, text: &str) {
        self.lines.push(String::new());
        self.lines.push(Tone::Strong.paint(text, self.look.colour));
    }

    /// A paragraph behind blanks; further lines stand two columns deeper.
    fn line(&mut self, indent: usize, text: &str) {
        let text = format!("{}{}", " ".repeat(indent), escape(text));
        self.lines.extend(wrap(&text, self.look.width, indent + 2));
    }

    /// Who, where and when, and what is known beside.
    fn headline(&mut self) {
        let headline = self.phrases.headline(self.session);
        for line in wrap(&escape(&headline), self.look.width, 2) {
            self.lines.push(Tone::Strong.paint(&line, self.look.colour));
        }
        let when = self.when();
        self.line(0, &when);
        if let Some(reason) = self.session.reason.as_ref() {
            let words = reason_text(reason, self.language());
            let reason = self.phrases.reason(reason, words);
            self.line(0, &reason);
        }
        if let Some(status) = self.session.status.clone() {
            let words = status_text(&status, self.language());
            let status = self.phrases.status(&Reason::Code(status), words);
            self.line(0, &status);
        }
        let facts = self.phrases.facts(self.session);
        for fact in facts {
            self.line(0, &fact);
        }
    }

    fn when(&self) -> String {
        let session = self.session;
        let language = self.language();
        let begin = session.start.or(session.attempt);
        let kind = session.end_kind.in_words(language);
        let from = begin.map(seconds);
        if session.how == How::AuthOnly && session.outcome == SessionOutcome::Success && session.end.is_none()
        {
            return self.phrases.authenticated_only(from);
        }
        let to = session.end.map(|end| until(begin, end));
        let not_after = session.end_not_after.map(|end| until(begin, end));
        let long = begin.zip(session.end).filter(|(begin, end)| end > begin);
        let long = long.map(|(begin, end)| duration(begin.distance(end), language));
        self.phrases.when(session.end_kind, kind, from, to, not_after, long)
    }

    fn records(&mut self) {
        let heading = self.phrases.records.get(self.language());
        self.heading(heading);
        let lines = records::lines(self.session, &self.numbers, self.look, &self.phrases);
        self.lines.extend(lines);
    }

    /// Which record says what, and which says otherwise.
    fn proofs(&mut self) {
        let heading = self.phrases.proven.get(self.language());
        self.heading(heading);
        for proof in &self.session.proofs {
            let name = words::field(&proof.field).map_or(&*proof.field, |text| text.get(self.look.language));
            let line = format!("{name}: {}  ({})", value(proof), self.refer(&proof.proven_by));
            self.line(2, &line);
            for otherwise in &proof.contradictions {
                let record = self.refer(&[otherwise.event_uid]);
                let line = self.phrases.otherwise(&record, &otherwise.value);
                self.line(4, &line);
            }
        }
        if self.session.proofs.iter().all(|proof| proof.contradictions.is_empty()) {
            let none = self.phrases.no_contradiction.get(self.language());
            self.line(2, none);
        }
    }

    /// Records by their numbers; one that is not in the session by its uid.
    fn refer(&self, uids: &[EventUid]) -> String {
        let name =
            |uid: &EventUid| self.numbers.get(uid).map_or_else(|| uid.to_string(), |n| format!("#{n}"));
        uids.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    fn turned_down(&mut self) {
        if self.session.turned_down.is_empty() {
            return;
        }
        let heading = self.phrases.turned_down.get(self.language());
        self.heading(heading);
        for candidate in &self.session.turned_down {
            let why = self.phrases.turned_down_why(&candidate.why);
            let record =
                self.phrases.record(short_log(&candidate.log), candidate.event_id, candidate.record_id);
            self.line(2, &format!("{record}: {why}"));
        }
    }

    fn missing(&mut self) {
        let heading = self.phrases.missing.get(self.language());
        self.heading(heading);
        for missing in &self.session.missing {
            let title = records::title(&missing.log, missing.event_id, None, self.language());
            let title = title.map(|title| format!(" ({})", title.trim_end_matches('.'))).unwrap_or_default();
            let why = missing.why.in_words(self.language());
            self.line(2, &format!("{} {}{title}: {why}", short_log(&missing.log), missing.event_id));
        }
        if self.session.missing.is_empty() {
            let none = self.phrases.nothing_missing.get(self.language());
            self.line(2, none);
        }
    }

    fn grade(&mut self) {
        let heading = self.phrases.grade.get(self.language());
        self.heading(heading);
        let grade = grade_in_full(self.session.grade).get(self.language());
        self.line(2, grade);
    }
}

/// Times as everywhere here; everything else as it is.
fn value(proof: &FieldProof) -> String {
    let time = (proof.field == "start" || proof.field == "end").then(|| proof.value.parse().ok()).flatten();
    time.map_or_else(|| proof.value.clone(), |time| format!("{} UTC", crate::output::millis(time)))
}
