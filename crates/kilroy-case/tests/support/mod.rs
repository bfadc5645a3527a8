//! Made-up events and a look at the files of a case.

#![allow(dead_code, reason = "each test file uses what it needs")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use kilroy_case::{Case, EvidenceRow, EvidenceStatus};
use kilroy_model::{
    Account, Action, Authentication, Endpoint, Event, EventIdentity, EventKind, EventUid, EvidenceId, Fields,
    Network, Origin, Outcome, Process, SessionRefs, System, TextList, TimeBasis, Timestamp, event_uid,
};

pub(crate) const SECURITY: &str = "Security";
pub(crate) const NINE: &str = "2024-05-14T09:00:00Z";

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A logon of `user`, `seconds` after nine.
pub(crate) fn logon(host: &str, record_id: u64, seconds: i64, user: &str) -> Event {
    event(
        host,
        SECURITY,
        4624,
        record_id,
        Some(time(NINE).plus_millis(seconds * 1000)),
        Some(Action::Logon),
        user,
    )
}

/// An event with a bit of everything.
pub(crate) fn event(
    host: &str,
    channel: &str,
    event_id: u32,
    record_id: u64,
    time: Option<Timestamp>,
    action: Option<Action>,
    user: &str,
) -> Event {
    let origin = Origin {
        host: host.into(),
        channel: channel.into(),
        provider: "Microsoft-Windows-Security-Auditing".into(),
        event_id,
        version: Some(2),
        level: Some(0),
    };
    let fields: Fields = vec![
        (Arc::from("TargetUserName"), user.to_owned()),
        (Arc::from("TargetLogonId"), "0x513da".to_owned()),
    ];
    Event {
        identity: EventIdentity {
            uid: uid(&origin, record_id, time, &fields),
            evidence: EvidenceId(1),
            record_id,
            recovered: false,
        },
        time,
        time_basis: if time.is_some() { TimeBasis::Event } else { TimeBasis::None },
        origin,
        system: System { process_id: Some(4), ..System::default() },
        action,
        account: Account::new(Some(user), Some("CORP"), Some("S-1-5-21-1-2-3-1001")),
        subject: Account::new(Some("HOST$"), None, Some("S-1-5-18")),
        session: SessionRefs {
            logon_id: "0x513da".parse().ok(),
            subject_logon_id: "0x3e7".parse().ok(),
            linked_logon_id: "0x513bb".parse().ok(),
            logon_guid: "a5ba9e4e-1e2f-4d5b-9c3a-0123456789ab".parse().ok(),
            logon_type: Some(10),
            terminal_session: Some(2),
            session_name: Some("RDP-Tcp#5".to_owned()),
            activity_id: "F4205BAC-1B01-40FC-AEEF-3C971C730000".parse().ok(),
        },
        authentication: Authentication {
            package: Some("Negotiate".to_owned()),
            logon_process: Some("User32".to_owned()),
            lm_package: None,
            elevated: Some(true),
            restricted_admin: Some(false),
            credential_guard: None,
        },
        outcome: Outcome { status: Some("0x0".to_owned()), sub_status: None, reason: Some(5) },
        network: Network {
            src: Endpoint {
                ip: "fe80::1".parse().ok(),
                local: false,
                port: Some(50123),
                host: Some("KALI".to_owned()),
            },
            dst: Endpoint::default(),
        },
        process: Process {
            image: Some("C:\\Windows\\System32\\svchost.exe".to_owned()),
            ..Process::default()
        },
        object_kind: None,
        object: None,
        old_value: Some("old".to_owned()),
        new_value: None,
        fields,
    }
}

/// A row of the register for content that was read.
pub(crate) fn row(path: &str, id: EvidenceId, records: u64) -> EvidenceRow {
    EvidenceRow {
        path: path.to_owned(),
        sha256: Some(format!("{id}{}", "0".repeat(48))),
        id: Some(id),
        size: 69_632,
        status: EvidenceStatus::Read,
        reason: None,
        records,
        losses_total: 0,
        losses: Vec::new(),
        first: Some(time(NINE)),
        last: Some(time(NINE)),
        seen: None,
    }
}

/// Writes events as the content of one evidence file and registers it.
pub(crate) fn ingest(case: &Case, id: EvidenceId, events: &[Event]) {
    let mut writer = case.event_writer(id);
    for event in events {
        let mut event = event.clone();
        event.identity.evidence = id;
        writer.push(event).unwrap();
    }
    let written = writer.finish().unwrap();
    assert_eq!(written.events, events.len() as u64);
    case.register(&row(&format!("logs/{id}.evtx"), id, written.events)).unwrap();
}

/// The case's tables with their bytes; the register and the lock are left out.
pub(crate) fn tables(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = files(root);
    found.retain(|name, _| !name.starts_with("case."));
    found
}

/// All files below a folder, by their path with `/`; the content of the register and the lock is not read.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(
                files(&entry.path()).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else {
            // The register and the lock are in use, and on Windows the lock keeps even readers out.
            let in_use = name.starts_with("case.");
            let bytes = if in_use { Vec::new() } else { fs::read(entry.path()).unwrap() };
            found.insert(name, bytes);
        }
    }
    found
}

/// Identity of a record, as the normaliser makes it.
fn uid(origin: &Origin, record_id: u64, time: Option<Timestamp>, fields: &Fields) -> EventUid {
    let names = fields.iter().map(|(name, _)| &**name);
    let kind = EventKind::new(&origin.host, &origin.channel, &origin.provider, origin.event_id, names);
    let values: TextList = fields.iter().map(|(_, value)| value.as_str()).collect();
    event_uid(kind, record_id, time, values.as_slice(), &mut Vec::new())
}
