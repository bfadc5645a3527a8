//! Findings in English.

use kilroy_model::{FactName, Finding};

use super::facts::Facts;
use crate::output::count;

/// The finding in a sentence or two.
pub(super) fn sentence(finding: &Finding) -> String {
    let f = Facts(finding);
    match finding.detector.as_str() {
        "password-guessing" => guessing(&f),
        "password-spraying" => spraying(&f),
        "success-after-failures" => success(&f),
        "session-takeover" => takeover(&f),
        "session-shadowing" => shadowing(&f),
        "tunnelled-rdp" => tunnel(&f),
        "remote-service" => service(&f),
        "remote-admin-pipe" => pipe(&f),
        "remote-task" => task(&f),
        "wmi-execution" => execution(&f, "WMI"),
        "winrm-execution" => execution(&f, "WinRM"),
        "dcom-execution" => execution(&f, "DCOM"),
        "hidden-remote-command" => hidden(&f),
        "rdp-exploit-channel" => channel(&f),
        "machine-account-execution" => machine(&f),
        "program-in-odd-place" => odd(&f),
        "log-cleared" => cleared(&f),
        "account-created" => account(&f),
        _ => format!("on {}", f.hosts()),
    }
}

fn many(n: u64, one: &str, several: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { several })
}

/// ` by alice`, ` perhaps from 10.0.0.9`, if known.
fn with(f: &Facts<'_>, word: &str, name: FactName) -> String {
    let perhaps = if f.perhaps(name) { "perhaps " } else { "" };
    f.maybe(name).map(|value| format!(" {perhaps}{word} {value}")).unwrap_or_default()
}

/// ` from 10.0.0.9`
fn from(f: &Facts<'_>) -> String {
    with(f, "from", FactName::Source)
}

/// ` by alice from 10.0.0.9`
fn who(f: &Facts<'_>) -> String {
    let by = with(f, "by", FactName::User);
    match f.maybe(FactName::Source) {
        // Said once for both.
        Some(source) if f.perhaps(FactName::User) && f.perhaps(FactName::Source) => {
            format!("{by} from {source}")
        }
        _ => format!("{by}{}", from(f)),
    }
}

/// The user at the begin of a sentence.
fn user_or(f: &Facts<'_>, nobody: &str) -> String {
    match f.maybe(FactName::User) {
        Some(user) if f.perhaps(FactName::User) => format!("Perhaps {user}"),
        user => user.unwrap_or(nobody).to_owned(),
    }
}

fn guessing(f: &Facts<'_>) -> String {
    let failures = many(f.number(FactName::Failures), "failed logon", "failed logons");
    if f.is("distributed") {
        let sources = f.shown(FactName::Sources);
        return format!("{failures} of {} on {} from {sources} sources.", f.one(FactName::Victim), f.hosts());
    }
    let users = many(f.number(FactName::Users), "user", "users");
    if f.is("crowd") {
        let (sources, peak) = (f.shown(FactName::Sources), f.shown(FactName::Peak));
        return format!(
            "{failures} on {} from {sources} sources, {users}, up to {peak} in one minute. None of them got in.",
            f.hosts()
        );
    }
    let named = if f.number(FactName::Users) == 0 {
        String::new()
    } else {
        format!(" ({})", f.some(FactName::Victim))
    };
    let entered = match (f.time(FactName::Success), f.number(FactName::Count)) {
        (None, _) | (_, 0) => String::new(),
        (Some(time), 1) => format!(" It got in at {time}."),
        (Some(time), n) => format!(" It got in {} times, first at {time}.", count(n)),
    };
    let right = match (f.maybe(FactName::RightPassword), f.time(FactName::Success)) {
        (None, _) => String::new(),
        // The time is that of the first session, if there is one.
        (Some(_), Some(time)) if entered.is_empty() => {
            format!(" The password of {} was right at {time}.", f.some(FactName::RightPassword))
        }
        (Some(_), _) => format!(" It also found the right password of {}.", f.some(FactName::RightPassword)),
    };
    let source = f.maybe(FactName::Source).unwrap_or("a source that is not named");
    let runas = if f.is("runas") { " (runas at the machine itself)" } else { "" };
    format!(
        "{failures} on {} from {source}{runas}, {users}{named}, up to {} in one minute.{entered}{right}",
        f.hosts(),
        f.shown(FactName::Peak)
    )
}

fn spraying(f: &Facts<'_>) -> String {
    let entered = match f.number(FactName::Logons) {
        0 => String::new(),
        n => format!(" {} of the same source: {}.", many(n, "logon", "logons"), f.some(FactName::Account)),
    };
    let right = match f.maybe(FactName::RightPassword) {
        Some(_) => format!(" It found the right password of {}.", f.some(FactName::RightPassword)),
        None => String::new(),
    };
    let open = match f.maybe(FactName::NoPreauthentication) {
        Some(_) => format!(
            " {} got a ticket without pre-authentication, from which the password can be guessed (AS-REP roasting).",
            f.some(FactName::NoPreauthentication)
        ),
        None => String::new(),
    };
    format!(
        "{} tried {} users with {} failures in all, on {}.{right}{open}{entered}",
        f.one(FactName::Source),
        f.shown(FactName::Users),
        f.shown(FactName::Failures),
        f.hosts()
    )
}

fn success(f: &Facts<'_>) -> String {
    let user = user_or(f, "Somebody");
    if f.is("checked") {
        return format!(
            "The password of {user} was right on {}{} at {} after {} of {}. No session tells of it.",
            f.hosts(),
            from(f),
            f.time(FactName::Success).unwrap_or_default(),
            many(f.number(FactName::Failures), "failure", "failures"),
            many(f.number(FactName::Users), "user", "users"),
        );
    }
    let first = format!(
        "{user} got into {}{} at {} after {} of {}.",
        f.hosts(),
        from(f),
        f.time(FactName::Success).unwrap_or_default(),
        many(f.number(FactName::Failures), "failure", "failures"),
        many(f.number(FactName::Users), "user", "users"),
    );
    let did: Vec<String> = [
        (FactName::Processes, "process", "processes"),
        (FactName::Services, "service installed", "services installed"),
        (FactName::Tasks, "task made", "tasks made"),
        (FactName::Shares, "access to an administrative share", "accesses to administrative shares"),
        (FactName::Logons, "logon elsewhere tried", "logons elsewhere tried"),
        (FactName::Accounts, "change of accounts", "changes of accounts"),
        (FactName::Clears, "log cleared", "logs cleared"),
    ]
    .into_iter()
    .filter(|(name, ..)| f.number(*name) > 0)
    .map(|(name, one, several)| many(f.number(name), one, several))
    .collect();
    if did.is_empty() { first } else { format!("{first} Then: {}.", did.join(", ")) }
}

fn takeover(f: &Facts<'_>) -> String {
    let host = f.hosts();
    let handover = format!(
        "the desktop of {} appeared on the connection of {}{}",
        f.one(FactName::Victim),
        f.one(FactName::User),
        from(f)
    );
    let tscon = format!(
        "tscon moved a session on {host}{}: {}",
        if f.is("tscon-system") { " as SYSTEM" } else { "" },
        f.command()
    );
    if f.is("new-address") {
        return format!(
            "The session of {} on {host} was taken up again from {}, where that user had not come from before ({}).",
            f.one(FactName::Victim),
            f.one(FactName::Source),
            f.some(FactName::Before)
        );
    }
    match (f.is("tscon") || f.is("tscon-system"), f.is("handover")) {
        (true, true) => format!("{tscon}; {handover}."),
        (true, false) => format!("{tscon}."),
        _ => format!("On {host} {handover}."),
    }
}

fn shadowing(f: &Facts<'_>) -> String {
    let what: Vec<&str> = [
        ("control", "a session was controlled by somebody else"),
        ("view", "a session was watched by somebody else"),
        ("permission", "it was permitted, by the user or by the policy"),
        ("refused", "the user refused"),
        ("failed", "an attempt failed"),
        ("client", "a client was started to shadow a session"),
        ("policy", "the policy for shadowing was changed"),
    ]
    .into_iter()
    .filter(|(variant, _)| f.is(variant))
    .map(|(_, words)| words)
    .collect();
    let command = f.maybe(FactName::Command).map(|_| format!(": {}", f.command())).unwrap_or_default();
    format!("On {}: {}{command}.", f.hosts(), what.join("; "))
}

fn tunnel(f: &Facts<'_>) -> String {
    if f.is("loopback") {
        let times = many(f.number(FactName::Count), "Remote Desktop session", "Remote Desktop sessions");
        return format!(
            "{times} of {} on {} from {}.",
            f.some(FactName::User),
            f.hosts(),
            f.one(FactName::Source)
        );
    }
    format!("A port of {} was forwarded: {}.", f.hosts(), f.command())
}

fn service(f: &Facts<'_>) -> String {
    let installed = f.number(FactName::Count);
    let what = match (installed, f.maybe(FactName::Service)) {
        (0, Some(service)) => format!("The service {service} ran on {}", f.hosts()),
        (0, None) => format!("A tool that installs services was at work on {}", f.hosts()),
        (1, _) => format!("The service {} was installed on {}", f.one(FactName::Service), f.hosts()),
        (n, _) => {
            format!("{} services were installed on {} ({})", count(n), f.hosts(), f.some(FactName::Service))
        }
    };
    let through: Vec<&str> = f.0.texts(FactName::Share).chain(f.0.texts(FactName::Pipe)).take(4).collect();
    let through =
        if through.is_empty() { String::new() } else { format!(", through {}", through.join(", ")) };
    let command = f.maybe(FactName::Command).filter(|c| !c.is_empty()).map(|_| format!(": {}", f.command()));
    let ran = f.maybe(FactName::Program).map(|_| format!(" It ran {}.", f.cut(FactName::Program)));
    let sysmon = if f.is("sysmon") { " It is Sysmon, with its driver." } else { "" };
    format!("{what}{}{through}{}.{}{sysmon}", who(f), command.unwrap_or_default(), ran.unwrap_or_default())
}

fn pipe(f: &Facts<'_>) -> String {
    let times = many(f.number(FactName::Count), "time", "times");
    format!("{} opened {times} on {}{}.", f.some(FactName::Pipe), f.hosts(), who(f))
}

fn task(f: &Facts<'_>) -> String {
    let mut what = format!("The task {} was made on {}{}", f.one(FactName::Task), f.hosts(), who(f));
    if f.maybe(FactName::Command).is_some() {
        what = format!("{what}: {}", f.command());
    }
    if f.is("ran") {
        what.push_str("; it ran");
    }
    if f.is("deleted") {
        what.push_str("; it was deleted within a minute");
    }
    what + "."
}

fn execution(f: &Facts<'_>, way: &str) -> String {
    let n = f.number(FactName::Count);
    let what = many(n, "program was run", "programs were run");
    let from = if f.is("local") { " on the machine itself" } else { "" };
    format!("{what} through {way} on {}{from}{}: {}.{}", f.hosts(), who(f), f.command(), ansible(f))
}

fn hidden(f: &Facts<'_>) -> String {
    let n = many(f.number(FactName::Count), "hidden command", "hidden commands");
    format!("{n} in a network logon on {}{}: {}.{}", f.hosts(), who(f), f.command(), ansible(f))
}

/// What is encoded is known.
fn ansible(f: &Facts<'_>) -> &'static str {
    if f.is("ansible") { " An encoded command is the one with which Ansible begins its steps." } else { "" }
}

fn channel(f: &Facts<'_>) -> String {
    let n = many(f.number(FactName::Count), "connection", "connections");
    let from = f.maybe(FactName::Source).unwrap_or("a source that is not named");
    format!("{n} from {from} to {} opened the channel MS_T120.", f.hosts())
}

fn machine(f: &Facts<'_>) -> String {
    let n = many(f.number(FactName::Count), "program", "programs");
    let from = from(f);
    format!("{} ran {n} on {} over a network logon{from}: {}.", f.one(FactName::User), f.hosts(), f.command())
}

fn odd(f: &Facts<'_>) -> String {
    let why =
        if f.is("ending") { "whose name is not one of a program" } else { "where no programs are kept" };
    let times = f.number(FactName::Count);
    let times = if times > 1 { format!(", {} times", count(times)) } else { String::new() };
    format!("{} was started on {}{times}, {why}; {}.", f.cut(FactName::Program), f.hosts(), f.users())
}

fn cleared(f: &Facts<'_>) -> String {
    let by = user_or(f, "Windows or somebody unnamed");
    let from = from(f);
    if f.is("command") {
        let n = many(f.number(FactName::Count), "command to clear logs", "commands to clear logs");
        let logs = match f.maybe(FactName::Log) {
            Some("*") => ", for all logs".to_owned(),
            Some(_) => format!(", for {}", f.some(FactName::Log)),
            None => String::new(),
        };
        // Of many, one says less than their logs.
        let line = if f.number(FactName::Count) == 1 { format!(": {}", f.command()) } else { String::new() };
        return format!("{n} ran on {} ({by}{from}){logs}{line}.", f.hosts());
    }
    format!("{by}{from} cleared {} on {}.", f.some(FactName::Log), f.hosts())
}

fn account(f: &Facts<'_>) -> String {
    let by = user_or(f, "Somebody");
    let mut what = format!("{by} made the account {} ({})", f.one(FactName::Account), f.hosts());
    if f.maybe(FactName::Group).is_some() {
        what = format!("{what}, a member of {}", f.some(FactName::Group));
    }
    if f.maybe(FactName::LeftGroup).is_some() {
        what = format!("{what}; it was put into {} and taken out again", f.some(FactName::LeftGroup));
    }
    match f.number(FactName::Logons) {
        0 => {}
        n => {
            let from = from(f);
            what = format!("{what}; {} with it within a day{from}", many(n, "logon", "logons"));
        }
    }
    if f.is("deleted") {
        what.push_str("; it was deleted within a day");
    }
    if f.is("lives-on") {
        what.push_str(
            "; it was deleted and changed afterwards: it is there still, where lists do not show it",
        );
    }
    if f.is("hidden") {
        what.push_str("; its name is like that of a machine");
    }
    what + "."
}
