//! OpenSSH on Windows.

use kilroy_model::{EndKind, How, Kind};

use super::accounts::{bob, elsewhere, server};
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::log::Log;
use crate::time::seconds;

pub(super) fn all() -> Vec<Scenario> {
    vec![success(), success_by_lines(), failure()]
}

/// The line of sshd and the logon of type 8 are one row; the 4634 is the logoff, which ranks before the disconnect.
fn success() -> Scenario {
    let mut host = server();
    host.boot();
    let (user, client) = (bob(), elsewhere());
    let shell = host.ssh_logon(&client, &user, 5848);
    host.pass(seconds(600));
    let (lines, closed) = host.ssh_end(&shell, &user);
    host.pass(seconds(60));
    let answer = AccessAnswer::new(&host, &user, Kind::Ssh, How::Logon)
        .from(&client.ip, "")
        .began(shell.logon.time, shell.logon.time)
        .luids(&[shell.luid])
        .ended(EndKind::Logoff, closed.time)
        .by(&shell.all)
        .by([&closed])
        .perhaps(&lines);
    Scenario::new("ssh-success", &[&host], vec![answer])
}

/// The lines alone: the daemon's "Received disconnect" and "Disconnected", at the same moment, are the disconnect.
fn success_by_lines() -> Scenario {
    let mut host = server().only(&[Log::OpenSsh]);
    let (user, client) = (bob(), elsewhere());
    let shell = host.ssh_logon(&client, &user, 5848);
    host.pass(seconds(600));
    let (lines, _) = host.ssh_end(&shell, &user);
    let end = super::rdp::time(lines.last());
    let answer = AccessAnswer::new(&host, &user, Kind::Ssh, How::Logon)
        .named("bob", None)
        .from(&client.ip, "")
        .began(shell.line.time, shell.line.time)
        .ended(EndKind::Disconnect, end)
        .by([&shell.line])
        .perhaps(&lines);
    Scenario::new("ssh-lines-alone", &[&host], vec![answer])
}

/// A name that does not exist: Security knows it as NOUSER, the line has the name.
fn failure() -> Scenario {
    let mut host = server();
    host.boot();
    let client = elsewhere();
    let tried = host.ssh_failure(&client, "hacker", 5850);
    host.pass(seconds(60));
    let nobody = Account::with_sid("hacker", "", "S-1-0-0");
    let answer = AccessAnswer::new(&host, &nobody, Kind::Ssh, How::Logon)
        .from(&client.ip, "")
        .failed(Some(tried.line.time), tried.line.time, Some("0xc0000064"))
        .by(&tried.all);
    Scenario::new("ssh-failure-no-user", &[&host], vec![answer])
}
