//! Whole tokens in any order as the binary XML of a record: [`tokens_log`].
#![no_main]

use kilroy_evtx_fuzz::check;
use kilroy_evtx_fuzz::shape::tokens_log;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((twice, file)) = tokens_log(data) else { return };
    let seen = check::both_ways_agree(&file);
    check::a_choice_is_a_choice(&file, &seen);
    if twice {
        check::chunks_do_not_matter(&seen);
    }
});
