//! What an event says, in a line.

use kilroy_catalog::{EventEntry, Language};
use kilroy_findings::Observation;
use kilroy_model::Action;

use crate::rows::account;
use crate::words::text;

/// Letters of a script or of another long text that a line can have.
const LONG: usize = 400;

/// Fields that say who acted: that is said already.
const KNOWN: [&str; 6] =
    ["SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "RuleName", "UtcTime"];

/// What the catalog calls it; else its number.
pub(crate) fn title(event: &Observation, language: Language) -> String {
    match entry(event) {
        Some(entry) => entry.title.get(language).trim_end_matches('.').to_owned(),
        None => format!("{} {}", text("Event", "이벤트").get(language), event.event_id),
    }
}

fn entry(event: &Observation) -> Option<&'static EventEntry> {
    kilroy_catalog::event(&event.provider, &event.log, event.event_id)
}

/// To what or with what: a command line, a service, a share, an address.
pub(crate) fn details(event: &Observation, language: Language) -> String {
    let mut parts: Vec<String> = Vec::new();
    let process = &event.process;
    match event.action {
        Some(Action::ProcessStarted | Action::ProcessEnded) => {
            parts.extend(process.command_line.clone().or_else(|| process.image.clone()));
        }
        Some(Action::ExplicitCredentials) => {
            parts.push(account(event.account.user.as_deref(), event.account.domain.as_deref()));
            parts.extend(process.image.clone());
        }
        Some(Action::Logon | Action::LogonFailed) => {
            parts.push(account(event.account.user.as_deref(), event.account.domain.as_deref()));
            let known = event.logon_type.and_then(kilroy_catalog::logon_type);
            parts.extend(known.map(|code| code.name.to_owned()));
        }
        Some(Action::ServiceInstalled) => {
            parts.extend(event.object.clone());
            parts.extend(process.command_line.clone());
        }
        Some(Action::ShareAccessed) => {
            parts.extend(event.object.clone());
            parts.extend(event.field("RelativeTargetName").map(str::to_owned));
        }
        Some(Action::LogCleared) => {
            let log = event.object.clone().or_else(|| event.field("Channel").map(str::to_owned));
            parts.push(log.unwrap_or_else(|| event.log.clone()));
        }
        _ => {
            parts.extend(process.image.clone());
            parts.extend(event.object.clone());
        }
    }
    if let Some(to) = target(event) {
        parts.push(format!("→ {to}"));
    }
    if parts.is_empty() && entry(event).is_none() {
        parts.extend(first_fields(event));
    }
    let under = text("as", "계정");
    if event.action == Some(Action::ProcessStarted) && event.subject.user.is_some() {
        let user = event.account.user.as_deref();
        parts.extend(user.map(|user| format!("{} {user}", under.get(language))));
    }
    let parts: Vec<String> = parts.iter().map(|part| brief(part)).filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

fn target(event: &Observation) -> Option<String> {
    let target = &event.target;
    let place = target.ip.map(|ip| ip.to_string());
    let host = target.host.as_deref().filter(|host| !host.trim().is_empty() && *host != "-");
    let place = match (place, host) {
        (Some(ip), Some(host)) => format!("{host} ({ip})"),
        (Some(ip), None) => ip,
        (None, host) => host?.to_owned(),
    };
    Some(target.port.map_or(place.clone(), |port| format!("{place}:{port}")))
}

/// A few fields of an event that nobody has described.
fn first_fields(event: &Observation) -> Vec<String> {
    let told = event.fields.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
    let told = told.filter_map(|(name, value)| Some((name, value.as_deref()?)));
    told.filter(|(_, value)| !value.trim().is_empty() && *value != "-")
        .take(3)
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// One line of a text, and not all of a long one.
fn brief(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
