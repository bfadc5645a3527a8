//! Usage over tables of sessions and marks.

mod always;
mod stories;

use kilroy_model::{
    AccessSession, AuthenticationSummary, EndKind, EventUid, Grade, How, Kind, LinkRule, Luid, Role, Scope,
    SessionOutcome, SessionUid, Source, Timestamp,
};

use super::*;

fn at(text: &str) -> Timestamp {
    let text = if text.len() == "2024-05-14 09:00".len() { format!("{text}:00") } else { text.to_owned() };
    format!("{}Z", text.replace(' ', "T")).parse().unwrap()
}

/// A session of one user; its records are its begin and its end.
fn session(user: &str, kind: Kind, start: Timestamp, end: Option<Timestamp>) -> AccessSession {
    let mut session = AccessSession {
        session_uid: SessionUid(1),
        computer: "pc".to_owned(),
        user: Some(user.to_owned()),
        domain: None,
        sid: None,
        kind,
        how: How::Logon,
        outcome: SessionOutcome::Success,
        background: false,
        ip: None,
        port: None,
        client: None,
        scope: Scope::Unknown,
        attempt: Some(start),
        start: Some(start),
        end,
        end_kind: if end.is_some() { EndKind::Logoff } else { EndKind::Open },
        end_not_after: None,
        reason: None,
        reason_text: None,
        status: None,
        status_text: None,
        logon_ids: vec![],
        linked_logon_ids: vec![],
        session_id: None,
        line: None,
        resource: None,
        activity_id: None,
        authentication: AuthenticationSummary::default(),
        prior_failures: 0,
        grade: Grade::Complete,
        sources: vec![],
        missing: vec![],
        links: vec![],
        turned_down: vec![],
        proofs: vec![],
    };
    record(&mut session, start, Role::Logon);
    if let Some(end) = end {
        record(&mut session, end, Role::Logoff);
    }
    session
}

fn record(session: &mut AccessSession, time: Timestamp, role: Role) {
    session.sources.push(Source {
        event_uid: EventUid(u128::try_from(time.ticks()).unwrap_or(0)),
        log: "Security".into(),
        event_id: 4624,
        record_id: 1,
        time,
        role,
        link: LinkRule::Anchor,
    });
}

/// At the console from one time to another; `""`: no record tells the end.
fn console(user: &str, from: &str, to: &str) -> AccessSession {
    session(user, Kind::InteractiveLocal, at(from), (!to.is_empty()).then(|| at(to)))
}

fn remote(user: &str, from: &str, to: &str) -> AccessSession {
    session(user, Kind::InteractiveRemote, at(from), (!to.is_empty()).then(|| at(to)))
}

fn of(user: &str) -> Whose {
    Whose { user: Some(user.to_owned()), ..Whose::default() }
}

fn mark(time: &str, kind: MarkKind) -> Mark {
    Mark { time: at(time), kind }
}

fn locked(user: &str, time: &str) -> Mark {
    mark(time, MarkKind::Locked(of(user)))
}

fn unlocked(user: &str, time: &str) -> Mark {
    mark(time, MarkKind::Unlocked(of(user)))
}

/// A host with these sessions and marks, in a zone.
fn host(sessions: &[AccessSession], marks: Vec<Mark>, zone: &str) -> HostFacts {
    HostFacts {
        computer: sessions.first().map_or("pc", |s| s.computer.as_str()).to_owned(),
        presences: sessions.iter().filter_map(Presence::of).collect(),
        desktops: vec![],
        marks,
        boots: vec![],
        logs: None,
        zone: HostZone::given(Zone::named(zone).unwrap()),
        tells_locks: true,
        tells_sleep: true,
    }
}

fn days(facts: HostFacts) -> Vec<UsageRow> {
    Usage::new(vec![facts], &(None..None)).days(0)
}

/// `7:45`
fn h(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60)
}

/// A row in short: date, hands-on (at least and at most), what is not hands-on, and who was there from when to when.
fn short(row: &UsageRow) -> String {
    let times = &row.times;
    let (first, last) = row.dates.unwrap();
    let date = if first == last { first.to_string() } else { format!("{first}..{last}") };
    let at_most = match times.hands_on_at_most {
        most if most == times.hands_on => String::new(),
        most => format!("-{}", h(most)),
    };
    let mut parts = vec![date, format!("{}{at_most}", h(times.hands_on))];
    for (name, seconds) in [
        ("locked", times.locked),
        ("asleep", times.asleep),
        ("saver", times.screen_saver),
        ("disconnected", times.disconnected),
        ("remote", times.remote),
        ("shell", times.shell),
    ] {
        if seconds > 0 {
            parts.push(format!("{name} {}", h(seconds)));
        }
    }
    if row.sessions != 1 {
        parts.push(format!("{} sessions", row.sessions));
    }
    parts.join(" ")
}

fn shorts(facts: HostFacts) -> Vec<String> {
    days(facts).iter().map(short).collect()
}
