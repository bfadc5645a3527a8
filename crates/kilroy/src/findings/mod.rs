//! Findings as people read them: rows, sentences and pages. What a finding says is made of its facts, in either language.

mod about;
mod english;
mod facts;
mod korean;
mod page;
mod row;

use kilroy_catalog::Language;
use kilroy_model::Finding;

pub(crate) use about::{About, about};
pub(crate) use page::{opened, page};
pub(crate) use row::Row;

/// A finding in a sentence or two.
pub(crate) fn sentence(finding: &Finding, language: Language) -> String {
    match language {
        Language::English => english::sentence(finding),
        Language::Korean => korean::sentence(finding),
    }
}
