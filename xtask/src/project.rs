//! Where the project is, and how its tools are called.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::report::Outcome;

/// The checkout that the chores work on.
pub(crate) struct Project {
    root: PathBuf,
    shared: PathBuf,
}

impl Project {
    /// The checkout that `cargo xtask` was started in.
    pub(crate) fn find() -> Result<Self, String> {
        // Asked at run time: the same built program may serve several checkouts that share a target folder.
        let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = package.as_deref().and_then(Path::parent).ok_or("start the chores with `cargo xtask`")?;
        let shared = match env::var_os("KILROY_SHARED") {
            // Tests run in their package's folder: a relative path would mean another place there.
            Some(given) => std::path::absolute(given).map_err(|e| format!("KILROY_SHARED: {e}"))?,
            None => root.parent().unwrap_or(root).join("shared"),
        };
        Ok(Self { root: root.to_owned(), shared })
    }

    /// The folder of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the shared test data, there or not.
    pub(crate) fn shared(&self) -> &Path {
        &self.shared
    }

    /// A call of the cargo that runs this chore.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// A call of another program, in the project's root.
    pub(crate) fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.root).env("KILROY_SHARED", &self.shared).stdin(Stdio::null());
        command
    }
}

/// Runs a tool with its output visible; passed if it says so.
pub(crate) fn run(mut command: Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Outcome::passed(""),
        Ok(status) => Outcome::failed(format!("{} ended with {status}", shown(&command))),
        Err(error) => Outcome::failed(format!("{} cannot be started: {error}", shown(&command))),
    }
}

/// Can this tool be started at all? (It is asked for its version, and its answer is not shown.)
pub(crate) fn is_installed(mut version: Command) -> bool {
    version.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The call as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Does this run on a build machine (`CI=true`), where nothing may be left out silently?
pub(crate) fn on_build_machine() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true")
}
