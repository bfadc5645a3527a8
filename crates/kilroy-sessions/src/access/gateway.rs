//! Connections through a Remote Desktop gateway, which this host is: somebody comes from outside and gets to a machine
//! behind it. Nobody has a desktop here; the session on that machine is another row, of another host, and shows the
//! gateway's address.

use std::collections::BTreeMap;

use kilroy_model::{Action, EndKind, How, Kind, LinkRule, Role, SessionOutcome};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId, End, Shared};
use crate::host::{RowId, account_kind, place};
use crate::mix::Map;
use crate::record::Ev;
use crate::words::Id;

/// From the first packet (312, 313) and the policies (200, 300) to the connection (302) or the refusal.
const BEFORE_CONNECTION_MILLIS: i64 = 30_000;

/// The length of a connection is told in whole seconds, and counted a moment apart from the records.
const LENGTH_MILLIS: u64 = 2000;

/// Records of one moment may come in any order.
const TICK_MILLIS: i64 = 1000;

/// The records that a row can stand on, and where one of them ends.
const OF_CONNECTIONS: [Action; 4] =
    [Action::GatewayConnected, Action::GatewayDisconnected, Action::GatewayDenied, Action::GatewayFailed];

/// One row per connection to a machine (302), per refusal (201, 301), and per connection that did not come about (304).
pub(crate) fn connections(b: &mut Builder<'_>) {
    let host = b.host;
    let mut rows: Vec<RowId> = OF_CONNECTIONS.iter().flat_map(|a| host.of(*a).iter().copied()).collect();
    rows.sort_unstable();
    let mut open = Open::default();
    let mut heads = Heads::default();
    for row in rows {
        match host.ev(row).action {
            Action::GatewayConnected => connected(b, row, &mut open, &mut heads),
            Action::GatewayDisconnected => disconnected(b, row, &mut open),
            Action::GatewayDenied => {
                let id = start(b, row, Role::Denied, SessionOutcome::Denied);
                heads.add(b, id);
            }
            _ => {
                let id = start(b, row, Role::Failure, SessionOutcome::Failure);
                heads.add(b, id);
            }
        }
    }
    for (action, role) in
        [(Action::GatewayAuthorized, Role::Authentication), (Action::GatewayConnecting, Role::Connection)]
    {
        for &row in host.of(action) {
            if let Some(id) = heads.after(b, row) {
                let via = b.reference(id);
                if shares_activity(host.ev(row), host.ev(via)) {
                    b.give(id, row, role, LinkRule::ActivityId, via, Shared::Activity);
                } else {
                    b.give_near(id, row, role, via);
                }
            }
        }
    }
}

fn start(b: &mut Builder<'_>, row: RowId, role: Role, outcome: SessionOutcome) -> DraftId {
    let ev = b.host.ev(row);
    let mut draft = Draft::new(b.host.boot(row), Kind::Gateway, How::Logon, row);
    draft.outcome = outcome;
    draft.begin = Some(row);
    draft.background = account_kind(ev).is_background();
    draft.more().activity = ev.activity_id();
    b.start(draft, role)
}

fn shares_activity(a: Ev<'_>, b: Ev<'_>) -> bool {
    a.activity_id().is_some() && a.activity_id() == b.activity_id()
}

/// Who is connected from where to what.
type Peer = (u32, Option<Id>, Option<Id>, Option<Id>);

fn peer(ev: Ev<'_>) -> Peer {
    (ev.row.boot, ev.name_id(), place(ev), ev.dst_host_id())
}

/// A transport of a connection: HTTP first, UDP beside it.
#[derive(Debug, Clone, Copy)]
struct Transport {
    id: DraftId,
    connected: RowId,
    /// It is the one that the session stands on.
    main: bool,
}

/// Transports that are not closed yet, those of one peer in their order.
#[derive(Default)]
struct Open {
    by_peer: Map<Peer, Vec<Transport>>,
}

fn connected(b: &mut Builder<'_>, row: RowId, open: &mut Open, heads: &mut Heads) {
    let ev = b.host.ev(row);
    let of_peer = open.by_peer.entry(peer(ev)).or_default();
    // Another transport beside one that is open: the same connection. The same transport anew is another connection.
    let beside = of_peer.iter().rev().find(|t| {
        let other = b.host.ev(t.connected);
        t.main && (shares_activity(ev, other) || ev.session_name_id() != other.session_name_id())
    });
    if let Some(&Transport { id, connected, .. }) = beside {
        let (rule, shared) = if shares_activity(ev, b.host.ev(connected)) {
            (LinkRule::ActivityId, Shared::Activity)
        } else {
            (LinkRule::Window, Shared::Moment)
        };
        b.give(id, row, Role::Connection, rule, connected, shared);
        of_peer.push(Transport { id, connected: row, main: false });
        return;
    }
    let id = start(b, row, Role::Logon, SessionOutcome::Success);
    of_peer.push(Transport { id, connected: row, main: true });
    heads.add(b, id);
}

/// 303 closes a transport: of its activity, else the one that is as old as it says. The end of the main one is the session's.
fn disconnected(b: &mut Builder<'_>, row: RowId, open: &mut Open) {
    let ev = b.host.ev(row);
    let of_peer = open.by_peer.entry(peer(ev)).or_default();
    let fits = |t: &Transport| b.host.ev(t.connected).session_name_id() == ev.session_name_id();
    let of_activity = of_peer.iter().position(|t| fits(t) && shares_activity(b.host.ev(t.connected), ev));
    let at = of_activity.or_else(|| {
        let may_be = |t: &Transport| fits(t) && !is_of_another(b.host.ev(t.connected), ev);
        let lasted = |t: &Transport| is_as_long(b, t.connected, row);
        // Where several are open and nothing tells them apart, none of them is known to end.
        let mut left = of_peer.iter().enumerate().filter(|(_, t)| may_be(t)).map(|(at, _)| at);
        let only = left.next().filter(|_| left.next().is_none());
        of_peer.iter().position(|t| may_be(t) && lasted(t)).or(only)
    });
    let Some(at) = at else {
        let mut draft = Draft::new(b.host.boot(row), Kind::Gateway, How::Unknown, row);
        draft.background = account_kind(ev).is_background();
        draft.more().activity = ev.activity_id();
        draft.end = Some(End { row, kind: EndKind::Disconnect });
        b.start(draft, Role::Disconnect);
        return;
    };
    let Transport { id, connected, main } = of_peer.remove(at);
    if shares_activity(b.host.ev(connected), ev) {
        b.give(id, row, Role::Disconnect, LinkRule::ActivityId, connected, Shared::Activity);
    } else {
        b.give(id, row, Role::Disconnect, LinkRule::Window, connected, Shared::Resource);
    }
    if main {
        b.drafts[id].end = Some(End { row, kind: EndKind::Disconnect });
    }
}

/// Did the connection last as long as its end (303) says?
fn is_as_long(b: &Builder<'_>, connected: RowId, row: RowId) -> bool {
    let said = b.host.ev(row).new_value().and_then(|seconds| seconds.trim().parse::<i64>().ok());
    let lasted = b.host.millis(connected, row);
    said.is_some_and(|seconds| seconds.saturating_mul(1000).abs_diff(lasted) <= LENGTH_MILLIS)
}

/// Do both name their connection, and not the same one?
fn is_of_another(a: Ev<'_>, b: Ev<'_>) -> bool {
    a.activity_id().is_some() && b.activity_id().is_some() && a.activity_id() != b.activity_id()
}

/// A boot and an address.
type Place = (u32, Option<Id>);

/// Sessions by where somebody came from, in their order, to look up what a record comes before.
#[derive(Default)]
struct Heads {
    by_place: BTreeMap<Place, Vec<(RowId, DraftId)>>,
}

impl Heads {
    fn add(&mut self, b: &Builder<'_>, id: DraftId) {
        let row = b.drafts[id].seed;
        let ev = b.host.ev(row);
        self.by_place.entry((ev.row.boot, place(ev))).or_default().push((row, id));
    }

    /// The session of the record's address, and user if it names one, that comes next.
    fn after(&self, b: &Builder<'_>, row: RowId) -> Option<DraftId> {
        let ev = b.host.ev(row);
        let list = self.by_place.get(&(ev.row.boot, place(ev)))?;
        let from = list.partition_point(|&(head, _)| b.host.millis(row, head) < -TICK_MILLIS);
        let near = list[from..]
            .iter()
            .take_while(|&&(head, _)| b.host.millis(row, head) <= BEFORE_CONNECTION_MILLIS);
        let fits = |head: RowId| {
            let head = b.host.ev(head);
            (ev.name_id().is_none() || ev.name_id() == head.name_id())
                && (ev.dst_host_id().is_none() || ev.dst_host_id() == head.dst_host_id())
        };
        let mut near = near.filter(|(head, _)| fits(*head)).peekable();
        let first = near.peek().map(|(_, id)| *id);
        near.find(|(head, _)| shares_activity(ev, b.host.ev(*head))).map(|(_, id)| *id).or(first)
    }
}
