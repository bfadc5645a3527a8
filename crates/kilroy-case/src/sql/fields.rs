//! One field out of the JSON of all of them, without taking apart the others.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

/// The value of a field, as text. A name that stands several times in an event has numbers in the table (`Data[1]`): the
/// name alone means the first of them.
pub(super) fn field(json: &str, name: &str) -> Result<Option<String>, String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let wrong = |error| format!("field: the first argument is no JSON object: {error}");
    reader.deserialize_map(Wanted { name }).map_err(wrong)
}

struct Wanted<'n> {
    name: &'n str,
}

impl Wanted<'_> {
    fn is(&self, name: &str) -> bool {
        if name.len() == self.name.len() {
            return name.eq_ignore_ascii_case(self.name);
        }
        let bare = name.strip_suffix("[1]").unwrap_or(name);
        bare.len() < name.len() && bare.eq_ignore_ascii_case(self.name)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut entries: M) -> Result<Self::Value, M::Error> {
        let mut found = None;
        while let Some(name) = entries.next_key::<std::borrow::Cow<'_, str>>()? {
            if found.is_none() && self.is(&name) {
                found = Some(entries.next_value::<serde_json::Value>()?);
            } else {
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found.and_then(|value| match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text),
            other => Some(other.to_string()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_of_many() {
        let json = r#"{"SubjectUserName":"a","TargetUserName":"al\"ice","Empty":"","None":null,"Data[1]":"x","Data[2]":"y","N":7}"#;
        for (name, want) in [
            ("TargetUserName", Some("al\"ice")),
            ("targetusername", Some("al\"ice")),
            ("Empty", Some("")),
            ("None", None),
            ("Nothing", None),
            ("Data", Some("x")),
            ("Data[2]", Some("y")),
            ("N", Some("7")),
        ] {
            assert_eq!(field(json, name).unwrap().as_deref(), want, "{name}");
        }
        assert_eq!(field("{}", "a").unwrap(), None);
        assert!(field("no", "a").is_err());
    }
}
