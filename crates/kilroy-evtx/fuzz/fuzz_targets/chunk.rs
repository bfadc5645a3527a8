//! Any bytes as a chunk: [`chunk_log`].
#![no_main]

use kilroy_evtx::Reader;
use kilroy_evtx_fuzz::check;
use kilroy_evtx_fuzz::shape::chunk_log;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((options, file)) = chunk_log(data) else { return };
    let seen = check::both_ways_agree(&file);
    check::recovery_loses_nothing(&file, &seen);
    check::a_choice_is_a_choice(&file, &seen);
    if options & 16 != 0 {
        check::xml_is_given(&file);
    }
    if options & 8 != 0 {
        check::read(&Reader::new(&file).carve(true).recover(true));
    }
});
