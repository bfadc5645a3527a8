//! Whatever step of writing fails: the error names the file, the case opens, and the next run gives the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kilroy_model::{
    Account, Authentication, Event, EventIdentity, EventUid, EvidenceId, Network, Origin, Outcome, Process,
    SessionRefs, System, TimeBasis, Timestamp,
};

use crate::aside::fault;
use crate::{Case, CaseError, EvidenceRow, EvidenceStatus, Order};

const FILES: u64 = 3;
const EVENTS: u64 = 40;

fn event(number: u64) -> Event {
    Event {
        identity: EventIdentity {
            uid: EventUid(u128::from(number)),
            evidence: EvidenceId(0),
            record_id: number,
            recovered: false,
        },
        time: Some(Timestamp::from_ticks(17_156_772_000_000_000 + i64::try_from(number).unwrap())),
        time_basis: TimeBasis::Event,
        origin: Origin {
            host: ["pc", "srv"][usize::from(number.is_multiple_of(2))].into(),
            channel: "Security".into(),
            provider: "P".into(),
            event_id: 4624,
            version: None,
            level: None,
        },
        system: System::default(),
        action: None,
        account: Account::default(),
        subject: Account::default(),
        session: SessionRefs::default(),
        authentication: Authentication::default(),
        outcome: Outcome::default(),
        network: Network::default(),
        process: Process::default(),
        object_kind: None,
        object: None,
        old_value: None,
        new_value: None,
        fields: Vec::new(),
    }
}

/// What an analysis does.
fn analyse(path: &Path) -> Result<(), CaseError> {
    let case = Case::create_or_open(path)?;
    let run = case.begin_run(&Order::default())?;
    for id in (1..=FILES).map(EvidenceId) {
        if case.holds(id)? {
            continue;
        }
        let mut writer = case.event_writer(id);
        for n in 0..EVENTS {
            let mut event = event(id.0 * EVENTS + n);
            event.identity.evidence = id;
            writer.push(event)?;
        }
        let records = writer.finish()?.events;
        case.register(&EvidenceRow {
            path: format!("logs/{id}"),
            sha256: Some(id.to_string()),
            id: Some(id),
            size: 1,
            status: EvidenceStatus::Read,
            reason: None,
            records,
            losses_total: 0,
            losses: Vec::new(),
            first: None,
            last: None,
            seen: None,
        })?;
    }
    if case.sessions_made("")?.is_none() {
        case.session_writer()?.finish()?;
        case.write_findings(&[])?;
        case.write_repeats(&case)?;
        case.write_hops(&[])?;
        case.write_host_addresses(&[])?;
        case.note_sessions_made("", "")?;
    }
    case.finish_run(run, "done")
}

fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            found.extend(
                files(&entry.path()).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)),
            );
        } else if !name.starts_with("case.") {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

#[test]
fn any_step_may_fail() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    analyse(&whole).unwrap();
    let want = files(&whole);
    let mut steps = 0;
    loop {
        let path = dir.path().join(format!("case-{steps}"));
        fault::after(steps);
        let outcome = analyse(&path);
        fault::none();
        let Err(error) = outcome else { break };
        assert!(matches!(error, CaseError::Io { .. }), "{steps}: {error:?}");
        let text = error.to_string();
        assert!(text.contains(&format!("case-{steps}/")) && text.contains(".parquet"), "{text}");
        // What a full disk leaves behind in a run that goes on to its end is nothing.
        assert!(files(&path).keys().all(|name| !name.contains(".tmp-")), "{steps}");
        let case = Case::open(&path).unwrap();
        assert_eq!(case.check_register().unwrap(), []);
        for row in case.evidence().unwrap() {
            assert!(case.holds(row.id.unwrap()).unwrap());
        }
        assert_eq!(case.sessions_made("").unwrap(), None);
        drop(case);
        // The disk is full again a little later, and then it is not.
        fault::after(steps.div_ceil(2) + 1);
        let _ = analyse(&path);
        fault::none();
        analyse(&path).unwrap();
        assert!(files(&path) == want, "{steps}");
        steps += 1;
    }
    // Each table is made, written, settled and renamed.
    assert!(steps > 4 * (2 * FILES + 4), "{steps} steps");
}
