//! What a single record says, in words.

use kilroy_case::query::Value;
use kilroy_catalog::{EventEntry, Language};
use kilroy_model::{Action, Reason, Source};
use kilroy_sessions::reason_text;

use crate::events::EventRow;
use crate::receipt::event_title;
use crate::rows::account;
use crate::words::text;

/// What the catalog calls a record.
pub(super) fn title(source: &Source, row: Option<&EventRow>, language: Language) -> Option<&'static str> {
    match row.and_then(|row| entry(source, row)) {
        Some(entry) => Some(entry.title.get(language).trim_end_matches('.')),
        None => event_title(&source.log, source.event_id, Some(source.role), language)
            .map(|title| title.trim_end_matches('.')),
    }
}

/// The first sentence of what the catalog says of a record.
pub(super) fn meaning(source: &Source, row: Option<&EventRow>, language: Language) -> Option<String> {
    let entry = row
        .and_then(|row| entry(source, row))
        .or_else(|| kilroy_catalog::event("", &source.log, source.event_id))?;
    Some(first_sentence(entry.meaning.get(language)).to_owned())
}

fn entry(source: &Source, row: &EventRow) -> Option<&'static EventEntry> {
    kilroy_catalog::event(row.text("provider").unwrap_or_default(), &source.log, source.event_id)
}

fn first_sentence(text: &str) -> &str {
    match text.find(". ") {
        Some(end) => text.get(..=end).unwrap_or(text),
        None => text,
    }
}

/// All that an investigator wants to know of a record, piece by piece.
pub(super) fn says(row: &EventRow, language: Language) -> Vec<String> {
    let action = row.text("action").and_then(|name| name.parse::<Action>().ok());
    let mut parts = Parts { row, language, said: Vec::new() };
    if action == Some(Action::SshMessage) {
        parts.add(row.text("new_value").map(str::to_owned));
        return parts.said;
    }
    parts.account();
    parts.from();
    if action == Some(Action::RdpConnectionAccepted) {
        parts.add(field(row, "ConnType").map(str::to_owned));
    }
    parts.labelled(text("to", "대상"), row.text("dst_host").map(str::to_owned));
    parts.logon();
    parts.labelled(text("terminal session", "터미널 세션"), number(row, "terminal_session"));
    parts.labelled(text("connection", "연결"), row.text("session_name").map(str::to_owned));
    if action == Some(Action::TerminalKicked) {
        parts.labelled(text("by session", "끊은 세션"), row.text("old_value").map(str::to_owned));
    }
    parts.result();
    if action == Some(Action::ProcessStarted) {
        parts.add(row.text("image").map(str::to_owned));
    }
    if action == Some(Action::RdpListenerConnection) {
        parts.labelled(text("listener", "수신기"), row.text("object").map(str::to_owned));
    }
    parts.said
}

struct Parts<'r> {
    row: &'r EventRow,
    language: Language,
    said: Vec<String>,
}

impl Parts<'_> {
    fn add(&mut self, part: Option<String>) {
        self.said.extend(part.filter(|part| !part.trim().is_empty()));
    }

    fn labelled(&mut self, label: kilroy_catalog::Text, value: Option<String>) {
        let label = label.get(self.language);
        self.add(value.map(|value| format!("{label} {value}")));
    }

    fn account(&mut self) {
        let user = self.row.text("user").or_else(|| self.row.text("subject_user"));
        let domain = if self.row.text("user").is_some() { "domain" } else { "subject_domain" };
        self.add(user.map(|user| account(Some(user), self.row.text(domain))));
    }

    fn from(&mut self) {
        let place = match (self.row.text("src_ip"), number(self.row, "src_port")) {
            (Some(ip), Some(port)) if ip.contains(':') => Some(format!("[{ip}]:{port}")),
            (Some(ip), Some(port)) => Some(format!("{ip}:{port}")),
            (Some(ip), None) => Some(ip.to_owned()),
            (None, _) => None,
        };
        // At a logon for a desktop Windows names itself there.
        let names_itself = matches!(self.row.value("logon_type"), Some(Value::Number(2 | 4 | 5 | 7..=13)));
        let name = self.row.text("src_host").filter(|name| !names_itself && *name != "Unknown");
        let from = match (place, name) {
            (Some(place), Some(name)) if self.language == Language::Korean => format!("{place}({name})"),
            (Some(place), Some(name)) => format!("{place} ({name})"),
            (Some(place), None) => place,
            (None, Some(name)) => name.to_owned(),
            (None, None) => return,
        };
        self.labelled(text("from", "원본"), Some(from));
    }

    fn logon(&mut self) {
        let language = self.language;
        let logon_type = number(self.row, "logon_type").map(|logon_type| {
            let known = logon_type.parse().ok().and_then(kilroy_catalog::logon_type);
            match (known, language) {
                (Some(code), Language::English) => format!("{logon_type} ({})", code.name),
                (Some(code), Language::Korean) => format!("{logon_type}({})", code.name),
                (None, _) => logon_type,
            }
        });
        self.labelled(text("logon type", "로그온 유형"), logon_type);
        let own = |luid: &&str| *luid != "0x0";
        self.labelled(
            text("logon ID", "로그온 ID"),
            self.row.text("logon_id").filter(own).map(str::to_owned),
        );
        let twin = self.row.text("linked_logon_id").filter(|luid| *luid != "0x0");
        self.labelled(text("its UAC half", "UAC 나머지 절반"), twin.map(str::to_owned));
        if self.row.value("elevated") == Some(&Value::Flag(true)) {
            self.add(Some(text("elevated token", "상승된 토큰").get(language).to_owned()));
        }
        let package = self.row.text("lm_package").or_else(|| self.row.text("auth_package"));
        self.add(package.map(|package| package.trim().to_owned()));
    }

    /// Status and reason, in words where they are known.
    fn result(&mut self) {
        let says_something = |status: &&str| !matches!(*status, "0x0" | "0" | "0x00000000" | "-");
        let of = |name| self.row.text(name).filter(says_something);
        if let Some(status) = of("sub_status").or_else(|| of("status")) {
            let known = reason_text(&Reason::Code(status.to_owned()), self.language);
            let words = known.map(|words| format!(": {words}")).unwrap_or_default();
            self.labelled(text("status", "상태"), Some(format!("{status}{words}")));
        }
        if let Some(Value::Number(reason)) = self.row.value("reason") {
            let known = u32::try_from(*reason).ok().and_then(kilroy_catalog::disconnect_reason);
            let words = known.map(|code| format!(": {}", code.text.get(self.language))).unwrap_or_default();
            self.labelled(text("reason", "이유"), Some(format!("{reason}{words}")));
        }
    }
}

fn number(row: &EventRow, name: &str) -> Option<String> {
    match row.value(name) {
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    }
}

fn field<'r>(row: &'r EventRow, name: &str) -> Option<&'r str> {
    match row.value("fields") {
        Some(Value::Fields(fields)) => {
            fields.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.as_deref())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_is_enough() {
        assert_eq!(first_sentence("It broke. Nobody knows why."), "It broke.");
        assert_eq!(first_sentence("It broke"), "It broke");
        assert_eq!(first_sentence("끊겼습니다. 이유는 모릅니다."), "끊겼습니다.");
    }
}
