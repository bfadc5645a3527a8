//! A desktop that appears on the connection of another user (`tscon`): nobody came for it.
//!
//! The record of the reconnect (4778) names the client of the connection, as if the desktop's user had come from there. It was
//! the one who left his desktop on that connection at that moment.

use std::collections::BTreeMap;

use kilroy_model::{AccessSession, EndKind, How, Kind, Role, SessionUid, Timestamp};

use super::arrival::Arrival;
use super::departure::Texts;
use crate::hosts::HostId;

/// `tscon` moves a desktop within a second: half a second in real logs. Nobody leaves and logs on again that soon.
const MOVED_WITHIN_MILLIS: u64 = 2_000;

/// Which connection: the host, the address and the name of the client, in small letters.
type Connection = (HostId, Option<String>, Option<String>);

/// Remote Desktop sessions by how they began and ended.
#[derive(Debug, Default)]
pub(super) struct Handovers {
    left: BTreeMap<Connection, Vec<Left>>,
    taken: Vec<Taken>,
}

/// A desktop that was left.
#[derive(Debug)]
struct Left {
    user: String,
    time: Timestamp,
    uid: SessionUid,
    /// The session as an arrival, if its beginning is not known.
    arrival: Option<Arrival>,
}

/// A desktop that was taken up, and no record tells of a new connection.
#[derive(Debug)]
struct Taken {
    connection: Connection,
    user: String,
    time: Timestamp,
    uid: SessionUid,
}

impl Handovers {
    /// Takes in a session.
    pub(super) fn session(&mut self, session: &AccessSession, host: HostId, texts: &mut Texts) {
        let (Kind::InteractiveRemote, Some(user)) = (session.kind, &session.user) else { return };
        let lower = |text: &Option<String>| text.as_deref().map(str::to_lowercase);
        let connection = (host, lower(&session.ip), lower(&session.client));
        if connection.1.is_none() && connection.2.is_none() {
            return;
        }
        let user = user.to_lowercase();
        if let (Some(time), EndKind::Disconnect) = (session.end, session.end_kind) {
            let unknown = session.how == How::Unknown;
            let arrival = unknown.then(|| Arrival::by_its_end(session, host, texts)).flatten();
            let left = Left { user: user.clone(), time, uid: session.session_uid, arrival };
            self.left.entry(connection.clone()).or_default().push(left);
        }
        if let (Some(time), true) = (session.start.or(session.attempt), is_bare_reconnect(session)) {
            self.taken.push(Taken { connection, user, time, uid: session.session_uid });
        }
    }

    /// Takes out the arrivals of those whose desktop was moved, and puts in who moved it, where nothing else tells of him.
    pub(super) fn correct(&mut self, arrivals: &mut Vec<Arrival>) {
        let mut moved: Vec<SessionUid> = Vec::new();
        // In one order, whichever sessions came first.
        self.taken.sort_by_key(|taken| (taken.time, taken.uid));
        self.left.values_mut().for_each(|left| left.sort_by_key(|left| (left.time, left.uid)));
        for taken in &self.taken {
            let Some(left) = self.left.get_mut(&taken.connection) else { continue };
            let before = left.partition_point(|left| left.time <= taken.time);
            let just_before = left[..before].iter_mut().rev();
            let mut just_before =
                just_before.take_while(|left| left.time.within_millis(taken.time, MOVED_WITHIN_MILLIS));
            let who = just_before.find(|left| left.user != taken.user);
            let Some(who) = who else { continue };
            moved.push(taken.uid);
            arrivals.extend(who.arrival.take());
        }
        moved.sort_unstable();
        arrivals.retain(|arrival| moved.binary_search(&arrival.uid).is_err());
    }
}

/// Was the desktop taken up without any sign of a connection?
fn is_bare_reconnect(session: &AccessSession) -> bool {
    let connects =
        |role: Role| matches!(role, Role::Connection | Role::Nla | Role::Authentication | Role::Logon);
    session.how == How::Reconnect && !session.sources.iter().any(|source| connects(source.role))
}
