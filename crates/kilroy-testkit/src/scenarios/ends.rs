//! How sessions end when nobody logs off.

use kilroy_model::{EndKind, How, Kind, Timestamp};

use super::accounts::{alice, bob, laptop, server};
use super::rdp::new_desktop;
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::host::Host;
use crate::log::Log;
use crate::time::{may, seconds};

pub(super) fn all() -> Vec<Scenario> {
    let mut all = vec![
        superseded(),
        crash(),
        shutdown(),
        shutdown_at_the_end(),
        boot_by_security(),
        cleared_with_loss(),
        cleared_without_loss(),
    ];
    let lone: [fn() -> Option<Scenario>; 10] = [
        lone_23,
        lone_23_without_connection,
        lone_23_with_24,
        lone_24,
        lone_4634,
        lone_4647,
        lone_4647_with_4634,
        lone_4779,
        lone_4634_of_a_desktop_left_before,
        lone_4634_of_nla,
    ];
    all.extend(lone.into_iter().filter_map(|story| story()));
    all
}

/// A new 21 on the same session ID, and no 23 between. Nothing ends the first one at a time of its own: `end` stays empty,
/// and the new 21 is the bound.
fn superseded() -> Scenario {
    let mut host = server();
    host.boot();
    let (first, second, client) = (alice(), bob(), laptop());
    let old = host.rdp_logon_on(&client, &first, 2);
    host.pass(seconds(1800));
    let new = host.rdp_logon_on(&client, &second, 2);
    host.pass(seconds(600));
    let answers = vec![
        new_desktop(&host, &first, &client, &old)
            .bounded(EndKind::Superseded, new.begin.as_ref().map(|m| m.time)),
        new_desktop(&host, &second, &client, &new),
    ];
    Scenario::new("superseded", &[&host], answers)
}

/// The next boot's 6008 names the last time alive.
fn crash() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (alice(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let last_alive = host.crash();
    host.pass(seconds(3600));
    host.boot();
    let answer = new_desktop(&host, &user, &client, &logon).bounded(EndKind::Crash, Some(last_alive));
    Scenario::new("crash", &[&host], vec![answer])
}

fn shut_down(name: &'static str, boot_after: bool) -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (alice(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let down = host.shutdown(&user);
    if boot_after {
        host.pass(seconds(60));
        host.boot();
    }
    // Several records tell of the shutdown; the last of them bounds it.
    let answer =
        new_desktop(&host, &user, &client, &logon).bounded(EndKind::Shutdown, Some(down.kernel.time));
    Scenario::new(name, &[&host], vec![answer])
}

fn shutdown() -> Scenario {
    shut_down("shutdown", true)
}

/// With no boot after it in the log, a shutdown still closes what is open.
fn shutdown_at_the_end() -> Scenario {
    shut_down("shutdown-without-boot-after", false)
}

/// Only 4608 tells that Windows started anew.
fn boot_by_security() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    host.boot_by_security();
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(3600));
    let mark = host.boot_by_security();
    let answer = by_security(&host, &logon).bounded(EndKind::Boot, Some(mark.time));
    Scenario::new("boot-by-4608", &[&host], vec![answer])
}

/// A desktop of Bob's of which only Security tells.
fn by_security(host: &Host, logon: &crate::host::RdpLogon) -> AccessAnswer {
    let client = laptop();
    let mut answer = AccessAnswer::new(host, &bob(), Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .luids(&logon.luids)
        .by(&logon.all);
    answer.attempt = logon.nla.first().map(|h| h.logon.time);
    answer.start = logon.logons.first().map(|m| m.time);
    answer
}

fn clear(name: &'static str, lose: bool) -> Scenario {
    let mut host = server().only(&[Log::Security]);
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let from = host.now();
    if lose {
        for _ in 0..5 {
            let other = host.network_logon(&client, &alice());
            host.pass(seconds(60));
            host.end(&other);
        }
        host.lose(Log::Security, from, host.now().plus_millis(1));
    }
    host.pass(seconds(60));
    let luid = logon.luids.last().copied().unwrap_or_default();
    host.note_clear(Log::Security, &user, luid);
    host.pass(seconds(600));
    let after = host.network_logon(&client, &alice());
    host.pass(seconds(30));
    let closed = host.end(&after);
    let end_kind = if lose { EndKind::LogCleared } else { EndKind::Open };
    let session = by_security(&host, &logon).bounded(end_kind, None);
    let network = super::plain::row(&host, Kind::Network, &after, &closed).from(&client.ip, &client.name);
    Scenario::new(name, &[&host], vec![session, network])
}

/// A copy from before the clear has the begin, and records between it and the 1102 are lost. The session may even go on
/// after the clear: nothing bounds it.
fn cleared_with_loss() -> Scenario {
    clear("log-cleared", true)
}

/// The records go on without a gap up to the 1102: nothing was lost, and the session is open.
fn cleared_without_loss() -> Scenario {
    clear("log-cleared-without-loss", false)
}

/// A desktop by RDP whose begin the log no longer has; returns what is left of it.
fn worn(log: Log, logoff: bool) -> Option<(Host, crate::host::RdpLogon, Ended)> {
    let mut host = server().only(&[log]);
    let logon = host.rdp_logon(&laptop(), &bob());
    host.at(may(14, 10, 0, 0));
    let ended = if logoff {
        let off = host.logoff(logon.session);
        Ended { end: off.end, initiated: off.initiated, closed: off.closed, all: off.all }
    } else {
        let left = host.rdp_disconnect(logon.session, 11)?;
        Ended { end: left.end, initiated: Some(left.station), closed: vec![], all: left.all }
    };
    host.wrap(log, may(14, 9, 30, 0));
    Some((host, logon, ended))
}

/// What is left of an end.
struct Ended {
    end: Option<crate::log::Mark>,
    initiated: Option<crate::log::Mark>,
    closed: Vec<crate::log::Mark>,
    all: Vec<crate::log::Mark>,
}

fn lone(host: &Host, kind: Kind, end_kind: EndKind, at: Timestamp) -> AccessAnswer {
    AccessAnswer::new(host, &bob(), kind, How::Unknown).ended(end_kind, at)
}

/// 23 alone names no address and no reason. It carries the activity of some connection, which is no address: from where the
/// user worked is not known.
fn lone_23() -> Option<Scenario> {
    let (mut host, logon, ended) = worn(Log::LocalSessions, true)?;
    host.forget(Log::LocalSessions, &[24, 40]);
    let answer = lone(&host, Kind::InteractiveUnknown, EndKind::Logoff, ended.end?.time)
        .on(logon.session)
        .by(&ended.all);
    Some(Scenario::new("lone-23", &[&host], vec![answer]))
}

/// 23 with the activity that all sessions at the console share, and many others: from where is not known.
fn lone_23_without_connection() -> Option<Scenario> {
    let mut host = server().only(&[Log::LocalSessions]);
    let user = bob();
    let logon = host.console_logon(&user);
    host.at(may(14, 10, 0, 0));
    let off = host.logoff(logon.session);
    host.wrap(Log::LocalSessions, may(14, 9, 30, 0)).forget(Log::LocalSessions, &[40]);
    let answer = lone(&host, Kind::InteractiveUnknown, EndKind::Logoff, off.end.as_ref()?.time)
        .on(logon.session)
        .by(&off.end);
    Some(Scenario::new("lone-23-without-connection", &[&host], vec![answer]))
}

/// 23, 40 and 24 are one end; the 24 has the address.
fn lone_23_with_24() -> Option<Scenario> {
    let (host, logon, ended) = worn(Log::LocalSessions, true)?;
    let answer = lone(&host, Kind::InteractiveRemote, EndKind::Logoff, ended.end?.time)
        .from(&laptop().ip, "")
        .on(logon.session)
        .reason(12)
        .by(&ended.all);
    Some(Scenario::new("lone-23-with-24", &[&host], vec![answer]))
}

fn lone_24() -> Option<Scenario> {
    let (host, logon, ended) = worn(Log::LocalSessions, false)?;
    let answer = lone(&host, Kind::InteractiveRemote, EndKind::Disconnect, ended.end?.time)
        .from(&laptop().ip, "")
        .on(logon.session)
        .reason(11)
        .by(&ended.all);
    Some(Scenario::new("lone-24", &[&host], vec![answer]))
}

/// 4634 of a network logon: its type says the kind.
fn lone_4634() -> Option<Scenario> {
    let mut host = server().only(&[Log::Security]);
    let plain = host.network_logon(&laptop(), &bob());
    host.pass(seconds(600));
    let closed = host.end(&plain);
    let last = closed.last()?;
    host.wrap(Log::Security, last.time);
    let answer = lone(&host, Kind::Network, EndKind::Logoff, last.time).luids(&plain.luids).by(&closed);
    Some(Scenario::new("lone-4634", &[&host], vec![answer]))
}

/// 4647 alone does not say what kind of desktop it was.
fn lone_4647() -> Option<Scenario> {
    let (mut host, logon, ended) = worn(Log::Security, true)?;
    host.forget(Log::Security, &[4634]);
    let own = logon.luids.last().copied()?;
    let answer = lone(&host, Kind::InteractiveUnknown, EndKind::Logoff, ended.initiated?.time)
        .luids(&[own])
        .by(&ended.all);
    Some(Scenario::new("lone-4647", &[&host], vec![answer]))
}

/// 4647 and the 4634 of the same logon ID are one end; the 4634 says type 10. The network logon's 4634, at the same
/// moment, has another logon ID and nothing that ties it: a row of its own.
fn lone_4647_with_4634() -> Option<Scenario> {
    let (host, logon, ended) = worn(Log::Security, true)?;
    let own = logon.luids.last().copied()?;
    let desk = lone(&host, Kind::InteractiveRemote, EndKind::Logoff, ended.initiated.as_ref()?.time)
        .luids(&[own])
        .by(&ended.initiated)
        .by(&ended.closed);
    let nla = ended.all.last()?;
    let network =
        lone(&host, Kind::Network, EndKind::Logoff, nla.time).luids(&[logon.nla.first()?.luid]).by([nla]);
    Some(Scenario::new("lone-4647-with-4634", &[&host], vec![desk, network]))
}

/// 4779 has user, address and client.
fn lone_4779() -> Option<Scenario> {
    let (mut host, logon, ended) = worn(Log::Security, false)?;
    host.forget(Log::Security, &[4634]);
    let client = laptop();
    let own = logon.luids.last().copied()?;
    let answer = lone(&host, Kind::InteractiveRemote, EndKind::Disconnect, ended.initiated?.time)
        .from(&client.ip, &client.name)
        .luids(&[own])
        .by(&ended.all);
    Some(Scenario::new("lone-4779", &[&host], vec![answer]))
}

/// Security begins after the user was gone. Hours later the desktop is logged off: its 4634 is the desktop's end, not the
/// end of a presence that nobody saw.
fn lone_4634_of_a_desktop_left_before() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let end = host.rdp_disconnect(logon.session, 11)?;
    host.pass(seconds(60));
    let now = host.now();
    host.wrap(Log::Security, now);
    host.pass(seconds(3 * 3600));
    host.network_logon(&client, &Account::system());
    host.logoff(logon.session);
    host.pass(seconds(60));
    // What names the client and the logon IDs is gone.
    let answer = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, "")
        .on(logon.session)
        .began(logon.connection.as_ref()?.accepted.time, logon.begin.as_ref()?.time)
        .ended(EndKind::Disconnect, end.end.as_ref()?.time)
        .reason(11)
        .by(logon.all.iter().chain(&end.all));
    Some(Scenario::new("lone-4634-of-a-desktop-left-before", &[&host], vec![answer]))
}

/// Security begins between the logon and the disconnect: the 4634 of the network logon comes with the disconnect, and is no
/// row of its own.
fn lone_4634_of_nla() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(60));
    let now = host.now();
    host.wrap(Log::Security, now);
    host.network_logon(&client, &Account::system());
    host.pass(seconds(1800));
    let end = host.rdp_disconnect(logon.session, 11)?;
    host.pass(seconds(60));
    let answer = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .on(logon.session)
        .began(logon.connection.as_ref()?.accepted.time, logon.begin.as_ref()?.time)
        .ended(EndKind::Disconnect, end.end.as_ref()?.time)
        .reason(11)
        .luids(&logon.luids)
        .by(logon.all.iter().chain(&end.all).chain(&end.closed));
    Some(Scenario::new("lone-4634-of-nla", &[&host], vec![answer]))
}
