//! Under which name a value of an event is kept.
//!
//! Both ways to read a record ask here, so that they cannot differ.

/// Which part of the event an element belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// The root element.
    Root,
    System,
    EventData,
    UserData,
    Rendering,
    /// `ProcessingErrorData`, `DebugData`, `BinaryEventData` and whatever else may come.
    Other,
}

impl Section {
    fn named(name: &str) -> Self {
        match name {
            "System" => Self::System,
            "EventData" => Self::EventData,
            "UserData" => Self::UserData,
            "RenderingInfo" => Self::Rendering,
            _ => Self::Other,
        }
    }
}

/// Elements nested deeper than makes sense do not get the names of all above them: memory would grow with the square.
pub(crate) const LONGEST_PREFIX: usize = 512;

/// The name under which an element's values are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) section: Section,
    pub(crate) depth: usize,
    /// Name of its own values.
    pub(crate) name: String,
    /// Whether its children have its name in front.
    prefixes: bool,
}

impl Path {
    /// Of an element with this name, and this value of an attribute `Name` if it has one.
    pub(crate) fn of(own: &str, name_attribute: Option<&str>, parent: Option<&Path>) -> Self {
        let Some(parent) = parent else {
            return Self { section: Section::Root, depth: 0, name: own.to_owned(), prefixes: false };
        };
        let depth = parent.depth + 1;
        if depth == 1 {
            let section = Section::named(own);
            let prefixes = matches!(section, Section::Other | Section::System);
            return Self { section, depth, name: own.to_owned(), prefixes };
        }
        let section = parent.section;
        let named = section == Section::EventData || (section == Section::UserData && own == "Data");
        let own = if named { name_attribute.unwrap_or(own) } else { own };
        let name = if parent.prefixes && parent.name.len() <= LONGEST_PREFIX {
            format!("{}.{own}", parent.name)
        } else {
            own.to_owned()
        };
        // The element right below UserData is a wrapper with a name of no meaning (EventXML).
        let prefixes = section != Section::UserData || depth > 2;
        Self { section, depth, name, prefixes }
    }

    /// Whether an empty element here is an empty value rather than an empty wrapper.
    pub(crate) fn is_field(&self) -> bool {
        match self.section {
            Section::Root => false,
            Section::UserData => self.depth > 2,
            _ => self.depth > 1,
        }
    }

    pub(crate) fn is_name_attribute(&self, element: &str, attribute: &str) -> bool {
        attribute == "Name"
            && self.depth > 1
            && (self.section == Section::EventData
                || (self.section == Section::UserData && element == "Data"))
    }
}
