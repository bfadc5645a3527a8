//! Attempts that failed.

use kilroy_model::{How, Kind};

use super::accounts::{alice, bob, elsewhere, server};
use super::rdp::new_desktop;
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::host::{Client, Host};
use crate::layouts::security;
use crate::log::Log;
use crate::time::seconds;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        lone_140(),
        network_with_listener(),
        network_without_listener(),
        other_types(),
        on_the_controller(),
        then_success(),
        after_authentication(),
    ]
}

fn nobody(user: &str) -> Account {
    Account::with_sid(user, "", "S-1-0-0")
}

/// 140 with its 131 and 261, and no Security log.
fn lone_140() -> Scenario {
    let mut host = server().without(Log::Security);
    host.boot();
    let client = elsewhere();
    let failed = host.failed_rdp(&client, "administrator", 0xc000_006a);
    let answer = AccessAnswer::new(&host, &nobody(""), Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, "")
        .failed(Some(failed.connection.accepted.time), failed.rejected.time, None)
        .by(&failed.all);
    Scenario::new("failure-lone-140", &[&host], vec![answer])
}

/// 4625 of type 3 with 131, 261 and 140: by Remote Desktop.
fn network_with_listener() -> Scenario {
    let mut host = server();
    host.boot();
    let client = elsewhere();
    let failed = host.failed_rdp(&client, "administrator", 0xc000_006a);
    let answer = AccessAnswer::new(&host, &nobody("administrator"), Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .failed(Some(failed.connection.accepted.time), failed.failure.time, Some("0xc000006a"))
        .by(&failed.all);
    Scenario::new("failure-type-3-with-131-and-140", &[&host], vec![answer])
}

/// 4625 of type 3 alone: over the network, nobody knows how.
fn network_without_listener() -> Scenario {
    let mut host = server();
    host.boot();
    let client = elsewhere();
    let failed = host.failed_logon(Some(&client), "administrator", 3, (0xc000_006d, 0xc000_0064));
    let answer = AccessAnswer::new(&host, &nobody("administrator"), Kind::Network, How::Logon)
        .named("administrator", Some("CORP"))
        .from(&client.ip, &client.name)
        .failed(Some(failed.time), failed.time, Some("0xc0000064"))
        .by([&failed]);
    Scenario::new("failure-type-3-alone", &[&host], vec![answer])
}

/// 4625 of types 2, 7 and 10, and a status that says it all.
fn other_types() -> Scenario {
    let mut host = server();
    host.boot();
    let client = elsewhere();
    let mut answers = Vec::new();
    for (logon_type, kind, from, status, reason) in [
        (2, Kind::InteractiveLocal, None, (0xc000_006d, 0xc000_006a), "0xc000006a"),
        (7, Kind::Unlock, None, (0xc000_006d, 0xc000_006a), "0xc000006a"),
        (10, Kind::InteractiveRemote, Some(&client), (0xc000_015b, 0), "0xc000015b"),
    ] {
        host.pass(seconds(120));
        let failed = host.failed_logon(from, "bob", logon_type, status);
        // The workstation of these is the host itself: no client.
        let answer = AccessAnswer::new(&host, &bob(), kind, How::Logon)
            .from(from.map_or("127.0.0.1", |c| &c.ip), "")
            .failed(Some(failed.time), failed.time, Some(reason))
            .by([&failed]);
        answers.push(answer);
    }
    Scenario::new("failure-types-2-7-10", &[&host], answers)
}

/// 4776, 4771 and 4768 that no 4625 explains.
fn on_the_controller() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    host.boot();
    let user = bob();
    let ntlm = host.log(security::credentials_validated("bob", "BOB-PC", 0xc000_006a));
    host.pass(seconds(60));
    let preauth = host.log(security::preauthentication_failed(&user, "::ffff:10.20.30.41", 50123, 0x18));
    host.pass(seconds(60));
    let unknown = Account::with_sid("nosuch", "CORP", "S-1-0-0");
    let ticket = host.log(security::ticket_granted(&unknown, "::ffff:10.20.30.41", 50124, 0x6));
    // The list of what gives an `attempt` has none of these and says "not 4776", which is about records that come along
    // with a logon. Here the record is all there is, and it is the attempt.
    let row = |account: &Account, domain, mark: &crate::log::Mark, reason| {
        AccessAnswer::new(&host, account, Kind::Network, How::AuthOnly)
            .named(&account.user, domain)
            .failed(Some(mark.time), mark.time, Some(reason))
            .by([mark])
    };
    let mut first = row(&user, None, &ntlm, "0xc000006a");
    first.client = Some("BOB-PC".to_owned());
    let second = row(&user, None, &preauth, "0x18").from("10.20.30.41", "");
    let third = row(&unknown, Some("CORP"), &ticket, "0x6").from("10.20.30.41", "");
    Scenario::new("failure-on-the-controller", &[&host], vec![first, second, third])
}

fn guesses(host: &mut Host, client: &Client, count: u16) -> Vec<AccessAnswer> {
    (0..count)
        .map(|n| {
            let from = Client { port: client.port + n, ..client.clone() };
            let failed = host.failed_rdp(&from, "alice", 0xc000_006a);
            host.pass(seconds(3));
            AccessAnswer::new(host, &nobody("alice"), Kind::InteractiveRemote, How::Logon)
                .from(&client.ip, &client.name)
                .failed(Some(failed.connection.accepted.time), failed.failure.time, Some("0xc000006a"))
                .after_failures(u32::from(n))
                .by(&failed.all)
        })
        .collect()
}

/// Three failures right before a success of the same source: its prelude.
fn then_success() -> Scenario {
    let mut host = server();
    host.boot();
    let client = elsewhere();
    let mut answers = guesses(&mut host, &client, 3);
    let user = alice();
    let logon = host.rdp_logon(&client, &user);
    host.pass(seconds(60));
    answers.push(new_desktop(&host, &user, &client, &logon).after_failures(3));
    Scenario::new("failures-then-success", &[&host], answers)
}

/// The password was right (1149), and the desktop was refused (4625 type 10: no right to log on this way). One attempt: what
/// came before is its source, and no row of its own.
fn after_authentication() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), elsewhere());
    let arrived = host.rdp_authenticate_only(&client, &user);
    host.pass(1800);
    let failed = host.failed_logon(Some(&client), "bob", 10, (0xc000_015b, 0));
    host.pass(seconds(60));
    let attempt = arrived.connection.as_ref().map(|c| c.accepted.time);
    let answer = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::Logon)
        .from(&client.ip, &client.name)
        .failed(attempt, failed.time, Some("0xc000015b"))
        .luids(&arrived.luids)
        .by(&arrived.all)
        .by([&failed]);
    Scenario::new("failure-after-authentication", &[&host], vec![answer])
}
