//! Judgements, and how many there are of each.

use std::collections::BTreeMap;

/// What is to be said of one field of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judgement {
    /// What complete logs would say.
    Same,
    /// Null, `unknown`, a bound that holds, or a part of a list.
    Unknown,
    /// Another value that a record of this very session proves: the record that ranks first is lost.
    Weaker,
    /// True of a logon session that was made on the way (Network Level Authentication, the throw-away logon of a reconnect,
    /// the short logon of somebody who is refused) and not of the presence: nothing that ties the two is left.
    LogonOnly,
    /// Not true, but nothing that is left says otherwise: two presences on one desktop of which every record that ends the
    /// first or begins the second is lost; failures that are counted because the success between them is lost.
    Unavoidable,
    /// No record of the session proves it.
    Wrong,
}

impl Judgement {
    /// All, best first.
    pub const ALL: [Self; 6] =
        [Self::Same, Self::Unknown, Self::Weaker, Self::LogonOnly, Self::Unavoidable, Self::Wrong];

    /// In one word, for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Unknown => "unknown",
            Self::Weaker => "weaker",
            Self::LogonOnly => "logon only",
            Self::Unavoidable => "unavoidable",
            Self::Wrong => "wrong",
        }
    }
}

/// A field that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the row's own")]
pub enum Field {
    Computer,
    User,
    Domain,
    Kind,
    How,
    Outcome,
    Ip,
    Client,
    SessionId,
    Attempt,
    Start,
    End,
    EndKind,
    EndNotAfter,
    Reason,
    LogonIds,
    PriorFailures,
    Sources,
}

impl Field {
    /// As the row names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Computer => "computer",
            Self::User => "user",
            Self::Domain => "domain",
            Self::Kind => "kind",
            Self::How => "how",
            Self::Outcome => "outcome",
            Self::Ip => "ip",
            Self::Client => "client",
            Self::SessionId => "session_id",
            Self::Attempt => "attempt",
            Self::Start => "start",
            Self::End => "end",
            Self::EndKind => "end_kind",
            Self::EndNotAfter => "end_not_after",
            Self::Reason => "reason",
            Self::LogonIds => "logon_ids",
            Self::PriorFailures => "prior_failures",
            Self::Sources => "sources",
        }
    }
}

/// How many there are of what.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// By field and judgement.
    pub fields: BTreeMap<(Field, Judgement), u64>,
    /// By story and judgement: the fields of its rows.
    pub stories: BTreeMap<(&'static str, Judgement), u64>,
    /// Rows that were judged.
    pub rows: u64,
    /// Rows none of whose records belongs to any true session.
    pub invented: u64,
}

impl Tally {
    /// Notes one judgement.
    pub fn note(&mut self, story: &'static str, field: Field, judgement: Judgement) {
        *self.fields.entry((field, judgement)).or_default() += 1;
        *self.stories.entry((story, judgement)).or_default() += 1;
    }

    /// Adds another tally.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.fields {
            *self.fields.entry(*key).or_default() += count;
        }
        for (key, count) in &other.stories {
            *self.stories.entry(*key).or_default() += count;
        }
        self.rows += other.rows;
        self.invented += other.invented;
    }

    /// How many fields are judged so.
    pub fn count(&self, judgement: Judgement) -> u64 {
        self.fields.iter().filter(|((_, j), _)| *j == judgement).map(|(_, n)| n).sum()
    }

    /// How many fields were judged.
    pub fn all(&self) -> u64 {
        self.fields.values().sum()
    }
}
