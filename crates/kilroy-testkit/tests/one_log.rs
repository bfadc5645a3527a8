//! One story, told by one log at a time: each still gives what it can, and says nothing that another log denies.

mod common;

use kilroy_model::{AccessSession, EndKind, Grade, How, Kind, Reason, SessionOutcome, Timestamp};
use kilroy_testkit::{Account, Client, Host, Log, Mark, Style, log_files, may, seconds};

/// What happens: a logon and a disconnect, a reconnect from elsewhere and a logoff, and a guess from a third place.
struct Story {
    host: Host,
    first: Client,
    second: Client,
    third: Client,
    session: u32,
    /// The moments, by what tells them.
    logon: Vec<Mark>,
    disconnect: Vec<Mark>,
    reconnect: Vec<Mark>,
    logoff: Vec<Mark>,
    failure: Vec<Mark>,
}

fn story(logs: &[Log]) -> Story {
    let mut host = Host::new("SRV01.corp.example", Style::Windows10, may(14, 9, 0, 0)).only(logs);
    host.boot();
    let user = Account::new("bob", "CORP", 1107);
    let first = Client::new("10.20.30.40", 51234, "BOB-LT");
    let second = Client::new("203.0.113.77", 60222, "HOME-PC");
    let third = Client::new("198.51.100.9", 40000, "kali");
    let logon = host.rdp_logon(&first, &user);
    host.pass(seconds(1800));
    let disconnect = host.rdp_disconnect(logon.session, 11).expect("a desktop");
    host.pass(seconds(1800));
    let back = host.rdp_reconnect(&second, logon.session).expect("a desktop");
    host.pass(seconds(600));
    let off = host.logoff(logon.session);
    host.pass(seconds(600));
    let failed = host.failed_rdp(&third, "administrator", 0xc000_006a);
    host.pass(seconds(60));
    Story {
        host,
        first,
        second,
        third,
        session: logon.session,
        logon: logon.all,
        disconnect: disconnect.all,
        reconnect: back.all,
        logoff: off.all.into_iter().chain(off.closed).collect(),
        failure: failed.all,
    }
}

impl Story {
    fn rows(&self) -> Vec<AccessSession> {
        let files = log_files(self.host.events()).expect("a story that can be written");
        common::tables(&files).access.into_iter().filter(|r| !r.background).collect()
    }
}

/// When an event was logged.
fn when(marks: &[Mark], log: Log, event_id: u32) -> Timestamp {
    let found = marks.iter().find(|m| m.log == log && m.event_id == event_id);
    found.unwrap_or_else(|| panic!("{log:?} {event_id} is not in the story")).time
}

fn shape(row: &AccessSession) -> (Option<&str>, Kind, How, SessionOutcome, Option<&str>) {
    (row.user.as_deref(), row.kind, row.how, row.outcome, row.ip.as_deref())
}

fn times(row: &AccessSession) -> (Option<Timestamp>, Option<Timestamp>, EndKind) {
    (row.start, row.end, row.end_kind)
}

const REMOTE: Kind = Kind::InteractiveRemote;

#[test]
fn security_alone_shows_all_three_and_cannot_tell_that_the_failure_came_over_rdp() {
    let s = story(&[Log::Security]);
    let rows = s.rows();
    let (bob, ok) = (Some("bob"), SessionOutcome::Success);
    assert_eq!(
        rows.iter().map(shape).collect::<Vec<_>>(),
        [
            (bob, REMOTE, How::Logon, ok, Some(s.first.ip.as_str())),
            (bob, REMOTE, How::Reconnect, ok, Some(s.second.ip.as_str())),
            (
                Some("administrator"),
                Kind::Network,
                How::Logon,
                SessionOutcome::Failure,
                Some(s.third.ip.as_str())
            ),
        ]
    );
    let left = when(&s.disconnect, Log::Security, 4779);
    assert_eq!((rows[0].end, rows[0].end_kind), (Some(left), EndKind::Disconnect));
    let off = when(&s.logoff, Log::Security, 4647);
    assert_eq!((rows[1].end, rows[1].end_kind), (Some(off), EndKind::Logoff));
    assert!(rows.iter().all(|r| r.session_id.is_none() && r.activity_id.is_none()));
    assert!(rows[0].missing.iter().any(|m| m.event_id == 21));
    assert_eq!(rows[0].client.as_deref(), Some("BOB-LT"));
}

/// The session manager's log, and SessionServices in its place: the same steps.
#[test]
fn the_session_manager_alone_shows_both_presences_with_their_places_and_no_failure() {
    for log in [Log::LocalSessions, Log::SessionServices] {
        let s = story(&[log]);
        let rows = s.rows();
        let (bob, ok) = (Some("bob"), SessionOutcome::Success);
        assert_eq!(
            rows.iter().map(shape).collect::<Vec<_>>(),
            [
                (bob, REMOTE, How::Logon, ok, Some(s.first.ip.as_str())),
                (bob, REMOTE, How::Reconnect, ok, Some(s.second.ip.as_str())),
            ],
            "{log:?}"
        );
        let (logon, left) = (when(&s.logon, log, 21), when(&s.disconnect, log, 24));
        assert_eq!(times(&rows[0]), (Some(logon), Some(left), EndKind::Disconnect));
        let (back, off) = (when(&s.reconnect, log, 25), when(&s.logoff, log, 23));
        assert_eq!(times(&rows[1]), (Some(back), Some(off), EndKind::Logoff));
        assert!(rows.iter().all(|r| r.session_id == Some(s.session) && r.logon_ids.is_empty()));
        // Only the session manager's own log has the reasons (40).
        let reasons: Vec<Option<Reason>> = rows.iter().map(|r| r.reason.clone()).collect();
        if log == Log::LocalSessions {
            assert_eq!(reasons, [Some(Reason::Number(11)), Some(Reason::Number(12))]);
        } else {
            assert_eq!(reasons, [None, None]);
        }
    }
}

#[test]
fn the_connection_manager_alone_shows_that_somebody_was_authenticated_and_no_more() {
    let s = story(&[Log::RemoteConnections]);
    let rows = s.rows();
    let (bob, ok) = (Some("bob"), SessionOutcome::Success);
    assert_eq!(
        rows.iter().map(shape).collect::<Vec<_>>(),
        [
            (bob, REMOTE, How::AuthOnly, ok, Some(s.first.ip.as_str())),
            (bob, REMOTE, How::AuthOnly, ok, Some(s.second.ip.as_str())),
        ]
    );
    let authenticated = when(&s.logon, Log::RemoteConnections, 1149);
    assert_eq!(times(&rows[0]), (Some(authenticated), None, EndKind::Open));
    assert!(rows.iter().all(|r| r.grade == Grade::Partial), "there is no end: {:?}", rows[0].grade);
    assert_eq!(rows[0].attempt, Some(when(&s.logon, Log::RemoteConnections, 261)));
}

#[test]
fn rdp_core_alone_shows_the_failure_and_nothing_of_those_who_got_in() {
    let s = story(&[Log::RdpCore]);
    let rows = s.rows();
    assert_eq!(
        rows.iter().map(shape).collect::<Vec<_>>(),
        [(None, REMOTE, How::Logon, SessionOutcome::Failure, Some(s.third.ip.as_str()))]
    );
    let refused = when(&s.failure, Log::RdpCore, 140);
    assert_eq!(times(&rows[0]), (Some(refused), Some(refused), EndKind::Failed));
    assert_eq!(rows[0].attempt, Some(when(&s.failure, Log::RdpCore, 131)));
    assert_eq!(rows[0].port, Some(40000));
    assert_eq!(rows[0].reason, None, "140 gives no code");
}

/// With one log left out after the other, what is left never says something else than all logs together.
#[test]
fn without_any_one_log_nothing_is_lost_that_another_shows_and_nothing_is_invented() {
    let all: Vec<Log> =
        vec![Log::Security, Log::LocalSessions, Log::RemoteConnections, Log::RdpCore, Log::System];
    let full = story(&all).rows();
    assert_eq!(full.len(), 3);
    for gone in &all {
        let rest: Vec<Log> = all.iter().copied().filter(|log| log != gone).collect();
        let less = story(&rest).rows();
        assert_eq!(less.len(), 3, "without {gone:?}");
        for (row, whole) in less.iter().zip(&full) {
            let same = |what: &str, a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug, known: bool| {
                assert!(
                    !known || format!("{a:?}") == format!("{b:?}"),
                    "without {gone:?}: {what} {a:?}, not {b:?}"
                );
            };
            same("user", &row.user, &whole.user, row.user.is_some());
            same("ip", &row.ip, &whole.ip, row.ip.is_some());
            same("how", &row.how, &whole.how, true);
            same("outcome", &row.outcome, &whole.outcome, true);
            same("session_id", &row.session_id, &whole.session_id, row.session_id.is_some());
            same("activity_id", &row.activity_id, &whole.activity_id, row.activity_id.is_some());
            same("reason", &row.reason, &whole.reason, row.reason.is_some());
            same("end_kind", &row.end_kind, &whole.end_kind, true);
            let near = |a: Option<Timestamp>, b: Option<Timestamp>| match (a, b) {
                (Some(a), Some(b)) => a.within_millis(b, 10_000),
                (None, _) => true,
                _ => false,
            };
            assert!(near(row.start, whole.start) && near(row.end, whole.end), "without {gone:?}: {row:?}");
            assert!(row.logon_ids.iter().all(|id| whole.logon_ids.contains(id)));
            assert!(row.sources.iter().all(|s| whole.sources.iter().any(|w| w.event_uid == s.event_uid)));
        }
    }
}
