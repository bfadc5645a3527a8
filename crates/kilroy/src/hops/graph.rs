//! Hops as a graph for other programs: GraphML, DOT, Cypher. Names come from logs, so each format's quoting is kept to the
//! letter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use kilroy_model::{Certainty, Hop, HopMethod, Timestamp};

use crate::args::GraphFormat;

/// The graph of some hops.
pub(crate) fn graph(hops: &[Hop], format: GraphFormat) -> String {
    let graph = Graph::of(hops);
    match format {
        GraphFormat::Graphml => graph.graphml(),
        GraphFormat::Dot => graph.dot(),
        GraphFormat::Cypher => graph.cypher(),
    }
}

/// Hosts, and the ways between them; several hops of one user by one means are one way.
struct Graph<'a> {
    /// Name, and whether the case has its logs.
    hosts: BTreeMap<&'a str, bool>,
    ways: BTreeMap<(&'a str, &'a str, HopMethod, &'a str), Way>,
}

/// What hops of one way have in common.
#[derive(Debug, Clone, Copy)]
struct Way {
    count: u64,
    first: Timestamp,
    last: Timestamp,
    certainty: Certainty,
}

impl<'a> Graph<'a> {
    fn of(hops: &'a [Hop]) -> Self {
        let mut graph = Self { hosts: BTreeMap::new(), ways: BTreeMap::new() };
        for hop in hops {
            let one = hop.source_host.iter();
            let sources: BTreeSet<&str> = one.chain(&hop.source_candidates).map(String::as_str).collect();
            graph.host(&hop.target_host, hop.target_known);
            for source in sources {
                graph.host(source, true);
                let key =
                    (source, hop.target_host.as_str(), hop.method, hop.user.as_deref().unwrap_or_default());
                let new = Way { count: 0, first: hop.time, last: hop.time, certainty: hop.certainty };
                let way = graph.ways.entry(key).or_insert(new);
                way.count += 1;
                way.first = way.first.min(hop.time);
                way.last = way.last.max(hop.time);
                way.certainty = way.certainty.min(hop.certainty);
            }
        }
        graph
    }

    fn host(&mut self, name: &'a str, known: bool) {
        *self.hosts.entry(name).or_insert(false) |= known;
    }

    fn graphml(&self) -> String {
        const KEYS: [(&str, &str, &str); 8] = [
            ("name", "node", "string"),
            ("in_case", "node", "boolean"),
            ("method", "edge", "string"),
            ("user", "edge", "string"),
            ("certainty", "edge", "string"),
            ("hops", "edge", "long"),
            ("first", "edge", "string"),
            ("last", "edge", "string"),
        ];
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
        );
        for (name, of, kind) in KEYS {
            let _ = writeln!(
                out,
                "  <key id=\"{name}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>"
            );
        }
        out.push_str("  <graph id=\"hops\" edgedefault=\"directed\">\n");
        for (name, known) in &self.hosts {
            let name = xml(name);
            let _ = writeln!(
                out,
                "    <node id=\"{name}\">{}{}</node>",
                data("name", &name),
                data("in_case", known)
            );
        }
        for ((from, to, method, user), way) in &self.ways {
            let _ = writeln!(
                out,
                "    <edge source=\"{}\" target=\"{}\">{}{}{}{}{}{}</edge>",
                xml(from),
                xml(to),
                data("method", method),
                data("user", &xml(user)),
                data("certainty", &way.certainty),
                data("hops", &way.count),
                data("first", &way.first),
                data("last", &way.last),
            );
        }
        out.push_str("  </graph>\n</graphml>\n");
        out
    }

    fn dot(&self) -> String {
        let mut out = String::from("digraph hops {\n  rankdir=LR;\n  node [shape=box];\n");
        for (name, known) in &self.hosts {
            let style = if *known { "" } else { " [style=dashed]" };
            let _ = writeln!(out, "  {}{style};", quoted(name));
        }
        for ((from, to, method, user), way) in &self.ways {
            let mut label = format!("{method} {user}");
            if way.count > 1 {
                let _ = write!(label, " ×{}", way.count);
            }
            let style = if way.certainty == Certainty::Possible { ", style=dashed" } else { "" };
            let (from, to, label) = (quoted(from), quoted(to), quoted(label.trim_end()));
            let _ = writeln!(out, "  {from} -> {to} [label={label}{style}];");
        }
        out.push_str("}\n");
        out
    }

    fn cypher(&self) -> String {
        let mut out = String::new();
        for (name, known) in &self.hosts {
            let _ = writeln!(out, "MERGE (h:Host {{name: {}}}) SET h.in_case = {known};", quoted(name));
        }
        for ((from, to, method, user), way) in &self.ways {
            let _ = writeln!(
                out,
                "MATCH (a:Host {{name: {}}}), (b:Host {{name: {}}}) MERGE (a)-[r:HOP {{method: \"{method}\", user: {}}}]->(b) \
                 SET r.hops = {}, r.certainty = \"{}\", r.first = datetime(\"{}\"), r.last = datetime(\"{}\");",
                quoted(from),
                quoted(to),
                quoted(user),
                way.count,
                way.certainty,
                way.first,
                way.last,
            );
        }
        out
    }
}

fn data(key: &str, value: &dyn std::fmt::Display) -> String {
    format!("<data key=\"{key}\">{value}</data>")
}

/// Text for XML: control characters, which XML cannot have, become a replacement character.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A quoted text of DOT and of Cypher: both escape with a backslash.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_gets_out_of_its_quotes() {
        assert_eq!(quoted("a\"];x\\"), r#""a\"];x\\""#);
        assert_eq!(quoted("a\nb"), "\"a\u{fffd}b\"");
        assert_eq!(xml("<a b=\"c\">&\u{1b}"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}");
    }
}
