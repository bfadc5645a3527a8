//! New accounts, and what became of them.
//!
//! Hypothesis: somebody makes an account for himself, puts it into a group that may do something, and comes back with it.
//!
//! Needs: account management (4720, 624; 4728, 4732, 4756, those that take out of a group again, 4729, 4733, 4757, and their
//! predecessors; 4726, 630; 4738, 642), logons.
//!
//! False positives: administrators who make accounts for administrators; software that makes an account for its service; the
//! setup of Windows, which makes the first user, an administrator, who is then at the machine itself.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{
    Certainty, FactName, RecordPart, SessionPart, Timestamp, Weight, may_be_one_domain, may_be_one_host,
};

use super::{Detector, Found};
use crate::Observation;
use crate::draft::Draft;
use crate::scene::{Scene, Stay};

const NAME: &str = "account-created";

/// Who needs an account at once uses it at once; a colleague who begins next week does not.
const USED_WITHIN_MILLIS: u64 = 24 * 60 * 60 * 1000;
/// An account that is deleted so soon was made for one purpose.
const DELETED_WITHIN_MILLIS: u64 = 24 * 60 * 60 * 1000;
/// Groups that are named.
const MOST_GROUPS: usize = 10;
/// Accounts that are watched. A directory that is filled by a program has some ten thousand.
const MOST_ACCOUNTS: usize = 100_000;

/// Groups that may do something, by the end of their SID: their names differ by language.
const GROUPS: [&str; 12] = [
    "-32-544", // Administrators
    "-32-547", // Power Users
    "-32-548", // Account Operators
    "-32-549", // Server Operators
    "-32-550", // Print Operators
    "-32-551", // Backup Operators
    "-32-555", // Remote Desktop Users
    "-32-580", // Remote Management Users
    "-512",    // Domain Admins
    "-518",    // Schema Admins
    "-519",    // Enterprise Admins
    "-520",    // Group Policy Creator Owners
];

/// Finds new accounts.
#[derive(Debug, Default)]
pub(super) struct AccountCreated {
    /// By host, and SID or name.
    accounts: BTreeMap<(String, String), Account>,
}

#[derive(Debug)]
struct Account {
    draft: Draft,
    name: String,
    domain: Option<String>,
    sid: Option<String>,
    host: String,
    made: Timestamp,
    deleted: Option<Timestamp>,
    signs: BTreeSet<Sign>,
    /// Groups that may do something, by SID or name in small letters.
    groups: BTreeMap<String, Membership>,
}

/// A group that an account came into.
#[derive(Debug)]
struct Membership {
    name: String,
    /// Is it in there still?
    lasts: bool,
}

/// What tells how much a new account weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    /// Windows itself made it.
    ByWindows,
    /// The machine was being set up, and still bore another name.
    InSetup,
    /// Another machine made it: the software of a server (Exchange), which then uses it.
    ByMachine,
    /// It was made in a session from another machine.
    FromElsewhere,
    /// It was used at the machine itself.
    UsedHere,
    /// It was used from another machine.
    UsedFromElsewhere,
    /// It came into a group that may do something.
    Member,
    /// It was deleted soon.
    Deleted,
    /// It was changed after it was deleted: it is there still, and lists of accounts no longer show it.
    LivesOn,
}

impl Detector for AccountCreated {
    fn name(&self) -> &'static str {
        NAME
    }

    fn events(&self) -> &'static [u32] {
        &[624, 630, 632, 633, 636, 637, 642, 660, 661, 4720, 4726, 4728, 4729, 4732, 4733, 4738, 4756, 4757]
    }

    fn event(&mut self, event: &Observation, scene: &Scene, _found: &mut Found) {
        if !is_account_management(event) {
            return;
        }
        match event.event_id {
            4720 | 624 => self.made(event, scene),
            4726 | 630 => self.deleted(event),
            4738 | 642 => self.changed(event),
            4729 | 4733 | 4757 | 633 | 637 | 661 => self.left(event),
            _ => self.joined(event),
        }
    }

    fn finish(&mut self, scene: &Scene, found: &mut Found) {
        let mut by_name: BTreeMap<String, Vec<Account>> = BTreeMap::new();
        for account in std::mem::take(&mut self.accounts).into_values() {
            by_name.entry(account.name.to_lowercase()).or_default().push(account);
        }
        if by_name.is_empty() {
            return;
        }
        // By time: the first use counts, whatever the host.
        for stay in scene.stays().iter().filter(|stay| !stay.background) {
            let Some(user) = &stay.user else { continue };
            let Some(accounts) = by_name.get_mut(&user.to_lowercase()) else { continue };
            accounts.iter_mut().filter(|account| account.may_be(stay)).for_each(|account| account.used(stay));
        }
        by_name.into_values().flatten().for_each(|account| account.over(found));
    }
}

impl AccountCreated {
    fn made(&mut self, event: &Observation, scene: &Scene) {
        let name = event.account.user.clone().or_else(|| event.field("TargetUserName").map(str::to_owned));
        let Some(name) = name.filter(|_| self.accounts.len() < MOST_ACCOUNTS) else { return };
        let by = event.subject.user.clone();
        let mut draft = Draft::new(NAME, &["T1136"], Weight::Info);
        draft.event(event, RecordPart::Key);
        draft.user(&name);
        draft.text(FactName::Account, &name);
        if let Some(by) = &by {
            draft.user(by);
            draft.text(FactName::User, by);
        }
        let actor = scene.exact_actor(event);
        if let Some(actor) = actor {
            draft.stay(actor.stay, SessionPart::Actor, actor.sure);
        }
        let mut account = Account {
            draft,
            domain: event.account.domain.clone(),
            sid: event.account.sid.clone(),
            host: event.host.clone(),
            made: event.time,
            deleted: None,
            signs: BTreeSet::new(),
            groups: BTreeMap::new(),
            name,
        };
        if event.subject.is_windows() {
            account.signs.insert(Sign::ByWindows);
            if by.as_deref().is_some_and(|by| is_former_name(by, &event.host)) {
                account.signs.insert(Sign::InSetup);
            }
        } else if by.as_deref().is_some_and(|by| by.ends_with('$')) {
            account.signs.insert(Sign::ByMachine);
        }
        if actor.is_some_and(|actor| actor.stay.is_from_elsewhere()) {
            account.signs.insert(Sign::FromElsewhere);
        }
        let sid = event.account.sid.clone().unwrap_or_else(|| account.name.to_lowercase());
        self.accounts.insert((event.host.clone(), sid), account);
    }

    fn joined(&mut self, event: &Observation) {
        let Some(account) = self.account(event) else { return };
        let (group, sid) = group(event);
        account.draft.event(event, RecordPart::Context);
        if GROUPS.iter().any(|end| sid.ends_with(end)) || is_known_group(group) {
            account.signs.insert(Sign::Member);
            account.draft.attack("T1098.007");
            let membership = Membership { name: group.to_owned(), lasts: true };
            account.groups.insert(key_of_group(group, sid), membership);
        }
    }

    fn left(&mut self, event: &Observation) {
        let Some(account) = self.account(event) else { return };
        let (group, sid) = group(event);
        if let Some(membership) = account.groups.get_mut(&key_of_group(group, sid)) {
            membership.lasts = false;
            account.draft.event(event, RecordPart::Context);
        }
    }

    /// An account is changed when it is made; after it was deleted it cannot be.
    fn changed(&mut self, event: &Observation) {
        let Some(account) = self.account(event) else { return };
        let is_deleted = account.deleted.is_some_and(|deleted| deleted < event.time);
        if is_deleted && account.signs.insert(Sign::LivesOn) {
            account.draft.event(event, RecordPart::Context);
        }
    }

    fn deleted(&mut self, event: &Observation) {
        let Some(account) = self.account(event) else { return };
        account.draft.event(event, RecordPart::Context);
        account.deleted = account.deleted.or(Some(event.time));
        if account.made.within_millis(event.time, DELETED_WITHIN_MILLIS) {
            account.signs.insert(Sign::Deleted);
        }
    }

    /// The account that was made, by its SID, else by its name.
    fn account(&mut self, event: &Observation) -> Option<&mut Account> {
        let sid = event.account.sid.as_deref().or_else(|| event.field("MemberSid"));
        let user = event.account.user.as_deref().map(str::to_lowercase);
        let key = [sid.map(str::to_owned), user]
            .into_iter()
            .flatten()
            .map(|who| (event.host.clone(), who))
            .find(|key| self.accounts.contains_key(key))?;
        self.accounts.get_mut(&key)
    }
}

impl Account {
    /// Is it this account, used within a day? One of the machine is used there, one of a domain anywhere.
    fn may_be(&self, stay: &Stay) -> bool {
        stay.from >= self.made
            && stay.from.within_millis(self.made, USED_WITHIN_MILLIS)
            && (!self.is_local() || *stay.host == *self.host)
            && self.is_of(stay)
    }

    fn is_local(&self) -> bool {
        self.domain.as_deref().is_some_and(|domain| may_be_one_domain(domain, &self.host))
    }

    /// Accounts of one name may be of several domains, or of one and of the machine: the SID tells, else the domain.
    fn is_of(&self, stay: &Stay) -> bool {
        if let (Some(own), Some(other)) = (&self.sid, &stay.sid) {
            return own.eq_ignore_ascii_case(other);
        }
        let (Some(own), Some(other)) = (&self.domain, &stay.domain) else { return true };
        if may_be_one_domain(own, other) || &**other == "." {
            return true;
        }
        // A domain's short name need not be a part of its full one.
        let cannot_tell = own.contains('.') != other.contains('.');
        cannot_tell && !self.is_local() && !may_be_one_domain(other, &stay.host)
    }

    fn used(&mut self, stay: &Stay) {
        self.draft.stay(stay, SessionPart::Outcome, Certainty::Likely);
        self.draft.host(&stay.host);
        self.draft.touch(stay.from);
        self.draft.count(FactName::Logons);
        let here = !stay.is_from_elsewhere();
        self.signs.insert(if here { Sign::UsedHere } else { Sign::UsedFromElsewhere });
        if let Some(source) = stay.source() {
            self.draft.text_once(FactName::Source, &source, 3);
        }
    }

    fn over(self, found: &mut Found) {
        let Self { mut draft, name, signs, groups, .. } = self;
        for membership in groups.into_values().take(MOST_GROUPS) {
            let fact = if membership.lasts { FactName::Group } else { FactName::LeftGroup };
            draft.text_once(fact, &membership.name, MOST_GROUPS);
        }
        let is = |sign| signs.contains(&sign);
        let (member, deleted) = (is(Sign::Member), is(Sign::Deleted));
        let used = draft.has(FactName::Logons);
        if is(Sign::LivesOn) {
            draft.text(FactName::Variant, "lives-on");
        } else if deleted {
            draft.text(FactName::Variant, "deleted");
        }
        // A name like a machine's hides in lists.
        let hidden = name.ends_with('$');
        let weight = match () {
            () if is(Sign::LivesOn) => Weight::High,
            () if is(Sign::ByWindows) => by_windows(&name, &signs),
            () if member && used => Weight::High,
            () if hidden || member || deleted => Weight::Medium,
            () if used && is(Sign::FromElsewhere) && !is(Sign::ByMachine) => Weight::Medium,
            () => Weight::Low,
        };
        if hidden {
            draft.text(FactName::Variant, "hidden");
        }
        draft.raise(weight);
        found.add(draft);
    }
}

/// Windows makes accounts when it is set up; malware that runs as SYSTEM does, too.
fn by_windows(name: &str, signs: &BTreeSet<Sign>) -> Weight {
    let is = |sign| signs.contains(&sign);
    let of_setup = is(Sign::InSetup) || name.to_lowercase().starts_with("defaultuser");
    let (elsewhere, member) = (is(Sign::UsedFromElsewhere), is(Sign::Member));
    match () {
        () if elsewhere && member => Weight::High,
        () if elsewhere || name.ends_with('$') => Weight::Medium,
        () if !member || of_setup => Weight::Info,
        // The first user of a new machine.
        () if is(Sign::UsedHere) => Weight::Low,
        () => Weight::Medium,
    }
}

/// Is it the machine under a name that it had before? SYSTEM bears the name of the last start: setup gives the machine its own name
/// and makes the first user without a start in between.
fn is_former_name(account: &str, host: &str) -> bool {
    account.strip_suffix('$').is_some_and(|name| !may_be_one_host(name, host))
}

/// The name and the SID of a group, as far as the record has them.
fn group(event: &Observation) -> (&str, &str) {
    let name = event.object.as_deref().or_else(|| event.field("TargetUserName")).unwrap_or_default();
    let sid = event.field("TargetSid").or_else(|| event.field("TargetUserSid")).unwrap_or_default();
    (name, sid)
}

fn key_of_group(name: &str, sid: &str) -> String {
    if sid.is_empty() { name.to_lowercase() } else { sid.to_lowercase() }
}

fn is_account_management(event: &Observation) -> bool {
    matches!(event.provider.as_str(), "Microsoft-Windows-Security-Auditing" | "Security")
}

fn is_known_group(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "administrators",
        "domain admins",
        "enterprise admins",
        "remote desktop users",
        "backup operators",
        "dnsadmins",
    ];
    NAMES.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests;
