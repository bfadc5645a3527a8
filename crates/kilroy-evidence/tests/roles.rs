//! The catalog's roles meet real records: a field that no sample of its provider has is most likely misspelt.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use kilroy_catalog::{EventEntry, FieldRole};
use kilroy_evidence::{find, read};
use kilroy_model::Event;

/// Fields of a Windows newer than any sample: 4624 tells of Remote Credential Guard since its third version.
const NEWER: &[FieldRole] = &[FieldRole::CredentialGuard];

/// Does the column of this role hold something?
fn filled(e: &Event, role: FieldRole) -> bool {
    match role {
        FieldRole::User => e.account.user.is_some(),
        FieldRole::Domain => e.account.domain.is_some(),
        FieldRole::Sid => e.account.sid.is_some(),
        FieldRole::SubjectUser => e.subject.user.is_some(),
        FieldRole::SubjectDomain => e.subject.domain.is_some(),
        FieldRole::SubjectSid => e.subject.sid.is_some(),
        FieldRole::LogonId => e.session.logon_id.is_some(),
        FieldRole::SubjectLogonId => e.session.subject_logon_id.is_some(),
        FieldRole::LinkedLogonId => e.session.linked_logon_id.is_some(),
        FieldRole::LogonGuid => e.session.logon_guid.is_some(),
        FieldRole::LogonType => e.session.logon_type.is_some(),
        FieldRole::TerminalSession => e.session.terminal_session.is_some(),
        FieldRole::SessionName => e.session.session_name.is_some(),
        FieldRole::AuthPackage => e.authentication.package.is_some(),
        FieldRole::LogonProcess => e.authentication.logon_process.is_some(),
        FieldRole::LmPackage => e.authentication.lm_package.is_some(),
        FieldRole::Elevated => e.authentication.elevated.is_some(),
        FieldRole::RestrictedAdmin => e.authentication.restricted_admin.is_some(),
        FieldRole::CredentialGuard => e.authentication.credential_guard.is_some(),
        FieldRole::Status => e.outcome.status.is_some(),
        FieldRole::SubStatus => e.outcome.sub_status.is_some(),
        FieldRole::Reason => e.outcome.reason.is_some(),
        FieldRole::SrcAddress => e.network.src.ip.is_some() || e.network.src.local,
        FieldRole::SrcPort => e.network.src.port.is_some(),
        FieldRole::SrcHost => e.network.src.host.is_some(),
        FieldRole::DstAddress => e.network.dst.ip.is_some() || e.network.dst.local,
        FieldRole::DstPort => e.network.dst.port.is_some(),
        FieldRole::DstHost => e.network.dst.host.is_some(),
        FieldRole::ProcessGuid => e.process.guid.is_some(),
        FieldRole::Pid => e.process.pid.is_some(),
        FieldRole::Image => e.process.image.is_some(),
        FieldRole::CommandLine => e.process.command_line.is_some(),
        FieldRole::ParentGuid => e.process.parent_guid.is_some(),
        FieldRole::ParentPid => e.process.parent_pid.is_some(),
        FieldRole::ParentImage => e.process.parent_image.is_some(),
        FieldRole::ParentCommandLine => e.process.parent_command_line.is_some(),
        FieldRole::Hashes => e.process.hashes.is_some(),
        FieldRole::Object => e.object.is_some(),
        FieldRole::OldValue => e.old_value.is_some(),
        FieldRole::NewValue => e.new_value.is_some(),
        FieldRole::OldDate => e.old_value.as_deref().is_some_and(|value| value.contains(' ')),
        FieldRole::NewDate => e.new_value.as_deref().is_some_and(|value| value.contains(' ')),
    }
}

/// What the samples show of one catalogued event.
#[derive(Default)]
struct Seen {
    records: u64,
    filled: BTreeSet<FieldRole>,
    /// Names of the fields that its records have.
    names: BTreeSet<String>,
    /// A value of each role's field that filled no column.
    unread: BTreeMap<FieldRole, String>,
}

impl Seen {
    fn add(&mut self, entry: &EventEntry, event: &Event) {
        self.records += 1;
        self.names.extend(event.fields.iter().map(|(name, _)| name.to_lowercase()));
        for (role, name) in entry.roles {
            if filled(event, *role) {
                self.filled.insert(*role);
            } else if let Some((_, value)) = event.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
                self.unread.entry(*role).or_insert_with(|| value.clone());
            }
        }
    }
}

#[test]
fn the_fields_of_sampled_events_are_those_of_real_records() {
    let Some(data) = common::data() else { return };
    let mut seen: BTreeMap<(&str, u32), (&EventEntry, Seen)> = BTreeMap::new();
    for found in find(&[data.join("evtx"), data.join("synthetic")]).unwrap().iter().filter(|f| f.kind.is_ok())
    {
        let mut sink = |event: Event| -> Result<(), Infallible> {
            let origin = &event.origin;
            if let Some(entry) = kilroy_catalog::event(&origin.provider, &origin.channel, origin.event_id) {
                let (_, seen) =
                    seen.entry((entry.provider, entry.event_id)).or_insert((entry, Seen::default()));
                seen.add(entry, &event);
            }
            Ok(())
        };
        read(found, &|_| {}, &mut sink).unwrap_or_else(|e| panic!("{e}"));
    }
    assert!(seen.len() > 50, "only {} catalogued events in the samples", seen.len());

    // Fields come with new versions (Sysmon 12 has a `User` since 13): what one event lacks, another of its provider has.
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for ((provider, _), (_, seen)) in &seen {
        names.entry(provider).or_default().extend(seen.names.iter().map(String::as_str));
    }
    let mut ever: BTreeSet<FieldRole> = BTreeSet::new();
    let mut misspelt = Vec::new();
    for ((provider, id), (entry, seen)) in &seen {
        ever.extend(&seen.filled);
        for role in entry.roles.iter().map(|(role, _)| *role).collect::<BTreeSet<_>>() {
            if seen.filled.contains(&role) || NEWER.contains(&role) {
                continue;
            }
            let fields: Vec<&str> = entry.fields(role).collect();
            let event = format!("{provider} {id} ({} records): {} = {fields:?}", seen.records, role.name());
            match seen.unread.get(&role) {
                Some(value) => println!("never filled: {event}, for instance {value:?}"),
                None => println!("not in the samples: {event}"),
            }
            if !fields.iter().any(|f| names[provider].contains(f.to_lowercase().as_str())) {
                misspelt.push(event);
            }
        }
    }
    println!("{} of {} catalogued events are in the samples", seen.len(), kilroy_catalog::events().len());
    assert!(misspelt.is_empty(), "fields that no record of the provider has: {misspelt:#?}");
    let never = FieldRole::ALL.iter().filter(|r| !ever.contains(r) && !NEWER.contains(r));
    let never: Vec<&str> = never.map(|r| r.name()).collect();
    assert!(never.is_empty(), "roles that no sample fills: {never:?}");
}
