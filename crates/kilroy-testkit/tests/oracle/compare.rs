//! Rows of the engine beside rows of the oracle.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};

use kilroy_model::{EventUid, Timestamp};
use kilroy_sessions::SessionEvent;

use super::History;
use super::row::Row;

/// What differs, one line each; empty if the two agree.
pub(crate) fn differences(history: &History, engine: &[Row], oracle: &[Row]) -> Vec<String> {
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (o, ours) in oracle.iter().enumerate() {
        for (e, theirs) in engine.iter().enumerate() {
            let common = ours.sources.intersection(&theirs.sources).count();
            if common > 0 {
                pairs.push((common, o, e));
            }
        }
    }
    // Most records in common first.
    pairs.sort_by_key(|(common, o, e)| {
        let same = oracle[*o].how == engine[*e].how && oracle[*o].start == engine[*e].start;
        (!same, std::cmp::Reverse(*common), *o, *e)
    });
    let (mut of_oracle, mut of_engine) = (BTreeSet::new(), BTreeSet::new());
    let mut lines = Vec::new();
    for (_, o, e) in pairs {
        if of_oracle.contains(&o) || of_engine.contains(&e) {
            continue;
        }
        of_oracle.insert(o);
        of_engine.insert(e);
        lines.extend(
            fields(history, &engine[e], &oracle[o])
                .into_iter()
                .map(|line| format!("{}: {line}", title(&oracle[o]))),
        );
    }
    for (_, row) in oracle.iter().enumerate().filter(|(o, _)| !of_oracle.contains(o)) {
        lines.push(format!("engine lacks {} {}", title(row), names(history, &row.sources)));
    }
    for (_, row) in engine.iter().enumerate().filter(|(e, _)| !of_engine.contains(e)) {
        lines.push(format!("oracle lacks {} {}", title(row), names(history, &row.sources)));
    }
    lines
}

fn title(row: &Row) -> String {
    let at = row.start.or(row.attempt).or(row.end).map(|t| t.to_string()).unwrap_or_default();
    format!(
        "{} {} {} {} {} {at}",
        row.computer,
        row.user.as_deref().unwrap_or("-"),
        row.kind,
        row.how,
        row.end_kind
    )
}

fn fields(history: &History, engine: &Row, oracle: &Row) -> Vec<String> {
    let mut lines = Vec::new();
    let mut check = |what: &str, same: bool, got: &dyn Debug, want: &dyn Debug| {
        if !same {
            lines.push(format!("{what}: engine {got:?}, oracle {want:?}"));
        }
    };
    let low = |t: &Option<String>| t.as_deref().map(str::to_lowercase);
    let time = |t: Option<Timestamp>| t.map(|t| t.to_string());
    check("computer", engine.computer == oracle.computer, &engine.computer, &oracle.computer);
    check("user", low(&engine.user) == low(&oracle.user), &engine.user, &oracle.user);
    check("domain", low(&engine.domain) == low(&oracle.domain), &engine.domain, &oracle.domain);
    check("kind", engine.kind == oracle.kind, &engine.kind, &oracle.kind);
    check("how", engine.how == oracle.how, &engine.how, &oracle.how);
    check("outcome", engine.outcome == oracle.outcome, &engine.outcome, &oracle.outcome);
    check("background", engine.background == oracle.background, &engine.background, &oracle.background);
    // A reading: who says LOCAL of a presence at the console, beside a 4624 that says 127.0.0.1.
    let here =
        |ip: &Option<String>| ip.as_deref().map(|t| if t == "127.0.0.1" { "LOCAL" } else { t }.to_owned());
    let local = oracle.kind == kilroy_model::Kind::InteractiveLocal;
    let same_ip = engine.ip == oracle.ip || (local && here(&engine.ip) == here(&oracle.ip));
    check("ip", same_ip, &engine.ip, &oracle.ip);
    check("port", engine.port == oracle.port, &engine.port, &oracle.port);
    check("client", low(&engine.client) == low(&oracle.client), &engine.client, &oracle.client);
    check("attempt", engine.attempt == oracle.attempt, &time(engine.attempt), &time(oracle.attempt));
    check("start", engine.start == oracle.start, &time(engine.start), &time(oracle.start));
    check("end", engine.end == oracle.end, &time(engine.end), &time(oracle.end));
    check("end_kind", engine.end_kind == oracle.end_kind, &engine.end_kind, &oracle.end_kind);
    check(
        "end_not_after",
        engine.end_not_after == oracle.end_not_after,
        &time(engine.end_not_after),
        &time(oracle.end_not_after),
    );
    check("reason", engine.reason == oracle.reason, &engine.reason, &oracle.reason);
    let ids = |row: &Row| row.logon_ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    // Of records that may stand with it, the logon IDs may, too.
    let may = |luid: &kilroy_model::Luid| {
        history.events.iter().any(|e| oracle.perhaps.contains(&e.uid) && e.luid == Some(*luid))
    };
    let same_ids = engine.logon_ids.difference(&oracle.logon_ids).all(may)
        && oracle.logon_ids.is_subset(&engine.logon_ids);
    check("logon_ids", same_ids, &ids(engine), &ids(oracle));
    // A record that may stand with it may name the session, and so may the desktop that its logon ID is known of.
    let named = |sid: u32| {
        oracle.may_session_id == Some(sid)
            || history
                .events
                .iter()
                .any(|e| oracle.perhaps.contains(&e.uid) && e.terminal_session == Some(sid))
    };
    let same_session = engine.session_id == oracle.session_id
        || (oracle.session_id.is_none() && engine.session_id.is_some_and(named));
    check("session_id", same_session, &engine.session_id, &oracle.session_id);
    let failures = (engine.prior_failures, oracle.prior_failures);
    check("prior_failures", failures.0 == failures.1, &failures.0, &failures.1);
    let lack: BTreeSet<EventUid> =
        oracle.sources.difference(&engine.sources).filter(|u| !oracle.perhaps.contains(u)).copied().collect();
    check("engine lacks source", lack.is_empty(), &names(history, &lack), &"");
    let more: BTreeSet<EventUid> =
        engine.sources.difference(&oracle.sources).filter(|u| !oracle.perhaps.contains(u)).copied().collect();
    check("oracle lacks source", more.is_empty(), &names(history, &more), &"");
    lines
}

fn names(history: &History, uids: &BTreeSet<EventUid>) -> String {
    let of = |uid: &EventUid| {
        history
            .events
            .iter()
            .find(|e| e.uid == *uid)
            .map_or_else(|| uid.to_string(), |e| format!("{}#{}", e.event_id, e.record_id))
    };
    uids.iter().map(of).collect::<Vec<_>>().join(" ")
}

/// A record as one line, for a person.
pub(crate) fn shown(e: &SessionEvent) -> String {
    let mut line = format!("{} {}#{}", e.time, e.event_id, e.record_id);
    let log = e.log.split('/').next().unwrap_or_default().rsplit('-').next().unwrap_or_default();
    let _ = write!(line, " {log}");
    if let Some(user) = &e.user {
        let _ = write!(line, " {}\\{user}", e.domain.as_deref().unwrap_or(""));
    }
    let mut say = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(line, " {what}={value}");
        }
    };
    say("type", e.logon_type.map(|t| t.to_string()));
    say("luid", e.luid.map(|l| l.to_string()));
    say("linked", e.linked_luid.filter(|l| l.0 != 0).map(|l| l.to_string()));
    say("session", e.terminal_session.map(|s| s.to_string()));
    say("ip", if e.local { Some("LOCAL".to_owned()) } else { e.ip.map(|i| i.to_string()) });
    say("port", e.port.map(|p| p.to_string()));
    say("from", e.src_host.as_deref().map(str::to_owned));
    say("activity", e.activity_id.map(|a| a.to_string()));
    say("reason", e.reason.map(|r| r.to_string()));
    say("status", e.status.as_deref().map(str::to_owned));
    say("sub", e.sub_status.as_deref().map(str::to_owned));
    say("old", e.old_value.as_deref().map(str::to_owned));
    say("new", e.new_value.as_deref().map(str::to_owned));
    line
}
