//! People, and where they came from.

use std::cmp::Reverse;

use kilroy_model::Scope;

use crate::views::{Outlier, SourceUse, Tally, UserView};

/// Somebody who was in, or who was denied although the password was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// None: no record names the user.
    pub user: Option<String>,
    /// Sessions and attempts.
    pub tally: Tally,
    /// Hosts.
    pub hosts: Vec<String>,
    /// Sources outside from which the user got in, those with the most sessions first.
    pub external: Vec<SourceUse>,
    /// Sources inside, likewise.
    pub internal: Vec<SourceUse>,
    /// The machine itself, by Remote Desktop, or by its keyboard.
    pub here: Vec<SourceUse>,
    /// Ranges of addresses that are not usual for the user.
    pub outliers: Vec<Outlier>,
}

/// Those who were in: from outside first, then who came from where it does not usually, then the busiest. A name that
/// somebody only guessed is nobody who was there.
pub(super) fn people(views: Vec<UserView>) -> Vec<Person> {
    let mut people: Vec<Person> =
        views.into_iter().filter(|view| view.tally.visits() > 0).map(Person::of).collect();
    people.sort_by_cached_key(|person| {
        let outside: u64 = person.external.iter().map(|source| source.tally.visits()).sum();
        (
            outside == 0,
            person.outliers.is_empty(),
            Reverse(person.tally.visits()),
            person.user.as_ref().map(|user| user.to_lowercase()),
        )
    });
    people
}

impl Person {
    fn of(view: UserView) -> Self {
        let from = |scopes: &[Scope]| -> Vec<SourceUse> {
            let sources = scopes.iter().flat_map(|scope| view.sources_in(*scope));
            sources.filter(|source| source.tally.visits() > 0).cloned().collect()
        };
        Self {
            external: from(&[Scope::External]),
            internal: from(&[Scope::Internal]),
            here: from(&[Scope::Loopback, Scope::Local]),
            user: view.user,
            tally: view.tally,
            hosts: view.hosts,
            outliers: view.outliers,
        }
    }
}
