//! Names of hosts, users and addresses, as logs write them.

use kilroy_model::{EndKind, Kind};

use super::accounts::{alice, bob, elsewhere, laptop, server, styled};
use super::desktops::at_the_console;
use super::plain::row;
use super::rdp::{new_desktop, time};
use crate::account::Account;
use crate::answers::Scenario;
use crate::host::{Client, Host, Style};
use crate::log::Log;
use crate::time::{may, seconds};

pub(super) fn all() -> Vec<Scenario> {
    let stories =
        [renamed, renamed_unseen, bare_and_full, trailing_blanks, principal_name, zone, mapped, forwarded];
    stories.into_iter().filter_map(|story| story()).collect()
}

fn renamed_host(name: &'static str, tell: bool) -> Option<Scenario> {
    let mut host = Host::new("WIN-OLD", Style::Windows10, may(14, 9, 0, 0));
    host.boot();
    let (first, second) = (alice(), bob());
    let before = host.console_logon(&first);
    let before = at_the_console(&host, &first, &before)?;
    host.pass(seconds(1800));
    if tell {
        host.rename("SRV-NEW");
    } else {
        host.set_name("SRV-NEW");
    }
    let boot = host.boot();
    let after = host.console_logon(&second);
    host.pass(seconds(1800));
    let off = host.logoff(after.session);
    let after = at_the_console(&host, &second, &after)?
        .ended(EndKind::Logoff, time(off.end.as_ref()))
        .reason(12)
        .by(off.all.iter().chain(&off.closed));
    // One machine, one chain of boots: the boot under the new name bounds what was open under the old one.
    let before = before.bounded(EndKind::Boot, Some(boot.kernel.time));
    Some(Scenario::new(name, &[&host], vec![before, after]))
}

/// 6011 tells of the new name.
fn renamed() -> Option<Scenario> {
    renamed_host("renamed-6011", true)
}

/// Consecutive record IDs go on under the new name.
fn renamed_unseen() -> Option<Scenario> {
    renamed_host("renamed-by-record-ids", false)
}

/// Security knows the machine by its bare name, the others by the full one.
fn bare_and_full() -> Option<Scenario> {
    let mut host = server().security_name("SRV01");
    host.boot();
    let (user, client) = (alice(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let left = host.rdp_disconnect(logon.session, 11)?;
    // The name is the anchor's, and the anchor is LSM 21.
    let answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed);
    Some(Scenario::new("bare-and-full-host-name", &[&host], vec![answer]))
}

/// LSM writes blanks behind the name.
fn trailing_blanks() -> Option<Scenario> {
    let mut host = server().spelling(|account| format!("{}  ", account.qualified()));
    host.boot();
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let left = host.rdp_disconnect(logon.session, 11)?;
    let answer = new_desktop(&host, &user, &client, &logon)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed);
    Some(Scenario::new("user-with-trailing-blanks", &[&host], vec![answer]))
}

/// LSM alone, with `user@domain`.
fn principal_name() -> Option<Scenario> {
    let spelled = |account: &Account| format!("{}@corp.example", account.user);
    let mut host = server().only(&[Log::LocalSessions]).spelling(spelled);
    let (user, client) = (bob(), laptop());
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let left = host.rdp_disconnect(logon.session, 11)?;
    let mut answer = new_desktop(&host, &user, &client, &logon)
        .named("bob", Some("corp.example"))
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all);
    // The first step of arbitration (41) is no attempt: 21 is the earliest that counts.
    answer.attempt = answer.start;
    answer.client = None;
    answer.logon_ids.clear();
    Some(Scenario::new("user-as-principal-name", &[&host], vec![answer]))
}

fn addressed(name: &'static str, written: &str, ip: &str) -> Option<Scenario> {
    let mut host = styled(Style::Windows11);
    host.boot();
    let (user, client) = (bob(), Client::new(written, 50123, "BOB-PC"));
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let left = host.rdp_disconnect(logon.session, 11)?;
    let answer = new_desktop(&host, &user, &client, &logon)
        .from(ip, &client.name)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed);
    Some(Scenario::new(name, &[&host], vec![answer]))
}

/// IPv6 with a zone index.
fn zone() -> Option<Scenario> {
    addressed("address-ipv6-with-zone", "fe80::1c2d:3e4f%10", "fe80::1c2d:3e4f")
}

/// IPv4 in IPv6 clothes.
fn mapped() -> Option<Scenario> {
    addressed("address-ipv4-mapped", "::ffff:203.0.113.9", "203.0.113.9")
}

/// ForwardedEvents: two machines in one file, with the same logon IDs, record IDs and session IDs.
fn forwarded() -> Option<Scenario> {
    let mut answers = Vec::new();
    let mut hosts = Vec::new();
    for (name, user, client) in
        [("SRV01.corp.example", alice(), laptop()), ("SRV02.corp.example", bob(), elsewhere())]
    {
        let mut host = Host::new(name, Style::Windows10, may(14, 9, 0, 0));
        host.boot();
        let logon = host.rdp_logon(&client, &user);
        host.pass(seconds(600));
        let left = host.rdp_disconnect(logon.session, 11)?;
        let plain = host.network_logon(&client, &user);
        host.pass(seconds(60));
        let closed = host.end(&plain);
        answers.push(
            new_desktop(&host, &user, &client, &logon)
                .ended(EndKind::Disconnect, time(left.end.as_ref()))
                .reason(11)
                .by(&left.all)
                .perhaps(&left.closed),
        );
        answers.push(row(&host, Kind::Network, &plain, &closed).from(&client.ip, &client.name));
        hosts.push(host);
    }
    let hosts: Vec<&Host> = hosts.iter().collect();
    Some(Scenario::new("forwarded-events-of-two-hosts", &hosts, answers).forwarded())
}
