//! What follows from the counts: in what order, how sure, and what proves it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{EndKind, EventUid};

use super::clients::{Clients, median};
use super::drops::Drop;
use super::record::{CertificateEvent, Proofs};
use super::report::{Finding, FindingKind, LoneKind, Sure};
use super::stay::Stay;
use super::{LineError, Place, RdpHealth};
use crate::logs::{CORE_TS, LSM};

/// What proves a finding, and something beside, by client and code.
type ByCode<T> = BTreeMap<(FindingKind, Option<IpAddr>, Option<u32>), (Proofs, T)>;

/// All findings of a host.
pub(super) fn findings(
    health: &RdpHealth,
    clients: &Clients,
    drops: &[Drop],
    host: &Arc<str>,
) -> Vec<Finding> {
    let mut all = Vec::new();
    all.extend(dropped(health, clients, drops, host));
    all.extend(lines_lost(health, drops, host));
    all.extend(certificates(health, host));
    all.extend(reasons(health, host));
    all.extend(attempts(health, clients, host));
    all.extend(connections(health, host));
    all.extend(lone(clients, host));
    all.sort_by_key(|f| (f.kind, f.sure, u64::MAX - f.count, f.ip, f.code));
    let harmless = |f: &Finding| {
        matches!(f.kind, FindingKind::NoChannels | FindingKind::LoneConnections | FindingKind::WrongPassword)
    };
    let stays = || health.stays_of(host).iter().filter(|stay| stay.has_desktop);
    if all.iter().all(harmless) && stays().next().is_some() {
        let mut proofs = Proofs::default();
        stays().for_each(|stay| proofs.add(stay.telling()));
        let count = proofs.count();
        // Where the logs that would tell of a fault are missing, silence says little.
        let tells = [CORE_TS, LSM].iter().all(|log| health.log_of(host, log).is_some());
        let sure = if tells { Sure::Likely } else { Sure::Possible };
        all.insert(0, finding(FindingKind::Healthy, None, sure, count, proofs));
    }
    all
}

fn finding(kind: FindingKind, ip: Option<IpAddr>, sure: Sure, count: u64, proofs: Proofs) -> Finding {
    Finding {
        kind,
        ip,
        sure,
        count,
        of: None,
        code: None,
        line: None,
        gap: None,
        text: None,
        users: Vec::new(),
        proofs,
    }
}

/// Sessions that broke and were taken up again.
fn dropped(health: &RdpHealth, clients: &Clients, drops: &[Drop], host: &Arc<str>) -> Vec<Finding> {
    let mut by_client: BTreeMap<Option<IpAddr>, Vec<&Drop>> = BTreeMap::new();
    for drop in drops.iter().filter(|drop| drop.place.0 == *host) {
        by_client.entry(drop.place.1).or_default().push(drop);
    }
    let one = |(ip, drops): (Option<IpAddr>, Vec<&Drop>)| {
        let error = drops.iter().filter_map(|drop| drop.error).min();
        let sure = match error {
            Some((line, ..)) if line.is_the_line() => Sure::Certain,
            // Once can be a window that was closed and opened again.
            Some(_) => Sure::Likely,
            None if drops.len() > 1 => Sure::Likely,
            None => Sure::Possible,
        };
        let mut proofs = Proofs::default();
        for drop in &drops {
            drop.proofs
                .iter()
                .chain(drop.error.iter().map(|(_, _, proof)| proof))
                .for_each(|p| proofs.add(*p));
        }
        let users = drops.iter().filter_map(|drop| health.stays.get(drop.stay?)?.user.as_deref());
        let client = clients.by_place.get(&(Arc::clone(host), ip));
        Finding {
            of: client.map(|client| client.sessions).filter(|sessions| *sessions > 0),
            code: error.map(|(_, code, _)| code),
            line: error.map(|(line, ..)| line),
            gap: median(drops.iter().map(|drop| drop.gap).collect()),
            users: names(users),
            ..finding(FindingKind::Drops, ip, sure, drops.len() as u64, proofs)
        }
    };
    by_client.into_iter().map(one).collect()
}

/// Names without regard to case, sorted.
fn names<'a>(users: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for user in users {
        let shown = names.entry(user.to_lowercase()).or_insert(user);
        *shown = user.min(shown);
    }
    names.into_values().map(str::to_owned).collect()
}

/// Connections that the network ended for certain, and after which nobody came back soon.
fn lines_lost(health: &RdpHealth, drops: &[Drop], host: &Arc<str>) -> Vec<Finding> {
    let told: BTreeSet<EventUid> = drops.iter().filter_map(|drop| Some(drop.error?.2.uid)).collect();
    let mut lost: BTreeMap<(Option<IpAddr>, LineError, u32), Proofs> = BTreeMap::new();
    for connection in health.connections_of(host).filter(|connection| connection.got_through()) {
        let error = connection
            .line_error()
            .filter(|(line, _, proof)| line.is_the_line() && !told.contains(&proof.uid));
        if let Some((line, code, proof)) = error {
            lost.entry((connection.ip(), line, code)).or_default().add(proof);
        }
    }
    let one = |((ip, line, code), proofs): ((Option<IpAddr>, LineError, u32), Proofs)| Finding {
        code: Some(code),
        line: Some(line),
        ..finding(FindingKind::LineLost, ip, Sure::Certain, proofs.count(), proofs)
    };
    lost.into_iter().map(one).collect()
}

fn certificates(health: &RdpHealth, host: &Arc<str>) -> Vec<Finding> {
    let mut trouble: BTreeMap<(CertificateEvent, Option<Arc<str>>), Proofs> = BTreeMap::new();
    for (event, text, proof) in health.certificates.get(host).into_iter().flatten() {
        trouble.entry((*event, text.clone())).or_default().add(*proof);
    }
    let one = |((event, text), proofs): ((CertificateEvent, Option<Arc<str>>), Proofs)| {
        let kind = match event {
            CertificateEvent::Made => return None,
            CertificateEvent::NotMade => FindingKind::CertificateNotMade,
            CertificateEvent::NotReplaced => FindingKind::CertificateNotReplaced,
        };
        Some(Finding { text, ..finding(kind, None, Sure::Certain, proofs.count(), proofs) })
    };
    trouble.into_iter().filter_map(one).collect()
}

/// What the reason codes of the ends say.
fn reasons(health: &RdpHealth, host: &Arc<str>) -> Vec<Finding> {
    let mut found: ByCode<Vec<&Stay>> = BTreeMap::new();
    let desktops = Desktops::of(health.stays_of(host));
    for stay in health.stays_of(host) {
        let by_reason = stay.reason.and_then(|reason| Some((of_reason(reason)?, Some(reason))));
        let by_end = matches!(stay.end_kind, EndKind::Crash | EndKind::Shutdown);
        let Some((kind, code)) = by_reason.or_else(|| by_end.then_some((FindingKind::MachineDown, None)))
        else {
            continue;
        };
        // 5 is a takeover only if somebody else is there; else it is a client that came back.
        if kind == FindingKind::Replaced && !desktops.was_taken(stay) {
            continue;
        }
        let ip = stay.ip.filter(|_| !kind.is_of_the_host());
        let (proofs, stays) = found.entry((kind, ip, code)).or_default();
        proofs.add(stay.finish.unwrap_or_else(|| stay.telling()));
        stays.push(stay);
    }
    let one = |((kind, ip, code), (proofs, stays)): (_, (Proofs, Vec<&Stay>))| {
        let sure = if kind == FindingKind::ProtocolError { Sure::Likely } else { Sure::Certain };
        Finding {
            code,
            users: names(stays.iter().filter_map(|stay| stay.user.as_deref())),
            ..finding(kind, ip, sure, proofs.count(), proofs)
        }
    };
    found.into_iter().map(one).collect()
}

fn of_reason(reason: u32) -> Option<FindingKind> {
    Some(match reason {
        1 | 2 => FindingKind::Administrator,
        3 => FindingKind::IdleLimit,
        4 => FindingKind::TimeLimit,
        5 => FindingKind::Replaced,
        6 => FindingKind::OutOfMemory,
        7..=10 => FindingKind::ServerRefused,
        15..=24 => FindingKind::ServerCrash,
        25 | 26 => FindingKind::MachineDown,
        0x100..=0x1ff => FindingKind::Licensing,
        0x400..=0x4ff => FindingKind::Broker,
        0x300 | 0x1000..=0x7fff => FindingKind::ProtocolError,
        _ => return None,
    })
}

/// Who came to which desktop, one after the other.
struct Desktops<'s>(BTreeMap<Option<u32>, Vec<&'s Stay>>);

impl<'s> Desktops<'s> {
    fn of(stays: &'s [Stay]) -> Self {
        let mut desktops: BTreeMap<Option<u32>, Vec<&Stay>> = BTreeMap::new();
        for stay in stays.iter().filter(|stay| stay.start.is_some()) {
            desktops.entry(stay.session_id).or_default().push(stay);
        }
        for stays in desktops.values_mut() {
            stays.sort_by_key(|stay| (stay.start, stay.telling()));
        }
        Self(desktops)
    }

    /// Did somebody from elsewhere take the desktop of this stay?
    fn was_taken(&self, stay: &Stay) -> bool {
        let Some(end) = stay.end else { return false };
        let stays = self.0.get(&stay.session_id).map(Vec::as_slice).unwrap_or_default();
        let later = stays.get(stays.partition_point(|other| other.start <= stay.start)..).unwrap_or_default();
        let at_once =
            |other: &&&Stay| other.start.is_some_and(|start| start.within_millis(end, TAKEN_MILLIS));
        later.iter().find(at_once).is_none_or(|other| other.ip != stay.ip)
    }
}

/// A takeover and the disconnect that it causes are logged this close together.
const TAKEN_MILLIS: u64 = 60 * 1000;

/// Attempts that failed, were refused, or led to no desktop.
fn attempts(health: &RdpHealth, clients: &Clients, host: &Arc<str>) -> Vec<Finding> {
    let mut all = Vec::new();
    let places = health.failures.range((Arc::clone(host), None)..).take_while(|((of, _), _)| of == host);
    for (place, failures) in places {
        let ip = &place.1;
        let users: Vec<String> = failures.users.keys().map(ToString::to_string).collect();
        for (kind, proofs) in
            [(FindingKind::WrongPassword, &failures.failed), (FindingKind::Denied, &failures.denied)]
        {
            if !proofs.is_empty() {
                let came_in = clients.by_place.get(place).map_or(0, |client| client.authenticated);
                all.push(Finding {
                    users: users.clone(),
                    of: Some(came_in),
                    ..finding(kind, *ip, Sure::Certain, proofs.count(), proofs.clone())
                });
            }
        }
    }
    let mut without: BTreeMap<Place, (Proofs, Vec<&Stay>)> = BTreeMap::new();
    for stay in health.stays_of(host).iter().filter(|stay| !stay.has_desktop) {
        let (proofs, stays) = without.entry((Arc::clone(host), stay.ip)).or_default();
        proofs.add(stay.telling());
        stays.push(stay);
    }
    all.extend(without.into_iter().map(|((_, ip), (proofs, stays))| Finding {
        users: names(stays.iter().filter_map(|stay| stay.user.as_deref())),
        ..finding(FindingKind::NoDesktop, ip, Sure::Possible, proofs.count(), proofs)
    }));
    all
}

/// What single connections show: failed security, scans, channels.
fn connections(health: &RdpHealth, host: &Arc<str>) -> Vec<Finding> {
    let mut found: ByCode<u64> = BTreeMap::new();
    let mut add = |kind, ip, code, proof, count| {
        let (proofs, all) = found.entry((kind, ip, code)).or_default();
        proofs.add(proof);
        *all += count;
    };
    for connection in health.connections_of(host) {
        let ip = connection.ip();
        if let Some((code, proof)) = connection.security_error() {
            add(FindingKind::SecurityFailed, ip, code, proof, 1);
        }
        if let Some(proof) = connection.scan {
            add(FindingKind::VulnerabilityScan, ip, None, proof, 1);
        }
        for (code, times) in &connection.channels {
            add(FindingKind::NoChannels, ip, *code, times.first, times.count);
        }
    }
    let one = |((kind, ip, code), (proofs, count)): ((FindingKind, _, _), (Proofs, u64))| {
        let sure = if kind == FindingKind::NoChannels { Sure::Certain } else { Sure::Likely };
        Finding { code, ..finding(kind, ip, sure, count, proofs) }
    };
    found.into_iter().map(one).collect()
}

/// Connections that led to no logon; those that were a first try, or failed for TLS, are told of elsewhere.
fn lone(clients: &Clients, host: &Arc<str>) -> Vec<Finding> {
    let mut all: BTreeMap<Option<IpAddr>, Proofs> = BTreeMap::new();
    for (of, lone) in &clients.lone {
        if of == host && !matches!(lone.kind, LoneKind::FirstTry | LoneKind::Security) {
            all.entry(lone.ip).or_default().extend(&lone.proofs);
        }
    }
    let one = |(ip, proofs): (Option<IpAddr>, Proofs)| {
        let connections = clients.by_place.get(&(Arc::clone(host), ip)).and_then(|client| client.connections);
        let count = proofs.count();
        Finding {
            of: connections.filter(|all| *all >= count),
            ..finding(FindingKind::LoneConnections, ip, Sure::Possible, count, proofs)
        }
    };
    all.into_iter().map(one).collect()
}
