//! Sources over all users: who tried, whom they tried, and whether it worked.

use std::collections::BTreeMap;

use kilroy_model::{AccessSession, Scope, Timestamp};
use serde::Serialize;

use crate::rows::{SourceRow, source_rows};

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

/// All sources, those with the most failures first, then those with the most sessions.
pub(crate) fn addresses(people: &[&AccessSession]) -> Vec<Address> {
    let mut all: BTreeMap<String, Address> = BTreeMap::new();
    for row in source_rows(people.iter().copied()) {
        let Some(source) = row.ip.clone().or_else(|| row.clients.first().cloned()) else { continue };
        let address = all.entry(source.clone()).or_insert_with(|| Address::new(source, row.scope));
        address.add(row);
    }
    let mut all: Vec<Address> = all.into_values().collect();
    all.sort_by(|a, b| {
        (b.failures, b.sessions + b.denied, &a.source).cmp(&(a.failures, a.sessions + a.denied, &b.source))
    });
    all
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

    fn add(&mut self, row: SourceRow) {
        self.sessions += row.sessions;
        self.failures += row.failures;
        self.denied += row.denied;
        self.first = [self.first, row.first].into_iter().flatten().min();
        self.last = self.last.max(row.last);
        let user = row.user.unwrap_or_else(|| "?".to_owned());
        if row.sessions > 0 {
            self.users.push(user.clone());
        }
        if row.failures > 0 {
            self.users_failed.push(user);
        }
    }
}
