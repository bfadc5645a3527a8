//! Complete logs: each true session as one row, exact in every field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use kilroy_model::{AccessSession, Luid, Timestamp};

use crate::accuracy::ledger::{Known, Ledger, key_of_source};

/// How many true sessions came out exactly.
#[derive(Debug, Clone, Default)]
pub struct Completeness {
    /// By story: true sessions, and those that are exact.
    pub stories: BTreeMap<&'static str, (u64, u64)>,
    /// Rows that no true session needs.
    pub extra: u64,
    /// What differs, one line each.
    pub differences: Vec<String>,
}

impl Completeness {
    /// True sessions.
    pub fn truths(&self) -> u64 {
        self.stories.values().map(|(all, _)| all).sum()
    }

    /// Those that are exact.
    pub fn exact(&self) -> u64 {
        self.stories.values().map(|(_, exact)| exact).sum()
    }

    /// Adds another one's counts and lines.
    pub fn add(&mut self, other: Self) {
        for (story, (all, exact)) in other.stories {
            let sum = self.stories.entry(story).or_default();
            sum.0 += all;
            sum.1 += exact;
        }
        self.extra += other.extra;
        self.differences.extend(other.differences);
    }
}

/// Compares the rows of complete logs with what is true.
pub fn completeness(ledger: &Ledger, rows: &[AccessSession]) -> Completeness {
    let mut done = Completeness::default();
    let mut rows_of: BTreeMap<usize, Vec<&AccessSession>> = BTreeMap::new();
    for row in rows.iter().filter(|r| !r.background) {
        if let Some(number) = ledger.owner(row).filter(|&n| ledger.known[n].truth.is_row) {
            rows_of.entry(number).or_default().push(row);
        } else {
            done.extra += 1;
            done.differences.push(format!("EXTRA {}", line(row)));
        }
    }
    for (number, known) in ledger.known.iter().enumerate().filter(|(_, k)| k.truth.is_row) {
        let count = done.stories.entry(known.truth.story).or_default();
        count.0 += 1;
        let of_truth = rows_of.remove(&number).unwrap_or_default();
        let Some((row, more)) = of_truth.split_first() else {
            done.differences.push(format!("MISSING {}", title(known)));
            continue;
        };
        done.extra += more.len() as u64;
        done.differences.extend(more.iter().map(|row| format!("EXTRA {} of {}", line(row), title(known))));
        let lines = differences(ledger, number, row);
        if lines.is_empty() && more.is_empty() {
            count.1 += 1;
        }
        done.differences.extend(lines.into_iter().map(|l| format!("{}: {l}", title(known))));
    }
    done
}

fn title(known: &Known) -> String {
    let answer = &known.truth.answer;
    let at = answer.start.or(answer.attempt).or(answer.end).map(|t| t.to_string()).unwrap_or_default();
    format!("[{}] {} {} {at}", known.truth.story, known.computer, answer.user.as_deref().unwrap_or("-"))
}

/// A row in one line.
pub(crate) fn line(row: &AccessSession) -> String {
    let sources: Vec<String> =
        row.sources.iter().map(|s| format!("{}:{}", s.event_id, s.record_id)).collect();
    let at = |t: Option<Timestamp>| t.map_or_else(|| "-".to_owned(), |t| t.to_string());
    format!(
        "{} {} {} {} {} {} to {} {} by {}",
        row.computer,
        row.user.as_deref().unwrap_or("-"),
        row.kind,
        row.how,
        row.outcome,
        at(row.start),
        at(row.end),
        row.end_kind,
        sources.join(" ")
    )
}

pub(crate) fn low(text: Option<&str>) -> String {
    text.unwrap_or_default().to_lowercase()
}

pub(crate) fn same_time(a: Option<Timestamp>, b: Option<Timestamp>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.within_millis(b, 1),
        _ => false,
    }
}

fn differences(ledger: &Ledger, number: usize, row: &AccessSession) -> Vec<String> {
    let known = &ledger.known[number];
    let answer = &known.truth.answer;
    let mut lines = Vec::new();
    let mut check = |what: &str, same: bool, got: &dyn Debug, want: &dyn Debug| {
        if !same {
            lines.push(format!("{what} {got:?} ≠ {want:?}"));
        }
    };
    check("computer", row.computer == known.computer, &row.computer, &known.computer);
    check("kind", row.kind == answer.kind, &row.kind, &answer.kind);
    check("how", row.how == answer.how, &row.how, &answer.how);
    check("outcome", row.outcome == answer.outcome, &row.outcome, &answer.outcome);
    for (what, got, want) in [
        ("user", &row.user, &answer.user),
        ("domain", &row.domain, &answer.domain),
        ("ip", &row.ip, &answer.ip),
        ("client", &row.client, &answer.client),
    ] {
        check(what, low(got.as_deref()) == low(want.as_deref()), got, want);
    }
    check("session_id", row.session_id == answer.session_id, &row.session_id, &answer.session_id);
    check("reason", row.reason == answer.reason, &row.reason, &answer.reason);
    check("end_kind", row.end_kind == answer.end_kind, &row.end_kind, &answer.end_kind);
    for (what, got, want) in [
        ("attempt", row.attempt, answer.attempt),
        ("start", row.start, answer.start),
        ("end", row.end, answer.end),
        ("end_not_after", row.end_not_after, answer.end_not_after),
    ] {
        let shown = |t: Option<Timestamp>| t.map(|t| t.to_string());
        check(what, same_time(got, want), &shown(got), &shown(want));
    }
    let ids = |list: &[Luid]| list.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let (got, want) = (ids(&row.logon_ids), ids(&answer.logon_ids));
    check("logon_ids", got == want && row.logon_ids.len() == got.len(), &got, &want);
    if let Some(count) = answer.prior_failures {
        check("prior_failures", row.prior_failures == count, &row.prior_failures, &count);
    }
    let have: BTreeSet<_> = row.sources.iter().map(|s| key_of_source(row, s)).collect();
    let lack: Vec<String> = known
        .sources
        .difference(&have)
        .map(|key| format!("{}:{}", known.records.get(key).map_or(0, |r| r.0), key.2))
        .collect();
    check("sources lack", lack.is_empty(), &lack, &"none");
    let foreign = ledger.foreign(row, number);
    check("sources of others", foreign.is_empty(), &line(row), &"none");
    lines
}
