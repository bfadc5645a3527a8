//! Events of a busy server, made up from a seed: what a Security log is full of.

use std::sync::Arc;

use kilroy_model::{
    Account, Action, Authentication, Endpoint, Event, EventIdentity, EventUid, EvidenceId, Fields, Network,
    Origin, Outcome, Process, SessionRefs, System, TimeBasis, Timestamp,
};

const START: &str = "2024-05-14T09:00:00Z";

/// A generator of numbers that is the same everywhere.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

/// Makes the event with this place in the log.
pub(crate) struct Maker {
    id: EvidenceId,
    start: Timestamp,
    hosts: Vec<Arc<str>>,
    channel: Arc<str>,
    provider: Arc<str>,
    names: Vec<Arc<str>>,
    chance: Chance,
}

impl Maker {
    pub(crate) fn new(id: EvidenceId, hosts: u64) -> Result<Self, <Timestamp as std::str::FromStr>::Err> {
        let names = [
            "SubjectUserSid",
            "SubjectUserName",
            "SubjectDomainName",
            "SubjectLogonId",
            "TargetUserSid",
            "TargetUserName",
            "TargetDomainName",
            "TargetLogonId",
            "LogonType",
            "LogonProcessName",
            "AuthenticationPackageName",
            "WorkstationName",
            "LogonGuid",
            "TransmittedServices",
            "LmPackageName",
            "KeyLength",
            "ProcessId",
            "ProcessName",
            "IpAddress",
            "IpPort",
            "NewProcessId",
            "NewProcessName",
            "CommandLine",
            "ParentProcessName",
            "TokenElevationType",
            "MandatoryLabel",
            "PrivilegeList",
            "Status",
        ];
        Ok(Self {
            id,
            start: START.parse()?,
            hosts: (0..hosts).map(|n| format!("SRV{n:04}.corp.example").into()).collect(),
            channel: "Security".into(),
            provider: "Microsoft-Windows-Security-Auditing".into(),
            names: names.into_iter().map(Arc::from).collect(),
            chance: Chance::new(id.0),
        })
    }

    pub(crate) fn event(&mut self, place: u64) -> Event {
        let kind = self.chance.below(20);
        let (event_id, action) = match kind {
            0..=5 => (4624, Action::Logon),
            6..=10 => (4634, Action::Logoff),
            11..=13 => (4672, Action::PrivilegesAssigned),
            14 => (4625, Action::LogonFailed),
            _ => (4688, Action::ProcessStarted),
        };
        let host =
            Arc::clone(&self.hosts[usize::try_from(self.chance.below(self.hosts.len() as u64)).unwrap_or(0)]);
        let origin = Origin {
            host,
            channel: Arc::clone(&self.channel),
            provider: Arc::clone(&self.provider),
            event_id,
            version: Some(2),
            level: Some(0),
        };
        let time = Some(self.start.plus_millis(i64::try_from(place).unwrap_or(0) * 37));
        let n = self.chance.below(2000);
        let (user, domain, sid) =
            (format!("user{n:04}"), "CORP", format!("S-1-5-21-1004336348-1177238915-682003330-{}", 1100 + n));
        let luid = 0x1000 + place * 7;
        let address = format!("10.{}.{}.{}", n % 4, n % 200, 1 + n % 250);
        let port = 49152 + self.chance.below(16000);
        let pid = 4 * (100 + self.chance.below(4000));
        let started = event_id == 4688;
        let image = [
            "C:\\Windows\\System32\\svchost.exe",
            "C:\\Windows\\System32\\cmd.exe",
            "C:\\Program Files\\Vendor\\Agent\\agent.exe",
        ][usize::try_from(n % 3).unwrap_or(0)];
        let line = format!(
            "\"{image}\" -k netsvcs -p -s Schedule --instance {:x} --token {:016x}",
            place,
            self.chance.below(u64::MAX >> 12)
        );
        let guid =
            || kilroy_model::Guid(u128::from(place).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
        let values: Vec<(usize, String)> = match event_id {
            4634 => vec![(4, sid.clone()), (5, user.clone()), (6, domain.to_owned()), (7, format!("{luid:#x}")), (8, "3".to_owned())],
            4672 => vec![
                (0, sid.clone()), (1, user.clone()), (2, domain.to_owned()), (3, format!("{luid:#x}")),
                (26, "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeDebugPrivilege".to_owned()),
            ],
            4688 => vec![
                (0, sid.clone()), (1, user.clone()), (2, domain.to_owned()), (3, format!("{luid:#x}")), (20, format!("{pid:#x}")),
                (21, image.to_owned()), (24, "%%1936".to_owned()), (16, "0x2b4".to_owned()), (22, line.clone()), (4, "S-1-0-0".to_owned()),
                (5, "-".to_owned()), (6, "-".to_owned()), (7, "0x0".to_owned()), (23, "C:\\Windows\\System32\\services.exe".to_owned()), (25, "S-1-16-16384".to_owned()),
            ],
            _ => vec![
                (0, "S-1-0-0".to_owned()), (1, "-".to_owned()), (2, "-".to_owned()), (3, "0x0".to_owned()), (4, sid.clone()),
                (5, user.clone()), (6, domain.to_owned()), (7, format!("{luid:#x}")), (8, "3".to_owned()), (9, "Kerberos".to_owned()),
                (10, "Kerberos".to_owned()), (11, "-".to_owned()), (12, guid().to_string()), (13, "-".to_owned()), (14, "-".to_owned()),
                (15, "0".to_owned()), (16, "0x0".to_owned()), (17, "-".to_owned()), (18, address.clone()), (19, port.to_string()),
            ],
        };
        let fields: Fields =
            values.into_iter().map(|(name, value)| (Arc::clone(&self.names[name]), value)).collect();
        let logon = matches!(event_id, 4624 | 4625);
        Event {
            identity: EventIdentity {
                uid: EventUid(u128::from(place + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)),
                evidence: self.id,
                record_id: place + 1,
                recovered: false,
            },
            time,
            time_basis: TimeBasis::Event,
            origin,
            system: System {
                task: Some(12_544),
                opcode: Some(0),
                keywords: Some(0x8020_0000_0000_0000),
                process_id: Some(700),
                thread_id: u32::try_from(self.chance.below(40)).ok().map(|n| 700 + 4 * n),
                ..System::default()
            },
            action: Some(action),
            account: Account::new(Some(&user), Some(domain), Some(&sid)),
            subject: if logon {
                Account::default()
            } else {
                Account::new(Some(&user), Some(domain), Some(&sid))
            },
            session: SessionRefs {
                logon_id: Some(kilroy_model::Luid(luid)),
                subject_logon_id: Some(kilroy_model::Luid(0x3e7)),
                logon_guid: logon.then(guid),
                logon_type: (logon || event_id == 4634).then_some(3),
                ..SessionRefs::default()
            },
            authentication: Authentication {
                package: logon.then(|| "Kerberos".to_owned()),
                logon_process: logon.then(|| "Kerberos".to_owned()),
                lm_package: None,
                elevated: logon.then_some(n.is_multiple_of(9)),
                restricted_admin: None,
                credential_guard: None,
            },
            outcome: Outcome {
                status: (event_id == 4625).then(|| "0xc000006d".to_owned()),
                sub_status: None,
                reason: None,
            },
            network: Network {
                src: Endpoint {
                    ip: logon.then(|| address.parse().ok()).flatten(),
                    local: false,
                    port: logon.then(|| u16::try_from(port).ok()).flatten(),
                    host: None,
                },
                dst: Endpoint::default(),
            },
            process: Process {
                pid: started.then_some(pid),
                image: started.then(|| image.to_owned()),
                command_line: started.then_some(line),
                parent_pid: started.then_some(692),
                parent_image: started.then(|| "C:\\Windows\\System32\\services.exe".to_owned()),
                ..Process::default()
            },
            object_kind: None,
            object: None,
            old_value: None,
            new_value: None,
            fields,
        }
    }
}
