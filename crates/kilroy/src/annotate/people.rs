//! The sessions of a case, and which of them a row belongs to.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use kilroy_case::Case;
use kilroy_findings::activity::{Belonging, Clues, SessionIndex};
use kilroy_model::{Account, Luid, SessionUid, Timestamp, host_key};
use kilroy_sessions::one_name_each;

use crate::rows::some_of;

/// What is told of a session.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) uid: SessionUid,
    pub(super) user: Option<String>,
    pub(super) source: Option<String>,
    pub(super) client: Option<String>,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
}

/// What a row says of its session, but for the time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) host: Option<String>,
    pub(super) user: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) sid: Option<String>,
    pub(super) luid: Option<Luid>,
    pub(super) terminal_session: Option<u32>,
}

/// The sessions of a case.
pub(crate) struct People {
    index: SessionIndex,
    /// By uid.
    told: Vec<Told>,
    /// The names of hosts, each in small letters.
    hosts: BTreeSet<String>,
    one_host: bool,
}

impl People {
    pub(crate) fn of(case: &Case) -> Result<Self> {
        let mut told = Vec::new();
        let index = case.session_index(&|_| true, &mut |session| {
            told.push(Told {
                uid: session.session_uid,
                user: session
                    .user
                    .as_deref()
                    .map(|user| crate::rows::account(Some(user), session.domain.as_deref())),
                source: session.ip.clone(),
                client: session.client.clone(),
                start: session.start.or(session.attempt),
                end: session.end,
            });
        })?;
        told.sort_unstable_by_key(|told| told.uid);
        let hosts: BTreeSet<String> = case.hosts()?.into_iter().map(|host| host_key(&host.host)).collect();
        let shown: BTreeSet<String> = one_name_each(hosts.clone()).into_values().collect();
        Ok(Self { index, told, hosts, one_host: shown.len() == 1 })
    }

    /// The host that all rows are of: the one that was named; else none if rows say theirs, or the only one of the case.
    pub(crate) fn host(&self, named: Option<&str>, rows_say: bool, file: &str) -> Result<Option<String>> {
        let some = || some_of(&self.hosts);
        match named {
            Some(name) if self.knows(name) => Ok(Some(host_key(name))),
            Some(name) => bail!("--host {name}: the case has no such host; it has {}", some()),
            None if rows_say => Ok(None),
            None if self.one_host => Ok(self.hosts.last().cloned()),
            None => bail!(
                "{file} does not say which host its rows are of, and the case has several: say which with --host ({})",
                some()
            ),
        }
    }

    /// Does the case have a host of this name?
    pub(crate) fn knows(&self, name: &str) -> bool {
        let key = host_key(name);
        self.hosts.contains(&key)
            || self.index.knows_host(&key)
            || self.hosts.iter().any(|host| host.split('.').next() == Some(&*key))
    }

    /// To which session a row belongs. Who is named decides; without a name it is whoever was there.
    pub(super) fn of_row(&self, time: Timestamp, place: &Place) -> Belonging {
        let account = Account::read(place.user.as_deref(), place.domain.as_deref(), place.sid.as_deref());
        let clues = Clues {
            host: place.host.as_deref(),
            luids: [place.luid, None],
            terminal_session: place.terminal_session,
            user: account.user,
            domain: account.domain,
            sid: account.sid,
            ..Clues::at(time)
        };
        let found = self.index.of(&clues);
        let somebody = account.user.is_some() || account.sid.is_some();
        let a_logon = place.luid.is_some_and(|luid| luid.0 != 0);
        if found.session.is_some() || somebody || a_logon {
            return found;
        }
        self.index.present(place.host.as_deref(), time)
    }

    pub(super) fn told(&self, uid: SessionUid) -> Option<&Told> {
        let at = self.told.binary_search_by_key(&uid, |told| told.uid).ok()?;
        self.told.get(at)
    }
}
