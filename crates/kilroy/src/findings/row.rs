//! A finding as a row, with its text and what became of it.

use anyhow::Result;
use kilroy_case::{Case, Dismissal};
use kilroy_catalog::Language;
use kilroy_model::{Finding, FindingUid, Timestamp};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{about, sentence};

/// A finding, to be listed.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    finding: Finding,
    title: &'static str,
    text: String,
    dismissal: Option<Dismissal>,
}

impl Row {
    /// The keys of a row in JSON, in their order.
    pub(crate) const KEYS: &'static [&'static str] = &[
        "finding_uid",
        "detector",
        "weight",
        "title",
        "text",
        "hosts",
        "first",
        "last",
        "users",
        "sources",
        "attack",
        "facts",
        "sessions",
        "sessions_total",
        "records",
        "records_total",
        "dismissed",
    ];

    /// All findings of a case, the heaviest first.
    pub(crate) fn all(case: &Case, language: Language) -> Result<Vec<Self>> {
        let mut dismissals: BTreeMap<FindingUid, Dismissal> =
            case.dismissals()?.into_iter().map(|dismissal| (dismissal.finding, dismissal)).collect();
        let mut findings = case.findings()?;
        findings.sort_by_key(|finding| (Reverse(finding.weight), finding.first, finding.finding_uid));
        Ok(findings
            .into_iter()
            .map(|finding| Self {
                title: about(&finding).title.get(language),
                text: sentence(&finding, language),
                dismissal: dismissals.remove(&finding.finding_uid),
                finding,
            })
            .collect())
    }

    pub(crate) fn finding(&self) -> &Finding {
        &self.finding
    }

    pub(crate) fn title(&self) -> &'static str {
        self.title
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn dismissal(&self) -> Option<&Dismissal> {
        self.dismissal.as_ref()
    }

    pub(crate) fn is_dismissed(&self) -> bool {
        self.dismissal.is_some()
    }
}

#[derive(Serialize)]
struct Keys<'a> {
    finding_uid: FindingUid,
    detector: &'a str,
    weight: &'static str,
    title: &'a str,
    text: &'a str,
    hosts: &'a [String],
    first: Timestamp,
    last: Timestamp,
    users: &'a [String],
    sources: &'a [String],
    attack: &'a [String],
    facts: Map<String, Value>,
    sessions: &'a [kilroy_model::FindingSession],
    sessions_total: u64,
    records: &'a [kilroy_model::FindingRecord],
    records_total: u64,
    dismissed: Option<Value>,
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Finding { finding_uid, weight, first, last, sessions_total, records_total, .. } = self.finding;
        Keys {
            finding_uid,
            detector: &self.finding.detector,
            weight: weight.name(),
            title: self.title,
            text: &self.text,
            hosts: &self.finding.hosts,
            first,
            last,
            users: &self.finding.users,
            sources: &self.finding.sources,
            attack: &self.finding.attack,
            facts: facts(&self.finding),
            sessions: &self.finding.sessions,
            sessions_total,
            records: &self.finding.records,
            records_total,
            dismissed: self.dismissal.as_ref().map(|dismissal| {
                json!({
                    "note": dismissal.note,
                    "author": dismissal.author,
                    "created": dismissal.created.map(|time| time.to_string()),
                })
            }),
        }
        .serialize(serializer)
    }
}

/// Texts as lists, numbers and times by themselves.
fn facts(finding: &Finding) -> Map<String, Value> {
    let mut facts = Map::new();
    for fact in &finding.facts {
        let name = fact.name.name().to_owned();
        match (&fact.text, fact.number, fact.time) {
            (Some(text), ..) => {
                let known = facts.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(texts) = known {
                    texts.push(Value::String(text.clone()));
                }
            }
            (None, Some(number), _) => {
                facts.insert(name, number.into());
            }
            (None, None, Some(time)) => {
                facts.insert(name, time.to_string().into());
            }
            (None, None, None) => {}
        }
    }
    facts
}
