//! `kilroy sql`, and every recipe of the cookbook, over the demo's logs.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{Run, Workplace};

fn cookbook() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cookbook");
    let entries = fs::read_dir(folder).expect("the cookbook");
    let mut recipes: Vec<PathBuf> = entries.map(|entry| entry.expect("a recipe").path()).collect();
    recipes.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    recipes.sort();
    recipes
}

fn name(recipe: &Path) -> String {
    recipe.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// What the program says to statements that come through a pipe.
fn piped(place: &Workplace, text: &str) -> Run {
    let mut command = place.command(&["sql", "case"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn().expect("the program starts");
    program.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let output = program.wait_with_output().expect("it ends");
    Run {
        code: output.status.code().expect("an exit code"),
        out: String::from_utf8(output.stdout).expect("output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("errors are UTF-8"),
    }
}

#[test]
fn every_recipe_answers() {
    let place = Workplace::with_demo().columns(180);
    let mut all = String::new();
    for recipe in cookbook() {
        let path = recipe.to_string_lossy();
        let run = place.run(&["sql", "case", "--file", &path]);
        assert_eq!(run.code, 0, "{path}: {}", run.err);
        assert!(
            run.err.is_empty() || run.err.starts_with("No rows. 7 logs of srv-rdp01 cover "),
            "{}",
            run.err
        );
        let answer = run.out;
        writeln!(all, "## {}\n{answer}", name(&recipe)).expect("a text");
    }
    insta::assert_snapshot!("cookbook", all);
}

/// Each says what it asks, how to read the answer and where it ends, and stands in the book.
#[test]
fn every_recipe_explains_itself() {
    let recipes = cookbook();
    assert!(recipes.len() >= 15, "{}", recipes.len());
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/cookbook.md");
    let page = fs::read_to_string(page).expect("the page");
    for recipe in recipes {
        let text = fs::read_to_string(&recipe).expect("a recipe");
        let name = name(&recipe);
        let mut lines = text.lines();
        assert!(
            lines.next().is_some_and(|line| line.starts_with("-- ") && line.ends_with('?')),
            "{name}: a question"
        );
        assert!(lines.next().is_some_and(|line| line.starts_with("-- Read: ")), "{name}: how to read it");
        assert!(lines.next().is_some_and(|line| line.starts_with("-- Limits: ")), "{name}: its limits");
        assert!(
            page.contains(&format!("{{{{#include ../cookbook/{name}.sql}}}}")),
            "{name} is not in the book"
        );
    }
}

#[test]
fn one_answer_in_each_format() {
    let place = Workplace::with_demo();
    let query = "SELECT user, count(*) AS events, NULL AS none, -1.5 AS real, '=1+1' AS formula FROM events \
                 WHERE event_id = 4625 GROUP BY user ORDER BY events DESC, user LIMIT 2";
    let answer = |format: &str| place.prints(&["sql", "case", query, "--format", format]);
    insta::assert_snapshot!(["table", "json", "jsonl", "csv"].map(answer).join("\n"));
    let none =
        place.run(&["sql", "case", "SELECT user FROM events WHERE user = 'nobody'", "--format", "json"]);
    assert_eq!((none.code, none.out.as_str()), (0, "[]\n"));
    // One document is one document.
    let two = "SELECT 1 AS a; SELECT 2 AS b";
    let run = place.run(&["sql", "case", two, "--format", "json"]);
    assert_eq!((run.code, run.out.as_str()), (2, "[\n{\"a\":1}\n]\n"));
    assert!(run.err.contains("use jsonl, or ask one statement at a time"), "{}", run.err);
    assert_eq!(place.prints(&["sql", "case", two, "--format", "jsonl"]), "{\"a\":1}\n{\"b\":2}\n");
    for nothing in ["", " ; ", "/* SELECT 1 */"] {
        let run = place.run(&["sql", "case", nothing]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("there is no statement in the query"), "{}", run.err);
    }
    assert!(none.err.starts_with("No rows. 7 logs of srv-rdp01 cover 2024-05-14 "), "{}", none.err);
}

#[test]
fn statements_and_commands_through_a_pipe() {
    let place = Workplace::with_demo();
    let run = piped(
        &place,
        "\\d boots\n\\f jsonl\n\\param id=4625\nSELECT count(*) AS n\nFROM events -- ;\nWHERE event_id = :id;\nSELECT 1 AS a; SELECT 2 AS b\n",
    );
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    insta::assert_snapshot!(run.out, @r#"
    column         holds
    computer       text
    start          time
    end_kind       text
    end_not_after  time
    stretches      JSON
    {"n":25}
    {"a":1}
    {"b":2}
    "#);
    let run = piped(&place, "SELECT 1 AS a;\nSELECT nothing;\nSELECT 3 AS c;\n");
    assert_eq!((run.code, run.out.as_str()), (2, "a\n1\n"));
    let run = piped(&place, "\\nothing\n");
    assert!(run.err.contains("there is no such command; there are \\d, "), "{}", run.err);
}

#[test]
fn what_is_wrong_is_pointed_at() {
    let place = Workplace::with_demo();
    let run = place.run(&["sql", "case", "SELECT path,\n       sise FROM evidence"]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run.err, @r"
    line 2:        sise FROM evidence
                   ^
    kilroy: no such column: sise; columns of evidence are path, sha256, evidence_id, size, status, reason, records, losses, first, last
    ");
    for (args, want) in [
        (&["SELECT :a"][..], ":a has no value; give it one with --param a=VALUE"),
        (&["SELECT 1", "--param", "a=1"], "there is no :a in the query"),
        (&["SELECT 1", "--param", "a"], "give a parameter like user=alice"),
        (&["DROP TABLE notes"], "a case can be read here, and nothing else"),
        (&["--file", "none.sql"], "cannot read none.sql"),
    ] {
        let run = place.run(&[&["sql", "case"], args].concat());
        assert!(run.code == 2 && run.err.contains(want), "{args:?}: {}", run.err);
    }
}

#[test]
fn parameters_of_recipes() {
    let place = Workplace::with_demo();
    place.file(
        "recipe.sql",
        b"-- param: id=4625 which\nSELECT count(*) AS n FROM events WHERE event_id = :id;",
    );
    assert_eq!(place.prints(&["sql", "case", "--file", "recipe.sql"]), " n\n25\n");
    assert_eq!(place.prints(&["sql", "case", "--file", "recipe.sql", "--param", "id=4800"]), "n\n4\n");
}

/// Nothing of a log reaches the terminal as it is.
#[test]
fn hostile_texts_are_shown_as_what_they_are() {
    let place = Workplace::with_demo();
    let query = "SELECT 'a' || char(27) || '[2J' || char(10) || char(8238) || 'b' AS x";
    assert_eq!(place.prints(&["sql", "case", query]), "x\na\\u{1b}[2J\\n\\u{202e}b\n");
}

/// A session table to the right of a join is looked up; SQLite's own join of copies gives the same.
#[test]
fn joins_of_session_tables() {
    let place = Workplace::with_demo();
    let what = "s.session_uid, l.logon_id, l.start";
    let looked_up = format!(
        "SELECT {what} FROM sessions s CROSS JOIN logon_sessions l ON l.session_uid = s.session_uid ORDER BY 1, 2, 3"
    );
    let copied = format!(
        "WITH s AS MATERIALIZED (SELECT * FROM sessions), l AS MATERIALIZED (SELECT * FROM logon_sessions)
         SELECT {what} FROM s JOIN l ON l.session_uid = s.session_uid ORDER BY 1, 2, 3"
    );
    let answer = |query: &str| place.prints(&["sql", "case", query, "--format", "csv"]);
    assert!(answer(&looked_up).lines().count() > 10);
    assert_eq!(answer(&looked_up), answer(&copied));
    let plan = answer(&format!("EXPLAIN QUERY PLAN {looked_up}"));
    assert!(plan.contains(" ="), "{plan}");
    // Outer joins, by a number, and with nothing to look up.
    let outer = |join: &str| {
        answer(&format!(
            "{join} SELECT s.session_uid, s.session_id, t.user FROM s LEFT JOIN t ON t.session_id = s.session_id ORDER BY 1, 2, 3"
        ))
    };
    let columns = "session_uid, session_id, user";
    assert_eq!(
        outer(&format!("WITH s AS (SELECT {columns} FROM sessions), t AS (SELECT * FROM terminal_sessions)")),
        outer(&format!(
            "WITH s AS MATERIALIZED (SELECT {columns} FROM sessions), t AS MATERIALIZED (SELECT * FROM terminal_sessions)"
        ))
    );
}
