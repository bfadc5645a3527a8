//! What the catalog says of one kind of event, and how to find it.

use kilroy_model::{Action, Role};

use crate::tables::{BY_ID, EVENTS};
use crate::{FieldRole, Text};

/// How much attention one such event deserves on its own, after Microsoft's "Events to Monitor".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Criticality {
    /// Ordinary; telling only beside others.
    Low,
    /// Look, when it is unusual for this host.
    Medium,
    /// One such event warrants a look.
    High,
}

impl Criticality {
    /// The name used in tables and in the catalog.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One kind of event: provider and event ID, never the ID alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventEntry {
    /// Provider, as it writes itself.
    pub provider: &'static str,
    /// Channels that it is usually found in.
    pub channels: &'static [&'static str],
    /// Do channel and event ID tell this event, even where the provider is missing?
    pub by_channel: bool,
    /// Event ID.
    pub event_id: u32,
    /// What happened, in Kilroy's words; `None` if sessions have no word for it.
    pub action: Option<Action>,
    /// The part that such a record usually plays in a session.
    pub receipt_role: Option<Role>,
    /// One line, close to Microsoft's own words.
    pub title: Text,
    /// What it says to an investigator, what it does not say, and where it misleads.
    pub meaning: Text,
    /// Which field plays which role. A role may stand there more than once, for layouts that differ between versions
    /// of Windows: then the first field that is there and says something counts.
    pub roles: &'static [(FieldRole, &'static str)],
    /// What the field of role [`FieldRole::Object`] is: `service`, `share`, `file`…
    pub object_kind: Option<&'static str>,
    /// ATT&CK techniques that such an event can be a trace of.
    pub attack: &'static [&'static str],
    /// How much attention it deserves on its own.
    pub criticality: Criticality,
    /// Where the knowledge is from.
    pub source: &'static str,
}

impl EventEntry {
    /// The fields that play this role, the preferred one first.
    pub fn fields(&self, role: FieldRole) -> impl Iterator<Item = &'static str> + use<> {
        self.roles.iter().filter(move |(r, _)| *r == role).map(|(_, field)| *field)
    }
}

/// The entry for an event. Provider and channel are compared without regard to case.
///
/// Provider and event ID decide. Where they find nothing, channel and event ID do for the entries that say so
/// ([`EventEntry::by_channel`]): exports to JSON leave the provider out or write its display name.
pub fn event(provider: &str, channel: &str, event_id: u32) -> Option<&'static EventEntry> {
    // The number first: it is quickly compared, and few events share one.
    let first = BY_ID.partition_point(|(id, _)| *id < event_id);
    let same_id = || {
        let rest = BY_ID.get(first..).unwrap_or_default();
        rest.iter().take_while(|(id, _)| *id == event_id).filter_map(|(_, index)| EVENTS.get(*index))
    };
    same_id().find(|e| e.provider.eq_ignore_ascii_case(provider)).or_else(|| {
        same_id().find(|e| e.by_channel && e.channels.iter().any(|c| c.eq_ignore_ascii_case(channel)))
    })
}

/// All entries, sorted by provider (without regard to case) and event ID.
pub fn events() -> &'static [EventEntry] {
    EVENTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn found_by_provider_whatever_the_case() {
        let entry = event("MICROSOFT-windows-security-auditing", "ForwardedEvents", 4624).unwrap();
        assert_eq!(entry.provider, "Microsoft-Windows-Security-Auditing");
        assert_eq!((entry.action, entry.receipt_role), (Some(Action::Logon), Some(Role::Logon)));
        assert_eq!(entry.title.get(Language::Korean), "계정이 성공적으로 로그온되었습니다.");
        assert_eq!(event("USER32", "System", 1074), event("User32", "System", 1074));
    }

    #[test]
    fn found_by_channel_where_the_provider_is_missing() {
        assert_eq!(event("", "security", 4624).unwrap().event_id, 4624);
        assert_eq!(event("Security", "Security", 4634).unwrap().action, Some(Action::Logoff));
        assert_eq!(event("", "Security", 1102).unwrap().action, Some(Action::LogCleared));
        let lsm = "microsoft-windows-terminalservices-localsessionmanager/operational";
        assert_eq!(event("", lsm, 21).unwrap().action, Some(Action::TerminalLogon));
        // Many providers write to System: there a bare ID means nothing.
        assert_eq!(event("", "System", 12), None);
        assert_eq!(event("Wininit", "System", 12), None);
        // AD FS writes 512 to the Security log; only the provider of old is Windows itself.
        assert_eq!(event("AD FS Auditing", "Security", 512), None);
        assert_eq!(event("Security", "Security", 512).unwrap().action, Some(Action::AuditStarted));
    }

    #[test]
    fn one_id_of_several_providers() {
        let action = |provider, id| event(provider, "", id).and_then(|e| e.action);
        assert_eq!(action("Microsoft-Windows-Sysmon", 21), None);
        assert_eq!(
            action("Microsoft-Windows-TerminalServices-LocalSessionManager", 21),
            Some(Action::TerminalLogon)
        );
        assert_eq!(action("Microsoft-Windows-Eventlog", 104), Some(Action::LogCleared));
        assert_eq!(action("Microsoft-Windows-RemoteDesktopServices-RdpCoreTS", 104), None);
        assert_eq!(action("Microsoft-Windows-Eventlog", 1102), Some(Action::LogCleared));
        let client = "Microsoft-Windows-TerminalServices-RDPClient/Operational";
        assert_eq!(event("", client, 1102).unwrap().action, None);
    }

    #[test]
    fn fields_of_a_role_in_their_order() {
        let explicit = event("Microsoft-Windows-Security-Auditing", "Security", 4648).unwrap();
        let guid: Vec<_> = explicit.fields(FieldRole::LogonGuid).collect();
        assert_eq!(guid, ["TargetLogonGuid", "LogonGuid[2]"]);
        assert_eq!(explicit.fields(FieldRole::Hashes).count(), 0);
    }

    #[test]
    fn every_entry_can_be_found() {
        for (index, entry) in events().iter().enumerate() {
            assert_eq!(event(&entry.provider.to_uppercase(), "", entry.event_id), Some(entry));
            assert!(entry.roles.is_sorted_by_key(|(role, _)| *role), "{} {}", entry.provider, entry.event_id);
            let key = |e: &EventEntry| (e.provider.to_ascii_lowercase(), e.event_id);
            assert!(events().get(index + 1).is_none_or(|next| key(entry) < key(next)));
            for channel in entry.channels.iter().filter(|_| entry.by_channel) {
                assert_eq!(event("", &channel.to_uppercase(), entry.event_id), Some(entry));
            }
        }
        assert_eq!(event("", "", 0), None);
        assert_eq!(event("Microsoft-Windows-Sysmon", "", u32::MAX), None);
    }

    /// The session engine reads nothing but actions, so an action that no event has is a hole in the catalog.
    #[test]
    fn every_action_has_an_event() {
        // Records of utmp have no event ID: their reader names the action.
        let of_utmp = [Action::TtyOpened, Action::TtyClosed];
        for action in Action::ALL.iter().filter(|action| !of_utmp.contains(action)) {
            assert!(events().iter().any(|e| e.action == Some(*action)), "{action}");
        }
    }
}
