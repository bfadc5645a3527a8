//! What a detector found: facts, not sentences, and the records and sessions that they are taken from.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::receipt::named;
use crate::{Certainty, EventUid, FindingUid, SessionUid, Timestamp};

named! {
    /// How much a finding asks to be looked at.
    Weight {
        /// Ordinary by itself; it explains other findings.
        Info = "info",
        /// Mostly ordinary.
        Low = "low",
        /// Not ordinary; there may be a good reason.
        Medium = "medium",
        /// What an intrusion looks like.
        High = "high",
    }
}

named! {
    /// The part that a session plays in a finding.
    SessionPart {
        /// It did what was found.
        Actor = "actor",
        /// It was done to.
        Victim = "victim",
        /// It is one of the attempts that failed.
        Attempt = "attempt",
        /// It came out of what was found.
        Outcome = "outcome",
    }
}

named! {
    /// The part that a record plays in a finding.
    RecordPart {
        /// The finding stands on it.
        Key = "key",
        /// It belongs to what was found.
        Context = "context",
        /// It came after.
        Followed = "followed",
    }
}

named! {
    /// What a fact is about.
    FactName {
        /// Which form of what the detector looks for it is.
        Variant = "variant",
        /// Account that did it.
        User = "user",
        /// Account that it was done to.
        Victim = "victim",
        /// Account that was made or changed.
        Account = "account",
        /// Group.
        Group = "group",
        /// Group that the account was in, and was taken out of again.
        LeftGroup = "left-group",
        /// Account whose password a domain controller, or the machine that holds it, found right.
        RightPassword = "right-password",
        /// Account that was given a ticket without showing that it knows its password.
        NoPreauthentication = "no-preauthentication",
        /// Source address, or name of the source machine.
        Source = "source",
        /// Which of the facts is only possible: `user`, `source`.
        Perhaps = "perhaps",
        /// Source address from which the same was used before.
        Before = "before",
        /// Target that was meant: a machine, an address, a port.
        Target = "target",
        /// Program.
        Program = "program",
        /// Command line.
        Command = "command",
        /// Program that started it.
        Parent = "parent",
        /// Folder.
        Folder = "folder",
        /// Service.
        Service = "service",
        /// Scheduled task.
        Task = "task",
        /// Network share.
        Share = "share",
        /// Named pipe.
        Pipe = "pipe",
        /// Event log.
        Log = "log",
        /// Terminal session.
        TerminalSession = "terminal-session",
        /// Attempts that failed.
        Failures = "failures",
        /// Most failures within one minute.
        Peak = "peak",
        /// Different users.
        Users = "users",
        /// Different source addresses.
        Sources = "sources",
        /// Different hosts.
        Hosts = "hosts",
        /// How often.
        Count = "count",
        /// When the attempt succeeded, or what was prepared was used.
        Success = "success",
        /// Processes that were started afterwards.
        Processes = "processes",
        /// Services that were installed afterwards.
        Services = "services",
        /// Scheduled tasks that were made afterwards.
        Tasks = "tasks",
        /// Administrative shares that were opened afterwards.
        Shares = "shares",
        /// Logons elsewhere that were tried with explicit credentials afterwards.
        Logons = "logons",
        /// Accounts that were made or changed afterwards.
        Accounts = "accounts",
        /// Logs that were cleared afterwards.
        Clears = "clears",
    }
}

/// One fact: a text, a number or a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about.
    pub name: FactName,
    /// Its value, if that is a text, as logged.
    pub text: Option<String>,
    /// Its value, if that is a number.
    pub number: Option<u64>,
    /// Its value, if that is a time.
    pub time: Option<Timestamp>,
}

/// A session that has to do with a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingSession {
    /// Which one.
    pub session_uid: SessionUid,
    /// The part that it plays.
    pub part: SessionPart,
    /// How sure it is that it belongs here.
    pub sure: Certainty,
}

/// A record that a finding is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// Identity of the record.
    pub event_uid: EventUid,
    /// Host, lower-cased.
    pub computer: String,
    /// Full channel name.
    pub log: String,
    /// Event ID.
    pub event_id: u32,
    /// Record ID within its log.
    pub record_id: u64,
    /// When.
    pub time: Timestamp,
    /// The part that it plays.
    pub part: RecordPart,
}

/// What a detector found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Identity, from the detector and the records that the finding stands on: the same on every run and machine.
    pub finding_uid: FindingUid,
    /// Name of the detector.
    pub detector: String,
    /// How much it asks to be looked at.
    pub weight: Weight,
    /// Hosts, lower-cased.
    pub hosts: Vec<String>,
    /// When it began.
    pub first: Timestamp,
    /// When it was over.
    pub last: Timestamp,
    /// Accounts that have to do with it, as logged.
    pub users: Vec<String>,
    /// Source addresses, or names of source machines where no address is known.
    pub sources: Vec<String>,
    /// ATT&CK techniques.
    pub attack: Vec<String>,
    /// What its text is made of.
    pub facts: Vec<Fact>,
    /// Sessions, the first 100.
    pub sessions: Vec<FindingSession>,
    /// How many sessions there are.
    pub sessions_total: u64,
    /// Records, the first 100.
    pub records: Vec<FindingRecord>,
    /// How many records there are.
    pub records_total: u64,
}

impl Finding {
    /// The first text of this name.
    pub fn text(&self, name: FactName) -> Option<&str> {
        self.texts(name).next()
    }

    /// All texts of this name.
    pub fn texts(&self, name: FactName) -> impl Iterator<Item = &str> {
        self.facts.iter().filter(move |fact| fact.name == name).filter_map(|fact| fact.text.as_deref())
    }

    /// The number of this name.
    pub fn number(&self, name: FactName) -> Option<u64> {
        self.facts.iter().find(|fact| fact.name == name).and_then(|fact| fact.number)
    }

    /// The time of this name.
    pub fn time(&self, name: FactName) -> Option<Timestamp> {
        self.facts.iter().find(|fact| fact.name == name).and_then(|fact| fact.time)
    }
}

/// Identity of a finding: of its detector and the records that it stands on, in any order.
pub fn finding_uid(detector: &str, keys: &[EventUid]) -> FindingUid {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let mut hash = Sha256::new();
    hash.update(detector.as_bytes());
    hash.update([0]);
    for key in keys {
        hash.update(key.0.to_be_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    FindingUid(u64::from_be_bytes(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_of_the_detector_and_of_its_records_in_any_order() {
        let [a, b] = [EventUid(1), EventUid(2)];
        assert_eq!(finding_uid("one", &[a, b]), finding_uid("one", &[b, a, a]));
        assert_ne!(finding_uid("one", &[a, b]), finding_uid("two", &[a, b]));
        assert_ne!(finding_uid("one", &[a, b]), finding_uid("one", &[a]));
        let uid = finding_uid("one", &[a]);
        assert_eq!(uid.to_string().parse::<FindingUid>().as_ref(), Ok(&uid));
    }

    #[test]
    fn weights_are_in_their_order() {
        assert!(Weight::ALL.is_sorted());
    }
}
