#![allow(dead_code)] // Each test uses its part.

//! The way from events to tables, as the program goes it, and the comparison with the answers.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Debug;
use std::fs;

use kilroy_model::{AccessSession, EndKind, Timestamp, host_key};
use kilroy_sessions::{Coverage, SessionEvent, Tables, sessionize};
use kilroy_testkit::{AccessAnswer, Answers, LogFile, Mark};

/// Files on disk, read as evidence, made into tables.
pub(crate) fn tables(files: &[LogFile]) -> Tables {
    let dir = tempfile::tempdir().expect("a place for files");
    for file in files {
        let path = dir.path().join(file.name.replace('%', "_"));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, &file.bytes).expect("a file");
    }
    let mut events = Vec::new();
    let mut coverage = Coverage::new();
    for found in kilroy_evidence::find(&[dir.path().to_owned()]).expect("the folder is there") {
        let read = kilroy_evidence::read::<Infallible>(&found, &|_| {}, &mut |event| {
            if let Some(time) = event.time {
                let origin = &event.origin;
                coverage.add(&origin.host, &origin.channel, origin.event_id, event.identity.record_id, time);
            }
            events.extend(SessionEvent::of(&event));
            Ok(())
        })
        .expect("readable evidence");
        assert_eq!(read.losses_total, 0, "{}: {:?}", found.shown, read.losses);
    }
    coverage.seal();
    sessionize(events, &coverage)
}

/// What differs, one line each.
pub(crate) fn differences(tables: &Tables, answers: &Answers) -> Vec<String> {
    let rows: Vec<&AccessSession> = tables.access.iter().filter(|r| !r.background).collect();
    let mut lines = Vec::new();
    let mut pairs = Vec::new();
    let mut used = BTreeSet::new();
    for (a, answer) in answers.access.iter().enumerate() {
        let near = (0..rows.len())
            .filter(|r| !used.contains(r))
            .filter_map(|r| Some((distance(rows[r], answer)?, r)))
            .min();
        match near {
            Some((_, r)) => {
                used.insert(r);
                pairs.push((a, r));
            }
            None => lines.push(format!("MISSING {}", title(answer))),
        }
    }
    for (r, row) in rows.iter().enumerate().filter(|(r, _)| !used.contains(r)) {
        let _ = r;
        let sources: Vec<String> =
            row.sources.iter().map(|s| format!("{}:{}", s.event_id, s.record_id)).collect();
        lines.push(format!(
            "EXTRA {} {} {} {} start {:?} end {:?} {} sources {}",
            row.user.as_deref().unwrap_or("-"),
            row.kind,
            row.how,
            row.outcome,
            row.start.map(|t| t.to_string()),
            row.end.map(|t| t.to_string()),
            row.end_kind,
            sources.join(" ")
        ));
    }
    for (a, r) in pairs {
        let answer = &answers.access[a];
        let foreign: Vec<&Mark> = answers
            .access
            .iter()
            .flat_map(|other| &other.sources)
            .filter(|m| !answer.sources.contains(m) && !answer.allowed.contains(m))
            .collect();
        for line in compare(rows[r], answer, &foreign) {
            lines.push(format!("{}: {line}", title(answer)));
        }
    }
    if let Some(want) = &answers.background {
        let mut got: Vec<String> = Vec::new();
        for row in tables.access.iter().filter(|r| r.background) {
            let ids: Vec<String> = row.logon_ids.iter().map(ToString::to_string).collect();
            got.push(ids.first().cloned().unwrap_or_default());
        }
        got.sort();
        let mut want: Vec<String> = want.iter().map(ToString::to_string).collect();
        want.sort();
        if got != want {
            lines.push(format!("background rows {got:?} ≠ {want:?}"));
        }
    }
    lines
}

fn title(answer: &AccessAnswer) -> String {
    let at = when(answer.start, answer.attempt, answer.end).map(|t| t.to_string()).unwrap_or_default();
    format!("{} {} {} {at}", answer.user.as_deref().unwrap_or("-"), answer.kind, answer.how)
}

fn when(start: Option<Timestamp>, attempt: Option<Timestamp>, end: Option<Timestamp>) -> Option<Timestamp> {
    start.or(attempt).or(end)
}

fn low(text: Option<&str>) -> String {
    text.unwrap_or_default().to_lowercase()
}

/// How far a row lies from an answer; none if it cannot be meant.
fn distance(row: &AccessSession, answer: &AccessAnswer) -> Option<u64> {
    if low(row.user.as_deref()) != low(answer.user.as_deref()) {
        return None;
    }
    let apart =
        when(row.start, row.attempt, row.end)?.distance(when(answer.start, answer.attempt, answer.end)?);
    let second = 10_000_000;
    let penalty =
        5 * second * (u64::from(row.kind != answer.kind) + u64::from(row.outcome != answer.outcome));
    (apart <= 30 * second).then_some(apart + penalty)
}

fn same_time(a: Option<Timestamp>, b: Option<Timestamp>, millis: u64) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.within_millis(b, millis),
        _ => false,
    }
}

fn compare(row: &AccessSession, answer: &AccessAnswer, foreign: &[&Mark]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut check = |what: &str, same: bool, got: &dyn Debug, want: &dyn Debug| {
        if !same {
            lines.push(format!("{what} {got:?} ≠ {want:?}"));
        }
    };
    let computer = host_key(&answer.computer);
    check("computer", row.computer == computer, &row.computer, &computer);
    check("kind", row.kind == answer.kind, &row.kind, &answer.kind);
    check("how", row.how == answer.how, &row.how, &answer.how);
    check("outcome", row.outcome == answer.outcome, &row.outcome, &answer.outcome);
    for (what, got, want) in [
        ("domain", &row.domain, &answer.domain),
        ("ip", &row.ip, &answer.ip),
        ("client", &row.client, &answer.client),
        ("resource", &row.resource, &answer.resource),
    ] {
        check(what, low(got.as_deref()) == low(want.as_deref()), got, want);
    }
    check("session_id", row.session_id == answer.session_id, &row.session_id, &answer.session_id);
    check("reason", row.reason == answer.reason, &row.reason, &answer.reason);
    check("end_kind", row.end_kind == answer.end_kind, &row.end_kind, &answer.end_kind);
    let slack = if answer.end_kind == EndKind::NlaLogoff { 6000 } else { 1 };
    for (what, got, want, millis) in [
        ("attempt", row.attempt, answer.attempt, 1),
        ("start", row.start, answer.start, 1),
        ("end", row.end, answer.end, slack),
        ("end_not_after", row.end_not_after, answer.end_not_after, 1),
    ] {
        let shown = |t: Option<Timestamp>| t.map(|t| t.to_string());
        check(what, same_time(got, want, millis), &shown(got), &shown(want));
    }
    let ids = |list: &[kilroy_model::Luid]| list.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let (got, want) = (ids(&row.logon_ids), ids(&answer.logon_ids));
    check("logon_ids", got == want && row.logon_ids.len() == got.len(), &got, &want);
    let auth = &row.authentication;
    for (what, got, want) in [
        ("restricted_admin", auth.restricted_admin, answer.restricted_admin),
        ("credential_guard", auth.credential_guard, answer.credential_guard),
    ] {
        check(what, want.is_none() || got == want, &got, &want);
    }
    if let Some(count) = answer.prior_failures {
        check("prior_failures", row.prior_failures == count, &row.prior_failures, &count);
    }
    let stands = |m: &Mark| {
        row.sources.iter().any(|s| {
            &*s.log == m.log.channel()
                && s.event_id == m.event_id
                && s.record_id == m.record_id
                && s.time == m.time
                && low(Some(&answer.computer)).starts_with(low(m.computer.split('.').next()).as_str())
        })
    };
    let shown = |m: &Mark| format!("{:?} {} #{}", m.log, m.event_id, m.record_id);
    let lack: BTreeSet<String> = answer.sources.iter().filter(|m| !stands(m)).map(shown).collect();
    check("sources lack", lack.is_empty(), &lack, &"none");
    let foreign: BTreeSet<String> = foreign.iter().filter(|m| stands(m)).map(|m| shown(m)).collect();
    check("sources of another session", foreign.is_empty(), &foreign, &"none");
    lines
}
