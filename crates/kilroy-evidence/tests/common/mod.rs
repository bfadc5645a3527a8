//! Shared sample data: real logs that are not part of the project.

use std::path::PathBuf;

/// The folder of sample data, or nothing where there is none. On a build server it must be there.
#[expect(clippy::print_stdout)] // Whoever runs the tests should see what they leave out.
pub(crate) fn data() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("KILROY_SHARED").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let data = shared.join("data");
    if data.is_dir() {
        return Some(data);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "no sample data in {}: set KILROY_SHARED",
        data.display()
    );
    println!("skipped: no sample data in {}", data.display());
    None
}
