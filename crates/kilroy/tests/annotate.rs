//! `kilroy annotate`: timelines of other tools, over the demo's logs, whose truth is known.

mod common;

use common::{Run, Workplace};
use serde_json::Value;

/// From 12:10 Bob is on the server; from 13:04 Alice's account from outside, from 14:20 again from elsewhere.
const BOB: (&str, &str) = ("CORP\\bob", "10.20.30.41");
const BACK: (&str, &str) = ("CORP\\alice", "198.51.100.23");

fn annotated(place: &Workplace, name: &str, bytes: &[u8], flags: &[&str]) -> Run {
    place.file(name, bytes);
    let mut args = vec!["annotate", "case", name];
    args.extend(flags);
    place.run(&args)
}

/// Every row of the file is still there, to the byte, and in its order.
fn nothing_is_lost(before: &str, after: &str) {
    assert_eq!(before.lines().count(), after.lines().count(), "{after}");
    for (was, is) in before.lines().zip(after.lines()) {
        assert!(is.starts_with(was), "{was}\n{is}");
    }
}

/// The cells behind a row of the file.
fn behind(before: &str, after: &str, line: usize, delimiter: char) -> Vec<String> {
    let was = before.lines().nth(line).expect("a line");
    let is = after.lines().nth(line).expect("a line");
    let rest = is.strip_prefix(was).expect("the row as it was");
    rest.split(delimiter).skip(1).map(str::to_owned).collect()
}

fn is_of(cells: &[String], (user, source): (&str, &str), sure: &str, by: &str) {
    assert_eq!([cells[1].as_str(), cells[2].as_str()], [user, source], "{cells:?}");
    assert_eq!([cells[6].as_str(), cells[7].as_str()], [sure, by], "{cells:?}");
    assert_eq!(cells[0].len(), 16, "{cells:?}");
}

#[test]
fn plaso_with_dates_of_the_united_states() {
    let place = Workplace::with_demo();
    let csv = "date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename,inode,notes,format,extra\n\
               05/14/2024,12:12:00,UTC,M...,FILE,NTFS,Mod,-,SRV-RDP01,x,\"a, \"\"quoted\"\" one\",2,x,1,-,filestat,-\n\
               05/14/2024,23:25:00,Asia/Seoul,M...,LOG,EVTX,x,alice,srv-rdp01.corp.example,x,=cmd(),2,x,1,-,evtx,-\n\
               05/14/2024,03:00:00,UTC,M...,FILE,NTFS,Mod,-,SRV-RDP01,x,nobody,2,x,1,-,filestat,-\n\
               05/14/2024,12:12:00,UTC,M...,FILE,NTFS,Mod,-,ELSEWHERE,x,x,2,x,1,-,filestat,-\n";
    let run = annotated(&place, "l2t.csv", csv.as_bytes(), &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    nothing_is_lost(csv, &run.out);
    assert_eq!(
        behind(csv, &run.out, 0, ','),
        [
            "session_uid",
            "session_user",
            "source_address",
            "client",
            "session_start",
            "session_end",
            "sure",
            "by"
        ]
    );
    is_of(&behind(csv, &run.out, 1, ','), BOB, "possible", "time");
    is_of(&behind(csv, &run.out, 2, ','), BACK, "likely", "user");
    assert!(behind(csv, &run.out, 3, ',').iter().all(String::is_empty));
    assert!(run.err.contains("Rows: 4 (exact 0, likely 1, possible 1, no session 2)"), "{}", run.err);
    assert!(run.err.contains("Rows of hosts that the case does not have: 1 (elsewhere)"), "{}", run.err);
}

/// Plaso writes the short name of the zone that it was told, which may be one of several.
#[test]
fn a_zone_that_is_not_known_is_no_utc() {
    let place = Workplace::with_demo();
    let csv = "date,time,timezone,user,host\n\
               05/14/2024,23:25:00,KST,alice,srv-rdp01\n\
               05/14/2024,14:25:00,KST,alice,srv-rdp01\n\
               05/14/2024,16:25:00,W. Europe Standard Time,alice,srv-rdp01\n\
               05/14/2024,10:25:00,EST5EDT,alice,srv-rdp01\n";
    let run = annotated(&place, "zones.csv", csv.as_bytes(), &[]);
    nothing_is_lost(csv, &run.out);
    for line in [1, 2] {
        assert!(behind(csv, &run.out, line, ',').iter().all(String::is_empty), "{}", run.out);
    }
    for line in [3, 4] {
        is_of(&behind(csv, &run.out, line, ','), BACK, "likely", "user");
    }
    assert_eq!(run.code, 1);
    assert!(run.err.contains("looked for: 2 (KST); say the zone with --timezone"), "{}", run.err);
    let run = annotated(&place, "zones.csv", csv.as_bytes(), &["--timezone", "Asia/Seoul", "--lang", "ko"]);
    is_of(&behind(csv, &run.out, 1, ','), BACK, "likely", "user");
    assert_eq!(run.code, 0, "{}", run.err);
    let run = annotated(&place, "zones.csv", csv.as_bytes(), &["--lang", "ko"]);
    assert!(run.err.contains("찾지 않은 행: 2 (KST). --timezone"), "{}", run.err);
}

/// A logon ID in the timeline is proof; the reconnect runs under the one of the first stay.
#[test]
fn a_logon_id_is_proof() {
    let place = Workplace::with_demo();
    let stays = place.rows(&["sessions", "case", "--ip", "203.0.113.77", "--outcome", "success"]);
    let first = stays[0]["session_uid"].as_str().expect("a uid").to_owned();
    let started = place.rows(&["events", "case", "image:*mstsc.exe", "event_id:4688"]);
    let luid = started[0]["subject_logon_id"].as_str().unwrap_or_else(|| panic!("{started:?}")).to_owned();
    let row = |time: &str| format!("{time},SRV-RDP01.corp.example,{luid}\r\n");
    let csv = [
        "TimeCreated,Computer,LogonId\r\n".to_owned(),
        row("2024-05-14 13:06:00"),
        row("2024-05-14 14:22:00.1234567"),
    ]
    .concat();
    let run = annotated(&place, "ez.csv", csv.as_bytes(), &[]);
    let cells = |line| behind(&csv, &run.out, line, ',');
    assert_eq!(
        [cells(1)[0].as_str(), cells(1)[6].as_str(), cells(1)[7].as_str()],
        [first.as_str(), "exact", "logon-id"]
    );
    is_of(&cells(2), BACK, "exact", "logon-id");
    assert!(run.out.contains("by\r\n"));
}

#[test]
fn a_body_file_has_four_times_in_a_line() {
    let place = Workplace::with_demo();
    // 12:12, never, 14:25:30, 14:25 on 2024-05-14.
    let body = "0|/a.txt|11-128-1|r/rrwxrwxrwx|0|0|5|1715688720|0|1715696730|1715696700\n\
                0|/b.txt|11-128-1|r/rrwxrwxrwx|0|0|5|0|0|0|0\n";
    let run = annotated(&place, "body", body.as_bytes(), &[]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--host"), "{}", run.err);
    let run = annotated(&place, "body", body.as_bytes(), &["--host", "srv-rdp01"]);
    assert_eq!(run.code, 0, "{}", run.err);
    nothing_is_lost(body, &run.out);
    let cells = behind(body, &run.out, 0, '|');
    assert_eq!(cells[1], "a=CORP\\bob / cb=CORP\\alice");
    assert_eq!(cells[2], "a=10.20.30.41 / cb=198.51.100.23");
    assert!(behind(body, &run.out, 1, '|').iter().all(String::is_empty));
    assert!(run.err.contains("Rows without a time: 1"), "{}", run.err);
}

#[test]
fn json_lines_stay_as_they_are() {
    let place = Workplace::with_demo();
    let lines = "{\"datetime\": \"2024-05-14T14:25:00+00:00\", \"host\": {\"name\": \"SRV-RDP01\"}, \"user\": \"CORP\\\\alice\", \"n\": 1.50 }\n\
                 not JSON\n\
                 {\"datetime\": 1715688720, \"hostname\": \"srv-rdp01\", \"by\": \"mine\"}";
    let run = annotated(&place, "t.jsonl", lines.as_bytes(), &[]);
    assert_eq!(run.code, 1, "{}", run.err);
    let rows: Vec<&str> = run.out.lines().collect();
    assert!(rows[0].starts_with(lines.lines().next().unwrap().trim_end_matches('}')), "{}", rows[0]);
    let one: Value = serde_json::from_str(rows[0]).expect("JSON");
    assert_eq!(
        (&one["session_user"], &one["source_address"], &one["sure"]),
        (&BACK.0.into(), &BACK.1.into(), &"likely".into())
    );
    assert_eq!(rows[1], "not JSON");
    let other: Value = serde_json::from_str(rows[2]).expect("JSON");
    assert_eq!((&other["by"], &other["kilroy_session_user"]), (&"mine".into(), &BOB.0.into()));
    assert!(run.err.contains("stand as they were: 1; the first in line 2"), "{}", run.err);
    assert!(!run.out.ends_with('\n'));
}

#[test]
fn rows_that_make_trouble_stay() {
    let place = Workplace::with_demo();
    let csv = "message;datetime;computer\n\
               \"two\nlines\";2024-05-14 12:12:00;SRV-RDP01\n\
               no time;yesterday;SRV-RDP01\n\
               short\n\
               \n\
               \"never closed;2024-05-14 12:12:00;SRV-RDP01\n\
               long;2024-05-14 12:12:00;SRV-RDP01;more;still more\n";
    let run = annotated(&place, "odd.csv", csv.as_bytes(), &[]);
    assert_eq!(run.code, 1);
    nothing_is_lost(csv, &run.out);
    assert!(run.out.lines().nth(2).is_some_and(|line| line.contains("CORP\\bob")), "{}", run.out);
    assert!(run.out.contains("\nshort;;;;;;;;;;\n"), "{}", run.out);
    assert!(run.err.contains("in line 4: \"yesterday\""), "{}", run.err);
}

#[test]
fn columns_zones_and_formats_as_asked_for() {
    let place = Workplace::with_demo();
    let csv = "When,Who,Where\n14/05/2024 21:12,CORP\\bob,SRV-RDP01\n";
    let run = annotated(&place, "own.csv", csv.as_bytes(), &[]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--time-column") && run.err.contains("When, Who, Where"), "{}", run.err);
    let flags = [
        "--time-column",
        "when",
        "--user-column",
        "Who",
        "--host-column",
        "Where",
        "--timezone",
        "Asia/Seoul",
        "--time-format",
        "day-first",
    ];
    let run = annotated(&place, "own.csv", csv.as_bytes(), &flags);
    assert_eq!(run.code, 0, "{}", run.err);
    is_of(&behind(csv, &run.out, 1, ','), BOB, "likely", "user");
    let wrong = annotated(&place, "own.csv", csv.as_bytes(), &["--time-column", "Time"]);
    assert!(wrong.err.contains("there is no such column"), "{}", wrong.err);
    let unknown =
        annotated(&place, "own.csv", csv.as_bytes(), &["--time-column", "When", "--host", "nowhere"]);
    assert!(unknown.err.contains("the case has no such host"), "{}", unknown.err);
}

#[test]
fn what_is_no_timeline_is_said() {
    let place = Workplace::with_demo();
    let name =
        std::fs::read_dir(place.path("logs/SRV-RDP01.corp.example")).expect("logs").next().expect("a log");
    let log = std::fs::read(name.expect("a log").path()).expect("a log");
    for (bytes, flags, says) in [
        (&log[..], &[][..], "this is an event log, and no timeline"),
        (b"\x1f\x8b\x08\0\0", &[], "this is a gzip archive: unpack it first"),
        (b"\0\x01\x02\x03\0\0\0\0\xff", &[], "this is no text"),
        (b"time,user\r2024-05-14 12:12:00,a\r", &[], "its lines end in CR alone"),
        (
            b"1715688720|FILE|SRV-RDP01|bob|x\n",
            &["--time-column", "x"],
            "--time-column: this is a TLN file, whose columns have no names",
        ),
    ] {
        let run = annotated(&place, "file", bytes, flags);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{says}");
        assert!(run.err.contains(says) && run.err.len() < 300, "{}", run.err);
    }
    let unknown = annotated(&place, "t.csv", b"a,b\n1,2\n", &["--time-column", "a", "--host", "nowhere"]);
    assert!(unknown.err.contains("it has srv-rdp01, wks-alice\n"), "{}", unknown.err);
}

#[test]
fn excel_says_its_separator_and_wmi_its_times() {
    let place = Workplace::with_demo();
    let csv = "sep=;\r\ntime;computer;user\r\n20240514121200.000000+000;SRV-RDP01;-\\-\r\n\
               14.05.2024 12:12:00;SRV-RDP01;-\r\n";
    let run = annotated(&place, "excel.csv", csv.as_bytes(), &[]);
    assert_eq!(run.code, 1, "{}", run.err);
    nothing_is_lost(csv, &run.out);
    is_of(&behind(csv, &run.out, 2, ';'), BOB, "possible", "time");
    assert!(run.err.contains("--time-format day-first reads the day before the month"), "{}", run.err);
}

#[test]
fn utf_16_comes_out_as_it_went_in() {
    let place = Workplace::with_demo();
    let text = "Timestamp,Computer,Message\r\n2024-05-14 12:12:00.000 +00:00,SRV-RDP01,관리자\r\n";
    let encode = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    place.file("wide.csv", &encode(text));
    let run = place.run(&["annotate", "case", "wide.csv", "-o", "out.csv"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    let bytes = std::fs::read(place.path("out.csv")).expect("a file");
    let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let read = String::from_utf16(&units[1..]).expect("letters");
    nothing_is_lost(text, &read);
    is_of(&behind(text, &read, 1, ','), BOB, "possible", "time");
    assert_eq!(encode(&read), bytes);
    // The timeline itself is never written to.
    assert_eq!(place.run(&["annotate", "case", "wide.csv", "-o", "wide.csv"]).code, 2);
}

/// An intrusion over three hosts whose clocks differ: each file that was touched is put into the session that touched it, and
/// so behind a reconnect the new address, not the old one.
#[test]
fn files_of_an_intrusion_are_put_into_the_right_sessions() {
    let story = kilroy_testkit::intrusion::Intrusion::new();
    let place = Workplace::new();
    place.write("logs", &kilroy_testkit::log_files(&story.events).expect("the story can be written"));
    assert!(place.run(&["analyze", "logs", "-o", "case"]).code < 2);
    let rows = story.touched.iter().map(|file| format!("{},{},{}\n", file.time, file.computer, file.path));
    let csv = format!("datetime,hostname,message\n{}", rows.collect::<String>());
    let run = annotated(&place, "files.csv", csv.as_bytes(), &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    nothing_is_lost(&csv, &run.out);
    let sessions = place.rows(&["sessions", "case", "--background"]);
    for (number, file) in story.touched.iter().enumerate() {
        let uids = &behind(&csv, &run.out, number + 1, ',')[0];
        let target = &story.hops[file.hop].target;
        let is_true = |row: &&Value| {
            let sources = row["sources"].as_array().expect("sources");
            let records =
                |source: &Value| (source["log"].as_str().map(str::to_owned), source["record_id"].as_u64());
            row["computer"] == file.computer.to_lowercase().as_str()
                && sources.iter().any(|source| {
                    let named = records(source);
                    target
                        .iter()
                        .any(|mark| named == (Some(mark.log.channel().to_owned()), Some(mark.record_id)))
                })
        };
        let known: Vec<&str> =
            sessions.iter().filter(is_true).filter_map(|row| row["session_uid"].as_str()).collect();
        assert!(known.iter().any(|uid| uids.starts_with(uid)), "{file:?}: {uids} {known:?}");
    }
}
