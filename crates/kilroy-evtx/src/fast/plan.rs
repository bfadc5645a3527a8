//! What to do with the values of a template: which one is which field.

use super::Refused;
use super::fields::number;
use super::plain::PlainSystem;
use super::tree::{Element, Node, Piece, Tree, text};
use crate::names::{NameId, Names};
use crate::naming::{Path, Section};
use crate::value::kind;

/// Where a value stands: its type and its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Raw {
    /// A type of binary XML, with its bytes in the chunk; or one of the two below.
    pub(crate) kind: u8,
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Raw {
    /// There is no value.
    pub(crate) fn is_none(self) -> bool {
        self.kind == kind::NULL
    }
}

/// Text among the constants of templates.
pub(crate) const CONSTANT: u8 = 0xf0;
/// Text that was put together for this record.
pub(crate) const COMPOSED: u8 = 0xf1;

/// A field of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawField {
    pub(crate) name: NameId,
    pub(crate) value: Raw,
}

/// The way from the values of a template to fields.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) system: Vec<SystemStep>,
    pub(super) steps: Vec<Step>,
    /// The same in short, if each step is a field that is always there, with a value of its own. So it is in most. Names
    /// that repeat have their numbers.
    pub(super) plain: Option<Box<[(NameId, u16)]>>,
    /// `system` in short, if it is as in most.
    pub(super) plain_system: Option<PlainSystem>,
    /// How many values it needs.
    pub(super) values: usize,
    /// Two of its fields have the same name.
    pub(super) repeats: bool,
    /// Number of the step in `system` that gives the event ID.
    pub(super) event_id: Option<usize>,
}

/// One field of `System`.
#[derive(Debug)]
pub(super) struct SystemStep {
    pub(super) field: SystemField,
    pub(super) source: Source,
    pub(super) depends: Box<[u16]>,
}

/// One field, or a value with further ones.
#[derive(Debug)]
pub(super) enum Step {
    Field {
        name: NameId,
        source: Source,
        when: When,
        /// Several values make several elements, each with one. Not so in attributes, and not with the root.
        expands: bool,
        /// Of `RenderingInfo`.
        rendering: bool,
        depends: Box<[u16]>,
    },
    Nested {
        slot: u16,
        /// Where its elements stand: a number of [`super::cache::Plans`].
        above: usize,
        depends: Box<[u16]>,
    },
}

impl Step {
    /// Name and value of a field that is always there.
    fn plain(&self) -> Option<(NameId, u16)> {
        match self {
            Self::Field {
                name,
                source: Source::Slot(slot),
                when: When::Always,
                rendering: false,
                depends,
                ..
            } if depends.is_empty() => Some((*name, *slot)),
            _ => None,
        }
    }
}

/// When a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// If it says something.
    Filled,
    /// If it says something, or none of so many fields before it is there: an element is kept as an empty value only if
    /// it has no attributes.
    FilledOrBare(u8),
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    Slot(u16),
    Fixed(Raw),
}

/// The values of `System` that have a place of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemField {
    Provider,
    ProviderGuid,
    EventSourceName,
    EventId,
    Qualifiers,
    Version,
    Level,
    Task,
    Opcode,
    Keywords,
    TimeCreated,
    RecordId,
    ActivityId,
    RelatedActivityId,
    ProcessId,
    ThreadId,
    Channel,
    Computer,
    UserId,
}

impl SystemField {
    /// By element and attribute, or by element and its text.
    fn of(element: &str, attribute: Option<&str>) -> Option<Self> {
        Some(match (element, attribute) {
            ("Provider", Some("Name")) => Self::Provider,
            ("Provider", Some("Guid")) => Self::ProviderGuid,
            ("Provider", Some("EventSourceName")) => Self::EventSourceName,
            ("EventID", None) => Self::EventId,
            ("EventID", Some("Qualifiers")) => Self::Qualifiers,
            ("Version", None) => Self::Version,
            ("Level", None) => Self::Level,
            ("Task", None) => Self::Task,
            ("Opcode", None) => Self::Opcode,
            ("Keywords", None) => Self::Keywords,
            ("TimeCreated", Some("SystemTime")) => Self::TimeCreated,
            ("EventRecordID", None) => Self::RecordId,
            ("Correlation", Some("ActivityID")) => Self::ActivityId,
            ("Correlation", Some("RelatedActivityID")) => Self::RelatedActivityId,
            ("Execution", Some("ProcessID")) => Self::ProcessId,
            ("Execution", Some("ThreadID")) => Self::ThreadId,
            ("Channel", None) => Self::Channel,
            ("Computer", None) => Self::Computer,
            ("Security", Some("UserID")) => Self::UserId,
            _ => return None,
        })
    }
}

/// Where texts that stand in the XML itself are kept.
#[derive(Debug)]
pub(super) struct Pool<'p> {
    pub(super) texts: &'p mut String,
    /// [`CONSTANT`] or [`COMPOSED`].
    pub(super) kind: u8,
}

/// Makes a plan of a tree. `above` is the element in which it stands. None if it is one for the slow way.
pub(super) fn plan(
    chunk: &[u8],
    tree: &Tree,
    above: Option<&Path>,
    names: &mut Names,
    pool: &mut Pool<'_>,
    places: &mut dyn FnMut(&Path) -> Option<usize>,
) -> Option<Plan> {
    let mut planner = Planner { chunk, names, pool, places, plan: Plan::default(), paths: Vec::new() };
    for node in &tree.nodes {
        let place = match node {
            Node::Element(element) => planner.element(element, above)?,
            Node::Nested { slot, parent } => planner.nested(*slot, *parent)?,
        };
        planner.paths.push(place);
    }
    let mut plan = planner.plan;
    let mut known: Vec<(NameId, bool)> = Vec::new();
    for step in &plan.steps {
        let Step::Field { name, rendering, .. } = step else { continue };
        plan.repeats |= known.contains(&(*name, *rendering));
        known.push((*name, *rendering));
    }
    plan.plain = plan.steps.iter().map(Step::plain).collect();
    if let Some(plain) = plan.plain.as_deref_mut().filter(|_| plan.repeats) {
        number(plain, |(name, _)| name, names)?;
    }
    plan.plain_system = PlainSystem::new(&plan.system);
    plan.event_id = plan.system.iter().position(|step| step.field == SystemField::EventId);
    for (n, step) in plan.system.iter().enumerate() {
        if plan.system[..n].iter().any(|earlier| earlier.field == step.field) {
            return None;
        }
    }
    Some(plan)
}

/// An element's name, and the values without which it is not there.
struct Place {
    path: Path,
    depends: Vec<u16>,
}

struct Planner<'p, 'q> {
    chunk: &'p [u8],
    names: &'p mut Names,
    pool: &'p mut Pool<'q>,
    /// The number of a place in which nested elements stand.
    places: &'p mut dyn FnMut(&Path) -> Option<usize>,
    plan: Plan,
    paths: Vec<Place>,
}

impl Planner<'_, '_> {
    fn element(&mut self, element: &Element, above: Option<&Path>) -> Option<Place> {
        let parent = element.parent.and_then(|p| self.paths.get(p));
        let name_attribute = element.attributes.iter().find(|(name, _)| name == "Name");
        let name_attribute = match name_attribute {
            // An empty one is none.
            Some((_, pieces)) => self.literal(pieces).filter(|name| !name.is_empty()),
            None => None,
        };
        let path = Path::of(&element.name, name_attribute.as_deref(), parent.map(|p| &p.path).or(above));
        let mut depends = parent.map(|p| p.depends.clone()).unwrap_or_default();
        depends.extend(element.dependency);
        for slot in &depends {
            self.plan.values = self.plan.values.max(usize::from(*slot) + 1);
        }
        let place = Place { path, depends };
        let attributes = self.attributes(element, &place)?;
        self.content(element, &place, attributes)?;
        Some(place)
    }

    /// The fields of an element's attributes. How many there may be, and whether one is always there.
    fn attributes(&mut self, element: &Element, place: &Place) -> Option<(u8, bool)> {
        let path = &place.path;
        let (mut count, mut always) = (0, false);
        for (attribute, pieces) in &element.attributes {
            if attribute == "xmlns" || attribute.starts_with("xmlns:") {
                // It may be left out only if it says nothing of the event.
                self.literal(pieces)?;
                continue;
            }
            if path.is_name_attribute(&element.name, attribute) {
                self.literal(pieces)?;
                continue;
            }
            let Some(source) = self.source(pieces).ok()? else { continue };
            let in_system = path.section == Section::System && path.depth == 2;
            let field = SystemField::of(&element.name, Some(attribute)).filter(|_| in_system);
            if let Some(field) = field {
                self.system(field, source, place);
                continue;
            }
            always |= matches!(source, Source::Fixed(_));
            count += 1;
            let rendering = path.section == Section::Rendering;
            let name = if rendering && path.depth == 1 {
                self.names.id(attribute)?
            } else {
                self.names.id(&format!("{}@{attribute}", path.name))?
            };
            self.field(name, source, When::Filled, false, rendering, place);
        }
        (count < 32).then_some((count, always))
    }

    fn content(&mut self, element: &Element, place: &Place, attributes: (u8, bool)) -> Option<()> {
        let path = &place.path;
        if element.has_children {
            // Blanks between elements say nothing. Other texts there are rare.
            let text = self.literal(&element.content)?;
            // Without any of its children it would be a value: an empty one, or the blanks.
            let may_be_empty = path.is_field() && path.section != Section::System;
            let may_be_value = !element.keeps_a_child && (may_be_empty || !text.is_empty());
            return (text.trim().is_empty() && !may_be_value).then_some(());
        }
        let source = self.source(&element.content).ok()?;
        let in_system = path.section == Section::System && path.depth == 2;
        let field = SystemField::of(&element.name, None).filter(|_| in_system);
        match (field, source) {
            (Some(field), Some(source)) => self.system(field, source, place),
            (Some(_), None) => {}
            (None, source) => {
                let may_be_empty = path.is_field() && path.section != Section::System;
                let when = match attributes {
                    (0, _) if may_be_empty => When::Always,
                    (count, false) if may_be_empty => When::FilledOrBare(count),
                    _ => When::Filled,
                };
                let source = match source {
                    Some(source) => source,
                    None if when != When::Filled => Source::Fixed(Raw::default()),
                    None => return Some(()),
                };
                let name = self.names.id(&path.name)?;
                let expands = attributes.0 == 0 && element.parent.is_some();
                self.field(name, source, when, expands, path.section == Section::Rendering, place);
            }
        }
        Some(())
    }

    /// Values that are binary XML stand right below the root, or in `UserData`. Where a value could be meant instead,
    /// there is more to decide than a plan can.
    fn nested(&mut self, slot: u16, parent: usize) -> Option<Place> {
        let place = self.paths.get(parent).filter(|place| !place.path.is_field())?;
        let depends = place.depends.clone();
        let above = (self.places)(&place.path)?;
        self.plan.values = self.plan.values.max(usize::from(slot) + 1);
        self.plan.steps.push(Step::Nested { slot, above, depends: depends.clone().into() });
        // No element: nothing stands below it.
        Some(Place { path: place.path.clone(), depends })
    }

    fn system(&mut self, field: SystemField, source: Source, place: &Place) {
        self.plan.system.push(SystemStep { field, source, depends: place.depends.clone().into() });
    }

    fn field(
        &mut self,
        name: NameId,
        source: Source,
        when: When,
        expands: bool,
        rendering: bool,
        place: &Place,
    ) {
        let depends = place.depends.clone().into();
        self.plan.steps.push(Step::Field { name, source, when, expands, rendering, depends });
    }

    /// The one value that pieces have; none if they are nothing.
    fn source(&mut self, pieces: &[Piece]) -> Result<Option<Source>, Refused> {
        if let [Piece::Slot { index, .. }] = pieces {
            self.plan.values = self.plan.values.max(usize::from(*index) + 1);
            return Ok(Some(Source::Slot(*index)));
        }
        let text = self.literal(pieces).ok_or(Refused)?;
        if text.is_empty() {
            return Ok(None);
        }
        let start = u32::try_from(self.pool.texts.len()).map_err(|_| Refused)?;
        let len = u32::try_from(text.len()).map_err(|_| Refused)?;
        self.pool.texts.push_str(&text);
        Ok(Some(Source::Fixed(Raw { kind: self.pool.kind, start, len })))
    }

    /// The text of pieces without values.
    fn literal(&self, pieces: &[Piece]) -> Option<String> {
        let mut literal = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(range) => literal.push_str(&text(self.chunk.get(range.clone())?)?),
                Piece::Letter(letter) => literal.push(*letter),
                Piece::Slot { .. } => return None,
            }
        }
        Some(literal)
    }
}
