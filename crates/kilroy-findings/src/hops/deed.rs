//! What was done within a network logon, so far as it tells by what means somebody came.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Action, HopMethod, HopRole, Luid, Timestamp};

use super::departure::{Record, Texts};
use crate::Observation;
use crate::hosts::HostId;
use crate::program::file_name;

/// An installed service belongs to a logon that opened the service manager's pipe this shortly before it, at most.
const SERVICE_AFTER_PIPE_MILLIS: i64 = 30_000;
/// Logons are logged a little after what they are used for, now and then.
const BEFORE_LOGON_MILLIS: i64 = 5_000;

/// Something done, and the record that says so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deed {
    pub(super) method: HopMethod,
    pub(super) role: HopRole,
    pub(super) record: Record,
}

/// What was done in the network logons of a case.
#[derive(Debug, Clone, Default)]
pub(super) struct Deeds {
    /// Logons that are of interest.
    wanted: BTreeSet<(HostId, Luid)>,
    by_logon: BTreeMap<(HostId, Luid), BTreeSet<Deed>>,
    /// Services that the System log tells of, which knows no logon.
    services: BTreeMap<HostId, BTreeSet<Deed>>,
    /// When logons opened the service manager's pipe.
    managed: BTreeMap<(HostId, Luid), BTreeSet<Timestamp>>,
}

/// Deeds of one kind that are kept for a logon: the first ones say enough.
const KEPT: usize = 64;

impl Deeds {
    /// What this logon does will be asked for.
    pub(super) fn want(&mut self, host: HostId, luid: Luid) {
        if !luid.is_fixed() && luid.0 != 0 {
            self.wanted.insert((host, luid));
        }
    }

    /// Takes note of a record.
    pub(super) fn add(&mut self, seen: &Observation, host: HostId, texts: &mut Texts) {
        if seen.action == Some(Action::ServiceInstalled) && seen.subject.luid.is_none() {
            let deed =
                Deed { method: of_service(seen), role: HopRole::Service, record: Record::of(seen, texts) };
            self.services.entry(host).or_default().insert(deed);
            return;
        }
        for luid in [seen.subject.luid, seen.account.luid].into_iter().flatten() {
            if !self.wanted.contains(&(host, luid)) {
                continue;
            }
            if opens_service_manager(seen) {
                keep(self.managed.entry((host, luid)).or_default(), seen.time);
            }
            if let Some((method, role)) = method_of(seen) {
                let deed = Deed { method, role, record: Record::of(seen, texts) };
                keep(self.by_logon.entry((host, luid)).or_default(), deed);
            }
        }
    }

    /// What was done from one time to another in a logon: of each means the first record, the most telling means first.
    pub(super) fn of(
        &self,
        host: HostId,
        luids: &[Luid],
        from: Timestamp,
        to: Option<Timestamp>,
    ) -> Vec<Deed> {
        let from = from.plus_millis(-BEFORE_LOGON_MILLIS);
        let within =
            |time: Timestamp| from <= time && to.is_none_or(|to| time <= to.plus_millis(BEFORE_LOGON_MILLIS));
        let mut first: BTreeMap<(u8, HopRole), &Deed> = BTreeMap::new();
        let mut take = |deed| {
            let deed: &Deed = deed;
            let known = first.entry((rank(deed.method), deed.role)).or_insert(deed);
            if deed.record < known.record {
                *known = deed;
            }
        };
        for luid in luids {
            self.by_logon
                .get(&(host, *luid))
                .into_iter()
                .flatten()
                .filter(|d| within(d.record.time))
                .for_each(&mut take);
            for opened in self.managed.get(&(host, *luid)).into_iter().flatten().filter(|t| within(**t)) {
                let soon = |d: &&Deed| {
                    *opened <= d.record.time && d.record.time <= opened.plus_millis(SERVICE_AFTER_PIPE_MILLIS)
                };
                self.services.get(&host).into_iter().flatten().filter(soon).for_each(&mut take);
            }
        }
        first.into_values().cloned().collect()
    }
}

/// Adds to a set that stays small: the least ones stay, whatever the order they come in.
fn keep<T: Ord>(set: &mut BTreeSet<T>, new: T) {
    set.insert(new);
    if set.len() > KEPT {
        set.pop_last();
    }
}

/// The most telling means first.
pub(super) fn rank(method: HopMethod) -> u8 {
    match method {
        HopMethod::PsExec => 0,
        HopMethod::Service => 1,
        HopMethod::Task => 2,
        HopMethod::WinRm => 3,
        HopMethod::Wmi => 4,
        HopMethod::Dcom => 5,
        HopMethod::Rdp | HopMethod::Ssh => 6,
        HopMethod::Smb => 7,
        HopMethod::Network => 8,
    }
}

fn opens_service_manager(seen: &Observation) -> bool {
    seen.opened_pipe().is_some_and(|pipe| pipe.eq_ignore_ascii_case("svcctl"))
}

/// By what means somebody must have come who did this.
fn method_of(seen: &Observation) -> Option<(HopMethod, HopRole)> {
    match seen.event_id {
        4698 => return Some((HopMethod::Task, HopRole::Task)),
        5145 => {
            let path = seen.field("RelativeTargetName")?;
            return is_psexec(path).then_some((HopMethod::PsExec, HopRole::Share));
        }
        _ => {}
    }
    match seen.action? {
        Action::ServiceInstalled => Some((of_service(seen), HopRole::Service)),
        Action::ShareAccessed => {
            let share = seen.object.as_deref()?;
            (!share.to_ascii_uppercase().ends_with("IPC$")).then_some((HopMethod::Smb, HopRole::Share))
        }
        Action::ProcessStarted => Some((of_program(seen)?, HopRole::Program)),
        _ => None,
    }
}

fn of_service(seen: &Observation) -> HopMethod {
    let told = [seen.object.as_deref(), seen.process.command_line.as_deref(), seen.process.image.as_deref()];
    let told = told.into_iter().flatten().chain(seen.field("ImagePath"));
    if told.into_iter().any(is_psexec) { HopMethod::PsExec } else { HopMethod::Service }
}

fn is_psexec(text: &str) -> bool {
    text.to_ascii_lowercase().contains("psexesvc")
}

/// Programs that serve visitors, and children of such programs.
fn of_program(seen: &Observation) -> Option<HopMethod> {
    let base = |path: &Option<String>| {
        path.as_deref().map(|path| file_name(path).to_ascii_lowercase()).unwrap_or_default()
    };
    let for_dcom = |line: &Option<String>| {
        line.as_deref().is_some_and(|l| l.to_ascii_lowercase().contains("-embedding"))
    };
    match (base(&seen.process.image).as_str(), base(&seen.process.parent_image).as_str()) {
        ("wsmprovhost.exe" | "winrshost.exe", _) | (_, "wsmprovhost.exe" | "winrshost.exe") => {
            Some(HopMethod::WinRm)
        }
        (_, "wmiprvse.exe") => Some(HopMethod::Wmi),
        ("mmc.exe", _) if for_dcom(&seen.process.command_line) => Some(HopMethod::Dcom),
        (_, "mmc.exe") if for_dcom(&seen.process.parent_command_line) => Some(HopMethod::Dcom),
        _ => None,
    }
}
