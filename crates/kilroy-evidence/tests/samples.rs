//! Every sample log is found, recognised and read, and none of them stops the others.

mod common;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use kilroy_evidence::{EvidenceFile, Format, Found, NotEvidence, find, read};
use kilroy_model::Event;

fn read_all(found: &Found, mut each: impl FnMut(Event)) -> EvidenceFile {
    let heard = AtomicU64::new(0);
    let progress = |bytes| {
        heard.fetch_add(bytes, Ordering::Relaxed);
    };
    let mut sink = |event| -> Result<(), Infallible> {
        each(event);
        Ok(())
    };
    let file = read(found, &progress, &mut sink).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(heard.load(Ordering::Relaxed), 2 * file.size, "progress of {}", found.shown);
    file
}

#[test]
fn every_log_is_found_and_read() {
    let Some(data) = common::data() else { return };
    let manifest = fs::read_to_string(data.join("MANIFEST.tsv")).unwrap();
    let listed: BTreeMap<&str, &str> = manifest
        .lines()
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some((columns.next()?, columns.next()?))
        })
        .filter(|(path, _)| path.starts_with("evtx/"))
        .collect();
    assert!(listed.len() > 300);

    let found = find(&[data.join("evtx")]).unwrap();
    assert!(found.is_sorted_by(|a, b| a.shown < b.shown));
    assert_eq!(
        found.iter().map(|f| f.shown.as_str()).collect::<Vec<_>>(),
        listed.keys().copied().collect::<Vec<_>>()
    );

    let (mut files, mut records, mut losses, mut without_time, mut nameless) = (0, 0, 0, 0, 0);
    for f in &found {
        match &f.kind {
            Ok(Format::Evtx) => {
                let mut seen = 0;
                let file = read_all(f, |event| {
                    seen += 1;
                    without_time += u64::from(event.time.is_none());
                    nameless +=
                        u64::from(event.origin.provider.is_empty() && event.origin.channel.is_empty());
                });
                assert_eq!(file.sha256, listed[f.shown.as_str()], "{}", f.shown);
                assert_eq!((file.size, file.records), (f.size, seen), "{}", f.shown);
                assert!(file.losses.len() as u64 <= file.losses_total && !file.changed);
                if file.losses_total > 0 {
                    println!(
                        "{}: {} records, {} losses, first {:?}",
                        f.shown, seen, file.losses_total, file.losses[0]
                    );
                }
                files += 1;
                records += file.records;
                losses += file.losses_total;
            }
            Err(why) => println!("{}: {why}", f.shown),
        }
    }
    println!(
        "{files} of {} files read, {records} records, {losses} losses, {without_time} without time",
        found.len()
    );
    let not: Vec<&Found> = found.iter().filter(|f| f.kind.is_err()).collect();
    assert!(matches!(not[..], [Found { kind: Err(NotEvidence::Empty), .. }]), "{not:?}");
    assert!(not[0].shown.ends_with("/test1.evtx"));
    // Two records are zeroed from the middle on; what is left of them, ID and time of the header, is kept.
    assert_eq!((without_time, nameless), (0, 2));
    // What is known to be in the samples; reading on after damage may find more.
    assert!(records >= 24_345, "{records}");
}

#[test]
fn what_is_no_event_log_is_named() {
    let Some(data) = common::data() else { return };
    let found =
        find(&[data.join("evt"), data.join("otrf_json"), data.join("unix"), data.join("web")]).unwrap();
    assert!(!found.is_empty());
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for f in &found {
        let why = f.kind.as_ref().unwrap_err().to_string();
        let path = f.path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match path.as_deref() {
            Some("evt") => assert!(why.contains("Windows XP"), "{}: {why}", f.shown),
            Some("zip") => assert!(why.starts_with("a ZIP archive"), "{}: {why}", f.shown),
            _ => {}
        }
        *kinds.entry(why).or_default() += 1;
    }
    println!("{kinds:#?}");
}
