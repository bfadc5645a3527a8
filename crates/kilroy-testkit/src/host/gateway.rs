//! The machine as an RD Gateway.

use kilroy_model::Timestamp;

use super::{Client, Host};
use crate::account::Account;
use crate::layouts::gateway::{self, Peer};
use crate::log::Mark;

/// A connection through the gateway.
#[derive(Debug, Clone)]
pub struct GatewayConnection {
    client: Client,
    user: String,
    resource: String,
    activity: Option<u128>,
    udp: bool,
    /// 312, the first sign of it.
    pub first: Mark,
    /// 302 of HTTP.
    pub connected: Mark,
    /// All records.
    pub all: Vec<Mark>,
}

impl GatewayConnection {
    fn peer<'a>(&'a self, protocol: &'a str) -> Peer<'a> {
        Peer { user: &self.user, address: &self.client.ip, resource: &self.resource, protocol }
    }

    /// When it was connected.
    pub fn since(&self) -> Timestamp {
        self.connected.time
    }
}

impl Host {
    /// Somebody comes to the gateway and is let in: 312, 313, 200. Returns the activity, and the records.
    fn gateway_arrival(&mut self, client: &Client, user: &str) -> (Option<u128>, Vec<Mark>) {
        let activity = self.gateway_activity();
        let with_port = client.with_port();
        let nobody = Peer { user: "", address: &with_port, resource: "", protocol: "HTTP" };
        let mut all = vec![self.log(gateway::connecting(false, nobody).of(activity))];
        self.pass(20);
        all.push(self.log(gateway::connecting(true, nobody).of(activity)));
        self.pass(300);
        let peer = Peer { user, address: &client.ip, resource: "", protocol: "HTTP" };
        all.push(self.log(gateway::let_in(peer).of(activity)));
        self.pass(150);
        (activity, all)
    }

    /// Somebody gets through the gateway to a machine: 312, 313, 200, 300, 302, with UDP a second 302.
    pub fn gateway_connect(
        &mut self,
        client: &Client,
        account: &Account,
        resource: &str,
        udp: bool,
    ) -> GatewayConnection {
        let user = account.qualified();
        let (activity, mut all) = self.gateway_arrival(client, &user);
        let peer = Peer { user: &user, address: &client.ip, resource, protocol: "HTTP" };
        all.push(self.log(gateway::may_go(peer).of(activity)));
        self.pass(80);
        let connected = self.log(gateway::connected(peer).of(activity));
        all.push(connected.clone());
        if udp {
            self.pass(2400);
            all.push(self.log(gateway::connected(Peer { protocol: "UDP", ..peer }).of(activity)));
        }
        let (first, resource) = (all[0].clone(), resource.to_owned());
        GatewayConnection { client: client.clone(), user, resource, activity, udp, first, connected, all }
    }

    /// The connection ends: 303 of each transport, that of HTTP last. The last mark is the end.
    pub fn gateway_disconnect(&mut self, of: &GatewayConnection) -> Vec<Mark> {
        let spent = (self.now().ticks() - of.since().ticks()) / 10_000_000;
        let spent = u32::try_from(spent).unwrap_or(0);
        let mut ends = Vec::new();
        if of.udp {
            ends.push(self.log(gateway::disconnected(of.peer("UDP"), spent).of(of.activity)));
            self.pass(40);
        }
        ends.push(self.log(gateway::disconnected(of.peer("HTTP"), spent).of(of.activity)));
        ends
    }

    /// The gateway does not let somebody in (201). Returns the refusal.
    pub fn gateway_keeps_out(&mut self, client: &Client, account: &Account) -> Mark {
        let user = account.qualified();
        let peer = Peer { user: &user, address: &client.ip, resource: "", protocol: "HTTP" };
        self.log(gateway::kept_out(peer, 23_003))
    }

    /// Somebody who was let in may not go to a machine (301). Returns the records, the refusal last.
    pub fn gateway_forbids(&mut self, client: &Client, account: &Account, resource: &str) -> Vec<Mark> {
        let user = account.qualified();
        let (activity, mut all) = self.gateway_arrival(client, &user);
        let peer = Peer { user: &user, address: &client.ip, resource, protocol: "HTTP" };
        all.push(self.log(gateway::may_not_go(peer, 23_002).of(activity)));
        all
    }

    /// Somebody may go to a machine that is not there (304). Returns the records, the failure last.
    pub fn gateway_misses(&mut self, client: &Client, account: &Account, resource: &str) -> Vec<Mark> {
        let user = account.qualified();
        let (activity, mut all) = self.gateway_arrival(client, &user);
        let peer = Peer { user: &user, address: &client.ip, resource, protocol: "HTTP" };
        all.push(self.log(gateway::may_go(peer).of(activity)));
        self.pass(3000);
        all.push(self.log(gateway::not_reached(peer, 23_005).of(activity)));
        all
    }

    /// Gateways number their connections with GUIDs of no special form.
    fn gateway_activity(&mut self) -> Option<u128> {
        let number = self.activity()?;
        Some(number & !(0xffff << 112) | 0x5d8a << 112)
    }
}
