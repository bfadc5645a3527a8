//! Any events: what was written is read back, both ways.
#![no_main]

use kilroy_evtx::{Reader, WriteError};
use kilroy_evtx_fuzz::any::any_events;
use kilroy_evtx_fuzz::check;
use kilroy_evtx_fuzz::specs::{assert_same, is_plain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let events = any_events(data);
    let mut file = Vec::new();
    match kilroy_evtx::write(&mut file, &events) {
        Ok(()) => {}
        Err(WriteError::TooLarge { .. }) => return,
        Err(error) => panic!("refused: {error}"),
    }
    let reader = Reader::new(&file);
    let seen = check::read(&reader);
    check::same("fast, slow", &seen, &check::read(&reader.slow(true)));
    assert_eq!(seen.losses, []);
    assert_eq!(seen.records.len(), events.len());
    for (event, record) in events.iter().zip(&seen.records) {
        if is_plain(event) {
            assert_same(event, record);
        }
    }
});
