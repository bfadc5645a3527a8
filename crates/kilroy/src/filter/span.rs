//! A span of time.

use anyhow::{Result, bail};
use kilroy_case::query::moments;
use kilroy_model::Timestamp;

use crate::args::SpanFlags;

/// A span of time, both ends included.
#[derive(Debug, Default)]
pub(crate) struct Span {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Span {
    pub(crate) fn of(flags: &SpanFlags) -> Result<Self> {
        let since =
            flags.since.as_deref().map(|text| named("since", text)).transpose()?.map(|(first, _)| first);
        let until =
            flags.until.as_deref().map(|text| named("until", text)).transpose()?.map(|(_, last)| last);
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            bail!("--since is after --until: nothing can lie between them");
        }
        Ok(Self { since, until })
    }

    /// The first and the last moment; none if there is no bound at all.
    pub(crate) fn bounds(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.since.unwrap_or(Timestamp::from_ticks(i64::MIN));
        let last = self.until.unwrap_or(Timestamp::from_ticks(i64::MAX));
        (self.since.is_some() || self.until.is_some()).then_some((first, last))
    }

    /// Does something that went on from `begin` to `end` touch this span? Without an end it still goes on; of what has no
    /// known time at all nobody can say that it does.
    pub(crate) fn touches(&self, begin: Option<Timestamp>, end: Option<Timestamp>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let Some(begin) = begin.or(end) else { return false };
        // A clock that was set back can put the end before the begin.
        let end = end.map(|end| end.max(begin));
        self.until.is_none_or(|until| begin <= until)
            && self.since.is_none_or(|since| end.is_none_or(|end| end >= since))
    }
}

/// What a time names, as in filters: RFC 3339, or a date with or without a time, in UTC.
fn named(flag: &str, text: &str) -> Result<(Timestamp, Timestamp)> {
    match moments::span(text) {
        Some(named) => Ok(named),
        None => bail!(
            "--{flag} {text:?}: give a time like 2024-05-14, '2024-05-14 09:00' or 2024-05-14T09:00:00Z"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: &str, until: &str) -> Result<Span> {
        let flag = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Span::of(&SpanFlags { since: flag(since), until: flag(until) })
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_as_people_write_them() {
        let since = |text| span(text, "").unwrap().since.unwrap().to_string();
        assert_eq!(since("2024-05-14"), "2024-05-14T00:00:00.0000000Z");
        assert_eq!(since("2024-05-14 09:00"), "2024-05-14T09:00:00.0000000Z");
        assert_eq!(since("2024-05-14 09:00:01.5"), "2024-05-14T09:00:01.5000000Z");
        assert_eq!(since("2024-05-14T09:00"), "2024-05-14T09:00:00.0000000Z");
        assert_eq!(since("2024-05-14T11:00:00+02:00"), "2024-05-14T09:00:00.0000000Z");
        let until = span("", "2024-05-14").unwrap().until.unwrap().to_string();
        assert_eq!(until, "2024-05-14T23:59:59.9999999Z");
        // A time that a table shows has a second's end.
        let until = span("", "2024-05-14 13:04:33").unwrap().until.unwrap().to_string();
        assert_eq!(until, "2024-05-14T13:04:33.9999999Z");
        assert!(span("2024-01-01", "9999-12-31").is_ok());
        for wrong in ["", " ", "yesterday", "14.05.2024", "2024-13-01", "2024-05-14 25:00", "09:00"] {
            let flags = SpanFlags { since: Some(wrong.into()), until: None };
            assert!(Span::of(&flags).is_err(), "{wrong}");
        }
        assert!(span("2024-05-15", "2024-05-14").is_err());
    }

    #[test]
    fn what_touches_a_span() {
        let day = span("2024-05-14", "2024-05-14").unwrap();
        let (before, in_it, after) =
            (at("2024-05-13T12:00:00Z"), at("2024-05-14T12:00:00Z"), at("2024-05-15T12:00:00Z"));
        let (before, in_it, after) = (Some(before), Some(in_it), Some(after));
        assert!(day.touches(in_it, in_it));
        assert!(day.touches(before, after));
        assert!(day.touches(before, None));
        assert!(!day.touches(before, before));
        assert!(!day.touches(after, None));
        assert!(!day.touches(None, None));
        // The clock went back while it was on.
        assert!(day.touches(in_it, before));
        assert!(Span::default().touches(None, None));
    }
}
