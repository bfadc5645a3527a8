//! A set of event IDs.

/// Event IDs that are wanted: quicker to ask than a condition on the whole `System` part.
///
/// ```
/// # use kilroy_evtx::EventIds;
/// let logons: EventIds = [4624, 4625].into_iter().collect();
/// assert!(logons.contains(4624) && !logons.contains(4634));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventIds {
    bits: Vec<u64>,
}

impl EventIds {
    /// Whether an event ID is among them.
    #[inline]
    pub fn contains(&self, id: u32) -> bool {
        self.bits.get(id as usize / 64).is_some_and(|bits| bits >> (id % 64) & 1 == 1)
    }
}

impl FromIterator<u32> for EventIds {
    /// Those above 65,535, which no event has, are left out.
    fn from_iter<I: IntoIterator<Item = u32>>(ids: I) -> Self {
        let mut bits = vec![0; 1024];
        for id in ids {
            if let Some(place) = bits.get_mut(id as usize / 64) {
                *place |= 1 << (id % 64);
            }
        }
        Self { bits }
    }
}
