//! Records that are gone: what is left must not be said of another presence. Each story was found by a random history whose
//! truth is known, and is cut down to what it takes.

mod common;

use kilroy_evtx::EventSpec;
use kilroy_model::{AccessSession, EndKind, How, Kind};
use kilroy_testkit::layouts::sessions;
use kilroy_testkit::{Account, Client, Host, Log, Mark, Style, filetime, log_files, may, seconds};

fn bob() -> Account {
    Account::new("bob", "CORP", 1107)
}

fn office() -> Client {
    Client::new("10.20.30.41", 51234, "BOB-PC")
}

fn home() -> Client {
    Client::new("203.0.113.77", 60222, "BOB-HOME")
}

fn started(style: Style) -> Host {
    let mut host = Host::new("SRV01.corp.example", style, may(14, 9, 0, 0));
    host.boot();
    host
}

/// The rows of what a host has logged, but for these records.
fn rows_without(host: &Host, gone: &[Mark]) -> Vec<AccessSession> {
    let is_gone = |e: &EventSpec| {
        gone.iter().any(|m| {
            e.channel == m.log.channel() && e.record_id == m.record_id && e.time_filetime == filetime(m.time)
        })
    };
    let left: Vec<EventSpec> = host.events().iter().filter(|e| !is_gone(e)).cloned().collect();
    let files = log_files(&left).expect("a story that can be written");
    common::tables(&files).access.into_iter().filter(|r| !r.background).collect()
}

fn has(row: &AccessSession, mark: &Mark) -> bool {
    row.sources.iter().any(|s| &*s.log == mark.log.channel() && s.record_id == mark.record_id)
}

/// Before Windows 10 the halves of a cached unlock do not name each other: one row all the same.
#[test]
fn a_cached_unlock_is_one_row() {
    let mut host = started(Style::Windows7);
    let logon = host.console_logon(&Account::new("alice", "CORP", 1104).admin());
    host.pass(seconds(600));
    host.lock(logon.session);
    host.pass(seconds(600));
    let unlock = host.unlock(logon.session, 13).expect("a desktop");
    let rows = rows_without(&host, &[]);
    let unlocks: Vec<_> = rows.iter().filter(|r| r.kind == Kind::Unlock).collect();
    assert_eq!(unlocks.len(), 1);
    assert_eq!(unlocks[0].logon_ids.len(), unlock.luids.len());
}

/// A disconnect before everything else that is known of a logon ID ends the presence before, not the one that came later.
#[test]
fn no_session_ends_before_it_begins() {
    let mut host = started(Style::Windows10).only(&[Log::Security]);
    let logon = host.rdp_logon(&office(), &bob());
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(logon.session, 11).expect("a desktop");
    host.pass(seconds(1800));
    let back = host.rdp_reconnect(&home(), logon.session).expect("a desktop");
    let rows = rows_without(&host, &logon.all);
    let of = |mark: &Mark| rows.iter().find(|r| has(r, mark)).expect("a row");
    let (first, second) = (of(&left.station), of(&back.station));
    assert_eq!((first.how, first.start, first.end), (How::Unknown, None, Some(left.station.time)));
    assert_eq!((second.how, second.end, second.end_kind), (How::Reconnect, None, EndKind::Open));
    assert_eq!(second.client.as_deref(), Some("BOB-HOME"));
}

/// Who leaves from another address than who came is another presence: one log names one connection's address in one way.
#[test]
fn another_address_is_another_presence() {
    let mut host = started(Style::Windows10).only(&[Log::LocalSessions]);
    let logon = host.rdp_logon(&office(), &bob());
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(logon.session, 11).expect("a desktop");
    host.pass(seconds(1800));
    let back = host.rdp_reconnect(&home(), logon.session).expect("a desktop");
    host.pass(seconds(600));
    let gone = host.rdp_disconnect(logon.session, 0).expect("a desktop");
    let lost: Vec<Mark> = left.all.iter().chain(&back.all).cloned().collect();
    let rows = rows_without(&host, &lost);
    let [first, second] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!((first.ip.as_deref(), first.end), (Some("10.20.30.41"), None));
    assert_eq!((second.how, second.ip.as_deref()), (How::Unknown, Some("203.0.113.77")));
    assert_eq!(second.end, gone.end.map(|m| m.time));
}

/// An unspecified address says nothing of where somebody is: who leaves is who came.
#[test]
fn an_unspecified_address_is_no_other_place() {
    for unknown in ["::", "0.0.0.0", "::%16777216"] {
        for (came, leaves) in [("10.20.30.41", unknown), (unknown, "10.20.30.41")] {
            let mut host = started(Style::Windows10).only(&[Log::LocalSessions]);
            host.log(sessions::logon("CORP\\bob", 3, came));
            host.pass(seconds(1800));
            let left = host.log(sessions::disconnected("CORP\\bob", 3, leaves));
            let rows = rows_without(&host, &[]);
            let [row] = rows.as_slice() else { panic!("{} rows from {came} to {leaves}", rows.len()) };
            assert_eq!((row.how, row.end), (How::Logon, Some(left.time)));
            assert_eq!(row.ip.as_deref(), Some("10.20.30.41"));
        }
    }
}

/// 4778 without its 25: the logon ID names the desktop, and its later records are the new presence's.
#[test]
fn a_reconnect_that_only_security_shows() {
    let mut host = started(Style::Windows10);
    let logon = host.rdp_logon(&office(), &bob());
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(logon.session, 11).expect("a desktop");
    host.pass(seconds(1800));
    let back = host.rdp_reconnect(&home(), logon.session).expect("a desktop");
    host.pass(seconds(600));
    let off = host.logoff(logon.session);
    let lost: Vec<Mark> = left.all.iter().chain(&left.closed).chain(&back.begin).cloned().collect();
    let rows = rows_without(&host, &lost);
    let of = |mark: &Mark| rows.iter().find(|r| has(r, mark)).expect("a row");
    let first = of(logon.begin.as_ref().expect("a 21"));
    assert_eq!((first.end, first.end_kind), (None, EndKind::Superseded));
    assert_eq!(first.end_not_after, Some(back.station.time));
    let second = of(&back.station);
    assert_eq!((second.how, second.session_id), (How::Reconnect, Some(logon.session)));
    assert_eq!(second.end, off.end.map(|m| m.time));
}

/// A logoff with its disconnect, hours after the last disconnect: somebody was there again, and since when is not known.
#[test]
fn a_logoff_long_after_the_last_disconnect() {
    let mut host = started(Style::Windows10).only(&[Log::LocalSessions]);
    let logon = host.rdp_logon(&office(), &bob());
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(logon.session, 11).expect("a desktop");
    host.pass(seconds(1800));
    let back = host.rdp_reconnect(&office(), logon.session).expect("a desktop");
    host.pass(seconds(600));
    let off = host.logoff(logon.session);
    let rows = rows_without(&host, &back.all);
    let [first, second] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!(first.end, left.end.map(|m| m.time));
    assert_eq!(
        (second.how, second.end, second.end_kind),
        (How::Unknown, off.end.map(|m| m.time), EndKind::Logoff)
    );
}

/// Two guesses within ten seconds, of which one lost its 140 and the other its 4625: two rows, not one.
#[test]
fn a_refusal_belongs_to_its_own_connection() {
    let mut host = started(Style::Windows10);
    let first = host.failed_rdp(&home(), "admin", 0xc000_006a);
    host.pass(seconds(5));
    let second = host.failed_rdp(&Client { port: 60_333, ..home() }, "root", 0xc000_0064);
    let rows = rows_without(&host, &[first.rejected.clone(), second.failure.clone()]);
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().any(|r| has(r, &first.failure) && !has(r, &second.rejected)));
    assert!(rows.iter().any(|r| has(r, &second.rejected) && r.start == Some(second.rejected.time)));
}

/// A desktop is taken over; the taker's passing logon closes at that moment, and nobody has logged off.
#[test]
fn who_is_replaced_has_not_logged_off() {
    let mut host = started(Style::Windows10);
    let logon = host.rdp_logon(&office(), &bob());
    host.pass(seconds(1800));
    let (left, back) = host.take_over(&home(), logon.session).expect("a desktop");
    host.pass(seconds(60));
    let lost: Vec<Mark> = logon.all.iter().chain(&back.logons).cloned().collect();
    let rows = rows_without(&host, &lost);
    let first = rows.iter().find(|r| has(r, left.end.as_ref().expect("a 24"))).expect("a row");
    assert_eq!((first.end, first.end_kind), (left.end.map(|m| m.time), EndKind::Disconnect));
}

/// The clock is six hours ahead at the start. Without Security the System log's own note tells, and the sessions of the
/// hours between are of this boot.
#[test]
fn a_clock_that_was_ahead_without_the_security_log() {
    let mut host =
        Host::new("SRV01.corp.example", Style::Windows10, may(14, 15, 0, 0)).without(Log::Security);
    host.boot();
    host.clock_back(6);
    host.pass(seconds(600));
    let logon = host.rdp_logon(&office(), &bob());
    let rows = rows_without(&host, &[]);
    let row = rows.iter().find(|r| has(r, logon.begin.as_ref().expect("a 21"))).expect("a row");
    assert_eq!((row.end_kind, row.end_not_after), (EndKind::Open, None));
}

/// The 4608 of a boot is lost, and a logon ID of the boot before is given out again hours later. The System log marks the
/// start: no second one lies between.
#[test]
fn a_repeated_logon_id_is_no_boot_of_its_own_after_a_mark() {
    let mut host = Host::new("SRV01.corp.example", Style::Windows10, may(14, 7, 0, 0));
    host.boot();
    let early = host.network_logon(&office(), &bob());
    host.pass(seconds(30));
    host.end(&early);
    host.network_logon(&home(), &bob());
    host.pass(seconds(600));
    host.shutdown(&bob());
    host.pass(seconds(600));
    let boot = host.boot();
    host.set_luid(0x5_0000);
    let logon = host.rdp_logon(&office(), &bob());
    host.pass(seconds(7200));
    host.set_luid(early.luids[0]);
    host.network_logon(&home(), &Account::new("carol", "CORP", 1109));
    let rows = rows_without(&host, &[boot.audit]);
    let row = rows.iter().find(|r| has(r, logon.begin.as_ref().expect("a 21"))).expect("a row");
    assert_eq!((row.end_kind, row.end_not_after), (EndKind::Open, None));
    assert!(has(row, &logon.logons[0]), "the logon and the desktop are of one boot");
}
