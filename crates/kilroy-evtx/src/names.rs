//! The names of fields: the same few in millions of records, kept once.

use std::collections::HashMap;

/// Number of a field's name. It stands for the same name in all records of one reading (in one thread).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(u32);

impl NameId {
    /// The numbers are small and without holes: fit for a place in a list.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A log has some hundred names. What a hostile one has beyond this takes the slow way, where names have no number.
const MOST: usize = 65_536;

/// All names that were met.
#[derive(Debug, Default)]
pub(crate) struct Names {
    texts: Vec<Box<str>>,
    ids: HashMap<Box<str>, NameId>,
    /// By name: what it is where it occurs more than once in an event: `Data[1]`, `Data[2]`, and so on.
    numbered: Vec<Vec<NameId>>,
}

impl Names {
    /// The number of a name. None if there are too many.
    pub(crate) fn id(&mut self, name: &str) -> Option<NameId> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        if self.texts.len() >= MOST {
            return None;
        }
        let id = NameId(u32::try_from(self.texts.len()).ok()?);
        self.texts.push(name.into());
        self.ids.insert(name.into(), id);
        Some(id)
    }

    /// The number of `name[count]`, from 1.
    pub(crate) fn numbered(&mut self, name: NameId, count: usize) -> Option<NameId> {
        if let Some(id) = self.numbered.get(name.index()).and_then(|ids| ids.get(count - 1)) {
            return Some(*id);
        }
        let known = self.numbered.get(name.index()).map_or(0, Vec::len);
        for next in known + 1..=count {
            let text = format!("{}[{next}]", self.text(name));
            let id = self.id(&text)?;
            if self.numbered.len() <= name.index() {
                self.numbered.resize_with(name.index() + 1, Vec::new);
            }
            self.numbered.get_mut(name.index())?.push(id);
        }
        self.numbered.get(name.index())?.last().copied()
    }

    pub(crate) fn text(&self, id: NameId) -> &str {
        self.texts.get(id.index()).map_or("", |text| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number() {
        let mut names = Names::default();
        let data = names.id("Data").unwrap();
        assert_eq!(names.id("Data"), Some(data));
        let third = names.numbered(data, 3).unwrap();
        assert_eq!(names.text(third), "Data[3]");
        assert_eq!(names.id("Data[3]"), Some(third));
        assert_eq!(names.numbered(data, 3), Some(third));
    }

    #[test]
    fn there_is_an_end() {
        let mut names = Names::default();
        let data = names.id("Data").unwrap();
        assert_eq!(names.numbered(data, MOST), None);
        assert_eq!(names.id("other"), None);
        assert_eq!(names.id("Data"), Some(data));
    }
}
