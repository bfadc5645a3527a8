//! Ways over several hosts: as rows, and as a page that tells them.

mod asked;
mod page;
mod row;

use kilroy_findings::paths::Entry;
use kilroy_model::{AccessSession, HopMethod, Kind, SessionOutcome, SourceAddress, parse_source};

pub(crate) use asked::Asked;
pub(crate) use page::page;
pub(crate) use row::PathRow;

/// A session as the way in from an address; none if nobody got in, or from nowhere else.
pub(crate) fn entry(session: &AccessSession) -> Option<Entry> {
    if session.background || session.outcome != SessionOutcome::Success {
        return None;
    }
    let ip = match parse_source(session.ip.as_deref()?) {
        SourceAddress::Ip(ip, _) if !ip.is_loopback() => ip,
        _ => return None,
    };
    let method = match session.kind {
        Kind::InteractiveRemote => HopMethod::Rdp,
        Kind::Ssh => HopMethod::Ssh,
        Kind::Network | Kind::NetworkCleartext => HopMethod::Network,
        _ => return None,
    };
    Some(Entry {
        ip,
        host: session.computer.clone(),
        session: session.session_uid,
        method,
        user: session.user.clone(),
        domain: session.domain.clone(),
        attempt: session.attempt.or(session.start)?,
        end: session.end,
        prior_failures: session.prior_failures,
    })
}
