//! The words of a filter: `name:value,value -name:from..to "name":"a value" word`.

use super::BadFilter;

/// One condition as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What is asked for; none for a word without a colon.
    pub name: Option<String>,
    /// It must not hold: a `-` or `!` stood in front.
    pub negated: bool,
    /// One of these must hold.
    pub any: Vec<Value>,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A value.
    One(String),
    /// From one to the other, both included; an empty end is open.
    Range(String, String),
}

/// Takes a filter apart. Quotes keep blanks, commas, colons and double dots together.
pub fn terms(text: &str) -> Result<Vec<Term>, BadFilter> {
    let mut terms = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Ok(terms);
        }
        let negated = rest.next_if(|c| matches!(c, '-' | '!')).is_some();
        let mut reading = Reading { negated, ..Reading::default() };
        while let Some(c) = rest.next_if(|c| !c.is_whitespace()) {
            match c {
                '"' => loop {
                    match rest.next() {
                        Some('"') => break,
                        Some(c) => reading.letter(c),
                        None => return Err(BadFilter(format!("{text:?}: a quote is not closed"))),
                    }
                },
                ':' if reading.name.is_none() => reading.colon(),
                ',' if reading.name.is_some() => reading.comma(),
                '.' if reading.name.is_some() && rest.next_if_eq(&'.').is_some() => reading.dots(),
                c => reading.letter(c),
            }
        }
        terms.push(reading.finish(text)?);
    }
}

/// A term of which a part was read.
#[derive(Default)]
struct Reading {
    negated: bool,
    name: Option<String>,
    any: Vec<Value>,
    from: Option<String>,
    current: String,
}

impl Reading {
    fn letter(&mut self, letter: char) {
        self.current.push(letter);
    }

    fn colon(&mut self) {
        self.name = Some(std::mem::take(&mut self.current));
    }

    /// A third end makes no sense of its own: it is part of the second one.
    fn dots(&mut self) {
        if self.from.is_some() {
            self.current.push_str("..");
        } else {
            self.from = Some(std::mem::take(&mut self.current));
        }
    }

    fn comma(&mut self) {
        let current = std::mem::take(&mut self.current);
        self.any.push(match self.from.take() {
            Some(from) => Value::Range(from, current),
            None => Value::One(current),
        });
    }

    fn finish(mut self, text: &str) -> Result<Term, BadFilter> {
        let (name, negated) = (self.name.take(), self.negated);
        if name.is_none() {
            // Dots mean something in values only.
            let word = match self.from.take() {
                Some(from) => format!("{from}..{}", self.current),
                None => std::mem::take(&mut self.current),
            };
            self.current = word;
        }
        self.comma();
        if self.any.iter().any(Value::is_empty) {
            let what = name.as_deref().unwrap_or("a word");
            return Err(BadFilter(format!(
                "{text:?}: {what:?} has an empty value; write it like event_id:4624,4625"
            )));
        }
        Ok(Term { name, negated, any: self.any })
    }
}

impl Value {
    fn is_empty(&self) -> bool {
        match self {
            Self::One(text) => text.is_empty(),
            Self::Range(from, to) => from.is_empty() && to.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let value = |value: &Value| match value {
            Value::One(one) => format!("<{one}>"),
            Value::Range(from, to) => format!("<{from}>-<{to}>"),
        };
        let term = |term: &Term| {
            let sign = if term.negated { "-" } else { "" };
            let name = term.name.as_deref().unwrap_or("?");
            format!("{sign}{name}={}", term.any.iter().map(value).collect::<Vec<_>>().join("|"))
        };
        match terms(text) {
            Ok(terms) => terms.iter().map(term).collect::<Vec<_>>().join(" & "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn terms_of_a_filter() {
        for (text, want) in [
            ("", ""),
            ("  ", ""),
            ("event_id:4624", "event_id=<4624>"),
            (" a:1,2  b:x ", "a=<1>|<2> & b=<x>"),
            ("a:1..3,7,9..,..2", "a=<1>-<3>|<7>|<9>-<>|<>-<2>"),
            ("t:2024-05-14T09:00..2024-05-14T10:00", "t=<2024-05-14T09:00>-<2024-05-14T10:00>"),
            (r#"c:"Windows PowerShell",x p:"a,b..c""#, "c=<Windows PowerShell>|<x> & p=<a,b..c>"),
            (r#"t:"2024-05-14 09:00"..2024-05-15"#, "t=<2024-05-14 09:00>-<2024-05-15>"),
            ("host:srv.corp.example", "host=<srv.corp.example>"),
            ("홍:길동", "홍=<길동>"),
            ("-user:a*,b !ip:LOCAL", "-user=<a*>|<b> & -ip=<LOCAL>"),
            ("mimikatz -\"a b\" a..b", "?=<mimikatz> & -?=<a b> & ?=<a..b>"),
            ("a:1,", r#""a:1,": "a" has an empty value; write it like event_id:4624,4625"#),
            ("a:..", r#""a:..": "a" has an empty value; write it like event_id:4624,4625"#),
            ("-", r#""-": "a word" has an empty value; write it like event_id:4624,4625"#),
            ("a:\"x", r#""a:\"x": a quote is not closed"#),
        ] {
            assert_eq!(shown(text), want, "{text}");
        }
    }
}
