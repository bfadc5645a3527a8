//! Stories of one Linux machine.

use kilroy_model::{AccessSession, Action, EndKind, Grade, How, Kind, LinkRule, SessionOutcome, Timestamp};
use kilroy_sessions::{Coverage, SessionEvent, sessionize};

use crate::reader;

const HOST: &str = "web01";
const CLIENT: &str = "203.0.113.77";

/// A machine that logs; times are seconds into a day.
#[derive(Default)]
struct Machine {
    events: Vec<SessionEvent>,
}

fn at(seconds: i64) -> Timestamp {
    let midnight: Timestamp = "2024-05-14T00:00:00Z".parse().expect("a time");
    midnight.plus_millis(seconds * 1000)
}

impl Machine {
    fn add(&mut self, log: &str, seconds: i64, action: Action) -> &mut SessionEvent {
        let record_id = self.events.iter().filter(|e| &*e.log == log).count() as u64 + 1;
        self.events.push(reader::event(HOST, log, record_id, at(seconds), action));
        self.events.last_mut().expect("it was just added")
    }

    fn boot(&mut self, seconds: i64) -> &mut Self {
        self.add("wtmp", seconds, Action::KernelStarted);
        self
    }

    fn shutdown(&mut self, seconds: i64) -> &mut Self {
        self.add("wtmp", seconds, Action::KernelStopped);
        self
    }

    fn opened_in(
        &mut self,
        log: &str,
        seconds: i64,
        line: &str,
        pid: u32,
        user: &str,
        host: &str,
    ) -> &mut Self {
        let event = self.add(log, seconds, Action::TtyOpened);
        event.session_name = Some(line.into());
        event.pid = Some(pid);
        event.user = Some(user.into());
        event.ip = host.parse().ok();
        event.src_host = Some(host).filter(|h| !h.is_empty()).map(Into::into);
        self
    }

    fn opened(&mut self, seconds: i64, line: &str, pid: u32, user: &str, host: &str) -> &mut Self {
        self.opened_in("wtmp", seconds, line, pid, user, host)
    }

    fn closed(&mut self, seconds: i64, line: &str, pid: u32) -> &mut Self {
        let event = self.add("wtmp", seconds, Action::TtyClosed);
        event.session_name = Some(line.into());
        event.pid = Some(pid);
        self
    }

    fn sshd(&mut self, seconds: i64, pid: u32, line: &str) -> &mut Self {
        let event = self.add("auth.log", seconds, Action::SshMessage);
        event.pid = Some(pid);
        event.new_value = Some(line.into());
        self
    }

    fn rows(&self) -> Vec<AccessSession> {
        let mut coverage = Coverage::new();
        for e in &self.events {
            coverage.add(&e.host, &e.log, e.event_id, e.record_id, e.time);
        }
        coverage.seal();
        let rows = sessionize(self.events.clone(), &coverage).access;
        let mut backwards = self.events.clone();
        backwards.reverse();
        assert_eq!(sessionize(backwards, &coverage).access, rows, "the order of records makes a difference");
        rows
    }
}

/// What is compared of a row.
#[derive(Debug, PartialEq)]
struct Row<'a> {
    user: Option<&'a str>,
    kind: Kind,
    how: How,
    line: Option<&'a str>,
    ip: Option<&'a str>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    end_kind: EndKind,
    not_after: Option<Timestamp>,
}

fn shown(row: &AccessSession) -> Row<'_> {
    Row {
        user: row.user.as_deref(),
        kind: row.kind,
        how: row.how,
        line: row.line.as_deref(),
        ip: row.ip.as_deref(),
        start: row.start,
        end: row.end,
        end_kind: row.end_kind,
        not_after: row.end_not_after,
    }
}

fn tty<'a>(user: &'a str, line: &'a str, start: i64) -> Row<'a> {
    Row {
        user: Some(user),
        kind: Kind::Tty,
        how: How::Logon,
        line: Some(line),
        ip: None,
        start: Some(at(start)),
        end: None,
        end_kind: EndKind::Open,
        not_after: None,
    }
}

fn ssh(user: &str, start: i64) -> Row<'_> {
    Row { kind: Kind::Ssh, line: None, ip: Some(CLIENT), ..tty(user, "", start) }
}

#[test]
fn a_login_at_a_line_ends_when_its_process_dies() {
    let mut m = Machine::default();
    m.boot(100).opened(200, "tty1", 644, "alice", "").closed(900, "tty1", 644).closed(950, "pts/9", 12);
    let rows = m.rows();
    let want = Row { end: Some(at(900)), end_kind: EndKind::Logoff, ..tty("alice", "tty1", 200) };
    assert_eq!(
        rows.iter().map(shown).collect::<Vec<_>>(),
        [want],
        "a dead process without a login is no row"
    );
    assert_eq!(rows[0].grade, Grade::Complete);
    assert!(rows[0].sources.iter().any(|s| s.link == LinkRule::TerminalSession));
}

/// `last` says: still logged in.
#[test]
fn a_login_that_nothing_ends_is_open() {
    let mut m = Machine::default();
    m.boot(100).opened(200, ":0", 2357, "alice", ":0").opened(300, "pts/0", 2684, "alice", ":0");
    let rows = m.rows();
    assert_eq!(
        rows.iter().map(shown).collect::<Vec<_>>(),
        [tty("alice", ":0", 200), tty("alice", "pts/0", 300)]
    );
    assert!(rows.iter().all(|r| r.client.is_none()), "a display is no client");
}

/// `last` says: down.
#[test]
fn a_shutdown_bounds_what_is_open() {
    let mut m = Machine::default();
    m.boot(100).opened(200, "tty1", 644, "alice", "").shutdown(900).boot(1000);
    let want = Row { end_kind: EndKind::Shutdown, not_after: Some(at(900)), ..tty("alice", "tty1", 200) };
    assert_eq!(m.rows().iter().map(shown).collect::<Vec<_>>(), [want]);
}

/// `last` says: crash. The record tells no more than that the machine started anew.
#[test]
fn a_boot_without_a_shutdown_bounds_what_is_open() {
    let mut m = Machine::default();
    m.boot(100).opened(200, "tty1", 644, "alice", "").boot(1000).closed(1100, "tty1", 644);
    let want = Row { end_kind: EndKind::Boot, not_after: Some(at(1000)), ..tty("alice", "tty1", 200) };
    assert_eq!(
        m.rows().iter().map(shown).collect::<Vec<_>>(),
        [want],
        "lines are not the same across a boot"
    );
}

/// `last` says: gone - no logout.
#[test]
fn a_new_login_at_a_line_bounds_the_old_one() {
    let mut m = Machine::default();
    m.boot(100).opened(200, "pts/1", 2454, "root", "").opened(400, "pts/1", 2714, "bob", "");
    let want = [
        Row { end_kind: EndKind::Superseded, not_after: Some(at(400)), ..tty("root", "pts/1", 200) },
        tty("bob", "pts/1", 400),
    ];
    assert_eq!(m.rows().iter().map(shown).collect::<Vec<_>>(), want);
}

#[test]
fn the_same_login_in_utmp_and_wtmp_is_one_row() {
    let mut m = Machine::default();
    m.boot(100).opened(200, "pts/0", 1125, "alice", "").opened_in("utmp", 200, "pts/0", 1125, "alice", "");
    let rows = m.rows();
    assert_eq!(rows.iter().map(shown).collect::<Vec<_>>(), [tty("alice", "pts/0", 200)]);
    assert_eq!(rows[0].sources.len(), 2);
}

#[test]
fn a_login_from_elsewhere_without_sshd_keeps_its_address_and_the_name_of_its_host() {
    let mut m = Machine::default();
    m.boot(100).opened(200, "pts/0", 1125, "alice", CLIENT).opened(
        300,
        "pts/1",
        1130,
        "bob",
        "ws7.corp.example",
    );
    let rows = m.rows();
    let want = [Row { ip: Some(CLIENT), ..tty("alice", "pts/0", 200) }, tty("bob", "pts/1", 300)];
    assert_eq!(rows.iter().map(shown).collect::<Vec<_>>(), want);
    assert_eq!(rows[0].client, None);
    assert_eq!(rows[1].client.as_deref(), Some("ws7.corp.example"));
}

/// The process of the daemon says what belongs together; the terminal has another one, with privilege separation.
#[test]
fn accepted_and_terminal_are_one_row() {
    let mut m = Machine::default();
    m.boot(100)
        .sshd(200, 24680, &format!("Accepted password for bob from {CLIENT} port 49116 ssh2"))
        .sshd(200, 24680, "pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)")
        .opened(201, "pts/0", 24699, "bob", CLIENT)
        .sshd(960, 24699, &format!("Received disconnect from {CLIENT} port 49116:11: disconnected by user"))
        .sshd(960, 24699, &format!("Disconnected from user bob {CLIENT} port 49116"))
        .sshd(961, 24680, "pam_unix(sshd:session): session closed for user bob")
        .closed(961, "pts/0", 24699);
    let rows = m.rows();
    let want = Row { line: Some("pts/0"), end: Some(at(961)), end_kind: EndKind::Logoff, ..ssh("bob", 200) };
    assert_eq!(rows.iter().map(shown).collect::<Vec<_>>(), [want]);
    assert_eq!(rows[0].port, Some(49116));
    // All but the second of the two lines of the disconnect, which says nothing new.
    assert_eq!(rows[0].sources.len(), 6);
    assert!(rows[0].sources.iter().any(|s| s.link == LinkRule::Process));
}

#[test]
fn where_the_daemon_is_silent_the_terminal_tells_the_end() {
    let mut m = Machine::default();
    m.boot(100)
        .sshd(200, 24680, &format!("Accepted publickey for bob from {CLIENT} port 49116 ssh2: RSA SHA256:x"))
        .opened(201, "pts/0", 24699, "bob", CLIENT)
        .closed(900, "pts/0", 24699);
    let want = Row { line: Some("pts/0"), end: Some(at(900)), end_kind: EndKind::Logoff, ..ssh("bob", 200) };
    assert_eq!(m.rows().iter().map(shown).collect::<Vec<_>>(), [want]);
}

/// One connection carries several terminals: the first is the connection's, the others are rows of their own. The
/// connection outlives its terminal.
#[test]
fn a_connection_that_goes_on_does_not_end_with_its_terminal() {
    let mut m = Machine::default();
    m.boot(100)
        .sshd(200, 24680, &format!("Accepted password for bob from {CLIENT} port 49116 ssh2"))
        .opened(201, "pts/0", 24699, "bob", CLIENT)
        .opened(400, "pts/1", 24699, "bob", CLIENT)
        .closed(500, "pts/0", 24699)
        .closed(800, "pts/1", 24699)
        .sshd(801, 24680, "pam_unix(sshd:session): session closed for user bob");
    let want = [
        Row { line: Some("pts/0"), end: Some(at(801)), end_kind: EndKind::Logoff, ..ssh("bob", 200) },
        Row { ip: Some(CLIENT), end: Some(at(800)), end_kind: EndKind::Logoff, ..tty("bob", "pts/1", 400) },
    ];
    assert_eq!(m.rows().iter().map(shown).collect::<Vec<_>>(), want);
}

/// scp and port forwarding have no terminal.
#[test]
fn two_users_at_once_keep_their_terminals() {
    let mut m = Machine::default();
    m.boot(100)
        .sshd(200, 300, &format!("Accepted password for bob from {CLIENT} port 1001 ssh2"))
        .sshd(201, 301, "Accepted password for alice from 198.51.100.4 port 1002 ssh2")
        .sshd(201, 302, &format!("Accepted password for bob from {CLIENT} port 1003 ssh2"))
        .opened(202, "pts/1", 301, "alice", "198.51.100.4")
        .opened(203, "pts/0", 300, "bob", CLIENT)
        .sshd(210, 302, "pam_unix(sshd:session): session closed for user bob");
    let rows = m.rows();
    let want = [
        Row { line: Some("pts/0"), ..ssh("bob", 200) },
        Row { line: Some("pts/1"), ip: Some("198.51.100.4"), ..ssh("alice", 201) },
        Row { end: Some(at(210)), end_kind: EndKind::Logoff, ..ssh("bob", 201) },
    ];
    assert_eq!(rows.iter().map(shown).collect::<Vec<_>>(), want);
}

/// Before OpenSSH 7.2 the line of a disconnect has no port: the process ties it.
#[test]
fn a_disconnect_without_a_port_is_known_by_its_process() {
    let mut m = Machine::default();
    m.boot(100)
        .sshd(200, 300, &format!("Accepted password for bob from {CLIENT} port 1001 ssh2"))
        .sshd(200, 301, &format!("Accepted password for bob from {CLIENT} port 1002 ssh2"))
        .sshd(400, 300, &format!("Received disconnect from {CLIENT}: 11: disconnected by user"));
    let want =
        [Row { end: Some(at(400)), end_kind: EndKind::Disconnect, ..ssh("bob", 200) }, ssh("bob", 200)];
    assert_eq!(m.rows().iter().map(shown).collect::<Vec<_>>(), want);
}

#[test]
fn pam_alone_shows_the_user_and_no_address() {
    let mut m = Machine::default();
    m.boot(100)
        .sshd(200, 300, "pam_unix(sshd:session): session opened for user bob by (uid=0)")
        .sshd(500, 300, "pam_unix(sshd:session): session closed for user bob")
        .sshd(600, 299, "pam_unix(sshd:session): session closed for user alice");
    let want = [
        Row { ip: None, end: Some(at(500)), end_kind: EndKind::Logoff, ..ssh("bob", 200) },
        Row {
            ip: None,
            how: How::Unknown,
            start: None,
            end: Some(at(600)),
            end_kind: EndKind::Logoff,
            ..ssh("alice", 0)
        },
    ];
    assert_eq!(m.rows().iter().map(shown).collect::<Vec<_>>(), want);
}

#[test]
fn failures_are_counted_before_a_success() {
    let mut m = Machine::default();
    m.boot(100);
    for n in 0..3 {
        let from = format!("from {CLIENT} port {} ssh2", 1000 + n);
        let pid = 300 + u32::try_from(n).expect("small");
        m.sshd(200 + n, pid, &format!("Failed password for invalid user oracle {from}")).sshd(
            200 + n,
            pid,
            &format!("Connection closed by invalid user oracle {CLIENT} port {} [preauth]", 1000 + n),
        );
    }
    m.sshd(300, 310, &format!("Accepted password for bob from {CLIENT} port 2000 ssh2"));
    let rows = m.rows();
    assert_eq!(rows.len(), 4);
    assert!(rows[..3].iter().all(|r| r.outcome == SessionOutcome::Failure && r.end == r.start));
    assert_eq!(rows[3].prior_failures, 3);
    assert_eq!(shown(&rows[3]), ssh("bob", 300));
}
