//! What a folder's place in a case means: which files are the case's own.

use std::path::Path;

use crate::case::EVENTS;
use crate::lock::LOCK_FILE;
use crate::{Case, register};

impl Case {
    /// Whether a case keeps, or would look for, something of its own at this place: its register with what people noted, its
    /// lock, its tables. Whatever else lies in a case's folder is nobody's.
    pub fn owns(place: &Path) -> bool {
        let Some(name) = place.file_name().map(|name| name.to_string_lossy().to_lowercase()) else {
            return false;
        };
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        // SQLite keeps a journal beside the register.
        let own = name.starts_with(register::FILE) || name == LOCK_FILE || name.ends_with(".parquet");
        let case = folder.ancestors().find(|above| register::exists(above));
        case.is_some_and(|case| (own && case == folder) || folder.starts_with(case.join(EVENTS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_case_keeps_is_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("case");
        assert!(!Case::owns(&place.join("case.db")), "there is no case yet");
        drop(Case::create_or_open(&place).unwrap());
        for own in ["case.db", "case.db-journal", "CASE.LOCK", "new.parquet", "events/host=a/1.txt"] {
            std::fs::create_dir_all(place.join("events/host=a")).unwrap();
            assert!(Case::owns(&place.join(own)), "{own}");
        }
        for other in ["timeline.csv", "notes/new.parquet", "../new.parquet"] {
            std::fs::create_dir_all(place.join("notes")).unwrap();
            assert!(!Case::owns(&place.join(other)), "{other}");
        }
    }
}
