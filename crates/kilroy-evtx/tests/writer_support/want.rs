//! What the XML of an event must say.

use kilroy_evtx::{Array, Body, EventSpec, Layout, Real, Rendering, SysTime, Value, XmlContent, XmlElement};

/// What a value must read like. Readers differ in how they write some.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Want {
    Text(String),
    /// `0x…` or decimal, with any zeros in front.
    Number(u64),
    /// Braces or none, upper or lower case.
    Guid(u128),
    Float(f64),
    /// Any digits of a second behind the ones that it has.
    Time(String),
}

impl Want {
    /// Whether `text` says this.
    pub(crate) fn is_met_by(&self, text: &str) -> bool {
        match self {
            Self::Text(wanted) => wanted == text,
            Self::Number(wanted) => match text.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16) == Ok(*wanted),
                None => text.parse() == Ok(*wanted),
            },
            Self::Guid(wanted) => {
                let digits: String = text.chars().filter(|c| !"{}-".contains(*c)).collect();
                u128::from_str_radix(&digits, 16) == Ok(*wanted)
            }
            // Some readers give seven digits.
            Self::Float(wanted) => text.parse().is_ok_and(|got: f64| {
                got.to_bits() == wanted.to_bits()
                    || (got.is_nan() && wanted.is_nan())
                    || (got - wanted).abs() <= wanted.abs() * 1e-6
            }),
            Self::Time(wanted) => {
                let digits = text.strip_suffix('Z').and_then(|text| text.strip_prefix(wanted.as_str()));
                digits.is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'))
            }
        }
    }
}

/// Attributes without a text do not count: readers leave them out, or do not.
pub(crate) fn assert_says(got: &[(String, String)], wanted: &[(String, Want)]) {
    let is_attribute = |path: &str| path.contains('@');
    let got: Vec<_> = got.iter().filter(|(path, text)| !(is_attribute(path) && text.is_empty())).collect();
    let wanted = wanted.iter().filter(|(path, want)| !(is_attribute(path) && *want == text("")));
    let wanted: Vec<_> = wanted.collect();
    for ((got_path, got_value), (path, value)) in got.iter().zip(&wanted) {
        assert_eq!(got_path, path, "{got:#?}");
        assert!(value.is_met_by(got_value), "{path}: {got_value:?} is not {value:?}");
    }
    assert_eq!(got.len(), wanted.len(), "{got:#?}");
}

/// The values of an event's XML, in the order of the document.
pub(crate) fn wanted(event: &EventSpec) -> Vec<(String, Want)> {
    let mut list = List::default();
    list.open("Event");
    list.attribute("xmlns", text("http://schemas.microsoft.com/win/2004/08/events/event"));
    system(&mut list, event);
    body(&mut list, event);
    if let Some(info) = &event.rendering {
        rendering(&mut list, info);
    }
    list.values
}

#[derive(Default)]
struct List {
    path: Vec<String>,
    values: Vec<(String, Want)>,
}

impl List {
    fn open(&mut self, name: &str) {
        self.path.push(name.to_owned());
    }

    fn close(&mut self) {
        self.path.pop();
    }

    fn attribute(&mut self, name: &str, want: Want) {
        self.values.push((format!("{}@{name}", self.path.join("/")), want));
    }

    fn maybe(&mut self, name: &str, want: Option<Want>) {
        if let Some(want) = want {
            self.attribute(name, want);
        }
    }

    fn value(&mut self, want: Want) {
        self.values.push((self.path.join("/"), want));
    }

    fn leaf(&mut self, name: &str, want: Want) {
        self.open(name);
        self.value(want);
        self.close();
    }

    /// An element for the value, or one for each of an array's.
    fn each(&mut self, value: &Value, name: &str, attributes: &[(String, Want)]) {
        let items = match value {
            Value::Array(array) => array.items(),
            value => vec![value.clone()],
        };
        let empty = [Value::Null];
        for item in if items.is_empty() { &empty } else { items.as_slice() } {
            self.open(name);
            for (name, want) in attributes {
                self.attribute(name, want.clone());
            }
            match item {
                Value::Xml(inner) => element(self, inner),
                item => self.value(want(item)),
            }
            self.close();
        }
    }
}

fn text(text: &str) -> Want {
    Want::Text(text.to_owned())
}

/// What a single value must read like.
pub(crate) fn want(value: &Value) -> Want {
    match value {
        Value::Str(t) | Value::StrNul(t) | Value::Sid(t) => text(t),
        // The tests keep to what is the same in Latin-1 and Windows-1252.
        Value::AnsiStr(bytes) => Want::Text(bytes.iter().copied().map(char::from).collect()),
        Value::I8(n) => text(&n.to_string()),
        Value::U8(n) => text(&n.to_string()),
        Value::I16(n) => text(&n.to_string()),
        Value::U16(n) => text(&n.to_string()),
        Value::I32(n) => text(&n.to_string()),
        Value::U32(n) => text(&n.to_string()),
        Value::I64(n) => text(&n.to_string()),
        Value::U64(n) => text(&n.to_string()),
        Value::F32(Real(n)) => Want::Float(f64::from(*n)),
        Value::F64(Real(n)) => Want::Float(*n),
        Value::Bool(b) => text(&b.to_string()),
        Value::Binary(bytes) => Want::Text(hex(bytes)),
        Value::Guid(n) => Want::Guid(*n),
        Value::SizeT32(n) | Value::HexU32(n) => Want::Number(u64::from(*n)),
        Value::SizeT64(n) | Value::HexU64(n) => Want::Number(*n),
        Value::FileTime(ticks) => Want::Time(time(*ticks)),
        Value::SysTime(time) => Want::Time(systime(*time)),
        Value::Array(Array::Str(_)) | Value::Null => text(""),
        Value::Array(_) | Value::Xml(_) => panic!("{value:?} has no text of its own"),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])).collect()
}

/// By counting years and months: not as the writer does it.
pub(crate) fn time(ticks: u64) -> String {
    let (mut days, rest) = (ticks / 864_000_000_000, ticks % 864_000_000_000);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1601;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let months = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= months[month] {
        days -= months[month];
        month += 1;
    }
    let seconds = rest / 10_000_000;
    let (hour, minute, second, fraction) =
        (seconds / 3600, seconds / 60 % 60, seconds % 60, rest % 10_000_000);
    format!("{year:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{fraction:07}", month + 1, days + 1)
}

fn systime(time: SysTime) -> String {
    let SysTime { year, month, day, hour, minute, second, milliseconds, .. } = time;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}")
}

fn system(list: &mut List, event: &EventSpec) {
    let is_modern = event.layout != Layout::Classic;
    list.open("System");

    list.open("Provider");
    list.attribute("Name", text(&event.provider));
    list.maybe("Guid", event.provider_guid.map(Want::Guid));
    list.maybe("EventSourceName", event.event_source_name.as_deref().map(text));
    list.value(text(""));
    list.close();

    list.open("EventID");
    let upper = Some((event.event_id >> 16) as u16).filter(|upper| *upper > 0);
    list.maybe("Qualifiers", event.qualifiers.or(upper).map(|n| text(&n.to_string())));
    list.value(text(&(event.event_id & 0xffff).to_string()));
    list.close();
    if is_modern {
        list.leaf("Version", text(&event.version.to_string()));
    }
    list.leaf("Level", text(&event.level.to_string()));
    list.leaf("Task", text(&event.task.to_string()));
    if is_modern {
        list.leaf("Opcode", text(&event.opcode.to_string()));
    }
    list.leaf("Keywords", Want::Number(event.keywords));
    list.open("TimeCreated");
    list.attribute("SystemTime", Want::Time(time(event.time_filetime)));
    list.value(text(""));
    list.close();
    list.leaf("EventRecordID", text(&event.record_id.to_string()));
    if is_modern {
        list.open("Correlation");
        list.maybe("ActivityID", event.activity_id.map(Want::Guid));
        list.maybe("RelatedActivityID", event.related_activity_id.map(Want::Guid));
        list.value(text(""));
        list.close();
        list.open("Execution");
        list.attribute("ProcessID", text(&event.process_id.to_string()));
        list.attribute("ThreadID", text(&event.thread_id.to_string()));
        list.value(text(""));
        list.close();
    }
    list.leaf("Channel", text(&event.channel));
    list.leaf("Computer", text(&event.computer));
    list.open("Security");
    list.maybe("UserID", event.user_sid.as_deref().map(text));
    list.value(text(""));
    list.close();
    list.close();
}

fn body(list: &mut List, event: &EventSpec) {
    let before = list.values.len();
    match &event.body {
        Body::Empty => return,
        Body::EventData(fields) => event_data(list, None, None, fields),
        Body::NamedEventData { name, namespace, fields } => {
            event_data(list, name.as_deref(), namespace.as_deref(), fields);
        }
        Body::UnnamedData(values, binary) => {
            list.open("EventData");
            for value in values {
                list.each(value, "Data", &[]);
            }
            if let Some(binary) = binary {
                list.leaf("Binary", want(&Value::Binary(binary.clone())));
            }
        }
        Body::UserData { element, namespace, fields } => {
            list.open("UserData");
            list.open(element);
            list.attribute("xmlns", text(namespace));
            let count = list.values.len();
            for (name, value) in fields {
                list.each(value, name, &[]);
            }
            if list.values.len() == count {
                list.value(text(""));
            }
            list.close();
        }
        Body::ProcessingErrorData { error_code, data_item_name, event_payload } => {
            list.open("ProcessingErrorData");
            list.leaf("ErrorCode", text(&error_code.to_string()));
            list.leaf("DataItemName", text(data_item_name));
            list.leaf("EventPayload", want(&Value::Binary(event_payload.clone())));
        }
        Body::DebugData(fields) => {
            list.open("DebugData");
            for (name, value) in fields {
                list.each(value, name, &[]);
            }
        }
        Body::BinaryEventData(bytes) => {
            list.open("BinaryEventData");
            list.value(want(&Value::Binary(bytes.clone())));
        }
        Body::Section(section) => return element(list, section),
    }
    // An element without others in it has the empty text.
    if !list.values[before..].iter().any(|(path, _)| !path.contains('@')) {
        list.value(text(""));
    }
    list.close();
}

fn event_data(list: &mut List, name: Option<&str>, namespace: Option<&str>, fields: &[(String, Value)]) {
    list.open("EventData");
    list.maybe("Name", name.map(text));
    list.maybe("xmlns", namespace.map(text));
    for (name, value) in fields {
        list.each(value, "Data", &[("Name".to_owned(), text(name))]);
    }
}

fn element(list: &mut List, spec: &XmlElement) {
    let given = spec.attributes.iter().filter(|(_, value)| *value != Value::Null);
    let attributes: Vec<_> = given.map(|(name, value)| (name.clone(), want(value))).collect();
    if let [XmlContent::Value(value)] = spec.content.as_slice() {
        return list.each(value, &spec.name, &attributes);
    }
    list.open(&spec.name);
    for (name, want) in attributes {
        list.attribute(&name, want);
    }
    let mut own = String::new();
    let mut has_children = false;
    for content in &spec.content {
        match content {
            XmlContent::Element(child) => {
                has_children = true;
                element(list, child);
            }
            XmlContent::Text(part) => own.push_str(part),
            XmlContent::Value(value) => match want(value) {
                Want::Text(part) => own.push_str(&part),
                other => panic!("{other:?} among texts"),
            },
        }
    }
    if !has_children {
        list.value(Want::Text(own));
    }
    list.close();
}

fn rendering(list: &mut List, info: &Rendering) {
    list.open("RenderingInfo");
    list.maybe("Culture", info.culture.as_deref().map(text));
    let texts = [
        ("Message", &info.message),
        ("Level", &info.level),
        ("Task", &info.task),
        ("Opcode", &info.opcode),
        ("Channel", &info.channel),
        ("Provider", &info.provider),
    ];
    let before = list.values.len();
    for (name, value) in texts {
        if let Some(value) = value {
            list.leaf(name, text(value));
        }
    }
    list.open("Keywords");
    for keyword in &info.keywords {
        list.leaf("Keyword", text(keyword));
    }
    list.close();
    if list.values.len() == before {
        list.value(text(""));
    }
    list.close();
}
