//! RD Gateway: the gateway host has a row for each way through it, the machine behind has the session.

use kilroy_model::{EndKind, How, Kind};

use super::accounts::{bob, elsewhere, server};
use super::rdp::new_desktop;
use crate::account::Account;
use crate::answers::{AccessAnswer, Scenario};
use crate::host::{Client, GatewayConnection, Host, Style};
use crate::log::{Log, Mark};
use crate::time::{may, seconds};

const RESOURCE: &str = "srv01.corp.example";

pub(super) fn all() -> Vec<Scenario> {
    let mut all = vec![
        way_through(),
        twice_at_once("gateway-twice-at-once", Style::Windows10),
        twice_at_once("gateway-twice-without-activities", Style::Windows7),
        refused(),
        begin_not_seen(),
    ];
    all.extend(to_the_machine_behind());
    all
}

fn gateway() -> Host {
    styled(Style::Windows10)
}

fn styled(style: Style) -> Host {
    let mut host = Host::new("GW01.corp.example", style, may(14, 8, 0, 0));
    host.boot();
    host.pass(seconds(3600));
    host
}

fn row(
    host: &Host,
    account: &Account,
    client: &Client,
    way: &GatewayConnection,
    ends: &[Mark],
) -> AccessAnswer {
    let answer = AccessAnswer::new(host, account, Kind::Gateway, How::Logon)
        .from(&client.ip, "")
        .to(RESOURCE)
        .began(way.first.time, way.since())
        .by(&way.all)
        .by(ends);
    match ends.last() {
        Some(end) => answer.ended(EndKind::Disconnect, end.time),
        None => answer,
    }
}

/// HTTP and UDP: two 302 and two 303, one row with the external address and the machine behind.
fn way_through() -> Scenario {
    let mut host = gateway();
    let (user, client) = (bob(), elsewhere());
    let way = host.gateway_connect(&client, &user, RESOURCE, true);
    host.pass(seconds(1800));
    let ends = host.gateway_disconnect(&way);
    host.pass(seconds(60));
    let answer = row(&host, &user, &client, &way, &ends);
    Scenario::new("gateway-http-and-udp", &[&host], vec![answer])
}

/// The same user from the same place to the same machine, twice: the second way is opened before the first is closed. The
/// activity tells them apart; where an export has none, the length that 303 gives does.
fn twice_at_once(name: &'static str, style: Style) -> Scenario {
    let mut host = styled(style);
    let (user, client) = (bob(), elsewhere());
    let first = host.gateway_connect(&client, &user, RESOURCE, false);
    host.pass(seconds(600));
    let second = host.gateway_connect(&client, &user, RESOURCE, false);
    host.pass(seconds(5));
    let second_ends = host.gateway_disconnect(&second);
    host.pass(seconds(900));
    let first_ends = host.gateway_disconnect(&first);
    host.pass(seconds(60));
    let answers = vec![
        row(&host, &user, &client, &first, &first_ends),
        row(&host, &user, &client, &second, &second_ends),
    ];
    Scenario::new(name, &[&host], answers)
}

/// 201, 301, 304: refused at the door, refused on the way, nobody there.
fn refused() -> Scenario {
    let mut host = gateway();
    let (user, client) = (bob(), elsewhere());
    let out = host.gateway_keeps_out(&client, &user);
    host.pass(seconds(120));
    let forbidden = host.gateway_forbids(&client, &user, "dc01");
    host.pass(seconds(120));
    let missed = host.gateway_misses(&client, &user, "old-pc");
    host.pass(seconds(120));
    let new = || AccessAnswer::new(&host, &user, Kind::Gateway, How::Logon).from(&client.ip, "");
    let last = |marks: &[Mark]| super::rdp::time(marks.last());
    let mut first = new().denied(out.time, out.time).by([&out]);
    first.resource = None;
    let answers = vec![
        first,
        new().to("dc01").denied(forbidden[0].time, last(&forbidden)).by(&forbidden),
        new().to("old-pc").failed(Some(missed[0].time), last(&missed), Some("23005")).by(&missed),
    ];
    Scenario::new("gateway-refusals", &[&host], answers)
}

/// The log begins after the 302: the 303 alone is a row, and it says no begin.
fn begin_not_seen() -> Scenario {
    let mut host = gateway();
    let (user, client) = (bob(), elsewhere());
    let way = host.gateway_connect(&client, &user, RESOURCE, false);
    host.pass(seconds(600));
    let now = host.now();
    host.wrap(Log::Gateway, now);
    let ends = host.gateway_disconnect(&way);
    host.pass(seconds(60));
    let answer = AccessAnswer::new(&host, &user, Kind::Gateway, How::Unknown)
        .from(&client.ip, "")
        .to(RESOURCE)
        .ended(EndKind::Disconnect, super::rdp::time(ends.last()))
        .by(&ends);
    Scenario::new("gateway-begin-not-seen", &[&host], vec![answer])
}

/// Both sides: the machine behind shows the gateway's address, the gateway the external one.
fn to_the_machine_behind() -> Option<Scenario> {
    let mut host = gateway();
    let (user, client) = (bob(), elsewhere());
    let way = host.gateway_connect(&client, &user, RESOURCE, false);
    let mut behind = server();
    behind.boot();
    let now = host.now().plus_millis(400);
    behind.at(now);
    let through = Client::new("10.20.30.9", 49911, &client.name);
    let logon = behind.rdp_logon(&through, &user);
    behind.pass(seconds(600));
    let end = behind.rdp_disconnect(logon.session, 11)?;
    let then = behind.now();
    host.at(then);
    let ends = host.gateway_disconnect(&way);
    let on_target = new_desktop(&behind, &user, &through, &logon)
        .ended(EndKind::Disconnect, super::rdp::time(end.end.as_ref()))
        .reason(11)
        .by(&end.all)
        .perhaps(&end.closed);
    let answers = vec![row(&host, &user, &client, &way, &ends), on_target];
    Some(Scenario::new("gateway-and-the-machine-behind", &[&host, &behind], answers))
}
