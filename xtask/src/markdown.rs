//! Just enough Markdown to find links and headings. Code blocks and code spans are not text.

/// A link as written, with its line number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) line: usize,
    pub(crate) target: String,
}

/// All links and images of a page: `[text](target)`, `[text](<target> "title")`, `[name]: target`.
pub(crate) fn links(page: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, text) in prose(page) {
        let mut add = |target: &str| links.push(Link { line, target: plain_target(target).to_owned() });
        if let Some((_, target)) = text.trim_start().strip_prefix('[').and_then(|t| t.split_once("]: ")) {
            add(target);
        }
        for rest in text.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                add(target);
            }
        }
    }
    links
}

/// The anchors of a page's headings, spelled as mdBook and GitHub spell them.
pub(crate) fn anchors(page: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (_, text) in prose_with_code_spans(page) {
        let title = text.trim_start_matches('#');
        let level = text.len() - title.len();
        if !(1..=6).contains(&level) || !title.starts_with(' ') {
            continue;
        }
        let base: String = title
            .trim()
            .chars()
            .filter_map(|c| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                c => c.is_alphanumeric().then_some(c),
            })
            .flat_map(char::to_lowercase)
            .collect();
        let same = anchors.iter().filter(|a| **a == base || is_numbered(a, &base)).count();
        anchors.push(if same == 0 { base } else { format!("{base}-{same}") });
    }
    anchors
}

/// Is this `base-1`, `base-2`, …: a heading that occurs more than once?
fn is_numbered(anchor: &str, base: &str) -> bool {
    let number = anchor.strip_prefix(base).and_then(|rest| rest.strip_prefix('-'));
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A link's target without the `<…>` around it and the title behind it.
fn plain_target(target: &str) -> &str {
    let target = target.trim();
    match target.strip_prefix('<').and_then(|t| t.split_once('>')) {
        Some((inner, _)) => inner,
        None => target.split_whitespace().next().unwrap_or(""),
    }
}

/// The lines outside code, numbered from 1, with code spans cut out.
fn prose(page: &str) -> impl Iterator<Item = (usize, String)> {
    prose_with_code_spans(page).map(|(number, line)| (number, line.split('`').step_by(2).collect()))
}

/// The lines outside fenced code blocks, numbered from 1.
fn prose_with_code_spans(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence = None;
    page.lines().enumerate().filter_map(move |(index, line)| {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(opened)) => fence = Some(opened),
            (Some(opened), Some(mark)) if opened == mark => fence = None,
            (None, None) => return Some((index + 1, line)),
            _ => {}
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(page: &str) -> Vec<String> {
        links(page).into_iter().map(|link| link.target).collect()
    }

    #[test]
    fn links_in_every_spelling() {
        let page = "[a](a.md) and ![b](<b c.png> \"title\")\n[c](c.md#part \"title\")\n[d]: d.md\n";
        assert_eq!(targets(page), ["a.md", "b c.png", "c.md#part", "d.md"]);
        assert_eq!(links(page)[2], Link { line: 2, target: "c.md#part".to_owned() });
    }

    #[test]
    fn code_holds_no_links() {
        let page = "`[a](a.md)` text\n```text\n[b](b.md)\n```\n~~~\n```\n[c](c.md)\n~~~\n[d](d.md)\n";
        assert_eq!(targets(page), ["d.md"]);
    }

    #[test]
    fn anchors_as_readers_see_them() {
        let page =
            "# Ends, ranked\n## `why`: the receipt\n## Twice\n## Twice\n#no heading\n```\n# code\n```\n";
        assert_eq!(anchors(page), ["ends-ranked", "why-the-receipt", "twice", "twice-1"]);
    }
}
