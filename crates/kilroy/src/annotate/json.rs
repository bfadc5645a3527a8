//! Rows that are objects of JSON.

use serde_json::Value;

use super::columns::{Says, names, plain};

/// How deep below the top a value is looked for.
const DEEPEST: usize = 4;

/// The values of an object with the names on the way to them, the upper ones first.
pub(super) struct Values {
    found: Vec<(String, String, String)>,
}

impl Values {
    /// None: it is no object.
    pub(super) fn of(row: &[u8]) -> Option<Self> {
        let Ok(Value::Object(object)) = serde_json::from_slice(row) else { return None };
        let mut found = Vec::new();
        let mut level = vec![(String::new(), object)];
        for _ in 0..DEEPEST {
            let mut below = Vec::new();
            for (path, object) in level {
                for (name, value) in object {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    match value {
                        Value::Object(inner) => below.push((path, inner)),
                        Value::String(text) => found.push((path, plain(&name), text)),
                        Value::Number(number) => found.push((path, plain(&name), number.to_string())),
                        _ => {}
                    }
                }
            }
            level = below;
        }
        Some(Self { found })
    }

    /// The value of a name that was asked for: the name itself, or the way to it with dots.
    pub(super) fn named(&self, name: &str) -> Option<&str> {
        let found = self.found.iter().find(|(path, ..)| path.eq_ignore_ascii_case(name));
        found.map(|(.., value)| value.as_str())
    }

    /// The value that says this, by the names that tools give it.
    pub(super) fn says(&self, says: Says) -> Option<&str> {
        names(says).iter().find_map(|wanted| {
            let by_path = |path: &str| plain(path) == *wanted;
            let found = self.found.iter().find(|(path, name, _)| name == wanted || by_path(path));
            found.map(|(.., value)| value.as_str())
        })
    }

    /// Is there such a name at the top?
    pub(super) fn has(&self, name: &str) -> bool {
        self.found.iter().any(|(path, ..)| path == name)
    }
}
