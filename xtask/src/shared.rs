//! Is the shared test data there? Tests over real logs need it; it is no part of the project (CONTRIBUTING.md).

use std::fs;
use std::path::Path;

use crate::project::{Project, on_build_machine};
use crate::report::Outcome;

/// Looks for every file that the data's own list names.
pub(crate) fn check(project: &Project) -> Outcome {
    verdict(project.shared(), on_build_machine())
}

fn verdict(shared: &Path, must_be_there: bool) -> Outcome {
    match missing_files(&shared.join("data")) {
        Ok((all, missing)) if missing.is_empty() => Outcome::passed(format!("{all} files")),
        Ok((all, missing)) => {
            let (count, first) = (missing.len(), missing[0].as_str());
            let place = shared.display();
            Outcome::failed(format!("{count} of {all} files in {place} are missing, the first is {first}"))
        }
        Err(error) => {
            let why = format!("{error} (KILROY_SHARED names the folder; the default is ../shared)");
            if must_be_there {
                Outcome::failed(why)
            } else {
                Outcome::skipped(format!("tests over real logs will be skipped: {why}"))
            }
        }
    }
}

/// How many files `MANIFEST.tsv` names, and which of them are not there.
fn missing_files(data: &Path) -> Result<(usize, Vec<String>), String> {
    let list = data.join("MANIFEST.tsv");
    let text = fs::read_to_string(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    let names: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    if names.is_empty() {
        return Err(format!("{} names no file", list.display()));
    }
    let missing =
        names.iter().filter(|name| !data.join(name).is_file()).map(|name| (*name).to_owned()).collect();
    Ok((names.len(), missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for one test, gone afterwards.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("data")).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.0.join("data").join(name), text).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn no_data_is_a_skip_at_home_and_a_failure_on_the_build_machine() {
        let nowhere = Path::new("no-such-folder");
        assert!(matches!(verdict(nowhere, false), Outcome::Skipped(_)));
        assert!(matches!(verdict(nowhere, true), Outcome::Failed(_)));
    }

    #[test]
    fn every_file_of_the_list_is_looked_for() {
        let folder = Folder::new("shared");
        folder.write("MANIFEST.tsv", "file\tsha256\na.evtx\t00\nb.evtx\t00\n");
        folder.write("a.evtx", "");
        assert_eq!(missing_files(&folder.0.join("data")), Ok((2, vec!["b.evtx".to_owned()])));
        folder.write("b.evtx", "");
        assert_eq!(verdict(&folder.0, true), Outcome::passed("2 files"));
    }
}
