//! How the index is made: sessions, logon sessions and boots in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kilroy_model::{
    AccessSession, Boot, EndKind, EventUid, Guid, How, LogonSession, Luid, SessionUid, Timestamp, host_key,
};

use super::index::{LuidSpan, SessionIndex, Tables};
use super::names::Names;
use super::spans::{Span, Spans};
use super::stay::{FOREVER, Stay, extent, there_to};
use crate::hosts::{HostId, Hosts};

/// Takes sessions, logon sessions and boots one by one, and makes a [`SessionIndex`] of them.
#[derive(Debug, Default)]
pub struct IndexBuilder {
    hosts: BTreeSet<String>,
    sessions: Vec<Draft>,
    logons: Vec<LogonDraft>,
    boots: Vec<(String, Timestamp)>,
    users: Names,
    domains: Names,
    sids: Names,
    records: Vec<(EventUid, SessionUid)>,
}

#[derive(Debug)]
struct Draft {
    host: String,
    stay: Stay,
    luids: Vec<Luid>,
    linked: Vec<Luid>,
    activity: Option<Guid>,
    address: Option<(IpAddr, Option<u16>)>,
}

#[derive(Debug)]
struct LogonDraft {
    session: SessionUid,
    boot: Option<Timestamp>,
    luid: Luid,
    linked: Option<Luid>,
}

impl IndexBuilder {
    /// Takes a session. Its `sources` tell which records are its own; without them it is found by everything else.
    pub fn session(&mut self, session: &AccessSession) {
        self.records.extend(session.sources.iter().map(|source| (source.event_uid, session.session_uid)));
        let host = host_key(&session.computer);
        self.hosts.insert(host.clone());
        let Some((from, to)) = extent(session) else { return };
        let stay = Stay {
            uid: session.session_uid,
            host: 0,
            boot: 0,
            user: session.user.as_deref().map(|user| self.users.add(user)),
            domain: session.domain.as_deref().map(|domain| self.domains.add(domain)),
            sid: session.sid.as_deref().map(|sid| self.sids.add(sid)),
            kind: session.kind,
            how: session.how,
            end_kind: session.end_kind,
            background: session.background,
            from,
            to,
            there_to: there_to(session, from, to),
            terminal_session: session.session_id,
        };
        self.sessions.push(Draft {
            host,
            stay,
            luids: session.logon_ids.clone(),
            linked: session.linked_logon_ids.clone(),
            activity: session.activity_id,
            address: session.ip.as_deref().and_then(|ip| ip.parse().ok()).map(|ip| (ip, session.port)),
        });
    }

    /// Takes a logon session: it knows its boot, and perhaps the other half of a UAC logon.
    pub fn logon(&mut self, logon: &LogonSession) {
        if let Some(session) = logon.session_uid {
            self.logons.push(LogonDraft {
                session,
                boot: logon.boot,
                luid: logon.logon_id,
                linked: logon.linked_logon_id,
            });
        }
    }

    /// Takes a boot.
    pub fn boot(&mut self, boot: &Boot) {
        let host = host_key(&boot.computer);
        self.hosts.insert(host.clone());
        if let Some(start) = boot.start {
            self.boots.push((host, start));
        }
    }

    /// The index of all that it was given.
    pub fn build(self) -> SessionIndex {
        let hosts = Hosts::new(self.hosts);
        let boots = Boots::new(
            self.boots
                .into_iter()
                .filter_map(|(host, start)| Some((hosts.named(&host)?.number(), start)))
                .collect(),
        );
        let mut logons: BTreeMap<SessionUid, Vec<LogonDraft>> = BTreeMap::new();
        for logon in self.logons {
            logons.entry(logon.session).or_default().push(logon);
        }
        let mut drafts = self.sessions;
        for draft in &mut drafts {
            let stay = &mut draft.stay;
            stay.host = hosts.named(&draft.host).map_or(u32::MAX, HostId::number);
            let own = logons.get(&stay.uid).map_or(&[][..], Vec::as_slice);
            let known = own.iter().filter_map(|logon| logon.boot).min();
            stay.boot = boots.number(stay.host, known.unwrap_or(stay.from));
            let next = boots.start_after(stay.host, stay.boot);
            // Nobody stays over a boot, whatever the log leaves open.
            stay.to = stay.to.min(next.unwrap_or(FOREVER)).max(stay.from);
            stay.there_to = stay.there_to.min(stay.to);
            for logon in own {
                draft.luids.push(logon.luid);
                draft.linked.extend(logon.linked);
            }
        }
        drafts.sort_unstable_by_key(|draft| (draft.stay.host, draft.stay.from, draft.stay.uid));
        drafts.dedup_by_key(|draft| draft.stay.uid);
        share_over_reconnects(&mut drafts);
        let mut records = self.records;
        records.sort_unstable();
        records.dedup();
        let mut by_uid: Vec<(SessionUid, u32)> = drafts.iter().map(|draft| draft.stay.uid).zip(0..).collect();
        by_uid.sort_unstable();
        SessionIndex {
            tables: tables(&drafts),
            luids: luids(&drafts),
            by_uid,
            stays: drafts.into_iter().map(|draft| draft.stay).collect(),
            hosts,
            boots,
            users: self.users,
            domains: self.domains,
            sids: self.sids,
            records,
        }
    }
}

fn tables(drafts: &[Draft]) -> Tables {
    let (mut luids, mut desktops, mut activities) = (Vec::new(), Vec::new(), Vec::new());
    let (mut users, mut sids, mut addresses, mut people) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, draft) in (0..).zip(drafts) {
        let stay = &draft.stay;
        let lasts = |to| (stay.from, to, number);
        let mut own: Vec<LuidSpan> = Vec::new();
        for (some, linked) in [(&draft.luids, false), (&draft.linked, true)] {
            for luid in some.iter().filter(|luid| !luid.is_fixed() && luid.0 != 0) {
                if !own.iter().any(|known| known.luid == *luid) {
                    own.push(LuidSpan { luid: *luid, linked });
                }
            }
        }
        luids.extend(
            own.into_iter().map(|own| span((stay.host, own.luid, stay.boot, own.linked), lasts(stay.to))),
        );
        if let Some(id) = stay.terminal_session {
            desktops.push(span((stay.host, stay.boot, id), lasts(stay.to)));
        }
        if let Some(activity) = draft.activity.filter(|id| id.is_connection_activity()) {
            activities.push(span((stay.host, activity), lasts(stay.to)));
        }
        if stay.background {
            continue;
        }
        if let Some(user) = stay.user {
            users.push(span((stay.host, user), lasts(stay.there_to)));
        }
        if let Some(sid) = stay.sid {
            sids.push(span((stay.host, sid), lasts(stay.there_to)));
        }
        if let Some((ip, port)) = draft.address {
            addresses.push(span((stay.host, ip, None), lasts(stay.there_to)));
            addresses.extend(port.map(|port| span((stay.host, ip, Some(port)), lasts(stay.there_to))));
        }
        people.push(span(stay.host, lasts(stay.there_to)));
    }
    Tables {
        luids: Spans::new(luids),
        desktops: Spans::new(desktops),
        activities: Spans::new(activities),
        users: Spans::new(users),
        sids: Spans::new(sids),
        addresses: Spans::new(addresses),
        people: Spans::new(people),
    }
}

/// The logon IDs of each session.
fn luids(drafts: &[Draft]) -> Vec<(SessionUid, Luid)> {
    let of = |draft: &Draft| {
        let all = draft.luids.iter().chain(&draft.linked).filter(|luid| !luid.is_fixed() && luid.0 != 0);
        let uid = draft.stay.uid;
        all.map(|luid| (uid, *luid)).collect::<Vec<_>>()
    };
    let mut luids: Vec<_> = drafts.iter().flat_map(of).collect();
    luids.sort_unstable();
    luids.dedup();
    luids
}

fn span<K>(key: K, (from, to, stay): (Timestamp, Timestamp, u32)) -> Span<K> {
    Span { key, from, to, stay }
}

/// A reconnect goes on under the logon that was there: whoever takes up a desktop has the logon IDs of all who had it.
fn share_over_reconnects(drafts: &mut [Draft]) {
    let mut by_desktop: BTreeMap<(u32, u32, u32), Vec<usize>> = BTreeMap::new();
    for (number, draft) in drafts.iter().enumerate() {
        if let Some(id) = draft.stay.terminal_session {
            by_desktop.entry((draft.stay.host, draft.stay.boot, id)).or_default().push(number);
        }
    }
    for desktop in by_desktop.into_values() {
        let goes_on = |before: &usize, after: &usize| goes_on(&drafts[*before].stay, &drafts[*after].stay);
        let taken_up: Vec<&[usize]> = desktop.chunk_by(goes_on).collect();
        for some in taken_up {
            let luids: BTreeSet<Luid> = some.iter().flat_map(|&n| drafts[n].luids.clone()).collect();
            let linked: BTreeSet<Luid> = some.iter().flat_map(|&n| drafts[n].linked.clone()).collect();
            for &number in some {
                drafts[number].luids = luids.iter().copied().collect();
                drafts[number].linked = linked.iter().copied().collect();
            }
        }
    }
}

/// Does a session take up the desktop that another one left?
fn goes_on(before: &Stay, after: &Stay) -> bool {
    let same_user = before.user.zip(after.user).is_none_or(|(a, b)| a == b);
    after.how == How::Reconnect && same_user && before.end_kind != EndKind::Logoff
}

/// The boots of all hosts.
#[derive(Debug, Default)]
pub(super) struct Boots(Vec<(u32, Timestamp)>);

impl Boots {
    fn new(mut starts: Vec<(u32, Timestamp)>) -> Self {
        starts.sort_unstable();
        starts.dedup();
        Self(starts)
    }

    fn of(&self, host: u32) -> &[(u32, Timestamp)] {
        let from = self.0.partition_point(|(known, _)| *known < host);
        let to = from + self.0[from..].partition_point(|(known, _)| *known == host);
        &self.0[from..to]
    }

    /// The number of the boot that a moment is in: how many have begun.
    pub(super) fn number(&self, host: u32, time: Timestamp) -> u32 {
        let begun = self.of(host).partition_point(|(_, start)| *start <= time);
        u32::try_from(begun).unwrap_or(u32::MAX)
    }

    /// When the boot began that a moment is in.
    pub(super) fn start_before(&self, host: u32, time: Timestamp) -> Option<Timestamp> {
        self.of(host).iter().rev().map(|(_, start)| *start).find(|start| *start <= time)
    }

    /// When the boot after this one begins.
    pub(super) fn start_after(&self, host: u32, number: u32) -> Option<Timestamp> {
        self.of(host).get(usize::try_from(number).ok()?).map(|(_, start)| *start)
    }
}
