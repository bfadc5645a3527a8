//! The records of one connection, put together in any order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;

use kilroy_model::{EventUid, Guid, Timestamp};

use super::record::{Fault, Proof, RdpRecord, Seen};
use super::{Claim, LineError};

/// What makes a connection one: its activity; where there is none, each record stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ConnectionId {
    Activity(Guid),
    Record(EventUid),
}

impl ConnectionId {
    /// None comes before it.
    pub(super) const FIRST: Self = Self::Activity(Guid(0));

    pub(super) fn of(record: &RdpRecord) -> Self {
        match record.activity {
            Some(activity) if !activity.is_nil() => Self::Activity(activity),
            _ => Self::Record(record.proof.uid),
        }
    }

    pub(super) fn activity(self) -> Option<Guid> {
        match self {
            Self::Activity(activity) => Some(activity),
            Self::Record(_) => None,
        }
    }
}

/// One connection.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// First and last record.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// Where it came from, as the best record says.
    address: Option<(bool, Proof, IpAddr)>,
    /// 131 of TCP.
    pub(super) accepted: Option<Proof>,
    pub(super) established: bool,
    pub(super) assigned: bool,
    pub(super) client_closed: Option<Proof>,
    pub(super) rejected: Option<Proof>,
    /// The first reason that was given for the end.
    pub(super) reason: Option<(Proof, u32)>,
    pub(super) ended: Option<Timestamp>,
    pub(super) faults: BTreeMap<(Fault, Option<u32>), Times>,
    pub(super) channels: BTreeMap<Option<u32>, Times>,
    pub(super) scan: Option<Proof>,
}

/// How often something happened, and the first record of it: one broken socket can fail hundreds of times at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) count: u64,
    pub(super) first: Proof,
}

/// Reasons that RdpCoreTS 103 gives where nobody ended the connection: none, and the transport was lost.
const NOBODY_ENDED_IT: [u32; 2] = [0, 14];

impl Connection {
    pub(super) fn add(&mut self, record: &RdpRecord) {
        let (time, proof) = (record.proof.time, record.proof);
        self.span = Some(self.span.map_or((time, time), |(a, b)| (a.min(time), b.max(time))));
        match record.seen {
            Seen::Accepted { ip, udp, .. } => {
                self.from(ip, udp, proof);
                if !udp {
                    earliest(&mut self.accepted, proof);
                }
            }
            Seen::Established => self.established = true,
            Seen::Assigned => self.assigned = true,
            Seen::Rejected(ip) => {
                self.from(ip, true, proof);
                earliest(&mut self.rejected, proof);
            }
            Seen::Failed(fault, code, ip) => {
                self.from(ip, true, proof);
                count(self.faults.entry((fault, code)), proof);
            }
            Seen::NoChannel(code) => count(self.channels.entry(code), proof),
            Seen::ScanChannel => earliest(&mut self.scan, proof),
            Seen::ClientClosed => earliest(&mut self.client_closed, proof),
            Seen::EndReason(code) => {
                if self.reason.is_none_or(|(known, _)| proof < known) {
                    self.reason = Some((proof, code));
                }
            }
            Seen::Ended => self.ended = Some(self.ended.map_or(time, |known| known.max(time))),
            Seen::Received | Seen::Certificate(..) => {}
        }
    }

    /// An address; that of the TCP connection itself is better than what others say.
    fn from(&mut self, ip: Option<IpAddr>, second_hand: bool, proof: Proof) {
        if let Some(ip) = ip {
            let new = (second_hand, proof, ip);
            self.address = Some(self.address.map_or(new, |known| known.min(new)));
        }
    }

    /// Where it came from.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        self.address.map(|(_, _, ip)| ip)
    }

    /// The records by which a session knows a connection.
    pub(super) fn uids(&self) -> Vec<EventUid> {
        [self.accepted, self.rejected].into_iter().flatten().map(|proof| proof.uid).collect()
    }

    /// Was it ended by somebody: the client in good order, or the server for a reason? What the sockets say afterwards
    /// only follows from that.
    pub(super) fn was_ended(&self) -> bool {
        let by_server = self.reason.is_some_and(|(_, code)| !NOBODY_ENDED_IT.contains(&code));
        self.client_closed.is_some() || by_server
    }

    /// The error of the network that ended it, the most telling one.
    pub(super) fn line_error(&self) -> Option<(LineError, u32, Proof)> {
        if self.was_ended() {
            return None;
        }
        let of = |(&(fault, code), times): (&(Fault, Option<u32>), &Times)| {
            let code = code.filter(|_| matches!(fault, Fault::Read | Fault::Write | Fault::Network))?;
            Some((LineError::of(code)?, code & 0xffff, times.first))
        };
        self.faults.iter().filter_map(of).min()
    }

    /// The fault of TLS or NLA that ended it before a session was there.
    pub(super) fn security_error(&self) -> Option<(Option<u32>, Proof)> {
        let of = |(&(fault, code), times): (&(Fault, Option<u32>), &Times)| {
            (fault == Fault::Security).then_some((times.first, code))
        };
        let (proof, code) = self.faults.iter().filter_map(of).min()?;
        (!self.assigned).then_some((code, proof))
    }

    /// When it was over, as far as is known.
    pub(super) fn end(&self) -> Option<Timestamp> {
        self.ended.or(self.span.map(|(_, last)| last))
    }

    /// Was it there for at least so long?
    pub(super) fn lasted(&self, millis: u64) -> bool {
        self.span.is_some_and(|(first, last)| !first.within_millis(last, millis))
    }

    /// Is anything known of its end?
    pub(super) fn is_over(&self) -> bool {
        self.ended.is_some() || self.reason.is_some() || !self.faults.is_empty()
    }

    /// Did it get further than the first packets? Where no session is known of, that is all that can be said.
    pub(super) fn got_through(&self) -> bool {
        self.established || self.assigned
    }

    /// Did nothing that is known come of it?
    pub(super) fn is_lone(&self, claim: Option<Claim>) -> bool {
        claim.is_none() && self.accepted.is_some() && self.rejected.is_none()
    }
}

fn earliest(known: &mut Option<Proof>, proof: Proof) {
    *known = Some(known.map_or(proof, |known| known.min(proof)));
}

fn count<K: Ord>(entry: Entry<'_, K, Times>, proof: Proof) {
    let times = entry.or_insert(Times { count: 0, first: proof });
    times.count += 1;
    times.first = times.first.min(proof);
}
