//! From the XML of one event to its fields.
//!
//! The elements are kept in one list in document order, each with its parent, so that no nesting is too deep.

use std::borrow::Cow;
use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::naming::{Path, Section};
use crate::record::System;

/// What one event's XML says.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) system: System,
    pub(crate) data: Vec<(String, String)>,
    pub(crate) rendering: Vec<(String, String)>,
}

/// Why XML is no event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("its XML cannot be read: {0}")]
    Xml(#[from] quick_xml::Error),
    #[error("its XML cannot be read: {0}")]
    Attribute(#[from] quick_xml::events::attributes::AttrError),
    #[error("it has no System element with an EventID")]
    NoEventId,
}

/// Reads the XML of one event.
pub(crate) fn fields(xml: &str) -> Result<Fields, XmlError> {
    let elements = elements(xml)?;
    let mut fields = Fields::default();
    let mut event_id = None;
    // Of every element, the name that its values and its children have in the result.
    let mut paths: Vec<Path> = Vec::with_capacity(elements.len());
    for element in elements {
        let above = element.parent.and_then(|p| paths.get(p));
        let path = Path::of(&element.name, element.attribute("Name"), above);
        place(&mut fields, &mut event_id, &path, element);
        paths.push(path);
    }
    fields.system.event_id = event_id.ok_or(XmlError::NoEventId)?;
    number_repeats(&mut fields.data);
    number_repeats(&mut fields.rendering);
    Ok(fields)
}

#[derive(Debug)]
struct Element<'x> {
    name: Cow<'x, str>,
    attributes: Vec<(String, String)>,
    text: String,
    parent: Option<usize>,
    has_children: bool,
}

impl Element<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// All elements in document order.
fn elements(xml: &str) -> Result<Vec<Element<'_>>, XmlError> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().allow_dangling_amp = true;
    let mut elements: Vec<Element<'_>> = Vec::with_capacity(64);
    let mut open: Vec<usize> = Vec::with_capacity(8);
    loop {
        match reader.read_event()? {
            Event::Start(start) => {
                let index = push(&mut elements, open.last().copied(), &start)?;
                open.push(index);
            }
            Event::Empty(start) => {
                push(&mut elements, open.last().copied(), &start)?;
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => append(&mut elements, &open, &text.into_inner()),
            Event::CData(text) => append(&mut elements, &open, &text.into_inner()),
            Event::GeneralRef(reference) => append(&mut elements, &open, &resolve(reference)),
            Event::Eof => return Ok(elements),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

fn push<'x>(
    elements: &mut Vec<Element<'x>>,
    parent: Option<usize>,
    start: &BytesStart<'x>,
) -> Result<usize, XmlError> {
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute?;
        let name = attribute.key.as_ref();
        if name != "xmlns" && !name.starts_with("xmlns:") {
            // Not normalised: line breaks in an attribute stay what they are.
            let value =
                unescape(&attribute.value).map_or_else(|_| attribute.value.to_string(), Cow::into_owned);
            attributes.push((name.to_owned(), value));
        }
    }
    if let Some(parent) = parent.and_then(|p| elements.get_mut(p)) {
        parent.has_children = true;
    }
    let name = Cow::Owned(start.name().as_ref().to_owned());
    elements.push(Element { name, attributes, text: String::new(), parent, has_children: false });
    Ok(elements.len() - 1)
}

fn append(elements: &mut [Element<'_>], open: &[usize], text: &str) {
    if let Some(element) = open.last().and_then(|&index| elements.get_mut(index)) {
        element.text.push_str(text);
    }
}

/// The character of a reference. One that nobody knows stays as written.
fn resolve(reference: BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.into_inner();
    match quick_xml::escape::resolve_predefined_entity(&name) {
        Some(text) => text.to_owned(),
        None => format!("&{name};"),
    }
}

/// Puts the values of one element where they belong.
fn place(fields: &mut Fields, event_id: &mut Option<u32>, path: &Path, element: Element<'_>) {
    let Element { name, attributes, text, has_children, .. } = element;
    let mut bare = true;
    for (attribute, value) in attributes {
        if path.is_name_attribute(&name, &attribute) {
            continue;
        }
        bare = false;
        let value = match (path.section, path.depth) {
            (Section::System, 2) => system(&mut fields.system, event_id, &name, Some(&attribute), value),
            _ => Some(value),
        };
        let Some(value) = value else { continue };
        match (path.section, path.depth) {
            (Section::Rendering, 1) => fields.rendering.push((attribute, value)),
            (Section::Rendering, _) => fields.rendering.push((format!("{}@{attribute}", path.name), value)),
            _ => fields.data.push((format!("{}@{attribute}", path.name), value)),
        }
    }
    if text.is_empty() || (has_children && text.trim().is_empty()) {
        let empty_value = !has_children && bare && path.is_field() && path.section != Section::System;
        if !empty_value {
            return;
        }
    }
    match (path.section, path.depth) {
        (Section::System, 2) => {
            if let Some(text) = system(&mut fields.system, event_id, &name, None, text) {
                fields.data.push((path.name.clone(), text));
            }
        }
        (Section::Rendering, _) => fields.rendering.push((path.name.clone(), text)),
        _ => fields.data.push((path.name.clone(), text)),
    }
}

/// Takes a value of `System`. One that has no place there, or is not of its type, comes back.
fn system(
    system: &mut System,
    event_id: &mut Option<u32>,
    element: &str,
    attribute: Option<&str>,
    value: String,
) -> Option<String> {
    match (element, attribute) {
        ("Provider", Some("Name")) => text(&mut system.provider, value),
        ("Provider", Some("Guid")) => optional(&mut system.provider_guid, value),
        ("Provider", Some("EventSourceName")) => optional(&mut system.event_source_name, value),
        ("EventID", None) => number(event_id, value),
        ("EventID", Some("Qualifiers")) => number(&mut system.qualifiers, value),
        ("Version", None) => number(&mut system.version, value),
        ("Level", None) => number(&mut system.level, value),
        ("Task", None) => number(&mut system.task, value),
        ("Opcode", None) => number(&mut system.opcode, value),
        ("Keywords", None) => optional(&mut system.keywords, value),
        ("TimeCreated", Some("SystemTime")) => optional(&mut system.time_created, value),
        ("EventRecordID", None) => number(&mut system.record_id, value),
        ("Correlation", Some("ActivityID")) => optional(&mut system.activity_id, value),
        ("Correlation", Some("RelatedActivityID")) => optional(&mut system.related_activity_id, value),
        ("Execution", Some("ProcessID")) => number(&mut system.process_id, value),
        ("Execution", Some("ThreadID")) => number(&mut system.thread_id, value),
        ("Channel", None) => text(&mut system.channel, value),
        ("Computer", None) => text(&mut system.computer, value),
        ("Security", Some("UserID")) => optional(&mut system.user_id, value),
        _ => Some(value),
    }
}

fn text(place: &mut String, value: String) -> Option<String> {
    if !place.is_empty() {
        return Some(value);
    }
    *place = value;
    None
}

fn optional(place: &mut Option<String>, value: String) -> Option<String> {
    if value.is_empty() {
        return None;
    }
    if place.is_some() {
        return Some(value);
    }
    *place = Some(value);
    None
}

fn number<N: std::str::FromStr>(place: &mut Option<N>, value: String) -> Option<String> {
    if value.is_empty() {
        return None;
    }
    match value.parse() {
        Ok(number) if place.is_none() => {
            *place = Some(number);
            None
        }
        _ => Some(value),
    }
}

/// Numbers the names that occur more than once: `Data[1]`, `Data[2]`.
fn number_repeats(fields: &mut [(String, String)]) {
    // (how many there are, how many were numbered)
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    let repeats = match fields.len() {
        0 | 1 => false,
        // Most events have few fields and no repeats: no table for them.
        len @ 2..=24 => (1..len).any(|i| fields[..i].iter().any(|(name, _)| *name == fields[i].0)),
        _ => true,
    };
    if !repeats {
        return;
    }
    for (name, _) in &*fields {
        counts.entry(name.clone()).or_default().0 += 1;
    }
    for (name, _) in fields {
        if let Some((count, numbered)) = counts.get_mut(name)
            && *count > 1
        {
            *numbered += 1;
            *name = format!("{name}[{numbered}]");
        }
    }
}

#[cfg(test)]
mod tests;
