//! Processes that were started through an interface that serves other machines: WMI, WinRM and DCOM share this.

use std::collections::BTreeMap;

use kilroy_model::{Certainty, FactName, Luid, RecordPart, SessionPart, Weight};

use super::Found;
use crate::Observation;
use crate::activity::Birth;
use crate::draft::Draft;
use crate::powershell::is_ansible;
use crate::program::{Started, Twins, hides, sends_output_back};
use crate::runs::Runs;
use crate::scene::{Actor, Scene};

/// What somebody does by hand, command after command.
const PAUSE_MILLIS: u64 = 10 * 60 * 1000;
/// A child that carries no logon of its own (Windows Server 2008 R2 logs the parent's) follows its network logon at once: 30 to
/// 500 ms in real logs.
const ARRIVAL_MILLIS: i64 = 10_000;
/// Commands that are told.
const MOST_COMMANDS: usize = 10;
/// Processes of the interface that are known by number, on one host.
const MOST_PARENTS: usize = 10_000;

/// One such interface.
#[derive(Debug)]
pub(super) struct Children {
    detector: &'static str,
    attack: &'static [&'static str],
    is_parent: fn(&Started<'_>, &Observation) -> bool,
    /// Does the child count even if nobody is known who came from elsewhere?
    alone: bool,
    /// Is it a command that only the interface is sent, where no record names the parent?
    is_own_command: fn(&str) -> bool,
    /// The host whose events go by: a process ID is one of a host.
    host: String,
    /// By process ID: where a record does not name the parent.
    parents: BTreeMap<u64, Birth>,
    /// Children for which only time speaks, by process ID, and the run that they are in: what they start may tell.
    doubtful: BTreeMap<u64, (Birth, (String, String))>,
    runs: Runs<(String, String), Draft>,
    twins: Twins,
}

/// Where the one came from for whom the process was started.
#[derive(Debug, Clone, Copy)]
enum From<'a> {
    /// Another machine, by a network logon.
    Elsewhere(Actor<'a>),
    /// This machine: somebody is at it, or has a desktop there.
    Here(Actor<'a>),
    /// A logon that the logs do not tell of.
    UnknownLogon,
    /// Windows itself.
    System,
}

impl Children {
    pub(super) fn new(
        detector: &'static str,
        attack: &'static [&'static str],
        is_parent: fn(&Started<'_>, &Observation) -> bool,
        alone: bool,
    ) -> Self {
        let (parents, runs) = (BTreeMap::new(), Runs::new(PAUSE_MILLIS));
        Self {
            detector,
            attack,
            is_parent,
            alone,
            is_own_command: |_| false,
            host: String::new(),
            parents,
            doubtful: BTreeMap::new(),
            runs,
            twins: Twins::default(),
        }
    }

    /// With commands that only this interface is sent.
    pub(super) fn with_own_commands(self, is_own_command: fn(&str) -> bool) -> Self {
        Self { is_own_command, ..self }
    }

    /// Takes an event. `names_parent` says whether a process is one of the interface's own.
    pub(super) fn event(
        &mut self,
        event: &Observation,
        names_parent: fn(&str) -> bool,
        scene: &Scene,
        found: &mut Found,
    ) {
        let Some(started) = Started::of(event) else { return };
        self.go_to(&event.host);
        self.look_at_its_parent(event, scene);
        let child = self.is_child(&started, event, scene);
        self.note(event, names_parent(&started.name), scene);
        if !child || started.is_bystander() {
            return;
        }
        let from = origin(event, scene);
        let Some(weight) = self.weight(&started, event, from) else { return };
        let key = (event.host.clone(), whose(event, from));
        let (detector, attack) = (self.detector, self.attack);
        let begin = || Draft::new(detector, attack, Weight::Info);
        let draft = self.runs.at(&key, event.time, begin, &mut |over| found.add(over));
        let only_by_time = matches!(from, From::Elsewhere(actor) if actor.sure == Certainty::Possible);
        if let Some(pid) = event.process.pid.filter(|_| only_by_time && self.doubtful.len() < MOST_PARENTS) {
            self.doubtful.insert(pid, (scene.birth(event), key.clone()));
        }
        draft.raise(weight);
        draft.event(event, RecordPart::Key);
        if !self.twins.told(event, &started) {
            draft.count(FactName::Count);
        }
        draft.text_once(FactName::Command, started.line(), MOST_COMMANDS);
        if let Some(parent) = &started.parent {
            draft.text_once(FactName::Parent, parent, 3);
        }
        tell(draft, event, from);
        if is_ansible(started.line()) {
            draft.text_once(FactName::Variant, "ansible", 3);
        }
    }

    pub(super) fn finish(&mut self, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|draft| found.add(draft));
    }

    /// Events come host by host: the processes of the one before start nothing any more.
    fn go_to(&mut self, host: &str) {
        if self.host != host {
            host.clone_into(&mut self.host);
            self.parents.clear();
            self.doubtful.clear();
        }
    }

    /// What a child that carries no logon of its own starts may have one: if it is of the session that was there by time, the
    /// child is likely to be of it, too.
    fn look_at_its_parent(&mut self, event: &Observation, scene: &Scene) {
        let Some(pid) = event.process.parent_pid else { return };
        let Some((birth, key)) = self.doubtful.get(&pid) else { return };
        let Some(actor) = scene.exact_actor(event).filter(|_| scene.may_run(birth, event)) else { return };
        if actor.stay.uid.to_string() == key.1
            && let Some(draft) = self.runs.going(key, event.time)
        {
            tell_who(draft, Actor { sure: Certainty::Likely, ..actor });
        }
    }

    fn is_child(&self, started: &Started<'_>, event: &Observation, scene: &Scene) -> bool {
        if started.parent.is_some() {
            return (self.is_parent)(started, event);
        }
        let parent = event.process.parent_pid.and_then(|pid| self.parents.get(&pid));
        parent.is_some_and(|parent| scene.may_run(parent, event)) || (self.is_own_command)(started.line())
    }

    /// Remembers the processes of the interface by number, until another process has it.
    fn note(&mut self, event: &Observation, is_parent: bool, scene: &Scene) {
        let Some(pid) = event.process.pid else { return };
        if !is_parent {
            self.parents.remove(&pid);
        } else if self.parents.len() < MOST_PARENTS {
            self.parents.insert(pid, scene.birth(event));
        }
    }

    fn weight(&self, started: &Started<'_>, event: &Observation, from: From<'_>) -> Option<Weight> {
        let line = started.line();
        let shell = started.is_shell();
        let desktop = event.terminal_session.is_some_and(|id| id > 0);
        Some(match from {
            _ if sends_output_back(line) => Weight::High,
            // It is encoded as is all that Ansible sends; that somebody else sends the same cannot be told from the command.
            From::Elsewhere(_) if is_ansible(line) => Weight::Low,
            From::Elsewhere(_) if hides(line) => Weight::High,
            From::Elsewhere(_) => Weight::Medium,
            _ if !self.alone => return None,
            From::UnknownLogon if shell && !desktop => Weight::Medium,
            From::UnknownLogon => Weight::Low,
            From::Here(_) => Weight::Info,
            From::System if shell => Weight::Low,
            From::System => return None,
        })
    }
}

fn origin<'a>(event: &Observation, scene: &'a Scene) -> From<'a> {
    if let Some(actor) = scene.exact_actor(event) {
        return if actor.stay.is_remote_network() { From::Elsewhere(actor) } else { From::Here(actor) };
    }
    let own = own_luid(event);
    if own.is_some_and(|luid| !luid.is_fixed()) {
        return From::UnknownLogon;
    }
    // NETWORK SERVICE is the interface itself: the record has the parent's logon, not the child's.
    match scene.last_network_arrival(&event.host, event.time, ARRIVAL_MILLIS) {
        Some(stay) if own == Some(Luid(0x3e4)) => From::Elsewhere(Actor { stay, sure: Certainty::Possible }),
        _ => From::System,
    }
}

/// The logon that the process runs under.
pub(super) fn own_luid(event: &Observation) -> Option<Luid> {
    event.account.luid.filter(|luid| luid.0 != 0).or(event.subject.luid).filter(|luid| luid.0 != 0)
}

fn whose(event: &Observation, from: From<'_>) -> String {
    match from {
        From::Elsewhere(actor) | From::Here(actor) => actor.stay.uid.to_string(),
        From::UnknownLogon | From::System => own_luid(event).map(|luid| luid.to_string()).unwrap_or_default(),
    }
}

fn tell_who(draft: &mut Draft, actor: Actor<'_>) {
    draft.stay(actor.stay, SessionPart::Actor, actor.sure);
    if let Some(user) = &actor.stay.user {
        draft.told(FactName::User, user, actor.sure, 1);
    }
    if let Some(source) = actor.stay.source() {
        draft.told(FactName::Source, &source, actor.sure, 1);
    }
}

fn tell(draft: &mut Draft, event: &Observation, from: From<'_>) {
    let variant = match from {
        From::Elsewhere(actor) | From::Here(actor) => {
            tell_who(draft, actor);
            if matches!(from, From::Elsewhere(_)) { "remote" } else { "local" }
        }
        From::UnknownLogon => {
            // Mostly it is the logon of whoever started it, and the record names no other.
            let own = event.account.luid.is_some_and(|luid| luid.0 != 0) || event.account.user.is_some();
            let whose = if own { &event.account } else { &event.subject };
            if let Some(user) = &whose.user {
                draft.user(user);
                draft.text_once(FactName::User, user, 1);
            }
            "unknown"
        }
        From::System => "system",
    };
    draft.text_once(FactName::Variant, variant, 1);
}
