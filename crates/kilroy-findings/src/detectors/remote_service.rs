//! Services as a way to run something on another machine: PsExec and its kin.
//!
//! Hypothesis: whoever holds an administrator's logon copies a program to `ADMIN$`, installs it as a service through the `svcctl`
//! pipe, and talks to it over a pipe of its own. All of it happens within one network session.
//!
//! Needs: 7045 (System) or 4697 (Security), either alone tells something; 5140 and 5145 for share and pipe; Sysmon 1, 13, 17, 18 or
//! process auditing for what ran.
//!
//! False positives: PsExec in the hands of an administrator; deployment software, which works in the same way; products whose
//! service is a shell with arguments. Sysmon lies right in the Windows folder by design, and is known.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kilroy_model::{
    Action, Certainty, FactName, FindingRecord, RecordPart, SessionPart, SessionUid, Timestamp, Weight,
};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::program::{
    Started, below_drive, file_name, hides, is_smbexec, program_of, runs_a_shell, sends_output_back,
};
use crate::runs::Runs;
use crate::scene::{Actor, Scene};

const NAME: &str = "remote-service";
const ATTACK: &[&str] = &["T1021.002", "T1569.002", "T1543.003"];

/// Installing, use and removal of one tool.
const PAUSE_MILLIS: u64 = 10 * 60 * 1000;
/// Share and pipe are opened right before the service is installed: 2 s in real logs with a payload to copy.
const ACCESS_MILLIS: u64 = 60_000;
/// Accesses of a host that are remembered for that time.
const MOST_ACCESSES: usize = 64;
/// 7045, 4697 and Sysmon 13 of one installation come within this time.
const ONE_INSTALLATION_MILLIS: u64 = 5000;
/// Services and commands that are told.
const MOST_TOLD: usize = 10;

/// Parts of the names of services, programs and pipes of tools that are made for this.
const TOOLS: [&str; 8] =
    ["psexesvc", "paexec", "remcom", "csexec", "winexesvc", "xcmdsvc", "smbexec", "btobto"];

/// Finds services that were installed from afar.
#[derive(Debug)]
pub(super) struct RemoteService {
    runs: Runs<String, Run>,
    accesses: BTreeMap<String, VecDeque<Access>>,
}

impl Default for RemoteService {
    fn default() -> Self {
        Self { runs: Runs::new(PAUSE_MILLIS), accesses: BTreeMap::new() }
    }
}

/// Somebody opened a share or pipe that it takes.
#[derive(Debug, Clone)]
struct Access {
    time: Timestamp,
    session: Option<SessionUid>,
    user: Option<String>,
    source: Option<String>,
    record: FindingRecord,
    what: (FactName, String),
    /// The pipe through which services are installed.
    is_svcctl: bool,
}

#[derive(Debug)]
struct Run {
    draft: Draft,
    signs: BTreeSet<Sign>,
    /// The service that was installed last.
    last: Option<(String, Timestamp)>,
}

/// What speaks for somebody from afar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    /// A session from another machine installed it.
    Remote,
    /// The name of a tool that is made for this.
    Tool,
    /// A service was installed.
    Installed,
    /// Its program is a shell, or lies right where `ADMIN$` leads.
    Shell,
    /// Its program is fetched from an administrative share: the way of Cobalt Strike's `psexec`.
    Share,
    /// Its command hides what it does, or sends back its output.
    Hidden,
    /// It is Sysmon's service.
    Sysmon,
    /// It is Sysmon's driver, which the real one installs right afterwards.
    SysmonDriver,
    /// It is anything but Sysmon.
    Other,
}

impl Detector for RemoteService {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[1, 13, 17, 18, 4688, 4697, 5140, 5145, 7036, 7045]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        if let Some((service, line)) = installed(event) {
            self.install(event, service, line, scene, found);
        } else if event.action == Some(Action::ShareAccessed) {
            self.access(event, scene, found);
        } else if let Some(started) = Started::of(event) {
            self.ran(event, &started, scene, found);
        } else if let Some((name, what)) = named(event)
            && is_tool(what)
        {
            self.tool(event, name, what, found);
        }
    }

    fn finish(&mut self, _scene: &Scene, found: &mut Found) {
        self.runs.finish().into_iter().for_each(|run| run.over(found));
    }
}

impl RemoteService {
    fn install(&mut self, event: &Observation, service: &str, line: &str, scene: &Scene, found: &mut Found) {
        let actor = scene.exact_actor(event).filter(|actor| actor.stay.is_remote_network());
        let accesses = self.accesses.get(&event.host);
        let recent: Vec<Access> = accesses
            .into_iter()
            .flatten()
            .filter(|access| {
                access.time <= event.time && access.time.within_millis(event.time, ACCESS_MILLIS)
            })
            .cloned()
            .collect();
        // A 7045 names nobody: then whoever has just opened the pipe for it.
        let through = recent.iter().any(|access| access.is_svcctl);
        let program = program_of(line);
        let sysmon = part_of_sysmon(service, &program);
        let tool = is_tool(service) || is_tool(file_name(&program)) || is_tool(file_name(line));
        let hidden = hides(line) || sends_output_back(line);
        let shell = runs_a_shell(line) || (is_in_windows_root(&program) && sysmon.is_none());
        let share = is_on_admin_share(&program);
        let odd = tool || hidden || shell || share;
        // An ordinary service that is installed beside one of these is none of them.
        if actor.is_none() && !through && !odd {
            return;
        }
        let run = self.run(event, found);
        let signs = [
            (Sign::Installed, true),
            (Sign::Tool, tool),
            (Sign::Hidden, hidden),
            (Sign::Shell, shell),
            (Sign::Share, share),
            (Sign::Remote, actor.is_some() || through),
        ];
        run.signs.extend(signs.into_iter().filter(|(_, holds)| *holds).map(|(sign, _)| sign));
        run.signs.insert(sysmon.unwrap_or(Sign::Other));
        run.draft.event(event, RecordPart::Key);
        run.draft.text_once(FactName::Service, service, MOST_TOLD);
        run.draft.text_once(FactName::Command, line, MOST_TOLD);
        run.counts(service, event.time);
        if let Some(actor) = actor {
            run.did(actor);
        }
        for access in recent {
            run.opened(&access);
        }
    }

    fn access(&mut self, event: &Observation, scene: &Scene, found: &mut Found) {
        let Some((what, is_svcctl)) = administrative(event) else { return };
        if event.source.ip.is_some_and(|ip| ip.is_loopback()) {
            return;
        }
        let actor = scene.exact_actor(event);
        let access = Access {
            time: event.time,
            session: actor.map(|actor| actor.stay.uid),
            user: event.subject.user.clone(),
            source: event.source.ip.map(|ip| ip.to_string()),
            record: record(event),
            what: what.clone(),
            is_svcctl,
        };
        if is_tool(&what.1) {
            let run = self.run(event, found);
            run.signs.extend([Sign::Tool, Sign::Remote]);
            run.draft.event(event, RecordPart::Key);
            run.opened(&access);
        } else if let Some(run) = self.runs.going(&event.host, event.time) {
            run.opened(&access);
        }
        let recent = self.accesses.entry(event.host.clone()).or_default();
        while recent.len() >= MOST_ACCESSES
            || recent.front().is_some_and(|first| !first.time.within_millis(event.time, ACCESS_MILLIS))
        {
            recent.pop_front();
        }
        recent.push_back(access);
    }

    /// What a tool's service started.
    fn ran(&mut self, event: &Observation, started: &Started<'_>, scene: &Scene, found: &mut Found) {
        let by_tool = started.parent.as_deref().is_some_and(is_tool)
            || event.process.parent_command_line.as_deref().is_some_and(is_smbexec);
        if is_tool(&started.name) || by_tool || is_smbexec(started.line()) {
            let run = self.run(event, found);
            run.signs.insert(Sign::Tool);
            run.draft.event(event, if by_tool { RecordPart::Followed } else { RecordPart::Key });
            run.draft.text_once(FactName::Program, started.line(), MOST_TOLD);
            if let Some(actor) = scene.exact_actor(event).filter(|actor| actor.stay.is_from_elsewhere()) {
                run.did(actor);
            }
        } else if started.parent.as_deref() == Some("services.exe")
            && started.is_shell()
            && let Some(run) = self.runs.going(&event.host, event.time)
        {
            run.draft.event(event, RecordPart::Followed);
            run.draft.text_once(FactName::Program, started.line(), MOST_TOLD);
        }
    }

    /// A service that changed its state, or a pipe, by name.
    fn tool(&mut self, event: &Observation, name: FactName, what: &str, found: &mut Found) {
        let run = self.run(event, found);
        run.signs.insert(Sign::Tool);
        run.draft.event(event, RecordPart::Key);
        run.draft.text_once(name, what, MOST_TOLD);
    }

    fn run(&mut self, event: &Observation, found: &mut Found) -> &mut Run {
        let begin =
            || Run { draft: Draft::new(NAME, ATTACK, Weight::Low), signs: BTreeSet::new(), last: None };
        self.runs.at(&event.host, event.time, begin, &mut |run| run.over(found))
    }
}

impl Run {
    /// Counts a service once, however many logs tell that it was installed.
    fn counts(&mut self, service: &str, time: Timestamp) {
        let told = self.last.as_ref().is_some_and(|(name, before)| {
            name.eq_ignore_ascii_case(service) && before.within_millis(time, ONE_INSTALLATION_MILLIS)
        });
        if !told {
            self.draft.count(FactName::Count);
        }
        self.last = Some((service.to_owned(), time));
    }

    fn did(&mut self, actor: Actor<'_>) {
        self.draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        if let Some(user) = &actor.stay.user {
            self.draft.text_once(FactName::User, user, 3);
        }
        if let Some(source) = actor.stay.source() {
            self.draft.text_once(FactName::Source, &source, 3);
        }
    }

    fn opened(&mut self, access: &Access) {
        let (name, what) = &access.what;
        self.draft.record(access.record.clone());
        self.draft.text_once(*name, what, MOST_TOLD);
        if let Some(uid) = access.session {
            self.draft.session(uid, SessionPart::Actor, Certainty::Likely);
        }
        if let Some(user) = &access.user {
            self.draft.user(user);
            self.draft.text_once(FactName::User, user, 3);
        }
        if let Some(source) = &access.source {
            self.draft.source(source);
            self.draft.text_once(FactName::Source, source, 3);
        }
    }

    fn is(&self, sign: Sign) -> bool {
        self.signs.contains(&sign)
    }

    fn over(mut self, found: &mut Found) {
        let (remote, tool) = (self.is(Sign::Remote), self.is(Sign::Tool));
        let odd = tool || (self.is(Sign::Installed) && self.is(Sign::Shell));
        let telling = self.is(Sign::Hidden) || self.is(Sign::Share);
        // Whoever breaks in installs no Sysmon; a service that only has its name comes without the driver.
        let sysmon = self.is(Sign::Sysmon) && self.is(Sign::SysmonDriver) && !self.is(Sign::Other);
        let weight = match () {
            () if telling || (remote && odd) => Weight::High,
            () if sysmon && !tool => Weight::Low,
            () => Weight::Medium,
        };
        let variant = match (tool, remote) {
            (true, _) => "tool",
            (_, true) if sysmon => "sysmon",
            (_, true) => "remote",
            _ if self.is(Sign::Share) => "share",
            _ => "shell",
        };
        self.draft.raise(weight);
        self.draft.text(FactName::Variant, variant);
        found.add(self.draft);
    }
}

fn is_tool(name: &str) -> bool {
    let name = name.to_lowercase();
    TOOLS.iter().any(|tool| name.contains(tool))
}

/// A program right in the Windows folder, where `ADMIN$` leads: no product's service lies there.
fn is_in_windows_root(program: &str) -> bool {
    // Sysmon doubles the signs.
    let roots =
        ["%systemroot%\\", "%%systemroot%%\\", "%windir%\\", "%%windir%%\\", "\\systemroot\\", "\\windows\\"];
    let inner = roots.iter().find_map(|root| below_drive(program).strip_prefix(root));
    let stem = inner.and_then(|rest| rest.strip_suffix(".exe"));
    stem.is_some_and(|stem| !stem.contains('\\'))
}

/// `\\127.0.0.1\ADMIN$\a1b2c3d.exe`: no product's service is fetched from a share that only administrators open.
fn is_on_admin_share(program: &str) -> bool {
    let Some(rest) = program.strip_prefix("\\\\") else { return false };
    let mut parts = rest.split('\\').skip(1);
    parts.next().is_some_and(|share| share.ends_with('$'))
        && parts.next().is_some_and(|rest| !rest.is_empty())
}

/// Sysmon's service or driver, under the name of its program.
fn part_of_sysmon(service: &str, program: &str) -> Option<Sign> {
    let stem = file_name(program).rsplit_once('.').map(|(stem, _)| stem)?;
    match stem {
        "sysmon" | "sysmon64" | "sysmon64a" if service.eq_ignore_ascii_case(stem) => Some(Sign::Sysmon),
        "sysmondrv" if service.eq_ignore_ascii_case(stem) => Some(Sign::SysmonDriver),
        _ => None,
    }
}

/// Service and what it runs, if the record says that one was installed.
fn installed(event: &Observation) -> Option<(&str, &str)> {
    if event.action == Some(Action::ServiceInstalled) {
        let service = event.object.as_deref()?;
        return Some((service, event.process.command_line.as_deref().unwrap_or_default()));
    }
    let is_sysmon = event.event_id == 13 && event.provider == "Microsoft-Windows-Sysmon";
    let key = event.object.as_deref().filter(|_| is_sysmon)?;
    let path = key.strip_suffix("\\ImagePath")?;
    let (above, service) = path.rsplit_once('\\')?;
    above.to_lowercase().ends_with("\\services").then_some(())?;
    Some((service, event.field("Details")?))
}

/// The administrative share or pipe that was opened; and is it the one for services?
fn administrative(event: &Observation) -> Option<((FactName, String), bool)> {
    if let Some(pipe) = event.opened_pipe() {
        let is_svcctl = pipe.eq_ignore_ascii_case("svcctl");
        return (is_svcctl || is_tool(pipe)).then(|| ((FactName::Pipe, pipe.to_owned()), is_svcctl));
    }
    let share = event.object.as_deref()?;
    let short = share.rsplit('\\').next().unwrap_or(share);
    let is_admin = short.eq_ignore_ascii_case("ADMIN$")
        || (short.len() == 2 && short.ends_with('$') && short.starts_with(|c: char| c.is_ascii_alphabetic()));
    is_admin.then(|| ((FactName::Share, short.to_owned()), false))
}

/// A service or pipe by its name.
fn named(event: &Observation) -> Option<(FactName, &str)> {
    let what = event.object.as_deref()?;
    match (event.event_id, event.provider.as_str()) {
        (7036, "Service Control Manager") => Some((FactName::Service, what)),
        (17 | 18, "Microsoft-Windows-Sysmon") => Some((FactName::Pipe, what)),
        _ => None,
    }
}

fn record(event: &Observation) -> FindingRecord {
    FindingRecord {
        event_uid: event.uid,
        computer: event.host.clone(),
        log: event.log.clone(),
        event_id: event.event_id,
        record_id: event.record_id,
        time: event.time,
        part: RecordPart::Context,
    }
}

#[cfg(test)]
mod tests {
    use kilroy_model::Kind;

    use super::*;
    use crate::detectors::testing::{Story, by, event, on, process, session, share};

    fn service(second: i64, id: u32, name: &str, line: &str) -> Observation {
        let mut service = on(event("srv", second, id), name, Some(Action::ServiceInstalled));
        service.process.command_line = Some(line.to_owned());
        service
    }

    #[test]
    fn psexec_within_one_network_session() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        story.event(share("srv", 60, "adm", 0x1001, r"\\*\ADMIN$", "PSEXESVC.exe"));
        story.event(share("srv", 61, "adm", 0x1001, r"\\*\IPC$", "svcctl"));
        story.event(by(service(62, 4697, "PSEXESVC", r"%SystemRoot%\PSEXESVC.exe"), "adm", 0x1001));
        story.event(service(62, 7045, "PSEXESVC", r"%SystemRoot%\PSEXESVC.exe"));
        story.event(process(
            "srv",
            63,
            0x3e7,
            r"C:\Windows\System32\cmd.exe",
            "cmd /c whoami",
            Some(r"C:\Windows\PSEXESVC.exe"),
        ));
        let found = story.found_by(NAME);
        let [finding] = &found[..] else { panic!("{found:?}") };
        assert_eq!((finding.weight, finding.records_total), (Weight::High, 5));
        assert_eq!(finding.text(FactName::Source), Some("10.0.0.9"));
        assert_eq!(finding.number(FactName::Count), Some(1), "two logs tell of one service");
        assert_eq!(finding.text(FactName::Program), Some("cmd /c whoami"));
        assert_eq!(finding.sessions.len(), 1);
    }

    #[test]
    fn the_record_of_the_system_log_alone() {
        let alone = |name: &str, line: &str| {
            let mut story = Story::of(Vec::new());
            story.event(service(62, 7045, name, line));
            story.found_by(NAME).first().map(|finding| finding.weight)
        };
        assert_eq!(alone("PSEXESVC", r"%SystemRoot%\PSEXESVC.exe"), Some(Weight::Medium));
        assert_eq!(
            alone("x", "%COMSPEC% /b /c start /b /min powershell.exe -nop -w hidden -c x"),
            Some(Weight::High)
        );
        assert_eq!(alone("Vendor", r#""C:\Program Files\Vendor\agent.exe" -k"#), None);
        assert_eq!(alone("BTHPORT", r"\SystemRoot\System32\drivers\bthport.sys"), None);
    }

    /// Cobalt Strike: a service with a name of letters by chance, whose program is fetched from the machine's own share.
    #[test]
    fn programs_on_shares_and_in_quotes() {
        let found = |line: &str, id: u32| {
            let mut story = Story::of(Vec::new());
            story.event(service(62, id, "a1b2c3d", line));
            story.found_by(NAME).first().map(|finding| finding.weight)
        };
        for id in [7045, 4697] {
            assert_eq!(found(r"\\127.0.0.1\ADMIN$\a1b2c3d.exe", id), Some(Weight::High));
            assert_eq!(found(r#""\\srv\c$\Windows\a1b2c3d.exe" -k"#, id), Some(Weight::High));
            assert_eq!(found(r#""C:\Windows\a1b2c3d.exe" -s"#, id), Some(Weight::Medium));
            assert_eq!(found(r"D:\WINDOWS\a1b2c3d.exe -s", id), Some(Weight::Medium));
        }
        assert_eq!(found(r"\\files\apps\agent.exe", 7045), None, "a share that is open to all");
        assert_eq!(found(r#""C:\Windows\System32\agent.exe" -s"#, 7045), None);
    }

    #[test]
    fn sysmon_lies_where_it_lies_by_design() {
        let found = |services: &[(&str, &str)], remote: bool| {
            let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
            for (second, (name, line)) in (62..).zip(services) {
                let luid = if remote { 0x1001 } else { 0x3e7 };
                story.event(by(service(second, 4697, name, line), "adm", luid));
            }
            story.found_by(NAME).first().map(|finding| finding.weight)
        };
        let program = ("Sysmon64", r"C:\Windows\Sysmon64.exe");
        let driver = ("SysmonDrv", r"C:\Windows\SysmonDrv.sys");
        assert_eq!(found(&[program, driver], false), None);
        assert_eq!(found(&[program, driver], true), Some(Weight::Low));
        assert_eq!(found(&[program], true), Some(Weight::Medium), "the name alone");
        assert_eq!(found(&[program, driver, ("x", r"C:\Windows\x.exe")], true), Some(Weight::High));
        assert_eq!(found(&[("updater", r"C:\Windows\Sysmon64.exe")], true), Some(Weight::High));
    }

    #[test]
    fn a_service_of_somebody_at_the_machine_is_none() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::InteractiveRemote, "10.0.0.9")]);
        story.event(by(service(62, 4697, "Vendor", r"C:\Program Files\Vendor\agent.exe"), "adm", 0x1001));
        assert!(story.found_by(NAME).is_empty());
    }

    #[test]
    fn an_ordinary_service_installed_from_afar() {
        let mut story = Story::of(vec![session("srv", 1, "adm", Kind::Network, "10.0.0.9")]);
        story.event(by(service(62, 4697, "Vendor", r"C:\Program Files\Vendor\agent.exe"), "adm", 0x1001));
        assert_eq!(story.found_by(NAME)[0].weight, Weight::Medium);
    }
}
