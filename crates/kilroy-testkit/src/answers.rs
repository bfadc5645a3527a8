//! What is true of a scenario, written by hand.

use kilroy_evtx::{EventSpec, WriteError};
use kilroy_model::{EndKind, How, Kind, Luid, Reason, SessionOutcome, Timestamp};

use crate::account::Account;
use crate::host::Host;
use crate::log::{LogFile, Mark, bytes, log_files};

/// One access session as it is true.
#[derive(Debug, Clone)]
pub struct AccessAnswer {
    /// Host, as the session's records name it.
    pub computer: String,
    /// Account name.
    pub user: Option<String>,
    /// Account domain.
    pub domain: Option<String>,
    /// What kind of presence.
    pub kind: Kind,
    /// How it began.
    pub how: How,
    /// How it went.
    pub outcome: SessionOutcome,
    /// Source address, or `LOCAL`.
    pub ip: Option<String>,
    /// What the client calls itself.
    pub client: Option<String>,
    /// The machine behind the gateway.
    pub resource: Option<String>,
    /// Restricted Admin mode; not compared where it is `None`.
    pub restricted_admin: Option<bool>,
    /// Remote Credential Guard; not compared where it is `None`.
    pub credential_guard: Option<bool>,
    /// Terminal session ID.
    pub session_id: Option<u32>,
    /// First sign of the attempt.
    pub attempt: Option<Timestamp>,
    /// When the user was in.
    pub start: Option<Timestamp>,
    /// When it ended, if a record says so.
    pub end: Option<Timestamp>,
    /// How it ended, or what bounds it.
    pub end_kind: EndKind,
    /// The latest it can have ended.
    pub end_not_after: Option<Timestamp>,
    /// Reason code.
    pub reason: Option<Reason>,
    /// Every logon ID in its Security records.
    pub logon_ids: Vec<Luid>,
    /// Failures right before; not compared where it is `None`.
    pub prior_failures: Option<u32>,
    /// Records that must be among its sources.
    pub sources: Vec<Mark>,
    /// Records that may be among its sources, and whose absence is no fault.
    pub allowed: Vec<Mark>,
}

impl AccessAnswer {
    /// A session that was reached and is open.
    pub fn new(host: &Host, account: &Account, kind: Kind, how: How) -> Self {
        let present = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
        Self {
            computer: host.name().to_owned(),
            user: present(&account.user),
            domain: present(&account.domain),
            kind,
            how,
            outcome: SessionOutcome::Success,
            ip: None,
            client: None,
            resource: None,
            restricted_admin: None,
            credential_guard: None,
            session_id: None,
            attempt: None,
            start: None,
            end: None,
            end_kind: EndKind::Open,
            end_not_after: None,
            reason: None,
            logon_ids: vec![],
            prior_failures: None,
            sources: vec![],
            allowed: vec![],
        }
    }

    /// Where it came from; an empty name is none.
    #[must_use]
    pub fn from(mut self, ip: &str, client: &str) -> Self {
        self.ip = Some(ip.to_owned());
        self.client = Some(client.to_owned()).filter(|c| !c.is_empty());
        self
    }

    /// On which terminal session.
    #[must_use]
    pub fn on(mut self, session: u32) -> Self {
        self.session_id = Some(session);
        self
    }

    /// To which machine behind the gateway.
    #[must_use]
    pub fn to(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self
    }

    /// When it was first attempted and when the user was in.
    #[must_use]
    pub fn began(mut self, attempt: Timestamp, start: Timestamp) -> Self {
        self.attempt = Some(attempt);
        self.start = Some(start);
        self
    }

    /// A record ended it.
    #[must_use]
    pub fn ended(mut self, kind: EndKind, at: Timestamp) -> Self {
        self.end_kind = kind;
        self.end = Some(at);
        self
    }

    /// No record ended it, and this is the latest it can have ended.
    #[must_use]
    pub fn bounded(mut self, kind: EndKind, not_after: Option<Timestamp>) -> Self {
        self.end_kind = kind;
        self.end_not_after = not_after;
        self
    }

    /// LSM's reason code.
    #[must_use]
    pub fn reason(mut self, code: u32) -> Self {
        self.reason = Some(Reason::Number(code));
        self
    }

    /// LSM's reason code, where LSM is there to give it.
    #[must_use]
    pub fn reason_where(self, known: bool, code: u32) -> Self {
        if known { self.reason(code) } else { self }
    }

    /// The attempt failed at this time for this reason (as the log writes it).
    #[must_use]
    pub fn failed(mut self, attempt: Option<Timestamp>, at: Timestamp, reason: Option<&str>) -> Self {
        self.outcome = SessionOutcome::Failure;
        self.attempt = attempt;
        self.start = Some(at);
        self.reason = reason.map(|r| Reason::Code(r.to_owned()));
        self.ended(EndKind::Failed, at)
    }

    /// The attempt was refused at this time.
    #[must_use]
    pub fn denied(mut self, attempt: Timestamp, at: Timestamp) -> Self {
        self.outcome = SessionOutcome::Denied;
        self.began(attempt, at).ended(EndKind::Denied, at)
    }

    /// Its logon IDs.
    #[must_use]
    pub fn luids(mut self, luids: &[u64]) -> Self {
        self.logon_ids.extend(luids.iter().map(|&l| Luid(l)));
        self
    }

    /// Another user or domain than the account's, as these records name it.
    #[must_use]
    pub fn named(mut self, user: &str, domain: Option<&str>) -> Self {
        self.user = Some(user.to_owned());
        self.domain = domain.map(str::to_owned);
        self
    }

    /// Another name of the host.
    #[must_use]
    pub fn at_host(mut self, computer: &str) -> Self {
        computer.clone_into(&mut self.computer);
        self
    }

    /// So many failures came right before.
    #[must_use]
    pub fn after_failures(mut self, count: u32) -> Self {
        self.prior_failures = Some(count);
        self
    }

    /// Records that prove it.
    #[must_use]
    pub fn by<'a>(mut self, marks: impl IntoIterator<Item = &'a Mark>) -> Self {
        self.sources.extend(marks.into_iter().cloned());
        self
    }

    /// Records that may stand with it.
    #[must_use]
    pub fn perhaps<'a>(mut self, marks: impl IntoIterator<Item = &'a Mark>) -> Self {
        self.allowed.extend(marks.into_iter().cloned());
        self
    }
}

/// All that is true of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Access sessions, background left out.
    pub access: Vec<AccessAnswer>,
    /// Logon IDs of the background rows, one per LUID and boot; not compared where it is `None`.
    pub background: Option<Vec<Luid>>,
}

/// A story: what was logged, and what is true.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Name, which says the shape.
    pub name: &'static str,
    /// Everything logged, host after host, each in the order of logging.
    pub events: Vec<EventSpec>,
    /// What is true.
    pub answers: Answers,
    /// All records stand in one file, as ForwardedEvents has them.
    pub forwarded: bool,
}

impl Scenario {
    /// A story on some hosts. Records that a host did not keep (a log that is off, cleared or wrapped) prove nothing and
    /// are taken out of the answers.
    pub fn new(name: &'static str, hosts: &[&Host], mut access: Vec<AccessAnswer>) -> Self {
        let events: Vec<EventSpec> = hosts.iter().flat_map(|h| h.events()).cloned().collect();
        let kept = |mark: &Mark| {
            events.iter().any(|e| {
                e.record_id == mark.record_id
                    && e.channel == mark.log.channel()
                    && e.computer == mark.computer
                    && e.event_id & 0xffff == mark.event_id
                    && e.time_filetime == crate::time::filetime(mark.time)
            })
        };
        for answer in &mut access {
            answer.sources.retain(kept);
            answer.allowed.retain(kept);
        }
        Self { name, events, answers: Answers { access, background: None }, forwarded: false }
    }

    /// The same story, with its background rows.
    #[must_use]
    pub fn with_background(mut self, luids: &[u64]) -> Self {
        self.answers.background = Some(luids.iter().map(|&l| Luid(l)).collect());
        self
    }

    /// The same story, forwarded: one file for all hosts and logs, in the order of time.
    #[must_use]
    pub fn forwarded(mut self) -> Self {
        self.forwarded = true;
        self.events.sort_by_key(|e| e.time_filetime);
        self
    }

    /// One file per host and log; one for all if the story is forwarded.
    pub fn files(&self) -> Result<Vec<LogFile>, WriteError> {
        if self.forwarded {
            let name = "ForwardedEvents.evtx".to_owned();
            return Ok(vec![LogFile { name, bytes: bytes(&self.events)? }]);
        }
        log_files(&self.events)
    }
}
