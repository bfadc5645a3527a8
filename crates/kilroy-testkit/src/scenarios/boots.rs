//! Boots, clocks and record IDs: what separates sessions that look alike.

use kilroy_model::{EndKind, Kind};

use super::accounts::{alice, bob, laptop, server};
use super::plain::row;
use super::rdp::{new_desktop, time};
use crate::answers::Scenario;
use crate::log::Log;
use crate::time::{may, seconds};

pub(super) fn all() -> Vec<Scenario> {
    let mut all = vec![luid_reuse_with_mark(), luid_reuse_unseen(), record_ids_start_again()];
    all.extend(clock_steps_back());
    all
}

/// The same logon ID before and after a 4608: two sessions, and the later 4634 closes the later one.
fn luid_reuse_with_mark() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    host.boot_by_security();
    let client = laptop();
    let first = host.network_logon(&client, &alice());
    host.pass(seconds(600));
    let boot = host.boot_by_security();
    let second = host.network_logon(&client, &alice());
    host.pass(seconds(30));
    let closed = host.end(&second);
    let before = row(&host, Kind::Network, &first, &[])
        .from(&client.ip, &client.name)
        .bounded(EndKind::Boot, Some(boot.time));
    let after = row(&host, Kind::Network, &second, &closed).from(&client.ip, &client.name);
    Scenario::new("luid-reuse-after-4608", &[&host], vec![before, after])
}

/// The same without any mark: the logon ID itself, given out again, shows that a boot lies between.
fn luid_reuse_unseen() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    host.set_luid(0x0045_0000);
    let client = laptop();
    let first = host.network_logon(&client, &alice());
    host.pass(seconds(600));
    host.boot_unseen().set_luid(0x0045_0000);
    let second = host.network_logon(&client, &bob());
    host.pass(seconds(30));
    let closed = host.end(&second);
    // No record marks the boot: the first one that shows it is the bound.
    let before = row(&host, Kind::Network, &first, &[])
        .from(&client.ip, &client.name)
        .bounded(EndKind::Boot, Some(second.logon.time));
    let after = row(&host, Kind::Network, &second, &closed).from(&client.ip, &client.name);
    Scenario::new("luid-reuse-without-mark", &[&host], vec![before, after])
}

/// A log that begins anew: record IDs fall back while time goes on. Nothing else changes.
fn record_ids_start_again() -> Scenario {
    let mut host = server().only(&[Log::Security]);
    host.set_record_id(Log::Security, 50_000);
    host.boot_by_security();
    let client = laptop();
    let first = host.network_logon(&client, &alice());
    host.pass(seconds(30));
    let first_closed = host.end(&first);
    host.pass(seconds(600));
    host.set_record_id(Log::Security, 0);
    let second = host.network_logon(&client, &bob());
    host.pass(seconds(30));
    let second_closed = host.end(&second);
    let answers = vec![
        row(&host, Kind::Network, &first, &first_closed).from(&client.ip, &client.name),
        row(&host, Kind::Network, &second, &second_closed).from(&client.ip, &client.name),
    ];
    Scenario::new("record-ids-start-again", &[&host], answers)
}

/// The clock is ten hours ahead until right after 4608. By time the boot lies after the whole next day's work.
fn clock_steps_back() -> Option<Scenario> {
    let mut host = server();
    host.boot();
    let (user, client) = (alice(), laptop());
    let first = host.rdp_logon(&client, &user);
    host.pass(seconds(600));
    let down = host.shutdown(&user);
    // The hardware clock is read as local time: seven in the evening, not nine in the morning.
    host.at(may(15, 19, 0, 0));
    host.boot();
    host.clock_back(10);
    host.pass(seconds(120));
    let second = host.rdp_logon(&client, &user);
    host.pass(seconds(1800));
    let left = host.rdp_disconnect(second.session, 11)?;
    let before =
        new_desktop(&host, &user, &client, &first).bounded(EndKind::Shutdown, Some(down.kernel.time));
    let after = new_desktop(&host, &user, &client, &second)
        .ended(EndKind::Disconnect, time(left.end.as_ref()))
        .reason(11)
        .by(&left.all)
        .perhaps(&left.closed);
    Some(Scenario::new("clock-steps-back-after-boot", &[&host], vec![before, after]))
}
