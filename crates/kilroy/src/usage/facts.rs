//! What a case knows about the presence of people, host by host.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use anyhow::Result;
use kilroy_case::Case;
use kilroy_case::query::{Check, Column, Expr, HostPattern, UserPattern};
use kilroy_model::{Kind, Timestamp, host_key};
use kilroy_sessions::usage::{Desktop, HostFacts, Mark, MarkKind, Presence};

use super::Zones;
use super::marks::{Found, marks, with_system_log};

/// Whom and where.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) user: Option<UserPattern>,
    pub(crate) host: Option<HostPattern>,
}

impl Asked {
    fn takes_host(&self, host: &str) -> bool {
        self.host.as_ref().is_none_or(|pattern| pattern.matches(host))
    }

    fn takes_user(&self, user: Option<&str>, domain: Option<&str>) -> bool {
        self.user.as_ref().is_none_or(|pattern| pattern.matches(user, domain))
    }
}

/// Everything that usage is reckoned from, of the hosts on which somebody was.
pub(crate) fn facts(case: &Case, asked: &Asked, zones: &Zones, threads: usize) -> Result<Vec<HostFacts>> {
    let People { presences, unlocks } = people(case, asked)?;
    if presences.is_empty() {
        return Ok(Vec::new());
    }
    let rows = case.hosts()?;
    let names = rows.iter().map(|row| host_key(&row.host)).chain(presences.keys().cloned()).collect();
    // A bare name and a full one of one host share their marks.
    let shown = kilroy_sessions::one_name_each(names);
    let name = |host: &str| shown.get(host).cloned().unwrap_or_else(|| host.to_owned());
    let only = only(asked)?;
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for (host, mut some) in marks(case, only.as_ref(), threads)? {
        let all = found.entry(name(&host)).or_default();
        all.marks.append(&mut some.marks);
        all.zones.append(&mut some.zones);
    }
    let with_system: BTreeSet<String> =
        with_system_log(case, only.as_ref(), threads)?.iter().map(|host| name(host)).collect();
    let mut logs = logs(case, &name)?;
    let mut boots: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for boot in case.boots()? {
        boots.entry(name(&boot.computer)).or_default().extend(boot.start);
    }
    let mut desktops: BTreeMap<String, Vec<Desktop>> = BTreeMap::new();
    case.each_terminal_session(&mut |session| {
        if asked.takes_host(&session.computer)
            && asked.takes_user(session.user.as_deref(), session.domain.as_deref())
        {
            desktops.entry(name(&session.computer)).or_default().push(Desktop::of(&session));
        }
    })?;
    let mut by_host: BTreeMap<String, Vec<Presence>> = BTreeMap::new();
    for (host, mut some) in presences {
        by_host.entry(name(&host)).or_default().append(&mut some);
    }
    let mut unlocks_of: BTreeMap<String, Vec<Mark>> = BTreeMap::new();
    for (host, mut some) in unlocks {
        unlocks_of.entry(name(&host)).or_default().append(&mut some);
    }
    let of_host = |(computer, presences): (String, Vec<Presence>)| {
        let Found { mut marks, zones: records } = found.remove(&computer).unwrap_or_default();
        let tells =
            |kind: &MarkKind| !matches!(kind, MarkKind::Sleeps | MarkKind::Wakes | MarkKind::Slept { .. });
        let tells_locks = marks.iter().any(|mark| tells(&mark.kind));
        marks.append(&mut unlocks_of.remove(&computer).unwrap_or_default());
        HostFacts {
            presences,
            desktops: desktops.remove(&computer).unwrap_or_default(),
            boots: boots.remove(&computer).unwrap_or_default(),
            logs: logs.remove(&computer),
            zone: zones.of_host(&computer, records),
            tells_locks,
            tells_sleep: with_system.contains(&computer),
            marks,
            computer,
        }
    };
    Ok(by_host.into_iter().map(of_host).collect())
}

/// From when to when the logs of each host reach: by their first and last records, whatever a wrong clock showed in between.
fn logs(case: &Case, name: &dyn Fn(&str) -> String) -> Result<BTreeMap<String, (Timestamp, Timestamp)>> {
    let mut logs: BTreeMap<String, (Timestamp, Timestamp)> = BTreeMap::new();
    case.each_log_reach(&mut |log| {
        let Some((first, last)) = log.first.zip(log.last) else { return };
        for host in std::iter::once(&log.computer).chain(&log.names) {
            let all = logs.entry(name(&host_key(host))).or_insert((first, last));
            *all = (all.0.min(first).min(last), all.1.max(first).max(last));
        }
    })?;
    Ok(logs)
}

/// What sessions tell of people, by host.
#[derive(Default)]
struct People {
    presences: BTreeMap<String, Vec<Presence>>,
    unlocks: BTreeMap<String, Vec<Mark>>,
}

/// The presences that are asked for, and when their users unlocked a desktop.
fn people(case: &Case, asked: &Asked) -> Result<People> {
    let counts = |kind: &&Kind| Presence::counts(**kind) || **kind == Kind::Unlock;
    let kinds: Vec<&str> = Kind::ALL.iter().filter(counts).map(|kind| kind.name()).collect();
    let mut people = People::default();
    case.access_sessions_where(
        &|facts| {
            !facts.background
                && kinds.contains(&facts.kind)
                && asked.takes_host(facts.computer)
                && asked.takes_user(facts.user, facts.domain)
        },
        &mut |session| {
            if let Some(presence) = Presence::of(&session) {
                people.presences.entry(presence.computer.clone()).or_default().push(presence);
            } else if let Some(unlock) = Mark::of(&session) {
                people.unlocks.entry(session.computer).or_default().push(unlock);
            }
            ControlFlow::Continue(())
        },
    )?;
    Ok(people)
}

/// The condition on the host of an event.
fn only(asked: &Asked) -> Result<Option<Expr>> {
    let Some(pattern) = &asked.host else { return Ok(None) };
    let Some(column) = Column::named("host") else { anyhow::bail!("events have no column host") };
    Ok(Some(Expr::Test(column, Check::Host(vec![pattern.clone()]))))
}
