//! From the roles that the catalog gives to fields to the typed columns of an event.

use kilroy_catalog::FieldRole;
use kilroy_model::{Account, Authentication, Endpoint, Network, Outcome, Process, SessionRefs};

use crate::values::{Logged, address, boolean, text, verbatim};

/// The columns that roles fill.
#[derive(Debug, Default)]
pub(crate) struct Columns<'a> {
    account: Named<'a>,
    subject: Named<'a>,
    pub(crate) session: SessionRefs<&'a str>,
    pub(crate) authentication: Authentication<&'a str>,
    pub(crate) outcome: Outcome<&'a str>,
    pub(crate) network: Network<&'a str>,
    pub(crate) process: Process<&'a str>,
    pub(crate) object: Option<&'a str>,
    pub(crate) old_value: Option<&'a str>,
    pub(crate) new_value: Option<&'a str>,
    /// What goes in front of the two values.
    old_date: Option<&'a str>,
    new_date: Option<&'a str>,
}

/// Name, domain and SID of one account, before they are read together: a name may bring its domain along.
#[derive(Debug, Default)]
struct Named<'a> {
    user: Option<&'a str>,
    domain: Option<&'a str>,
    sid: Option<&'a str>,
}

impl<'a> Named<'a> {
    fn account(&self) -> Account<&'a str> {
        Account::read(self.user, self.domain, self.sid)
    }
}

impl<'a> Columns<'a> {
    /// The account that the event is about.
    pub(crate) fn account(&self) -> Account<&'a str> {
        self.account.account()
    }

    /// The account that caused it.
    pub(crate) fn subject(&self) -> Account<&'a str> {
        self.subject.account()
    }

    /// Fills the column of one role, by the kind of its values, if nothing has filled it yet. Where a role has several
    /// fields, the first one that says something counts.
    #[rustfmt::skip] // One line per role.
    pub(crate) fn fill(&mut self, role: FieldRole, logged: Logged<'a>) {
        let Self { account, subject, session, authentication, outcome, network, process, object, old_value, new_value, old_date, new_date } = self;
        let value = logged.text;
        let named = || text(value);
        let exact = || verbatim(value);
        match role {
            FieldRole::User => fill(&mut account.user, text(value)),
            FieldRole::Domain => fill(&mut account.domain, text(value)),
            FieldRole::Sid => fill(&mut account.sid, text(value)),
            FieldRole::SubjectUser => fill(&mut subject.user, text(value)),
            FieldRole::SubjectDomain => fill(&mut subject.domain, text(value)),
            FieldRole::SubjectSid => fill(&mut subject.sid, text(value)),

            FieldRole::LogonId => fill(&mut session.logon_id, logged.luid()),
            FieldRole::SubjectLogonId => fill(&mut session.subject_logon_id, logged.luid()),
            FieldRole::LinkedLogonId => fill(&mut session.linked_logon_id, logged.luid()),
            FieldRole::LogonGuid => fill(&mut session.logon_guid, logged.guid()),
            FieldRole::LogonType => fill(&mut session.logon_type, logged.number()),
            FieldRole::TerminalSession => fill(&mut session.terminal_session, logged.number()),
            FieldRole::SessionName => fill(&mut session.session_name, named()),

            FieldRole::AuthPackage => fill(&mut authentication.package, named()),
            FieldRole::LogonProcess => fill(&mut authentication.logon_process, named()),
            FieldRole::LmPackage => fill(&mut authentication.lm_package, named()),
            FieldRole::Elevated => fill(&mut authentication.elevated, boolean(value)),
            FieldRole::RestrictedAdmin => fill(&mut authentication.restricted_admin, boolean(value)),
            FieldRole::CredentialGuard => fill(&mut authentication.credential_guard, boolean(value)),

            FieldRole::Status => fill(&mut outcome.status, named()),
            FieldRole::SubStatus => fill(&mut outcome.sub_status, named()),
            FieldRole::Reason => fill(&mut outcome.reason, logged.number()),

            FieldRole::SrcAddress => fill_address(&mut network.src, value),
            FieldRole::SrcPort => fill(&mut network.src.port, logged.port()),
            FieldRole::SrcHost => fill(&mut network.src.host, named()),
            FieldRole::DstAddress => fill_address(&mut network.dst, value),
            FieldRole::DstPort => fill(&mut network.dst.port, logged.port()),
            FieldRole::DstHost => fill(&mut network.dst.host, named()),

            FieldRole::ProcessGuid => fill(&mut process.guid, logged.guid()),
            FieldRole::Pid => fill(&mut process.pid, logged.number()),
            FieldRole::Image => fill(&mut process.image, named()),
            FieldRole::CommandLine => fill(&mut process.command_line, exact()),
            FieldRole::ParentGuid => fill(&mut process.parent_guid, logged.guid()),
            FieldRole::ParentPid => fill(&mut process.parent_pid, logged.number()),
            FieldRole::ParentImage => fill(&mut process.parent_image, named()),
            FieldRole::ParentCommandLine => fill(&mut process.parent_command_line, exact()),
            FieldRole::Hashes => fill(&mut process.hashes, named()),

            FieldRole::Object => fill(object, named()),
            FieldRole::OldValue => fill(old_value, exact()),
            FieldRole::NewValue => fill(new_value, exact()),
            FieldRole::OldDate => fill(old_date, named()),
            FieldRole::NewDate => fill(new_date, named()),
        }
    }

    /// Puts dates that the log has apart in front of their values.
    pub(crate) fn with_dates(&mut self, texts: &'a mut [String; 2]) {
        let parts = [(self.old_date, &mut self.old_value), (self.new_date, &mut self.new_value)];
        for (text, (date, value)) in texts.iter_mut().zip(parts) {
            if let (Some(date), Some(time)) = (date, &*value) {
                text.clear();
                text.extend([date, " ", time]);
                *value = Some(text);
            }
        }
    }
}

fn fill<T>(column: &mut Option<T>, value: Option<T>) {
    if column.is_none() {
        *column = value;
    }
}

/// An address brings its port along, and may say that it was the machine itself.
fn fill_address(endpoint: &mut Endpoint<&str>, value: &str) {
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
