//! Findings that say less of the same records than others do.

use std::collections::BTreeSet;

use kilroy_model::{EventUid, FactName, Finding, RecordPart};

use super::{hidden_command, remote_pipe};

/// A pipe is opened for what is done right afterwards.
const MEANWHILE_MILLIS: u64 = 10 * 60 * 1000;

/// Takes out what another finding tells better.
pub(super) fn without_repeats(findings: Vec<Finding>) -> Vec<Finding> {
    let made = |finding: &&Finding| matches!(finding.detector.as_str(), "remote-service" | "remote-task");
    let made: Vec<&Finding> = findings.iter().filter(made).collect();
    let keep: Vec<bool> = findings.iter().map(|finding| !is_told_better(finding, &made, &findings)).collect();
    findings.into_iter().zip(keep).filter_map(|(finding, keep)| keep.then_some(finding)).collect()
}

fn is_told_better(finding: &Finding, made: &[&Finding], all: &[Finding]) -> bool {
    match finding.detector.as_str() {
        remote_pipe::NAME => {
            let mut pipes = finding.texts(FactName::Pipe);
            pipes.all(|pipe| made.iter().any(|other| tells_what_the_pipe_was_for(pipe, finding, other)))
        }
        hidden_command::NAME => has_all_records(finding, all),
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
        let user = |one: &String| other.users.iter().any(|two| two.eq_ignore_ascii_case(one));
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

/// Every record that it stands on is one that some heavier finding, or one as heavy, stands on.
fn has_all_records(finding: &Finding, all: &[Finding]) -> bool {
    let others = all.iter().filter(|other| {
        let counts = other.detector != finding.detector && other.weight >= finding.weight;
        counts && other.first <= finding.last && finding.first <= other.last
    });
    let told: BTreeSet<EventUid> = others.flat_map(keys).collect();
    keys(finding).all(|uid| told.contains(&uid))
}

fn keys(finding: &Finding) -> impl Iterator<Item = EventUid> {
    let keys = finding.records.iter().filter(|record| record.part == RecordPart::Key);
    keys.map(|record| record.event_uid)
}
