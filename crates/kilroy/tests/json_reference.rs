//! The book's page of JSON keys, against what the program prints.

mod common;

use common::Workplace;

const PAGE: &str = include_str!("../../../docs/src/json.md");

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The section with this heading.
fn section(heading: &str) -> &'static str {
    let from = PAGE.find(&format!("\n## {heading}")).unwrap_or_else(|| panic!("no section {heading}"));
    let rest = &PAGE[from + 1..];
    rest.split_once("\n## ").map_or(rest, |(section, _)| section)
}

/// Keys of a table with a row for each.
fn first_column(table: &str) -> Vec<&str> {
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| quoted(row.split('|').nth(1).unwrap_or_default())).collect()
}

#[test]
fn keys_of_listings_stand_in_the_reference() {
    let place = Workplace::with_demo();
    let keys = |args: &[&str]| -> Vec<String> {
        let csv = place.run(&[args, &["--format", "csv"]].concat()).out;
        csv.lines().next().unwrap_or_default().split(',').map(str::to_owned).collect()
    };
    let views = section("`kilroy users`, `sources`");
    for command in
        ["users", "users --sides", "sources", "matrix", "first-seen", "rare --at-most 99", "off-hours"]
    {
        let words: Vec<&str> = command.split(' ').collect();
        let args = [&words[..1], &["case"], &words[1..]].concat();
        let name = command.trim_end_matches(" --at-most 99");
        let row = views.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let known =
            quoted(row.unwrap_or_else(|| panic!("no row {name}")).splitn(3, '|').nth(2).unwrap_or(""));
        let keys = keys(&args);
        assert_eq!(
            known.get(..keys.len()),
            Some(keys.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
            "{name}"
        );
    }
    let (files, losses) = section("`kilroy evidence`").split_once("`--losses`").expect("both tables");
    for (args, known) in [
        (&["evidence", "case"][..], first_column(files)),
        (&["evidence", "case", "--losses"], first_column(losses)),
        (&["notes", "case"], first_column(section("`kilroy notes`"))),
    ] {
        assert_eq!(keys(args), known, "{args:?}");
    }
}

/// Keys within keys of the documents.
#[test]
fn keys_of_documents_stand_in_the_reference() {
    let place = Workplace::with_demo();
    for (heading, args) in [
        ("`kilroy verify`", &["verify", "case", "--format", "json"][..]),
        ("`kilroy summary`", &["summary", "case", "--format", "json"]),
        ("`kilroy rdp-health`", &["rdp-health", "case", "--format", "json"]),
        ("`kilroy rdp-health`", &["rdp-health", "case", "--format", "jsonl"]),
    ] {
        let section = section(heading);
        let words: Vec<&str> = section.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for line in place.prints(args).split_inclusive('\n') {
            let Ok(value) = serde_json::from_str(line) else { continue };
            each_key(&value, &mut |key| assert!(words.contains(&key), "{heading}: {key}"));
        }
        if let Ok(document) = serde_json::from_str(&place.prints(args)) {
            each_key(&document, &mut |key| assert!(words.contains(&key), "{heading}: {key}"));
        }
    }
}

fn each_key(value: &serde_json::Value, see: &mut dyn FnMut(&str)) {
    match value {
        serde_json::Value::Object(object) => object.iter().for_each(|(key, value)| {
            see(key);
            each_key(value, see);
        }),
        serde_json::Value::Array(items) => items.iter().for_each(|item| each_key(item, see)),
        _ => {}
    }
}
