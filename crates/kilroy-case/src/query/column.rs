//! The columns of the event table, as a question names them.

use std::sync::LazyLock;

use arrow_schema::DataType;
use kilroy_model::event_schema;

/// A column, by its name in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column {
    /// Its place in the schema.
    pub(crate) place: usize,
}

/// What is in a column, as far as questions are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A user name; the domain stands in the column of this name.
    User(&'static str),
    /// The machine.
    Host,
    /// An address, or `LOCAL`.
    Address,
    /// A GUID, without braces.
    Guid,
    /// A whole number.
    Number,
    /// A level: a number with a name.
    Level,
    /// Yes or no.
    Flag,
    /// A time.
    Time,
    /// All fields as logged.
    Fields,
}

/// The names of all columns.
static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| event_schema().fields().iter().map(|field| field.name().clone()).collect());

/// Other names by which people know columns.
const ALIASES: &[(&str, &str)] =
    &[("ip", "src_ip"), ("computer", "host"), ("uid", "event_uid"), ("luid", "logon_id"), ("id", "event_id")];

/// Texts that are different in nearly every row. Reading them as dictionaries would only cost.
const VARIED: &[&str] = &[
    "event_uid",
    "logon_id",
    "logon_guid",
    "activity_id",
    "process_guid",
    "command_line",
    "parent_command_line",
    "object",
    "hashes",
    "old_value",
    "new_value",
];

/// Identities: written in one way, different in most rows, and asked for one by one. A bloom filter tells of nearly every
/// group of rows that it has not the one, without a look at them. (Where texts recur, their dictionary tells as much.)
pub(crate) const BLOOM: [&str; 4] = ["event_uid", "logon_id", "logon_guid", "process_guid"];

impl Column {
    /// The column of this name, or of this other name of it; case does not matter.
    pub fn named(name: &str) -> Option<Self> {
        let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
        let name = alias.map_or(name, |(_, name)| name);
        let place = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        Some(Self { place })
    }

    /// All columns, in the order of the schema.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..NAMES.len()).map(|place| Self { place })
    }

    /// Its name in the schema.
    pub fn name(self) -> &'static str {
        NAMES.get(self.place).map_or("", String::as_str)
    }

    /// What is in it.
    pub fn kind(self) -> Kind {
        let schema = event_schema();
        let field = schema.field(self.place);
        match (field.name().as_str(), field.data_type()) {
            ("host", _) => Kind::Host,
            ("user", _) => Kind::User("domain"),
            ("subject_user", _) => Kind::User("subject_domain"),
            ("src_ip" | "dst_ip", _) => Kind::Address,
            ("level", _) => Kind::Level,
            ("activity_id" | "related_activity_id" | "logon_guid" | "process_guid" | "parent_guid", _) => {
                Kind::Guid
            }
            (_, DataType::Utf8) => Kind::Text,
            (_, DataType::Boolean) => Kind::Flag,
            (_, DataType::Timestamp(..)) => Kind::Time,
            (_, DataType::Map(..)) => Kind::Fields,
            _ => Kind::Number,
        }
    }

    /// Whether the same few texts come again and again.
    pub(crate) fn recurs(self) -> bool {
        let schema = event_schema();
        let field = schema.field(self.place);
        *field.data_type() == DataType::Utf8 && !VARIED.contains(&field.name().as_str())
    }

    /// Whether each group of rows has a bloom filter of it.
    pub(crate) fn is_in_bloom(self) -> bool {
        BLOOM.contains(&self.name())
    }

    /// Whether reading it costs much more than reading a number.
    pub(crate) fn is_heavy(self) -> bool {
        match event_schema().field(self.place).data_type() {
            DataType::Utf8 => !self.recurs(),
            DataType::Map(..) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_by_their_names() {
        let name = |text: &str| Column::named(text).map(Column::name);
        assert_eq!(name("event_id"), Some("event_id"));
        assert_eq!(name("IP"), Some("src_ip"));
        assert_eq!(name("Computer"), Some("host"));
        assert_eq!(name("colour"), None);
        for column in ALIASES.iter().map(|(_, name)| name).chain(VARIED).chain(&BLOOM) {
            assert!(Column::named(column).is_some(), "{column}");
        }
        assert_eq!(Column::named("time").unwrap().kind(), Kind::Time);
        assert_eq!(Column::named("level").unwrap().kind(), Kind::Level);
        assert_eq!(Column::named("fields").unwrap().kind(), Kind::Fields);
    }
}
