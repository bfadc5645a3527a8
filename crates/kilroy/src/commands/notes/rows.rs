//! What people add, as rows.

use anyhow::Result;
use kilroy_case::{Bookmark, Case, Note, NoteId, Tag, Target};
use kilroy_catalog::Language;
use kilroy_model::Timestamp;
use serde::Serialize;

use crate::output::{Cell, Column, Listing, Tone, seconds};
use crate::words::text;

/// One thing that somebody added.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Addition {
    target_kind: &'static str,
    target: String,
    what: What,
    /// Of a note.
    number: Option<i64>,
    /// Of a note what it says, of a tag the tag.
    text: Option<String>,
    author: Option<String>,
    created: Option<Timestamp>,
    changed: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Bookmark,
    Tag,
    Note,
}

/// Everything, by what it is on; bookmarks and tags before notes.
pub(crate) fn additions(case: &Case) -> Result<Vec<Addition>> {
    let of = |target: &Target, what, author, created| Addition {
        target_kind: target.kind().name(),
        target: target.id().to_owned(),
        what,
        number: None,
        text: None,
        author,
        created,
        changed: None,
    };
    let mut all = Vec::new();
    for Bookmark { target, author, created } in case.bookmarks()? {
        all.push(of(&target, What::Bookmark, author, created));
    }
    for Tag { target, tag, author, created } in case.tags()? {
        all.push(Addition { text: Some(tag), ..of(&target, What::Tag, author, created) });
    }
    for Note { id: NoteId(number), target, text, author, created, changed } in case.notes()? {
        let note = of(&target, What::Note, author, created);
        all.push(Addition { number: Some(number), text: Some(text), changed, ..note });
    }
    all.sort();
    Ok(all)
}

impl Addition {
    pub(crate) fn is_on(&self, target: &Target) -> bool {
        self.target_kind == target.kind().name() && self.target == target.id()
    }
}

impl Listing for Addition {
    const KEYS: &'static [&'static str] =
        &["target_kind", "target", "what", "number", "text", "author", "created", "changed"];

    fn columns(language: Language) -> Vec<Column> {
        let title = |en, ko| Column::new(text(en, ko).get(language));
        vec![
            title("ON", "대상").least(16),
            title("WHAT", "종류"),
            title("NO", "번호").right(),
            title("TEXT", "내용").least(24),
            title("BY", "작성자").least(8).spare(1),
            title("WRITTEN (UTC)", "작성(UTC)").spare(2),
            title("CHANGED (UTC)", "변경(UTC)").spare(3),
        ]
    }

    fn cells(&self, language: Language) -> Vec<Cell> {
        let (what, tone) = match self.what {
            What::Bookmark => (text("bookmark", "책갈피"), Tone::Notable),
            What::Tag => (text("tag", "태그"), Tone::Notable),
            What::Note => (text("note", "메모"), Tone::Plain),
        };
        vec![
            Cell::new(format!("{}:{}", self.target_kind, self.target)),
            Cell::new(what.get(language)).tone(tone),
            self.number.map(|number| number.to_string()).into(),
            self.text.as_ref().into(),
            self.author.as_ref().into(),
            self.created.map(seconds).into(),
            self.changed.map(seconds).into(),
        ]
    }
}
