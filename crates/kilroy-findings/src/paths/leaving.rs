//! The legs that leave one host, in the order of time. Those to which a way is known are passed over at once, however many
//! there are: else each of many arrivals would look at each of many departures.

use kilroy_model::Timestamp;

/// Legs by the time at which they leave.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    legs: Vec<(Timestamp, usize)>,
    /// For each place the next one that may be open: itself, as long as it is.
    next: Vec<usize>,
}

impl Leaving {
    pub(super) fn add(&mut self, time: Timestamp, leg: usize) {
        self.legs.push((time, leg));
    }

    /// No more are added.
    pub(super) fn sort(&mut self) {
        self.legs.sort_unstable();
        self.next = (0..self.legs.len()).collect();
    }

    /// The legs within a span of time that are not done with. What is done with once stays so.
    pub(super) fn open(
        &mut self,
        from: Timestamp,
        until: Timestamp,
        is_done: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut open = Vec::new();
        let mut place = self.legs.partition_point(|(time, _)| *time < from);
        loop {
            place = self.next_open(place);
            match self.legs.get(place) {
                Some((time, leg)) if *time <= until => {
                    if is_done(*leg) {
                        self.next[place] = place + 1;
                    } else {
                        open.push(*leg);
                    }
                }
                _ => return open,
            }
            place += 1;
        }
    }

    /// The first place from here on that is not done with; what lies between is jumped over the next time.
    fn next_open(&mut self, place: usize) -> usize {
        let mut here = place;
        while let Some(next) = self.next.get(here).copied().filter(|next| *next != here) {
            if let Some(after) = self.next.get(next).copied() {
                self.next[here] = after;
            }
            here = next;
        }
        here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_with_is_not_seen_again() {
        let at = Timestamp::from_ticks;
        let mut leaving = Leaving::default();
        for leg in [4, 2, 0, 3, 1] {
            leaving.add(at(leg * 10), usize::try_from(leg).unwrap());
        }
        leaving.sort();
        assert_eq!(leaving.open(at(5), at(30), |_| false), [1, 2, 3]);
        assert_eq!(leaving.open(at(0), at(40), |leg| leg == 2 || leg == 3), [0, 1, 4]);
        let asked = std::cell::Cell::new(0);
        let open = leaving.open(at(0), at(40), |leg| {
            asked.set(asked.get() + 1);
            leg == 4
        });
        assert_eq!((open, asked.get()), (vec![0, 1], 3));
        assert_eq!(leaving.open(at(20), at(99), |_| false), []);
        assert_eq!(leaving.open(at(41), at(99), |_| false), []);
    }
}
