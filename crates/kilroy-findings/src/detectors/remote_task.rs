//! Scheduled tasks as a way to run something on another machine.
//!
//! Hypothesis: a task is made from afar, over the `atsvc` pipe or RPC, runs a command at once, mostly as SYSTEM, and is deleted again.
//!
//! Needs: 4698 and 4699 (object access: other events); 5145 for the pipe; process auditing for what ran.
//!
//! False positives: deployment software and administrators; installers that make a task and delete it.

use std::collections::BTreeMap;

use kilroy_model::{Certainty, FactName, RecordPart, SessionPart, Timestamp, Weight};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::program::{Started, hides, runs_a_shell, sends_output_back};
use crate::runs::Runs;
use crate::scene::Scene;

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
    remote: bool,
    /// What it runs, in small letters.
    arguments: String,
    odd: bool,
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
        &[1, 4688, 4698, 4699, 5145]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        match event.event_id {
            4698 => self.made(event, scene, found),
            4699 => self.deleted(event),
            5145 => self.pipe(event),
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
        let task = Task {
            draft,
            made: event.time,
            remote: from_afar.is_some() || pipe.is_some(),
            arguments: arguments.to_lowercase(),
            odd,
        };
        if let Some(before) = self.runs.end(&key(event, name)) {
            before.over(found);
        }
        self.runs.at(&key(event, name), event.time, || task, &mut |over| over.over(found));
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
        for task in self.runs.going_where(|(host, _)| *host == event.host) {
            if task.arguments.len() > 3 && line.contains(&task.arguments) && task.made <= event.time {
                task.draft.event(event, RecordPart::Followed);
                task.draft.text_once(FactName::Variant, "ran", 2);
            }
        }
    }
}

impl Task {
    fn over(self, found: &mut Found) {
        let Self { mut draft, remote, odd, .. } = self;
        let deleted = draft.says(FactName::Variant, "deleted");
        let weight = match (remote, odd || deleted) {
            (true, true) => Weight::High,
            (true, false) => Weight::Medium,
            // Whoever made it is not known to have come from afar: only what no installer does.
            (false, _) if odd && deleted => Weight::Medium,
            (false, _) => return,
        };
        draft.raise(weight);
        draft.text(FactName::Variant, if remote { "remote" } else { "unknown" });
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
