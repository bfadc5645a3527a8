//! The RDP listener: RemoteConnectionManager and RdpCoreTS.

use kilroy_evtx::{Body, Value};

use super::entry::{Entry, Head, INFORMATION, Provider, entry, field, text};
use crate::log::Log;

const RCM: Provider = Provider {
    name: "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
    guid: Some(0xc76b_aa63_ae81_421c_b425_340b_4b24_157f),
};
const RDP_CORE: Provider = Provider {
    name: "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",
    guid: Some(0x1139_c61b_b549_4251_8ed3_2725_0a1e_dec8),
};
const NETWORK_SERVICE: Option<&str> = Some("S-1-5-20");

fn rcm(event_id: u32, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        level: INFORMATION,
        keywords: 0x1000_0000_0000_0000,
        process_id: 948,
        sid: NETWORK_SERVICE,
        ..Head::default()
    };
    let body = Body::UserData { element: "EventXML".to_owned(), namespace: "Event_NS".to_owned(), fields };
    entry(Log::RemoteConnections, RCM, event_id, head, body)
}

/// 258: the listener has started.
pub fn listener_started() -> Entry {
    rcm(258, vec![text("listenerName", "RDP-Tcp")])
}

/// 261: the listener received a connection.
pub fn connection_received() -> Entry {
    rcm(261, vec![text("listenerName", "RDP-Tcp")])
}

/// 1149: user authentication succeeded. The domain is often empty.
pub fn authenticated(user: &str, domain: &str, address: &str) -> Entry {
    rcm(1149, vec![text("Param1", user), text("Param2", domain), text("Param3", address)])
}

/// Steps of a connection, as RdpCoreTS numbers them.
mod opcode {
    pub(super) const CONNECTED: u8 = 15;
    pub(super) const NAMED: u8 = 13;
    pub(super) const ENDED: u8 = 17;
    pub(super) const SECURITY: u8 = 14;
}

fn rdp_core(event_id: u32, level: u8, opcode: u8, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        level,
        task: 4,
        opcode,
        keywords: 0x4000_0000_0000_0000,
        process_id: 948,
        sid: NETWORK_SERVICE,
        ..Head::default()
    };
    entry(Log::RdpCore, RDP_CORE, event_id, head, Body::EventData(fields))
}

/// 131: the server accepted a connection; `client` is `ip:port` or `[ip]:port`.
pub fn accepted(transport: &str, client: &str) -> Entry {
    let fields = vec![text("ConnType", transport), text("ClientIP", client)];
    rdp_core(131, INFORMATION, opcode::CONNECTED, fields)
}

/// 140: a connection failed because user name or password is not right.
pub fn rejected(address: &str) -> Entry {
    rdp_core(140, 3, opcode::SECURITY, vec![text("IPString", address)])
}

/// 65: the connection got a name.
pub fn named(connection: &str) -> Entry {
    rdp_core(65, INFORMATION, opcode::NAMED, vec![text("ConnectionName", connection)])
}

/// 66: the connection got its terminal session.
pub fn assigned(connection: &str, session: u32) -> Entry {
    let fields = vec![text("ConnectionName", connection), field("SessionID", Value::U32(session))];
    rdp_core(66, INFORMATION, opcode::NAMED, fields)
}

/// 98: a TCP connection has been established.
pub fn established() -> Entry {
    rdp_core(98, INFORMATION, opcode::CONNECTED, vec![])
}

/// 102: the server has ended its main connection.
pub fn ended() -> Entry {
    rdp_core(102, INFORMATION, opcode::ENDED, vec![])
}

/// 103: the disconnect reason.
pub fn disconnect_reason(code: u32) -> Entry {
    rdp_core(103, INFORMATION, opcode::ENDED, vec![field("ReasonCode", Value::U32(code))])
}

/// 107: the client says that it closes the connection.
pub fn client_closed() -> Entry {
    rdp_core(107, INFORMATION, opcode::ENDED, vec![])
}

/// 142: reading from the socket failed with this Windows error.
pub fn read_failed(error: u32) -> Entry {
    rdp_core(142, 3, opcode::ENDED, vec![field("error", Value::U32(error))])
}

/// 143: writing to the socket failed with this Windows error.
pub fn write_failed(error: u32) -> Entry {
    rdp_core(143, 3, opcode::ENDED, vec![field("error", Value::U32(error))])
}

/// 226: a state met an error. `layer` is `RDP_TCP`, `RDP_SEC`.
pub fn state_failed(layer: &str, state: &str, event: &str, error: u32) -> Entry {
    let fields = vec![
        text("StateTransition", layer),
        field("PreviousState", Value::U32(23)),
        text("PreviousStateName", state),
        field("NewState", Value::U32(21)),
        text("NewStateName", "StateDisconnected"),
        field("Event", Value::U32(43)),
        text("EventName", event),
        field("ErrorCode", Value::HexU32(error)),
    ];
    rdp_core(226, 3, opcode::CONNECTED, fields)
}

/// 227: a virtual channel could not be made.
pub fn channel_failed(error: u32) -> Entry {
    let why = format!(
        "'Failed CreateVirtualChannel call on this Connections Stack' in CUMRDPConnection::CreateVirtualChannel at 2498 err=[{error:#x}]"
    );
    let fields =
        vec![text("Name", "CUMRDPConnection"), field("Value", Value::U32(error)), text("CustomLevel", why)];
    rdp_core(227, 2, opcode::CONNECTED, fields)
}

/// System 1057: the listener could not make its certificate. 1058: it could not replace an expired one.
pub fn certificate_failed(event_id: u32, why: &str) -> Entry {
    let head = Head { level: 2, keywords: 0x0080_0000_0000_0000, process_id: 948, ..Head::default() };
    entry(Log::System, RCM, event_id, head, Body::UnnamedData(vec![Value::Str(why.to_owned())], None))
}
