//! How the index is made: sessions, logon sessions and boots in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kilroy_model::{
    AccessSession, Boot, EndKind, EventUid, Guid, How, LogCoverage, LogonSession, Luid, SessionUid,
    Timestamp, host_key,
};

use super::account::domain_key;
use super::alive::{StartLog, Starts};
use super::clocks::{Clocks, NO_BOOT, Reach};
use super::index::{LuidSpan, SessionIndex, Tables};
use super::names::Names;
use super::spans::{Span, Spans};
use super::stay::{Extent, Stay, extent};
use crate::hosts::{HostId, Hosts};

/// Takes sessions, logon sessions and boots one by one, and makes a [`SessionIndex`] of them.
#[derive(Debug, Default)]
pub struct IndexBuilder {
    hosts: BTreeSet<String>,
    sessions: Vec<Draft>,
    logons: Vec<LogonDraft>,
    boots: Vec<(String, Boot)>,
    reach: BTreeMap<String, Reach>,
    start_logs: BTreeMap<(String, Starts), StartLog>,
    users: Names,
    domains: Names,
    sids: Names,
    records: Vec<(EventUid, SessionUid)>,
}

#[derive(Debug)]
struct Draft {
    host: String,
    stay: Stay,
    extent: Extent,
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
        let Some(extent) = extent(session) else { return };
        let stay = Stay {
            uid: session.session_uid,
            host: 0,
            boot: NO_BOOT,
            user: session.user.as_deref().map(|user| self.users.add(user)),
            domain: session.domain.as_deref().map(|domain| self.domains.add(&domain_key(domain, &host))),
            sid: session.sid.as_deref().map(|sid| self.sids.add(sid)),
            kind: session.kind,
            how: session.how,
            end_kind: session.end_kind,
            background: session.background,
            from: extent.from,
            to: extent.from,
            there_to: extent.from,
            terminal_session: session.session_id,
        };
        self.sessions.push(Draft {
            host,
            stay,
            extent,
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
        self.boots.push((host, boot.clone()));
    }

    /// Takes how far a log reaches: what goes on without an end is known until its host's last record.
    pub fn log(&mut self, log: &LogCoverage) {
        // Where the clock was ahead for a while, the latest time is none that Windows came to.
        let taken_back = |last: &Timestamp| log.backward.iter().any(|fall| fall.before >= *last);
        for name in log.names.iter().chain([&log.computer]) {
            let host = host_key(name);
            if let Some(last) = log.last {
                let reach = self.reach.entry(host.clone()).or_default();
                let of = if taken_back(&last) { &mut reach.by_clocks_ahead } else { &mut reach.last };
                *of = Some(last).max(*of);
            }
            self.start_logs.extend(StartLog::of(log).map(|(starts, log)| ((host, starts), log)));
        }
    }

    /// The index of all that it was given.
    pub fn build(self) -> SessionIndex {
        let hosts = Hosts::new(self.hosts);
        let number = |host: &str| hosts.named(host).map(HostId::number);
        let boots = self.boots.into_iter().filter_map(|(host, boot)| Some((number(&host)?, boot)));
        let reach = self.reach.into_iter().filter_map(|(host, reach)| Some((number(&host)?, reach)));
        let clocks = Clocks::new(boots.collect(), &reach.collect());
        let start_logs = self.start_logs.into_iter();
        let start_logs =
            start_logs.filter_map(|((host, starts), log)| Some(((number(&host)?, starts), log))).collect();
        let mut logons: BTreeMap<SessionUid, Vec<LogonDraft>> = BTreeMap::new();
        for logon in self.logons {
            logons.entry(logon.session).or_default().push(logon);
        }
        let mut drafts = self.sessions;
        for draft in &mut drafts {
            let stay = &mut draft.stay;
            stay.host = hosts.named(&draft.host).map_or(u32::MAX, HostId::number);
            let own = logons.get(&stay.uid).map_or(&[][..], Vec::as_slice);
            let starts = own.iter().map(|logon| logon.boot);
            stay.boot = clocks.boot(stay.host, starts, draft.extent.from);
            stay.place(draft.extent, &clocks);
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
            clocks,
            start_logs,
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
            activities.push(span((stay.host, stay.boot, activity), lasts(stay.to)));
        }
        if stay.background {
            continue;
        }
        if let Some(user) = stay.user {
            users.push(span((stay.host, stay.boot, user), lasts(stay.there_to)));
        }
        if let Some(sid) = stay.sid {
            sids.push(span((stay.host, stay.boot, sid), lasts(stay.there_to)));
        }
        if let Some((ip, port)) = draft.address {
            let key = |port| (stay.host, stay.boot, ip, port);
            addresses.push(span(key(None), lasts(stay.there_to)));
            addresses.extend(port.map(|port| span(key(Some(port)), lasts(stay.there_to))));
        }
        people.push(span((stay.host, stay.boot), lasts(stay.there_to)));
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
