//! Log content is written by anybody. What is shown of it must not act.

mod common;

use common::Workplace;
use kilroy_testkit::{Account, Client, Host, Log, Style, log_files, may};

const USER: &str = "eve\u{1b}[2J\u{202e}nimda\r\n";

fn place() -> Workplace {
    let mut host = Host::new("SRV\u{7}\u{9b}1", Style::Windows10, may(14, 9, 0, 0));
    host.boot();
    let client = Client::new("203.0.113.9", 50_000, "=cmd|' /C calc'!A0\u{1b}]0;x\u{7}");
    let account = Account::new(USER, "@SUM(A1)\u{2066}", 1105);
    let desktop = host.rdp_logon(&client, &account);
    host.pass(60_000);
    host.clear_log(Log::Security, &account, 0x1234);
    host.pass(1000);
    host.rdp_disconnect(desktop.session, 0);
    let place = Workplace::new();
    place.write("logs", &log_files(host.events()).expect("the story can be written"));
    place
}

#[test]
fn nothing_that_is_shown_can_act() {
    let place = place();
    let summary = place.run(&["analyze", "logs", "-o", "case"]);
    assert_eq!(summary.code, 0, "{}", summary.err);
    let rows = place.rows(&["sessions", "case", "--user", "eve*"]);
    assert!(!rows.is_empty());
    let mut shown = vec![summary.out];
    for command in ["sessions", "logon-sessions", "terminal-sessions", "users", "sources", "evidence"] {
        shown.push(place.prints(&[command, "case"]));
    }
    for row in &rows {
        let uid = row["session_uid"].as_str().expect("a uid");
        shown.push(place.prints(&["why", "case", uid]));
        shown.push(place.prints(&["why", "case", uid, "--lang", "ko"]));
    }
    for text in shown {
        let acts = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{2069}').contains(&c);
        assert!(!text.contains(acts), "{}", text.escape_debug());
    }
    // JSON keeps what the log says.
    assert!(rows.iter().any(|r| r["user"] == USER.trim()), "{rows:?}");
}

#[test]
fn no_cell_begins_a_formula() {
    let place = place();
    place.run(&["analyze", "logs", "-o", "case"]);
    let csv = place.prints(&["sessions", "case", "--format", "csv"]);
    assert!(csv.contains("'@SUM(A1)"), "{csv}");
    for cell in csv.split([',', '\n']) {
        assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '-', '@', '\t']), "{cell}");
    }
}

/// Colour needs a terminal; here is none.
#[test]
fn no_colour_without_a_terminal() {
    let place = Workplace::with_demo();
    for args in
        [&["sessions", "case"][..], &["analyze", "logs", "-o", "case"], &["--help"], &["analyze", "--help"]]
    {
        let run = place.run(args);
        assert!(!run.out.contains('\u{1b}'), "{args:?}");
    }
}
