//! Records on the side that is left: each says that somebody goes to another machine, or means to.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{Action, EventUid, Guid, HopMethod, HopRole, Luid, Timestamp};

use super::called::Called;
use super::client_command::ClientCommand;
use super::name_hash::NameHash;
use super::presence::Names;
use super::service::Services;
use crate::hosts::HostId;
use crate::{Observation, Person};

/// Full channel names of the logs that matter here.
pub(super) mod log {
    pub(crate) const SECURITY: &str = "Security";
    pub(crate) const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
    pub(crate) const RDP_CLIENT: &str = "Microsoft-Windows-TerminalServices-RDPClient/Operational";
}

/// Direction of a 5156: the connection goes out.
const OUTBOUND: &str = "%%14593";
/// Protocol of a 5156, by its number.
const UDP: &str = "17";

/// Texts of which there is one copy each, however many records have them.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts(BTreeSet<Arc<str>>);

impl Texts {
    pub(super) fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

/// A record, so far as a proof needs it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    pub(super) time: Timestamp,
    pub(super) uid: EventUid,
    pub(super) log: Arc<str>,
    pub(super) event_id: u32,
    pub(super) number: u64,
}

impl Record {
    pub(super) fn of(seen: &Observation, texts: &mut Texts) -> Self {
        Self {
            time: seen.time,
            uid: seen.uid,
            log: texts.keep(&seen.log),
            event_id: seen.event_id,
            number: seen.record_id,
        }
    }
}

/// An account, in small letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Who {
    pub(super) user: Option<Arc<str>>,
    pub(super) domain: Option<Arc<str>>,
    /// User and domain as logged, or as typed.
    pub(super) spelled: Names,
    pub(super) sid: Option<Arc<str>>,
    pub(super) luid: Option<Luid>,
}

impl Who {
    fn of(person: &Person, texts: &mut Texts) -> Self {
        let mut kept = |text: &Option<String>| text.as_deref().map(|t| texts.keep(t));
        let spelled = (kept(&person.user), kept(&person.domain));
        let mut kept = |text: &Option<String>| text.as_deref().map(|t| texts.keep(&t.to_lowercase()));
        Self {
            user: kept(&person.user),
            domain: kept(&person.domain),
            spelled,
            sid: kept(&person.sid),
            luid: person.luid,
        }
    }

    /// As typed behind a switch: `kim`, `CORP\kim`, `kim@corp.example`.
    fn typed(text: &str, texts: &mut Texts) -> Self {
        let before = text.split_once('\\');
        let behind = || text.split_once('@').map(|(user, domain)| (domain, user));
        let (domain, user) = match before.or_else(behind) {
            Some((domain, user)) => (Some(domain), user),
            None => (None, text),
        };
        let mut lower = |text: &str| texts.keep(&text.to_lowercase());
        let (lower_user, lower_domain) = (lower(user), domain.map(&mut lower));
        let spelled = (Some(texts.keep(user)), domain.map(|domain| texts.keep(domain)));
        Self { user: Some(lower_user), domain: lower_domain, spelled, ..Self::default() }
    }

    /// The kernel and services act in the name of whoever asked them.
    pub(super) fn is_nobody(&self) -> bool {
        self.luid.is_some_and(Luid::is_fixed)
            || matches!(self.sid.as_deref(), Some("s-1-5-18" | "s-1-5-19" | "s-1-5-20"))
            || matches!(self.user.as_deref(), Some("system" | "network service" | "local service" | "-"))
    }
}

/// A record that says where somebody goes.
#[derive(Debug, Clone)]
pub(super) struct Departure {
    pub(super) host: HostId,
    pub(super) record: Record,
    pub(super) role: HopRole,
    pub(super) services: Services,
    /// By what means, if the record tells.
    pub(super) method: Option<HopMethod>,
    /// The machine, by its name.
    pub(super) name: Option<Arc<str>>,
    /// The machine, by its address.
    pub(super) ip: Option<IpAddr>,
    /// Own end of the connection.
    pub(super) from: Option<(IpAddr, u16)>,
    /// Who goes.
    pub(super) by: Who,
    /// As whom.
    pub(super) as_whom: Who,
    /// Hash of the name that was typed.
    pub(super) hash: Option<NameHash>,
    /// The client's connection.
    pub(super) activity: Option<Guid>,
}

impl Departure {
    /// What a record says; nothing if it is about no other machine.
    pub(super) fn of(seen: &Observation, host: HostId, texts: &mut Texts) -> Option<Self> {
        match (seen.log.as_str(), seen.event_id) {
            (log::RDP_CLIENT, 1024 | 1029 | 1102) => Self::rdp_client(seen, host, texts),
            (log::SECURITY, 5156) | (log::SYSMON, 3) => Self::connection(seen, host, texts),
            _ => match seen.action? {
                Action::ExplicitCredentials => Self::credentials(seen, host, texts),
                Action::ProcessStarted => Self::program(seen, host, texts),
                _ => None,
            },
        }
    }

    fn new(seen: &Observation, host: HostId, role: HopRole, services: Services, texts: &mut Texts) -> Self {
        Self {
            host,
            record: Record::of(seen, texts),
            role,
            services,
            method: None,
            name: None,
            ip: None,
            from: None,
            by: Who::default(),
            as_whom: Who::default(),
            hash: None,
            activity: None,
        }
    }

    fn towards(mut self, called: Called, texts: &mut Texts) -> Self {
        match called {
            Called::Address(ip) => self.ip = Some(ip),
            Called::Name(name) => self.name = Some(texts.keep(&name)),
        }
        self
    }

    /// The Remote Desktop client: a name, a hash, an address.
    fn rdp_client(seen: &Observation, host: HostId, texts: &mut Texts) -> Option<Self> {
        let role = match seen.event_id {
            1024 => HopRole::TargetName,
            1029 => HopRole::NameHash,
            _ => HopRole::TargetAddress,
        };
        let mut new = Self::new(seen, host, role, Services::RDP, texts);
        new.method = Some(HopMethod::Rdp);
        // The client writes in the name of who runs it, and names nobody.
        let sid = seen.logged_by.sid.as_deref().map(|sid| texts.keep(&sid.to_lowercase()));
        new.by = Who { sid, ..Who::default() };
        new.activity = seen.activity_id;
        match role {
            HopRole::NameHash => new.hash = Some(NameHash::read(seen.field("TraceMessage")?)?),
            HopRole::TargetName => {
                return Some(new.towards(Called::read(seen.target.host.as_deref()?)?, texts));
            }
            _ => new.ip = Some(seen.target.ip?),
        }
        Some(new)
    }

    /// A connection that this host made, to a port that people log on through.
    fn connection(seen: &Observation, host: HostId, texts: &mut Texts) -> Option<Self> {
        if !is_outgoing(seen) {
            return None;
        }
        let (ip, port) = (seen.target.ip?, seen.target.port?);
        if ip.is_loopback() || seen.source.ip == Some(ip) {
            return None;
        }
        let mut new = Self::new(seen, host, HopRole::Connection, Services::of_port(port)?, texts);
        new.ip = Some(ip);
        new.from = seen.source.ip.zip(seen.source.port);
        new.by = Who::of(&seen.account, texts);
        // The resolver's word for an address; some write the address again.
        if let Some(Called::Name(name)) = seen.target.host.as_deref().and_then(Called::read) {
            new.name = Some(texts.keep(&name));
        }
        Some(new)
    }

    /// Credentials for another machine (4648).
    fn credentials(seen: &Observation, host: HostId, texts: &mut Texts) -> Option<Self> {
        let principal = seen.field("TargetInfo").unwrap_or_default();
        let services = Services::of_principal(principal).unwrap_or(Services::ANY);
        let called = Called::read(seen.target.host.as_deref()?)?;
        let mut new = Self::new(seen, host, HopRole::Credentials, services, texts);
        new.by = Who::of(&seen.subject, texts);
        new.as_whom = Who::of(&seen.account, texts);
        Some(new.towards(called, texts))
    }

    /// A client program with the machine on its command line.
    fn program(seen: &Observation, host: HostId, texts: &mut Texts) -> Option<Self> {
        let command =
            ClientCommand::read(seen.process.image.as_deref()?, seen.process.command_line.as_deref()?)?;
        let mut new = Self::new(seen, host, HopRole::Client, command.services, texts);
        new.method = Some(command.method);
        // Sysmon has whose program it is, Security who started it.
        let by = if seen.log == log::SYSMON { &seen.account } else { &seen.subject };
        new.by = Who::of(by, texts);
        if let Some(user) = &command.user {
            new.as_whom = Who::typed(user, texts);
        }
        Some(new.towards(command.target, texts))
    }
}

/// A connection to a port that people log on through.
pub(super) fn is_to_a_service(seen: &Observation) -> bool {
    seen.target.port.and_then(Services::of_port).is_some()
}

/// A TCP connection that the host itself made.
pub(super) fn is_outgoing(seen: &Observation) -> bool {
    let says = |name: &str, value: &str| seen.field(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
    if seen.log == log::SYSMON {
        return says("Initiated", "true") && !says("Protocol", "udp");
    }
    says("Direction", OUTBOUND) && !says("Protocol", UDP)
}
