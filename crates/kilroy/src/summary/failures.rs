//! Sources over all users: who tried, whom they tried, and whether it worked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use kilroy_model::{AccessSession, Scope, SessionOutcome, SessionUid, Timestamp};
use serde::Serialize;

use crate::rows::Tally;

/// One source address, or one machine's name where there is no address.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Address {
    pub(crate) source: String,
    pub(crate) scope: Scope,
    pub(crate) sessions: u64,
    pub(crate) failures: u64,
    pub(crate) denied: u64,
    pub(crate) users: Vec<String>,
    pub(crate) users_failed: Vec<String>,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
}

/// What one user tried from one source, some hundred bytes: a log that many machines reach has as many of them as it has
/// sessions.
#[derive(Debug, Default)]
struct Tried {
    tally: Tally,
    /// Spellings of the user's name and, where there is no address, of the machine's, each with how often it was met.
    users: Vec<(Name, u32)>,
    clients: Vec<(Name, u32)>,
}

/// Scope, address, machine and user, both in small letters.
type Key = (Scope, Option<Name>, Option<Name>, Option<Name>);

/// All attempts by source and user.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    names: Names,
    tried: HashMap<Key, Tried>,
    last_failures: HashMap<Name, SessionUid>,
}

impl Attempts {
    /// Counts a session. Sessions come in the order of their table.
    pub(crate) fn add(&mut self, session: &AccessSession) {
        let AccessSession { ip, client, user, .. } = session;
        let source = ip.as_ref().or(client.as_ref());
        if session.outcome == SessionOutcome::Failure
            && let Some(source) = source
        {
            self.last_failures.insert(self.names.number(source), session.session_uid);
        }
        if source.is_none() {
            return;
        }
        let names = &mut self.names;
        let ip = ip.as_ref().map(|ip| names.number(ip));
        let client = client.as_ref().filter(|_| ip.is_none());
        let key = (
            session.scope,
            ip,
            client.map(|c| names.number(&c.to_lowercase())),
            user.as_ref().map(|u| names.number(&u.to_lowercase())),
        );
        let tried = self.tried.entry(key).or_default();
        tried.tally.add(session);
        for (spelling, spellings) in [(user.as_ref(), &mut tried.users), (client, &mut tried.clients)] {
            let Some(name) = spelling.map(|s| names.number(s)) else { continue };
            match spellings.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => spellings.push((name, 1)),
            }
        }
    }

    /// All sources, those with the most failures first, then those with the most sessions; and the last failure of each.
    pub(crate) fn sources(self) -> (Vec<Address>, LastFailures) {
        let Self { names, tried, last_failures } = self;
        let mut tried: Vec<(Key, Tried)> = tried.into_iter().collect();
        // As the rows of `kilroy sources` are: by scope, address, machine and user.
        tried.sort_by_cached_key(|((scope, ip, client, user), _)| {
            let text = |name: &Option<Name>| name.map(|n| names.get(n));
            let address: Option<IpAddr> = text(ip).and_then(|ip| ip.parse().ok());
            (distance(*scope), address, text(ip), text(client), text(user))
        });
        let mut all: BTreeMap<Name, Address> = BTreeMap::new();
        for ((scope, ip, ..), Tried { tally, users, clients }) in tried {
            let Some(source) = ip.or_else(|| names.most_common(&clients)) else { continue };
            let address =
                all.entry(source).or_insert_with(|| Address::new(names.get(source).to_owned(), scope));
            address.add(&tally, names.most_common(&users).map_or("?", |user| names.get(user)));
        }
        let mut all: Vec<Address> = all.into_values().collect();
        all.sort_by(|a, b| {
            (b.failures, b.sessions + b.denied, &a.source).cmp(&(
                a.failures,
                a.sessions + a.denied,
                &b.source,
            ))
        });
        (all, LastFailures { names, of: last_failures })
    }
}

/// The last failed session of each source.
#[derive(Debug)]
pub(crate) struct LastFailures {
    names: Names,
    of: HashMap<Name, SessionUid>,
}

impl LastFailures {
    pub(crate) fn of(&self, source: &str) -> Option<SessionUid> {
        self.of.get(self.names.numbers.get(source)?).copied()
    }
}

/// Farthest away first.
fn distance(scope: Scope) -> u8 {
    match scope {
        Scope::External => 0,
        Scope::Internal => 1,
        Scope::Loopback => 2,
        Scope::Local => 3,
        Scope::Unknown => 4,
    }
}

/// Number of a text.
type Name = u32;

/// Texts, each kept once.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Names {
    fn number(&mut self, text: &str) -> Name {
        if let Some(&known) = self.numbers.get(text) {
            return known;
        }
        // No table has four thousand million names.
        let new = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, new);
        new
    }

    fn get(&self, name: Name) -> &str {
        &self.texts[name as usize]
    }

    /// The spelling that was met most often; of equally common ones the first in the alphabet.
    fn most_common(&self, spellings: &[(Name, u32)]) -> Option<Name> {
        let by_count = |(name, count): &&(Name, u32)| (*count, Reverse(self.get(*name)));
        spellings.iter().max_by_key(by_count).map(|(name, _)| *name)
    }
}

impl Address {
    fn new(source: String, scope: Scope) -> Self {
        Self {
            source,
            scope,
            sessions: 0,
            failures: 0,
            denied: 0,
            users: Vec::new(),
            users_failed: Vec::new(),
            first: None,
            last: None,
        }
    }

    fn add(&mut self, tally: &Tally, user: &str) {
        self.sessions += tally.sessions;
        self.failures += tally.failures;
        self.denied += tally.denied;
        self.first = [self.first, tally.first].into_iter().flatten().min();
        self.last = self.last.max(tally.last);
        if tally.sessions > 0 {
            self.users.push(user.to_owned());
        }
        if tally.failures > 0 {
            self.users_failed.push(user.to_owned());
        }
    }
}
