//! `kilroy usage` over logs as Windows writes them.

mod common;

use common::Workplace;
use kilroy_evtx::EventSpec;
use kilroy_testkit::{Account, Client, Host, Style, may};

/// Two days of Alice, whose machine stands in Berlin: a lock over lunch, a nap of the machine, a crash; an evening by Remote
/// Desktop on a server that says nothing of its zone.
fn story() -> Vec<EventSpec> {
    let alice = Account::new("alice", "CORP", 1104);
    let mut desk =
        Host::new("WKS-BERLIN.corp.example", Style::Windows10, may(14, 5, 50, 0)).ahead_of_utc(120);
    desk.boot();
    desk.note_uptime("-60 W. Europe Standard Time");
    desk.at(may(14, 6, 0, 0));
    let session = desk.console_logon(&alice).session;
    desk.at(may(14, 8, 0, 0));
    desk.screen_saver(session, true);
    desk.at(may(14, 8, 10, 0));
    desk.screen_saver(session, false);
    desk.at(may(14, 10, 30, 0));
    desk.lock(session);
    desk.at(may(14, 11, 15, 0));
    desk.unlock(session, 7);
    desk.at(may(14, 12, 0, 0));
    desk.lock(session);
    desk.pass(1000);
    desk.sleep(may(14, 13, 0, 0));
    desk.at(may(14, 13, 5, 0));
    desk.unlock(session, 7);
    desk.at(may(14, 14, 40, 0));
    desk.logoff(session);
    desk.at(may(15, 6, 0, 0));
    let session = desk.console_logon(&alice).session;
    desk.at(may(15, 8, 55, 0));
    desk.lock(session);
    desk.at(may(15, 9, 0, 0));
    desk.unlock(session, 7);
    desk.at(may(15, 18, 0, 0));
    desk.crash();
    desk.at(may(15, 18, 30, 0));
    desk.boot();

    let mut server = Host::new("SRV-01.corp.example", Style::Windows10, may(14, 5, 0, 0));
    server.boot();
    server.at(may(14, 12, 0, 0));
    let session = server.rdp_logon(&Client::new("10.20.30.41", 52311, "WKS-BERLIN"), &alice).session;
    server.at(may(14, 13, 30, 0));
    server.rdp_disconnect(session, 11);
    server.at(may(14, 21, 0, 0));
    server.rdp_reconnect(&Client::new("10.20.30.41", 52399, "WKS-BERLIN"), session);
    server.at(may(14, 22, 15, 0));
    server.logoff(session);
    // Nobody's presence: a share is read.
    let plain = server
        .network_logon(&Client::new("10.20.0.9", 49700, "SRV-BACKUP"), &Account::new("bob", "CORP", 1107));
    server.at(may(15, 1, 0, 0));
    server.end(&plain);
    [desk.events(), server.events()].concat()
}

fn place() -> Workplace {
    let place = Workplace::new();
    place.write("logs", &kilroy_testkit::log_files(&story()).expect("every record fits"));
    let run = place.run(&["analyze", "logs", "-o", "case", "-q"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    place
}

#[test]
fn a_calendar() {
    let place = place();
    insta::assert_snapshot!("calendar", place.prints(&["usage", "case"]));
    insta::assert_snapshot!(
        "calendar_ko",
        place.prints(&["usage", "case", "--lang", "ko", "--timezone", "Asia/Seoul"])
    );
    let narrow = place.columns(80);
    insta::assert_snapshot!(
        "calendar_ascii_80",
        narrow.prints(&["usage", "case", "--ascii", "--host", "wks-*"])
    );
}

#[test]
fn no_line_is_wider_than_asked_for() {
    for columns in [70, 80, 97, 98, 100, 140] {
        let place = place().columns(columns);
        for lang in ["en", "ko"] {
            for line in place.prints(&["usage", "case", "--lang", lang]).lines() {
                let wide: usize = line.chars().map(|c| if ('가'..='힣').contains(&c) { 2 } else { 1 }).sum();
                assert!(wide <= columns, "{columns}: {wide}: {line}");
            }
        }
    }
}

#[test]
fn rows() {
    let place = place();
    insta::assert_snapshot!("csv", place.prints(&["usage", "case", "--format", "csv"]));
    let by = |what: &str| place.prints(&["usage", "case", "--by", what]);
    insta::assert_snapshot!("by", ["week", "user", "host"].map(by).join("\n"));
    insta::assert_snapshot!(
        "by_user_json",
        place.prints(&["usage", "case", "--by", "user", "--format", "jsonl"])
    );
}

/// What the story says, in seconds, and that days, weeks and users agree.
#[test]
fn hours_are_those_of_the_story() {
    let place = place();
    let rows = place.rows(&["usage", "case", "--host", "wks-berlin"]);
    let number =
        |row: &serde_json::Value, key: &str| row[key].as_i64().unwrap_or_else(|| panic!("{key}: {row}"));
    assert_eq!(rows.len(), 2);
    let about = |row: usize, key: &str, want: i64| {
        let is = number(&rows[row], key);
        // Records of one moment are some seconds apart.
        assert!((is - want).abs() <= 5, "{key} of {}: {is}, not {want}", rows[row]["date"]);
    };
    about(0, "presence_seconds", (8 * 60 + 40) * 60);
    about(0, "locked_seconds", (45 + 5) * 60);
    about(0, "asleep_seconds", 3600);
    about(0, "hands_on_seconds", (8 * 60 + 40 - 45 - 65) * 60);
    about(0, "screen_saver_seconds", 600);
    assert_eq!(rows[0]["hands_on_seconds"], rows[0]["hands_on_at_most_seconds"]);
    // Proven to the last unlock; at most until the machine was last seen alive.
    about(1, "hands_on_seconds", (3 * 60 - 5) * 60);
    about(1, "hands_on_at_most_seconds", (12 * 60 - 5) * 60);
    assert_eq!(rows[1]["open_sessions"], 1);
    for row in &rows {
        let sum =
            number(row, "hands_on_seconds") + number(row, "locked_seconds") + number(row, "asleep_seconds");
        assert_eq!(sum, number(row, "presence_seconds"));
        assert_eq!(row["timezone"], "Europe/Berlin");
        assert_eq!(row["timezone_from"], "log-name");
    }
    assert!(
        rows[0]["first_in_local"]
            .as_str()
            .is_some_and(|t| t.starts_with("2024-05-14T08:00:0") && t.ends_with("+02:00"))
    );
    // The server has no record of locks: that is not no lock.
    let server = place.rows(&["usage", "case", "--host", "srv-01"]);
    assert_eq!((server.len(), server[0]["locked_seconds"].is_null()), (1, true));
    // Both at once from 12:00 to 13:30 UTC: once for the user.
    let user = &place.rows(&["usage", "case", "--by", "user"])[0];
    let both: i64 = [&rows[0], &rows[1], &server[0]].iter().map(|row| number(row, "presence_seconds")).sum();
    assert!((both - number(user, "presence_seconds") - 90 * 60).abs() <= 10);
    // Nobody else was there.
    assert_eq!(place.rows(&["usage", "case", "--user", "bob"]).len(), 0);
}

#[test]
fn days_are_those_of_the_zone() {
    let place = place();
    let dates = |flags: &[&str]| -> Vec<String> {
        let rows = place.rows(&[&["usage", "case", "--host", "srv-01"], flags].concat());
        rows.iter()
            .map(|row| format!("{} {}", row["date"].as_str().unwrap_or("?"), row["timezone_from"]))
            .collect()
    };
    assert_eq!(dates(&[]), ["2024-05-14 \"unknown\""]);
    assert_eq!(dates(&["--timezone", "Asia/Seoul"]), ["2024-05-14 \"given\"", "2024-05-15 \"given\""]);
    assert_eq!(
        dates(&["--timezone", "Asia/Seoul", "--host-timezone", "srv-*=UTC"]),
        ["2024-05-14 \"given\""]
    );
    assert_eq!(dates(&["--timezone", "Asia/Seoul", "--since", "2024-05-15"]), ["2024-05-15 \"given\""]);
    assert_eq!(dates(&["--until", "2024-05-13"]), [""; 0]);
}

#[test]
fn what_makes_no_sense_says_what_would() {
    let place = place();
    let errors = [
        &["--timezone", "Berlin"][..],
        &["--host-timezone", "srv-01"],
        &["--since", "2024-05-14 09:00"],
        &["--since", "2024-05-15", "--until", "2024-05-14"],
    ]
    .map(|flags| {
        let run = place.run(&[&["usage", "case"], flags].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{flags:?}");
        run.err
    });
    insta::assert_snapshot!("errors", errors.concat());
    for command in ["usage", "off-hours"] {
        let run = place.run(&[command, "case", "--host-timezone", "nosuch=Asia/Seoul"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{command}");
        assert!(
            run.err.contains(
                "--host-timezone \"nosuch=Asia/Seoul\": no host of the case has such a name; it has srv-01"
            ),
            "{}",
            run.err
        );
    }
    let none = place.run(&["usage", "case", "--user", "nobody"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(
        none.err.starts_with("No hours of presence match. Security of srv-01 covers 2024-05-14"),
        "{}",
        none.err
    );
}
