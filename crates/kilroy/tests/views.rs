//! `users`, `sources`, `matrix`, `first-seen`, `rare` and `off-hours`: what they say, and that each number opens the sessions
//! behind it.

mod common;

use common::Workplace;
use kilroy_testkit::{Account, Client, Host, Style, log_files, may};
use serde_json::Value;

const WRONG_PASSWORD: u32 = 0xc000_006a;

/// A fortnight: Alice and Bob come to two servers from inside every day, once Alice comes from far away, at night; a
/// guesser tries names that no shell, pattern or flag likes; and there are three hosts of one bare name.
fn place() -> Workplace {
    let (alice, bob) = (Account::new("alice", "CORP", 1104), Account::new("bob", "CORP", 1105));
    let mut srv = Host::new("SRV-A.corp.example", Style::Windows10, may(1, 5, 0, 0)).ahead_of_utc(540);
    srv.boot();
    srv.note_uptime("-540 Korea Standard Time");
    for day in 2..16 {
        srv.at(may(day, 0, 30, 0));
        for (account, ip, port) in [(&alice, "10.20.30.41", 52_000), (&bob, "10.20.30.58", 53_000)] {
            let logon = srv.rdp_logon(&Client::new(ip, port, "PC1"), account);
            srv.pass(600_000);
            srv.logoff(logon.session);
            srv.pass(60_000);
        }
    }
    srv.at(may(16, 15, 0, 0));
    let far = Client::new("203.0.113.77", 50_000, "kali");
    for user in ["alice", "a*c", "x y", "-root", "it's \"me\" $HOME", "관리자", "CORP\\dan"] {
        srv.failed_rdp(&far, user, WRONG_PASSWORD);
        srv.pass(3000);
    }
    let logon = srv.rdp_logon(&far, &alice);
    srv.pass(600_000);
    srv.rdp_disconnect(logon.session, 11);

    let place = Workplace::new();
    place.write("logs/a", &log_files(srv.events()).expect("logs"));
    for (n, name) in ["NODE", "NODE.a.example", "NODE.b.example"].into_iter().enumerate() {
        let mut host = Host::new(name, Style::Windows10, may(10, 6, 0, 0));
        host.boot();
        for _ in 0..=n {
            host.pass(60_000);
            host.network_logon(&Client::new("10.20.0.9", 49_700, "SRV-BACKUP"), &bob);
            host.failed_rdp(&Client::new("192.0.2.7", 49_701, "kali"), "root", WRONG_PASSWORD);
        }
        host.console_logon(&alice);
        place.write(&format!("logs/{n}"), &log_files(host.events()).expect("logs"));
    }
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!(run.code, 0, "{}", run.err);
    place
}

/// How many sessions the flags of a row list.
fn behind(place: &Workplace, filter: &Value) -> u64 {
    let flags: Vec<&str> =
        filter.as_array().expect("flags").iter().map(|flag| flag.as_str().expect("a flag")).collect();
    place.rows(&[&["sessions", "case"], flags.as_slice()].concat()).len() as u64
}

fn number(row: &Value, key: &str) -> u64 {
    row[key].as_u64().unwrap_or_else(|| panic!("{key} of {row}"))
}

fn all(row: &Value) -> u64 {
    number(row, "sessions") + number(row, "failures") + number(row, "denied")
}

fn open_each(place: &Workplace, args: &[&str]) -> Vec<Value> {
    let rows = place.rows(args);
    assert!(!rows.is_empty(), "{args:?}");
    for row in &rows {
        assert_eq!(behind(place, &row["filter"]), all(row), "{args:?}: {row}");
    }
    rows
}

#[test]
fn each_number_opens_the_sessions_behind_it() {
    let place = place();
    let sessions = place.rows(&["sessions", "case"]).len() as u64;
    for args in [
        &["users", "case"][..],
        &["sources", "case"],
        &["matrix", "case"],
        &["matrix", "case", "--by", "range"],
    ] {
        let rows = open_each(&place, args);
        assert_eq!(
            rows.iter().map(all).sum::<u64>(),
            sessions,
            "{args:?}: no session is lost or counted twice"
        );
    }
    open_each(&place, &["first-seen", "case"]);
    for row in open_each(&place, &["rare", "case"]) {
        let of: u64 = behind(&place, &row["of_filter"]);
        assert!(number(&row, "of") <= of, "{row}");
    }
    open_each(&place, &["off-hours", "case"]);
    for row in place.rows(&["users", "case"]) {
        for outlier in row["outliers"].as_array().expect("a list") {
            assert_eq!(behind(&place, &outlier["filter"]), all(outlier), "{outlier}");
        }
    }
    for row in place.rows(&["users", "case", "--sides"]) {
        for side in ["internal", "external", "this_machine", "unknown"] {
            for source in row[side].as_array().expect("a list") {
                assert_eq!(behind(&place, &source["filter"]), all(source), "{source}");
            }
        }
    }
}

/// On real logs, too: users without a name, sources without an address, machine accounts.
#[test]
fn numbers_of_real_logs_open_their_sessions() {
    let Some(logs) = common::shared() else { return };
    let place = Workplace::new();
    place.run(&["analyze", &logs.display().to_string(), "-o", "case"]);
    for args in [
        &["matrix", "case"][..],
        &["users", "case", "--background"],
        &["rare", "case"],
        &["off-hours", "case"],
    ] {
        open_each(&place, args);
    }
}

#[test]
fn numbers_open_what_the_view_was_asked_for() {
    let place = place();
    for flags in [
        &["--user", "CORP\\*"][..],
        &["--ip", "203.0.113.0/24"],
        &["--ip", "10.0.0.0/8", "--outcome", "success"],
        &["--host", "node."],
        &["--host", "node"],
        &["--since", "2024-05-10", "--until", "2024-05-12 00:45"],
        &["--kind", "interactive-remote,interactive-local"],
        &["--scope", "external", "--internal", "203.0.113.0/24"],
        &["--client", "kali"],
        &["--background"],
    ] {
        let sessions = place.rows(&[&["sessions", "case"], flags].concat()).len() as u64;
        assert!(sessions > 0, "{flags:?}");
        for view in [&["users", "case"][..], &["sources", "case"], &["matrix", "case", "--by", "range"]] {
            let rows = open_each(&place, &[view, flags].concat());
            assert_eq!(rows.iter().map(all).sum::<u64>(), sessions, "{view:?} {flags:?}");
        }
    }
}

#[test]
fn first_sights_are_chosen_by_scope_and_client() {
    let place = place();
    for flags in [&["--scope", "external", "--internal", "203.0.113.0/24"][..], &["--client", "kali"]] {
        let rows = open_each(&place, &[&["first-seen", "case"], flags].concat());
        assert!(rows.len() < place.rows(&["first-seen", "case"]).len(), "{flags:?}");
        let fits = |row: &Value| row["scope"] != "internal" && row["ip"] != "10.20.0.9";
        assert!(rows.iter().all(fits), "{flags:?} {rows:#?}");
    }
}

#[test]
fn what_is_unusual_is_marked() {
    let place = place();
    insta::assert_snapshot!("users", place.prints(&["users", "case"]));
    insta::assert_snapshot!("sides", place.prints(&["users", "case", "--sides"]));
    insta::assert_snapshot!("matrix", place.prints(&["matrix", "case", "--outcome", "success"]));
    let ko = place.prints(&["matrix", "case", "--by", "range", "--unusual", "--lang", "ko"]);
    insta::assert_snapshot!("unusual_ko", ko);
}

#[test]
fn first_sights_and_rare_pairs() {
    let place = place();
    insta::assert_snapshot!(
        "first_seen",
        place.prints(&["first-seen", "case", "--what", "user-host,user-source"])
    );
    let proven = place.rows(&["first-seen", "case", "--proven", "--outcome", "success"]);
    let seen: Vec<String> = proven
        .iter()
        .map(|row| format!("{} {} {}", row["what"], row["user"], row["ip"]).replace('"', ""))
        .collect();
    // Everything else is of the first day of some log.
    assert_eq!(
        seen,
        ["source null 203.0.113.77", "user-source alice 203.0.113.77", "host-source null 203.0.113.77"]
    );
    assert!(place.rows(&["first-seen", "case", "--until", "2024-04-30"]).is_empty());
    insta::assert_snapshot!("rare", place.prints(&["rare", "case"]));
}

#[test]
fn nights_by_the_clock_of_the_host() {
    let place = place();
    insta::assert_snapshot!("off_hours", place.prints(&["off-hours", "case"]));
    // 15:00 UTC is midnight in Seoul, and 00:30 UTC half past nine.
    let rows = place.rows(&["off-hours", "case", "--host", "srv-a", "--user", "alice", "--weekend", "none"]);
    assert_eq!(number(&rows[0], "night"), 2, "{rows:?}");
    let utc = [
        "off-hours",
        "case",
        "--host",
        "srv-a",
        "--timezone",
        "UTC",
        "--weekend",
        "none",
        "--outcome",
        "success",
    ];
    let by_utc: u64 = place.rows(&utc).iter().map(|row| number(row, "night")).sum();
    assert_eq!(by_utc, 28);
    let none = place.run(&["off-hours", "case", "--night", "none", "--weekend", "none"]);
    assert!(
        none.out.is_empty() && none.err.starts_with("Nobody was there at night or on a day off."),
        "{none:?}"
    );
}

/// Whoever unlocks a desktop at three at night was there, though he logged on in the morning.
#[test]
fn an_unlock_at_night_is_somebody() {
    let mut host = Host::new("WS-7.corp.example", Style::Windows10, may(14, 7, 0, 0));
    host.boot();
    host.at(may(14, 8, 30, 0));
    let desk = host.console_logon(&Account::new("alice", "CORP", 1104));
    host.at(may(14, 17, 0, 0));
    host.lock(desk.session);
    host.at(may(15, 3, 0, 0));
    host.unlock(desk.session, 7);
    let place = Workplace::new();
    place.write("logs", &log_files(host.events()).expect("logs"));
    assert_eq!(place.run(&["analyze", "logs", "-o", "case"]).code, 0);
    let rows = place.rows(&["off-hours", "case"]);
    let told: Vec<_> = rows.iter().map(|row| (row["user"].as_str(), number(row, "night"))).collect();
    assert_eq!(told, [(Some("alice"), 1)]);
    open_each(&place, &["off-hours", "case"]);
}

#[test]
fn what_cannot_be_is_said() {
    let place = place();
    let error = |args: &[&str]| {
        let run = place.run(args);
        assert_eq!(run.code, 2, "{args:?}");
        run.err
    };
    let errors = [
        error(&["off-hours", "case", "--night", "late"]),
        error(&["off-hours", "case", "--weekend", "friday"]),
        error(&["first-seen", "case", "--what", "host"]),
        error(&["users", "case", "--scope", "far"]),
        error(&["users", "case", "--geoip", "logs/nothing.mmdb"]).lines().take(1).collect(),
    ];
    insta::assert_snapshot!("errors", errors.concat());
}

/// The formats for programs have the same keys.
#[test]
fn csv_has_the_keys_of_json() {
    let place = place();
    for args in [
        &["users", "case", "--sides"][..],
        &["matrix", "case"],
        &["first-seen", "case"],
        &["rare", "case"],
        &["off-hours", "case"],
    ] {
        let rows = place.rows(args);
        let keys: Vec<&str> = rows[0].as_object().expect("an object").keys().map(String::as_str).collect();
        let csv = place.prints(&[args, &["--format", "csv"]].concat());
        assert_eq!(csv.split("\r\n").next().expect("a header"), keys.join(","), "{args:?}");
    }
}
