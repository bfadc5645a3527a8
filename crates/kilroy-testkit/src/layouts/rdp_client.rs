//! The Remote Desktop client, on the machine that somebody goes away from.

use kilroy_evtx::{Body, Value};
use sha2::{Digest, Sha256};

use super::entry::{Entry, Head, INFORMATION, Provider, entry, field, text};
use crate::account::Account;
use crate::log::Log;

const CLIENT: Provider = Provider {
    name: "Microsoft-Windows-TerminalServices-ClientActiveXCore",
    guid: Some(0x28aa_95bb_d444_4719_a36f_4046_2168_127e),
};

/// The user who runs the client stands in `System/Security@UserID`, and nowhere else.
fn client(by: &Account, event_id: u32, task: u16, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        level: INFORMATION,
        task,
        opcode: 10,
        keywords: 0x4000_0000_0000_0000,
        process_id: 7312,
        ..Head::default()
    };
    let mut entry = entry(Log::RdpClient, CLIENT, event_id, head, Body::EventData(fields));
    entry.spec.user_sid = Some(by.sid.clone());
    entry
}

fn named(name: &str, value: &str) -> Vec<(String, Value)> {
    vec![text("Name", name), text("Value", value), text("CustomLevel", "Info")]
}

/// 1024: the client is trying to connect to a server, by the name that was typed.
pub fn connecting(by: &Account, server: &str) -> Entry {
    client(by, 1024, 101, named("Server Name", server))
}

/// 1029: hashes of the user name as typed; that of the domain comes first, where one was typed.
pub fn user_hashed(by: &Account, user: &str, domain: &str) -> Entry {
    let message = match domain {
        "" => format!("{}-", hash(user)),
        domain => format!("{}-{}", hash(domain), hash(user)),
    };
    client(by, 1029, 102, vec![text("TraceMessage", message)])
}

/// 1102: the client has begun a connection to the server at this address.
pub fn address(by: &Account, server_address: &str) -> Entry {
    client(by, 1102, 104, named("Server Address", server_address))
}

/// 1025: the client has connected to the server.
pub fn connected(by: &Account) -> Entry {
    client(by, 1025, 101, vec![])
}

/// 1027: connected to a domain with a terminal session.
pub fn session(by: &Account, domain: &str, session: u32) -> Entry {
    let fields = vec![text("DomainName", domain), field("SessionId", Value::U32(session))];
    client(by, 1027, 101, fields)
}

/// 1026: the client has been disconnected, for this reason.
pub fn disconnected(by: &Account, reason: u32) -> Entry {
    let fields = vec![
        text("Name", "Disconnect Reason"),
        text("Value", reason.to_string()),
        text("CustomLevel", "Info"),
    ];
    client(by, 1026, 103, fields)
}

/// Base64 of the SHA-256 of a name in UTF-16LE.
fn hash(name: &str) -> String {
    let bytes: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    base64(&Sha256::digest(bytes))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, n| bits << 8 | three.get(n).map_or(0, |&b| usize::from(b)));
        for n in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * n) & 0x3f];
            out.push(if n <= three.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a Windows 10 wrote for these names, as published by others.
    #[test]
    fn hashes_are_those_that_windows_writes() {
        assert_eq!(hash("Administrator"), "UmTGMgTFbA35+PSgMOoZ2ToPpAK+awC010ZOYWQQIfc=");
        assert_eq!(hash("alice"), "37b1Qe+C6RABWfEqhOY11NzgSzEATQWYD8PK6fWhlzc=");
        assert_eq!(hash("example"), "LZDrhy6nd9yShjFabAXdEq4o+LXDgDsQAAsbbZEr2/0=");
    }
}
