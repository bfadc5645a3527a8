//! Scheduled tasks as a way to run something on another machine.
//!
//! Hypothesis: a task is made from afar, over the `atsvc` pipe or RPC, runs a command at once, mostly as SYSTEM, and is deleted again.
//!
//! Needs: 4698 and 4699 (object access: other events), or 106, 141 and 200 of the task scheduler's own log where that is on, which
//! names the program only; 5145 for the pipe; process auditing for what ran.
//!
//! False positives: deployment software and administrators; installers that make a task and delete it.

use std::collections::BTreeMap;

use kilroy_model::{
    Certainty, FactName, FindingRecord, RecordPart, SessionPart, Timestamp, Weight, same_name,
};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::{Draft, record_of_event};
use crate::program::{Started, hides, runs_a_shell, sends_output_back};
use crate::runs::Runs;
use crate::scene::{Scene, Stay};

const NAME: &str = "remote-task";

/// What runs at once is over within minutes, and the task is deleted.
const PAUSE_MILLIS: u64 = 5 * 60 * 1000;
/// The pipe is opened right before the task is made: some 20 ms in real logs; a slow line takes seconds.
const PIPE_MILLIS: u64 = 10_000;
/// Tasks that are compared with each process. Nobody makes more within minutes, but a log may say so.
const MOST_TASKS: usize = 1000;
/// Users whose last use of the pipe is remembered.
const MOST_USERS: usize = 1000;
/// A task that is deleted that soon was made to run once.
const QUICK_MILLIS: u64 = 60_000;
/// The Security log (4698) and that of the task scheduler (106) tell of one task within this time.
const ONE_TASK_MILLIS: u64 = 5_000;
/// Whoever calls from afar logs on right before: a second in real logs.
const ARRIVAL_MILLIS: i64 = 10_000;

/// Finds tasks that were made from afar.
#[derive(Debug)]
pub(super) struct RemoteTask {
    /// By host and name of the task.
    runs: Runs<(String, String), Task>,
    /// Last use of the pipe, by host and user.
    pipes: BTreeMap<(String, String), Observation>,
}

#[derive(Debug)]
struct Task {
    draft: Draft,
    made: Timestamp,
    afar: Afar,
    /// What it runs, in small letters.
    arguments: String,
    odd: bool,
    /// It ran a shell, as the task scheduler tells, which logs no arguments.
    shell: bool,
    /// The record (106) of the task scheduler that it was made by, if the Security log has not told of it so far.
    registered: Option<FindingRecord>,
}

/// Does somebody on another machine make it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Afar {
    /// A network session or the pipe says so.
    Known,
    /// Its user came over the network right before.
    Fits,
    Unknown,
}

impl Default for RemoteTask {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS), pipes: BTreeMap::new() }
    }
}

impl Detector for RemoteTask {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 106, 141, 200, 4688, 4698, 4699, 5145]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        match event.event_id {
            4698 => self.made(event, scene, found),
            5145 => self.pipe(event),
            106 | 141 | 200 if event.provider != "Microsoft-Windows-TaskScheduler" => {}
            106 => self.registered(event, scene, found),
            141 | 4699 => self.deleted(event),
            200 => self.started(event),
            _ => self.ran(event),
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|task| task.over(found));
    }
}

impl RemoteTask {
    fn pipe(&mut self, event: &Observation) {
        if event.opened_pipe().is_some_and(|pipe| pipe.eq_ignore_ascii_case("atsvc"))
            && event.source.ip.is_none_or(|ip| !ip.is_loopback())
        {
            if self.pipes.len() >= MOST_USERS {
                self.pipes.retain(|_, pipe| pipe.time.within_millis(event.time, PIPE_MILLIS));
            }
            if self.pipes.len() < MOST_USERS {
                self.pipes.insert(who(event), event.clone());
            }
        }
    }

    fn made(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some(name) = event.object.as_deref() else { return };
        let content = event.field("TaskContent").unwrap_or_default();
        let arguments = element(content, "Arguments");
        let line = format!("{} {arguments}", element(content, "Command"));
        let line = line.trim();
        let pipe =
            self.pipes.get(&who(event)).filter(|pipe| pipe.time.within_millis(event.time, PIPE_MILLIS));
        let actor = scene.exact_actor(event);
        let from_afar = actor.filter(|actor| actor.stay.is_remote_network());
        let mut draft = Draft::new(NAME, &["T1053.005"], Weight::Info);
        draft.event(event, RecordPart::Key);
        draft.text(FactName::Task, name);
        if !line.is_empty() {
            draft.text(FactName::Command, line);
        }
        if let Some(user) = &event.subject.user {
            draft.user(user);
            draft.text(FactName::User, user);
        }
        // Whose logon ID the task carries; the pipe may have been opened in another session of the same visitor.
        if let Some(actor) = actor {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        }
        if let Some(pipe) = pipe {
            draft.event(pipe, RecordPart::Context);
            if let Some(ip) = pipe.source.ip {
                draft.source(&ip.to_string());
            }
            if let Some(opened) = scene.exact_actor(pipe) {
                draft.stay(opened.stay, SessionPart::Actor, Certainty::Likely);
            }
        }
        let source = pipe.and_then(|pipe| pipe.source.ip.map(|ip| ip.to_string()));
        if let Some(source) = source.or_else(|| from_afar.and_then(|actor| actor.stay.source())) {
            draft.text(FactName::Source, source);
        }
        let odd = sends_output_back(line) || hides(line) || (runs_a_shell(line) && line.contains('>'));
        let afar = if from_afar.is_some() || pipe.is_some() { Afar::Known } else { Afar::Unknown };
        let mut task = Task {
            draft,
            made: event.time,
            afar,
            arguments: arguments.to_lowercase(),
            odd,
            shell: false,
            registered: None,
        };
        if let Some(before) = self.runs.end(&key(event, name)) {
            match &before.registered {
                // The other log told of the same task first, and knows less.
                Some(record) if before.made.within_millis(event.time, ONE_TASK_MILLIS) => {
                    task.draft.record(FindingRecord { part: RecordPart::Context, ..record.clone() });
                    if task.afar == Afar::Unknown {
                        task.afar = before.afar;
                    }
                }
                _ => before.over(found),
            }
        }
        self.runs.at(&key(event, name), event.time, || task, &mut |over| over.over(found));
    }

    /// The task scheduler's own log names task and user. Whether he is here or elsewhere, the pipe tells, or his network logon.
    fn registered(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some(name) = event.field("TaskName") else { return };
        if let Some(task) = self.runs.going(&key(event, name), event.time)
            && task.made.within_millis(event.time, ONE_TASK_MILLIS)
        {
            task.draft.event(event, RecordPart::Context);
            return;
        }
        let user = event.field("UserContext").unwrap_or_default();
        let user = user.rsplit('\\').next().unwrap_or(user);
        let pipe = self.pipes.get(&(event.host.clone(), user.to_lowercase()));
        let pipe = pipe.filter(|pipe| pipe.time.within_millis(event.time, PIPE_MILLIS));
        let is_visitor = |stay: &&Stay| {
            let is_he = stay.user.as_deref().is_some_and(|name| same_name(name, user));
            is_he && stay.is_remote_network() && !stay.background
        };
        let since = event.time.plus_millis(-ARRIVAL_MILLIS);
        let visitor = scene.arrivals(&event.host, since, event.time).filter(is_visitor).last();
        let afar = match (pipe, visitor) {
            (Some(_), _) => Afar::Known,
            (None, Some(_)) => Afar::Fits,
            (None, None) => return,
        };
        let mut draft = Draft::new(NAME, &["T1053.005"], Weight::Info);
        draft.event(event, RecordPart::Key);
        draft.text(FactName::Task, name);
        draft.user(user);
        draft.text(FactName::User, user);
        if let Some(pipe) = pipe {
            draft.event(pipe, RecordPart::Context);
        }
        let opened = pipe.and_then(|pipe| scene.exact_actor(pipe)).map(|actor| actor.stay);
        if let Some(stay) = opened.or(visitor) {
            draft.stay(stay, SessionPart::Actor, Certainty::Likely);
        }
        let source = pipe.and_then(|pipe| pipe.source.ip.map(|ip| ip.to_string()));
        if let Some(source) = source.or_else(|| visitor.and_then(Stay::source)) {
            draft.source(&source);
            draft.text(FactName::Source, source);
        }
        let registered = record_of_event(event, RecordPart::Key);
        let task = Task {
            draft,
            made: event.time,
            afar,
            arguments: String::new(),
            odd: false,
            shell: false,
            registered: Some(registered),
        };
        if let Some(before) = self.runs.end(&key(event, name)) {
            before.over(found);
        }
        self.runs.at(&key(event, name), event.time, || task, &mut |over| over.over(found));
    }

    /// The task scheduler started the task's program.
    fn started(&mut self, event: &Observation) {
        let Some(name) = event.field("TaskName") else { return };
        let Some(task) = self.runs.going(&key(event, name), event.time) else { return };
        task.draft.event(event, RecordPart::Followed);
        task.draft.text_once(FactName::Variant, "ran", 2);
        if let Some(program) = event.field("ActionName") {
            task.shell |= runs_a_shell(program);
            if !task.draft.has(FactName::Command) {
                task.draft.text(FactName::Command, program);
            }
        }
    }

    fn deleted(&mut self, event: &Observation) {
        let Some(name) = event.object.as_deref().or_else(|| event.field("TaskName")) else { return };
        let Some(task) = self.runs.going(&key(event, name), event.time) else { return };
        task.draft.event(event, RecordPart::Followed);
        if task.made.within_millis(event.time, QUICK_MILLIS) {
            task.draft.text_once(FactName::Variant, "deleted", 2);
        }
    }

    /// The command of the task, seen as a process.
    fn ran(&mut self, event: &Observation) {
        let Some(started) = Started::of(event) else { return };
        let by_scheduler =
            started.parent.as_deref().is_none_or(|parent| matches!(parent, "svchost.exe" | "taskeng.exe"));
        if !by_scheduler || self.runs.len() > MOST_TASKS {
            return;
        }
        let line = started.line().to_lowercase();
        for task in self.runs.going_where(event.time, |(host, _)| *host == event.host) {
            if task.arguments.len() > 3 && line.contains(&task.arguments) && task.made <= event.time {
                task.draft.event(event, RecordPart::Followed);
                task.draft.text_once(FactName::Variant, "ran", 2);
            }
        }
    }
}

impl Task {
    fn over(self, found: &mut Found) {
        let Self { mut draft, afar, odd, shell, .. } = self;
        let deleted = draft.says(FactName::Variant, "deleted");
        let weight = match afar {
            Afar::Known if odd || deleted => Weight::High,
            Afar::Known => Weight::Medium,
            // Software of somebody who is logged on makes tasks, too: none that goes again, or is a shell.
            Afar::Fits if odd || deleted || shell => Weight::Medium,
            // Whoever made it is not known to have come from afar: only what no installer does.
            Afar::Unknown if odd && deleted => Weight::Medium,
            Afar::Fits | Afar::Unknown => return,
        };
        draft.raise(weight);
        draft.text(FactName::Variant, if afar == Afar::Unknown { "unknown" } else { "remote" });
        found.add(draft);
    }
}

fn who(event: &Observation) -> (String, String) {
    (event.host.clone(), event.subject.user.as_deref().unwrap_or_default().to_lowercase())
}

fn key(event: &Observation, name: &str) -> (String, String) {
    (event.host.clone(), name.to_lowercase())
}

/// The text of an element of the task's XML. It is logged, not parsed: it may be anything.
fn element(xml: &str, name: &str) -> String {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    let inner = xml.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end));
    let text = inner.map(|(text, _)| text.trim()).unwrap_or_default();
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    plain.into_iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

#[cfg(test)]
mod tests {
    use kilroy_model::Kind;

    use super::*;
    use crate::detectors::testing::{Story, by, event, on, process, session, share, with};

    fn content(arguments: &str) -> String {
        format!("<Exec><Command>cmd.exe</Command><Arguments>{arguments}</Arguments></Exec>")
    }

    fn task(second: i64, id: u32, luid: u64, arguments: &str) -> Observation {
        let task = by(on(event("srv", second, id), r"\bouWFQYO", None), "adm", luid);
        with(task, "TaskContent", &content(arguments))
    }

    #[test]
    fn made_over_the_pipe_run_and_deleted() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        let escaped = r"/C whoami &gt; C:\Windows\Temp\bouWFQYO.tmp";
        let arguments = escaped.replace("&gt;", ">");
        story.event(share("srv", 61, "adm", 0x1001, r"\\*\IPC$", "atsvc"));
        story.event(task(62, 4698, 0x5555, escaped));
        story.event(process(
            "srv",
            63,
            0x3e7,
            r"C:\Windows\System32\cmd.exe",
            &format!("cmd.exe {arguments}"),
            Some(r"C:\Windows\System32\svchost.exe"),
        ));
        story.event(task(64, 4699, 0x5555, ""));
        let found = story.found_by(NAME);
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert_eq!((finding.weight, finding.records_total), (Weight::High, 4));
        assert_eq!(finding.text(FactName::Source), Some("10.0.0.9"));
        assert_eq!(finding.sessions.len(), 1);
    }

    /// RPC over TCP has a logon of its own, which Windows may log without an address: the task's logon ID says whose it is.
    #[test]
    fn the_session_that_the_task_names_comes_before_that_of_the_pipe() {
        let mut nameless = session("srv", 0, "adm", Kind::Network, "-");
        (nameless.ip, nameless.client) = (None, None);
        let pipe = session("srv", 1, "adm", Kind::Network, "10.0.0.9");
        let mut story = Story::of(vec![nameless.clone(), pipe.clone()]);
        story.event(share("srv", 61, "adm", 0x1001, r"\\*\IPC$", "atsvc"));
        story.event(task(62, 4698, 0x1000, "/c whoami"));
        let found = story.found_by(NAME);
        let sessions: Vec<_> = found[0].sessions.iter().map(|s| (s.session_uid, s.sure)).collect();
        assert_eq!(
            sessions,
            [(nameless.session_uid, Certainty::Exact), (pipe.session_uid, Certainty::Likely)]
        );
        assert_eq!(found[0].text(FactName::Source), Some("10.0.0.9"));
    }

    /// The log of the task scheduler.
    fn scheduler(second: i64, id: u32, name: &str, fields: &[(&str, &str)]) -> Observation {
        let mut event = with(event("srv", second, id), "TaskName", name);
        event.provider = "Microsoft-Windows-TaskScheduler".to_owned();
        fields.iter().fold(event, |event, (name, value)| with(event, name, value))
    }

    fn registered(second: i64) -> Observation {
        scheduler(second, 106, r"\bouWFQYO", &[("UserContext", r"CORP\Adm")])
    }

    fn started(second: i64, program: &str) -> Observation {
        scheduler(second, 200, r"\bouWFQYO", &[("ActionName", program)])
    }

    /// Where tasks are not audited: 106, 200 and 141, right after a network logon of the same user, or the pipe.
    #[test]
    fn the_log_of_the_task_scheduler_alone() {
        let found = |minute, events: Vec<Observation>| {
            let mut story = Story::of(vec![session("srv", minute, "adm", Kind::Network, "10.0.0.9")]);
            for event in events {
                story.event(event);
            }
            story.found_by(NAME)
        };
        let deleted = || scheduler(64, 141, r"\bouWFQYO", &[("UserName", r"CORP\Adm")]);
        let cmd = r"C:\Windows\System32\cmd.exe";
        let hit = found(1, vec![registered(62), started(63, cmd), deleted()]).remove(0);
        assert_eq!((hit.weight, hit.records_total, hit.sessions.len()), (Weight::Medium, 3, 1));
        assert_eq!((hit.text(FactName::Source), hit.text(FactName::Command)), (Some("10.0.0.9"), Some(cmd)));
        let piped = vec![share("srv", 61, "adm", 0x1001, r"\\*\IPC$", "atsvc"), registered(62), deleted()];
        assert_eq!(found(1, piped)[0].weight, Weight::High);
        // Nobody came, or a program stays that is none of a shell's.
        assert!(found(0, vec![registered(62), started(63, cmd), deleted()]).is_empty());
        assert!(found(1, vec![registered(62), started(63, r"C:\Vendor\update.exe")]).is_empty());
        let mut other = registered(62);
        other.provider = "Somebody".to_owned();
        assert!(found(1, vec![other, started(63, cmd)]).is_empty());
    }

    #[test]
    fn two_logs_that_tell_of_one_task_make_one_finding() {
        for second in [62, 63] {
            let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
            story.event(registered(second));
            story.event(task(62, 4698, 0x1001, "/c whoami"));
            story.event(started(64, "cmd.exe"));
            let found = story.found_by(NAME);
            assert_eq!((found.len(), found[0].records_total), (1, 3));
            assert_eq!(found[0].text(FactName::Command), Some("cmd.exe /c whoami"));
        }
    }

    /// Somebody types the same command the day after.
    #[test]
    fn what_runs_long_after_is_not_the_tasks() {
        let ran = |second| {
            let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
            story.event(task(62, 4698, 0x1001, "/c whoami"));
            let cmd = r"C:\Windows\System32\cmd.exe";
            story.event(process("srv", second, 0x3e7, cmd, "cmd.exe /c whoami", None));
            story.found_by(NAME)[0].texts(FactName::Variant).any(|variant| variant == "ran")
        };
        assert!(ran(63) && !ran(3600) && !ran(86_400));
    }

    #[test]
    fn a_task_of_somebody_at_the_machine_is_none() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::InteractiveLocal, "LOCAL")]);
        story.event(task(62, 4698, 0x1001, "/c backup"));
        story.event(task(90, 4699, 0x1001, ""));
        assert!(story.found_by(NAME).is_empty());
    }

    #[test]
    fn a_task_under_a_network_logon_that_stays() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        story.event(task(62, 4698, 0x1001, "/c backup"));
        assert_eq!(story.found_by(NAME)[0].weight, Weight::Medium);
    }
}
