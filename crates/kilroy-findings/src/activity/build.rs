//! How the index is made: sessions, logon sessions and boots in any order.
//!
//! A case may have millions of sessions: what is kept of one is small, and lists of one session's own there are none.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kilroy_model::{
    AccessSession, Boot, EndKind, EventUid, How, LogCoverage, LogonSession, Luid, SessionUid, Timestamp,
    host_key,
};

use super::account::domain_key;
use super::alive::{StartLog, Starts};
use super::clocks::{Clocks, NO_BOOT};
use super::index::SessionIndex;
use super::names::{Names, Number};
use super::stay::{Extent, Stay, extent};
use super::tables::{OfActivity, OfLuid, Tables};
use crate::hosts::{HostId, Hosts};

/// Takes sessions, logon sessions and boots one by one, and makes a [`SessionIndex`] of them.
#[derive(Debug, Default)]
pub struct IndexBuilder {
    hosts: Names,
    sessions: Vec<Draft>,
    /// Of the sessions by their place above.
    luids: Vec<OfLuid>,
    activities: Vec<OfActivity>,
    logons: Vec<LogonDraft>,
    boots: Vec<(String, Boot)>,
    reach: BTreeMap<String, Timestamp>,
    start_logs: BTreeMap<(String, Starts), StartLog>,
    users: Names,
    domains: Names,
    sids: Names,
    addresses: BTreeMap<IpAddr, Number>,
    records: Vec<(EventUid, SessionUid)>,
}

#[derive(Debug)]
struct Draft {
    host: Number,
    stay: Stay,
    extent: Extent,
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
        let host_name = host_key(&session.computer);
        let host = self.hosts.add(&host_name);
        let Some(extent) = extent(session) else { return };
        let number = u32::try_from(self.sessions.len()).unwrap_or(u32::MAX);
        let ip: Option<IpAddr> = session.ip.as_deref().and_then(|ip| ip.parse().ok());
        let stay = Stay {
            uid: session.session_uid,
            host: 0,
            boot: NO_BOOT,
            user: session.user.as_deref().map(|user| self.users.add(user)),
            domain: session.domain.as_deref().map(|domain| self.domains.add(&domain_key(domain, &host_name))),
            sid: session.sid.as_deref().map(|sid| self.sids.add(sid)),
            ip: ip.map(|ip| self.address(ip)),
            port: session.port.filter(|_| ip.is_some()),
            kind: session.kind,
            how: session.how,
            end_kind: session.end_kind,
            background: session.background,
            from: extent.from,
            to: extent.from,
            there_to: extent.from,
            terminal_session: session.session_id,
        };
        self.sessions.push(Draft { host, stay, extent });
        for (some, linked) in [(&session.logon_ids, false), (&session.linked_logon_ids, true)] {
            for luid in some {
                self.luid(number, *luid, linked);
            }
        }
        let activity = session.activity_id.filter(|id| id.is_connection_activity());
        self.activities.extend(activity.map(|activity| OfActivity { stay: number, activity }));
    }

    fn luid(&mut self, stay: u32, luid: Luid, linked: bool) {
        if !luid.is_fixed() && luid.0 != 0 {
            self.luids.push(OfLuid { stay, luid, linked });
        }
    }

    fn address(&mut self, ip: IpAddr) -> Number {
        let next = self.addresses.len().saturating_add(1);
        let next = u32::try_from(next).ok().and_then(Number::new).unwrap_or(Number::MAX);
        *self.addresses.entry(ip).or_insert(next)
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
        self.hosts.add(&host);
        self.boots.push((host, boot.clone()));
    }

    /// Takes how far a log reaches: what goes on without an end is known until its host's last record.
    pub fn log(&mut self, log: &LogCoverage) {
        for name in log.names.iter().chain([&log.computer]) {
            let host = host_key(name);
            if let Some(last) = log.last {
                let known = self.reach.entry(host.clone()).or_insert(last);
                *known = last.max(*known);
            }
            self.start_logs.extend(StartLog::of(log).map(|(starts, log)| ((host, starts), log)));
        }
    }

    /// The index of all that it was given.
    pub fn build(mut self) -> SessionIndex {
        let hosts = Hosts::new(self.hosts.all().map(|(name, _)| name.to_owned()));
        let number = |host: &str| hosts.named(host).map(HostId::number);
        let boots = std::mem::take(&mut self.boots).into_iter();
        let boots = boots.filter_map(|(host, boot)| Some((number(&host)?, boot))).collect();
        let reach = std::mem::take(&mut self.reach).into_iter();
        let reach = reach.filter_map(|(host, reach)| Some((number(&host)?, reach))).collect();
        let clocks = Clocks::new(boots, &reach);
        let start_logs = std::mem::take(&mut self.start_logs).into_iter();
        let start_logs =
            start_logs.filter_map(|((host, starts), log)| Some(((number(&host)?, starts), log))).collect();
        self.place(&hosts, &clocks);
        let (stays, luids, activities) = self.in_order();
        let tables = Tables::new(&stays, luids, activities);
        let mut by_uid: Vec<u32> = (0..).take(stays.len()).collect();
        by_uid.sort_unstable_by_key(|number| stays[*number as usize].uid);
        let rows = tables.luids.rows();
        let mut luids: Vec<u32> = (0..).take(rows.len()).collect();
        luids.sort_unstable_by_key(|place| rows[*place as usize]);
        let mut records = self.records;
        records.sort_unstable();
        records.dedup();
        SessionIndex {
            tables,
            luids,
            by_uid,
            stays,
            hosts,
            clocks,
            start_logs,
            users: self.users,
            domains: self.domains,
            sids: self.sids,
            addresses: self.addresses,
            records,
        }
    }

    /// Finds the boot of each session, and places it in time.
    fn place(&mut self, hosts: &Hosts, clocks: &Clocks) {
        let numbers: BTreeMap<Number, u32> = self
            .hosts
            .all()
            .map(|(name, number)| (number, hosts.named(name).map_or(u32::MAX, HostId::number)))
            .collect();
        let mut logons = std::mem::take(&mut self.logons);
        // Those of a session beside each other.
        logons.sort_by_key(|logon| logon.session);
        for (place, draft) in (0..).zip(&mut self.sessions) {
            let stay = &mut draft.stay;
            stay.host = numbers.get(&draft.host).copied().unwrap_or(u32::MAX);
            let from = logons.partition_point(|logon| logon.session < stay.uid);
            let own = &logons[from..];
            let own = &own[..own.partition_point(|logon| logon.session == stay.uid)];
            stay.boot = clocks.boot(stay.host, own.iter().map(|logon| logon.boot), draft.extent.from);
            stay.place(draft.extent, clocks);
            for logon in own {
                let luids = [(Some(logon.luid), false), (logon.linked, true)];
                let luids = luids.into_iter().filter_map(|(luid, linked)| Some((luid?, linked)));
                let named = luids.filter(|(luid, _)| !luid.is_fixed() && luid.0 != 0);
                self.luids.extend(named.map(|(luid, linked)| OfLuid { stay: place, luid, linked }));
            }
        }
    }

    /// The sessions by host and begin, each once; and their keys, with their numbers in this order.
    fn in_order(&mut self) -> (Vec<Stay>, Vec<OfLuid>, Vec<OfActivity>) {
        let drafts = std::mem::take(&mut self.sessions);
        let mut order: Vec<u32> = (0..).take(drafts.len()).collect();
        let stay = |place: &u32| &drafts[*place as usize].stay;
        order.sort_unstable_by_key(|place| (stay(place).host, stay(place).from, stay(place).uid));
        let mut stays: Vec<Stay> = Vec::with_capacity(order.len());
        let mut numbers = vec![0; drafts.len()];
        for place in &order {
            if stays.last().is_none_or(|last| last.uid != stay(place).uid) {
                stays.push(*stay(place));
            }
            numbers[*place as usize] = u32::try_from(stays.len() - 1).unwrap_or(u32::MAX);
        }
        let mut luids = std::mem::take(&mut self.luids);
        for row in &mut luids {
            row.stay = numbers[row.stay as usize];
        }
        share_over_reconnects(&stays, one_each(&mut luids));
        let mut activities = std::mem::take(&mut self.activities);
        for row in &mut activities {
            row.stay = numbers[row.stay as usize];
        }
        one_each(&mut luids);
        (stays, luids, activities)
    }
}

/// Each logon ID of a session once: its own one, rather than the other half of a UAC logon.
fn one_each(luids: &mut Vec<OfLuid>) -> &mut Vec<OfLuid> {
    luids.sort_unstable();
    luids.dedup_by_key(|row| (row.stay, row.luid));
    luids
}

/// A reconnect goes on under the logon that was there: whoever takes up a desktop has the logon IDs of all who had it.
/// `luids`: by session.
fn share_over_reconnects(stays: &[Stay], luids: &mut Vec<OfLuid>) {
    let mut by_desktop: BTreeMap<(u32, u32, u32), Vec<u32>> = BTreeMap::new();
    for (number, stay) in (0..).zip(stays) {
        if let Some(id) = stay.terminal_session {
            by_desktop.entry((stay.host, stay.boot, id)).or_default().push(number);
        }
    }
    let mut shared = Vec::new();
    for desktop in by_desktop.into_values() {
        let stay = |number: &u32| &stays[*number as usize];
        for some in desktop.chunk_by(|before, after| goes_on(stay(before), stay(after))) {
            // Of the keys of all of them, as of each, its own ones first.
            let mut keys: BTreeMap<Luid, bool> = BTreeMap::new();
            for number in some {
                let from = luids.partition_point(|row| row.stay < *number);
                for row in luids[from..].iter().take_while(|row| row.stay == *number) {
                    let linked = keys.entry(row.luid).or_insert(row.linked);
                    *linked &= row.linked;
                }
            }
            for stay in some {
                shared.extend(keys.iter().map(|(luid, linked)| OfLuid {
                    stay: *stay,
                    luid: *luid,
                    linked: *linked,
                }));
            }
        }
    }
    luids.append(&mut shared);
}

/// Does a session take up the desktop that another one left?
fn goes_on(before: &Stay, after: &Stay) -> bool {
    let same_user = before.user.zip(after.user).is_none_or(|(a, b)| a == b);
    after.how == How::Reconnect && same_user && before.end_kind != EndKind::Logoff
}

#[cfg(test)]
impl SessionIndex {
    /// Of all sessions, in any order.
    pub(crate) fn new(sessions: &[AccessSession], logons: &[LogonSession], boots: &[Boot]) -> Self {
        let mut builder = IndexBuilder::default();
        for session in sessions {
            builder.session(session);
        }
        for logon in logons {
            builder.logon(logon);
        }
        for boot in boots {
            builder.boot(boot);
        }
        builder.build()
    }
}
