//! How far the logs of a case reach: the page of `kilroy coverage`, and what an empty answer holds for.

mod choice;
mod clock;
mod listing;
mod logs_from;
mod page;
mod phrases;
mod reach;

pub(crate) use choice::LogChoice;
pub(crate) use logs_from::logs_from;
pub(crate) use page::page;
pub(crate) use reach::{About, reach};
