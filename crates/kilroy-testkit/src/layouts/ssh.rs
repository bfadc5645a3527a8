//! OpenSSH for Windows.

use kilroy_evtx::Body;

use super::entry::{Entry, Head, INFORMATION, Provider, entry, text};
use crate::log::Log;

const OPEN_SSH: Provider =
    Provider { name: "OpenSSH", guid: Some(0xc4b5_7d35_0636_4bc3_a262_370f_249f_9802) };

/// 4: a line of sshd. `process_id` is the connection's.
pub fn line(process_id: u32, payload: &str) -> Entry {
    let head = Head {
        level: INFORMATION,
        keywords: 0x4000_0000_0000_0000,
        process_id,
        sid: Some("S-1-5-18"),
        ..Head::default()
    };
    let body = Body::EventData(vec![text("process", "sshd"), text("payload", payload)]);
    entry(Log::OpenSsh, OPEN_SSH, 4, head, body)
}
