//! The OpenSSH daemon: its line is the authority on user, address and port; the type 8 logon of sshd.exe is the same
//! attempt.
//!
//! On Linux the lines come from syslog, and those of one connection share the daemon's process: `Accepted`, the PAM lines
//! `session opened` and `session closed`, and the disconnect. What its terminal line adds is told in [`lines`](super::lines).

use std::net::IpAddr;

use kilroy_model::{
    Account, Action, EndKind, How, Kind, LinkRule, Role, SessionOutcome, SourceAddress, parse_source,
};

use crate::access::builder::Builder;
use crate::access::draft::{Draft, DraftId, End, Shared, SshLine};
use crate::host::{RowId, same_name};
use crate::logons::LogonGroups;
use crate::mix::Map;

/// sshd.exe logs the line within this of the logon or its failure.
const SAME_ATTEMPT_MILLIS: i64 = 1000;

/// The same, and what is below a millisecond.
const NEAR_MILLIS: i64 = SAME_ATTEMPT_MILLIS + 1;

/// What a line of the daemon says.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Accepted(SshLine),
    Failed(SshLine),
    Closed {
        ip: Option<IpAddr>,
        port: Option<u16>,
    },
    /// PAM opened a session for a user.
    Opened(String),
    /// PAM closed it.
    Ended(String),
}

/// Reads a line; most lines say nothing that a session needs.
fn read(line: &str) -> Option<Said> {
    let line = without_repetition(line.trim());
    let (verb, rest) = line.split_once(' ')?;
    match verb {
        "pam_unix(sshd:session):" => {
            let (opened, rest) = match rest.strip_prefix("session opened for user ") {
                Some(rest) => (true, rest),
                None => (false, rest.strip_prefix("session closed for user ")?),
            };
            // `session opened for user bob(uid=1000) by (uid=0)`
            let user = rest.split([' ', '(']).next().filter(|user| !user.is_empty())?.to_owned();
            Some(if opened { Said::Opened(user) } else { Said::Ended(user) })
        }
        "Accepted" | "Failed" => {
            let (method, rest) = rest.split_once(" for ")?;
            // Every client asks "none" first, to learn what the server offers: no attempt.
            if method == "none" {
                return None;
            }
            let rest = rest.strip_prefix("invalid user ").unwrap_or(rest);
            let (user, place) = rest.rsplit_once(" from ")?;
            let (ip, port) = place_of(place);
            let attempt = SshLine { user: user.trim().to_owned(), ip, port };
            Some(if verb == "Accepted" { Said::Accepted(attempt) } else { Said::Failed(attempt) })
        }
        "Disconnected" | "Received" | "Connection" => {
            let ended = [
                "Disconnected from ",
                "Received disconnect from ",
                "Connection closed by ",
                "Connection reset by ",
            ];
            let place = ended.iter().find_map(|head| line.strip_prefix(head))?;
            // Before authentication there is no session to end.
            if line.ends_with("[preauth]") {
                return None;
            }
            // `user NAME 10.0.0.1 port 5022`: the address is the last word before "port". Before OpenSSH 7.2 there is no
            // port: `Received disconnect from 10.0.0.1: 11: disconnected by user`.
            let Some((head, tail)) = place.split_once(" port ") else {
                let ip = place.split_whitespace().next().map_or(place, |ip| ip.trim_end_matches(':'));
                return Some(Said::Closed { ip: place_of(ip).0, port: None });
            };
            let ip = head.rsplit(' ').next().unwrap_or(head);
            let (ip, port) = place_of(&format!("{ip} port {tail}"));
            Some(Said::Closed { ip, port })
        }
        _ => None,
    }
}

/// What syslog repeats, `message repeated 5 times: [ Failed password for root from … ]`, without that.
fn without_repetition(line: &str) -> &str {
    line.strip_prefix("message repeated ")
        .and_then(|rest| rest.split_once(" times: ["))
        .map_or(line, |(_, message)| message.trim().trim_end_matches(']').trim())
}

/// `10.0.0.1 port 60096 ssh2`
fn place_of(text: &str) -> (Option<IpAddr>, Option<u16>) {
    let mut words = text.split_whitespace();
    let ip = match words.next().map(parse_source) {
        Some(SourceAddress::Ip(ip, _)) => Some(ip),
        _ => None,
    };
    let digits = |w: &str| w.chars().take_while(char::is_ascii_digit).collect::<String>();
    let port = words.skip_while(|w| *w != "port").nth(1).and_then(|w| digits(w).parse().ok());
    (ip, port)
}

/// One session per accepted or failed attempt.
pub(crate) fn sessions(b: &mut Builder<'_>, groups: &mut LogonGroups) {
    let host = b.host;
    let mut open = Open::default();
    let mut processes = Processes::default();
    for &row in host.of(Action::SshMessage) {
        let Some(said) = host.ev(row).new_value().and_then(read) else { continue };
        let boot = host.boot(row);
        match said {
            Said::Accepted(line) => {
                let peer = (boot, line.ip, line.port);
                let id = attempt(b, row, line, SessionOutcome::Success);
                logon(b, id, row, groups);
                open.push(peer, id);
                processes.put(b, row, id);
            }
            Said::Failed(line) => {
                let id = attempt(b, row, line, SessionOutcome::Failure);
                failed_logon(b, id, row);
            }
            Said::Closed { ip, port } => {
                let by_port = port.and_then(|_| open.take((boot, ip, port)));
                let id = by_port.or_else(|| processes.of(b, row).filter(|&id| is_from(b, id, ip)));
                if let Some(id) = id.filter(|&id| b.drafts[id].end.is_none()) {
                    let via = b.reference(id);
                    let (rule, shared) = if by_port.is_some() {
                        (LinkRule::Window, Shared::Port)
                    } else {
                        (LinkRule::Process, Shared::Process)
                    };
                    b.give(id, row, Role::Disconnect, rule, via, shared);
                    b.drafts[id].end = Some(End { row, kind: EndKind::Disconnect });
                }
            }
            Said::Opened(user) => {
                let accepted = processes.of(b, row).filter(|&id| is_session_of(b, id, &user));
                if let Some(id) = accepted {
                    let via = b.reference(id);
                    b.give(id, row, Role::Logon, LinkRule::Process, via, Shared::Process);
                } else {
                    let line = SshLine { user, ip: None, port: None };
                    let id = attempt(b, row, line, SessionOutcome::Success);
                    processes.put(b, row, id);
                }
            }
            Said::Ended(user) => {
                let opened = processes.take(b, row).filter(|&id| is_session_of(b, id, &user));
                let id = match opened {
                    Some(id) => {
                        let via = b.reference(id);
                        b.give(id, row, Role::Logoff, LinkRule::Process, via, Shared::Process);
                        id
                    }
                    None => begin_not_seen(b, row, user),
                };
                b.drafts[id].end = Some(End { row, kind: EndKind::Logoff });
            }
        }
    }
}

/// Is this session of that user?
fn is_session_of(b: &Builder<'_>, id: DraftId, user: &str) -> bool {
    b.drafts[id].ssh().is_some_and(|line| same_name(&line.user, user))
}

/// Does this session come from that address?
fn is_from(b: &Builder<'_>, id: DraftId, ip: Option<IpAddr>) -> bool {
    b.drafts[id].ssh().is_some_and(|line| line.ip.is_none() || line.ip == ip)
}

/// Sessions by the daemon's process, which a later connection may have again.
#[derive(Default)]
struct Processes {
    known: Map<(u32, u32), DraftId>,
}

impl Processes {
    fn key(b: &Builder<'_>, row: RowId) -> Option<(u32, u32)> {
        Some((b.host.boot(row), b.host.ev(row).pid()?))
    }

    fn put(&mut self, b: &Builder<'_>, row: RowId, id: DraftId) {
        self.known.extend(Self::key(b, row).map(|key| (key, id)));
    }

    fn of(&self, b: &Builder<'_>, row: RowId) -> Option<DraftId> {
        Self::key(b, row).and_then(|key| self.known.get(&key)).copied()
    }

    fn take(&mut self, b: &Builder<'_>, row: RowId) -> Option<DraftId> {
        Self::key(b, row).and_then(|key| self.known.remove(&key))
    }
}

/// Only PAM's last word is in the log.
fn begin_not_seen(b: &mut Builder<'_>, row: RowId, user: String) -> DraftId {
    let mut draft = Draft::new(b.host.boot(row), Kind::Ssh, How::Unknown, row);
    draft.background = Account::new(Some(&user), None, None).kind().is_background();
    draft.more().ssh = Some(SshLine { user, ip: None, port: None });
    b.start(draft, Role::Logoff)
}

/// Where a client is: boot, address and port.
type Peer = (u32, Option<IpAddr>, Option<u16>);

/// Sessions that are not closed yet.
#[derive(Default)]
struct Open {
    /// In the order in which a scan of all would come upon them.
    list: Vec<(Peer, DraftId)>,
    places: Map<Peer, std::collections::BTreeSet<usize>>,
}

impl Open {
    fn push(&mut self, peer: Peer, id: DraftId) {
        self.places.entry(peer).or_default().insert(self.list.len());
        self.list.push((peer, id));
    }

    /// Takes out the first of a client. The last of all takes its place.
    fn take(&mut self, peer: Peer) -> Option<DraftId> {
        let of_peer = self.places.get_mut(&peer)?;
        let at = of_peer.pop_first()?;
        if of_peer.is_empty() {
            self.places.remove(&peer);
        }
        let last = self.list.len() - 1;
        let (_, id) = self.list.swap_remove(at);
        if let Some((moved, _)) = self.list.get(at) {
            let places = self.places.entry(*moved).or_default();
            places.remove(&last);
            places.insert(at);
        }
        Some(id)
    }
}

fn attempt(b: &mut Builder<'_>, row: RowId, line: SshLine, outcome: SessionOutcome) -> DraftId {
    let mut draft = Draft::new(b.host.boot(row), Kind::Ssh, How::Logon, row);
    draft.begin = Some(row);
    draft.outcome = outcome;
    draft.background = Account::new(Some(&line.user), None, None).kind().is_background();
    draft.more().ssh = Some(line);
    let role = if outcome == SessionOutcome::Success { Role::Authentication } else { Role::Failure };
    b.start(draft, role)
}

/// The type 8 logon of sshd.exe.
fn logon(b: &mut Builder<'_>, id: DraftId, row: RowId, groups: &mut LogonGroups) {
    let near = b.host.between(Action::Logon, row, -NEAR_MILLIS, NEAR_MILLIS);
    let found = groups
        .among(near)
        .filter(|&at| is_of_daemon(b, id, groups.get(at).first(), row))
        .min_by_key(|&at| (b.host.millis(groups.get(at).first(), row).unsigned_abs(), at));
    if let Some(at) = found {
        crate::access::desktop::give_group(b, id, groups.take(at), row, true);
    }
}

/// The 4625 of sshd.exe; its user may be NOUSER.
fn failed_logon(b: &mut Builder<'_>, id: DraftId, row: RowId) {
    let host = b.host;
    let near = host.between(Action::LogonFailed, row, -SAME_ATTEMPT_MILLIS, SAME_ATTEMPT_MILLIS);
    let nearest =
        host.outwards(near, row).map(|(_, f)| f).find(|&f| b.is_free(f) && is_of_daemon(b, id, f, row));
    if let Some(failed) = nearest {
        b.give_near(id, failed, Role::Failure, row);
    }
}

/// A password makes a type 8 logon, a public key one of type 3; the daemon's own helper accounts make others.
fn is_of_daemon(b: &Builder<'_>, id: DraftId, logon: RowId, line: RowId) -> bool {
    let ev = b.host.ev(logon);
    let by_sshd = || ev.image().is_some_and(|i| i.to_lowercase().contains("sshd"));
    let named = || {
        let user = b.drafts[id].ssh().and_then(|l| Account::new(Some(&l.user), None, None).user);
        user.is_some_and(|u| ev.user().is_some_and(|v| same_name(&u, v)))
    };
    let fits = match ev.logon_type() {
        Some(8) => ev.image().is_none() || by_sshd(),
        _ => by_sshd() && named(),
    };
    b.host.boot(logon) == b.host.boot(line) && fits && b.host.millis(logon, line).abs() <= SAME_ATTEMPT_MILLIS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(user: &str, ip: &str, port: u16) -> SshLine {
        SshLine { user: user.to_owned(), ip: ip.parse().ok(), port: Some(port) }
    }

    #[test]
    fn lines_of_the_daemon() {
        let cases = [
            (
                "Accepted password for bob from 10.0.0.5 port 50022 ssh2",
                Some(Said::Accepted(line("bob", "10.0.0.5", 50022))),
            ),
            (
                "Accepted publickey for corp\\bob from fe80::1%5 port 9 ssh2: ED25519 SHA256:x",
                Some(Said::Accepted(line("corp\\bob", "fe80::1", 9))),
            ),
            (
                "Failed password for invalid user hacker from 10.23.23.9 port 60096 ssh2",
                Some(Said::Failed(line("hacker", "10.23.23.9", 60096))),
            ),
            // A user name can hold what looks like the line's own words.
            (
                "Failed password for invalid user a from 1.1.1.1 port 1 ssh2 from 9.9.9.9 port 2 ssh2",
                Some(Said::Failed(line("a from 1.1.1.1 port 1 ssh2", "9.9.9.9", 2))),
            ),
            ("Failed none for invalid user x from 10.0.0.1 port 1 ssh2", None),
            (
                "Disconnected from user bob 10.0.0.5 port 50022",
                Some(Said::Closed { ip: "10.0.0.5".parse().ok(), port: Some(50022) }),
            ),
            (
                "Received disconnect from 10.0.0.5 port 50022:11: disconnected by user",
                Some(Said::Closed { ip: "10.0.0.5".parse().ok(), port: Some(50022) }),
            ),
            (
                "Received disconnect from 10.0.0.5: 11: disconnected by user",
                Some(Said::Closed { ip: "10.0.0.5".parse().ok(), port: None }),
            ),
            ("Received disconnect from 10.0.0.5: 11: Bye Bye [preauth]", None),
            ("Connection closed by authenticating user root 10.0.0.5 port 22 [preauth]", None),
            (
                "pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)",
                Some(Said::Opened("bob".to_owned())),
            ),
            (
                "pam_unix(sshd:session): session opened for user bob by (uid=0)",
                Some(Said::Opened("bob".to_owned())),
            ),
            ("pam_unix(sshd:session): session closed for user bob", Some(Said::Ended("bob".to_owned()))),
            ("pam_unix(sudo:session): session opened for user root by bob(uid=0)", None),
            (
                "message repeated 5 times: [ Failed password for root from 5.36.59.76 port 42393 ssh2]",
                Some(Said::Failed(line("root", "5.36.59.76", 42393))),
            ),
            ("Invalid user hacker from 10.23.23.9 port 60096", None),
            ("Server listening on 0.0.0.0 port 22.", None),
        ];
        for (text, want) in cases {
            assert_eq!(read(text), want, "{text}");
        }
    }
}
