//! Each check, seen to fail for the reason it is there for.

use std::path::Path;

use super::{Problem, Source, pack, pack_sources};

const HEAD: &str = "provider = \"P\"\nchannels = [\"C\"]\nsource = \"S\"\n";
const EVENT: &str = r#"
[[event]]
id = 7
action = "logon"
receipt_role = "logon"
criticality = "low"
object_kind = "file"
attack = ["T1021.001"]
title.en = "Title"
title.ko = "제목"
meaning.en = "Meaning."
meaning.ko = "의미."
[event.roles]
user = ["A", "B"]
object = "O"
"#;
const CODE: &str = r#"
[[code]]
value = 0x5
name = "N"
text.en = "text"
text.ko = "글"
"#;

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

fn codes() -> Vec<Source> {
    ["ntstatus", "logon_types", "disconnect_reasons", "hresult", "transport_reasons", "win32", "kerberos"]
        .map(|name| source(&format!("codes/{name}.toml"), CODE))
        .into()
}

/// What is wrong with this one file of events.
fn problems(text: &str) -> Vec<String> {
    all_problems(&[source("events/P.toml", text)], &codes())
}

fn all_problems(events: &[Source], codes: &[Source]) -> Vec<String> {
    pack_sources(events, codes).err().unwrap_or_default().iter().map(Problem::to_string).collect()
}

/// The good file with one thing changed.
fn changed(from: &str, to: &str) -> Vec<String> {
    let good = format!("{HEAD}{EVENT}");
    assert!(good.contains(from), "{from}");
    problems(&good.replace(from, to))
}

#[test]
fn a_good_entry_is_written_out() {
    let events = [source("events/P.toml", &format!("{HEAD}by_channel = true\n{EVENT}"))];
    let tables = pack_sources(&events, &codes()).unwrap();
    for line in [
        "action: Some(Action::Logon),",
        "receipt_role: Some(Role::Logon),",
        "(FieldRole::User, \"A\"),\n            (FieldRole::User, \"B\"),\n            (FieldRole::Object, \"O\"),",
        "by_channel: true,",
        "BY_ID: &[(u32, usize)] = &[(7, 0)];",
        "Code { value: 0x5, name: \"N\", text: Text { en: \"text\", ko: \"글\" } },",
    ] {
        assert!(tables.contains(line), "{line}\n{tables}");
    }
}

#[test]
fn wrong_entries_are_named() {
    for (from, to, want) in [
        ("title.ko = \"제목\"\n", "", "missing field `ko`"),
        ("meaning.en = \"Meaning.\"\n", "", "missing field `en`"),
        ("\"제목\"", "\"  \"", "title.ko is empty"),
        ("\"의미.\"", "\"의미. \"", "meaning.ko begins or ends with a blank"),
        ("\"의미.\"", "\"Meaning.\"", "meaning.ko is not Korean"),
        ("\"Title\"", "\"제목\"", "title.en is Korean"),
        ("action = \"logon\"", "action = \"login\"", "unknown action \"login\""),
        ("receipt_role = \"logon\"", "receipt_role = \"login\"", "unknown receipt role \"login\""),
        ("user = [", "usr = [", "unknown role \"usr\""),
        ("[\"A\", \"B\"]", "[]", "role user: its fields are missing, empty or doubled"),
        ("[\"A\", \"B\"]", "[\"A\", \"A\"]", "role user: its fields are missing, empty or doubled"),
        ("object = \"O\"", "", "the role object and object_kind go together"),
        ("object_kind = \"file\"", "", "the role object and object_kind go together"),
        ("\"file\"", "\"A File\"", "object_kind is not a kebab-case word"),
        ("T1021.001", "T1021.1", "no ATT&CK technique: \"T1021.1\""),
        ("criticality = \"low\"", "criticality = \"none\"", "unknown variant `none`"),
        ("criticality = \"low\"", "", "missing field `criticality`"),
        ("criticality", "colour = 1\ncriticality", "unknown field `colour`"),
        ("source = \"S\"", "", "no source"),
        ("[\"C\"]", "[]", "no channel"),
    ] {
        let got = changed(from, to);
        let [only] = got.as_slice() else { panic!("{from:?} -> {to:?}: {got:?}") };
        assert!(
            only.starts_with("catalog/events/P.toml: event 7: ") && only.contains(want),
            "{want}: {only}"
        );
    }
}

#[test]
fn wrong_files_are_named() {
    for (from, to, want) in [
        ("provider = \"P\"", "provider = \"Q\"", "neither file nor folder is named after the provider \"Q\""),
        ("provider = \"P\"", "", "missing field `provider`"),
        ("provider = \"P\"", "provider = \"P\"\nprovidr = \"P\"", "unknown field `providr`"),
        ("[[event]]", "[[event", "unclosed"),
    ] {
        let got = changed(from, to);
        let [only] = got.as_slice() else { panic!("{from:?} -> {to:?}: {got:?}") };
        assert!(only.starts_with("catalog/events/P.toml: ") && only.contains(want), "{want}: {only}");
        assert!(!only.contains('\n'), "{only}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let text = format!(
        "{HEAD}{}{}",
        EVENT.replace("\"제목\"", "\"\""),
        EVENT.replace("id = 7", "id = 8").replace("\"logon\"", "\"x\"")
    );
    assert_eq!(
        problems(&text),
        [
            "catalog/events/P.toml: event 7: title.ko is empty",
            "catalog/events/P.toml: event 8: unknown action \"x\"",
            "catalog/events/P.toml: event 8: unknown receipt role \"x\"",
        ]
    );
}

#[test]
fn an_event_stands_once() {
    let in_one_file = problems(&format!("{HEAD}{EVENT}{EVENT}"));
    assert_eq!(in_one_file, ["catalog/events/P.toml: event 7: stands in catalog/events/P.toml already"]);

    let text = format!("{HEAD}{EVENT}");
    let in_two =
        [source("events/P.toml", &text), source("events/p/more.toml", &text.replace("\"P\"", "\"p\""))];
    assert_eq!(
        all_problems(&in_two, &codes()),
        ["catalog/events/p/more.toml: event 7: stands in catalog/events/P.toml already"]
    );
}

#[test]
fn a_channel_gives_an_id_to_one_provider() {
    let text = format!("{HEAD}by_channel = true\n{EVENT}");
    let two = [source("events/P.toml", &text), source("events/Q.toml", &text.replace("\"P\"", "\"Q\""))];
    assert_eq!(
        all_problems(&two, &codes()),
        ["catalog/events/Q.toml: event 7: catalog/events/P.toml has this event of channel \"C\" too"]
    );
}

#[test]
fn wrong_codes_are_named() {
    let events = [source("events/P.toml", &format!("{HEAD}{EVENT}"))];
    let with = |text: &str| {
        let mut codes = codes();
        codes[1].text = text.to_owned();
        all_problems(&events, &codes)
    };
    let at = "catalog/codes/logon_types.toml: code 0x5: ";
    for (text, want) in [
        (format!("{CODE}{CODE}"), "stands there already"),
        (CODE.replace("\"글\"", "\"text\""), "text.ko is not Korean"),
        (CODE.replace("\"text\"", "\"\""), "text.en is empty"),
        (CODE.replace("\"N\"", "\"\""), "empty name"),
        (CODE.replace("text.ko = \"글\"", ""), "missing field `ko`"),
        (CODE.replace("name", "title = \"T\"\nname"), "unknown field `title`"),
    ] {
        let got = with(&text);
        assert!(got.len() == 1 && got[0].starts_with(at) && got[0].contains(want), "{want}: {got:?}");
    }
    let got = with(&CODE.replace("0x5", "0x100"));
    assert_eq!(got, ["catalog/codes/logon_types.toml: code 0x100: value is greater than 0xff"]);
}

#[test]
fn no_list_of_codes_is_forgotten_or_unknown() {
    let events = [source("events/P.toml", &format!("{HEAD}{EVENT}"))];
    let mut fewer = codes();
    fewer.pop();
    assert_eq!(all_problems(&events, &fewer), ["catalog/codes/kerberos.toml: missing or without codes"]);
    let mut more = codes();
    more.push(source("codes/colours.toml", CODE));
    assert_eq!(all_problems(&events, &more), ["catalog/codes/colours.toml: no such list of codes"]);
}

#[test]
fn a_missing_catalog_is_named() {
    let problems = pack(Path::new("no such folder")).unwrap_err();
    assert!(problems.iter().any(|p| p.file == "events"), "{problems:?}");
}

/// The same catalog gives the same bytes, however the file system orders its entries.
#[test]
fn the_tables_are_those_of_the_catalog() {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let tables = pack(&catalog).unwrap();
    assert_eq!(tables, include_str!(concat!(env!("OUT_DIR"), "/tables.rs")));
}
