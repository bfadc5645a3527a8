//! What the oracle found: small histories that the engine once told otherwise, each with the reason why it was wrong.

use std::sync::Arc;

use kilroy_model::{Action, EndKind, EventUid, How, Kind, Luid, SessionOutcome, Timestamp};
use kilroy_sessions::SessionEvent;
use kilroy_testkit::may;

use crate::oracle::random::{LSM, SECURITY, SYSTEM, blank};
use crate::oracle::{History, Row};

/// Records of one host, made one after the other.
#[derive(Default)]
struct Records(Vec<SessionEvent>);

impl Records {
    fn add(&mut self, seconds: i64, log: &str, event_id: u32, action: Action) -> &mut SessionEvent {
        let number = self.0.len() as u64 + 1;
        let time = at(seconds);
        let mut event = blank(EventUid(u128::from(number)), time, number, log, event_id, action);
        if log != SYSTEM {
            event.user = Some(Arc::from("alice"));
            event.domain = Some(Arc::from("CORP"));
        }
        self.0.push(event);
        self.0.last_mut().expect("just added")
    }

    fn logon(&mut self, seconds: i64, logon_type: u8, luid: u64) -> &mut SessionEvent {
        let event = self.add(seconds, SECURITY, 4624, Action::Logon);
        event.logon_type = Some(logon_type);
        event.luid = Some(Luid(luid));
        event.ip = "10.0.0.1".parse().ok();
        event
    }

    fn station(&mut self, seconds: i64, event_id: u32, luid: u64) -> &mut SessionEvent {
        let action = if event_id == 4778 { Action::SessionReconnected } else { Action::SessionDisconnected };
        let event = self.add(seconds, SECURITY, event_id, action);
        event.luid = Some(Luid(luid));
        event.session_name = Some(Arc::from("RDP-Tcp#1"));
        event.ip = "10.0.0.1".parse().ok();
        event
    }

    fn logoff(&mut self, seconds: i64, logon_type: u8, luid: u64) {
        let event = self.add(seconds, SECURITY, 4634, Action::Logoff);
        event.logon_type = Some(logon_type);
        event.luid = Some(Luid(luid));
    }

    fn step(&mut self, seconds: i64, event_id: u32, action: Action) -> &mut SessionEvent {
        let event = self.add(seconds, LSM, event_id, action);
        event.terminal_session = Some(2);
        if event_id != 23 && event_id != 40 {
            event.ip = "10.0.0.1".parse().ok();
        }
        event
    }

    /// Rows of the engine, which the oracle confirms.
    fn rows(self) -> Vec<Row> {
        let history = History::of_events(self.0);
        let apart = history.differences();
        assert!(apart.is_empty(), "engine and oracle differ:\n{}", apart.join("\n"));
        history.engine()
    }
}

fn at(seconds: i64) -> Timestamp {
    may(14, 9, 0, 0).plus_millis(seconds * 1000)
}

/// An old 4779 of the logon ID was taken for the end of a later reconnect: an end before the begin.
#[test]
fn a_disconnect_before_the_reconnect_ends_something_else() {
    let mut records = Records::default();
    records.station(0, 4779, 0x11_0000);
    records.station(3600, 4778, 0x11_0000);
    let rows = records.rows();
    assert_eq!(rows.len(), 2);
    let back = rows.iter().find(|r| r.how == How::Reconnect).expect("a reconnect");
    assert_eq!((back.end, back.end_kind), (None, EndKind::Open));
}

/// The halves of a cached unlock (type 13) are two halves as those of a type 7 are, where no record links them.
#[test]
fn halves_of_a_cached_unlock() {
    let mut records = Records::default();
    records.logon(0, 13, 0x11_0000);
    records.logon(0, 13, 0x11_1000);
    records.add(0, SECURITY, 4672, Action::PrivilegesAssigned).luid = Some(Luid(0x11_0000));
    let rows = records.rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].logon_ids.len(), 2);
}

/// The 4634 of a network logon at the same moment made the logoff of a desktop disappear.
#[test]
fn a_network_logoff_is_no_half_of_a_desktop() {
    let mut records = Records::default();
    records.logoff(0, 3, 0x11_0000);
    records.logoff(1, 10, 0x11_1000);
    let kinds: Vec<Kind> = records.rows().iter().map(|r| r.kind).collect();
    assert_eq!(kinds, [Kind::Network, Kind::InteractiveRemote]);
}

/// Somebody who logs on after the shutdown's last record was not ended by it.
#[test]
fn begun_after_the_shutdown() {
    let mut records = Records::default();
    records.add(0, SYSTEM, 13, Action::KernelStopped);
    records.logon(30, 10, 0x11_0000);
    let rows = records.rows();
    assert_eq!((rows[0].end_kind, rows[0].end_not_after), (EndKind::Open, None));
}

/// A 4778 an hour later shows that the machine lived on.
#[test]
fn a_reconnect_after_a_shutdown_mark() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000);
    records.add(600, SYSTEM, 6006, Action::LoggingStopped);
    records.station(4200, 4778, 0x11_0000);
    assert!(records.rows().iter().all(|r| r.end_kind != EndKind::Shutdown));
}

/// Marks of one kind that repeat are two boots, even within two minutes.
#[test]
fn two_quick_boots() {
    let mut records = Records::default();
    records.add(0, SYSTEM, 12, Action::KernelStarted);
    records.logon(40, 10, 0x11_0000);
    records.add(60, SYSTEM, 12, Action::KernelStarted);
    let rows = records.rows();
    assert_eq!((rows[0].end_kind, rows[0].end_not_after), (EndKind::Boot, Some(at(60))));
}

/// 6008 stands at the start of a boot, and may be all that is left of it.
#[test]
fn an_unexpected_shutdown_alone_tells_of_a_boot() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000);
    records.add(600, SYSTEM, 6008, Action::UnexpectedShutdown);
    assert_eq!(records.rows()[0].end_kind, EndKind::Crash);
}

/// Of the short logon of a denied user only the half that 4825 does not name is left: it is no success.
#[test]
fn the_other_half_of_a_denied_logon() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000).linked_luid = Some(Luid(0x11_1000));
    let denied = records.add(0, SECURITY, 4825, Action::LogonDenied);
    denied.luid = Some(Luid(0x11_1000));
    denied.ip = "10.0.0.1".parse().ok();
    let outcomes: Vec<SessionOutcome> = records.rows().iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [SessionOutcome::Denied]);
}

/// Without a 4779 the first presence ends where the 4778 takes it up again: a bound, as with 25.
#[test]
fn taken_up_again_without_a_disconnect() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000);
    records.station(600, 4778, 0x11_0000);
    let rows = records.rows();
    let first = rows.iter().find(|r| r.how == How::Logon).expect("a logon");
    assert_eq!((first.end_kind, first.end_not_after), (EndKind::Superseded, Some(at(600))));
}

/// 4624 and 4778 of one logon ID ten seconds apart are a logon and a reconnect, not one reconnect: a throw-away logon has
/// an ID of its own.
#[test]
fn a_logon_and_its_reconnect_soon_after() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000);
    records.station(9, 4778, 0x11_0000);
    assert_eq!(records.rows().len(), 2);
}

/// A desktop that is left twice was taken up in between: the second 4779 is the end of a presence, not nothing.
#[test]
fn left_twice() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000);
    records.station(600, 4779, 0x11_0000);
    records.station(1200, 4779, 0x11_0000);
    let rows = records.rows();
    let ends: Vec<_> = rows.iter().map(|r| (r.how, r.end)).collect();
    assert_eq!(ends, [(How::Logon, Some(at(600))), (How::Unknown, Some(at(1200)))]);
}

/// 4779 ends a presence whose 24 is lost; the 23 half an hour later ends a desktop before which nobody sat.
#[test]
fn a_logoff_long_after_the_disconnect() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000);
    records.step(2, 22, Action::TerminalShell);
    records.station(60, 4779, 0x11_0000);
    records.step(1800, 23, Action::TerminalLogoff);
    let rows = records.rows();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].end, rows[0].end_kind), (Some(at(60)), EndKind::Disconnect));
}

/// The 24 of the connection before is no better end than this connection's own 40.
#[test]
fn a_reason_right_after_the_end_of_another() {
    let mut records = Records::default();
    records.step(0, 24, Action::TerminalDisconnected);
    records.step(1, 21, Action::TerminalLogon);
    records.step(3, 40, Action::TerminalReason).reason = Some(0);
    let rows = records.rows();
    let logon = rows.iter().find(|r| r.how == How::Logon).expect("a logon");
    assert_eq!((logon.end, logon.end_kind), (Some(at(3)), EndKind::Disconnect));
}

/// Of an administrator's two halves one lost its 4624; the other one names it, and both 4634 are one logoff.
#[test]
fn the_half_that_lost_its_logon() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000).linked_luid = Some(Luid(0x11_1000));
    records.logoff(600, 10, 0x11_0000);
    records.logoff(600, 10, 0x11_1000);
    let rows = records.rows();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].end, rows[0].logon_ids.len()), (Some(at(600)), 2));
}

/// The 4634 of the short logon of whoever takes a desktop over, whose own 4624 is lost, was a presence that logged off.
#[test]
fn what_closes_a_short_logon_is_no_presence() {
    let mut records = Records::default();
    records.station(0, 4779, 0x11_0000);
    records.station(1, 4778, 0x11_0000);
    records.logoff(2, 10, 0x11_1000);
    let rows = records.rows();
    let told: Vec<_> = rows.iter().map(|r| (r.how, r.end_kind)).collect();
    assert!(told.contains(&(How::Unknown, EndKind::Disconnect)), "{told:?}");
    assert!(told.contains(&(How::Reconnect, EndKind::Open)), "{told:?}");
    assert_eq!(told.len(), 2);
}

/// The kernel's word on the shutdown is written behind the next start. It was taken for a clock that stepped back.
#[test]
fn a_late_word_on_the_shutdown() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000);
    records.add(3600, SYSTEM, 6005, Action::LoggingStarted);
    records.add(600, SYSTEM, 13, Action::KernelStopped);
    records.add(7200, SYSTEM, 1, Action::ClockChanged);
    let rows = records.rows();
    assert_eq!((rows[0].end_kind, rows[0].end_not_after), (EndKind::Shutdown, Some(at(600))));
}

/// A 24 before the 4624 of the same user, whose 4634 comes soon: the session had an end before its begin.
#[test]
fn nobody_leaves_before_having_come() {
    let mut records = Records::default();
    records.step(0, 24, Action::TerminalDisconnected);
    records.logon(2, 10, 0x11_0000);
    records.logoff(5, 10, 0x11_0000);
    let rows = records.rows();
    let logon = rows.iter().find(|r| r.how == How::Logon).expect("a logon");
    assert_eq!((logon.end, logon.end_kind), (Some(at(5)), EndKind::Logoff));
    assert_eq!(rows.len(), 2);
}

/// 4778 from another address, whose 25 is lost: the 24 from that address is its end, not that of somebody unseen.
#[test]
fn a_reconnect_that_left_from_elsewhere() {
    let mut records = Records::default();
    records.logon(0, 10, 0x11_0000);
    records.step(1, 21, Action::TerminalLogon);
    records.station(600, 4778, 0x11_0000).ip = "10.0.0.2".parse().ok();
    records.step(1200, 24, Action::TerminalDisconnected).ip = "10.0.0.2".parse().ok();
    let rows = records.rows();
    let [first, second] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!((first.end_kind, first.end_not_after), (EndKind::Superseded, Some(at(600))));
    assert_eq!((second.how, second.end), (How::Reconnect, Some(at(1200))));
}

/// The 40 that comes with the logoff of somebody who came back unseen is its reason.
#[test]
fn the_reason_of_an_unseen_logoff() {
    let mut records = Records::default();
    records.step(0, 21, Action::TerminalLogon);
    records.step(600, 24, Action::TerminalDisconnected);
    records.step(7200, 23, Action::TerminalLogoff);
    records.step(7200, 40, Action::TerminalReason).reason = Some(12);
    records.step(7201, 24, Action::TerminalDisconnected);
    let rows = records.rows();
    let unseen = rows.iter().find(|r| r.how == How::Unknown).expect("somebody unseen");
    assert_eq!((unseen.end, unseen.end_kind), (Some(at(7200)), EndKind::Logoff));
    assert_eq!(unseen.reason, Some(kilroy_model::Reason::Number(12)));
}

/// A logon that a 4779 names has a desktop: it was taken for the short logon of a reconnect seconds before, and whoever left
/// was nobody.
#[test]
fn who_leaves_a_desktop_had_one() {
    let mut records = Records::default();
    records.station(0, 4778, 0x11_0000);
    records.logon(9, 10, 0x11_1000);
    records.station(60, 4779, 0x11_1000);
    let rows = records.rows();
    let ends: Vec<_> = rows.iter().map(|r| (r.how, r.end)).collect();
    assert!(ends.contains(&(How::Logon, Some(at(60)))), "{ends:?}");
    assert_eq!(ends.len(), 2);
}
