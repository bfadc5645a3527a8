//! Logons without a desktop of their own.

use kilroy_model::{EndKind, How, Kind};

use super::accounts::{alice, bob, elsewhere, laptop, server};
use super::desktops::at_the_console;
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::host::{Host, Plain};
use crate::log::{Log, Mark};
use crate::time::{may, seconds};

pub(super) fn all() -> Vec<Scenario> {
    let mut all = vec![network(), batch(), service(), cleartext(), cached_and_remote(), background()];
    all.extend(other_credentials());
    all
}

/// One row for one logon, closed by its own 4634.
pub(crate) fn row(host: &Host, kind: Kind, plain: &Plain, closed: &[Mark]) -> AccessAnswer {
    let answer = AccessAnswer::new(host, &plain.account, kind, How::Logon)
        .began(plain.logon.time, plain.logon.time)
        .luids(&plain.luids)
        .by(&plain.all)
        .by(closed);
    match closed.last() {
        Some(last) => answer.ended(EndKind::Logoff, last.time),
        None => answer,
    }
}

fn network() -> Scenario {
    let mut host = server();
    host.boot();
    let client = laptop();
    let plain = host.network_logon(&client, &alice());
    host.pass(seconds(30));
    let closed = host.end(&plain);
    let answer = row(&host, Kind::Network, &plain, &closed).from(&client.ip, &client.name);
    Scenario::new("network-logon", &[&host], vec![answer])
}

fn batch() -> Scenario {
    let mut host = server();
    host.boot();
    let plain = host.local_logon(&bob(), 4);
    host.pass(seconds(30));
    let closed = host.end(&plain);
    let answer = row(&host, Kind::Batch, &plain, &closed);
    Scenario::new("batch", &[&host], vec![answer])
}

/// Type 5 is background, whoever it is.
fn service() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    host.at(may(14, 9, 0, 0));
    let plain = host.local_logon(&Account::new("svc-backup", "CORP", 1190), 5);
    host.pass(seconds(30));
    Scenario::new("service", &[&host], vec![]).with_background(&plain.luids)
}

fn cleartext() -> Scenario {
    let mut host = server();
    host.boot();
    let client = elsewhere();
    let plain = host.cleartext_logon(&client, &bob());
    host.pass(seconds(30));
    let closed = host.end(&plain);
    // The workstation of a type 8 is the host itself.
    let answer = row(&host, Kind::NetworkCleartext, &plain, &closed).from(&client.ip, "");
    Scenario::new("network-cleartext", &[&host], vec![answer])
}

/// Types 11, 12 and 13, as far as Security alone tells.
fn cached_and_remote() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    host.boot();
    let client = elsewhere();
    let mut answers = Vec::new();
    for (logon_type, kind) in [(11, Kind::InteractiveLocal), (13, Kind::Unlock)] {
        let plain = host.local_logon(&bob(), logon_type);
        host.pass(seconds(90));
        let closed = host.end(&plain);
        answers.push(row(&host, kind, &plain, &closed).from("127.0.0.1", ""));
        host.pass(seconds(90));
    }
    let plain = host.remote_logon(&client, &bob(), 12);
    host.pass(seconds(90));
    let closed = host.end(&plain);
    answers.push(row(&host, Kind::InteractiveRemote, &plain, &closed).from(&client.ip, ""));
    Scenario::new("cached-types-11-12-13", &[&host], answers)
}

/// `runas` (type 2 from ::1) and `runas /netonly` (type 9) on a desktop that goes on.
fn other_credentials() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let user = bob();
    let logon = host.console_logon(&user);
    let luid = host.desk(logon.session)?.luid();
    host.pass(seconds(300));
    let other = Account::new("svc-adm", "CORP", 1183);
    let runas = host.runas(&user, luid, &other);
    host.pass(seconds(120));
    let runas_closed = host.end(&runas);
    host.pass(seconds(300));
    let netonly = host.runas_netonly(&user, luid, &other);
    host.pass(seconds(120));
    let netonly_closed = host.end(&netonly);
    host.pass(seconds(60));
    let answers = vec![
        at_the_console(&host, &user, &logon)?,
        row(&host, Kind::InteractiveLocal, &runas, &runas_closed).from("::1", ""),
        row(&host, Kind::NewCredentials, &netonly, &netonly_closed).from("::1", ""),
    ];
    Some(Scenario::new("runas", &[&host], answers))
}

/// Machine, system and window-manager accounts: one background row per logon ID and boot.
fn background() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    let luids = host.background_logons();
    let machine = Account::with_sid("WKS07$", "CORP", "S-1-5-21-1004336348-1177238915-682003330-1301");
    let client = laptop();
    let network = host.network_logon(&client, &machine);
    let anonymous = host.network_logon(&client, &Account::anonymous());
    host.pass(seconds(10));
    // The window manager's twins are one row, by its first logon ID.
    let mut rows = luids[..4].to_vec();
    rows.extend(network.luids);
    rows.extend(anonymous.luids);
    Scenario::new("background", &[&host], vec![]).with_background(&rows)
}
