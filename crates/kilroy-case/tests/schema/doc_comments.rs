//! The doc comments of the model, so that the published schema has the words that the code has.

use std::collections::BTreeMap;

/// Where the types of rows stand, and the types of their fields.
const SOURCES: [&str; 8] = [
    include_str!("../../../kilroy-model/src/account.rs"),
    include_str!("../../../kilroy-model/src/address.rs"),
    include_str!("../../../kilroy-model/src/coverage.rs"),
    include_str!("../../../kilroy-model/src/finding.rs"),
    include_str!("../../../kilroy-model/src/hop.rs"),
    include_str!("../../../kilroy-model/src/receipt.rs"),
    include_str!("../../../kilroy-model/src/session.rs"),
    include_str!("../../../kilroy-model/src/time.rs"),
];

/// What the fields of each type say, and the names of each enum's variants.
#[derive(Default)]
pub(crate) struct Docs {
    /// By type and field: what it says, and its own type without `Option` and `Vec`.
    fields: BTreeMap<(String, String), (String, String)>,
    values: BTreeMap<String, Vec<String>>,
}

impl Docs {
    pub(crate) fn of_model() -> Self {
        let mut docs = Self::default();
        for source in SOURCES {
            docs.read(source);
        }
        docs
    }

    fn read(&mut self, source: &str) {
        let mut inside = String::new();
        let mut comment: Vec<&str> = Vec::new();
        for line in source.lines().map(str::trim) {
            if let Some(text) = line.strip_prefix("///") {
                comment.push(text.trim());
                continue;
            }
            if let Some(name) = begins(line) {
                name.clone_into(&mut inside);
            } else if let Some((name, kind)) =
                line.strip_prefix("pub ").and_then(|rest| rest.strip_suffix(',')?.split_once(": "))
            {
                let kind = kind.replace("Option<", "").replace("Vec<", "").replace('>', "");
                self.fields.insert((inside.clone(), name.to_owned()), (comment.join(" "), kind));
            } else if let Some(name) = variant(line) {
                let names = self.values.entry(inside.clone()).or_default();
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
            // Attributes stand between a comment and what it is about.
            if !line.starts_with("#[") {
                comment.clear();
            }
        }
    }

    /// What is said of a place in a row: `sources[].time` of `AccessSession`.
    pub(crate) fn says(&self, of: &str, path: &str) -> String {
        // It has no field of its own: in the model, a reason is a number or a text.
        if (of, path) == ("AccessSession", "reason_number") {
            return "The reason once more, if it is a number.".to_owned();
        }
        let mut kind = of.to_owned();
        let mut says = String::new();
        for name in path.split('.').map(|step| step.trim_end_matches("[]")) {
            let found = self.fields.get(&(kind.clone(), name.to_owned()));
            (says, kind) = found.unwrap_or_else(|| panic!("{kind} says nothing of {name}")).clone();
        }
        assert!(!says.is_empty() && !says.contains('|'), "{of}: {path} says nothing that fits in a table");
        says + &self.values(&kind)
    }

    /// The values of an enum as a sentence; nothing of another type.
    pub(crate) fn values(&self, of: &str) -> String {
        let Some(names) = self.values.get(of) else { return String::new() };
        format!(" One of {}.", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
    }
}

/// The name of the type that begins here: `pub struct Name {`, `impl Name {`, and `Name {` in a macro.
fn begins(line: &str) -> Option<&str> {
    let head = line.strip_suffix('{')?.trim();
    let name = head.strip_prefix("pub struct ").or(head.strip_prefix("impl ")).unwrap_or(head);
    let name = name.split('<').next().unwrap_or(name);
    let is_name = name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric);
    is_name.then_some(name)
}

/// The name of a variant: `Variant = "name",` in a macro, `Self::Variant => "name",` else.
fn variant(line: &str) -> Option<&str> {
    let (variant, name) = line.split_once(" = ").or_else(|| line.split_once(" => "))?;
    let variant = variant.strip_prefix("Self::").unwrap_or(variant);
    let name = name.strip_suffix("\",")?.strip_prefix('"')?;
    (variant.starts_with(char::is_uppercase) && variant.chars().all(char::is_alphanumeric)).then_some(name)
}
