//! Windows 2000, XP and Server 2003: other numbers, the same rows.

use kilroy_model::{EndKind, How, Kind, Luid};

use super::accounts::{alice, bob, elsewhere, laptop};
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::host::{Client, Edition, Host, OldLogon, Style};
use crate::layouts::legacy;
use crate::log::{Log, Mark};
use crate::time::{may, seconds};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        terminal_services(),
        xp_console(),
        network(),
        failures(),
        shutdown(),
        cleared(),
        processes(),
        credentials_on_the_controller(),
    ]
}

fn old_server() -> Host {
    let mut host = Host::new("SRV03", Style::Windows7, may(14, 9, 0, 0)).only(&[Log::Security]);
    host.old_boot();
    host
}

fn row(host: &Host, kind: Kind, logon: &OldLogon) -> AccessAnswer {
    AccessAnswer::new(host, &logon.account, kind, How::Logon)
        .began(logon.logon.time, logon.logon.time)
        .luids(&[logon.luid])
        .by(&logon.all)
}

/// 528 type 10, 683, 682 with its short logon, 551 and 538: a logon and a reconnect, each with its own source.
fn terminal_services() -> Scenario {
    let mut host = old_server();
    let (user, client, other) = (alice(), laptop(), elsewhere());
    let logon = host.old_logon(Edition::Server2003, &user, 10, Some(&client));
    host.pass(seconds(1800));
    let left = host.old_disconnect(&logon, &client, "RDP-Tcp#4");
    host.pass(seconds(1800));
    let back = host.old_reconnect(Edition::Server2003, &logon, &other, "RDP-Tcp#5");
    host.pass(seconds(1200));
    let off = host.old_logoff(&logon);
    host.pass(seconds(60));
    let first = row(&host, Kind::InteractiveRemote, &logon)
        .from(&client.ip, &client.name)
        .ended(EndKind::Disconnect, left.time)
        .by([&left]);
    let second = AccessAnswer::new(&host, &user, Kind::InteractiveRemote, How::Reconnect)
        .from(&other.ip, &other.name)
        .began(back.logon.logon.time, back.logon.logon.time)
        .luids(&[logon.luid, back.logon.luid])
        // "4647, else the last 4634".
        .ended(EndKind::Logoff, off[0].time)
        .by(&back.logon.all)
        .by([&back.station])
        .by(&off)
        .perhaps([&back.closed]);
    Scenario::new("legacy-terminal-services", &[&host], vec![first, second])
}

/// XP writes no address: it is unknown, not `LOCAL`. One logon is closed, one is only left by 551.
fn xp_console() -> Scenario {
    let mut host = old_server();
    let first = host.old_logon(Edition::Xp, &bob(), 2, None);
    host.pass(seconds(600));
    let off = host.old_logoff(&first);
    host.pass(seconds(60));
    let second = host.old_logon(Edition::Xp, &bob(), 2, None);
    host.pass(seconds(600));
    let initiated = host.log(legacy::logoff_initiated(&second.account, second.luid));
    host.pass(seconds(600));
    let answers = vec![
        row(&host, Kind::InteractiveLocal, &first).ended(EndKind::Logoff, off[0].time).by(&off),
        row(&host, Kind::InteractiveLocal, &second).ended(EndKind::Logoff, initiated.time).by([&initiated]),
    ];
    Scenario::new("legacy-xp-console", &[&host], answers)
}

/// 680, 576, 540 and 538. Server 2003 writes an anonymous logon without a name: background.
fn network() -> Scenario {
    let mut host = old_server();
    let client = laptop();
    let plain = host.old_network_logon(Edition::Server2003, &alice(), &client);
    host.pass(seconds(30));
    let closed = host.old_close(&plain);
    host.pass(seconds(30));
    let on_xp = host.old_network_logon(Edition::Xp, &bob(), &client);
    host.pass(seconds(30));
    let nobody = Account::with_sid("", "", "S-1-5-7");
    let anonymous = host.old_network_logon(Edition::Server2003, &nobody, &client);
    host.pass(seconds(60));
    let mut second = row(&host, Kind::Network, &on_xp).from("", &client.name);
    second.ip = None;
    let answers = vec![
        row(&host, Kind::Network, &plain)
            .from(&client.ip, &client.name)
            .ended(EndKind::Logoff, closed.time)
            .by([&closed]),
        second,
    ];
    Scenario::new("legacy-network", &[&host], answers).with_background(&[anonymous.luid])
}

/// 529 to 536 and 539 have no status: the number of the event is the reason. 537 has one.
fn failures() -> Scenario {
    let mut host = old_server();
    let client = elsewhere();
    let mut answers = Vec::new();
    for (n, event_id) in (529..=536).chain([539]).enumerate() {
        let (logon_type, kind) = [
            (2, Kind::InteractiveLocal),
            (10, Kind::InteractiveRemote),
            (3, Kind::Network),
            (7, Kind::Unlock),
        ][n % 4];
        let from = matches!(logon_type, 3 | 10).then_some(&client);
        let failed = host.old_failure(Edition::Server2003, event_id, "bob", logon_type, from);
        host.pass(seconds(90));
        let named = if logon_type == 3 { client.name.as_str() } else { "" };
        let answer = AccessAnswer::new(&host, &bob(), kind, How::Logon)
            .from(from.map_or("127.0.0.1", |c| &c.ip), named)
            .failed(Some(failed.time), failed.time, None)
            .by([&failed]);
        answers.push(answer);
    }
    let other = legacy::failed_otherwise("bob", "CORP", "HOME-PC", "0xC000006D", "0xC0000133");
    let other = host.log(other);
    let mut answer = AccessAnswer::new(&host, &bob(), Kind::Network, How::Logon)
        .failed(Some(other.time), other.time, Some("0xC0000133"))
        .by([&other]);
    answer.client = Some("HOME-PC".to_owned());
    answers.push(answer);
    Scenario::new("legacy-failures", &[&host], answers)
}

/// 513 and 512: what is open ends with the machine; logon IDs begin anew.
fn shutdown() -> Scenario {
    let mut host = old_server();
    let before = host.old_logon(Edition::Xp, &bob(), 2, None);
    host.pass(seconds(600));
    let down = host.log(legacy::shutting_down());
    host.pass(seconds(90));
    host.old_boot();
    let after = host.old_logon(Edition::Xp, &bob(), 2, None);
    host.pass(seconds(600));
    let off = host.old_logoff(&after);
    let answers = vec![
        row(&host, Kind::InteractiveLocal, &before).bounded(EndKind::Shutdown, Some(down.time)),
        row(&host, Kind::InteractiveLocal, &after).ended(EndKind::Logoff, off[0].time).by(&off),
    ];
    Scenario::new("legacy-shutdown", &[&host], answers)
}

/// 517 ends nothing: of what was before it only an end is left.
fn cleared() -> Scenario {
    let mut host = old_server();
    let logon = host.old_logon(Edition::Xp, &bob(), 2, None);
    host.pass(seconds(600));
    let now = host.now();
    host.wrap(Log::Security, now);
    host.log(legacy::audit_log_cleared(&bob(), logon.luid));
    host.pass(seconds(300));
    let closed = host.old_close(&logon);
    host.pass(seconds(60));
    let answer = AccessAnswer::new(&host, &bob(), Kind::InteractiveLocal, How::Unknown)
        .luids(&[logon.luid])
        .ended(EndKind::Logoff, closed.time)
        .by([&closed]);
    Scenario::new("legacy-log-cleared", &[&host], vec![answer])
}

/// 592 and 593 are activity: they make no row and end none.
fn processes() -> Scenario {
    let mut host = old_server();
    let logon = host.old_logon(Edition::Server2003, &bob(), 2, None);
    host.pass(seconds(60));
    host.log(legacy::process_created(&bob(), logon.luid, r"C:\WINDOWS\system32\cmd.exe", 4580));
    host.pass(seconds(60));
    host.log(legacy::process_exited(&bob(), logon.luid, r"C:\WINDOWS\system32\cmd.exe", 4580));
    host.pass(seconds(60));
    let stranger = Luid(0x75_b64a);
    host.log(legacy::process_created(&alice(), stranger.0, r"C:\WINDOWS\ime\sl.exe", 3456));
    host.pass(seconds(60));
    let answer = row(&host, Kind::InteractiveLocal, &logon).from("127.0.0.1", "");
    Scenario::new("legacy-processes", &[&host], vec![answer])
}

/// 680 with a status is a failure that only the controller saw; without one (Windows 2000, XP) it is none.
fn credentials_on_the_controller() -> Scenario {
    let mut host = old_server();
    host.log(legacy::credentials_used("bob", "BOB-PC", None));
    host.pass(seconds(60));
    let failed: Mark = host.log(legacy::credentials_used("bob", "BOB-PC", Some("0xC000006A")));
    host.pass(seconds(60));
    let client = Client::new("", 0, "BOB-PC");
    let mut answer = AccessAnswer::new(&host, &bob(), Kind::Network, How::AuthOnly)
        .named("bob", None)
        .failed(Some(failed.time), failed.time, Some("0xC000006A"))
        .by([&failed]);
    answer.client = Some(client.name);
    Scenario::new("legacy-680", &[&host], vec![answer])
}
