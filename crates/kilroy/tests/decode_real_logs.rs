//! `kilroy decode` over real logs, where the shared test data is there.

mod common;

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;

use common::{Workplace, shared};
use kilroy_evidence::find;
use kilroy_evtx::{Item, Record};
use serde_json::{Map, Value, json};

/// What the reader says of every file: its records, and how many losses.
fn expected(evtx: &std::path::Path) -> BTreeMap<String, (Vec<Record>, u64)> {
    let mut files = BTreeMap::new();
    for found in find(&[evtx.to_owned()]).expect("it is there").into_iter().filter(|f| f.kind.is_ok()) {
        let file = File::open(&found.path).expect("it can be opened");
        let mut records = Vec::new();
        let summary = kilroy_evtx::read(&file, &mut |item| {
            if let Item::Record(record) = item {
                records.push(record);
            }
            ControlFlow::Continue(())
        });
        files.insert(found.shown, (records, summary.expect("it can be read").losses));
    }
    files
}

#[test]
fn every_record_with_every_field() {
    let Some(evtx) = shared() else { return };
    let expected = expected(&evtx);
    let evtx = evtx.to_str().expect("a path that is text");
    let place = Workplace::new();

    let counts = place.rows(&["decode", evtx, "--count"]);
    assert_eq!(counts.len(), expected.len());
    for row in counts {
        let (records, losses) = &expected[row["file"].as_str().expect("a name")];
        assert_eq!(
            (&row["records"], &row["losses"]),
            (&json!(records.len()), &json!(losses)),
            "{}",
            row["file"]
        );
    }

    let run = place.run(&["decode", evtx]);
    // Some files of the data are damaged on purpose.
    assert_eq!(run.code, 1);
    let mut lines = run.out.lines();
    for (file, (records, _)) in &expected {
        for record in records {
            let row: Value = serde_json::from_str(lines.next().expect("a line per record")).expect("JSON");
            assert_eq!(
                (row["file"].as_str(), row["offset"].as_u64()),
                (Some(file.as_str()), Some(record.offset))
            );
            let system = &record.system;
            assert_eq!(row["event_id"], system.event_id, "{file} {}", record.offset);
            assert_eq!(row["channel"], system.channel);
            assert_eq!(row["provider"], system.provider);
            assert_eq!(row["computer"], system.computer);
            assert_eq!(row["record_id"], json!(system.record_id));
            assert_eq!(row.get("user_id").and_then(Value::as_str), system.user_id.as_deref());
            assert_eq!(row.get("keywords").and_then(Value::as_str), system.keywords.as_deref());
            let time = row["time_created"].as_str().or(row["time"].as_str());
            // Zeros behind the seventh digit are left out.
            let bare = |time: &str| time.trim_end_matches('Z').trim_end_matches('0').to_owned();
            assert_eq!(time.map(bare), system.time_created.as_deref().map(bare));
            assert_eq!(row["data"], object(&record.data), "{file} {}", record.offset);
            assert_eq!(row.get("rendering").cloned().unwrap_or_else(|| json!({})), object(&record.rendering));
        }
    }
    assert_eq!(lines.next(), None);

    for threads in ["1", "4"] {
        assert!(place.run(&["decode", evtx, "--threads", threads]) == run, "{threads} threads");
    }
}

fn object(fields: &[(String, String)]) -> Value {
    Value::Object(fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>())
}

/// More of everything, and still nothing that breaks.
#[test]
fn recovered_and_carved() {
    let Some(evtx) = shared() else { return };
    let evtx = evtx.to_str().expect("a path that is text");
    let place = Workplace::new();
    let total = |flags: &[&str]| -> u64 {
        let rows = place.rows(&[&["decode", evtx, "--count"], flags].concat());
        rows.iter().map(|row| row["records"].as_u64().expect("a number")).sum()
    };
    let live = total(&[]);
    assert!(live > 20_000);
    assert!(total(&["--recover"]) >= live);
    assert!(total(&["--carve"]) > live / 2);
    assert_eq!(total(&["--filter", "event_id:0.."]), live);
    let csv = place.run(&["decode", evtx, "--format", "csv"]);
    assert!(csv.out.matches("\r\n").count() as u64 > live);
    let xml = place.run(&["decode", evtx, "--format", "xml"]).out;
    assert_eq!(xml.matches("</Event>").count() as u64, live);
}
