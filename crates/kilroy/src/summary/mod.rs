//! The page that a responder reads first, and would write first: hosts and the time that is covered, people and where they
//! came from, failures and what followed, where to look, and what is missing.
//!
//! [`Facts`] reads a case; `sections` makes the page of it, in words of `phrases`; `render` prints it for a terminal or as
//! Markdown, `document` is the same for programs.

mod document;
mod evidence;
mod phrases;
mod render;
mod sections;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use kilroy_case::{Case, CaseError, RecordTimes};
use kilroy_catalog::Language;
use kilroy_findings::summary::{Counting, Hops, Summary};
use kilroy_findings::views::{Visit, no_lands};
use kilroy_model::{Finding, FindingUid, How, SessionUid, TerminalSession, Weight};
use serde::Serialize;

pub(crate) use document::Document;
use evidence::Evidence;
pub(crate) use render::{markdown, page, section, steps};

use crate::filter::Internal;
use crate::settings::threads;

/// The facts of the page.
pub(crate) struct Facts {
    /// The case's path as it was typed, to be typed again.
    pub(crate) case: String,
    pub(crate) evidence: Evidence,
    pub(crate) summary: Summary,
    /// What detectors found and nobody dismissed, the heaviest first.
    pub(crate) findings: Vec<Finding>,
    pub(crate) left_out: LeftOut,
}

/// Findings that are not on the page, so that its numbers and those of `kilroy findings` can be told from each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LeftOut {
    /// Of weight info: they only explain others.
    pub(crate) info: u64,
    /// Of any weight.
    pub(crate) dismissed: u64,
}

impl Facts {
    /// Reads the session tables once, with all cores.
    pub(crate) fn of(case: &Case, shown: &str, internal: &Internal) -> Result<Self> {
        let mut moves = Moves::default();
        case.each_terminal_session(&mut |desktop| moves.add(&desktop))?;
        let mut counting = Counting::new(moves.0, hops(case)?);
        let threads = threads(None)?.get();
        let names = case.each_visit(RecordTimes::WhereNothingElseTells, threads, &mut |names, visit| {
            let scope = internal.scope(visit.scope, visit.ip.map(|ip| names.text(ip)));
            counting.add(names, &Visit { scope, ..*visit });
        })?;
        let (findings, left_out) = findings(case)?;
        let mut logs = Vec::new();
        case.each_log_coverage(&mut |log| logs.push(log))?;
        let summary = counting.summary(&names, &logs, &no_lands);
        let (case, evidence) = (shown.to_owned(), Evidence::of(&case.evidence()?));
        Ok(Self { case, evidence, summary, findings, left_out })
    }

    /// The page as data.
    fn sections(&self, language: Language) -> Vec<sections::Section> {
        sections::sections(self, language)
    }
}

/// The hops, if the case was analysed by a version that finds them.
fn hops(case: &Case) -> Result<Hops> {
    let mut hops = Hops::default();
    match case.each_hop_in_brief(&mut |hop| hops.add(&hop)) {
        Err(CaseError::NotAnalysed { .. }) => Ok(Hops::default()),
        read => Ok(read.map(|()| hops)?),
    }
}

/// What detectors found and nobody dismissed, the heaviest first; what only explains others is left out and counted.
fn findings(case: &Case) -> Result<(Vec<Finding>, LeftOut)> {
    let dismissed: BTreeSet<FindingUid> =
        case.dismissals()?.into_iter().map(|dismissal| dismissal.finding).collect();
    let mut findings = Vec::new();
    let mut left_out = LeftOut::default();
    let read = case.each_finding_in_brief(&mut |finding| {
        if dismissed.contains(&finding.finding_uid) {
            left_out.dismissed += 1;
        } else if finding.weight == Weight::Info {
            left_out.info += 1;
        } else {
            findings.push(finding);
        }
    });
    match read {
        Err(CaseError::NotAnalysed { .. }) => return Ok((Vec::new(), LeftOut::default())),
        read => read?,
    }
    findings.sort_by_key(|finding| (Reverse(finding.weight), finding.first, finding.finding_uid));
    Ok((findings, left_out))
}

/// Desktops that were taken up again from another address, by the session that took them: the address before.
#[derive(Debug, Default)]
struct Moves(BTreeMap<SessionUid, String>);

impl Moves {
    fn add(&mut self, desktop: &TerminalSession) {
        let mut before: Option<&str> = None;
        for connection in &desktop.connections {
            let Some(address) = connection.address.as_deref() else { continue };
            if let (Some(before), Some(session)) = (before, connection.session_uid)
                && before != address
                && connection.how == How::Reconnect
            {
                self.0.entry(session).or_insert_with(|| before.to_owned());
            }
            before = Some(address);
        }
    }
}

/// A path as it can be typed again.
pub(crate) fn typed(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:~".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("\"{path}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_blanks_is_quoted() {
        assert_eq!(typed("C:/cases/case-1"), "C:/cases/case-1");
        assert_eq!(typed("my case"), "\"my case\"");
    }
}
