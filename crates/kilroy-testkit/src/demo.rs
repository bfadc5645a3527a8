//! The story behind `kilroy demo`.

use kilroy_evtx::EventSpec;

/// Every record of the story.
pub fn demo() -> Vec<EventSpec> {
    Vec::new()
}
