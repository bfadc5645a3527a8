//! Somebody takes over a Remote Desktop session that is not his.
//!
//! Hypothesis: SYSTEM may connect any session to any terminal without a password (`tscon`); a connection then shows the desktop of
//! another user. Or a session is taken up again from an address from which its user never came.
//!
//! Needs: 4778 and 4779 (Security), or 24, 25 and 39 (LocalSessionManager), with 1149 for who has just given a password; process
//! auditing for `tscon`; sessions for the addresses.
//!
//! False positives: administrators who use `tscon` to keep a console session alive; people who go home and go on there; two who
//! share a client or an address, one of whom leaves as the other comes, where no log of passwords (1149) is at hand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kilroy_model::{
    AccessSession, Action, Certainty, FactName, How, Kind, Luid, RecordPart, Role, Scope, SessionOutcome,
    SessionPart, Timestamp, Weight, same_name,
};
use kilroy_sessions::first_known;

use super::{Detector, Found};
use crate::Observation;
use crate::draft::{Draft, record_of};
use crate::program::Started;
use crate::runs::Runs;
use crate::scene::Scene;

const NAME: &str = "session-takeover";
const ATTACK: &[&str] = &["T1563.002"];

/// `tscon` moves a session within a second; the two records were seen half a second apart.
const HANDOVER_MILLIS: u64 = 5_000;
/// Disconnects of all hosts that are remembered for that time.
const MOST_LEFT: usize = 256;
/// Whoever gave a password is on the desktop seconds later; slow profiles and dialogs take longer.
const PASSWORD_MILLIS: u64 = 2 * 60_000;
/// What belongs to one use of `tscon`.
const PAUSE_MILLIS: u64 = 60_000;
/// Addresses of one user on one host that are remembered.
const MOST_ADDRESSES: usize = 1000;
/// Passwords of all hosts that are remembered for their time.
const MOST_PASSWORDS: usize = 1000;
const SYSTEM: Luid = Luid(0x3e7);

/// Finds take-overs.
#[derive(Debug)]
pub(super) struct SessionTakeover {
    host: String,
    /// Where each user of the host came from so far, in small letters.
    used: BTreeMap<String, BTreeSet<String>>,
    /// Disconnects of the last seconds, all hosts.
    left: VecDeque<Observation>,
    /// The last password of each user of a host (1149), in small letters.
    passwords: BTreeMap<(String, String), Timestamp>,
    /// Hosts on which passwords are logged.
    asks: BTreeSet<String>,
    runs: Runs<String, Draft>,
}

impl Default for SessionTakeover {
    fn default() -> Self {
        Self {
            host: String::new(),
            used: BTreeMap::new(),
            left: VecDeque::new(),
            passwords: BTreeMap::new(),
            asks: BTreeSet::new(),
            runs: Runs::new(PAUSE_MILLIS),
        }
    }
}

impl Detector for SessionTakeover {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 24, 25, 39, 1149, 4688, 4778, 4779]
    }

    fn session(&mut self, session: &AccessSession, found: &mut Found) {
        if session.computer != self.host {
            self.host.clone_from(&session.computer);
            self.used.clear();
        }
        let counts = session.kind == Kind::InteractiveRemote
            && session.outcome == SessionOutcome::Success
            && session.how != How::AuthOnly;
        let (true, Some(user), Some(ip)) = (counts, &session.user, &session.ip) else { return };
        let used = self.used.entry(user.to_lowercase()).or_default();
        if session.how == How::Reconnect && !used.is_empty() && !used.contains(ip) {
            found.add(new_address(session, user, ip, used));
        }
        if used.len() < MOST_ADDRESSES {
            used.insert(ip.clone());
        }
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        match event.action {
            Some(Action::SessionDisconnected | Action::TerminalDisconnected | Action::TerminalKicked) => {
                self.leave(event);
            }
            Some(Action::SessionReconnected) => self.enter(event, scene, found),
            Some(Action::TerminalReconnected) => self.enter_desktop(event, scene, found),
            Some(Action::RdpAuthenticated) => self.password(event),
            Some(Action::ProcessStarted) => self.tscon(event, scene, found),
            _ => {}
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|draft| found.add(draft));
    }
}

impl SessionTakeover {
    fn leave(&mut self, event: &Observation) {
        self.forget(event.time);
        self.left.push_back(event.clone());
    }

    fn forget(&mut self, now: Timestamp) {
        while self.left.len() >= MOST_LEFT
            || self.left.front().is_some_and(|left| !left.time.within_millis(now, HANDOVER_MILLIS))
        {
            self.left.pop_front();
        }
    }

    /// A user appears on the connection on which another one just was.
    fn enter(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        self.forget(event.time);
        let before = self.left.iter().rev().find(|left| {
            left.host == event.host && is_same_connection(left, event) && !is_same_user(left, event)
        });
        if let Some(before) = before.cloned() {
            self.handover(&before, event, Weight::Medium, scene, found);
        }
    }

    fn password(&mut self, event: &Observation) {
        self.asks.insert(event.host.clone());
        // A smart card may leave the name empty: then it may have been anybody.
        let user = event.account.user.as_deref().unwrap_or_default();
        self.passwords.retain(|_, time| time.within_millis(event.time, PASSWORD_MILLIS));
        if self.passwords.len() < MOST_PASSWORDS {
            self.passwords.insert((event.host.clone(), user.to_lowercase()), event.time);
        }
    }

    /// The same, as the log of terminal sessions tells it: it names no connection, but the address, and who kicked whom.
    fn enter_desktop(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        self.forget(event.time);
        let left = |left: &&Observation| {
            left.action == Some(Action::TerminalDisconnected)
                && left.host == event.host
                && left.source.ip.is_some()
                && left.source.ip == event.source.ip
                && left.terminal_session != event.terminal_session
                && !is_same_user(left, event)
        };
        let Some(before) = self.left.iter().rev().find(left).cloned() else { return };
        let user = event.account.user.as_deref().unwrap_or_default().to_lowercase();
        let gave = |user: String| {
            let given = self.passwords.get(&(event.host.clone(), user));
            given.is_some_and(|time| time.within_millis(event.time, PASSWORD_MILLIS))
        };
        if gave(user) || gave(String::new()) {
            return;
        }
        let kick = self.left.iter().find(|kick| {
            kick.action == Some(Action::TerminalKicked)
                && kick.host == event.host
                && kick.terminal_session == before.terminal_session
                && kick.field("Source").and_then(|id| id.trim().parse().ok()) == event.terminal_session
        });
        let kick = kick.cloned();
        let is_sure = kick.is_some() || self.asks.contains(&event.host);
        let weight = if is_sure { Weight::Medium } else { Weight::Low };
        let draft = self.handover(&before, event, weight, scene, found);
        if let Some(kick) = kick {
            draft.event(&kick, RecordPart::Context);
        }
    }

    fn handover(
        &mut self,
        before: &Observation,
        event: &Observation,
        weight: Weight,
        scene: &Scene,
        found: &mut Found,
    ) -> &mut Draft {
        let draft = self.run(event, found);
        draft.raise(weight);
        draft.text_once(FactName::Variant, "handover", 3);
        draft.event(before, RecordPart::Key);
        draft.event(event, RecordPart::Key);
        for (left, name, part) in
            [(before, FactName::User, SessionPart::Actor), (event, FactName::Victim, SessionPart::Victim)]
        {
            if let Some(user) = &left.account.user {
                draft.user(user);
                draft.text_once(name, user, 5);
            }
            if let Some(actor) = scene.actor(left) {
                draft.session(actor.stay.uid, part, actor.sure);
            }
        }
        if let Some(ip) = event.source.ip {
            draft.source(&ip.to_string());
            draft.text_once(FactName::Source, &ip.to_string(), 5);
        }
        strengthen(draft);
        draft
    }

    fn tscon(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some(started) = Started::of(event).filter(|started| started.name == "tscon.exe") else { return };
        let draft = self.run(event, found);
        let by_system = event.account.luid.or(event.subject.luid) == Some(SYSTEM)
            || event.subject.luid == Some(SYSTEM) && event.account.luid.is_none_or(|luid| luid.0 == 0);
        draft.raise(if by_system { Weight::High } else { Weight::Low });
        draft.text_once(FactName::Variant, if by_system { "tscon-system" } else { "tscon" }, 3);
        draft.text_once(FactName::Command, started.line(), 5);
        draft.event(event, RecordPart::Key);
        if let Some(actor) = scene.exact_actor(event) {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        }
        strengthen(draft);
    }

    fn run(&mut self, event: &Observation, found: &mut Found) -> &mut Draft {
        let begin = || {
            let mut draft = Draft::new(NAME, ATTACK, Weight::Low);
            draft.host(&event.host);
            draft
        };
        self.runs.at(&event.host, event.time, begin, &mut |over| found.add(over))
    }
}

/// Both signs together leave little doubt.
fn strengthen(draft: &mut Draft) {
    if draft.says(FactName::Variant, "handover")
        && (draft.says(FactName::Variant, "tscon") || draft.says(FactName::Variant, "tscon-system"))
    {
        draft.raise(Weight::High);
    }
}

fn is_same_connection(a: &Observation, b: &Observation) -> bool {
    let name = |event: &Observation| {
        event.field("SessionName").map(str::to_lowercase).filter(|name| name.starts_with("rdp"))
    };
    name(a).is_some() && name(a) == name(b) && a.source.ip == b.source.ip
}

fn is_same_user(a: &Observation, b: &Observation) -> bool {
    match (&a.account.user, &b.account.user) {
        (Some(a), Some(b)) => same_name(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn new_address(session: &AccessSession, user: &str, ip: &str, used: &BTreeSet<String>) -> Draft {
    let weight = match session.scope {
        Scope::External => Weight::Medium,
        _ => Weight::Info,
    };
    let mut draft = Draft::new(NAME, ATTACK, weight);
    draft.text(FactName::Variant, "new-address");
    draft.host(&session.computer);
    draft.user(user);
    draft.text(FactName::Victim, user);
    draft.source(ip);
    draft.text(FactName::Source, ip);
    used.iter().take(5).for_each(|before| draft.text(FactName::Before, before));
    draft.session(session.session_uid, SessionPart::Actor, Certainty::Exact);
    if let Some(time) = first_known(session) {
        draft.touch(time);
    }
    for source in &session.sources {
        let part = if source.role == Role::Reconnect { RecordPart::Key } else { RecordPart::Context };
        draft.record(record_of(&session.computer, source, part));
    }
    draft
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{Story, event, process, session, with};

    fn moved(second: i64, id: u32, user: &str, name: &str) -> Observation {
        let mut moved = with(event("srv", second, id), "SessionName", name);
        moved.action =
            Some(if id == 4779 { Action::SessionDisconnected } else { Action::SessionReconnected });
        moved.account.user = Some(user.to_owned());
        moved.source.ip = Some("10.0.0.9".parse().unwrap());
        moved
    }

    #[test]
    fn one_desktop_appears_on_the_connection_of_another() {
        let mut story = Story::of(Vec::new());
        story.event(process(
            "srv",
            9,
            0x3e7,
            r"C:\Windows\System32\tscon.exe",
            "tscon 2 /dest:rdp-tcp#8",
            None,
        ));
        story.event(moved(10, 4779, "mallory", "RDP-Tcp#8"));
        story.event(moved(11, 4778, "alice", "RDP-Tcp#8"));
        let found = story.found_by(NAME);
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert_eq!((finding.weight, finding.records_total), (Weight::High, 3));
        assert_eq!(finding.text(FactName::User), Some("mallory"));
        assert_eq!(finding.text(FactName::Victim), Some("alice"));
    }

    #[test]
    fn the_same_user_another_connection_and_a_later_time_are_none() {
        for (second, user, name) in
            [(11, "mallory", "RDP-Tcp#8"), (11, "alice", "RDP-Tcp#9"), (60, "alice", "RDP-Tcp#8")]
        {
            let mut story = Story::of(Vec::new());
            story.event(moved(10, 4779, "mallory", "RDP-Tcp#8"));
            story.event(moved(second, 4778, user, name));
            assert!(story.found_by(NAME).is_empty(), "{second} {user} {name}");
        }
    }

    /// As LocalSessionManager tells it: 39, 24 and 25, and no 1149 for the one whose desktop appears.
    fn desktop(second: i64, id: u32, user: &str, session: u32) -> Observation {
        let mut event = event("srv", second, id);
        event.action = Some(match id {
            24 => Action::TerminalDisconnected,
            25 => Action::TerminalReconnected,
            39 => Action::TerminalKicked,
            _ => Action::RdpAuthenticated,
        });
        event.account.user = Some(user.to_owned());
        event.terminal_session = Some(session);
        event.source.ip = Some("10.0.0.9".parse().unwrap());
        event
    }

    #[test]
    fn a_takeover_that_only_the_log_of_terminal_sessions_tells() {
        let found = |others: Vec<Observation>| {
            let mut story = Story::of(Vec::new());
            story.event(desktop(10, 24, "mallory", 3));
            story.event(desktop(11, 25, "alice", 2));
            for event in others {
                story.event(event);
            }
            story.found_by(NAME)
        };
        let password = |second, user| desktop(second, 1149, user, 0);
        let kick = with(desktop(10, 39, "", 3), "Source", "2");
        let kicked = found(vec![kick.clone()]);
        assert_eq!((kicked[0].weight, kicked[0].records_total), (Weight::Medium, 3));
        assert_eq!(kicked[0].text(FactName::Victim), Some("alice"));
        assert_eq!(found(vec![password(1, "mallory")])[0].weight, Weight::Medium, "alice gave no password");
        assert!(found(vec![password(1, "alice")]).is_empty(), "she did");
        let mut nameless = password(1, "");
        nameless.account.user = None;
        assert!(found(vec![nameless]).is_empty(), "somebody did");
        assert_eq!(found(Vec::new())[0].weight, Weight::Low, "who knows");
        let tscon = process("srv", 9, 0x3e7, r"C:\Windows\System32\tscon.exe", "tscon 2", None);
        assert_eq!(found(vec![kick, tscon])[0].weight, Weight::High);
    }

    #[test]
    fn desktops_of_other_addresses_and_of_the_same_user_are_none() {
        let found = |second, user: &str, ip: &str| {
            let mut story = Story::of(Vec::new());
            story.event(desktop(10, 24, "mallory", 3));
            let mut back = desktop(second, 25, user, 2);
            back.source.ip = ip.parse().ok();
            story.event(back);
            story.found_by(NAME).len()
        };
        assert_eq!(found(11, "alice", "10.0.0.9"), 1);
        assert_eq!(found(11, "alice", "10.0.0.10") + found(11, "alice", "LOCAL"), 0);
        assert_eq!(found(11, "Mallory", "10.0.0.9") + found(30, "alice", "10.0.0.9"), 0);
    }

    #[test]
    fn a_session_taken_up_from_a_new_address() {
        let remote = |minute, ip: &str, how| {
            let mut session = session("srv", minute, "alice", Kind::InteractiveRemote, ip);
            session.how = how;
            session
        };
        let first = remote(1, "10.0.0.5", How::Logon);
        let found = |second| Story::of(vec![first.clone(), second]).found_by(NAME);
        assert_eq!(found(remote(2, "203.0.113.9", How::Reconnect))[0].weight, Weight::Medium);
        assert_eq!(found(remote(2, "10.0.0.6", How::Reconnect))[0].weight, Weight::Info);
        assert!(found(remote(2, "10.0.0.5", How::Reconnect)).is_empty());
        assert!(found(remote(2, "203.0.113.9", How::Logon)).is_empty());
    }
}
