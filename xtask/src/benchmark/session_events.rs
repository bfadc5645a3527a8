//! The events that sessions are made of: what a responder who wants sessions only has to read.

use kilroy_evtx::EventIds;

const SECURITY: &[u32] = &[
    1100, 1102, 4608, 4609, 4616, 4624, 4625, 4634, 4647, 4648, 4672, 4688, 4768, 4769, 4771, 4776, 4778,
    4779, 4800, 4801, 4802, 4803, 4825,
];
const SYSTEM: &[u32] = &[1, 12, 13, 20, 27, 41, 42, 104, 107, 1074, 6005, 6006, 6008, 6009, 6013];
const SESSION_MANAGER: &[u32] = &[21, 22, 23, 24, 25, 39, 40, 41, 42];

/// 59 pairs of channel and event ID.
const PAIRS: &[(&str, &[u32])] = &[
    ("Security", SECURITY),
    ("System", SYSTEM),
    ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", SESSION_MANAGER),
    ("Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", &[261, 1149]),
    ("Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational", &[98, 131, 140]),
    ("Microsoft-Windows-RemoteDesktopServices-SessionServices/Operational", &[21, 22, 23, 24, 25]),
    ("Microsoft-Windows-Sysmon/Operational", &[1]),
    ("OpenSSH/Operational", &[4]),
];

/// Whether such an event says something of a session.
pub(crate) fn is_session_event(channel: &str, event_id: u32) -> bool {
    PAIRS.iter().any(|(of, ids)| *of == channel && ids.contains(&event_id))
}

/// The event IDs among them: most records are of another.
pub(crate) fn event_ids() -> EventIds {
    PAIRS.iter().flat_map(|(_, ids)| ids.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many() {
        assert_eq!(PAIRS.iter().map(|(_, ids)| ids.len()).sum::<usize>(), 59);
        assert!(is_session_event("Security", 4624) && !is_session_event("Security", 5156));
    }
}
