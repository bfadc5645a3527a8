//! Reads and checks `catalog/codes/*.toml`.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::events::{Words, check_words};
use super::{Problem, Source, stem};

/// File, the table it becomes, and the greatest value that its codes can have.
pub(super) const CODE_TABLES: [(&str, &str, u64); 7] = [
    ("disconnect_reasons", "DISCONNECT_REASONS", 0xffff_ffff),
    ("hresult", "HRESULT", 0xffff_ffff),
    ("kerberos", "KERBEROS", 0xffff_ffff),
    ("logon_types", "LOGON_TYPES", 0xff),
    ("ntstatus", "NTSTATUS", 0xffff_ffff),
    ("transport_reasons", "TRANSPORT_REASONS", 0xffff_ffff),
    ("win32", "WIN32", 0xffff),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    code: Vec<toml::Value>,
}

/// One code, as it stands in its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    pub(super) value: u64,
    pub(super) name: String,
    pub(super) text: Words,
}

/// The codes of each of [`CODE_TABLES`], sorted by value.
pub(super) fn check(sources: &[Source], problems: &mut Vec<Problem>) -> Vec<(&'static str, Vec<Code>)> {
    let mut tables: Vec<(&'static str, Vec<Code>)> =
        CODE_TABLES.iter().map(|(_, t, _)| (*t, Vec::new())).collect();
    for source in sources {
        let mut problem = |entry: &str, what: String| {
            problems.push(Problem { file: source.path.clone(), entry: entry.to_owned(), what });
        };
        let Some(index) = CODE_TABLES.iter().position(|(file, ..)| *file == stem(&source.path)) else {
            problem("", "no such list of codes".to_owned());
            continue;
        };
        match toml::from_str::<File>(&source.text) {
            Ok(file) => tables[index].1 = codes(&file, CODE_TABLES[index].2, &mut problem),
            Err(error) => problem("", error.to_string()),
        }
    }
    for ((file, ..), (_, codes)) in CODE_TABLES.iter().zip(&tables) {
        if codes.is_empty() && problems.is_empty() {
            problems.push(Problem {
                file: format!("codes/{file}.toml"),
                entry: String::new(),
                what: "missing or without codes".to_owned(),
            });
        }
    }
    tables
}

fn codes(file: &File, greatest: u64, problem: &mut dyn FnMut(&str, String)) -> Vec<Code> {
    let mut codes = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, value) in file.code.iter().enumerate() {
        let name = match value.get("value").and_then(toml::Value::as_integer) {
            Some(code) => format!("code {code:#x}"),
            None => format!("code entry {}", index + 1),
        };
        let code: Code = match value.clone().try_into() {
            Ok(code) => code,
            Err(error) => {
                problem(&name, error.to_string());
                continue;
            }
        };
        let mut wrong = Vec::new();
        check_words("text", &code.text, &mut wrong);
        if code.name.trim().is_empty() {
            wrong.push("empty name".to_owned());
        }
        if code.value > greatest {
            wrong.push(format!("value is greater than {greatest:#x}"));
        }
        if !seen.insert(code.value) {
            wrong.push("stands there already".to_owned());
        }
        for what in wrong {
            problem(&name, what);
        }
        codes.push(code);
    }
    codes.sort_by_key(|c| c.value);
    codes
}
