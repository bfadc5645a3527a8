//! Cleared event logs.
//!
//! Hypothesis: somebody removes his traces. Whose session it was tells more than the clear itself.
//!
//! Needs: 1102 or 517 (Security), 104 (System), which Windows writes whatever is audited; logons for whose session it was.
//!
//! False positives: administrators who clear a full log instead of raising its size; images of machines that are cleaned before
//! they are copied; laboratories.

use std::collections::BTreeSet;

use kilroy_model::{Action, FactName, RecordPart, SessionPart, Weight};

use super::{Detector, Found};
use crate::draft::Draft;
use crate::program::{Started, Twins};
use crate::runs::Runs;
use crate::scene::Scene;
use crate::{Observation, Person};

const NAME: &str = "log-cleared";

/// Logs that are cleared one after the other are one finding.
const PAUSE_MILLIS: u64 = 10 * 60 * 1000;

/// So many logs one after the other are no log that was full: Windows itself has some hundred.
const MANY_LOGS: usize = 5;
/// Logs that are named.
const MOST_LOGS: usize = 20;
/// The logs that tell most of what somebody did, by weight.
const TELLING: [&str; 5] = [
    "security",
    "system",
    "microsoft-windows-sysmon/operational",
    "microsoft-windows-powershell/operational",
    "windows powershell",
];

/// Finds clears.
#[derive(Debug)]
pub(super) struct LogCleared {
    runs: Runs<String, Run>,
    twins: Twins,
}

/// Clears of one host, one after the other.
#[derive(Debug)]
struct Run {
    draft: Draft,
    /// Logs that a record says were cleared.
    cleared: BTreeSet<(usize, String)>,
    /// Logs that a command was to clear.
    asked: BTreeSet<(usize, String)>,
    commands: u64,
    remote: bool,
}

impl Default for LogCleared {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS), twins: Twins::default() }
    }
}

impl Detector for LogCleared {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 104, 517, 1102, 4688]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let cleared = event.action == Some(Action::LogCleared);
        let command = Started::of(event).filter(|started| clears(started.line()));
        if !cleared && command.is_none() {
            return;
        }
        let is_new = command.as_ref().is_none_or(|command| !self.twins.told(event, command));
        let begin = || Run {
            draft: Draft::new(NAME, &["T1070.001"], Weight::Low),
            cleared: BTreeSet::new(),
            asked: BTreeSet::new(),
            commands: 0,
            remote: false,
        };
        let run = self.runs.at(&event.host, event.time, begin, &mut |over| over.over(found));
        if let Some(command) = command {
            run.commands += u64::from(is_new);
            run.draft.text_once(FactName::Command, command.line(), 5);
            keep(&mut run.asked, named(command.line()));
        }
        if cleared {
            let log = event.field("Channel").unwrap_or(&event.log);
            keep(&mut run.cleared, vec![log.to_owned()]);
        }
        let draft = &mut run.draft;
        draft.event(event, RecordPart::Key);
        let person = if event.subject.user.is_some() { &event.subject } else { &event.account };
        let actor = scene.exact_actor(event).or_else(|| scene.actor(event));
        if let Some(user) = person.user.as_deref().filter(|_| !is_windows(person, event)) {
            draft.user(user);
            draft.text_once(FactName::User, user, 3);
            if cleared {
                draft.raise(Weight::Medium);
            }
        }
        if let Some(actor) = actor.filter(|actor| !actor.stay.background) {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
            if actor.stay.is_from_elsewhere() {
                if let Some(source) = actor.stay.source() {
                    draft.told(FactName::Source, &source, actor.sure, 3);
                }
                if cleared {
                    draft.raise(Weight::High);
                }
                run.remote = true;
            }
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|run| run.over(found));
    }
}

impl Run {
    fn over(self, found: &mut Found) {
        let Self { mut draft, cleared, asked, commands, remote } = self;
        let only_asked = cleared.is_empty();
        let logs = if only_asked { &asked } else { &cleared };
        // Those that tell most come first.
        for (_, log) in logs {
            draft.text_once(FactName::Log, log, MOST_LOGS);
        }
        if only_asked {
            draft.text(FactName::Variant, "command");
            draft.number(FactName::Count, commands);
        }
        let all = asked.iter().any(|(_, log)| log == ALL);
        let telling = asked.iter().any(|(rank, _)| *rank == 0);
        if all || telling || asked.len() >= MANY_LOGS {
            draft.raise(if remote { Weight::High } else { Weight::Medium });
        }
        found.add(draft);
    }
}

/// Takes note of logs, once each, with how telling they are; of the others some.
fn keep(known: &mut BTreeSet<(usize, String)>, logs: Vec<String>) {
    for log in logs {
        let folded = log.to_lowercase();
        let rank = TELLING.iter().position(|telling| *telling == folded).unwrap_or(TELLING.len());
        let is_new = !known.iter().any(|(_, name)| name.eq_ignore_ascii_case(&log));
        if is_new && (rank < TELLING.len() || known.len() < MOST_LOGS) {
            known.insert((rank, log));
        }
    }
}

/// All logs: what a loop over them clears.
const ALL: &str = "*";

/// The logs that a command clears, as far as it says.
fn named(line: &str) -> Vec<String> {
    let words = words(line);
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let wanted = |word: &String| {
        matches!(word.as_str(), "cl" | "clear-log" | "clear-eventlog" | "remove-eventlog" | "cleareventlog")
    };
    let mut logs = Vec::new();
    for at in lower.iter().enumerate().filter(|(_, word)| wanted(word)).map(|(at, _)| at + 1) {
        // `-LogName Security,System`, `-Log Security`, or the name alone.
        let at = if lower.get(at).is_some_and(|word| word.starts_with("-l")) { at + 1 } else { at };
        let Some(names) = words.get(at) else { continue };
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            // A variable: of a loop over all logs, mostly.
            let is_variable = name.starts_with(['%', '$', '*', '!']);
            logs.push(if is_variable { ALL.to_owned() } else { name.to_owned() });
        }
    }
    logs
}

/// The words of a command line; what stands in quotes is one, and signs of scripts are none.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ' ' | '\t' | '(' | ')' | '{' | '}' | ';' | '|' | '&') => words.push(String::new()),
            (_, letter) => {
                if let Some(word) = words.last_mut() {
                    word.push(letter);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Windows itself clears logs when it is set up. A 104 names the user only; whose SID it is stands beside it.
fn is_windows(person: &Person, event: &Observation) -> bool {
    let sid = person.sid.as_ref().or(event.logged_by.sid.as_ref().filter(|_| person.luid.is_none()));
    Person { sid: sid.cloned(), ..person.clone() }.is_windows()
}

/// Does the command clear a log?
fn clears(line: &str) -> bool {
    let line = line.to_lowercase();
    (line.contains("wevtutil") && (line.contains(" cl ") || line.contains(" clear-log ")))
        || line.contains("clear-eventlog")
        || line.contains("remove-eventlog")
        || (line.contains("nteventlog") && line.contains("cleareventlog"))
}

#[cfg(test)]
mod tests {
    use kilroy_model::{Kind, Luid};

    use super::*;
    use crate::detectors::testing::{Story, by, event, on, process, session, with};

    fn cleared(user: &str, luid: u64) -> Observation {
        by(on(event("srv", 90, 1102), "Security", Some(Action::LogCleared)), user, luid)
    }

    #[test]
    fn whose_session_it_was_tells_how_much_it_weighs() {
        let found = |kind, ip: &str, event| {
            let mut story = Story::of(vec![session("srv", 1, "mallory", kind, ip)]);
            story.event(event);
            story.found_by(NAME).remove(0)
        };
        let remote = found(Kind::InteractiveRemote, "203.0.113.9", cleared("mallory", 0x1001));
        assert_eq!((remote.weight, remote.text(FactName::Source)), (Weight::High, Some("203.0.113.9")));
        assert_eq!(remote.sessions.len(), 1);
        let local = found(Kind::InteractiveLocal, "LOCAL", cleared("mallory", 0x1001));
        assert_eq!(local.weight, Weight::Medium);
        let windows = found(Kind::InteractiveLocal, "LOCAL", cleared("SYSTEM", 0x3e7));
        assert_eq!(windows.weight, Weight::Low);
    }

    /// `Système` is nobody who removes his traces.
    #[test]
    fn windows_in_another_language_is_no_person() {
        let weight = |event: Observation| {
            let mut story = Story::of(Vec::new());
            story.event(event);
            story.found_by(NAME).remove(0).weight
        };
        assert_eq!(weight(cleared("Système", 0x3e7)), Weight::Low);
        let mut system = on(event("srv", 90, 104), "System", Some(Action::LogCleared));
        system.subject.user = Some("Système".to_owned());
        assert_eq!(weight(system.clone()), Weight::Medium, "who knows");
        system.logged_by.sid = Some("S-1-5-18".to_owned());
        assert_eq!(weight(system), Weight::Low);
    }

    #[test]
    fn logs_that_are_cleared_together_are_one() {
        let mut story = Story::of(Vec::new());
        story.event(cleared("adm", 0x99));
        let mut system =
            with(on(event("srv", 95, 104), "System", Some(Action::LogCleared)), "Channel", "System");
        (system.log, system.subject.luid) = ("System".to_owned(), Some(Luid(0x99)));
        story.event(system);
        story.event(process(
            "srv",
            94,
            0x99,
            r"C:\Windows\System32\wevtutil.exe",
            "wevtutil cl System",
            None,
        ));
        story.event(process(
            "srv",
            99,
            0x99,
            r"C:\Windows\System32\wevtutil.exe",
            "wevtutil qe System",
            None,
        ));
        let found = story.found_by(NAME);
        assert_eq!((found.len(), found[0].records_total), (1, 3));
        assert_eq!(found[0].texts(FactName::Log).collect::<Vec<_>>(), ["Security", "System"]);
    }

    fn cleaned(commands: &[&str], ip: &str) -> kilroy_model::Finding {
        let kind = if ip == "LOCAL" { Kind::InteractiveLocal } else { Kind::InteractiveRemote };
        let mut story = Story::of(vec![session("srv", 1, "mallory", kind, ip)]);
        for (second, line) in (90..).zip(commands) {
            story.event(process("srv", second, 0x1001, r"C:\Windows\System32\wevtutil.exe", line, None));
        }
        story.found_by(NAME).remove(0)
    }

    #[test]
    fn commands_that_wipe_weigh_more_than_one_that_empties_a_log() {
        let many: Vec<String> =
            ["RTWork", "Setup", "\"Windows PowerShell\"", "Security", "System", "Application"]
                .map(|log| format!("\"C:\\Windows\\system32\\wevtutil.exe\"  cl {log}"))
                .into();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let wipe = cleaned(&many, "LOCAL");
        assert_eq!((wipe.weight, wipe.number(FactName::Count)), (Weight::Medium, Some(6)));
        let logs: Vec<_> = wipe.texts(FactName::Log).collect();
        assert_eq!(logs[..4], ["Security", "System", "Windows PowerShell", "Application"]);
        assert_eq!(cleaned(&many, "203.0.113.9").weight, Weight::High);
        assert_eq!(cleaned(&["wevtutil cl Setup"], "203.0.113.9").weight, Weight::Low);
        assert_eq!(cleaned(&["wevtutil.exe clear-log Security"], "LOCAL").weight, Weight::Medium);
    }

    #[test]
    fn logs_by_the_words_of_a_command() {
        let loops = "cmd /c for /F \"tokens=*\" %G in ('wevtutil.exe el') DO (wevtutil.exe cl \"%G\")";
        assert_eq!(named(loops), [ALL]);
        let piped = "powershell wevtutil el | Foreach-Object {wevtutil cl \"$_\"}";
        assert_eq!(named(piped), [ALL]);
        let both = "powershell Clear-EventLog -LogName Security,System";
        assert_eq!(named(both), ["Security", "System"]);
        assert_eq!(named("powershell clear-eventlog 'Windows PowerShell'"), ["Windows PowerShell"]);
        assert!(named("wmic nteventlog where filename='x' ClearEventlog").len() < 2);
    }
}
