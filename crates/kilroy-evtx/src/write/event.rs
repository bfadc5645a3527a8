//! What an event to write is made of.

use super::value::Value;

/// One event to write.
///
/// Every field has a default, so that callers say only what matters to them:
///
/// ```
/// # use kilroy_evtx::{Body, EventSpec, Value};
/// let event = EventSpec {
///     provider: "Microsoft-Windows-Security-Auditing".to_owned(),
///     event_id: 4634,
///     record_id: 1,
///     body: Body::EventData(vec![("TargetUserName".to_owned(), Value::Str("kim".to_owned()))]),
///     ..EventSpec::default()
/// };
/// # assert_eq!(event.event_id, 4634);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventSpec {
    /// `Provider@Name`.
    pub provider: String,
    /// `Provider@Guid`.
    pub provider_guid: Option<u128>,
    /// `Provider@EventSourceName`: the old-style name of a source that has a new one too.
    pub event_source_name: Option<String>,
    /// `EventID`. Its upper half is written as `Qualifiers`, as old-style sources have it, if `qualifiers` says nothing.
    pub event_id: u32,
    /// `EventID@Qualifiers`. None: the upper half of `event_id`, left out where that is 0.
    pub qualifiers: Option<u16>,
    /// `Version`.
    pub version: u8,
    /// `Level`.
    pub level: u8,
    /// `Task`.
    pub task: u16,
    /// `Opcode`.
    pub opcode: u8,
    /// `Keywords`.
    pub keywords: u64,
    /// `TimeCreated@SystemTime`: 100 ns since 1601.
    pub time_filetime: u64,
    /// `EventRecordID`.
    pub record_id: u64,
    /// `Correlation@ActivityID`.
    pub activity_id: Option<u128>,
    /// `Correlation@RelatedActivityID`.
    pub related_activity_id: Option<u128>,
    /// `Execution@ProcessID`.
    pub process_id: u32,
    /// `Execution@ThreadID`.
    pub thread_id: u32,
    /// `Channel`.
    pub channel: String,
    /// `Computer`.
    pub computer: String,
    /// `Security@UserID`, in the form `S-1-5-18`.
    pub user_sid: Option<String>,
    /// What the event carries.
    pub body: Body,
    /// `RenderingInfo`, as forwarded events have it.
    pub rendering: Option<Rendering>,
    /// How the event becomes binary XML. It reads the same in every layout.
    pub layout: Layout,
    /// Record ID in the record's header, where that is another: exported and filtered logs count anew.
    pub header_record_id: Option<u64>,
    /// Time in the record's header, where that is another: exported and filtered logs have the time of the export.
    pub header_time_filetime: Option<u64>,
}

/// What an event carries beside `System`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// `EventData` with named `Data` elements.
    EventData(Vec<(String, Value)>),
    /// The same with attributes of its own.
    NamedEventData {
        /// `EventData@Name`: the name of the event's template in its manifest.
        name: Option<String>,
        /// `EventData@xmlns`.
        namespace: Option<String>,
        /// Names and values of the `Data` elements.
        fields: Vec<(String, Value)>,
    },
    /// `EventData` with `Data` elements without names, and maybe a `Binary` element: old-style sources.
    UnnamedData(Vec<Value>, Option<Vec<u8>>),
    /// `UserData` with one inner element.
    UserData {
        /// Name of the inner element, `EventXML` as a rule.
        element: String,
        /// Its namespace.
        namespace: String,
        /// Its children.
        fields: Vec<(String, Value)>,
    },
    /// `ProcessingErrorData`: Windows could not make event data of what the source gave.
    ProcessingErrorData {
        /// `ErrorCode`.
        error_code: u32,
        /// `DataItemName`: the field that it could not make.
        data_item_name: String,
        /// `EventPayload`: what the source gave.
        event_payload: Vec<u8>,
    },
    /// `DebugData`: `SequenceNumber`, `FlagsName`, `LevelName`, `Component`, `SubComponent`, `FileLine`, `Function`,
    /// `Message`, or some of them.
    DebugData(Vec<(String, Value)>),
    /// `BinaryEventData`.
    BinaryEventData(Vec<u8>),
    /// Any element: nested `UserData`, elements with attributes, sections nobody has seen yet. An array right in it would
    /// need more than one of it: readers then show its values with commas.
    Section(XmlElement),
    /// None of them.
    #[default]
    Empty,
}

/// An element of any form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct XmlElement {
    /// Its name.
    pub name: String,
    /// Names and values of its attributes. One with no value is left out.
    pub attributes: Vec<(String, Value)>,
    /// What stands in it.
    pub content: Vec<XmlContent>,
}

/// What stands in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum XmlContent {
    /// Another element.
    Element(XmlElement),
    /// A value: it differs from event to event.
    Value(Value),
    /// Text that is part of the template: the same in every event.
    Text(String),
}

impl XmlElement {
    /// An element without attributes and content.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With an attribute more.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: Value) -> Self {
        self.attributes.push((name.into(), value));
        self
    }

    /// With a child more.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.content.push(XmlContent::Element(child));
        self
    }

    /// With a value more.
    #[must_use]
    pub fn value(mut self, value: Value) -> Self {
        self.content.push(XmlContent::Value(value));
        self
    }

    /// With a text more, the same in every event.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(XmlContent::Text(text.into()));
        self
    }
}

/// `RenderingInfo`: texts that the logging or the forwarding machine rendered. What is none is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendering {
    /// `@Culture`, such as `en-US`.
    pub culture: Option<String>,
    /// `Message`.
    pub message: Option<String>,
    /// `Level`.
    pub level: Option<String>,
    /// `Task`.
    pub task: Option<String>,
    /// `Opcode`.
    pub opcode: Option<String>,
    /// `Channel`.
    pub channel: Option<String>,
    /// `Provider`.
    pub provider: Option<String>,
    /// `Keywords/Keyword`.
    pub keywords: Vec<String>,
}

/// How an event becomes binary XML. Real logs have all of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One template for all of `System`, with a place for every value, and one for what the event carries.
    #[default]
    Templates,
    /// As Windows does it for sources with a manifest: what is the same for every event of a source (provider, channel,
    /// computer) is text in the template, the values stand in Windows' own order, many of them missing, and elements
    /// depend on them. `UserData` itself belongs to the outer template.
    Windows,
    /// As Windows does it for old-style sources: the same without `Version`, `Opcode`, `Correlation` and `Execution`.
    /// The texts of [`Body::UnnamedData`] are one array. What has no place is not written.
    Classic,
    /// A template for `System`; what the event carries is plain binary XML (`UserData` of CAPI2).
    PlainBody,
    /// No template at all: every value is text (forwarded events, and logs that were made from XML).
    Plain,
}
