//! Remote Desktop through a tunnel.
//!
//! Hypothesis: a port of the machine is forwarded from somewhere else (ssh or plink, `netsh portproxy`, chisel, ngrok, cloudflared …), past the
//! firewall. A Remote Desktop logon through it comes from the machine itself: 127.0.0.1.
//!
//! Needs: the source address of Remote Desktop logons; process auditing with command lines for the forward itself.
//!
//! False positives: administrators who reach machines through ssh; agents for remote support that come with a tunnel of their
//! own; a client on the machine that connects to itself, as one does to try something.

use kilroy_model::{
    AccessSession, Certainty, FactName, Kind, RecordPart, Scope, SessionOutcome, SessionPart, Timestamp,
    Weight,
};
use kilroy_sessions::first_known;

use super::{Detector, Found};
use crate::Observation;
use crate::draft::{Draft, record_of};
use crate::program::Started;
use crate::runs::Runs;
use crate::scene::Scene;

const NAME: &str = "tunnelled-rdp";

/// Forwards of one host within this time are one finding.
const PAUSE_MILLIS: u64 = 60 * 60 * 1000;

/// Programs that are made to carry connections past a firewall.
const TUNNELS: [&str; 15] = [
    "chisel",
    "ngrok",
    "frpc",
    "frps",
    "ligolo",
    "rpivot",
    "revsocks",
    "gost",
    "iox",
    "socat",
    "plink",
    "earthworm",
    "cloudflared",
    "localtonet",
    "devtunnel",
];
/// What such a program is asked for when it carries nothing.
const HARMLESS: [&str; 8] = ["version", "--version", "-version", "-v", "help", "--help", "-h", "update"];
/// Programs whose options are those of ssh. `ssh-keygen -R` is none.
const SSH: [&str; 9] =
    ["ssh", "autossh", "plink", "plink64", "putty", "putty64", "kitty", "klink", "dbclient"];

/// Finds tunnels.
#[derive(Debug)]
pub(super) struct TunnelledRdp {
    host: String,
    logons: Runs<String, Draft>,
    forwards: Runs<String, Draft>,
}

impl Default for TunnelledRdp {
    fn default() -> Self {
        Self { host: String::new(), logons: Runs::new(PAUSE_MILLIS), forwards: Runs::new(PAUSE_MILLIS) }
    }
}

impl Detector for TunnelledRdp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 4688]
    }

    fn session(&mut self, session: &AccessSession, found: &mut Found) {
        if session.computer != self.host {
            self.host.clone_from(&session.computer);
            self.logons.finish().into_iter().for_each(|draft| found.add(draft));
        }
        let through = session.kind == Kind::InteractiveRemote && session.scope == Scope::Loopback;
        let (true, Some(time)) = (through, first_known(session)) else { return };
        let begin = || Draft::new(NAME, &["T1021.001", "T1572"], Weight::Low);
        let draft = self.logons.at(&session.computer, time, begin, &mut |over| found.add(over));
        logon(draft, session, time);
    }

    fn begin(&mut self, _scene: &Scene, found: &mut Found) {
        self.logons.finish().into_iter().for_each(|draft| found.add(draft));
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some(started) = Started::of(event) else { return };
        let Some((variant, weight)) = forward(&started.name, started.line()) else { return };
        let begin = || Draft::new(NAME, &["T1572", "T1090"], Weight::Info);
        let draft = self.forwards.at(&event.host, event.time, begin, &mut |over| found.add(over));
        draft.raise(weight);
        draft.text_once(FactName::Variant, variant, 4);
        draft.text_once(FactName::Command, started.line(), 10);
        draft.event(event, RecordPart::Key);
        if let Some(actor) = scene.exact_actor(event) {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.forwards.finish().into_iter().for_each(|draft| found.add(draft));
    }
}

fn logon(draft: &mut Draft, session: &AccessSession, time: Timestamp) {
    draft.text_once(FactName::Variant, "loopback", 1);
    // An attempt through a tunnel is a tunnel, too.
    draft.raise(if session.outcome == SessionOutcome::Success { Weight::High } else { Weight::Medium });
    draft.host(&session.computer);
    draft.touch(time);
    draft.count(FactName::Count);
    if let Some(user) = &session.user {
        draft.user(user);
        draft.text_once(FactName::User, user, 5);
    }
    if let Some(ip) = &session.ip {
        draft.source(ip);
        draft.text_once(FactName::Source, ip, 2);
    }
    draft.session(session.session_uid, SessionPart::Actor, Certainty::Exact);
    for (nth, source) in session.sources.iter().enumerate() {
        let part = if nth == 0 { RecordPart::Key } else { RecordPart::Context };
        draft.record(record_of(&session.computer, source, part));
    }
}

/// Does the command forward a port, in which way, and how odd is that?
fn forward(program: &str, line: &str) -> Option<(&'static str, Weight)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if program == "netsh.exe" && is_portproxy(&words) {
        return Some(("portproxy", Weight::Medium));
    }
    let to_rdp = line.contains("3389");
    let stem = program.strip_suffix(".exe").unwrap_or(program);
    let is_ssh = SSH.contains(&stem);
    let is_tunnel = TUNNELS.iter().any(|tunnel| stem.starts_with(tunnel));
    let forwards = if is_ssh { of_ssh(&words) } else { of_any(&words) };
    let heavier = to_rdp || is_tunnel;
    match forwards {
        Some(Forward::Remote) => Some(("remote-forward", if heavier { Weight::Medium } else { Weight::Low })),
        // Whoever is at the other end reaches whatever this machine does.
        Some(Forward::RemoteProxy) => Some(("remote-forward", Weight::Medium)),
        Some(Forward::Local) => Some(("local-forward", if to_rdp { Weight::Low } else { Weight::Info })),
        Some(Forward::Proxy) => Some(("proxy", Weight::Low)),
        // Without a forward, plink is a terminal.
        None if is_tunnel && stem != "plink" => {
            let asked = words.get(1).map(|word| word.to_lowercase());
            let carries = asked.is_some_and(|word| !HARMLESS.contains(&word.as_str()));
            carries.then_some(("tunnel", Weight::Medium))
        }
        None => None,
    }
}

/// Which way a port is forwarded; those that tell more stand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Forward {
    /// `-R port`: any target, from the other end.
    RemoteProxy,
    /// `-R port:host:port`: a port of the other end leads here.
    Remote,
    /// `-D port`: any target, from here.
    Proxy,
    /// `-L port:host:port`: a port of this machine leads to the other end.
    Local,
}

/// Of any program, whatever its name: only what looks like a forward and nothing else.
fn of_any(words: &[&str]) -> Option<Forward> {
    let forward = |(n, word): (usize, &&str)| {
        let (flag, rest) = word.split_at_checked(2)?;
        let target = if rest.is_empty() { words.get(n + 1).copied()? } else { rest };
        match flag {
            "-R" => Some(Forward::Remote),
            "-L" => Some(Forward::Local),
            _ => None,
        }
        .filter(|_| is_forward(target))
    };
    words.iter().enumerate().filter_map(forward).min()
}

/// Options of ssh, of which several may stand in one word (`-fNR 1080`), and `-o RemoteForward=…`.
fn of_ssh(words: &[&str]) -> Option<Forward> {
    let mut all = Vec::new();
    for (n, word) in words.iter().enumerate().skip(1) {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else {
            continue;
        };
        // Options before it in the word take no value.
        let Some(at) = letters.find(|letter: char| !SWITCHES.contains(letter)) else { continue };
        let (option, rest) = letters[at..].split_at_checked(1).unwrap_or_default();
        let value = if rest.is_empty() { words.get(n + 1).copied().unwrap_or_default() } else { rest };
        let value = value.trim_matches('"');
        let setting = value.to_lowercase();
        all.extend(match option {
            "R" if is_forward(value) => Some(Forward::Remote),
            "R" if is_listener(value) => Some(Forward::RemoteProxy),
            "L" if is_forward(value) => Some(Forward::Local),
            "D" if is_listener(value) => Some(Forward::Proxy),
            "o" if setting.starts_with("remoteforward") => Some(Forward::Remote),
            "o" if setting.starts_with("dynamicforward") => Some(Forward::Proxy),
            "o" if setting.starts_with("localforward") => Some(Forward::Local),
            _ => None,
        });
    }
    all.into_iter().min()
}

/// Options of ssh and plink that take no value.
const SWITCHES: &str = "1246AaCfGgKkMNnqsTtVvXxYy";

/// `port` or `address:port`.
fn is_listener(value: &str) -> bool {
    value.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok())
}

/// `port:host:port` or `address:port:host:port`.
fn is_forward(target: &str) -> bool {
    let parts: Vec<&str> = target.trim_matches('"').rsplitn(4, ':').collect();
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    matches!(parts[..], [to, _, from, ..] if is_port(to) && is_port(from))
}

/// `netsh interface portproxy add …`, each word as short as netsh takes it.
fn is_portproxy(words: &[&str]) -> bool {
    let short_for = |word: Option<&&str>, whole: &[&str]| {
        word.is_some_and(|word| {
            let word = word.to_lowercase();
            whole.iter().any(|whole| !word.is_empty() && whole.starts_with(&word))
        })
    };
    short_for(words.get(1), &["interface"])
        && short_for(words.get(2), &["portproxy"])
        && short_for(words.get(3), &["add", "set"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::testing::{Story, process, session};

    #[test]
    fn what_leads_here_weighs_more_than_what_leads_out() {
        let weight = |line: &str| {
            let program = line.split_whitespace().next().unwrap().to_lowercase();
            forward(&program, line).map(|(_, weight)| weight)
        };
        assert_eq!(weight("ssh.exe -R 1080 u@h"), Some(Weight::Medium), "a proxy into this network");
        assert_eq!(weight("ssh.exe -R 3390:localhost:3389 u@h"), Some(Weight::Medium));
        assert_eq!(weight("ssh.exe -R 8080:localhost:80 u@h"), Some(Weight::Low));
        assert_eq!(weight("ssh.exe -D 1080 u@h"), Some(Weight::Low));
        assert_eq!(weight("ssh.exe -L 8080:intranet:80 u@h"), Some(Weight::Info));
        assert_eq!(weight("ssh.exe -D 1080 -R 1080 u@h"), Some(Weight::Medium));
    }

    fn way(line: &str) -> Option<&'static str> {
        let program = line.split_whitespace().next().unwrap().to_lowercase();
        forward(&program, line).map(|(variant, _)| variant)
    }

    #[test]
    fn forwards_and_what_is_none() {
        assert_eq!(
            way("netsh.exe  I p a v l=8001 listena=0.0.0.0 connectp=3389 c=1.1.1.1"),
            Some("portproxy")
        );
        assert_eq!(way("netsh.exe interface portproxy add v4tov4 listenport=48333"), Some("portproxy"));
        assert_eq!(way("netsh.exe interface portproxy reset"), None);
        assert_eq!(way("netsh.exe interface ip add address"), None);
        assert_eq!(way("plink.exe -ssh -R 3390:127.0.0.1:3389 root@203.0.113.9"), Some("remote-forward"));
        assert_eq!(way("svc.exe -N -R12345:localhost:3389 u@h"), Some("remote-forward"));
        assert_eq!(way("ssh.exe -L 8080:intranet:80 gate"), Some("local-forward"));
        assert_eq!(way("ls.exe -R C:\\a"), None);
        assert_eq!(way("chisel.exe client 203.0.113.9:443 R:socks"), Some("tunnel"));
        assert_eq!(way("plink.exe admin@switch"), None);
        // As ssh takes them: several options in one word, a port alone, a setting.
        assert_eq!(way("ssh.exe -fNR 1080 root@203.0.113.9"), Some("remote-forward"));
        assert_eq!(way("ssh.exe -N -R 0.0.0.0:1080 root@203.0.113.9"), Some("remote-forward"));
        assert_eq!(way("ssh -o RemoteForward=3390:localhost:3389 root@203.0.113.9"), Some("remote-forward"));
        assert_eq!(way("ssh.exe -ND1080 root@203.0.113.9"), Some("proxy"));
        assert_eq!(way("ssh.exe -D 127.0.0.1:9050 root@203.0.113.9"), Some("proxy"));
        assert_eq!(way("ssh.exe -p 2222 -i key root@203.0.113.9"), None);
        assert_eq!(way("java.exe -D 8080 -R 1"), None);
        assert_eq!(way("ssh-keygen.exe -R [host]:2222"), None);
        assert_eq!(way("cloudflared.exe tunnel run --token x"), Some("tunnel"));
        assert_eq!(way("cloudflared.exe --version"), None);
        assert_eq!(way("ngrok.exe tcp 3389"), Some("tunnel"));
    }

    #[test]
    fn a_logon_from_the_machine_itself_is_a_tunnel_and_one_from_elsewhere_is_none() {
        let mut near = session("srv", 1, "alice", Kind::InteractiveRemote, "10.0.0.5");
        near.session_uid = kilroy_model::SessionUid(9);
        let hit = session("srv", 2, "bob", Kind::InteractiveRemote, "127.0.0.1");
        let found = Story::of(vec![near.clone(), hit]).found_by(NAME);
        assert_eq!(
            (found.len(), found[0].weight, &found[0].users[..]),
            (1, Weight::High, &["bob".to_owned()][..])
        );
        assert!(Story::of(vec![near]).found_by(NAME).is_empty());
    }

    #[test]
    fn a_forward_names_its_session() {
        let mut story = Story::of(vec![session("srv", 1, "bob", Kind::InteractiveRemote, "10.0.0.5")]);
        story.event(process(
            "srv",
            70,
            0x1001,
            r"C:\x\plink.exe",
            "plink.exe -R 33:127.0.0.1:3389 u@h",
            None,
        ));
        story.event(process("srv", 71, 0x1001, r"C:\x\plink.exe", "plink.exe u@h", None));
        let found = story.found_by(NAME);
        assert_eq!((found.len(), found[0].weight, found[0].records_total), (1, Weight::Medium, 1));
        assert_eq!(found[0].sources, ["10.0.0.5"]);
    }
}
