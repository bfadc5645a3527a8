//! What the columns of the event table say, in words: for the documentation and whoever shows the table.
//!
//! The words are not in the files. Arrow could carry them in the metadata of each field; that is 7 KB for each file, and a
//! file of a few events has 17.

/// What one column of the event table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnText {
    /// Name of the column.
    pub name: &'static str,
    /// What it says, with its shape or unit. A sentence, in Markdown.
    pub says: &'static str,
    /// The field of Elastic Common Schema that means the same, if there is one.
    pub ecs: Option<&'static str>,
}

/// Every column of the event table, in its order.
pub const fn event_column_texts() -> &'static [ColumnText] {
    TEXTS
}

/// `name: "what it says" => "its ECS name";`
macro_rules! texts {
    ($($name:ident: $says:literal $(=> $ecs:literal)?;)+) => {
        const TEXTS: &[ColumnText] = &[$(
            ColumnText { name: stringify!($name), says: $says, ecs: texts!(@ecs $($ecs)?) },
        )+];
    };
    (@ecs) => { None };
    (@ecs $ecs:literal) => { Some($ecs) };
}

texts! {
    event_uid: "Identity of the record wherever it is found: 32 hexadecimal digits." => "event.id";
    evidence_id: "The evidence file it was read from: the first 16 hexadecimal digits of its SHA-256.";
    record_id: "`EventRecordID`: number of the record within its log.";
    recovered: "The record was carved from unused space rather than read from the live log.";
    time: "When it was logged, in nanoseconds; Windows writes units of 100 ns." => "@timestamp";
    time_basis: "Where `time` comes from.";
    host: "`Computer`, as logged." => "host.name";
    channel: "Channel (full name of the log), as logged.";
    provider: "Provider, as logged." => "event.provider";
    event_id: "Event ID." => "event.code";
    version: "Version of the event's layout.";
    level: "0 always, 1 critical, 2 error, 3 warning, 4 information, 5 verbose." => "log.level";
    task: "Task category, a number of the provider.";
    opcode: "Operation within the task, a number.";
    keywords: "Keywords, a mask of 64 bits.";
    system_process_id: "ID of the process that logged the event.";
    system_thread_id: "ID of the thread that logged the event.";
    security_sid: "SID of the account in whose name the event was logged.";
    activity_id: "`Correlation/@ActivityID`, a GUID: of Remote Desktop logs, the connection.";
    related_activity_id: "`Correlation/@RelatedActivityID`, a GUID.";
    action: "What happened, in one word of Kilroy's catalog, such as `logon`." => "event.action";
    user: "Name of the account that the event is about, without its domain." => "user.name";
    domain: "Domain or host of that account." => "user.domain";
    sid: "SID of that account." => "user.id";
    logon_id: "Logon ID of that account, unique within one boot of one host.";
    linked_logon_id: "Logon ID of the other half of an administrator's logon.";
    logon_guid: "Kerberos logon GUID.";
    logon_type: "Windows logon type: 2 interactive, 3 network, 10 Remote Desktop, and so on.";
    subject_user: "Name of the account that caused the event, without its domain.";
    subject_domain: "Domain or host of the account that caused it.";
    subject_sid: "SID of the account that caused it.";
    subject_logon_id: "Logon ID of the account that caused it.";
    terminal_session: "Number of the terminal (local) session.";
    session_name: "Name of the terminal session, such as `RDP-Tcp#5` or `Console`.";
    auth_package: "Authentication package: `NTLM`, `Kerberos`, `Negotiate`.";
    logon_process: "Logon process, such as `User32`, `NtLmSsp`, `Advapi`.";
    lm_package: "Version of NTLM: `NTLM V1`, `NTLM V2`.";
    elevated: "The logon holds an elevated token.";
    restricted_admin: "Remote Desktop in Restricted Admin mode: no credentials were sent to the host.";
    credential_guard: "Remote Desktop with Remote Credential Guard: credentials stayed with the client.";
    status: "Status code, as logged.";
    sub_status: "Sub-status code, as logged.";
    reason: "Reason code, such as that of a disconnect." => "event.reason";
    src_ip: "Address it came from, without zone, or `LOCAL` where the log says so." => "source.ip";
    src_port: "Port it came from." => "source.port";
    src_host: "Name of the machine it came from, as logged." => "source.domain";
    dst_ip: "Address it went to, without zone, or `LOCAL`." => "destination.ip";
    dst_port: "Port it went to." => "destination.port";
    dst_host: "Name of the machine it went to, as logged." => "destination.domain";
    process_guid: "Sysmon's GUID of the process." => "process.entity_id";
    pid: "ID of the process that the event is about." => "process.pid";
    image: "Full path of its program." => "process.executable";
    command_line: "Its command line." => "process.command_line";
    parent_guid: "Sysmon's GUID of the parent process." => "process.parent.entity_id";
    parent_pid: "ID of the parent process." => "process.parent.pid";
    parent_image: "Full path of the parent's program." => "process.parent.executable";
    parent_command_line: "The parent's command line." => "process.parent.command_line";
    hashes: "Hashes of the file, as logged, such as `MD5=…,SHA256=…`.";
    object_kind: "Kind of thing that was acted on, such as `service`, `share`, `process`.";
    object: "Name of the thing that was acted on.";
    old_value: "The value before a change.";
    new_value: "The value after a change.";
    fields: "Every field of the event by its own name, as logged; names are unique within an event.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::event_schema;

    #[test]
    fn every_column_has_a_text_and_no_other() {
        let schema = event_schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let texts: Vec<&str> = event_column_texts().iter().map(|text| text.name).collect();
        assert_eq!(texts, columns);
    }

    #[test]
    fn a_text_is_a_sentence_that_fits_in_a_table() {
        for text in event_column_texts() {
            assert!(text.says.ends_with('.') && !text.says.contains(['|', '\n']), "{}", text.name);
        }
    }

    #[test]
    fn no_two_columns_have_the_same_ecs_name() {
        let mut names = BTreeSet::new();
        for ecs in event_column_texts().iter().filter_map(|text| text.ecs) {
            assert!(ecs == "@timestamp" || ecs.contains('.'), "{ecs}");
            assert!(names.insert(ecs), "{ecs}");
        }
    }
}
