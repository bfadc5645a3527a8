//! From the roles that the catalog gives to fields to the typed columns of an event.

use kilroy_catalog::FieldRole;
use kilroy_model::{Account, Authentication, Endpoint, Network, Outcome, Process, SessionRefs};

use crate::values::{address, boolean, guid, luid, number, port, text, verbatim};

/// The columns that roles fill.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) account: Account,
    pub(crate) subject: Account,
    pub(crate) session: SessionRefs,
    pub(crate) authentication: Authentication,
    pub(crate) outcome: Outcome,
    pub(crate) network: Network,
    pub(crate) process: Process,
    pub(crate) object: Option<String>,
    pub(crate) old_value: Option<String>,
    pub(crate) new_value: Option<String>,
}

/// Name, domain and SID of one account, before they are read together: a name may bring its domain along.
#[derive(Default)]
struct Named<'a> {
    user: Option<&'a str>,
    domain: Option<&'a str>,
    sid: Option<&'a str>,
}

impl Named<'_> {
    fn account(&self) -> Account {
        Account::new(self.user, self.domain, self.sid)
    }
}

impl Columns {
    /// Reads the fields of an event by their roles. Where a role has several fields, the first one that says something
    /// counts.
    pub(crate) fn read(roles: &[(FieldRole, &str)], data: &[(String, String)]) -> Self {
        let mut columns = Self::default();
        let (mut account, mut subject) = (Named::default(), Named::default());
        for (role, name) in roles {
            if let Some(value) = value(data, name) {
                columns.fill(*role, value, &mut account, &mut subject);
            }
        }
        columns.account = account.account();
        columns.subject = subject.account();
        columns
    }

    /// Fills the column of one role, by the kind of its values.
    #[rustfmt::skip] // One line per role.
    fn fill<'a>(&mut self, role: FieldRole, value: &'a str, account: &mut Named<'a>, subject: &mut Named<'a>) {
        let Self { session, authentication, outcome, network, process, object, old_value, new_value, .. } = self;
        let named = || text(value).map(str::to_owned);
        let exact = || verbatim(value).map(str::to_owned);
        match role {
            FieldRole::User => fill(&mut account.user, text(value)),
            FieldRole::Domain => fill(&mut account.domain, text(value)),
            FieldRole::Sid => fill(&mut account.sid, text(value)),
            FieldRole::SubjectUser => fill(&mut subject.user, text(value)),
            FieldRole::SubjectDomain => fill(&mut subject.domain, text(value)),
            FieldRole::SubjectSid => fill(&mut subject.sid, text(value)),

            FieldRole::LogonId => fill(&mut session.logon_id, luid(value)),
            FieldRole::SubjectLogonId => fill(&mut session.subject_logon_id, luid(value)),
            FieldRole::LinkedLogonId => fill(&mut session.linked_logon_id, luid(value)),
            FieldRole::LogonGuid => fill(&mut session.logon_guid, guid(value)),
            FieldRole::LogonType => fill(&mut session.logon_type, number(value)),
            FieldRole::TerminalSession => fill(&mut session.terminal_session, number(value)),
            FieldRole::SessionName => fill(&mut session.session_name, named()),

            FieldRole::AuthPackage => fill(&mut authentication.package, named()),
            FieldRole::LogonProcess => fill(&mut authentication.logon_process, named()),
            FieldRole::LmPackage => fill(&mut authentication.lm_package, named()),
            FieldRole::Elevated => fill(&mut authentication.elevated, boolean(value)),

            FieldRole::Status => fill(&mut outcome.status, named()),
            FieldRole::SubStatus => fill(&mut outcome.sub_status, named()),
            FieldRole::Reason => fill(&mut outcome.reason, number(value)),

            FieldRole::SrcAddress => fill_address(&mut network.src, value),
            FieldRole::SrcPort => fill(&mut network.src.port, port(value)),
            FieldRole::SrcHost => fill(&mut network.src.host, named()),
            FieldRole::DstAddress => fill_address(&mut network.dst, value),
            FieldRole::DstPort => fill(&mut network.dst.port, port(value)),
            FieldRole::DstHost => fill(&mut network.dst.host, named()),

            FieldRole::ProcessGuid => fill(&mut process.guid, guid(value)),
            FieldRole::Pid => fill(&mut process.pid, number(value)),
            FieldRole::Image => fill(&mut process.image, named()),
            FieldRole::CommandLine => fill(&mut process.command_line, exact()),
            FieldRole::ParentGuid => fill(&mut process.parent_guid, guid(value)),
            FieldRole::ParentPid => fill(&mut process.parent_pid, number(value)),
            FieldRole::ParentImage => fill(&mut process.parent_image, named()),
            FieldRole::ParentCommandLine => fill(&mut process.parent_command_line, exact()),
            FieldRole::Hashes => fill(&mut process.hashes, named()),

            FieldRole::Object => fill(object, named()),
            FieldRole::OldValue => fill(old_value, exact()),
            FieldRole::NewValue => fill(new_value, exact()),
        }
    }
}

/// The value of a field; the case of its name differs between versions of Windows (`LogonID`, `LogonId`).
fn value<'a>(data: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let exact = data.iter().find(|(n, _)| n == name);
    exact.or_else(|| data.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))).map(|(_, value)| value.as_str())
}

fn fill<T>(column: &mut Option<T>, value: Option<T>) {
    if column.is_none() {
        *column = value;
    }
}

/// An address brings its port along, and may say that it was the machine itself.
fn fill_address(endpoint: &mut Endpoint, value: &str) {
    if endpoint.ip.is_some() || endpoint.local {
        return;
    }
    if let Some(address) = address(value) {
        endpoint.ip = address.ip;
        endpoint.local = address.local;
        fill(&mut endpoint.port, address.port);
    }
}

#[cfg(test)]
mod tests;
