//! Many texts in one piece.

/// Texts that stand one behind the other, and where each of them ends.
#[derive(Debug, Clone, Copy)]
pub struct TextSlice<'t> {
    text: &'t str,
    ends: &'t [usize],
}

impl<'t> TextSlice<'t> {
    /// None if an end is not where a letter ends, or they are not in order.
    #[inline]
    pub fn new(text: &'t str, ends: &'t [usize]) -> Option<Self> {
        let whole = ends.last().copied().unwrap_or(0);
        let text = text.get(..whole)?;
        let in_order = ends.is_sorted() && ends.iter().all(|end| text.is_char_boundary(*end));
        in_order.then_some(Self { text, ends })
    }

    /// None of them.
    pub const NONE: Self = Self { text: "", ends: &[] };

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = &'t str> + use<'t> {
        let starts = std::iter::once(&0).chain(self.ends);
        starts.zip(self.ends).map(move |(start, end)| self.text.get(*start..*end).unwrap_or_default())
    }

    /// How many there are.
    #[inline]
    pub fn len(self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.ends.is_empty()
    }

    /// All of them in one piece.
    #[inline]
    pub(crate) fn text(self) -> &'t str {
        self.text
    }

    /// Where each of them ends.
    #[cfg(feature = "arrow")]
    #[inline]
    pub(crate) fn ends(self) -> &'t [usize] {
        self.ends
    }

    /// The length of each.
    #[inline]
    pub(crate) fn lengths(self) -> impl Iterator<Item = usize> + use<'t> {
        let starts = std::iter::once(&0).chain(self.ends);
        self.ends.iter().zip(starts).map(|(end, start)| end - start)
    }
}

/// Texts in one piece that are kept.
#[derive(Debug, Default, Clone)]
pub struct TextList {
    text: String,
    ends: Vec<usize>,
}

impl TextList {
    /// The texts.
    #[inline]
    pub fn as_slice(&self) -> TextSlice<'_> {
        TextSlice { text: &self.text, ends: &self.ends }
    }
}

impl<'t> FromIterator<&'t str> for TextList {
    fn from_iter<I: IntoIterator<Item = &'t str>>(texts: I) -> Self {
        let mut list = Self::default();
        for text in texts {
            list.text.push_str(text);
            list.ends.push(list.text.len());
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_of_texts_has_whole_letters() {
        assert_eq!(TextSlice::new("aéb", &[1, 3, 4]).unwrap().lengths().collect::<Vec<_>>(), [1, 2, 1]);
        assert_eq!(TextSlice::new("aéb, and more", &[1, 3]).unwrap().text(), "aé");
        for wrong in [&[2, 4][..], &[3, 1], &[9]] {
            assert!(TextSlice::new("aéb", wrong).is_none(), "{wrong:?}");
        }
    }
}
