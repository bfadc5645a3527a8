//! The sessions of a case, ready to be asked what belongs to them.

use kilroy_findings::activity::{IndexBuilder, SessionIndex};
use kilroy_model::AccessSession;

use crate::{Case, CaseError};

impl Case {
    /// An index of the sessions on those hosts that are wanted. Each of these sessions is handed on as well, in the order of
    /// the table and without its records: so the index knows no session by its records.
    pub fn session_index(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        each: &mut dyn FnMut(AccessSession),
    ) -> Result<SessionIndex, CaseError> {
        let mut index = IndexBuilder::default();
        self.each_access_session_in_brief(&mut |session| {
            if wanted(&session.computer) {
                index.session(&session);
                each(session);
            }
        })?;
        self.each_logon_session(&mut |logon| {
            if wanted(&logon.computer) {
                index.logon(&logon);
            }
        })?;
        for boot in self.boots()? {
            if wanted(&boot.computer) {
                index.boot(&boot);
            }
        }
        self.each_log_coverage(&mut |log| {
            if log.names.iter().chain([&log.computer]).any(|name| wanted(name)) {
                index.log(&log);
            }
        })?;
        Ok(index.build())
    }
}
