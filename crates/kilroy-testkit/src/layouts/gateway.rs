//! The RD Gateway's own log.

use kilroy_evtx::{Body, Value};

use super::entry::{Entry, Head, INFORMATION, Provider, entry, field, text};
use crate::log::Log;

const GATEWAY: Provider = Provider {
    name: "Microsoft-Windows-TerminalServices-Gateway",
    guid: Some(0x4d5a_e6a1_c7b8_3e6d_b840_4d80_2934_2e1b),
};

/// Whose connection it is: what all events of the log say.
#[derive(Debug, Clone, Copy)]
pub struct Peer<'a> {
    /// `DOM\user`; empty where nobody is known yet.
    pub user: &'a str,
    /// The client's address, in 312 and 313 with its port.
    pub address: &'a str,
    /// The machine behind the gateway; empty before it is known.
    pub resource: &'a str,
    /// `HTTP` or `UDP`.
    pub protocol: &'a str,
}

fn gateway(event_id: u32, opcode: u8, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        level: INFORMATION,
        task: 2,
        opcode,
        keywords: 0x4020_0000_0100_0000,
        process_id: 4672,
        sid: Some("S-1-5-20"),
        ..Head::default()
    };
    let body = Body::UserData { element: "EventInfo".to_owned(), namespace: "aag".to_owned(), fields };
    entry(Log::Gateway, GATEWAY, event_id, head, body)
}

fn about(peer: Peer<'_>, auth_type: &str) -> Vec<(String, Value)> {
    vec![
        text("Username", peer.user),
        text("IpAddress", peer.address),
        text("AuthType", auth_type),
        text("Resource", peer.resource),
        text("ConnectionProtocol", peer.protocol),
    ]
}

/// 312 (outbound) or 313 (inbound): a channel was opened; nobody is authenticated yet.
pub fn connecting(inbound: bool, peer: Peer<'_>) -> Entry {
    let mut fields = about(peer, "");
    fields.push(field("ErrorCode", Value::U32(0)));
    gateway(if inbound { 313 } else { 312 }, 47, fields)
}

/// 200: the connection authorization policy lets the user in.
pub fn let_in(peer: Peer<'_>) -> Entry {
    let mut fields = about(peer, "NTLM");
    fields.push(field("ErrorCode", Value::U32(0)));
    gateway(200, 30, fields)
}

/// 201: it does not.
pub fn kept_out(peer: Peer<'_>, error: u32) -> Entry {
    let mut fields = about(peer, "NTLM");
    fields.push(field("ErrorCode", Value::U32(error)));
    gateway(201, 30, fields)
}

/// 300: the resource authorization policy lets the user go to the machine.
pub fn may_go(peer: Peer<'_>) -> Entry {
    let mut fields = about(peer, "");
    fields.push(field("ErrorCode", Value::U32(0)));
    gateway(300, 30, fields)
}

/// 301: it does not.
pub fn may_not_go(peer: Peer<'_>, error: u32) -> Entry {
    let mut fields = about(peer, "");
    fields.push(field("ErrorCode", Value::U32(error)));
    gateway(301, 30, fields)
}

/// 302: connected to the machine.
pub fn connected(peer: Peer<'_>) -> Entry {
    let mut fields = about(peer, "");
    fields.push(field("ErrorCode", Value::U32(0)));
    gateway(302, 44, fields)
}

/// 303: disconnected from it.
pub fn disconnected(peer: Peer<'_>, seconds: u32) -> Entry {
    let mut fields = about(peer, "");
    fields.extend([
        field("BytesReceived", Value::U32(6_198_054)),
        field("BytesTransfered", Value::U32(1_762_936)),
        field("SessionDuration", Value::U32(seconds)),
        field("ErrorCode", Value::U32(1226)),
    ]);
    gateway(303, 44, fields)
}

/// 304: the machine could not be reached.
pub fn not_reached(peer: Peer<'_>, error: u32) -> Entry {
    let mut fields = about(peer, "");
    fields.push(field("ErrorCode", Value::U32(error)));
    gateway(304, 44, fields)
}
