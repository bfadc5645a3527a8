//! What somebody means who types a target: a uid or its first digits, an evidence ID or path, a host, a user.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use kilroy_case::{Case, CaseError, Target, TargetKind};
use kilroy_model::{AccessSession, Account};

/// Digits from which on all records of the case are searched, not only those of sessions: that takes seconds in a large case.
const DIGITS_FOR_SEARCH: usize = 8;

/// The one thing in the case that is called like this.
pub(crate) fn target(case: &Case, typed: &str) -> Result<Target> {
    let asked = Asked::of(typed);
    if asked.name.is_empty() {
        bail!("{typed:?} names nothing; see `kilroy note --help`");
    }
    let mut found = BTreeSet::new();
    asked.among_additions(case, &mut found)?;
    asked.among_sessions(case, &mut found)?;
    asked.among_evidence(case, &mut found)?;
    asked.among_hosts(case, &mut found)?;
    asked.among_findings(case, &mut found)?;
    if found.is_empty() {
        asked.among_records(case, &mut found)?;
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => bail!(
            "nothing in the case is called {typed}: give a uid or evidence ID as the tables show it, or the name of a host or user"
        ),
        (Some(first), Some(second)) => {
            bail!(
                "{typed} may mean {}, {first} or {second}: say which, or give more digits",
                count(found.count())
            )
        }
    }
}

fn count(more: usize) -> String {
    format!("{} things, among them", more + 2)
}

/// What was typed.
struct Asked {
    /// If it was said.
    kind: Option<TargetKind>,
    /// In small letters.
    name: String,
    is_hex: bool,
}

impl Asked {
    fn of(typed: &str) -> Self {
        let typed = typed.trim();
        let (kind, name) =
            match typed.split_once(':').and_then(|(kind, rest)| Some((kind.parse().ok()?, rest))) {
                Some((kind, rest)) => (Some(kind), rest),
                None => (None, typed),
            };
        let name = name.trim().to_lowercase();
        let is_hex = !name.is_empty() && name.bytes().all(|b| b.is_ascii_hexdigit());
        Self { kind, name, is_hex }
    }

    fn may_be(&self, kind: TargetKind) -> bool {
        self.kind.is_none_or(|asked| asked == kind)
    }

    /// Are these its first digits?
    fn begins(&self, uid: &str) -> bool {
        self.is_hex && uid.starts_with(&self.name)
    }

    /// What has something noted on it can be named even if the case does not know it any more.
    fn among_additions(&self, case: &Case, found: &mut BTreeSet<Target>) -> Result<()> {
        let notes = case.notes()?.into_iter().map(|note| note.target);
        let marks = case.bookmarks()?.into_iter().map(|mark| mark.target);
        let tags = case.tags()?.into_iter().map(|tag| tag.target);
        found.extend(notes.chain(marks).chain(tags).filter(|target| {
            self.may_be(target.kind())
                && match target.kind() {
                    TargetKind::Host | TargetKind::User => target.id() == self.name,
                    TargetKind::Event | TargetKind::Session | TargetKind::Evidence | TargetKind::Finding => {
                        self.begins(target.id())
                    }
                }
        }));
        Ok(())
    }

    fn among_sessions(&self, case: &Case, found: &mut BTreeSet<Target>) -> Result<()> {
        let read = case.each_access_session(&mut |session| self.in_session(&session, found));
        match read {
            // Hosts and evidence are known without.
            Err(CaseError::NotAnalysed { .. }) => Ok(()),
            read => Ok(read?),
        }
    }

    fn in_session(&self, session: &AccessSession, found: &mut BTreeSet<Target>) {
        if self.may_be(TargetKind::Session) && self.begins(&session.session_uid.to_string()) {
            found.insert(Target::session(session.session_uid));
        }
        if self.may_be(TargetKind::Event) && self.is_hex {
            let records = session.sources.iter().map(|source| source.event_uid);
            found.extend(records.filter(|uid| self.begins(&uid.to_string())).map(Target::event));
        }
        if self.may_be(TargetKind::User)
            && let Some(user) = session.user.as_deref()
            && self.is_user(user, session.domain.as_deref())
        {
            found.insert(Target::user(user));
        }
        if self.may_be(TargetKind::Host) && self.is_host(&session.computer) {
            found.insert(Target::host(&session.computer));
        }
    }

    fn among_evidence(&self, case: &Case, found: &mut BTreeSet<Target>) -> Result<()> {
        if self.may_be(TargetKind::Evidence) {
            for row in case.evidence()? {
                let Some(id) = row.id else { continue };
                if self.begins(&id.to_string()) || row.path.to_lowercase() == self.name {
                    found.insert(Target::evidence(id));
                }
            }
        }
        Ok(())
    }

    fn among_hosts(&self, case: &Case, found: &mut BTreeSet<Target>) -> Result<()> {
        if self.may_be(TargetKind::Host) {
            let hosts = case.hosts()?.into_iter().filter(|row| self.is_host(&row.host));
            found.extend(hosts.map(|row| Target::host(&row.host)));
            // The whole name goes before bare names of others.
            if found.contains(&Target::host(&self.name)) {
                found.retain(|target| target.kind() != TargetKind::Host || target.id() == self.name);
            }
        }
        Ok(())
    }

    fn among_findings(&self, case: &Case, found: &mut BTreeSet<Target>) -> Result<()> {
        if !self.may_be(TargetKind::Finding) || !self.is_hex {
            return Ok(());
        }
        let read = case.each_finding_in_brief(&mut |finding| {
            if self.begins(&finding.finding_uid.to_string()) {
                found.insert(Target::finding(finding.finding_uid));
            }
        });
        match read {
            Err(CaseError::NotAnalysed { .. }) => Ok(()),
            read => Ok(read?),
        }
    }

    /// Records that are in no session.
    fn among_records(&self, case: &Case, found: &mut BTreeSet<Target>) -> Result<()> {
        if self.may_be(TargetKind::Event) && self.is_hex && self.name.len() >= DIGITS_FOR_SEARCH {
            found.extend(case.event_uids(&self.name, 2)?.into_iter().map(Target::event));
        }
        Ok(())
    }

    /// The name, or the name with its domain, as tables show it. A note on a user is on all accounts of that name.
    fn is_user(&self, user: &str, domain: Option<&str>) -> bool {
        let account = Account::read(Some(&self.name), None, None);
        user.to_lowercase() == self.name || (account.domain.is_some() && account.takes(Some(user), domain))
    }

    /// The name, or the bare name of one with a domain.
    fn is_host(&self, host: &str) -> bool {
        let host = host.to_lowercase();
        host == self.name || host.split_once('.').is_some_and(|(bare, _)| bare == self.name)
    }
}
