//! A finding in the making.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{
    Certainty, EventUid, Fact, FactName, Finding, FindingRecord, FindingSession, FindingUid, RecordPart,
    SessionPart, SessionUid, Source, Timestamp, Weight, finding_uid,
};

use crate::Observation;
use crate::scene::Stay;

/// Sessions and records that a finding lists; the rest is counted.
const MOST: usize = 100;
/// Names of users, hosts and sources that a finding lists.
const MOST_NAMES: usize = 1000;

/// What is gathered until a finding is whole.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    detector: &'static str,
    attack: BTreeSet<&'static str>,
    weight: Weight,
    hosts: BTreeSet<String>,
    /// By their names in small letters.
    users: BTreeMap<String, String>,
    sources: BTreeSet<String>,
    span: Option<(Timestamp, Timestamp)>,
    keys: BTreeSet<EventUid>,
    facts: Vec<Fact>,
    sessions: Vec<FindingSession>,
    sessions_total: u64,
    records: BTreeMap<(Timestamp, EventUid), FindingRecord>,
    records_total: u64,
}

impl Draft {
    pub(crate) fn new(detector: &'static str, attack: &[&'static str], weight: Weight) -> Self {
        Self {
            detector,
            attack: attack.iter().copied().collect(),
            weight,
            hosts: BTreeSet::new(),
            users: BTreeMap::new(),
            sources: BTreeSet::new(),
            span: None,
            keys: BTreeSet::new(),
            facts: Vec::new(),
            sessions: Vec::new(),
            sessions_total: 0,
            records: BTreeMap::new(),
            records_total: 0,
        }
    }

    /// It weighs at least so much.
    pub(crate) fn raise(&mut self, weight: Weight) {
        self.weight = self.weight.max(weight);
    }

    pub(crate) fn attack(&mut self, technique: &'static str) {
        self.attack.insert(technique);
    }

    pub(crate) fn host(&mut self, host: &str) {
        if self.hosts.len() < MOST_NAMES {
            self.hosts.insert(host.to_owned());
        }
    }

    /// Names that differ in case only are one; the first in the order of letters stands for all.
    pub(crate) fn user(&mut self, user: &str) {
        let key = user.to_lowercase();
        if self.users.len() >= MOST_NAMES && !self.users.contains_key(&key) {
            return;
        }
        let kept = self.users.entry(key).or_insert_with(|| user.to_owned());
        if user < kept.as_str() {
            user.clone_into(kept);
        }
    }

    pub(crate) fn source(&mut self, source: &str) {
        if self.sources.len() < MOST_NAMES {
            self.sources.insert(source.to_owned());
        }
    }

    /// It went on at this time.
    pub(crate) fn touch(&mut self, time: Timestamp) {
        self.span = Some(self.span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
    }

    /// The record is part of it: the finding's time, host and list of records have it.
    pub(crate) fn event(&mut self, event: &Observation, part: RecordPart) {
        self.record(record_of_event(event, part));
    }

    pub(crate) fn record(&mut self, record: FindingRecord) {
        let key = (record.time, record.event_uid);
        if self.records.contains_key(&key) {
            return;
        }
        self.records_total += 1;
        self.touch(record.time);
        self.host(&record.computer);
        if record.part == RecordPart::Key && self.keys.len() < MOST {
            self.keys.insert(record.event_uid);
        }
        self.records.insert(key, record);
        if self.records.len() > MOST {
            // A hundred failures must not hide the success that came of them.
            let plain = self.records.iter().rev().find(|(_, record)| record.part == RecordPart::Context);
            let last = plain.map(|(key, _)| *key).or_else(|| self.records.keys().next_back().copied());
            last.and_then(|key| self.records.remove(&key));
        }
    }

    /// Records that are part of it and are not at hand.
    pub(crate) fn more_records(&mut self, how_many: u64) {
        self.records_total += how_many;
    }

    /// A session that has to do with it.
    pub(crate) fn session(&mut self, session_uid: SessionUid, part: SessionPart, sure: Certainty) {
        if let Some(known) = self.sessions.iter_mut().find(|known| known.session_uid == session_uid) {
            known.sure = known.sure.min(sure);
            return;
        }
        self.sessions_total += 1;
        if self.sessions.len() < MOST {
            self.sessions.push(FindingSession { session_uid, part, sure });
        }
    }

    /// Sessions that have to do with it and are not at hand.
    pub(crate) fn more_sessions(&mut self, how_many: u64) {
        self.sessions_total += how_many;
    }

    /// A session with who was in it and from where.
    pub(crate) fn stay(&mut self, stay: &Stay, part: SessionPart, sure: Certainty) {
        self.session(stay.uid, part, sure);
        if let Some(user) = &stay.user {
            self.user(user);
        }
        if let Some(source) = stay.source() {
            self.source(&source);
        }
    }

    pub(crate) fn text(&mut self, name: FactName, text: impl Into<String>) {
        self.facts.push(Fact { name, text: Some(text.into()), number: None, time: None });
    }

    /// The text, unless the finding says it already, or has `most` texts of this name.
    pub(crate) fn text_once(&mut self, name: FactName, text: &str, most: usize) {
        let mut known = self.facts.iter().filter(|fact| fact.name == name);
        let mut seen = 0;
        if known.any(|fact| {
            seen += 1;
            fact.text.as_deref() == Some(text)
        }) || seen >= most
        {
            return;
        }
        self.text(name, text);
    }

    /// A user or a source, as a session tells it. What is only possible is marked as such, and gives way to what is known.
    pub(crate) fn told(&mut self, name: FactName, text: &str, sure: Certainty, most: usize) {
        let doubtful = self.says(FactName::Perhaps, name.name());
        let known = self.has(name) && !doubtful;
        if sure == Certainty::Possible {
            if known {
                return;
            }
            self.text_once(FactName::Perhaps, name.name(), 2);
        } else if doubtful {
            self.forget(name);
            let mark =
                |fact: &Fact| fact.name == FactName::Perhaps && fact.text.as_deref() == Some(name.name());
            self.facts.retain(|fact| !mark(fact));
        }
        self.text_once(name, text, most);
    }

    /// Does it have this text?
    pub(crate) fn says(&self, name: FactName, text: &str) -> bool {
        self.facts.iter().any(|fact| fact.name == name && fact.text.as_deref() == Some(text))
    }

    /// Takes back all that it says of this.
    pub(crate) fn forget(&mut self, name: FactName) {
        self.facts.retain(|fact| fact.name != name);
    }

    /// Does it say anything of this?
    pub(crate) fn has(&self, name: FactName) -> bool {
        self.facts.iter().any(|fact| fact.name == name)
    }

    pub(crate) fn number(&mut self, name: FactName, number: u64) {
        self.facts.retain(|fact| fact.name != name);
        self.facts.push(Fact { name, text: None, number: Some(number), time: None });
    }

    pub(crate) fn time(&mut self, name: FactName, time: Timestamp) {
        self.facts.retain(|fact| fact.name != name);
        self.facts.push(Fact { name, text: None, number: None, time: Some(time) });
    }

    /// One more of what is counted.
    pub(crate) fn count(&mut self, name: FactName) {
        let known = self.facts.iter().find(|fact| fact.name == name).and_then(|fact| fact.number);
        self.number(name, known.unwrap_or(0) + 1);
    }

    /// Of the detector and the records that it stands on. What stands on no single record is known by its first one, and by
    /// its form: the first of many failures may be the first of a source's and of a victim's.
    fn uid(&self) -> FindingUid {
        if !self.keys.is_empty() {
            let keys: Vec<EventUid> = self.keys.iter().copied().collect();
            return finding_uid(self.detector, &keys);
        }
        let first: Vec<EventUid> = self.records.values().next().map(|r| r.event_uid).into_iter().collect();
        let form = self.facts.iter().find(|fact| fact.name == FactName::Variant);
        match form.and_then(|fact| fact.text.as_deref()) {
            Some(form) => finding_uid(&format!("{} {form}", self.detector), &first),
            None => finding_uid(self.detector, &first),
        }
    }

    /// The finding; none if no record is known.
    pub(crate) fn finish(self) -> Option<Finding> {
        let (first, last) = self.span?;
        let finding_uid = self.uid();
        Some(Finding {
            finding_uid,
            detector: self.detector.to_owned(),
            weight: self.weight,
            hosts: self.hosts.into_iter().collect(),
            first,
            last,
            users: self.users.into_values().collect(),
            sources: self.sources.into_iter().collect(),
            attack: self.attack.into_iter().map(str::to_owned).collect(),
            facts: self.facts,
            sessions: self.sessions,
            sessions_total: self.sessions_total,
            records: self.records.into_values().collect(),
            records_total: self.records_total,
        })
    }
}

/// An event as a record of a finding.
pub(crate) fn record_of_event(event: &Observation, part: RecordPart) -> FindingRecord {
    FindingRecord {
        event_uid: event.uid,
        computer: event.host.clone(),
        log: event.log.clone(),
        event_id: event.event_id,
        record_id: event.record_id,
        time: event.time,
        part,
    }
}

/// A record of a session as one of a finding.
pub(crate) fn record_of(computer: &str, source: &Source, part: RecordPart) -> FindingRecord {
    FindingRecord {
        event_uid: source.event_uid,
        computer: computer.to_owned(),
        log: source.log.to_string(),
        event_id: source.event_id,
        record_id: source.record_id,
        time: source.time,
        part,
    }
}

/// Failures that a finding lists which stands on something else.
const FEW: usize = 20;

impl Draft {
    /// Some of the records of failures, and how many there are.
    pub(crate) fn records_of_attempts(&mut self, records: &[FindingRecord], all: u64) {
        let some = records.len().min(FEW);
        records.iter().take(some).for_each(|record| self.record(record.clone()));
        self.more_records(all.saturating_sub(some as u64));
    }

    /// Some of the sessions that are failures, and how many there are.
    pub(crate) fn sessions_of_attempts(&mut self, attempts: &[SessionUid], all: u64) {
        let some = attempts.len().min(FEW);
        attempts.iter().take(some).for_each(|uid| self.session(*uid, SessionPart::Attempt, Certainty::Exact));
        self.more_sessions(all.saturating_sub(some as u64));
    }
}
