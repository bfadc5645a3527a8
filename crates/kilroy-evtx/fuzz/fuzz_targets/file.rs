//! Any bytes as a file, or within a larger one so that they stand where two parts of it meet: [`any_file`].
#![no_main]

use kilroy_evtx::Reader;
use kilroy_evtx_fuzz::check;
use kilroy_evtx_fuzz::shape::any_file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((options, file)) = any_file(data) else { return };
    let recover = options & 4 != 0;
    for carve in [false, true] {
        let reader = Reader::new(&file).recover(recover).carve(carve);
        let alone = check::read(&reader);
        check::threads_do_not_matter(&reader, &alone);
    }
});
