//! `-user:*` on the command line: a term of a filter that is turned round, and no flag.
//!
//! A positional argument that may begin with `-` would swallow every flag behind it, so such a term is written `!user:*`
//! before flags are read. It means the same.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory};
use kilroy_case::query::Column;

use super::Cli;

/// Commands that take a filter without a flag.
const FILTERED: [&str; 2] = ["events", "timeline"];

/// What was typed, with such terms written as nobody takes for a flag.
pub(crate) fn with_turned_terms(typed: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = typed.into_iter().collect();
    let command = args.get(1).and_then(|arg| arg.to_str()).filter(|name| FILTERED.contains(name));
    let Some(command) = command.map(str::to_owned) else { return args };
    let mut cli = Cli::command();
    cli.build();
    let Some(command) = cli.find_subcommand(command) else { return args };
    let flags: Vec<char> = command.get_arguments().filter_map(Arg::get_short).collect();
    let mut is_value = false;
    for arg in args.iter_mut().skip(2) {
        let Some(text) = arg.to_str() else { continue };
        if text == "--" {
            break;
        }
        let wants_value = wants_value(command, text);
        if !is_value && is_term(text, &flags) {
            *arg = format!("!{}", &text[1..]).into();
        }
        is_value = wants_value;
    }
    args
}

/// `--limit` and `-o`: what follows them is theirs.
fn wants_value(command: &Command, text: &str) -> bool {
    command.get_arguments().filter(|arg| arg.get_action().takes_values()).any(|arg| {
        let long = arg.get_long().is_some_and(|name| text.strip_prefix("--") == Some(name));
        long || arg
            .get_short()
            .is_some_and(|letter| text.strip_prefix('-') == Some(letter.to_string().as_str()))
    })
}

/// `-user:*`, `-mimikatz`; but not `-h`, `-oFILE`, `--limit`, or `-` alone.
fn is_term(text: &str, flags: &[char]) -> bool {
    let Some(term) = text.strip_prefix('-') else { return false };
    let Some(first) = term.chars().next().filter(|first| *first != '-') else { return false };
    let is_asked = |name: &str| Column::named(name).is_some() || name.to_lowercase().starts_with("fields.");
    !flags.contains(&first) || term.split_once(':').is_some_and(|(name, _)| is_asked(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(typed: &[&str]) -> Vec<String> {
        let args = with_turned_terms(typed.iter().map(OsString::from));
        args.into_iter().map(|arg| arg.into_string().expect("text")).collect()
    }

    #[test]
    fn terms_are_turned_and_flags_stay() {
        for (typed, want) in [
            (&["kilroy", "events", "c", "-user:*", "--limit", "6"][..], "kilroy events c !user:* --limit 6"),
            (&["kilroy", "events", "c", "-mimikatz", "-h"], "kilroy events c !mimikatz -h"),
            (&["kilroy", "events", "c", "-host:srv", "-help"], "kilroy events c !host:srv -help"),
            (&["kilroy", "timeline", "c", "-object:x", "-oout.csv"], "kilroy timeline c !object:x -oout.csv"),
            (
                &["kilroy", "timeline", "c", "-o", "x.csv", "-fields.X:1"],
                "kilroy timeline c -o x.csv !fields.X:1",
            ),
            (&["kilroy", "timeline", "c", "-oC:/out.csv"], "kilroy timeline c -oC:/out.csv"),
            (&["kilroy", "events", "c", "--limit", "-5"], "kilroy events c --limit -5"),
            (&["kilroy", "events", "c", "--", "-user:*"], "kilroy events c -- -user:*"),
            (&["kilroy", "sessions", "c", "-user:*"], "kilroy sessions c -user:*"),
            (&["kilroy", "timeline", "c", "-"], "kilroy timeline c -"),
            (&["kilroy"], "kilroy"),
        ] {
            assert_eq!(turned(typed).join(" "), want);
        }
    }
}
