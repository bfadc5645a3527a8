//! What the tests of the command line share: the program, and logs to give it.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use kilroy_testkit::LogFile;
use tempfile::TempDir;

/// A folder to work in and the program to run there.
pub(crate) struct Workplace {
    dir: TempDir,
    columns: usize,
}

/// What a run of the program gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Workplace {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder"), columns: 100 }
    }

    /// With the logs of the demo in `logs` and their case in `case`.
    pub(crate) fn with_demo() -> Self {
        let place = Self::new();
        place.write("logs", &demo());
        let run = place.run(&["analyze", "logs", "-o", "case"]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
        place
    }

    pub(crate) fn columns(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.dir.path().to_owned(), |path, part| path.join(part))
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
    }

    pub(crate) fn write(&self, folder: &str, files: &[LogFile]) {
        for file in files {
            self.file(&format!("{folder}/{}", file.name), &file.bytes);
        }
    }

    /// The program with these arguments, in this folder, far from any terminal.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kilroy"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env("COLUMNS", self.columns.to_string())
            .env_remove("NO_COLOR")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let Output { status, stdout, stderr } = self.command(args).output().expect("the program starts");
        Run {
            code: status.code().expect("an exit code"),
            out: String::from_utf8(stdout).expect("output is UTF-8"),
            err: String::from_utf8(stderr).expect("errors are UTF-8"),
        }
    }

    /// What a command prints that goes well.
    pub(crate) fn prints(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}\n{}", run.out);
        run.out
    }

    /// The rows of a listing.
    pub(crate) fn rows(&self, args: &[&str]) -> Vec<serde_json::Value> {
        let mut all = args.to_vec();
        all.extend(["--format", "jsonl"]);
        self.run(&all).out.lines().map(|line| serde_json::from_str(line).expect("a row is JSON")).collect()
    }

    /// Every Parquet file of a case, by its path.
    pub(crate) fn tables(&self, case: &str) -> Vec<(String, Vec<u8>)> {
        let mut tables = Vec::new();
        collect(&self.path(case), "", &mut tables);
        tables.sort();
        tables
    }
}

fn collect(dir: &Path, shown: &str, tables: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).expect("a folder can be listed") {
        let entry = entry.expect("an entry");
        let name = format!("{shown}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &name, tables);
        } else if name.ends_with(".parquet") {
            tables.push((name, fs::read(entry.path()).expect("a table can be read")));
        }
    }
}

/// Files as they are long after they were written: what was written just now is not relied on.
pub(crate) fn age(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            age(&path);
        } else {
            set_time(&path, 1_715_677_200);
        }
    }
}

/// Sets the time of the last write, in seconds since 1970.
pub(crate) fn set_time(file: &Path, seconds: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let file = fs::OpenOptions::new().write(true).open(file).expect("a file can be opened");
    file.set_modified(time).expect("its time can be set");
}

/// All that a register says but who ran when, a line for each row.
pub(crate) fn register(case: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(case.join("case.db")).expect("a register");
    let mut tables = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('runs', 'sqlite_sequence') ORDER BY name")
        .expect("a schema");
    let names: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("names").collect::<Result<_, _>>().expect("names");
    let mut lines = Vec::new();
    for name in names {
        let mut rows = db.prepare(&format!("SELECT * FROM {name}")).expect("a table");
        let columns = rows.column_count();
        let of = |row: &rusqlite::Row<'_>| {
            let values = (0..columns).map(|n| row.get::<_, rusqlite::types::Value>(n));
            Ok(format!("{name} {:?}", values.collect::<Result<Vec<_>, _>>()?))
        };
        lines.extend(rows.query_map([], of).expect("rows").map(|line| line.expect("a row")));
    }
    lines.sort();
    lines
}

/// The logs of the demo.
pub(crate) fn demo() -> Vec<LogFile> {
    kilroy_testkit::log_files(&kilroy_testkit::demo()).expect("the demo can be written")
}

/// The shared EVTX files, or `None` where they are not there. In CI that is a failure.
#[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(crate) fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("KILROY_SHARED").map(PathBuf::from);
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let evtx = given.unwrap_or_else(beside).join("data/evtx");
    if evtx.is_dir() {
        return Some(evtx.canonicalize().expect("a real folder"));
    }
    assert!(std::env::var_os("CI").is_none(), "the shared test data is missing: {}", evtx.display());
    println!("skipped: no shared test data at {}", evtx.display());
    None
}
