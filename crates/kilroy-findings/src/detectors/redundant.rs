//! Findings that say less of the same records than others do.

use std::collections::BTreeMap;

use kilroy_model::{EventUid, FactName, Finding, RecordPart, Weight, same_name};

use super::{hidden_command, remote_pipe};

/// A pipe is opened for what is done right afterwards.
const MEANWHILE_MILLIS: u64 = 10 * 60 * 1000;

/// Takes out what another finding tells better.
pub(super) fn without_repeats(findings: Vec<Finding>) -> Vec<Finding> {
    let made = |finding: &&Finding| matches!(finding.detector.as_str(), "remote-service" | "remote-task");
    let made: Vec<&Finding> = findings.iter().filter(made).collect();
    let told = told_elsewhere(&findings);
    let keep: Vec<bool> = findings.iter().map(|finding| !is_told_better(finding, &made, &told)).collect();
    findings.into_iter().zip(keep).filter_map(|(finding, keep)| keep.then_some(finding)).collect()
}

fn is_told_better(finding: &Finding, made: &[&Finding], told: &BTreeMap<EventUid, Weight>) -> bool {
    match finding.detector.as_str() {
        remote_pipe::NAME => {
            let mut pipes = finding.texts(FactName::Pipe);
            pipes.all(|pipe| made.iter().any(|other| tells_what_the_pipe_was_for(pipe, finding, other)))
        }
        hidden_command::NAME => is_told(finding, told),
        _ => false,
    }
}

/// The service or task that the pipe was opened for is a finding by itself.
fn tells_what_the_pipe_was_for(pipe: &str, opened: &Finding, other: &Finding) -> bool {
    let made = match pipe {
        "svcctl" => "remote-service",
        "atsvc" => "remote-task",
        _ => return false,
    };
    let meanwhile =
        |a: &Finding, b: &Finding| a.last >= b.first || a.last.within_millis(b.first, MEANWHILE_MILLIS);
    let is_same_visitor = || {
        let session = |one: &kilroy_model::FindingSession| {
            other.sessions.iter().any(|two| two.session_uid == one.session_uid)
        };
        let user = |one: &String| other.users.iter().any(|two| same_name(one, two));
        opened.sessions.iter().any(session)
            || (opened.sources.iter().any(|source| other.sources.contains(source))
                && opened.users.iter().any(user))
    };
    other.detector == made
        && other.weight >= opened.weight
        && opened.hosts == other.hosts
        && meanwhile(opened, other)
        && meanwhile(other, opened)
        && is_same_visitor()
}

/// Every record that it stands on is one that some heavier finding, or one as heavy, stands on. Of a finding with more records than
/// it lists nobody can say so.
fn is_told(finding: &Finding, told: &BTreeMap<EventUid, Weight>) -> bool {
    let is_told = |uid| told.get(&uid).is_some_and(|weight| *weight >= finding.weight);
    finding.records_total <= finding.records.len() as u64 && keys(finding).all(is_told)
}

/// The records that findings by their way stand on, each with the weight of the heaviest of them; none where no hidden command
/// asks for them.
fn told_elsewhere(findings: &[Finding]) -> BTreeMap<EventUid, Weight> {
    let mut told = BTreeMap::new();
    if findings.iter().all(|finding| finding.detector != hidden_command::NAME) {
        return told;
    }
    for finding in findings.iter().filter(|finding| finding.detector != hidden_command::NAME) {
        for uid in keys(finding) {
            let weight = told.entry(uid).or_insert(finding.weight);
            *weight = finding.weight.max(*weight);
        }
    }
    told
}

fn keys(finding: &Finding) -> impl Iterator<Item = EventUid> {
    let keys = finding.records.iter().filter(|record| record.part == RecordPart::Key);
    keys.map(|record| record.event_uid)
}
