//! Other programs read the tables of a case: the schema is published (`docs/src/reference/schema.md`), so it must hold for
//! `DuckDB`, Arrow, pandas, Polars and Spark, too.
//!
//! A script (`others/compare.py`) reads every table with each of them and compares the types with the page and all values
//! with what Kilroy prints. The programs come from the Python package index, in pinned versions, into a folder below the
//! target folder: once, and again when a version changes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use crate::project::{Project, is_installed, on_build_machine, run, shown};
use crate::report::Outcome;

/// Programs that read Parquet.
struct Readers {
    /// As `others/readers.py` names them.
    names: &'static [&'static str],
    /// What to install for them: a file in `others/`.
    packages: &'static str,
}

const OTHERS: Readers = Readers { names: &["duckdb", "pyarrow", "pandas", "polars"], packages: "python.txt" };

/// Apart: half a gigabyte, and it runs in Java.
const SPARK: Readers = Readers { names: &["spark"], packages: "spark.txt" };

/// Builds Kilroy, then asks all but Spark.
pub(crate) fn build_and_check(project: &Project) -> Outcome {
    build(project).unwrap_or_else(|| check(project))
}

/// Builds Kilroy, then asks Spark: half a gigabyte and minutes, so that nobody gets it who does not ask for it by name.
pub(crate) fn build_and_check_spark(project: &Project) -> Outcome {
    build(project).unwrap_or_else(|| ask_spark(project))
}

/// Do `DuckDB`, Arrow, pandas and Polars read what the Kilroy that was built writes?
pub(crate) fn check(project: &Project) -> Outcome {
    compare(project, &OTHERS)
}

fn ask_spark(project: &Project) -> Outcome {
    let mut java = project.program("java");
    java.arg("-version");
    if is_installed(java) {
        compare(project, &SPARK)
    } else {
        // Not even on the build machine a failure: nothing that is built here needs Java.
        Outcome::skipped("Spark runs in Java 17 or later, and there is no `java`")
    }
}

/// What came out, if it is not good.
fn build(project: &Project) -> Option<Outcome> {
    let built = run(project.cargo(&["build", "--package", "kilroy", "--locked"]));
    (!matches!(built, Outcome::Passed(_))).then_some(built)
}

fn compare(project: &Project, readers: &Readers) -> Outcome {
    try_compare(project, readers).unwrap_or_else(|outcome| outcome)
}

fn try_compare(project: &Project, readers: &Readers) -> Result<Outcome, Outcome> {
    let built = Built::find().map_err(|error| Outcome::failed(error.to_string()))?;
    let python = built.python(project, readers)?;
    let cases = built.cases(project)?;
    for case in &cases {
        let mut compare = project.program(&python);
        // Nothing is left beside the scripts; texts are the same on any console; nothing listens to other machines.
        compare.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUTF8", "1").env("SPARK_LOCAL_IP", "127.0.0.1");
        compare.arg(scripts(project).join("compare.py")).arg(&built.kilroy).arg(case);
        compare.arg(project.root().join("docs/src/reference/schema.md")).args(readers.names);
        passed(run(compare))?;
    }
    let what = if cases.len() == 1 { "the demonstration only" } else { "the demonstration and real logs" };
    Ok(Outcome::passed(format!("{}: {what}", readers.names.join(", "))))
}

fn scripts(project: &Project) -> PathBuf {
    project.root().join("xtask/src/others")
}

/// What was built beside this program, and a folder for what is made with it.
struct Built {
    kilroy: PathBuf,
    folder: PathBuf,
}

impl Built {
    fn find() -> io::Result<Self> {
        let chores = env::current_exe()?;
        let kilroy = chores.with_file_name(format!("kilroy{}", env::consts::EXE_SUFFIX));
        let folder = chores.with_file_name("others");
        fs::create_dir_all(&folder)?;
        Ok(Self { kilroy, folder })
    }

    /// Makes the cases anew: the demonstration; and real logs, if they are there, some of which hold the same records, and
    /// whose times have all digits.
    fn cases(&self, project: &Project) -> Result<Vec<PathBuf>, Outcome> {
        let folder = self.folder.join("cases");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Outcome::failed(format!("{}: {error}", folder.display())));
            }
            _ => {}
        }
        let (demo, real) = (folder.join("demo"), folder.join("real"));
        let mut command = project.program(&self.kilroy);
        command.args(["demo", "--output"]).arg(&demo);
        quietly(command, &[0])?;
        let mut cases = vec![demo.join("case")];
        let logs = project.shared().join("data").join("evtx");
        if logs.is_dir() {
            let mut command = project.program(&self.kilroy);
            command.args(["analyze", "--quiet", "--output"]).arg(&real).arg(&logs);
            // Some of these logs are damaged, which is told by 1.
            quietly(command, &[0, 1])?;
            cases.push(real);
        } else {
            println!("without real logs: {} is not there", logs.display());
        }
        Ok(cases)
    }

    /// A Python that has the packages.
    fn python(&self, project: &Project, readers: &Readers) -> Result<PathBuf, Outcome> {
        let list = scripts(project).join(readers.packages);
        let wanted = fs::read_to_string(&list);
        let wanted = wanted.map_err(|error| Outcome::failed(format!("{}: {error}", list.display())))?;
        let folder = self.folder.join(Path::new(readers.packages).with_extension(""));
        let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
        let note = folder.join("installed.txt");
        let mut version = project.program(&python);
        version.arg("--version");
        if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) && is_installed(version) {
            return Ok(python);
        }
        let system = ["python3", "python"].into_iter().find(|name| {
            let mut asked = project.program(name);
            // Debian has `venv` without what it needs to make one.
            asked.args(["-c", "import ensurepip, venv"]);
            is_installed(asked)
        });
        let system = system.ok_or_else(|| {
            missing("Python 3 with `venv` is not there (Debian, Ubuntu: apt-get install python3-venv)")
        })?;
        let mut make = project.program(system);
        make.args(["-m", "venv", "--clear"]).arg(&folder);
        let mut install = project.program(&python);
        install.args(["-m", "pip", "install", "--quiet", "--no-input", "--requirement"]).arg(&list);
        for step in [make, install] {
            let call = shown(&step);
            passed(run(step)).map_err(|_| missing(&format!("cannot install what is to be asked: {call}")))?;
        }
        fs::write(&note, wanted).map_err(|error| Outcome::failed(format!("{}: {error}", note.display())))?;
        Ok(python)
    }
}

/// Something that a contributor may be without, and the build machine may not.
fn missing(what: &str) -> Outcome {
    if on_build_machine() { Outcome::failed(what) } else { Outcome::skipped(what) }
}

fn passed(outcome: Outcome) -> Result<(), Outcome> {
    if matches!(outcome, Outcome::Passed(_)) { Ok(()) } else { Err(outcome) }
}

/// Runs a program whose results are not of interest, and which ends with one of these codes.
fn quietly(mut command: Command, codes: &[i32]) -> Result<(), Outcome> {
    let call = shown(&command);
    match command.stdout(Stdio::null()).status() {
        Ok(status) if status.code().is_some_and(|code| codes.contains(&code)) => Ok(()),
        Ok(status) => Err(Outcome::failed(format!("{call} ended with {status}"))),
        Err(error) => Err(Outcome::failed(format!("{call} cannot be started: {error}"))),
    }
}
