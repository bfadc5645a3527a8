//! What the values of a filter mean: numbers, times, yes and no.

use kilroy_model::Timestamp;

use super::BadFilter;
use super::moments::span;
use super::words::Value;

/// A text; no range.
pub fn text<'v>(name: &str, value: &'v Value) -> Result<&'v str, BadFilter> {
    match value {
        Value::One(text) => Ok(text),
        Value::Range(from, to) => Err(BadFilter(format!(
            "{name}:{from}..{to}: {name} is text and has no ranges; if the dots belong to it, put it in quotes"
        ))),
    }
}

/// A number, or from one to another: `4624`, `4624..4634`, `4624-4634`, `..5`, `0x3e7`. Both ends are included.
pub fn numbers(name: &str, value: &Value) -> Result<(u64, u64), BadFilter> {
    let wrong = |text: &str| {
        let levels = if name == "level" { ", or critical, error, warning, information, verbose" } else { "" };
        BadFilter(format!("{name}:{text}: give a number like 4624, or a range like 4624..4634{levels}"))
    };
    let number = |text: &str, open: u64| match text.trim() {
        "" => Ok(open),
        digits => whole(digits).or_else(|| level(name, digits)).ok_or_else(|| wrong(text)),
    };
    let (from, to) = match value {
        Value::Range(from, to) => (from.as_str(), to.as_str()),
        Value::One(text) if text == "*" => return Ok((0, u64::MAX)),
        Value::One(text) => match text.split_once('-') {
            Some(("", _) | (_, "")) => return Err(wrong(text)),
            Some(ends) => ends,
            None => (text.as_str(), text.as_str()),
        },
    };
    let (from, to) = (number(from, 0)?, number(to, u64::MAX)?);
    if from > to {
        return Err(BadFilter(format!("{name}:{from}..{to}: the range ends before it begins")));
    }
    Ok((from, to))
}

fn whole(digits: &str) -> Option<u64> {
    match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// A level by its name.
fn level(field: &str, name: &str) -> Option<u64> {
    const NAMES: [&str; 5] = ["critical", "error", "warning", "information", "verbose"];
    let place =
        NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)).filter(|_| field == "level")?;
    Some(place as u64 + 1)
}

/// A day, a minute, a second or a moment, or from one to another; both ends are included.
pub fn times(name: &str, value: &Value) -> Result<(Timestamp, Timestamp), BadFilter> {
    let wrong = |text: &str| {
        BadFilter(format!(
            "{name}:{text}: give a time like 2024-05-14, 2024-05-14T09:00 or 2024-05-14T09:00:01Z, or a range like \
             2024-05-14..2024-05-15"
        ))
    };
    let (first, last) = (Timestamp::from_ticks(i64::MIN), Timestamp::from_ticks(i64::MAX));
    let span = |text: &str| span(text).ok_or_else(|| wrong(text));
    let (from, to) = match value {
        Value::One(text) if text == "*" => return Ok((first, last)),
        Value::One(text) => return span(text),
        Value::Range(from, to) => (from, to),
    };
    let begin = if from.is_empty() { first } else { span(from)?.0 };
    let end = if to.is_empty() { last } else { span(to)?.1 };
    if begin > end {
        return Err(BadFilter(format!("{name}:{from}..{to}: the range ends before it begins")));
    }
    Ok((begin, end))
}

/// Yes or no; none stands for either.
pub fn flag(name: &str, value: &Value) -> Result<Option<bool>, BadFilter> {
    match text(name, value)?.to_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(Some(true)),
        "false" | "no" | "0" => Ok(Some(false)),
        "*" => Ok(None),
        other => Err(BadFilter(format!("{name}:{other}: give true or false"))),
    }
}
