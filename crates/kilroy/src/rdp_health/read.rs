//! What the report is made of, read from a case: few columns of few events, and the sessions of Remote Desktop.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_case::query::{Check, Column, Expr, Filter, HostPattern, Key, Pattern, Value};
use kilroy_model::{Kind, Timestamp};
use kilroy_sessions::first_known;
use kilroy_sessions::rdp_health::{CertificateEvent, Fault, Proof, RdpHealth, RdpRecord, Report, Seen};

use crate::events::{EventRow, events};
use crate::filter::Span;
use crate::settings::threads;

/// Which hosts, and when.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) host: Option<HostPattern>,
    pub(crate) span: Span,
}

const CORE: &str = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS";
const CONNECTION_MANAGER: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";
const DRIVER: &str = "TermDD";

/// Events of the transport that tell something. Of 148 only the channel of scans does, of 227 only failed channels.
const OF_CORE: &[u64] = &[66, 97, 98, 99, 102, 103, 107, 131, 139, 140, 142, 143, 144, 226];
const OF_CONNECTION_MANAGER: &[u64] = &[261, 1056, 1057, 1058];
const OF_DRIVER: &[u64] = &[50, 56];

/// BlueKeep scans open this channel beside the one that the server keeps for itself.
const SCAN_CHANNEL: &str = "ms_t120";

/// The report on a case.
pub(crate) fn read(case: &Case, wanted: &Wanted) -> Result<Report> {
    let mut health = RdpHealth::new();
    let takes = |host: &str| wanted.host.as_ref().is_none_or(|pattern| pattern.matches(host));
    case.access_sessions_where(
        &|facts| facts.kind == Kind::InteractiveRemote.name() && takes(facts.computer),
        &mut |session| {
            if wanted.span.touches(first_known(&session), session.end.or(session.end_not_after)) {
                health.session(&session);
            }
            ControlFlow::Continue(())
        },
    )?;
    records(case, wanted, &mut health)?;
    logs(case, wanted, &mut health)?;
    Ok(health.finish())
}

fn column(name: &str) -> Result<Column> {
    match Column::named(name) {
        Some(column) => Ok(column),
        None => bail!("events have no column {name}"),
    }
}

fn text(name: &str, values: &[&str]) -> Result<Expr> {
    Ok(Expr::Test(column(name)?, Check::Text(values.iter().map(|value| Pattern::new(value)).collect())))
}

fn ids(ids: &[u64]) -> Result<Expr> {
    Ok(Expr::Test(column("event_id")?, Check::Numbers(ids.iter().map(|id| (*id, *id)).collect())))
}

/// Where and when.
fn around(wanted: &Wanted) -> Result<Filter> {
    let mut filter = Filter::default();
    if let Some(host) = &wanted.host {
        filter = filter.and(Expr::Test(column("host")?, Check::Host(vec![host.clone()])));
    }
    if let Some((first, last)) = wanted.span.bounds() {
        filter = filter.and(Expr::between(first, last));
    }
    Ok(filter)
}

fn records(case: &Case, wanted: &Wanted, health: &mut RdpHealth) -> Result<()> {
    let fields = column("fields")?;
    let failed_channel =
        Check::Field(Some(Pattern::new("CustomLevel")), vec![Pattern::containing("CreateVirtualChannel")]);
    let telling = Expr::Any(vec![
        Expr::All(vec![text("provider", &[CORE])?, ids(OF_CORE)?]),
        Expr::All(vec![text("provider", &[CORE])?, ids(&[148])?, text("object", &[SCAN_CHANNEL])?]),
        Expr::All(vec![text("provider", &[CORE])?, ids(&[227])?, Expr::Test(fields, failed_channel)]),
        Expr::All(vec![text("provider", &[CONNECTION_MANAGER])?, ids(OF_CONNECTION_MANAGER)?]),
        Expr::All(vec![text("provider", &[DRIVER])?, ids(OF_DRIVER)?]),
    ]);
    let columns = [
        "event_uid",
        "time",
        "host",
        "channel",
        "provider",
        "event_id",
        "activity_id",
        "src_ip",
        "src_port",
        "status",
        "reason",
        "object",
        "fields",
    ];
    let columns: Vec<Column> = columns.into_iter().map(column).collect::<Result<_>>()?;
    let scan = case.scan(&around(wanted)?.and(telling), threads(None)?.get())?;
    let mut names = Names::default();
    scan.in_order(&columns, &mut |batch| {
        for row in events(&batch, &columns, true) {
            if let Some(record) = record(&row, &mut names) {
                health.record(record);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(())
}

/// Names of hosts, each kept once.
#[derive(Debug, Default)]
struct Names(HashMap<String, Arc<str>>);

impl Names {
    /// As sessions name their host.
    fn host(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let host: Arc<str> = kilroy_model::host_key(name).into();
        self.0.insert(name.to_owned(), Arc::clone(&host));
        host
    }
}

fn record(row: &EventRow, names: &mut Names) -> Option<RdpRecord> {
    let Some(Value::Time(time)) = row.value("time") else { return None };
    let event_id = number(row, "event_id")?;
    let provider = row.text("provider")?;
    let seen = if provider.eq_ignore_ascii_case(CORE) {
        of_core(row, event_id)?
    } else if provider.eq_ignore_ascii_case(DRIVER) {
        let fault = if event_id == 56 { Fault::Security } else { Fault::Protocol };
        Seen::Failed(fault, None, ip(row))
    } else {
        of_connection_manager(row, event_id)?
    };
    let log = row.text("channel").and_then(Proof::log_named).or_else(|| Proof::log_named(home(&seen)))?;
    Some(RdpRecord {
        host: names.host(row.text("host")?),
        proof: Proof { time: *time, uid: row.text("event_uid")?.parse().ok()?, log, event_id },
        activity: row.text("activity_id").and_then(|activity| activity.parse().ok()),
        seen,
    })
}

/// The log that a record is at home in, where it was forwarded into another one.
const fn home(seen: &Seen) -> &'static str {
    match seen {
        Seen::Certificate(..) => "System",
        Seen::Received => "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
        _ => "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",
    }
}

fn of_core(row: &EventRow, event_id: u32) -> Option<Seen> {
    let code = || row.text("status").and_then(code);
    Some(match event_id {
        66 => Seen::Assigned,
        97 | 99 => Seen::Failed(Fault::Protocol, code(), None),
        98 => Seen::Established,
        102 => Seen::Ended,
        103 => Seen::EndReason(number(row, "reason")?),
        107 | 144 => Seen::ClientClosed,
        131 => Seen::Accepted {
            ip: ip(row),
            port: number(row, "src_port").and_then(|port| port.try_into().ok()),
            udp: field(row, "ConnType").is_some_and(|transport| transport.eq_ignore_ascii_case("UDP")),
        },
        139 => Seen::Failed(Fault::Security, code(), ip(row)),
        140 => Seen::Rejected(ip(row)),
        142 => Seen::Failed(Fault::Read, number(row, "reason"), None),
        143 => Seen::Failed(Fault::Write, number(row, "reason"), None),
        148 => Seen::ScanChannel,
        226 => Seen::Failed(layer(field(row, "StateTransition").unwrap_or_default()), code(), None),
        227 => Seen::NoChannel(code()),
        _ => return None,
    })
}

/// Which part of the protocol a state belongs to.
fn layer(name: &str) -> Fault {
    match name {
        "RDP_TCP" => Fault::Network,
        "RDP_SEC" => Fault::Security,
        _ => Fault::Protocol,
    }
}

fn of_connection_manager(row: &EventRow, event_id: u32) -> Option<Seen> {
    let words = |name| row.text(name).map(Arc::from);
    Some(match event_id {
        261 => Seen::Received,
        1056 => Seen::Certificate(CertificateEvent::Made, words("object")),
        1057 => Seen::Certificate(CertificateEvent::NotMade, words("status")),
        1058 => Seen::Certificate(CertificateEvent::NotReplaced, words("status")),
        _ => return None,
    })
}

fn ip(row: &EventRow) -> Option<std::net::IpAddr> {
    row.text("src_ip").and_then(|ip| ip.parse().ok())
}

fn number(row: &EventRow, name: &str) -> Option<u32> {
    match row.value(name) {
        Some(Value::Number(number)) => u32::try_from(*number).ok(),
        _ => None,
    }
}

fn field<'r>(row: &'r EventRow, name: &str) -> Option<&'r str> {
    match row.value("fields") {
        Some(Value::Fields(fields)) => {
            fields.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.as_deref())
        }
        _ => None,
    }
}

/// A code in any spelling: `0x80070040`, `2147500033`, `-805306367`.
fn code(text: &str) -> Option<u32> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok();
    }
    text.parse::<u32>().ok().or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned))
}

/// Which of the logs that tell something a host has, and from which to which day.
fn logs(case: &Case, wanted: &Wanted, health: &mut RdpHealth) -> Result<()> {
    let filter = around(wanted)?.and(text("channel", Proof::LOGS)?);
    let scan = case.scan(&filter, threads(None)?.get())?;
    let counts = scan.group(&[Key::Column(column("host")?), Key::Column(column("channel")?), Key::DAY])?;
    let mut names = Names::default();
    for (values, count) in counts {
        let [Some(Value::Text(host)), Some(Value::Text(channel)), Some(Value::Time(day))] = values.as_slice()
        else {
            continue;
        };
        if let Some(log) = Proof::log_named(channel) {
            let host = names.host(host);
            let last = Timestamp::from_ticks(day.ticks().saturating_add(DAY - 1));
            health.log(&host, log, count, *day, last);
        }
    }
    Ok(())
}

/// Ticks of a day.
const DAY: i64 = 24 * 60 * 60 * 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_every_spelling() {
        assert_eq!(code("0x80070040"), Some(0x8007_0040));
        assert_eq!(code(" 2147500033 "), Some(0x8000_4001));
        assert_eq!(code("-805306367"), Some(0xd000_0001));
        assert_eq!(code("Keyset does not exist"), None);
    }
}
