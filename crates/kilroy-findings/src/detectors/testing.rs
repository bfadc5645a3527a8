//! Stories for detectors: sessions and events made by hand.

use std::sync::Arc;

use kilroy_model::{
    AccessSession, Action, AuthenticationSummary, EndKind, EventUid, Finding, Grade, Guid, How, Kind,
    LinkRule, Luid, Role, Scope, SessionOutcome, SessionUid, Source, Timestamp, parse_source,
};

use super::{Found, Search};
use crate::activity::SessionIndex;
use crate::{Observation, ObservedProcess, Person};

pub(crate) fn at(seconds: i64) -> Timestamp {
    let begin: Timestamp = "2024-05-14T09:00:00Z".parse().unwrap();
    begin.plus_millis(seconds * 1000)
}

/// A session that begins with the n-th minute; its logon ID is 0x1000 and the minute.
pub(crate) fn session(host: &str, minute: i64, user: &str, kind: Kind, ip: &str) -> AccessSession {
    let start = at(minute * 60);
    let scope = match parse_source(ip) {
        kilroy_model::SourceAddress::Ip(ip, _) => Scope::of(ip),
        kilroy_model::SourceAddress::Local => Scope::Local,
        kilroy_model::SourceAddress::None => Scope::Unknown,
    };
    let number = u64::try_from(minute).unwrap();
    let mixed =
        number * 1_000_003 + host.bytes().chain(user.bytes()).chain(ip.bytes()).map(u64::from).sum::<u64>();
    AccessSession {
        session_uid: SessionUid(mixed),
        computer: host.to_owned(),
        user: Some(user.to_owned()),
        domain: None,
        sid: None,
        kind,
        how: How::Logon,
        outcome: SessionOutcome::Success,
        background: user.ends_with('$'),
        ip: Some(ip.to_owned()),
        port: None,
        client: None,
        resource: None,
        scope,
        attempt: Some(start),
        start: Some(start),
        end: None,
        end_kind: EndKind::Open,
        end_not_after: None,
        reason: None,
        reason_text: None,
        status: None,
        status_text: None,
        logon_ids: vec![Luid(0x1000 + number)],
        linked_logon_ids: Vec::new(),
        session_id: None,
        line: None,
        activity_id: None,
        authentication: AuthenticationSummary::default(),
        prior_failures: 0,
        grade: Grade::Partial,
        sources: vec![Source {
            event_uid: EventUid(u128::from(mixed)),
            log: "Security".into(),
            event_id: 4624,
            record_id: mixed,
            time: start,
            role: Role::Logon,
            link: LinkRule::Anchor,
        }],
        missing: Vec::new(),
        links: Vec::new(),
        turned_down: Vec::new(),
        proofs: Vec::new(),
    }
}

/// A failure at a second.
pub(crate) fn failure(host: &str, second: i64, user: &str, ip: &str) -> AccessSession {
    let mut failure = session(host, 0, user, Kind::Network, ip);
    let time = at(second);
    let uid = failure.session_uid.0 + 7919 * u64::try_from(second + 1).unwrap();
    failure.session_uid = SessionUid(uid);
    (failure.outcome, failure.end_kind) = (SessionOutcome::Failure, EndKind::Failed);
    (failure.attempt, failure.start, failure.end) = (Some(time), Some(time), Some(time));
    failure.logon_ids.clear();
    for source in &mut failure.sources {
        (source.event_uid, source.event_id, source.time) = (EventUid(u128::from(uid)), 4625, time);
        source.role = Role::Failure;
    }
    failure
}

/// An event of the Security log, with nothing in it yet.
pub(crate) fn event(host: &str, second: i64, event_id: u32) -> Observation {
    let number = u64::try_from(second).unwrap() * 100_000 + u64::from(event_id);
    Observation {
        uid: EventUid(u128::from(number) << 64 | host.bytes().map(u128::from).sum::<u128>()),
        time: at(second),
        host: host.to_owned(),
        log: "Security".to_owned(),
        provider: "Microsoft-Windows-Security-Auditing".to_owned(),
        event_id,
        record_id: number,
        action: None,
        account: Person::default(),
        subject: Person::default(),
        logon_guid: None::<Guid>,
        logon_type: None,
        terminal_session: None,
        activity_id: None,
        source: crate::Place::default(),
        target: crate::Place::default(),
        process: ObservedProcess::default(),
        object_kind: None,
        object: None,
        status: None,
        fields: Vec::new(),
        logged_by: crate::LoggedBy::default(),
    }
}

/// A 4768 that grants a ticket.
pub(crate) fn checked(host: &str, second: i64, user: &str, ip: &str, pre_auth: &str) -> Observation {
    let mut event = with(event(host, second, 4768), "PreAuthType", pre_auth);
    event.uid = EventUid(event.uid.0 ^ user.bytes().fold(0, |mixed, byte| mixed * 31 + u128::from(byte)));
    (event.action, event.status) = (Some(Action::KerberosTicketGranted), Some("0x0".to_owned()));
    event.account.user = Some(user.to_owned());
    event.source.ip = Some(ip.parse().unwrap());
    event
}

/// A 4688 of a logon.
pub(crate) fn process(
    host: &str,
    second: i64,
    luid: u64,
    image: &str,
    line: &str,
    parent: Option<&str>,
) -> Observation {
    let mut event = event(host, second, 4688);
    event.action = Some(Action::ProcessStarted);
    event.subject.luid = Some(Luid(luid));
    event.process.image = Some(image.to_owned());
    event.process.command_line = Some(line.to_owned());
    event.process.parent_image = parent.map(str::to_owned);
    event
}

/// Who did it.
pub(crate) fn by(mut event: Observation, user: &str, luid: u64) -> Observation {
    event.subject = Person { user: Some(user.to_owned()), luid: Some(Luid(luid)), ..Person::default() };
    event
}

/// With a field as logged.
pub(crate) fn with(mut event: Observation, name: &str, value: &str) -> Observation {
    event.fields.push((name.to_owned(), Some(value.to_owned())));
    event
}

/// With what was acted on.
pub(crate) fn on(mut event: Observation, object: &str, action: Option<Action>) -> Observation {
    (event.object, event.action) = (Some(object.to_owned()), action);
    event
}

/// A 5145 of a share or pipe.
pub(crate) fn share(host: &str, second: i64, user: &str, luid: u64, share: &str, what: &str) -> Observation {
    let accessed = on(event(host, second, 5145), share, Some(Action::ShareAccessed));
    let mut accessed = with(by(accessed, user, luid), "RelativeTargetName", what);
    accessed.source.ip = Some("10.0.0.9".parse().unwrap());
    accessed
}

/// Sessions and events of a case.
pub(crate) struct Story {
    sessions: Vec<AccessSession>,
    events: Vec<Observation>,
}

impl Story {
    pub(crate) fn of(mut sessions: Vec<AccessSession>) -> Self {
        sessions.sort_by(|a, b| {
            (&a.computer, a.attempt, a.session_uid).cmp(&(&b.computer, b.attempt, b.session_uid))
        });
        Self { sessions, events: Vec::new() }
    }

    pub(crate) fn event(&mut self, event: Observation) {
        self.events.push(event);
    }

    pub(crate) fn found(mut self) -> Vec<Finding> {
        self.events.sort_by(|a, b| (&a.host, a.time, a.uid).cmp(&(&b.host, b.time, b.uid)));
        let mut search = Search::default();
        self.sessions.iter().for_each(|session| search.session(session));
        let mut look = search.look(Arc::new(SessionIndex::new(&self.sessions, &[], &[])));
        self.events.iter().for_each(|event| look.event(event));
        look.finish()
    }

    pub(crate) fn found_by(self, detector: &str) -> Vec<Finding> {
        self.found().into_iter().filter(|finding| finding.detector == detector).collect()
    }
}

/// Nothing is found where nothing is.
#[test]
fn an_empty_case_has_no_findings() {
    assert!(Story::of(Vec::new()).found().is_empty());
    assert!(Found::default().0.is_empty());
}
