//! Plans, made once per template and used in all chunks of a file.
//!
//! Every chunk has its own copy of a template, and its names stand where that chunk has them. A plan is used again only
//! if the template has the same GUID *and* says the same: a damaged copy must not pass for a sound one.

use hashbrown::HashMap;

use super::plan::{COMPOSED, CONSTANT, Plan, Pool, plan};
use super::tree::{self, Link, Tree};
use crate::instance::{DEFINITION_HEADER, FRAGMENT};
use crate::names::Names;
use crate::naming::Path;
use crate::{CHUNK, u32_at};

/// More templates than a log has. Beyond this everything is forgotten and learnt anew.
const MOST_PLANS: usize = 8_192;
/// The same for their bytes.
const MOST_BYTES: usize = 64 << 20;

/// Number of the place of templates that are the event.
pub(super) const OUTERMOST: usize = 0;
/// More places in which templates stand than logs have.
const MOST_PLACES: usize = 6;

/// All plans of a reading, and the constants in them.
#[derive(Debug)]
pub(super) struct Plans {
    made: Vec<Plan>,
    pub(super) constants: String,
    copies: HashMap<(usize, [u8; 16]), Vec<Copy>>,
    /// Plans of elements in no template, by place and [`super::shape`].
    shapes: Vec<HashMap<Box<[u8]>, Option<usize>>>,
    bytes: usize,
    places: Vec<Place>,
}

/// Where templates stand, and what is known of those in the current chunk, by their offset. The same template means other
/// fields in another place.
#[derive(Debug)]
struct Place {
    /// The element above; none above the event itself.
    above: Option<Path>,
    /// 0 is not known yet, 1 is none, and above that are the plans.
    known: Vec<u16>,
    touched: Vec<u16>,
}

/// One template as a chunk had it.
#[derive(Debug)]
struct Copy {
    bytes: Box<[u8]>,
    links: Box<[NameLink]>,
    plan: Option<usize>,
}

/// An offset of a name, which is another one in every chunk.
#[derive(Debug)]
struct NameLink {
    at: usize,
    /// The name where it stands elsewhere, with its length in front.
    elsewhere: Option<Box<[u8]>>,
}

impl Plans {
    pub(super) fn new() -> Self {
        Self {
            made: Vec::new(),
            constants: String::new(),
            copies: HashMap::new(),
            shapes: Vec::new(),
            bytes: 0,
            places: vec![Place::new(None)],
        }
    }

    /// Another chunk comes: offsets mean something else.
    pub(super) fn next_chunk(&mut self) {
        for place in &mut self.places {
            for at in place.touched.drain(..) {
                if let Some(known) = place.known.get_mut(usize::from(at)) {
                    *known = 0;
                }
            }
        }
        if self.is_full() {
            self.made.clear();
            self.constants.clear();
            self.copies.clear();
            self.shapes.clear();
            self.bytes = 0;
        }
    }

    pub(super) fn get(&self, plan: usize) -> &Plan {
        &self.made[plan]
    }

    /// The element of a place.
    pub(super) fn above(&self, place: usize) -> Option<&Path> {
        self.places.get(place)?.above.as_ref()
    }

    /// Makes a plan that is used once: that of a record's own elements.
    pub(super) fn once(
        &mut self,
        chunk: &[u8],
        tree: &Tree,
        above: usize,
        names: &mut Names,
        composed: &mut String,
    ) -> Option<Plan> {
        let element = self.above(above).cloned();
        let places = &mut self.places;
        let mut pool = Pool { texts: composed, kind: COMPOSED };
        plan(chunk, tree, element.as_ref(), names, &mut pool, &mut |path| place(places, path))
    }

    /// The plan for elements in no template with this signature, if there is one, or none can be made.
    pub(super) fn of_shape(&self, signature: &[u8], above: usize) -> Option<&Option<usize>> {
        self.shapes.get(above)?.get(signature)
    }

    /// Makes one. `tree` has values where the texts stood.
    pub(super) fn add_shape(
        &mut self,
        chunk: &[u8],
        signature: &[u8],
        tree: &Tree,
        above: usize,
        names: &mut Names,
    ) -> Option<usize> {
        if self.is_full() {
            return None;
        }
        let number = self.make(chunk, tree, above, names);
        self.bytes += signature.len();
        if self.shapes.len() <= above {
            self.shapes.resize_with(above + 1, HashMap::new);
        }
        self.shapes.get_mut(above)?.insert(signature.into(), number);
        number
    }

    fn is_full(&self) -> bool {
        self.made.len() >= MOST_PLANS || self.bytes >= MOST_BYTES
    }

    fn make(&mut self, chunk: &[u8], tree: &Tree, above: usize, names: &mut Names) -> Option<usize> {
        let element = self.above(above).cloned();
        let places = &mut self.places;
        let mut pool = Pool { texts: &mut self.constants, kind: CONSTANT };
        let made = plan(chunk, tree, element.as_ref(), names, &mut pool, &mut |path| place(places, path))?;
        self.made.push(made);
        Some(self.made.len() - 1)
    }

    /// The plan for the template defined at `definition`. None if it is one for the slow way.
    pub(super) fn find(
        &mut self,
        chunk: &[u8],
        definition: usize,
        above: usize,
        names: &mut Names,
    ) -> Option<usize> {
        let place = self.places.get_mut(above)?;
        let known = place.known.get_mut(definition)?;
        match *known {
            0 => {}
            1 => return None,
            plan => return Some(usize::from(plan) - 2),
        }
        place.touched.push(u16::try_from(definition).ok()?);
        *known = 1;
        let plan = self.by_content(chunk, definition, above, names)?;
        *self.places.get_mut(above)?.known.get_mut(definition)? = u16::try_from(plan + 2).ok()?;
        Some(plan)
    }

    fn by_content(
        &mut self,
        chunk: &[u8],
        definition: usize,
        above: usize,
        names: &mut Names,
    ) -> Option<usize> {
        let guid: [u8; 16] = *chunk.get(definition + 4..)?.first_chunk()?;
        let size = u32_at(chunk, definition + 20)? as usize;
        let start = definition + DEFINITION_HEADER;
        let body = chunk.get(start..start.checked_add(size)?)?;
        let copies = self.copies.get(&(above, guid)).map_or(&[][..], Vec::as_slice);
        if let Some(copy) = copies.iter().find(|copy| copy.is(body, chunk, start)) {
            return copy.plan;
        }
        if self.is_full() {
            return None;
        }
        let from = if body.first() == Some(&FRAGMENT) { start + 4 } else { start };
        let (tree, end) = tree::element(chunk, from, start + size, true)?;
        // Nothing but the end mark may follow.
        if chunk.get(end..start + size) != Some(&[0]) {
            return None;
        }
        let links = tree.links.iter().map(|link| NameLink::of(link, chunk, start)).collect();
        let number = self.make(chunk, &tree, above, names);
        self.bytes += size;
        let copies = self.copies.entry((above, guid)).or_default();
        copies.push(Copy { bytes: body.into(), links, plan: number });
        number
    }
}

impl Place {
    fn new(above: Option<Path>) -> Self {
        Self { above, known: vec![0; CHUNK], touched: Vec::new() }
    }
}

/// The number of the place right below an element.
fn place(places: &mut Vec<Place>, path: &Path) -> Option<usize> {
    if let Some(known) = places.iter().position(|place| place.above.as_ref() == Some(path)) {
        return Some(known);
    }
    (places.len() < MOST_PLACES).then(|| {
        places.push(Place::new(Some(path.clone())));
        places.len() - 1
    })
}

impl NameLink {
    fn of(link: &Link, chunk: &[u8], start: usize) -> Self {
        let name = || chunk.get(link.name.clone()).unwrap_or_default().into();
        Self { at: link.at.saturating_sub(start), elsewhere: (!link.is_inline()).then(name) }
    }
}

impl Copy {
    /// Whether the definition whose body stands at `start` says the same.
    fn is(&self, body: &[u8], chunk: &[u8], start: usize) -> bool {
        if body.len() != self.bytes.len() {
            return false;
        }
        let mut from = 0;
        for link in &self.links {
            if body.get(from..link.at) != self.bytes.get(from..link.at) {
                return false;
            }
            let Some(offset) = u32_at(body, link.at).map(|offset| offset as usize) else { return false };
            from = link.at + 4;
            match &link.elsewhere {
                // The name follows, and before it the offset of the next name of the chunk.
                None if offset == start + from => from += 4,
                Some(name) => {
                    let there = offset.saturating_add(6);
                    if chunk.get(there..there.saturating_add(name.len())) != Some(name) {
                        return false;
                    }
                }
                None => return false,
            }
        }
        body.get(from..) == self.bytes.get(from..)
    }
}
