//! SQL over a case gives what plain SQLite gives over the same rows.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use kilroy_case::sql::{Cell, Parameters, Rows, Sql, SqlError};
use kilroy_case::{Case, Target};
use kilroy_model::{Event, EvidenceId};
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::Value;
use support::{NINE, event, ingest, time};
use tempfile::TempDir;

/// What a statement gave.
#[derive(Default, Debug, PartialEq)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Rows for Table {
    fn columns(&mut self, names: &[String]) -> ControlFlow<()> {
        self.columns = names.to_vec();
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> ControlFlow<()> {
        let value = |cell: &Cell<'_>| match cell {
            Cell::Null => Value::Null,
            Cell::Integer(number) => Value::Integer(*number),
            Cell::Real(number) => Value::Real(*number),
            Cell::Text(text) => Value::Text((*text).to_owned()),
            Cell::Bytes(bytes) => Value::Blob(bytes.to_vec()),
        };
        self.rows.push(cells.iter().map(value).collect());
        ControlFlow::Continue(())
    }
}

fn ask(sql: &mut Sql, text: &str) -> Result<Table, SqlError> {
    let mut table = Table::default();
    sql.run(text, &Parameters::default(), &mut table).map(|()| table)
}

fn texts(sql: &mut Sql, text: &str) -> Vec<String> {
    let shown = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("{bytes:?}"),
    };
    let table = ask(sql, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    table.rows.iter().map(|row| row.iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
}

/// Users that make patterns stumble.
const USERS: &[&str] =
    &["alice", "ALICE", "Bob", "svc$", "관리자", "a*c", "50%", "a_c", "ΑΣ", "", "al\0x", "7", "İx", "bob "];
const HOSTS: &[&str] = &["SRV01.corp.example", "srv01", "SRV02.corp.example.", "ws-ü"];
const TIMES: &[&str] = &[
    "2024-05-14",
    "2024-05-14T09:00:00.0000000Z",
    "2024-05-14T09:00:00",
    "2024-05-14T10:00:01.0000000Z",
    "2024-05-14t10",
    "2024-05-14 10:00",
    "2023",
    "",
    "zzz",
];

/// What an event is made of.
#[derive(Debug, Clone)]
struct Made {
    host: usize,
    record: u64,
    id: u32,
    millis: Option<i64>,
    user: Option<usize>,
    keywords: Option<u64>,
    elevated: Option<bool>,
    level: Option<u8>,
    ip: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let keywords =
        prop_oneof![Just(None), Just(Some(0)), Just(Some(0x8020_0000_0000_0000)), any::<Option<u64>>()];
    let first =
        (0..HOSTS.len(), 0..200_u64, 4620..4626_u32, proptest::option::weighted(0.9, 0..7_200_000_i64));
    let second = (proptest::option::weighted(0.9, 0..USERS.len()), keywords, any::<Option<bool>>());
    (first, second, proptest::option::of(0..6_u8), any::<bool>()).prop_map(
        |((host, record, id, millis), (user, keywords, elevated), level, ip)| Made {
            host,
            record,
            id,
            millis,
            user,
            keywords,
            elevated,
            level,
            ip,
        },
    )
}

fn to_event(made: &Made) -> Event {
    let when = made.millis.map(|millis| time(NINE).plus_millis(millis));
    let user = made.user.and_then(|user| USERS.get(user).copied());
    let mut event =
        event(HOSTS[made.host], "Security", made.id, made.record, when, None, user.unwrap_or("-"));
    event.account.user = user.map(str::to_owned);
    event.system.keywords = made.keywords;
    event.authentication.elevated = made.elevated;
    event.origin.level = made.level;
    if !made.ip {
        event.network.src.ip = "10.0.0.7".parse().ok();
    }
    event
}

/// A case with events, half of them in each of two files, some of them in both.
fn case(events: &[Event]) -> (TempDir, Case) {
    let dir = tempfile::tempdir().unwrap();
    let case = Case::create_or_open(&dir.path().join("case")).unwrap();
    let third = events.len() / 3;
    ingest(&case, EvidenceId(1), &events[..events.len() - third]);
    ingest(&case, EvidenceId(2), &events[third..]);
    (dir, case)
}

/// The same rows in a plain table.
fn plain(sql: &mut Sql) -> Connection {
    let db = Connection::open_in_memory().unwrap();
    let all = ask(sql, "SELECT * FROM events").unwrap();
    let declared = ask(sql, "SELECT name, type FROM pragma_table_info('events')").unwrap();
    let columns: Vec<String> = declared
        .rows
        .iter()
        .map(|row| match row.as_slice() {
            [Value::Text(name), Value::Text(kind)] => format!("\"{name}\" {kind}"),
            other => panic!("{other:?}"),
        })
        .collect();
    db.execute_batch(&format!("CREATE TABLE events ({})", columns.join(", "))).unwrap();
    let marks = vec!["?"; columns.len()].join(", ");
    let mut insert = db.prepare(&format!("INSERT INTO events VALUES ({marks})")).unwrap();
    for row in all.rows {
        insert.execute(rusqlite::params_from_iter(row)).unwrap();
    }
    drop(insert);
    db
}

fn quoted(text: &str) -> String {
    if text.contains('\0') {
        return format!(
            "CAST(x'{}' AS TEXT)",
            text.bytes().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            })
        );
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn comparison() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&["=", "<", "<=", ">", ">=", "<>", "IS", "IS NOT", "=="][..])
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        (4619..4627_i64).prop_map(|n| n.to_string()),
        (0..7_i64).prop_map(|n| n.to_string()),
        proptest::sample::select(
            &[
                "-1",
                "0x8020000000000000",
                "9223372036854775807",
                "-9223372036854775808",
                "4623.5",
                "1e30",
                "-1e30",
                "0.0",
                "4624.0",
                "9223372036854775808.0",
                "'4624'",
                "' 4624 '",
                "'abc'",
                "NULL",
                "x'00'",
                "true",
                "4620+3",
            ][..]
        )
        .prop_map(str::to_owned),
    ]
}

fn text(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(of).prop_map(quoted),
        1 => proptest::sample::select(&["NULL", "7", "lower('ALICE')", "x'00'"][..]).prop_map(str::to_owned),
    ]
}

fn pattern() -> impl Strategy<Value = String> {
    proptest::sample::select(
        &[
            "al%",
            "%LICE",
            "a_ice",
            "%",
            "",
            "a*",
            "*li*",
            "?lice",
            "[ab]*",
            "a[l]ice",
            "[^a]*",
            "50\\%",
            "50%",
            "관%",
            "α%",
            "ΑΣ%",
            "srv01%",
            "SRV02.corp.example.%",
            "SRV02.corp.example.",
            "ws%",
            "a*c",
            "al",
            "%x",
            "i%",
            "7",
            "bob",
        ][..],
    )
    .prop_map(quoted)
}

fn test() -> impl Strategy<Value = String> {
    let numbers =
        proptest::sample::select(&["event_id", "record_id", "keywords", "level", "elevated", "src_port"][..]);
    let words = proptest::sample::select(&["user", "src_ip", "domain", "lm_package"][..]);
    let any = proptest::sample::select(
        &["event_id", "keywords", "elevated", "time", "user", "host", "lm_package"][..],
    );
    let collation = proptest::sample::select(&["", "", "", " COLLATE NOCASE", " COLLATE RTRIM"][..]);
    let patterns = proptest::sample::select(&["user", "host", "src_ip", "time", "event_id"][..]);
    let like = proptest::sample::select(&["LIKE", "GLOB", "NOT LIKE"][..]);
    prop_oneof![
        (numbers.clone(), comparison(), number()).prop_map(|(c, o, v)| format!("{c} {o} {v}")),
        (numbers.clone(), proptest::collection::vec(number(), 0..4))
            .prop_map(|(c, v)| format!("{c} IN ({})", v.join(", "))),
        (numbers, number(), number()).prop_map(|(c, a, b)| format!("{c} BETWEEN {a} AND {b}")),
        (words, comparison(), text(USERS), collation.clone())
            .prop_map(|(c, o, v, n)| format!("{c} {o} {v}{n}")),
        proptest::collection::vec(text(USERS), 0..4).prop_map(|v| format!("user IN ({})", v.join(", "))),
        (comparison(), text(HOSTS), collation.clone()).prop_map(|(o, v, n)| format!("host {o} {v}{n}")),
        proptest::collection::vec(text(HOSTS), 1..3).prop_map(|v| format!("host IN ({})", v.join(", "))),
        (comparison(), text(TIMES), collation).prop_map(|(o, v, n)| format!("time {o} {v}{n}")),
        (text(TIMES), text(TIMES)).prop_map(|(a, b)| format!("time BETWEEN {a} AND {b}")),
        (any, proptest::bool::ANY).prop_map(|(c, n)| format!("{c} IS {}NULL", if n { "NOT " } else { "" })),
        (patterns, like, pattern()).prop_map(|(c, l, p)| format!("{c} {l} {p}")),
        Just("event_id IN (SELECT event_id FROM events WHERE level = 3)".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    test().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" AND "))),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" OR "))),
            inner.prop_map(|one| format!("NOT ({one})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_condition_gives_the_rows_that_plain_sqlite_gives(
        made in proptest::collection::vec(made(), 1..80),
        conditions in proptest::collection::vec(condition(), 25),
    ) {
        let events: Vec<Event> = made.iter().map(to_event).collect();
        let (_dir, case) = case(&events);
        let mut sql = Sql::open(&case, 2).unwrap();
        let plain = plain(&mut sql);
        for condition in conditions {
            for (what, after) in [
                ("event_uid", "ORDER BY 1"),
                ("count(*), min(time), max(user)", ""),
                ("host, count(*)", "GROUP BY host"),
                ("user, elevated, count(*), min(level)", "GROUP BY 1, 2"),
                ("DISTINCT level, event_id", "ORDER BY 1, 2"),
                ("DISTINCT user", "ORDER BY user DESC"),
                ("event_id, user", "ORDER BY user, event_id"),
            ] {
                let text = format!("SELECT {what} FROM events WHERE {condition} {after}");
                let found = ask(&mut sql, &text).unwrap().rows;
                let mut asked = plain.prepare(&text).unwrap();
                let columns = asked.column_count();
                let wanted: Vec<Vec<Value>> = asked
                    .query_map([], |row| (0..columns).map(|n| row.get(n)).collect())
                    .unwrap()
                    .collect::<Result<_, _>>()
                    .unwrap();
                prop_assert_eq!(found, wanted, "{}", text);
            }
        }
    }
}

fn some() -> (TempDir, Case) {
    let mut events = Vec::new();
    for n in 0..3000_u64 {
        let host = if n % 3 == 0 { "SRV01.corp.example" } else { "ws02" };
        let when = time(NINE).plus_millis(i64::try_from(n).unwrap() * 1000);
        let user = ["alice", "Bob", "svc$"][usize::try_from(n % 3).unwrap()];
        let id = if n % 10 == 0 { 4625 } else { 4624 };
        events.push(event(host, "Security", id, n, Some(when), None, user));
    }
    case(&events)
}

#[test]
fn values_are_those_of_the_table() {
    let (_dir, case) = some();
    let mut sql = Sql::open(&case, 2).unwrap();
    assert_eq!(
        texts(
            &mut sql,
            "SELECT time, host, event_id, user, elevated, logon_id, src_ip, lm_package FROM events WHERE record_id = 7"
        ),
        ["2024-05-14T09:00:07.0000000Z ws02 4624 Bob 1 0x513da fe80::1 -"]
    );
    assert_eq!(
        texts(&mut sql, "SELECT fields, field(fields, 'targetusername') FROM events WHERE record_id = 7"),
        [r#"{"TargetUserName":"Bob","TargetLogonId":"0x513da"} Bob"#]
    );
    assert_eq!(
        texts(&mut sql, "SELECT count(*), count(DISTINCT event_uid), count(DISTINCT rowid) FROM events"),
        ["3000 3000 3000"]
    );
    assert_eq!(
        texts(&mut sql, "SELECT count(*) FROM events WHERE user = 'alice' OR event_id = 4625"),
        ["1200"]
    );
}

/// What SQLite hands down: the columns that are read, and the conditions.
fn plan(sql: &mut Sql, text: &str) -> String {
    let table = ask(sql, &format!("EXPLAIN QUERY PLAN {text}")).unwrap();
    let detail = |row: &Vec<Value>| match &row[3] {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    table.rows.iter().map(detail).collect::<Vec<_>>().join(" / ")
}

#[test]
fn conditions_reach_the_scan() {
    let (_dir, case) = some();
    let mut sql = Sql::open(&case, 2).unwrap();
    let place =
        |name: &str| kilroy_case::query::Column::all().position(|column| column.name() == name).unwrap();
    let (id, user, when, host) = (place("event_id"), place("user"), place("time"), place("host"));
    for (condition, want) in [
        ("event_id = 4625", format!("{id} =")),
        ("event_id IN (4625, 4624)", format!("{id} in")),
        ("event_id BETWEEN 1 AND 5", format!("{id} >=,{id} <=")),
        ("event_id <> 4624", format!("{id} <>")),
        ("user LIKE 'al%'", format!("{user} >= nocase,{user} < nocase,{user} like")),
        ("user GLOB 'al*'", format!("{user} >=,{user} <,{user} glob")),
        ("user = 'alice' COLLATE NOCASE", format!("{user} = nocase")),
        ("user IS NULL", format!("{user} is-null")),
        ("time >= '2024-05-14' AND host = 'ws02'", format!("{when} >=,{host} =")),
    ] {
        let found = plan(&mut sql, &format!("SELECT count(*) FROM events WHERE {condition}"));
        assert!(found.ends_with(&format!(";{want}")), "{condition}: {found}");
    }
    // Only what is used is read.
    let found = plan(&mut sql, "SELECT user FROM events");
    assert!(found.ends_with(&format!(":{user};")), "{found}");
    // Few values are counted in the scan, and SQLite need not sort.
    for (text, want) in [
        (
            "SELECT user, count(*) FROM events WHERE event_id = 4624 GROUP BY user",
            format!("{user},{id};{id} =;grouped {user},{id}"),
        ),
        ("SELECT DISTINCT user FROM events", format!("{user};;distinct {user}")),
        (
            "SELECT host, user FROM events ORDER BY user, host",
            format!("{host},{user};;grouped {user},{host}"),
        ),
    ] {
        let found = plan(&mut sql, text);
        let used: Vec<usize> =
            found.split([':', ';']).nth(1).unwrap().split(',').map(|n| n.parse().unwrap()).collect();
        assert!(used.is_sorted() && found.contains(want.split_once(';').unwrap().1), "{text}: {found}");
        assert!(!found.contains("TEMP B-TREE"), "{text}: {found}");
    }
    // One pass, not one for each side; and no scan of all events for each session.
    let found =
        plan(&mut sql, "SELECT time FROM events WHERE user = 'alice' OR event_id = 4625 ORDER BY time");
    assert!(!found.contains("MULTI-INDEX"), "{found}");
    let found = plan(&mut sql, "SELECT count(*) FROM sessions s JOIN events e ON e.logon_id = s.session_uid");
    assert!(found.starts_with("SCAN e "), "{found}");
}

#[test]
fn the_filter_of_other_commands() {
    let (_dir, case) = some();
    let mut sql = Sql::open(&case, 2).unwrap();
    assert_eq!(
        texts(&mut sql, "SELECT count(*) FROM events('host:srv01 ip:fe80::/10') WHERE event_id = 4625"),
        ["100"]
    );
    assert_eq!(texts(&mut sql, "SELECT count(*) FROM events WHERE filter = 'user:ALICE'"), ["1000"]);
    let error = ask(&mut sql, "SELECT count(*) FROM events('colour:red')").unwrap_err().to_string();
    assert!(error.contains("there is no such column"), "{error}");
}

#[test]
fn notes_that_are_written_meanwhile_are_seen() {
    let (dir, case) = some();
    // Whoever only reads can write notes.
    drop(case);
    let case = Case::open(&dir.path().join("case")).unwrap();
    let mut sql = Sql::open(&case, 1).unwrap();
    let all = "SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM tags), (SELECT group_concat(text) FROM notes)";
    assert_eq!(texts(&mut sql, all), ["0 0 -"]);
    // By this program, and by another one.
    case.add_note(&Target::host("ws02"), "first", None).unwrap();
    assert_eq!(texts(&mut sql, all), ["1 0 first"]);
    let other = Case::open(case.path()).unwrap();
    other.add_note(&Target::user("alice"), "second", Some("kim")).unwrap();
    other.add_tags(&Target::user("alice"), &["odd"], None).unwrap();
    assert_eq!(texts(&mut sql, all), ["2 1 first,second"]);
    assert_eq!(texts(&mut sql, "SELECT host, events, files FROM hosts ORDER BY host").len(), 2);
}

#[test]
fn counted_in_the_scan() {
    let (_dir, case) = some();
    let mut sql = Sql::open(&case, 2).unwrap();
    let counted = texts(
        &mut sql,
        "SELECT value1, value2, events FROM event_counts('user, day', 'event_id:4625') ORDER BY 1",
    );
    let grouped = texts(
        &mut sql,
        "SELECT user, substr(time, 1, 10), count(*) FROM events WHERE event_id = 4625 GROUP BY 1, 2 ORDER BY 1",
    );
    assert_eq!(counted, grouped);
    assert_eq!(
        texts(&mut sql, "SELECT value1, events FROM event_counts('event_id')"),
        ["4624 2700", "4625 300"]
    );
    for wrong in [
        "SELECT * FROM event_counts",
        "SELECT * FROM event_counts('')",
        "SELECT * FROM event_counts('colour')",
    ] {
        let error = ask(&mut sql, wrong).unwrap_err().to_string();
        assert!(error.contains("event_counts('user, day'"), "{wrong}: {error}");
    }
}

#[test]
fn nothing_but_reading() {
    let (dir, case) = some();
    let mut sql = Sql::open(&case, 2).unwrap();
    let other = dir.path().join("other.db");
    let other = other.display();
    for refused in [
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x (a)",
        "CREATE TEMP VIEW x AS SELECT 1",
        "CREATE VIRTUAL TABLE x USING fts5(a)",
        "INSERT INTO notes (text) VALUES ('x')",
        "UPDATE evidence SET path = ''",
        "DELETE FROM runs",
        "DELETE FROM events",
        "INSERT INTO events (host) VALUES ('x')",
        "DROP TABLE notes",
        "DROP TABLE events",
        &format!("ATTACH '{other}' AS x"),
        &format!("VACUUM INTO '{other}'"),
        "VACUUM",
        "DETACH main",
        "PRAGMA query_only = 0",
        "PRAGMA writable_schema = 1",
        "PRAGMA hard_heap_limit = 0",
        "PRAGMA temp_store_directory = '/'",
        "PRAGMA journal_mode = WAL",
        "PRAGMA case_sensitive_like = 1",
        "SELECT load_extension('x')",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT x",
        "ANALYZE",
        "REINDEX",
        "ALTER TABLE notes RENAME TO x",
        "WITH x AS (SELECT 1) DELETE FROM notes",
    ] {
        let error = ask(&mut sql, refused).expect_err(refused);
        assert!(matches!(error, SqlError::Statement { .. }), "{refused}: {error}");
    }
    assert!(!Path::new(&other.to_string()).exists());
    for fine in [
        "PRAGMA table_info(events)",
        "EXPLAIN QUERY PLAN SELECT 1",
        "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 9) SELECT * FROM n",
    ] {
        ask(&mut sql, fine).unwrap_or_else(|error| panic!("{fine}: {error}"));
    }
    // Too much is an error, not the end of the program.
    let error = ask(&mut sql, "SELECT length(randomblob(1000000000))").unwrap_err().to_string();
    assert!(error.contains("too big"), "{error}");
}

#[test]
fn errors_say_where_and_what_there_is() {
    let (_dir, case) = some();
    let mut sql = Sql::open(&case, 2).unwrap();
    let mut wrong = |text: &str| match ask(&mut sql, text).unwrap_err() {
        SqlError::Statement { message, place } => {
            (message, place.map_or(String::new(), |p| format!("{}:{} {}", p.number, p.letters, p.line)))
        }
        other => panic!("{other}"),
    };
    let (message, place) = wrong("SELECT 1;\n  SELECT usr FROM events");
    assert!(message.contains("no such column: usr; columns of events are event_uid, "), "{message}");
    assert_eq!(place, "2:9   SELECT usr FROM events");
    let (message, _) = wrong("SELECT * FROM event");
    assert!(message.contains("tables are events, sessions, "), "{message}");
    let (message, place) = wrong("SELECT user FROM events WHERE user = \"alice\"");
    assert!(message.contains("should this be a string literal in single-quotes?"), "{message}");
    assert_eq!(place, "1:37 SELECT user FROM events WHERE user = \"alice\"");
    let (message, _) = wrong("SELECT cidr('10.0.0.0/8', src_ip) FROM events");
    assert!(
        message.contains("no such function: cidr; besides those of SQLite there are field, "),
        "{message}"
    );
    let (message, _) = wrong("SELECT cidr_contains('10.0.0', '10.0.0.1')");
    assert!(message.contains("\"10.0.0\" is no network"), "{message}");
    let (message, _) = wrong("SELECT * FROM events WHERE user = :user");
    assert!(message.contains(":user has no value; give it one with --param user=VALUE"), "{message}");
    // The session tables were not made.
    let error = ask(&mut sql, "SELECT * FROM sessions").unwrap_err().to_string();
    assert!(error.contains("does not exist yet"), "{error}");
}

#[test]
fn functions() {
    let (_dir, case) = some();
    let mut sql = Sql::open(&case, 1).unwrap();
    for (call, want) in [
        ("cidr_contains('10.0.0.0/8', '10.1.2.3')", "1"),
        ("cidr_contains('10.0.0.0/8', '::ffff:10.1.2.3')", "1"),
        ("cidr_contains('10.0.0.0/8', 'fe80::1')", "0"),
        ("cidr_contains('10.0.0.0/8', 'LOCAL')", "0"),
        ("cidr_contains('10.0.0.0/8', '-')", "-"),
        ("cidr_contains('10.0.0.0/8', NULL)", "-"),
        ("ip_scope('10.0.0.1')", "internal"),
        ("ip_scope('203.0.113.5')", "external"),
        ("ip_scope('::1')", "loopback"),
        ("ip_scope('LOCAL')", "local"),
        ("ip_scope(NULL)", "unknown"),
        ("luid('0x00000000000003E7')", "0x3e7"),
        ("luid('(0x0,0x3E7)')", "0x3e7"),
        ("luid(999)", "0x3e7"),
        ("luid('x')", "-"),
        ("logon_type_name(10)", "RemoteInteractive"),
        ("logon_type_name('3')", "Network"),
        ("logon_type_name(300)", "-"),
        ("status_name('0xC000006A')", "STATUS_WRONG_PASSWORD"),
        ("status_name(-1073741718)", "STATUS_WRONG_PASSWORD"),
        ("status_name('no')", "-"),
        (
            "event_title('Microsoft-Windows-Security-Auditing', 'Security', 4624)",
            "An account was successfully logged on",
        ),
        ("event_title('', 'Security', 4624, 'ko')", "계정이 성공적으로 로그온되었습니다."),
        ("event_title('x', 'x', 1)", "-"),
        ("host_key(' SRV01.Corp. ')", "srv01.corp"),
    ] {
        assert_eq!(texts(&mut sql, &format!("SELECT {call}")), [want], "{call}");
    }
}
