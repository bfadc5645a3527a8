//! The console, locks, and several users at once.

use kilroy_model::{EndKind, How, Kind};

use super::accounts::{alice, bob, laptop, server};
use super::rdp::{new_desktop, time};
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::host::{Client, Host, Locked, RdpLogon};
use crate::layouts::{security, sleep};
use crate::log::Log;
use crate::time::seconds;

pub(super) fn all() -> Vec<Scenario> {
    let stories = [
        console,
        console_by_security,
        unlock_at_the_console,
        unlock_within_rdp,
        two_at_once,
        sleep,
        smart_card,
    ];
    stories.into_iter().filter_map(|story| story()).collect()
}

pub(crate) fn at_the_console(host: &Host, account: &Account, logon: &RdpLogon) -> Option<AccessAnswer> {
    let answer = AccessAnswer::new(host, account, Kind::InteractiveLocal, How::Logon)
        .from("LOCAL", "")
        .on(logon.session)
        .began(logon.logons.first()?.time, logon.begin.as_ref()?.time)
        .luids(&logon.luids)
        .by(&logon.all);
    Some(answer)
}

/// A logon of type 7 or 13 beside the session that goes on.
pub(crate) fn unlock_row(host: &Host, account: &Account, ip: &str, unlock: &Locked) -> AccessAnswer {
    let at = time(unlock.logons.first());
    AccessAnswer::new(host, account, Kind::Unlock, How::Logon)
        .from(ip, "")
        .began(at, at)
        .luids(&unlock.luids)
        .ended(EndKind::Logoff, time(unlock.closed.last()))
        .by(unlock.logons.iter().chain(&unlock.closed))
        .perhaps([&unlock.mark])
}

/// Logon and logoff at the machine itself.
fn console() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let user = alice();
    let logon = host.console_logon(&user);
    host.pass(seconds(1800));
    let off = host.logoff(logon.session);
    let answer = at_the_console(&host, &user, &logon)?
        .ended(EndKind::Logoff, time(off.end.as_ref()))
        .reason(12)
        .by(off.all.iter().chain(&off.closed));
    Some(Scenario::new("console-logon", &[&host], vec![answer]))
}

/// The same, and only Security tells: 127.0.0.1 stays, for nobody says LOCAL.
fn console_by_security() -> Option<Scenario> {
    let mut host = server().only(&[Log::Security]);
    host.boot();
    let user = alice();
    let logon = host.console_logon(&user);
    host.pass(seconds(1800));
    let off = host.logoff(logon.session);
    let at = logon.logons.first()?.time;
    let answer = AccessAnswer::new(&host, &user, Kind::InteractiveLocal, How::Logon)
        .from("127.0.0.1", "")
        .began(at, at)
        .luids(&logon.luids)
        .by(&logon.all)
        .ended(EndKind::Logoff, time(off.initiated.as_ref()))
        .by(off.all.iter().chain(&off.closed));
    Some(Scenario::new("console-logon-security-only", &[&host], vec![answer]))
}

/// A lock breaks nothing: one session that goes on, and a row for each unlock (types 7 and 13).
fn unlock_at_the_console() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let user = alice();
    let logon = host.console_logon(&user);
    let mut answers = Vec::new();
    let mut locks = Vec::new();
    for logon_type in [7, 13] {
        host.pass(seconds(900));
        locks.push(host.lock(logon.session)?);
        host.pass(seconds(900));
        let unlock = host.unlock(logon.session, logon_type)?;
        locks.push(unlock.mark.clone());
        answers.push(unlock_row(&host, &user, "127.0.0.1", &unlock));
    }
    host.pass(seconds(60));
    answers.push(at_the_console(&host, &user, &logon)?.by(&locks));
    Some(Scenario::new("unlock-at-the-console", &[&host], answers))
}

/// An unlock inside an RDP session, without a new connection: not a reconnect.
fn unlock_within_rdp() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, client) = (alice(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(900));
    let lock = host.lock(logon.session)?;
    host.pass(seconds(900));
    let unlock = host.unlock(logon.session, 7)?;
    host.pass(seconds(900));
    let left = host.rdp_disconnect(logon.session, 11)?;
    let session = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .by([&lock, &unlock.mark])
        .perhaps(&left.closed);
    let row = unlock_row(&host, &user, &client.ip, &unlock);
    Some(Scenario::new("unlock-within-rdp", &[&host], vec![session, row]))
}

/// Two users log on at once, step by step in turns, from one address behind NAT.
fn two_at_once() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (first, second) = (alice(), bob());
    let nat = |port, name: &str| Client::new("198.51.100.20", port, name);
    let (one, two) = (nat(40001, "ALICE-LT"), nat(40002, "BOB-PC"));
    let connected = host.rdp_connect(&one);
    host.pass(130);
    let also_connected = host.rdp_connect(&two);
    host.pass(900);
    let arrived = host.rdp_authenticate(connected, &one, &first);
    host.pass(210);
    let also_arrived = host.rdp_authenticate(also_connected, &two, &second);
    host.pass(100);
    let logon = host.rdp_desktop(arrived, &one, &first);
    host.pass(50);
    let also = host.rdp_desktop(also_arrived, &two, &second);
    host.pass(seconds(1200));
    let left = host.rdp_disconnect(logon.session, 11)?;
    host.pass(900);
    let off = host.logoff(also.session);
    let of_first = new_desktop(&host, &first, &one, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed);
    let of_second = new_desktop(&host, &second, &two, &also)
        .ended(EndKind::Logoff, time(off.end.as_ref()))
        .reason(12)
        .by(off.all.iter().chain(&off.closed));
    Some(Scenario::new("two-users-from-one-address", &[&host], vec![of_first, of_second]))
}

/// Sleep ends nothing: a desktop at the console and one by RDP go on where they were.
fn sleep() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, other, client) = (alice(), bob(), laptop());
    let at_console = host.console_logon(&user);
    host.pass(seconds(60));
    let remote = host.rdp_logon(&client, &other);
    host.pass(seconds(600));
    host.log(sleep::falls_asleep());
    let since = host.now();
    let woken = since.plus_millis(seconds(5 * 3600));
    host.set_clock(woken);
    host.log(sleep::wakes_up());
    host.pass(1500);
    host.log(sleep::has_slept(since, woken));
    host.pass(seconds(600));
    let remote_off = host.logoff(remote.session);
    host.pass(seconds(30));
    let off = host.logoff(at_console.session);
    let answers = vec![
        at_the_console(&host, &user, &at_console)?
            .ended(EndKind::Logoff, time(off.end.as_ref()))
            .reason(12)
            .by(off.all.iter().chain(&off.closed)),
        new_desktop(&host, &other, &client, &remote)
            .ended(EndKind::Logoff, time(remote_off.end.as_ref()))
            .reason(12)
            .by(remote_off.all.iter().chain(&remote_off.closed)),
    ];
    Some(Scenario::new("sleep", &[&host], answers))
}

/// A smart card makes the same records as a password: only the controller's 4768 names a certificate, and a ticket that was
/// granted is no row.
fn smart_card() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let user = bob();
    host.log(security::ticket_granted_by_certificate(&user, "::1", 0, "CORP-CA"));
    host.pass(40);
    let logon = host.console_logon(&user);
    host.pass(seconds(600));
    let off = host.logoff(logon.session);
    let answer = at_the_console(&host, &user, &logon)?
        .ended(EndKind::Logoff, time(off.end.as_ref()))
        .reason(12)
        .by(off.all.iter().chain(&off.closed));
    Some(Scenario::new("smart-card-logon", &[&host], vec![answer]))
}
