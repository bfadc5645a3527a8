//! The rows of the report: which programs are measured, and how they are called.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How to read a corpus.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The group by which rows are chosen.
    pub(crate) section: &'static str,
    pub(crate) call: Call,
}

/// What is started.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// This program, in one of the ways of `work.rs`, with all files.
    Own(&'static str),
    /// Another program, once for each file, which comes last.
    Each(PathBuf, &'static [&'static str]),
    /// Another program, with all files. `CASE` is replaced by a folder that is empty.
    All(PathBuf, &'static [&'static str]),
}

/// Where a case goes that is thrown away.
pub(crate) const CASE: &str = "CASE";

/// Sections, in the order of the report.
pub(crate) const SECTIONS: &[&str] = &["read", "reader", "evtx", "evtx_dump", "decode", "analyze"];

/// All rows that can be measured with the programs that are there.
pub(crate) fn list(programs: &Programs) -> Vec<Row> {
    let own = |section, name, way| Row { name, section, call: Call::Own(way) };
    let mut rows = vec![
        own("read", "read the bytes", "read"),
        own("reader", "`kilroy_evtx`: all fields as text, 1 thread", "texts"),
        own("reader", "`kilroy_evtx`: all fields as text, 2 threads", "texts-2"),
        own("reader", "`kilroy_evtx`: only what sessions need", "session"),
        own("evtx", "`evtx` crate: typed values", "evtx-typed"),
        own("evtx", "`evtx` crate: JSON as bytes", "evtx-json"),
        own("evtx", "`evtx` crate: `serde_json::Value`", "evtx-value"),
    ];
    if let Some(evtx_dump) = &programs.evtx_dump {
        let call = Call::Each(evtx_dump.clone(), &["-t", "1", "-o", "jsonl"]);
        rows.push(Row { name: EVTX_DUMP, section: "evtx_dump", call });
        let call = Call::Each(evtx_dump.clone(), &["-t", "2", "-o", "jsonl"]);
        rows.push(Row { name: "`evtx_dump -t 2 -o jsonl`", section: "evtx_dump", call });
    }
    if let Some(kilroy) = &programs.kilroy {
        let mut add = |section, name, arguments| {
            rows.push(Row { name, section, call: Call::All(kilroy.clone(), arguments) });
        };
        if knows(kilroy, "decode") {
            let arguments = &["decode", "--threads", "1", "--format", "jsonl"];
            add("decode", "`kilroy decode --threads 1 --format jsonl`", arguments);
            add("decode", "`kilroy decode --threads 1 --count`", &["decode", "--threads", "1", "--count"]);
            let arguments = &["decode", "--threads", "2", "--format", "jsonl"];
            add("decode", "`kilroy decode --threads 2 --format jsonl`", arguments);
        }
        let arguments = &["analyze", "--quiet", "--threads", "1", "-o", CASE];
        add("analyze", "`kilroy analyze --threads 1`", arguments);
        let arguments = &["analyze", "--quiet", "--threads", "2", "-o", CASE];
        add("analyze", "`kilroy analyze --threads 2`", arguments);
    }
    rows
}

/// The row that others are compared with, beside the first.
pub(crate) const EVTX_DUMP: &str = "`evtx_dump -t 1 -o jsonl`";

/// Programs that were found or built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Programs {
    pub(crate) evtx_dump: Option<PathBuf>,
    pub(crate) kilroy: Option<PathBuf>,
}

/// Whether the program has this command.
fn knows(kilroy: &Path, command: &str) -> bool {
    let mut help = Command::new(kilroy);
    help.args([command, "--help"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    help.status().is_ok_and(|status| status.success())
}

impl Call {
    /// The processes that this is, for these files.
    pub(crate) fn commands(&self, files: &[PathBuf], own: &Path, case: &Path) -> Vec<Command> {
        match self {
            Self::Own(way) => {
                let mut command = Command::new(own);
                command.args(["work", way]).args(files);
                vec![command]
            }
            Self::Each(program, arguments) => {
                let each = |file: &PathBuf| {
                    let mut command = Command::new(program);
                    command.args(*arguments).arg(file);
                    command
                };
                files.iter().map(each).collect()
            }
            Self::All(program, arguments) => {
                let mut command = Command::new(program);
                for argument in *arguments {
                    if *argument == CASE {
                        command.arg(case);
                    } else {
                        command.arg(argument);
                    }
                }
                command.args(files);
                vec![command]
            }
        }
    }

    pub(crate) fn makes_case(&self) -> bool {
        matches!(self, Self::All(_, arguments) if arguments.contains(&CASE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_section_and_a_call() {
        let programs =
            Programs { evtx_dump: Some("evtx_dump".into()), kilroy: Some("no-such-program".into()) };
        let rows = list(&programs);
        assert!(rows.iter().all(|row| SECTIONS.contains(&row.section)));
        assert!(rows.iter().any(|row| row.name == EVTX_DUMP));
        let files = [PathBuf::from("a.evtx"), PathBuf::from("b.evtx")];
        let count = |row: &Row| row.call.commands(&files, Path::new("own"), Path::new("case")).len();
        assert!(rows.iter().all(|row| count(row) == if row.section == "evtx_dump" { 2 } else { 1 }));
        let analyze = rows.iter().find(|row| row.section == "analyze").unwrap();
        let command = &analyze.call.commands(&files, Path::new("own"), Path::new("case"))[0];
        let arguments: Vec<_> = command.get_args().collect();
        assert_eq!(arguments, ["analyze", "--quiet", "--threads", "1", "-o", "case", "a.evtx", "b.evtx"]);
    }
}
