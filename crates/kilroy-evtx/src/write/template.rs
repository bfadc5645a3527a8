//! What the XML of an event looks like, and which of its values go where.
//!
//! As in logs of Windows, an event is two templates: the outer one has `Event` and `System`, and one of its values is
//! the inner one, with `EventData` or `UserData`.

use super::value::{Stored, kind};
use super::{Body, EventSpec, Refused, Value};

/// An element of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, Content)>,
    pub(super) content: Vec<Content>,
}

/// What stands in an element or in an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
    Element(Element),
    Text(String),
    /// The place of a value.
    Slot {
        index: u16,
        kind: u8,
        /// The attribute or text is left out when there is no value.
        optional: bool,
    },
}

/// A template with the values of one event.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) root: Element,
    pub(super) values: Vec<Stored>,
}

/// An event, ready to be put into a chunk.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) record_id: u64,
    pub(super) time: u64,
    pub(super) outer: Filled,
    /// Goes into the outer one's last value.
    pub(super) inner: Option<Filled>,
}

impl Encoded {
    pub(super) fn new(event: &EventSpec) -> Result<Self, Refused> {
        Ok(Self {
            record_id: event.record_id,
            time: event.time_filetime,
            outer: outer(event)?,
            inner: inner(&event.body)?,
        })
    }
}

/// Collects values and gives each its place.
#[derive(Default)]
struct Slots(Vec<Stored>);

impl Slots {
    fn add(&mut self, nominal: u8, optional: bool, value: Stored) -> Result<Content, Refused> {
        let index = u16::try_from(self.0.len()).map_err(|_| Refused::TooLarge)?;
        self.0.push(value);
        Ok(Content::Slot { index, kind: nominal, optional })
    }

    /// A value that is left out where there is none.
    fn maybe(&mut self, nominal: u8, value: Option<Stored>) -> Result<Content, Refused> {
        self.add(nominal, true, value.unwrap_or_else(Stored::null))
    }

    /// A value that is always there.
    fn always(&mut self, kind: u8, bytes: impl Into<Vec<u8>>) -> Result<Content, Refused> {
        self.add(kind, true, Stored::new(kind, bytes))
    }

    fn value(&mut self, value: &Value) -> Result<Content, Refused> {
        let stored = Stored::of(value)?;
        match stored.kind {
            kind::NULL => self.add(kind::STRING, true, stored),
            kind => self.add(kind, false, stored),
        }
    }
}

fn element(name: &str, attributes: Vec<(&str, Content)>, content: Vec<Content>) -> Element {
    let attributes = attributes.into_iter().map(|(name, content)| (name.to_owned(), content)).collect();
    Element { name: name.to_owned(), attributes, content }
}

fn outer(event: &EventSpec) -> Result<Filled, Refused> {
    let mut slots = Slots::default();
    // Low half first, as stored.
    let [id @ .., q0, q1] = event.event_id.to_le_bytes();
    let qualifiers = Some([q0, q1]).filter(|q| *q != [0, 0]);
    let sid = event.user_sid.as_deref().map(Stored::sid).transpose()?;

    let provider = vec![
        ("Name", slots.add(kind::STRING, true, Stored::text(&event.provider))?),
        ("Guid", slots.maybe(kind::GUID, event.provider_guid.map(Stored::guid))?),
    ];
    let event_id =
        vec![("Qualifiers", slots.maybe(kind::U16, qualifiers.map(|q| Stored::new(kind::U16, q)))?)];
    let execution = vec![
        ("ProcessID", slots.always(kind::U32, event.process_id.to_le_bytes())?),
        ("ThreadID", slots.always(kind::U32, event.thread_id.to_le_bytes())?),
    ];
    let created = vec![("SystemTime", slots.always(kind::FILETIME, event.time_filetime.to_le_bytes())?)];
    let correlation = vec![("ActivityID", slots.maybe(kind::GUID, event.activity_id.map(Stored::guid))?)];
    let security = vec![("UserID", slots.maybe(kind::SID, sid)?)];

    let system = vec![
        element("Provider", provider, vec![]),
        element("EventID", event_id, vec![slots.always(kind::U16, id)?]),
        element("Version", vec![], vec![slots.always(kind::U8, [event.version])?]),
        element("Level", vec![], vec![slots.always(kind::U8, [event.level])?]),
        element("Task", vec![], vec![slots.always(kind::U16, event.task.to_le_bytes())?]),
        element("Opcode", vec![], vec![slots.always(kind::U8, [event.opcode])?]),
        element("Keywords", vec![], vec![slots.always(kind::HEX_U64, event.keywords.to_le_bytes())?]),
        element("TimeCreated", created, vec![]),
        element("EventRecordID", vec![], vec![slots.always(kind::U64, event.record_id.to_le_bytes())?]),
        element("Correlation", correlation, vec![]),
        element("Execution", execution, vec![]),
        element("Channel", vec![], vec![slots.add(kind::STRING, true, Stored::text(&event.channel))?]),
        element("Computer", vec![], vec![slots.add(kind::STRING, true, Stored::text(&event.computer))?]),
        element("Security", security, vec![]),
    ];
    let system = element("System", vec![], system.into_iter().map(Content::Element).collect());

    let namespace = Content::Text("http://schemas.microsoft.com/win/2004/08/events/event".to_owned());
    let mut content = vec![Content::Element(system)];
    if !matches!(event.body, Body::Empty) {
        // Its bytes are written when the chunk is known.
        content.push(slots.add(kind::BINXML, true, Stored::new(kind::BINXML, []))?);
    }
    Ok(Filled { root: element("Event", vec![("xmlns", namespace)], content), values: slots.0 })
}

fn inner(body: &Body) -> Result<Option<Filled>, Refused> {
    let mut slots = Slots::default();
    let root = match body {
        Body::Empty => return Ok(None),
        Body::EventData(fields) => {
            let mut data = Vec::with_capacity(fields.len());
            for (name, value) in fields {
                let name = vec![("Name", Content::Text(name.clone()))];
                data.push(Content::Element(element("Data", name, vec![slots.value(value)?])));
            }
            element("EventData", vec![], data)
        }
        Body::UnnamedData(values, binary) => {
            let mut data = Vec::with_capacity(values.len() + 1);
            for value in values {
                data.push(Content::Element(element("Data", vec![], vec![slots.value(value)?])));
            }
            if let Some(bytes) = binary {
                let slot = slots.value(&Value::Binary(bytes.clone()))?;
                data.push(Content::Element(element("Binary", vec![], vec![slot])));
            }
            element("EventData", vec![], data)
        }
        Body::UserData { element: wrapper, namespace, fields } => {
            let mut data = Vec::with_capacity(fields.len());
            for (name, value) in fields {
                let name = checked_name(name)?;
                data.push(Content::Element(element(name, vec![], vec![slots.value(value)?])));
            }
            let namespace = vec![("xmlns", Content::Text(namespace.clone()))];
            let wrapper = element(checked_name(wrapper)?, namespace, data);
            element("UserData", vec![], vec![Content::Element(wrapper)])
        }
    };
    Ok(Some(Filled { root, values: slots.0 }))
}

/// Refuses what no XML reader would take for a name.
fn checked_name(name: &str) -> Result<&str, Refused> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if starts && goes_on { Ok(name) } else { Err(Refused::Name(name.to_owned())) }
}
