//! `kilroy decode`: event logs in other formats.

mod common;

use common::Workplace;
use kilroy_evtx::{Body, EventSpec, Value, write};

/// 2024-05-14T00:00:00.0000001Z
const MIDNIGHT: u64 = 133_601_184_000_000_001;
const SECOND: u64 = 10_000_000;

fn text(text: &str) -> Value {
    Value::Str(text.to_owned())
}

fn event(record_id: u64, event_id: u32, body: Body) -> EventSpec {
    EventSpec {
        provider: "Example-Provider".to_owned(),
        event_id,
        record_id,
        time_filetime: MIDNIGHT + record_id * SECOND,
        channel: "Security".to_owned(),
        computer: "srv01.corp.example".to_owned(),
        body,
        ..EventSpec::default()
    }
}

/// Every kind of body, and texts that want to be more than text.
fn events() -> Vec<EventSpec> {
    let named = |fields: &[(&str, &str)]| {
        Body::EventData(fields.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    };
    vec![
        EventSpec {
            provider: "Microsoft-Windows-Security-Auditing".to_owned(),
            provider_guid: Some(0x5484_9625_5478_4994_a5ba_3e3b_0328_c30d),
            version: 2,
            task: 12_544,
            keywords: 0x8020_0000_0000_0000,
            activity_id: Some(0x1234),
            process_id: 700,
            thread_id: 8,
            user_sid: Some("S-1-5-18".to_owned()),
            ..event(
                1,
                4624,
                Body::EventData(vec![
                    ("TargetUserName".to_owned(), text("홍길동")),
                    ("TargetLogonId".to_owned(), Value::HexU64(0x3e7)),
                    ("LogonType".to_owned(), Value::U32(10)),
                    ("ProcessName".to_owned(), text(r"C:\Windows\System32\svchost.exe")),
                    ("LogonGuid".to_owned(), Value::Guid(0x1234)),
                    ("Elevated".to_owned(), Value::Bool(true)),
                    ("Empty".to_owned(), Value::Null),
                ]),
            )
        },
        event(
            2,
            4688,
            named(&[("CommandLine", "=cmd \"a,b\"\r\n\u{1b}[2J\u{202e}nimda"), ("Tab\tName", "")]),
        ),
        event(3, 1, Body::UnnamedData(vec![text("one"), text("two")], Some(vec![0, 0xab]))),
        EventSpec {
            channel: "=1+1".to_owned(),
            computer: "WS,\"7\"\u{9b}".to_owned(),
            ..event(
                4,
                21,
                Body::UserData {
                    element: "EventXML".to_owned(),
                    namespace: "Event_NS".to_owned(),
                    fields: vec![("User".to_owned(), text("CORP\\alice"))],
                },
            )
        },
        event(5, 4634, Body::Empty),
    ]
}

fn bytes(events: &[EventSpec]) -> Vec<u8> {
    let mut file = Vec::new();
    write(&mut file, events).expect("a log can be written");
    file
}

fn place() -> Workplace {
    let place = Workplace::new();
    place.file("logs/one.evtx", &bytes(&events()));
    place
}

/// Many records in large and small files, so that several threads have something to share.
fn many() -> Workplace {
    let place = Workplace::new();
    let log = |count: u64, letter: &str| {
        let body = || Body::EventData(vec![("Text".to_owned(), text(&letter.repeat(700)))]);
        bytes(&(1..=count).map(|n| event(n, 4624, body())).collect::<Vec<_>>())
    };
    place.file("logs/a-large.evtx", &log(4000, "a"));
    for n in 0..9 {
        place.file(&format!("logs/small-{n}.evtx"), &log(100 + n, "홍"));
    }
    let mut damaged = log(300, "d");
    damaged[4096 + 65_536 + 512 + 40_000..][..3000].fill(0xff);
    place.file("logs/damaged.evtx", &damaged);
    place
}

#[test]
fn json_lines() {
    let place = place();
    let lines = place.prints(&["decode", "logs"]);
    insta::assert_snapshot!("jsonl", lines);
    for line in lines.lines() {
        let _: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
    }
}

#[test]
fn csv() {
    let csv = place().prints(&["decode", "logs", "--format", "csv"]);
    insta::assert_snapshot!("csv", csv.replace("\r\n", "\n"));
    assert_eq!(csv.matches("\r\n").count(), events().len() + 1, "line ends in values are escaped");
}

#[test]
fn xml() {
    let place = place();
    let xml = place.prints(&["decode", "logs", "--format", "xml"]);
    insta::assert_snapshot!("xml", xml);
    let some = place.prints(&["decode", "logs", "--format", "xml", "--filter", "event_id:4634"]);
    assert_eq!(some.matches("<Event ").count(), 1, "{some}");
    assert_eq!(place.run(&["decode", "logs", "--format", "xml", "--count"]).code, 2);
}

#[test]
fn counts() {
    let place = many();
    let run = place.run(&["decode", "logs", "--count"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    insta::assert_snapshot!("count", run.out);
    insta::assert_snapshot!("count_ko", place.run(&["decode", "logs", "--count", "--lang", "ko"]).out);
    let rows = place.rows(&["decode", "logs", "--count"]);
    assert_eq!(
        rows[0],
        serde_json::json!({
            "file": "logs/a-large.evtx", "size": rows[0]["size"], "records": 4000, "losses": 0
        })
    );
    let csv = place.run(&["decode", "logs/small-1.evtx", "--count", "--format", "csv"]).out;
    assert!(csv.starts_with("file,size,records,losses\r\nsmall-1.evtx,"), "{csv}");
}

#[test]
fn the_same_bytes_with_any_number_of_threads() {
    let place = many();
    for format in ["jsonl", "csv", "xml"] {
        let run = |threads: &str| place.run(&["decode", "logs", "--format", format, "--threads", threads]);
        let one = run("1");
        assert!(one.out.len() > 5_000_000, "{}", one.out.len());
        assert_eq!(one.code, 1);
        for threads in ["2", "4", "13"] {
            assert!(run(threads) == one, "{format} with {threads} threads");
        }
    }
}

#[test]
fn filters() {
    let place = place();
    let ids = |filters: &[&str]| -> Vec<u64> {
        let args: Vec<&str> =
            ["decode", "logs"].into_iter().chain(filters.iter().flat_map(|f| ["--filter", f])).collect();
        place.rows(&args).iter().map(|row| row["record_id"].as_u64().expect("a number")).collect()
    };
    assert_eq!(ids(&[]), [1, 2, 3, 4, 5]);
    assert_eq!(ids(&["event_id:4624,4630-4640"]), [1, 5]);
    assert_eq!(ids(&["channel:security event_id:1..4000"]), [3]);
    assert_eq!(ids(&["event_id:..4000", "channel:Security"]), [3]);
    assert_eq!(ids(&["time:2024-05-14T00:00:03..2024-05-14T00:00:04"]), [3, 4]);
    assert_eq!(ids(&["provider:*security-auditing computer:srv01"]), [1]);
    assert_eq!(ids(&["channel:System"]), [] as [u64; 0]);
    assert_eq!(ids(&["-event_id:4624,4630-4640"]), [2, 3, 4]);
    assert_eq!(ids(&["!event_id:4624", "-event_id:4630-4640"]), [2, 3, 4]);
}

#[test]
fn a_damaged_log_gives_the_rest() {
    let place = many();
    let run = place.run(&["decode", "logs/damaged.evtx"]);
    assert_eq!(run.code, 1);
    assert!(run.out.lines().count() > 250);
    insta::assert_snapshot!("losses", run.err);
}

#[test]
fn many_losses_are_few_lines() {
    let place = Workplace::new();
    let body = || Body::EventData(vec![("Text".to_owned(), text(&"x".repeat(500)))]);
    let mut log = bytes(&(1..=2500).map(|n| event(n, 4624, body())).collect::<Vec<_>>());
    for chunk in log[4096..].chunks_mut(65_536) {
        chunk[20_000..21_500].fill(0xff);
    }
    place.file("bad.evtx", &log);
    let run = place.run(&["decode", "bad.evtx"]);
    assert_eq!(run.code, 1);
    assert_eq!(run.err.lines().count(), 21, "{}", run.err);
    let last = run.err.lines().last().expect("a line");
    assert!(last.starts_with("bad.evtx: ") && last.ends_with(" more losses"), "{last}");
}

/// A chunk in the middle of something else, and records in the slack of a chunk.
#[test]
fn carved_and_recovered() {
    let place = Workplace::new();
    let log = bytes(&events());
    let image = [&[0x5a; 12_345][..], &log[4096..], &[0x5a; 777]].concat();
    place.file("disk.img", &image);
    let run = place.run(&["decode", "disk.img"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    insta::assert_snapshot!("no_log", run.err);
    let rows = place.rows(&["decode", "disk.img", "--carve"]);
    assert_eq!(rows.len(), events().len());
    assert_eq!(rows[0]["offset"], 12_345 + 512);
    assert_eq!(rows[0]["file"], "disk.img");
}

#[test]
fn to_a_file() {
    let place = place();
    let printed = place.prints(&["decode", "logs"]);
    assert_eq!(place.prints(&["decode", "logs", "-o", "out.jsonl"]), "");
    let read = |name: &str| std::fs::read_to_string(place.path(name)).expect("a file");
    assert_eq!(read("out.jsonl"), printed);
    assert!(!place.path("out.jsonl.partial").exists());
    // An earlier result is replaced, evidence never: neither what is read nor what is not.
    place.prints(&["decode", "logs", "-o", "out.jsonl"]);
    place.file("other.evtx", &bytes(&events()));
    place.file("odd.partial", &bytes(&events()));
    for evidence in ["logs/one.evtx", "other.evtx"] {
        let before = std::fs::read(place.path(evidence)).expect("a file");
        let run = place.run(&["decode", "logs", "-o", evidence]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("evidence"), "{}", run.err);
        assert_eq!(std::fs::read(place.path(evidence)).expect("a file"), before);
    }
    // What is written first has a name that nothing else has.
    place.prints(&["decode", "logs", "-o", "odd"]);
    assert_eq!(read("odd"), printed);
    assert_eq!(std::fs::read(place.path("odd.partial")).expect("a file"), bytes(&events()));
    assert!(!place.path("odd.partial2").exists());
    assert_eq!(place.run(&["decode", "logs", "-o", "logs"]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_what_it_leads_to_is_written() {
    let place = place();
    let printed = place.prints(&["decode", "logs"]);
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, place.path(name)).expect("a link");
    place.file("real.jsonl", b"what was there");
    link("real.jsonl", "link.jsonl");
    link("new.jsonl", "to-nothing.jsonl");
    link("/proc/self/fd/1", "screen");
    for (name, written) in [("link.jsonl", "real.jsonl"), ("to-nothing.jsonl", "new.jsonl")] {
        place.prints(&["decode", "logs", "-o", name]);
        assert_eq!(std::fs::read_to_string(place.path(written)).expect("a file"), printed);
        assert!(place.path(name).is_symlink(), "{name}");
    }
    if std::path::Path::new("/proc/self/fd").exists() {
        assert_eq!(place.prints(&["decode", "logs", "-o", "screen"]), printed);
        assert!(place.path("screen").is_symlink());
    }
}

#[test]
fn what_is_no_log_is_said() {
    let place = place();
    place.file("logs/notes.txt", b"hello");
    place.file("logs/empty.evtx", b"");
    let run = place.run(&["decode", "logs"]);
    assert_eq!((run.code, run.out.lines().count()), (0, events().len()));
    insta::assert_snapshot!("left_out", run.err);
    assert_eq!(place.run(&["decode", "missing"]).code, 2);
    assert_eq!(place.run(&["decode", "logs", "--threads", "0"]).code, 2);
    assert_eq!(place.run(&["decode", "logs", "--filter", "evt:1"]).code, 2);
}

#[test]
fn whoever_has_read_enough_may_go() {
    let place = many();
    for threads in ["1", "4"] {
        let mut child = place
            .command(&["decode", "logs", "--threads", threads])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stderr, b"");
    }
}
