//! The programs that are measured, and the machine on which.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use crate::options::Options;
use crate::rows::Programs;

/// The version of `evtx_dump` that is compared with.
const EVTX: &str = "0.15.1";

/// Finds, installs or builds them. What cannot be had is left out, and said.
pub(crate) fn find(options: &Options, target: &Path) -> Programs {
    let mut programs = Programs { evtx_dump: None, kilroy: options.kilroy.clone() };
    if options.sections.iter().any(|section| section == "evtx_dump") {
        programs.evtx_dump = evtx_dump(target);
    }
    let wants_kilroy = options.sections.iter().any(|section| section == "decode" || section == "analyze");
    if wants_kilroy && programs.kilroy.is_none() {
        let mut build = Command::new(cargo());
        build.args(["build", "--quiet", "--release", "--package", "kilroy"]);
        let built = target.join("release").join(format!("kilroy{}", env::consts::EXE_SUFFIX));
        programs.kilroy = succeeds(build.env("CARGO_TARGET_DIR", target)).then_some(built);
        if programs.kilroy.is_none() {
            eprintln!("kilroy cannot be built: left out");
        }
    }
    programs
}

fn cargo() -> std::ffi::OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The one that was installed here before, or on the path; else it is installed.
fn evtx_dump(target: &Path) -> Option<PathBuf> {
    let name = format!("evtx_dump{}", env::consts::EXE_SUFFIX);
    let root = target.join("benchmark/tools");
    let installed = root.join("bin").join(&name);
    let is_right = |path: &Path| version(path).is_some_and(|version| version.ends_with(EVTX));
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join(&name));
    if let Some(found) = std::iter::once(installed.clone()).chain(on_path).find(|path| is_right(path)) {
        return Some(found);
    }
    eprintln!("installing evtx_dump {EVTX}");
    let mut install = Command::new(cargo());
    install.args(["install", "--quiet", "--locked", "evtx", "--version", EVTX, "--root"]).arg(&root);
    let done = succeeds(install.env("CARGO_TARGET_DIR", target.join("benchmark/build")));
    if !done {
        eprintln!("evtx_dump cannot be installed: left out");
    }
    done.then_some(installed)
}

/// What a program says of itself.
fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The machine and the programs, in a few lines.
pub(crate) fn machine(programs: &Programs, runs: usize) -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(env::consts::ARCH, |(_, model)| model);
    let mut text = format!("{cores} cores ({model}), {}; ", env::consts::OS);
    let each = [Some(PathBuf::from("rustc")), programs.evtx_dump.clone(), programs.kilroy.clone()];
    let versions: Vec<String> = each.iter().flatten().filter_map(|path| version(path)).collect();
    _ = writeln!(text, "{}; {runs} runs of each row, in turn.", versions.join(", "));
    if let Ok(load) = fs::read_to_string("/proc/loadavg") {
        let load = load.split(' ').next().unwrap_or_default().to_owned();
        _ = writeln!(text, "Load when it began: {load}.");
    }
    text
}
