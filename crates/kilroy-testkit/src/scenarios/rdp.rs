//! New desktops by RDP.

use kilroy_model::{EndKind, How, Kind};

use super::accounts::{alice, bob, laptop, server, styled};
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::host::{Client, Credentials, Host, RdpLogon, Style};
use crate::log::{Log, Mark};
use crate::time::{may, seconds};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        admin(),
        plain_user(),
        without_nla(),
        two_nla_halves(),
        windows_7(),
        security_only(),
        nla_logoff(),
        nla_logoff_two_halves(),
        authenticated_only(),
        denied(),
        tunnel(),
        credentials_kept("rdp-restricted-admin", Credentials::RestrictedAdmin),
        credentials_kept("rdp-remote-credential-guard", Credentials::Guarded),
    ]
}

/// What every answer for a new desktop says; the rest is added by the story.
pub(crate) fn new_desktop(host: &Host, account: &Account, client: &Client, logon: &RdpLogon) -> AccessAnswer {
    let answer = AccessAnswer::new(host, account, Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .luids(&logon.luids)
        .by(&logon.all);
    match (&logon.connection, &logon.begin) {
        (Some(connection), Some(begin)) => {
            answer.on(logon.session).began(connection.accepted.time, begin.time)
        }
        _ => answer,
    }
}

/// The time of a mark that the story knows to be there.
pub(crate) fn time(mark: Option<&Mark>) -> kilroy_model::Timestamp {
    mark.map_or_else(|| may(1, 0, 0, 0), |m| m.time)
}

/// All logs, an administrator with UAC twins, disconnected by the user.
fn admin() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (alice(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let Some(end) = host.rdp_disconnect(logon.session, 11) else {
        return Scenario::new("lost", &[&host], vec![]);
    };
    let answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Disconnect, time(end.end.as_ref()))
        .reason(11)
        .by(&end.all)
        .perhaps(&end.closed);
    Scenario::new("rdp-new-session-admin", &[&host], vec![answer])
}

/// All logs, a plain user, logged off.
fn plain_user() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let end = host.logoff(logon.session);
    // No 4778 or 4779 names the client: the network logon's workstation does.
    let answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Logoff, time(end.end.as_ref()))
        .reason(12)
        .by(end.all.iter().chain(&end.closed));
    Scenario::new("rdp-new-session-plain-user", &[&host], vec![answer])
}

/// The password is asked for on the desktop: no network logon, no 1149.
fn without_nla() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), laptop().without_nla());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let end = host.logoff(logon.session);
    let mut answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Logoff, time(end.end.as_ref()))
        .reason(12)
        .by(end.all.iter().chain(&end.closed));
    // Nothing names the client: the workstation of a type 10 is the host itself.
    answer.client = None;
    Scenario::new("rdp-without-nla", &[&host], vec![answer])
}

/// Windows 11: two network logons, the first closed at once.
fn two_nla_halves() -> Scenario {
    let mut host = styled(Style::Windows11);
    host.boot();
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let Some(end) = host.rdp_disconnect(logon.session, 0) else {
        return Scenario::new("lost", &[&host], vec![]);
    };
    let answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Disconnect, time(end.end.as_ref()))
        .reason(0)
        .by(&end.all)
        .perhaps(&end.closed);
    Scenario::new("rdp-two-nla-halves", &[&host], vec![answer])
}

/// Windows 7: no activities, no linked logon IDs, no 39 to 42, no RdpCoreTS.
fn windows_7() -> Scenario {
    let mut host = styled(Style::Windows7);
    host.boot();
    let (user, client) = (alice(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let Some(end) = host.rdp_disconnect(logon.session, 11) else {
        return Scenario::new("lost", &[&host], vec![]);
    };
    let mut answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Disconnect, time(end.end.as_ref()))
        .by(&end.all)
        .perhaps(&end.closed);
    answer.attempt = logon.connection.as_ref().map(|c| c.received.time);
    Scenario::new("rdp-windows-7", &[&host], vec![answer])
}

/// Security alone: logon, 4779, 4778, logoff.
fn security_only() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    host.boot();
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let Some(end) = host.rdp_disconnect(logon.session, 11) else {
        return Scenario::new("lost", &[&host], vec![]);
    };
    host.pass(seconds(1800));
    let other = Client::new("203.0.113.77", 60222, "HOME-PC");
    let Some(back) = host.rdp_reconnect(&other, logon.session) else {
        return Scenario::new("lost", &[&host], vec![]);
    };
    host.pass(seconds(600));
    let off = host.logoff(logon.session);
    let mut first = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .luids(&logon.luids)
        .by(&logon.all)
        .ended(EndKind::Disconnect, end.station.time)
        .by(&end.all)
        .perhaps(&end.closed);
    first.attempt = logon.nla.first().map(|h| h.logon.time);
    first.start = logon.logons.first().map(|m| m.time);
    // "LSM 21/25, else 4624, else 4778": by the letter the 4624 of the throw-away logon, not that of NLA.
    let mut second = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::Reconnect)
        .from(&other.ip, &other.name)
        .luids(&back.luids)
        .by(&back.all)
        .ended(EndKind::Logoff, time(off.initiated.as_ref()))
        .by(off.all.iter().chain(&off.closed))
        .perhaps(&back.closed);
    second.attempt = back.nla.first().map(|h| h.logon.time);
    second.start = back.logons.first().map(|m| m.time);
    Scenario::new("rdp-security-only", &[&host], vec![first, second])
}

fn nla_logoff_of(name: &'static str, style: Style, logs: &[Log]) -> Scenario {
    let mut host = styled(style).only(logs);
    host.boot();
    let (user, client) = (alice(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let Some(end) = host.rdp_disconnect(logon.session, 0) else {
        return Scenario::new("lost", &[&host], vec![]);
    };
    host.forget(Log::Security, &[4779]);
    let mut answer = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .luids(&logon.luids)
        .by(&logon.all)
        .ended(EndKind::NlaLogoff, time(end.closed.last()))
        .by(&end.closed);
    answer.start = logon.logons.first().map(|m| m.time);
    answer.attempt = if logs.contains(&Log::RemoteConnections) {
        logon.connection.as_ref().map(|c| c.received.time)
    } else {
        logon.nla.first().map(|h| h.logon.time)
    };
    Scenario::new(name, &[&host], vec![answer])
}

/// Security without 4779 and 4634 of type 10: the network logon's 4634 is the disconnect.
fn nla_logoff() -> Scenario {
    nla_logoff_of("rdp-nla-logoff", Style::Windows10, &[Log::Security, Log::RemoteConnections])
}

/// The same on Windows 11: the first half, closed at once, is not the end.
fn nla_logoff_two_halves() -> Scenario {
    nla_logoff_of("rdp-nla-logoff-two-halves", Style::Windows11, &[Log::Security])
}

/// 131, 261, a network logon and 1149, and no session.
fn authenticated_only() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), laptop());
    let arrived = host.rdp_authenticate_only(&client, &user);
    host.pass(seconds(60));
    let attempt = time(arrived.connection.as_ref().map(|c| &c.accepted));
    let answer = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::AuthOnly)
        .from(&client.ip, &client.name)
        .began(attempt, time(arrived.authenticated.as_ref()))
        .luids(&arrived.luids)
        .by(&arrived.all);
    Scenario::new("rdp-authenticated-only", &[&host], vec![answer])
}

/// 4825: not in Remote Desktop Users.
fn denied() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), laptop());
    let refused = host.denied(&client, &user);
    host.pass(seconds(60));
    let answer = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .denied(refused.connection.accepted.time, refused.denied.time)
        .luids(&refused.luids)
        .by(&refused.all);
    Scenario::new("rdp-denied", &[&host], vec![answer])
}

/// A tunnel: the client seems to be the machine itself.
fn tunnel() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), Client::new("127.0.0.1", 49800, "kali"));
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let Some(end) = host.rdp_disconnect(logon.session, 11) else {
        return Scenario::new("lost", &[&host], vec![]);
    };
    let answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Disconnect, time(end.end.as_ref()))
        .reason(11)
        .by(&end.all)
        .perhaps(&end.closed);
    Scenario::new("rdp-tunnel", &[&host], vec![answer])
}

/// Restricted Admin mode and Remote Credential Guard: a network logon and a type 10 as ever, and no 4648, for the host
/// got no credentials. The type 10 says which of the two it was.
fn credentials_kept(name: &'static str, credentials: Credentials) -> Scenario {
    let mut host = styled(Style::Server2025);
    host.boot();
    let (user, client) = (alice(), laptop().with_credentials(credentials));
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let end = host.logoff(logon.session);
    let mut answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Logoff, time(end.end.as_ref()))
        .reason(12)
        .by(end.all.iter().chain(&end.closed));
    answer.restricted_admin = Some(credentials == Credentials::RestrictedAdmin);
    answer.credential_guard = Some(credentials == Credentials::Guarded);
    Scenario::new(name, &[&host], vec![answer])
}
