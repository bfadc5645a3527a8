//! Sessions that came from elsewhere: the side that is reached.

use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{
    AccessSession, EndKind, How, Kind, Luid, Role, SessionOutcome, SessionUid, SourceAddress, Timestamp,
    bare_name, parse_source,
};

use super::departure::{Record, Texts};
use super::service::Services;
use crate::hosts::HostId;

/// Records of a session that are kept to prove it.
const PROOFS: usize = 6;

/// A session that came from elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    pub(super) host: HostId,
    pub(super) uid: SessionUid,
    pub(super) services: Services,
    pub(super) outcome: SessionOutcome,
    pub(super) ip: Option<IpAddr>,
    pub(super) port: Option<u16>,
    /// Bare name that the client gave, in small letters.
    pub(super) client: Option<Arc<str>>,
    /// User and domain as logged.
    pub(super) user: Option<Arc<str>>,
    pub(super) domain: Option<Arc<str>>,
    /// First sign of it.
    pub(super) attempt: Timestamp,
    /// When the user was in.
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
    pub(super) luids: Vec<Luid>,
    pub(super) records: Vec<Record>,
}

impl Arrival {
    /// What a session says of where it came from; none if it came from nowhere else, or without a time.
    pub(super) fn of(session: &AccessSession, host: HostId, texts: &mut Texts) -> Option<Self> {
        if matches!(session.how, How::Unknown) {
            return None;
        }
        Self::begun(session, session.start.or(session.attempt)?, host, texts)
    }

    /// The same for a session of which only the end is known: it began before that.
    pub(super) fn by_its_end(session: &AccessSession, host: HostId, texts: &mut Texts) -> Option<Self> {
        Self::begun(session, session.start.or(session.attempt).or(session.end)?, host, texts)
    }

    fn begun(session: &AccessSession, start: Timestamp, host: HostId, texts: &mut Texts) -> Option<Self> {
        let services = match session.kind {
            Kind::InteractiveRemote => Services::RDP,
            Kind::Ssh => Services::SSH,
            Kind::Network => Services::NETWORK,
            Kind::NetworkCleartext => Services::WIN_RM,
            _ => return None,
        };
        if session.background {
            return None;
        }
        let ip = match session.ip.as_deref().map(parse_source) {
            Some(SourceAddress::Ip(ip, _)) if ip.is_loopback() => return None,
            Some(SourceAddress::Ip(ip, _)) => Some(ip),
            Some(SourceAddress::Local) => return None,
            Some(SourceAddress::None) | None => None,
        };
        let client = session.client.as_deref().map(|c| bare_name(c.trim_start_matches('\\')).to_lowercase());
        let client = client.filter(|c| !c.is_empty()).map(|c| texts.keep(&c));
        if ip.is_none() && client.is_none() {
            return None;
        }
        let mut kept = |text: &Option<String>| text.as_deref().map(|t| texts.keep(t));
        let (user, domain) = (kept(&session.user), kept(&session.domain));
        let open = matches!(session.end_kind, EndKind::Open | EndKind::LogCleared);
        Some(Self {
            host,
            uid: session.session_uid,
            services,
            outcome: session.outcome,
            ip,
            port: session.port,
            client,
            user,
            domain,
            attempt: session.attempt.unwrap_or(start).min(start),
            start,
            end: session.end.or(session.end_not_after.filter(|_| !open)),
            luids: session.logon_ids.clone(),
            records: proofs(session, texts),
        })
    }
}

/// The records that tell how the session began, in the order of time.
fn proofs(session: &AccessSession, texts: &mut Texts) -> Vec<Record> {
    let begins = |role: Role| {
        matches!(
            role,
            Role::Connection
                | Role::Authentication
                | Role::Nla
                | Role::Logon
                | Role::Reconnect
                | Role::Failure
                | Role::Denied
        )
    };
    // Where nothing tells of the beginning, the end names the client.
    let known = session.sources.iter().any(|source| begins(source.role));
    let mut records: Vec<Record> = session
        .sources
        .iter()
        .filter(|source| begins(source.role) || (!known && source.role == Role::Disconnect))
        .map(|source| Record {
            time: source.time,
            uid: source.event_uid,
            log: texts.keep(&source.log),
            event_id: source.event_id,
            number: source.record_id,
        })
        .collect();
    records.sort_unstable();
    records.truncate(PROOFS);
    records
}
