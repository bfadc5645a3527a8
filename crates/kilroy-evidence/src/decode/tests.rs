use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use kilroy_evtx::{Body, EventSpec, Value};

use super::*;
use crate::content::NotEvidence;
use crate::find::find;

/// 2024-05-14, in ticks since 1601.
const DAY: u64 = 133_601_184_000_000_000;
const SECOND: u64 = 10_000_000;

fn spec(record_id: u64, seconds: u64) -> EventSpec {
    EventSpec {
        provider: "Microsoft-Windows-TerminalServices-LocalSessionManager".to_owned(),
        provider_guid: None,
        event_id: 21,
        version: 0,
        level: 4,
        task: 0,
        opcode: 0,
        keywords: 0x1000_0000_0000_0000,
        time_filetime: DAY + seconds * SECOND,
        record_id,
        activity_id: Some(0xF420_5BAC_1B01_40FC_AEEF_3C97_1C73_0000),
        process_id: 420,
        thread_id: 8,
        channel: "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational".to_owned(),
        computer: "WIN-A".to_owned(),
        user_sid: Some("S-1-5-18".to_owned()),
        body: Body::UserData {
            element: "EventXML".to_owned(),
            namespace: "Event_NS".to_owned(),
            fields: vec![
                ("User".to_owned(), Value::Str("CORP\\alice".to_owned())),
                ("SessionID".to_owned(), Value::U32(2)),
                ("Address".to_owned(), Value::Str("10.0.0.1".to_owned())),
            ],
        },
        ..EventSpec::default()
    }
}

/// A folder with one log of three records, found.
fn log() -> (tempfile::TempDir, Found) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let mut content = Vec::new();
    kilroy_evtx::write(&mut content, &[spec(1, 60), spec(2, 0), spec(3, 30)]).unwrap();
    fs::write(&path, content).unwrap();
    let found = find(&[path]).unwrap().remove(0);
    (dir, found)
}

type Sunk = Result<(), std::convert::Infallible>;

fn damage(path: &Path, at: usize, bytes: &[u8]) {
    let mut content = fs::read(path).unwrap();
    content[at..at + bytes.len()].copy_from_slice(bytes);
    fs::write(path, content).unwrap();
}

#[test]
fn a_log_becomes_events_in_the_order_of_the_file() {
    let (_dir, found) = log();
    let heard = AtomicU64::new(0);
    let mut events = Vec::new();
    let file = read(
        &found,
        &|n| {
            heard.fetch_add(n, Ordering::Relaxed);
        },
        &mut |e| -> Sunk {
            events.push(e);
            Ok(())
        },
    )
    .unwrap();
    assert_eq!(events.iter().map(|e| e.identity.record_id).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(
        events
            .iter()
            .all(|e| e.identity.evidence == file.id && e.action == Some(kilroy_model::Action::TerminalLogon))
    );
    assert_eq!(events[0].network.src.ip, Some("10.0.0.1".parse().unwrap()));
    assert_eq!(file.id.to_string(), file.sha256[..16]);
    assert_eq!((file.records, file.losses_total, file.changed), (3, 0, false));
    assert_eq!((file.first, file.last), (events[1].time, events[0].time));
    assert_eq!(file.last.unwrap().distance(file.first.unwrap()), 60 * SECOND);
    assert_eq!((file.size, heard.load(Ordering::Relaxed)), (found.size, 2 * found.size));
}

#[test]
fn who_takes_no_more_ends_the_reading() {
    let (_dir, found) = log();
    let mut taken = 0;
    let result = read(&found, &|_| {}, &mut |_| {
        taken += 1;
        if taken == 2 { Err(io::Error::other("disk full")) } else { Ok(()) }
    });
    assert!(matches!(result, Err(DecodeError::Sink(_))), "{result:?}");
    assert_eq!((taken, result.unwrap_err().to_string().as_str()), (2, "disk full"));
}

#[test]
fn damage_is_counted_with_its_place_and_the_rest_is_read() {
    let (_dir, found) = log();
    // The magic of the first chunk.
    damage(&found.path, 4096, b"\xff\xff");
    let file = read(&found, &|_| {}, &mut |_| -> Sunk { Ok(()) }).unwrap();
    assert_eq!(file.records, 3);
    assert_eq!(
        (file.losses_total, file.losses[0].kind, file.losses[0].offset),
        (1, LossKind::ChunkMagic, 4096)
    );
}

#[test]
fn losses_are_all_counted_and_not_all_kept() {
    let mut decoded = Decoded::default();
    for offset in 0..LOSSES_KEPT as u64 + 5 {
        decoded.lost(Loss { offset, kind: LossKind::Record, detail: String::new() });
    }
    assert_eq!((decoded.losses.len(), decoded.losses_total), (LOSSES_KEPT, LOSSES_KEPT as u64 + 5));
    assert_eq!(decoded.losses[0].offset, 0);
}

#[test]
fn a_file_that_is_written_to_between_the_readings_is_told() {
    let (_dir, found) = log();
    let digest = hash(&found, &|_| {}).unwrap();
    let decoded = |digest: &Digest| {
        decode(&found, digest, NonZeroUsize::MIN, &|_| {}, &mut |_| -> Sunk { Ok(()) }).unwrap()
    };
    assert!(!decoded(&digest).changed);

    let older =
        Digest { modified: digest.modified.map(|t| t - std::time::Duration::from_secs(1)), ..digest.clone() };
    assert!(decoded(&older).changed);

    OpenOptions::new().append(true).open(&found.path).unwrap().write_all(&vec![0; 65_536]).unwrap();
    let heard = AtomicU64::new(0);
    let grown = decode(
        &found,
        &digest,
        NonZeroUsize::MIN,
        &|n| {
            heard.fetch_add(n, Ordering::Relaxed);
        },
        &mut |_| -> Sunk { Ok(()) },
    )
    .unwrap();
    assert_eq!((grown.changed, grown.records), (true, 3));
    assert_eq!(heard.load(Ordering::Relaxed), digest.size, "progress keeps to what was promised");
}

#[test]
fn a_file_that_changes_under_the_reader_is_told() {
    let (_dir, found) = log();
    let file = read(&found, &|_| {}, &mut |_| -> Sunk {
        OpenOptions::new().append(true).open(&found.path).unwrap().write_all(b"\0").unwrap();
        Ok(())
    });
    assert!(file.unwrap().changed);
}

/// A disk with a bad sector.
struct BadSector {
    content: Vec<u8>,
    at: u64,
}

impl Source for BadSector {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        // What lies before the sector can still be read.
        let end = self.at.min(offset + buffer.len() as u64);
        if end <= offset {
            return Err(io::Error::from_raw_os_error(5));
        }
        let length = usize::try_from(end - offset).unwrap();
        self.content.read_at(&mut buffer[..length], offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.content.len() as u64)
    }
}

#[test]
fn a_read_error_in_the_middle_has_its_place() {
    let (_dir, found) = log();
    let digest = hash(&found, &|_| {}).unwrap();
    let mut content = fs::read(&found.path).unwrap();
    let chunk = content[4096..].to_vec();
    for _ in 0..100 {
        content.extend_from_slice(&chunk);
    }
    let at = 4096 + 70 * 65_536 + 512;
    for threads in [1, 3] {
        let input = BadSector { content: content.clone(), at };
        let threads = NonZeroUsize::new(threads).unwrap();
        let mut rows = 0;
        let failed = batches(&found, &digest, threads, &input, &mut |events| -> Sunk {
            rows += events.num_rows();
            Ok(())
        });
        let text = failed.unwrap_err().to_string();
        assert!(text.starts_with(&format!("log cannot be read: at offset {}: ", at - 512)), "{text}");
        assert!(text.ends_with("(system error 5)") && rows > 0, "{rows}: {text}");
    }
}

#[test]
fn what_is_no_evidence_is_not_decoded() {
    let (_dir, mut found) = log();
    found.kind = Err(NotEvidence::Empty);
    let error = read(&found, &|_| {}, &mut |_| -> Sunk { Ok(()) }).unwrap_err();
    assert_eq!(error.to_string(), "log is no evidence: empty: zero bytes long");

    // Recognised by its name on disk and then replaced by something else.
    found.kind = Ok(Format::Evtx);
    fs::write(&found.path, b"something else").unwrap();
    let error = read(&found, &|_| {}, &mut |_| -> Sunk { Ok(()) }).unwrap_err();
    assert!(error.to_string().starts_with("log cannot be read: this is no Windows event log"), "{error}");
}
