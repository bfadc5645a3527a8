//! Which event is meant.

use std::ops::ControlFlow;

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_case::query::{Check, Column, Expr, Filter, HostPattern};
use kilroy_findings::Observation;

use crate::output::seconds;
use crate::settings::threads;
use crate::words::short_log;

/// Enough to say that there are several.
const MANY: usize = 3;

/// The event of this uid, or of its first digits, or of this log and record ID; on a host like this, if one is named.
pub(crate) fn event_named(case: &Case, typed: &str, host: Option<&str>) -> Result<Observation> {
    let typed = typed.trim();
    let (mut filter, log) = match typed.rsplit_once(':') {
        Some((log, record)) if record.parse::<u64>().is_ok() && !log.is_empty() && !log.contains('*') => (
            Filter::parse(&format!("record_id:{record}"))?
                .with(Filter::parse(&format!("channel:\"*{log}*\""))?),
            Some(log),
        ),
        _ => (by_uid(typed)?, None),
    };
    if let Some(host) = host {
        filter = filter.and(on_hosts(HostPattern::new(host).into_iter().collect())?);
    }
    let is_log = |event: &Observation| {
        log.is_none_or(|log| {
            event.log.eq_ignore_ascii_case(log) || short_log(&event.log).eq_ignore_ascii_case(log)
        })
    };
    let mut found: Vec<Observation> = Vec::new();
    case.observations(&filter, threads(None)?.get(), &mut |event| {
        if is_log(&event) {
            found.push(event);
        }
        if found.len() < MANY { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match found.as_slice() {
        [_] => {}
        [] => bail!(
            "no event {typed}; `kilroy events` shows uids in its first column, and a record is named like Security:4711"
        ),
        several => {
            let shown = |event: &Observation| {
                format!(
                    "{} ({} {} on {}, {})",
                    event.uid,
                    short_log(&event.log),
                    event.event_id,
                    event.host,
                    seconds(event.time)
                )
            };
            let shown: Vec<String> = several.iter().take(2).map(shown).collect();
            bail!(
                "several events are {typed}, among them {}: give more digits, or --host",
                shown.join(" and ")
            )
        }
    }
    Ok(found.remove(0))
}

/// Only what is logged by one of these hosts.
pub(super) fn on_hosts(hosts: Vec<HostPattern>) -> Result<Expr> {
    match Column::named("host") {
        Some(column) => Ok(Expr::Test(column, Check::Host(hosts))),
        None => bail!("events have no host"),
    }
}

fn by_uid(typed: &str) -> Result<Filter> {
    let digits = typed.to_lowercase();
    if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        bail!(
            "{typed:?} is no event: give the hexadecimal digits that `kilroy events` shows in its first column, or a record like Security:4711"
        );
    }
    let star = if digits.len() < 32 { "*" } else { "" };
    Ok(Filter::parse(&format!("event_uid:{digits}{star}"))?)
}
