//! `kilroy note` and `kilroy notes`: what people add to a case.

pub(super) mod rows;
pub(super) mod target;

use std::env;

use anyhow::{Result, bail};
use kilroy_case::{Case, NoteId, Target};
use kilroy_catalog::Language;

use self::rows::additions;
use self::target::target;
use super::show;
use crate::Outcome;
use crate::args::{AuthorFlags, NoteArgs, NotesArgs};
use crate::notice;
use crate::output::{Printer, escape};
use crate::settings::{Look, Output};
use crate::words::text;

/// `kilroy note`.
pub(super) fn note(args: &NoteArgs) -> Result<Outcome> {
    let case = Case::open(&args.case)?;
    let on = target(&case, &args.target)?;
    let output = Output::of(args.output);
    let either = |english: String, korean: String| match output.look.language {
        Language::English => english,
        Language::Korean => korean,
    };
    let done = match (&args.text, args.change, args.remove) {
        (_, _, Some(number)) => {
            let id = number_on(&case, &on, number)?;
            case.remove_note(id)?;
            either(format!("note {number} on {on} is removed"), format!("{on}: 메모 {number} 제거됨"))
        }
        (Some(text), change, None) => {
            let text = text.trim();
            if text.is_empty() {
                bail!("the note says nothing; --remove NUMBER removes one");
            }
            if let Some(number) = change {
                let id = number_on(&case, &on, number)?;
                case.change_note(id, text)?;
                either(format!("note {number} on {on} is changed"), format!("{on}: 메모 {number} 변경됨"))
            } else {
                let NoteId(number) = case.add_note(&on, text, author(&args.author).as_deref())?;
                either(format!("note {number} on {on}"), format!("{on}: 메모 {number} 추가됨"))
            }
        }
        (None, _, None) => {
            let mut all = additions(&case)?;
            all.retain(|addition| addition.is_on(&on));
            let none = all.is_empty();
            show(all, text("notes", "메모"), crate::args::PageFlags::default(), output)?;
            if none {
                notice::say(&either(
                    format!("Nothing is noted on {on}."),
                    format!("{on}에 대한 메모가 없습니다."),
                ));
            }
            return Ok(Outcome::Done);
        }
    };
    say(&done, output.look)?;
    Ok(Outcome::Done)
}

/// `kilroy notes`.
pub(super) fn run(args: &NotesArgs) -> Result<Outcome> {
    let case = Case::open(&args.case)?;
    let all = additions(&case)?;
    let none = all.is_empty();
    let output = Output::of(args.output);
    show(all, text("notes", "메모"), args.page, output)?;
    if none {
        let nothing = text("Nobody has added anything to the case.", "이 케이스에 추가된 내용이 없습니다.");
        notice::say(nothing.get(output.look.language));
    }
    Ok(Outcome::Done)
}

/// The note of this number, which must be on the target: a slip of the number must not change another one.
fn number_on(case: &Case, on: &Target, number: i64) -> Result<NoteId> {
    let id = NoteId(number);
    match case.note_target(id)? {
        Some(target) if target == *on => Ok(id),
        Some(target) => bail!("note {number} is on {target}, not on {on}"),
        None => bail!("there is no note {number}; see `kilroy notes`"),
    }
}

/// Who adds something: as told, else as the system calls the user.
pub(super) fn author(flags: &AuthorFlags) -> Option<String> {
    let known = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| env::var(name).ok());
    flags.author.clone().or_else(known).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// What was done, in one line.
pub(super) fn say(done: &str, look: Look) -> Result<()> {
    let mut printer = Printer::stdout(look);
    printer.lines(&[escape(done).into_owned()])?;
    printer.finish()
}
