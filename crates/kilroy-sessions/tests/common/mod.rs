//! What the tests over real logs share: where the data is, and the way from files to tables.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]
#![allow(dead_code, reason = "each test uses its part")]

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use kilroy_sessions::{Coverage, SessionEvent};

/// The shared test data, or `None` where it is not there. In CI that is a failure.
pub(crate) fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("KILROY_SHARED").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let data = given.unwrap_or_else(beside).join("data");
    if data.is_dir() {
        return Some(data);
    }
    assert!(std::env::var_os("CI").is_none(), "the shared test data is missing: {}", data.display());
    println!("skipped: no shared test data at {}", data.display());
    None
}

/// Narrow events and coverage of some evidence files.
pub(crate) fn events(inputs: &[PathBuf]) -> (Vec<SessionEvent>, Coverage) {
    let mut events = Vec::new();
    let mut coverage = Coverage::new();
    for found in kilroy_evidence::find(inputs).expect("inputs exist") {
        if found.kind.is_err() {
            continue;
        }
        kilroy_evidence::read::<Infallible>(&found, &|_| {}, &mut |event| {
            if let Some(time) = event.time {
                let origin = &event.origin;
                coverage.add(&origin.host, &origin.channel, origin.event_id, event.identity.record_id, time);
            }
            events.extend(SessionEvent::of(&event));
            Ok(())
        })
        .expect("readable evidence");
    }
    coverage.seal();
    (events, coverage)
}
