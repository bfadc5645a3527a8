//! Reads and checks `catalog/events/**.toml`.

use std::collections::{BTreeMap, BTreeSet};

use kilroy_model::{Action, Role};
use serde::Deserialize;

use crate::field_role::FieldRole;

use super::{Problem, Source, stem};

/// What stands at the top of a file. The events are read one by one, so that a problem can name its event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: String,
    channels: Vec<String>,
    /// Default for the events: do channel and event ID tell the event even without the provider?
    #[serde(default)]
    by_channel: bool,
    /// Default for the events: where the knowledge is from.
    source: Option<String>,
    event: Vec<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: u32,
    channels: Option<Vec<String>>,
    by_channel: Option<bool>,
    action: Option<String>,
    receipt_role: Option<String>,
    title: Words,
    meaning: Words,
    #[serde(default)]
    roles: BTreeMap<String, FieldNames>,
    object_kind: Option<String>,
    #[serde(default)]
    attack: Vec<String>,
    criticality: Level,
    source: Option<String>,
}

/// A text in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) en: String,
    pub(super) ko: String,
}

/// One field, or several of which the first that says something counts.
#[derive(Deserialize)]
#[serde(untagged)]
enum FieldNames {
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Low,
    Medium,
    High,
}

/// A checked entry.
pub(super) struct Entry {
    pub(super) provider: String,
    pub(super) channels: Vec<String>,
    pub(super) by_channel: bool,
    pub(super) id: u32,
    pub(super) action: Option<Action>,
    pub(super) receipt_role: Option<Role>,
    pub(super) title: Words,
    pub(super) meaning: Words,
    pub(super) roles: Vec<(FieldRole, String)>,
    pub(super) object_kind: Option<String>,
    pub(super) attack: Vec<String>,
    pub(super) criticality: Level,
    pub(super) source: String,
}

/// All entries, sorted as the tables are: by provider without regard to case, then by event ID.
pub(super) fn check(sources: &[Source], problems: &mut Vec<Problem>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut seen = BTreeMap::new();
    let mut by_channel = BTreeMap::new();
    for source in sources {
        let file = match toml::from_str::<File>(&source.text) {
            Ok(file) => file,
            Err(error) => {
                problems.push(Problem {
                    file: source.path.clone(),
                    entry: String::new(),
                    what: error.to_string(),
                });
                continue;
            }
        };
        if let Some(what) = misplaced(&source.path, &file) {
            problems.push(Problem { file: source.path.clone(), entry: String::new(), what });
        }
        for (index, value) in file.event.iter().enumerate() {
            let name = match value.get("id").and_then(toml::Value::as_integer) {
                Some(id) => format!("event {id}"),
                None => format!("event entry {}", index + 1),
            };
            let mut problem = |what: String| {
                problems.push(Problem { file: source.path.clone(), entry: name.clone(), what });
            };
            match entry(&file, value) {
                Ok(entry) => {
                    let provider = entry.provider.to_ascii_lowercase();
                    if let Some(other) = seen.insert((provider, entry.id), source.path.clone()) {
                        problem(format!("stands in catalog/{other} already"));
                    }
                    for channel in entry.channels.iter().filter(|_| entry.by_channel) {
                        let key = (channel.to_ascii_lowercase(), entry.id);
                        if let Some(other) =
                            by_channel.insert(key, source.path.clone()).filter(|o| *o != source.path)
                        {
                            problem(format!("catalog/{other} has this event of channel {channel:?} too"));
                        }
                    }
                    entries.push(entry);
                }
                Err(wrong) => wrong.into_iter().for_each(&mut problem),
            }
        }
    }
    entries.sort_by_cached_key(|e| (e.provider.to_ascii_lowercase(), e.id));
    entries
}

/// A file, or the folder it stands in, is named after its provider, so that an entry is found by its name.
fn misplaced(path: &str, file: &File) -> Option<String> {
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    if file.provider.trim().is_empty() {
        Some("empty provider".to_owned())
    } else if file.event.is_empty() {
        Some("holds no event".to_owned())
    } else if stem(path) != file.provider && folder != file.provider {
        Some(format!("neither file nor folder is named after the provider {:?}", file.provider))
    } else {
        None
    }
}

/// One entry, or all that is wrong with it.
fn entry(file: &File, value: &toml::Value) -> Result<Entry, Vec<String>> {
    let row: Row = value.clone().try_into().map_err(|e: toml::de::Error| vec![e.to_string()])?;
    let mut wrong = Vec::new();

    let action = row
        .action
        .as_deref()
        .and_then(|name| name.parse().map_err(|_| wrong.push(format!("unknown action {name:?}"))).ok());
    let receipt_role = row.receipt_role.as_deref().and_then(|name| {
        let role = Role::ALL.iter().copied().find(|r| r.name() == name);
        if role.is_none() {
            wrong.push(format!("unknown receipt role {name:?}"));
        }
        role
    });
    check_words("title", &row.title, &mut wrong);
    check_words("meaning", &row.meaning, &mut wrong);
    let roles = roles(row.roles, &mut wrong);
    if roles.iter().any(|(role, _)| *role == FieldRole::Object) != row.object_kind.is_some() {
        wrong.push("the role object and object_kind go together".to_owned());
    }
    if row
        .object_kind
        .as_deref()
        .is_some_and(|k| k.is_empty() || !k.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
    {
        wrong.push("object_kind is not a kebab-case word".to_owned());
    }
    for technique in row.attack.iter().filter(|t| !is_technique(t)) {
        wrong.push(format!("no ATT&CK technique: {technique:?}"));
    }
    let channels = row.channels.unwrap_or_else(|| file.channels.clone());
    if channels.is_empty() || channels.iter().any(|c| c.trim().is_empty()) {
        wrong.push("no channel".to_owned());
    }
    let source = row.source.or_else(|| file.source.clone()).unwrap_or_default();
    if source.trim().is_empty() {
        wrong.push("no source".to_owned());
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Entry {
        provider: file.provider.clone(),
        channels,
        by_channel: row.by_channel.unwrap_or(file.by_channel),
        id: row.id,
        action,
        receipt_role,
        title: row.title,
        meaning: row.meaning,
        roles,
        object_kind: row.object_kind,
        attack: row.attack,
        criticality: row.criticality,
        source,
    })
}

/// The roles in the order of [`FieldRole`]; the fields of one role in the order of the entry.
fn roles(rows: BTreeMap<String, FieldNames>, wrong: &mut Vec<String>) -> Vec<(FieldRole, String)> {
    let mut roles = Vec::new();
    for (name, fields) in rows {
        let Some(role) = FieldRole::from_name(&name) else {
            wrong.push(format!("unknown role {name:?}"));
            continue;
        };
        let fields = match fields {
            FieldNames::One(field) => vec![field],
            FieldNames::Several(fields) => fields,
        };
        let mut once = BTreeSet::new();
        if fields.is_empty() || fields.iter().any(|f| f.trim().is_empty() || !once.insert(f.as_str())) {
            wrong.push(format!("role {name}: its fields are missing, empty or doubled"));
        }
        roles.extend(fields.into_iter().map(|field| (role, field)));
    }
    roles.sort_by_key(|(role, _)| *role);
    roles
}

/// No empty text, and no English left standing where Korean should be.
pub(super) fn check_words(what: &str, words: &Words, wrong: &mut Vec<String>) {
    for (language, text) in [("en", &words.en), ("ko", &words.ko)] {
        if text.trim().is_empty() {
            wrong.push(format!("{what}.{language} is empty"));
        } else if text.trim() != text {
            wrong.push(format!("{what}.{language} begins or ends with a blank"));
        }
    }
    let is_hangul = |c: char| ('\u{ac00}'..='\u{d7a3}').contains(&c);
    if words.en.contains(is_hangul) {
        wrong.push(format!("{what}.en is Korean"));
    }
    if !words.ko.trim().is_empty() && !words.ko.contains(is_hangul) {
        wrong.push(format!("{what}.ko is not Korean"));
    }
}

/// `T1078`, `T1021.001`.
fn is_technique(text: &str) -> bool {
    let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
    let Some(rest) = text.strip_prefix('T') else { return false };
    match rest.split_once('.') {
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
        None => digits(rest, 4),
    }
}
