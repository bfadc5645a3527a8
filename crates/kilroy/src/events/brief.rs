//! What an event is, in one line.

use kilroy_case::query::Value;
use kilroy_catalog::Language;

use super::rows::EventRow;

/// The columns that a line is made of.
pub(crate) struct Brief;

impl Brief {
    /// Names of the columns that the lines below want.
    pub(crate) const COLUMNS: [&'static str; 18] = [
        "time",
        "host",
        "channel",
        "provider",
        "event_id",
        "user",
        "domain",
        "subject_user",
        "logon_type",
        "src_ip",
        "src_host",
        "dst_ip",
        "image",
        "command_line",
        "object",
        "status",
        "sub_status",
        "event_uid",
    ];

    /// What happened to what: `logon type 10`, a service, a command line.
    pub(crate) fn detail(row: &EventRow, language: Language) -> String {
        let mut parts = Vec::new();
        if let Some(Value::Number(logon_type)) = row.value("logon_type") {
            let name = u8::try_from(*logon_type).ok().and_then(kilroy_catalog::logon_type);
            parts.push(name.map_or_else(|| format!("type {logon_type}"), |code| code.name.to_owned()));
        }
        let status =
            row.text("sub_status").filter(|s| !is_zero(s)).or(row.text("status").filter(|s| !is_zero(s)));
        if let Some(status) = status {
            let known = kilroy_catalog::status(status);
            parts.push(known.map_or_else(|| status.to_owned(), |code| code.text.get(language).to_owned()));
        }
        if let Some(command) = row.text("command_line").or(row.text("image")) {
            parts.push(command.to_owned());
        }
        if let Some(object) = row.text("object") {
            parts.push(object.to_owned());
        }
        if let Some(to) = row.text("dst_ip") {
            parts.push(format!("→ {to}"));
        }
        parts.join(" · ")
    }

    /// Who: the account, else the one who caused it.
    pub(crate) fn user(row: &EventRow) -> Option<&str> {
        row.text("user").or(row.text("subject_user"))
    }

    /// From where.
    pub(crate) fn from(row: &EventRow) -> Option<&str> {
        row.text("src_ip").or(row.text("src_host"))
    }
}

fn is_zero(status: &str) -> bool {
    matches!(status, "0x0" | "0" | "0x00000000" | "-")
}

/// What the catalog calls an event; else its channel and its number.
pub(crate) fn title(row: &EventRow, language: Language) -> String {
    let (provider, channel) =
        (row.text("provider").unwrap_or_default(), row.text("channel").unwrap_or_default());
    let id = match row.value("event_id") {
        Some(Value::Number(id)) => u32::try_from(*id).unwrap_or(0),
        _ => 0,
    };
    match kilroy_catalog::event(provider, channel, id) {
        Some(entry) => entry.title.get(language).to_owned(),
        None => crate::words::short_log(channel).to_owned(),
    }
}
