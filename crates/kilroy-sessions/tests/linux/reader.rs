//! A small reader of utmp records and syslog lines, for tests: it shows that a reader has only to map.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use kilroy_model::{Action, EventUid, SourceAddress, Timestamp, parse_source};
use kilroy_sessions::SessionEvent;

const TICKS: i64 = 10_000_000;

/// Length of a record of utmp on x86-64.
const RECORD: usize = 384;

/// A record about which nothing is known but its place, its time and what happened.
pub(crate) fn event(host: &str, log: &str, record_id: u64, time: Timestamp, action: Action) -> SessionEvent {
    let name = log
        .bytes()
        .chain(host.bytes())
        .fold(7_u64, |hash, byte| hash.wrapping_mul(0x100_0000_01b3).wrapping_add(u64::from(byte)));
    let uid = EventUid(u128::from(name) << 64 | u128::from(record_id));
    SessionEvent::bare(uid, time, (host.into(), log.into()), record_id, 0, action)
}

/// All records of a utmp file that mean something; a record that is cut off is left out.
pub(crate) fn utmp(host: &str, log: &str, bytes: &[u8]) -> Vec<SessionEvent> {
    (1..)
        .zip(bytes.chunks_exact(RECORD))
        .filter_map(|(id, record)| utmp_record(host, log, id, record))
        .collect()
}

fn utmp_record(host: &str, log: &str, record_id: u64, record: &[u8]) -> Option<SessionEvent> {
    let number = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().expect("four bytes"));
    let text = |at: usize, len: usize| -> Option<Arc<str>> {
        let bytes = record[at..at + len].split(|b| *b == 0).next().expect("a first part");
        let text = String::from_utf8_lossy(bytes);
        Some(text.trim()).filter(|t| !t.is_empty()).map(Arc::from)
    };
    let (user, from) = (text(44, 32), text(76, 256));
    let action = match (u16::from_le_bytes([record[0], record[1]]), user.as_deref()) {
        (7, _) => Action::TtyOpened,
        (8, _) => Action::TtyClosed,
        (2, _) => Action::KernelStarted,
        (1, Some("shutdown")) => Action::KernelStopped,
        _ => return None,
    };
    let time = Timestamp::from_ticks(i64::from(number(340)) * TICKS + i64::from(number(344)) * 10);
    let mut event = event(host, log, record_id, time, action);
    if matches!(action, Action::TtyOpened | Action::TtyClosed) {
        event.pid = Some(number(4));
        event.session_name = text(8, 32);
    }
    if action == Action::TtyOpened {
        event.user = user;
        let named = || match from.as_deref().map(parse_source) {
            Some(SourceAddress::Ip(ip, _)) => Some(ip),
            _ => None,
        };
        event.ip = address(&record[348..364]).or_else(named);
        event.src_host = from;
    }
    Some(event)
}

/// `ut_addr_v6`: the first four bytes alone are an IPv4 address, none at all is none.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    let all: [u8; 16] = bytes.try_into().expect("sixteen bytes");
    if all[4..].iter().any(|b| *b != 0) {
        return Some(Ipv6Addr::from(all).into());
    }
    let first = [all[0], all[1], all[2], all[3]];
    (first != [0; 4]).then(|| Ipv4Addr::from(first).into())
}

/// Lines of sshd in a syslog file of a year. What is repeated is as many records.
pub(crate) fn sshd(log: &str, year: i32, text: &str) -> Vec<SessionEvent> {
    let mut events = Vec::new();
    for line in text.lines() {
        let Some((time, rest)) = syslog_time(year, line) else { continue };
        let Some((host, rest)) = rest.split_once(' ') else { continue };
        let Some((pid, message)) = rest
            .strip_prefix("sshd[")
            .and_then(|rest| rest.split_once("]:"))
            .and_then(|(pid, message)| Some((pid.parse().ok()?, message.trim())))
        else {
            continue;
        };
        let repeated = message
            .strip_prefix("message repeated ")
            .and_then(|rest| rest.split_once(" times: ["))
            .and_then(|(count, rest)| Some((count.parse().ok()?, rest.trim().trim_end_matches(']').trim())));
        let (count, message) = repeated.unwrap_or((1, message));
        for _ in 0..count {
            let record_id = events.len() as u64 + 1;
            let mut event = event(host, log, record_id, time, Action::SshMessage);
            event.pid = Some(pid);
            event.old_value = Some("sshd".into());
            event.new_value = Some(message.into());
            events.push(event);
        }
    }
    events
}

/// `Dec 10 06:55:46 `
fn syslog_time(year: i32, line: &str) -> Option<(Timestamp, &str)> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (head, rest) = line.split_at_checked(16)?;
    let month = MONTHS.iter().position(|m| head.starts_with(m))? + 1;
    let (day, clock) = head[4..].trim().split_once(' ')?;
    let day: u8 = day.parse().ok()?;
    let time = format!("{year}-{month:02}-{day:02}T{}Z", clock.trim()).parse().ok()?;
    Some((time, rest))
}
