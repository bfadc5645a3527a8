//! How each boot ended: shutdown, crash, or the next boot alone.

use kilroy_model::{Action, EndKind, Timestamp};

use super::{AFTER_SHUTDOWN_MILLIS, BootEnd, BootSpan, Draft, range_of};
use crate::record::{Ev, Row};
use crate::words::Words;

/// How each boot ended.
pub(super) fn ends(rows: &[Row], at: &[Timestamp], words: &Words, drafts: &[Draft]) -> Vec<BootSpan> {
    let count = drafts.len().max(1);
    let mut spans = vec![BootSpan::default(); count];
    for (boot, span) in spans.iter_mut().enumerate() {
        let draft = drafts.get(boot);
        span.start = draft.and_then(|d| d.start);
        let of_boot = range_of(rows, boot);
        let next = drafts.get(boot + 1);
        let next_mark = next.and_then(|n| n.start.or(n.first_seen));
        let crash = rows[range_of(rows, boot + 1)].iter().find(|r| r.action == Action::UnexpectedShutdown);
        let unexpected = crash.zip(next_mark).map(|(crash, mark)| {
            let named = Ev { row: crash, words }.old_value().and_then(last_alive).filter(|t| *t <= mark);
            (EndKind::Crash, named.unwrap_or(mark))
        });
        let otherwise = unexpected.or(next_mark.map(|mark| (EndKind::Boot, mark)));
        span.end = if let Some((not_after, at)) =
            shutdown(&rows[of_boot.clone()], &at[of_boot], next.is_some() && crash.is_none())
        {
            Some(BootEnd { kind: EndKind::Shutdown, not_after, at, otherwise })
        } else {
            otherwise.map(|(kind, not_after)| BootEnd { kind, not_after, at: not_after, otherwise })
        };
    }
    spans
}

/// When the boot was shut down: the last mark that says so, if nobody logs on after it; as logged, and in order.
fn shutdown(rows: &[Row], at: &[Timestamp], another_boot_follows: bool) -> Option<(Timestamp, Timestamp)> {
    // A request alone may be called off; it counts where the machine did start anew, or nothing follows.
    let mark = |r: &&Row| {
        matches!(
            r.action,
            Action::KernelStopped | Action::AuditStopped | Action::LoggingStopped | Action::ShutdownInitiated
        )
    };
    let last = rows.iter().rposition(|r| mark(&r))?;
    let limit = at[last].plus_millis(AFTER_SHUTDOWN_MILLIS);
    let afterwards = &rows[at.partition_point(|at| *at <= limit)..];
    let lives_on = afterwards.iter().any(|r| {
        matches!(
            r.action,
            Action::Logon
                | Action::TerminalLogon
                | Action::TerminalReconnected
                | Action::SessionReconnected
                | Action::RdpAuthenticated
                | Action::TtyOpened
        )
    });
    if lives_on {
        return None;
    }
    let only_asked = rows.iter().filter(mark).all(|r| r.action == Action::ShutdownInitiated);
    if only_asked && !another_boot_follows && !afterwards.is_empty() {
        return None;
    }
    Some((rows[last].time, at[last]))
}

/// The last time Windows was alive, from the binary data of 6008: two SYSTEMTIME structures, local time and UTC.
fn last_alive(binary: &str) -> Option<Timestamp> {
    let bytes: Vec<u8> = (0..binary.len() / 2)
        .map(|i| binary.get(2 * i..2 * i + 2).and_then(|h| u8::from_str_radix(h, 16).ok()))
        .collect::<Option<_>>()?;
    let utc = bytes.get(16..32)?;
    let word = |n: usize| u16::from_le_bytes([utc[2 * n], utc[2 * n + 1]]);
    let text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        word(0),
        word(1),
        word(3),
        word(4),
        word(5),
        word(6),
        word(7)
    );
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_6008_names() {
        let binary = "DF070800020019000D0022002C001C03DF0708000200190014002200\
                      2C001C033C0000003C000000000000000000000000000000000000000100000000000000";
        assert_eq!(last_alive(binary).unwrap().to_string(), "2015-08-25T20:34:44.7960000Z");
        assert_eq!(last_alive("00"), None);
        assert_eq!(last_alive("zz"), None);
    }
}
