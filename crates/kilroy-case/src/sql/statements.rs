//! Where statements end, and what they are called with.

/// A text taken apart: statements, each with its place, and whether the last one is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements<'t> {
    /// Each with the place of its first byte.
    pub all: Vec<(usize, &'t str)>,
    /// Nothing follows the last semicolon but blanks and comments.
    pub complete: bool,
}

/// Takes a text apart at its semicolons; those in quotes and comments are none.
pub fn statements(text: &str) -> Statements<'_> {
    let mut all = Vec::new();
    let (mut start, mut something) = (0, false);
    let mut rest = text.char_indices().peekable();
    let mut open = false;
    while let Some((at, c)) = rest.next() {
        let until =
            |end: &str| text[at + c.len_utf8()..].find(end).map(|n| at + c.len_utf8() + n + end.len());
        let end = match (c, rest.peek().map(|(_, next)| *next)) {
            (';', _) => {
                if something {
                    all.push((start, &text[start..=at]));
                }
                (start, something) = (at + 1, false);
                continue;
            }
            ('-', Some('-')) => Some(until("\n").unwrap_or(text.len())),
            ('/', Some('*')) => {
                open |= text[at + 2..].find("*/").is_none();
                Some(text[at + 2..].find("*/").map_or(text.len(), |n| at + n + 4))
            }
            ('\'' | '"' | '`', _) => {
                something = true;
                // A doubled quote ends the text and begins it anew: the same to us.
                let end = until(&c.to_string());
                open |= end.is_none();
                Some(end.unwrap_or(text.len()))
            }
            ('[', _) => {
                something = true;
                let end = until("]");
                open |= end.is_none();
                Some(end.unwrap_or(text.len()))
            }
            _ => {
                something |= !c.is_whitespace();
                None
            }
        };
        if let Some(end) = end {
            while rest.next_if(|(at, _)| *at < end).is_some() {}
        }
    }
    if something {
        all.push((start, &text[start..]));
    }
    Statements { complete: !something && !open, all }
}

/// Values for the parameters of statements, by name.
///
/// A recipe can say what they are if nobody does, in comments: `-- param: days=7 how far to look back`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters {
    given: Vec<(String, String)>,
    defaults: Vec<(String, String)>,
}

impl Parameters {
    /// Gives a parameter its value.
    pub fn set(&mut self, name: &str, value: &str) {
        let name = bare(name).to_owned();
        self.given.retain(|(known, _)| *known != name);
        self.given.push((name, value.to_owned()));
    }

    /// Takes the values that comments of a text name.
    pub fn read_defaults(&mut self, text: &str) {
        for line in text.lines() {
            let Some(rest) = line.trim().strip_prefix("-- param:") else { continue };
            if let Some((name, rest)) = rest.trim().split_once('=') {
                let value = match rest.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) {
                    Some((quoted, _)) => quoted,
                    None => rest.split_whitespace().next().unwrap_or_default(),
                };
                self.defaults.push((bare(name.trim()).to_owned(), value.to_owned()));
            }
        }
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let find = |all: &[(String, String)]| {
            all.iter().rev().position(|(known, _)| known == bare(name)).map(|n| all.len() - 1 - n)
        };
        let given = find(&self.given).and_then(|n| self.given.get(n));
        let value = given.or_else(|| find(&self.defaults).and_then(|n| self.defaults.get(n)));
        value.map(|(_, value)| value.as_str())
    }

    /// The names that were given a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(|(name, _)| name.as_str())
    }
}

fn bare(name: &str) -> &str {
    name.trim_start_matches([':', '@', '$'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_statements_end() {
        for (text, want, complete) in [
            ("", vec![], true),
            ("SELECT 1", vec!["SELECT 1"], false),
            ("SELECT 1;", vec!["SELECT 1;"], true),
            ("SELECT 1; -- done", vec!["SELECT 1;"], true),
            ("-- a;\nSELECT ';';", vec!["-- a;\nSELECT ';';"], true),
            ("SELECT 'it''s;';SELECT 2", vec!["SELECT 'it''s;';", "SELECT 2"], false),
            ("SELECT \"a;\", [b;], `c;` /* ; */;", vec!["SELECT \"a;\", [b;], `c;` /* ; */;"], true),
            ("SELECT 'open;", vec!["SELECT 'open;"], false),
            ("/* open;", vec![], false),
            (";;", vec![], true),
            ("SELECT '홍;길동';", vec!["SELECT '홍;길동';"], true),
        ] {
            let found = statements(text);
            assert_eq!(found.all.iter().map(|(_, one)| *one).collect::<Vec<_>>(), want, "{text}");
            assert_eq!(found.complete, complete, "{text}");
            assert!(found.all.iter().all(|(at, one)| text[*at..].starts_with(one)));
        }
    }

    #[test]
    fn parameters_and_their_defaults() {
        let mut parameters = Parameters::default();
        parameters.read_defaults(
            "-- Question\n-- param: days=7 how far\n--param: x=1\n-- param: name='a b' who\nSELECT :days",
        );
        assert_eq!(
            (parameters.get(":days"), parameters.get("name"), parameters.get("x")),
            (Some("7"), Some("a b"), None)
        );
        parameters.set("days", "9");
        assert_eq!(parameters.get("@days"), Some("9"));
        assert_eq!(parameters.names().collect::<Vec<_>>(), ["days"]);
    }
}
