//! The local session manager, and SessionServices, whose events 21 to 25 are taken as look-alikes.

use kilroy_evtx::{Body, Value};

use super::entry::{Entry, Head, INFORMATION, Provider, entry, field, text};
use crate::log::Log;

const LSM: Provider = Provider {
    name: "Microsoft-Windows-TerminalServices-LocalSessionManager",
    guid: Some(0x5d89_6912_022d_40aa_a3a8_4fa5_515c_76d7),
};
/// No public record exists; name and channel are the manifest's, the GUID is left out.
const SESSION_SERVICES: Provider =
    Provider { name: "Microsoft-Windows-RemoteDesktopServices-SessionServices", guid: None };
/// The activity that all sessions at the console share.
pub const CONSOLE_ACTIVITY: u128 = 0x61A5_5000_55E5_1017_0000_0000_0000_0000;

fn lsm(event_id: u32, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        level: INFORMATION,
        keywords: 0x1000_0000_0000_0000,
        process_id: 740,
        sid: Some("S-1-5-18"),
        ..Head::default()
    };
    let body = Body::UserData { element: "EventXML".to_owned(), namespace: "Event_NS".to_owned(), fields };
    entry(Log::LocalSessions, LSM, event_id, head, body)
}

fn of_user(user: &str, session: u32) -> Vec<(String, Value)> {
    vec![text("User", user), field("SessionID", Value::U32(session))]
}

fn with_address(event_id: u32, user: &str, session: u32, address: &str) -> Entry {
    let mut fields = of_user(user, session);
    fields.push(text("Address", address));
    lsm(event_id, fields)
}

/// 21: session logon succeeded. `user` as logged, `DOM\user` as a rule; `address` is an IP address or `LOCAL`.
pub fn logon(user: &str, session: u32, address: &str) -> Entry {
    with_address(21, user, session, address)
}

/// 22: the shell was started.
pub fn shell(user: &str, session: u32, address: &str) -> Entry {
    with_address(22, user, session, address)
}

/// 23: session logoff succeeded.
pub fn logoff(user: &str, session: u32) -> Entry {
    lsm(23, of_user(user, session))
}

/// 24: the session was disconnected.
pub fn disconnected(user: &str, session: u32, address: &str) -> Entry {
    with_address(24, user, session, address)
}

/// 25: session reconnection succeeded.
pub fn reconnected(user: &str, session: u32, address: &str) -> Entry {
    with_address(25, user, session, address)
}

/// 32: a plug-in was initialised.
pub fn plug_in() -> Entry {
    lsm(32, vec![text("messageName", "RDSAppXPlugin")])
}

/// 39: one session was disconnected by another.
pub fn kicked(target: u32, source: u32) -> Entry {
    lsm(39, vec![field("TargetSession", Value::U32(target)), field("Source", Value::U32(source))])
}

/// 40: a session was disconnected, with the reason.
pub fn reason(session: u32, reason: u32) -> Entry {
    lsm(40, vec![field("Session", Value::U32(session)), field("Reason", Value::U32(reason))])
}

/// 41: session arbitration began.
pub fn arbitration_begun(user: &str, session: u32) -> Entry {
    lsm(41, of_user(user, session))
}

/// 42: session arbitration ended.
pub fn arbitration_ended(user: &str, session: u32) -> Entry {
    lsm(42, of_user(user, session))
}

/// The same event as SessionServices would write it.
pub fn as_session_services(entry: Entry) -> Entry {
    entry.moved_to(Log::SessionServices, SESSION_SERVICES)
}
