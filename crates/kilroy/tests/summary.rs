//! `kilroy summary`: the page that a responder reads first.

mod common;

use common::Workplace;
use kilroy_testkit::intrusion::{FILES, GUESSES, INTRUDER, Intrusion};
use kilroy_testkit::{Account, Client, Host, Style, log_files, may, seconds};
use serde_json::Value;

#[test]
fn the_page_of_the_demo() {
    let place = Workplace::with_demo();
    let page = place.prints(&["summary", "case"]);
    insta::assert_snapshot!("page", page);
    insta::assert_snapshot!("page_ko", place.prints(&["summary", "case", "--lang", "ko"]));
    insta::assert_snapshot!("markdown", place.prints(&["summary", "case", "--format", "md"]));
    // It fits on a screen, and `analyze` ends with it.
    assert!(page.lines().count() <= 60, "{} lines", page.lines().count());
    assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
    assert_eq!(place.prints(&["analyze", "logs", "-o", "case"]), page);
    let korean = place.prints(&["analyze", "logs", "-o", "case", "--lang", "ko"]);
    assert_eq!(korean, place.prints(&["summary", "case", "--lang", "ko"]));
}

/// An intrusion over three hosts is told on one screen: the way in, who it was, and what was done to the logs.
#[test]
fn an_intrusion_over_three_hosts() {
    let intrusion = Intrusion::new();
    let place = Workplace::new();
    place.write("logs", &log_files(&intrusion.events).expect("logs"));
    let run = place.run(&["analyze", "logs", "-o", "case"]);
    let page = place.prints(&["summary", "case"]);
    assert_eq!((run.code, run.out.as_str()), (0, page.as_str()));
    insta::assert_snapshot!("intrusion", page);
    assert!(page.lines().count() <= 60, "{} lines", page.lines().count());
    let all = document(&place, &[]);
    let failed = all["failures"].as_array().expect("a list");
    let guessed = failed.iter().find(|row| row["ip"] == INTRUDER).expect("the guesses");
    assert_eq!((&guessed["failures"], &guessed["followed"]["user"]), (&GUESSES.into(), &"svc-deploy".into()));
    // The way in, by clocks that differ: from outside to the first host, by PsExec and Remote Desktop to the next ones.
    let ways = &all["ways"];
    let steps: Vec<String> = ways["steps"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|step| format!("{} {}", step["to"], step["by"]).replace('"', "").replace(".corp.example", ""))
        .collect();
    assert_eq!(
        steps,
        ["srv-gate interactive-remote", "srv-app psexec", "srv-app rdp", "srv-files rdp", "srv-files rdp"]
    );
    assert_eq!((&ways["from_outside"], &ways["steps"][0]["from"]), (&true.into(), &INTRUDER.into()));
    let lack = |what: &str| -> Vec<&Value> {
        all["missing"].as_array().expect("a list").iter().filter(|row| row["lack"] == what).collect()
    };
    let files = FILES.to_lowercase();
    assert_eq!(
        (&lack("cleared")[0]["log"], &lack("cleared")[0]["hosts"][0]),
        (&"Security".into(), &files.clone().into())
    );
    assert!(
        lack("hole").iter().any(|row| row["log"] == "System" && row["hosts"][0] == files.as_str()),
        "{all}"
    );
}

fn document(place: &Workplace, flags: &[&str]) -> Value {
    let printed = place.prints(&[&["summary", "case", "--format", "json"], flags].concat());
    serde_json::from_str(&printed).expect("the summary is JSON")
}

#[test]
fn the_numbers_are_those_of_the_tables() {
    let place = Workplace::with_demo();
    let all = document(&place, &[]);
    let sessions = place.rows(&["sessions", "case"]);
    assert_eq!(all["sessions"]["people"], sessions.len());
    let failures = sessions.iter().filter(|row| row["outcome"] == "failure").count();
    let sum = |list: &Value, key: &str| -> u64 {
        list.as_array().expect("a list").iter().map(|row| row[key].as_u64().expect("a number")).sum()
    };
    assert_eq!(sum(&all["failures"], "failures"), failures as u64);
    assert_eq!(sum(&all["hosts"], "failures"), failures as u64);
    let in_it = sessions.iter().filter(|row| row["outcome"] == "success").count();
    assert_eq!(sum(&all["people"], "sessions"), in_it as u64);
    assert_eq!(all["evidence"]["records"], sum(&all["hosts"], "records"));
    // What followed is a session, and came after that many failures.
    let then = &all["failures"][0]["followed"];
    let session = sessions.iter().find(|row| row["session_uid"] == then["session_uid"]).expect("a session");
    assert_eq!((&session["prior_failures"], &session["user"]), (&then["prior_failures"], &then["user"]));
    // Findings: those on the page, those of weight info, and those that were dismissed are all that there are.
    let findings = place.rows(&["findings", "case"]);
    let counted = |all: &Value| all["findings"].as_array().map_or(0, Vec::len);
    let info = findings.iter().filter(|row| row["weight"] == "info").count();
    assert_eq!(all["findings_left_out"], serde_json::json!({ "info": info, "dismissed": 0 }));
    assert_eq!(counted(&all) + info, findings.len());
    place.prints(&["finding", "case", findings[0]["finding_uid"].as_str().expect("a uid"), "--dismiss"]);
    let fewer = document(&place, &[]);
    assert_eq!((counted(&fewer), &fewer["findings_left_out"]["dismissed"]), (counted(&all) - 1, &1.into()));
    let page = place.prints(&["summary", "case"]);
    assert!(page.contains(" dismissed\n") && page.contains("not counted here: "), "{page}");
    // A network that is one's own is not outside.
    let internal = document(&place, &["--internal", "203.0.113.0/24"]);
    let far = |all: &Value| {
        let failed = all["failures"].as_array().expect("a list").iter();
        failed.filter(|row| row["ip"] == "203.0.113.77").map(|row| row["scope"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((far(&all), far(&internal)), (vec!["external".into()], vec!["internal".into()]));
}

/// Each command on the page can be run, and shows something.
#[test]
fn its_commands_can_be_typed() {
    let place = Workplace::with_demo();
    let page = place.prints(&["summary", "case"]);
    let commands: Vec<&str> =
        page.lines().filter_map(|line| line.find("kilroy ").map(|at| line[at + 7..].trim())).collect();
    assert!(commands.len() > 12, "{page}");
    for command in commands {
        // What stands behind two blanks is a remark.
        let words = command.split("  ").next().expect("a command");
        if words.contains("SESSION") {
            continue;
        }
        let args: Vec<&str> = words.split(' ').collect();
        assert!(!place.prints(&args).is_empty(), "{words}");
    }
}

#[test]
fn nothing_of_a_log_is_markup() {
    let mut host = Host::new("SRV", Style::Windows10, may(14, 9, 0, 0));
    host.boot();
    let far = Client::new("203.0.113.9", 50_000, "kali");
    for _ in 0..12 {
        host.pass(1000);
        host.failed_rdp(&far, "<img src=x>|*a*`b`\u{1b}[2J", 0xc000_006a);
    }
    let place = Workplace::new();
    place.write("logs", &log_files(host.events()).expect("logs"));
    place.run(&["analyze", "logs", "-o", "case"]);
    let page = place.prints(&["summary", "case", "--format", "md"]);
    assert!(page.contains("&lt;img src=x>\\|\\*a\\*\\`b\\`\\\\u{1b}\\[2J"), "{page}");
    assert!(!page.contains('\u{1b}') && !page.contains("<img"), "{page}");
}

#[test]
fn a_case_without_people() {
    let mut host = Host::new("SRV", Style::Windows10, may(14, 9, 0, 0));
    host.boot();
    let place = Workplace::new();
    place.write("logs", &log_files(host.events()).expect("logs"));
    place.run(&["analyze", "logs", "-o", "case"]);
    insta::assert_snapshot!("nobody", place.prints(&["summary", "case"]));
    let run = place.run(&["summary", "nothing"]);
    assert_eq!(run.code, 2, "{run:?}");
}

/// One wrong password before the right one is no guessing, and yet a failure before a success.
#[test]
fn nothing_stands_out_beside_a_success_after_a_failure() {
    let mut host = Host::new("SRV", Style::Windows10, may(14, 9, 0, 0));
    host.boot();
    let (near, alice) = (Client::new("10.20.30.40", 51_234, "ALICE-LT"), Account::new("alice", "CORP", 1104));
    host.failed_rdp(&near, "alice", 0xc000_006a);
    host.pass(seconds(20));
    let logon = host.rdp_logon(&near, &alice);
    host.pass(seconds(600));
    host.logoff(logon.session);
    let place = Workplace::new();
    place.write("logs", &log_files(host.events()).expect("logs"));
    place.run(&["analyze", "logs", "-o", "case"]);
    let page = place.prints(&["summary", "case"]);
    assert!(page.contains("THEN IN") && page.contains("nothing stands out"), "{page}");
    assert!(!page.contains("no success after failures"), "{page}");
    let page = place.prints(&["summary", "case", "--lang", "ko"]);
    assert!(page.contains("눈에 띄는 것이 없음") && !page.contains("실패 뒤의 성공,"), "{page}");
}
