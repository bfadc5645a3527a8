//! Desktops that are taken up again.

use kilroy_model::{EndKind, How, Kind};

use super::accounts::{alice, bob, elsewhere, laptop, server};
use super::rdp::{new_desktop, time};
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::host::{Client, Host, RdpReconnect};
use crate::layouts::security::WindowStation;
use crate::layouts::{security, sessions};
use crate::log::Log;
use crate::time::seconds;

pub(super) fn all() -> Vec<Scenario> {
    let stories = [
        throw_away,
        unlock_after,
        taken_over,
        console_taken_over,
        tscon,
        logoff_later,
        session_services_alone,
        mirrored,
    ];
    stories.into_iter().filter_map(|story| story()).collect()
}

/// What every answer for a reconnect says.
pub(crate) fn returned(
    host: &Host,
    account: &Account,
    client: &Client,
    session: u32,
    back: &RdpReconnect,
) -> AccessAnswer {
    AccessAnswer::new(host, account, Kind::InteractiveRemote, How::Reconnect)
        .from(&client.ip, &client.name)
        .on(session)
        .began(back.connection.accepted.time, time(back.begin.as_ref()))
        .luids(&back.luids)
        .by(&back.all)
        .perhaps(&back.closed)
}

/// Arbitration names a throw-away session (41, 40, 42); it folds into the one that 25 names.
fn throw_away() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, near, far) = (alice(), laptop(), elsewhere());
    let logon = host.rdp_logon(&near, &user);
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(logon.session, 11)?;
    host.pass(seconds(1800));
    let back = host.rdp_reconnect(&far, logon.session)?;
    host.pass(seconds(1800));
    let off = host.logoff(logon.session);
    let first = new_desktop(&host, &user, &near, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed);
    // The 4634 of the elevated half names a logon ID that no record of this presence shows else: not its own.
    let second = returned(&host, &user, &far, logon.session, &back)
        .ended(EndKind::Logoff, time(off.end.as_ref()))
        .reason(12)
        .by(&off.all)
        .perhaps(&off.closed);
    Some(Scenario::new("reconnect-throw-away-session", &[&host], vec![first, second]))
}

/// The type 7 pair comes after 25 and is closed at once: it belongs to the reconnect and is no unlock.
fn unlock_after() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, near, far) = (alice(), laptop(), elsewhere());
    let logon = host.rdp_logon(&near, &user);
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(logon.session, 11)?;
    host.pass(seconds(1800));
    let back = host.rdp_reconnect_unlock(&far, logon.session)?;
    host.pass(seconds(1800));
    let gone = host.rdp_disconnect(logon.session, 0)?;
    let first = new_desktop(&host, &user, &near, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed);
    let second = returned(&host, &user, &far, logon.session, &back)
        .ended(EndKind::Disconnect, time(gone.end.as_ref()))
        .reason(0)
        .by(&gone.all)
        .perhaps(&gone.closed);
    Some(Scenario::new("reconnect-unlock-after-25", &[&host], vec![first, second]))
}

/// A connected desktop is taken over from another address.
fn taken_over() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, near, far) = (bob(), laptop(), elsewhere());
    let logon = host.rdp_logon(&near, &user);
    host.pass(seconds(1800));
    let (left, back) = host.take_over(&far, logon.session)?;
    host.pass(seconds(1800));
    let off = host.logoff(logon.session);
    let first = new_desktop(&host, &user, &near, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(5)
        .by(&left.all)
        .perhaps(&left.closed);
    let second = returned(&host, &user, &far, logon.session, &back)
        .ended(EndKind::Logoff, time(off.end.as_ref()))
        .reason(12)
        .by(off.all.iter().chain(&off.closed));
    Some(Scenario::new("take-over-from-another-address", &[&host], vec![first, second]))
}

/// The desktop at the console is taken over by RDP: 40 with reason 5 on it, then 25 from the address.
fn console_taken_over() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, client) = (alice(), elsewhere());
    let logon = host.console_logon(&user);
    host.pass(seconds(1800));
    let (left, back) = host.take_over(&client, logon.session)?;
    host.pass(seconds(1800));
    let gone = host.rdp_disconnect(logon.session, 11)?;
    let first = AccessAnswer::new(&host, &user, Kind::InteractiveLocal, How::Logon)
        .from("LOCAL", "")
        .on(logon.session)
        .began(logon.logons.first()?.time, logon.begin.as_ref()?.time)
        .luids(&logon.luids)
        .by(&logon.all)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(5)
        .by(&left.all);
    let second = returned(&host, &user, &client, logon.session, &back)
        .ended(EndKind::Disconnect, time(gone.end.as_ref()))
        .reason(11)
        .by(&gone.all)
        .perhaps(&gone.closed);
    Some(Scenario::new("take-over-of-the-console", &[&host], vec![first, second]))
}

/// `tscon`: a connection is moved from one desktop to another user's. The new presence has the old one's connection, but
/// its 131 and 1149 are another user's.
fn tscon() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (owner, thief, near, far) = (bob(), alice(), laptop(), elsewhere());
    let owned = host.rdp_logon(&near, &owner);
    host.pass(seconds(600));
    let left = host.rdp_disconnect(owned.session, 11)?;
    host.pass(seconds(600));
    let logon = host.rdp_logon(&far, &thief);
    host.pass(seconds(600));
    let desk = host.desk(logon.session)?.clone();
    let kicked = host.log(sessions::kicked(logon.session, logon.session).of(desk.activity));
    let gone = host.rdp_disconnect(logon.session, 5)?;
    host.pass(150);
    let target = host.desk(owned.session)?.luid();
    let station = WindowStation {
        account: owner.clone(),
        luid: target,
        session_name: desk.session_name.clone(),
        client_name: far.name.clone(),
        client_address: far.ip.clone(),
    };
    let bridge = host.log(security::reconnected(&station));
    host.pass(60);
    let entry = sessions::reconnected(&owner.qualified(), owned.session, &far.ip).of(desk.activity);
    let begin = host.log(entry);
    host.pass(seconds(600));
    let of_owner = new_desktop(&host, &owner, &near, &owned)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed);
    let of_thief = new_desktop(&host, &thief, &far, &logon)
        .ended(EndKind::Disconnect, time(gone.end.as_ref()))
        .reason(5)
        .by(&gone.all)
        .perhaps(&gone.closed)
        .perhaps([&kicked]);
    let stolen = AccessAnswer::new(&host, &owner, Kind::InteractiveRemote, How::Reconnect)
        .from(&far.ip, &far.name)
        .on(owned.session)
        .began(bridge.time, begin.time)
        .luids(&[target])
        .by([&bridge, &begin]);
    Some(Scenario::new("tscon", &[&host], vec![of_owner, of_thief, stolen]))
}

/// An administrator ends a disconnected desktop an hour later: that ends no presence, for nobody was there.
fn logoff_later() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(logon.session, 11)?;
    host.pass(seconds(3600));
    let off = host.logoff(logon.session);
    let answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed)
        .perhaps(off.all.iter().chain(&off.closed));
    Some(Scenario::new("logoff-of-a-disconnected-session", &[&host], vec![answer]))
}

/// SessionServices tells the steps and LSM is not there.
fn session_services_alone() -> Option<Scenario> {
    with_session_services("session-services-alone", server().without(Log::LocalSessions))
}

/// The same steps stand in both logs: one session, with both as sources.
fn mirrored() -> Option<Scenario> {
    with_session_services("session-services-and-lsm", server())
}

fn with_session_services(name: &'static str, host: Host) -> Option<Scenario> {
    // Of SessionServices only 21 to 25 are look-alikes: without LSM nobody gives a reason.
    let reasons = host.writes(Log::LocalSessions);
    let mut host = host.with(Log::SessionServices);
    host.boot();
    let (user, near, far) = (bob(), laptop(), elsewhere());
    let logon = host.rdp_logon(&near, &user);
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(logon.session, 11)?;
    host.pass(seconds(1800));
    let back = host.rdp_reconnect(&far, logon.session)?;
    host.pass(seconds(1800));
    let off = host.logoff(logon.session);
    let first = new_desktop(&host, &user, &near, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason_where(reasons, 11)
        .by(&left.all)
        .perhaps(&left.closed);
    let second = returned(&host, &user, &far, logon.session, &back)
        .ended(EndKind::Logoff, time(off.end.as_ref()))
        .reason_where(reasons, 12)
        .by(off.all.iter().chain(&off.closed));
    Some(Scenario::new(name, &[&host], vec![first, second]))
}
