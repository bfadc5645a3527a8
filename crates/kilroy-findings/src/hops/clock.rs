//! How far the clock of one host is ahead of another's.
//!
//! Each pair of records that may be the two sides of one connection says: the difference lies between here and there,
//! because the one comes so much before the other at least, and so much at most. Most of the pairs are right. The
//! difference lies where most of these spans have something in common (Marzullo's algorithm, as clocks are kept by), and
//! half of the width of that place is how wrong it can be. A pair that is no pair votes for some place of its own, alone.

/// A span of milliseconds in which the difference lies, if the pair is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Vote {
    pub(super) least: i64,
    pub(super) most: i64,
}

impl Vote {
    /// What the same pair says of the difference the other way round.
    pub(super) const fn reversed(self) -> Self {
        Self { least: -self.most, most: -self.least }
    }
}

/// The votes on one pair of hosts, as many as it takes: two hosts may have met a million times.
#[derive(Debug, Clone)]
pub(super) struct Votes {
    /// Each with the number of the arrival that it is of.
    kept: Vec<Vote>,
    of: Vec<usize>,
    /// Of so many arrivals that have a vote, one is heard.
    every: usize,
    /// Arrivals so far.
    arrivals: usize,
    last: Option<usize>,
}

/// More votes make the answer no better.
const MOST_VOTES: usize = 1 << 15;

impl Default for Votes {
    fn default() -> Self {
        Self { kept: Vec::new(), of: Vec::new(), every: 1, arrivals: 0, last: None }
    }
}

impl Votes {
    /// Takes a vote; those of one arrival come one after the other. All of an arrival's votes are heard, or none.
    pub(super) fn cast(&mut self, arrival: usize, vote: Vote) {
        if self.last.replace(arrival) != Some(arrival) {
            self.arrivals += 1;
            if self.kept.len() >= MOST_VOTES {
                self.thin();
            }
        }
        let number = self.arrivals - 1;
        if number.is_multiple_of(self.every) {
            self.kept.push(vote);
            self.of.push(number);
        }
    }

    /// Leaves the votes of every other arrival.
    fn thin(&mut self) {
        self.every *= 2;
        let (kept, of) = (std::mem::take(&mut self.kept), std::mem::take(&mut self.of));
        for (vote, number) in kept.into_iter().zip(of).filter(|(_, number)| number.is_multiple_of(self.every))
        {
            self.kept.push(vote);
            self.of.push(number);
        }
    }

    pub(super) fn all(&self) -> &[Vote] {
        &self.kept
    }
}

/// A difference between two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Difference {
    /// In milliseconds.
    pub(super) millis: i64,
    /// How wrong that can be, in milliseconds.
    pub(super) error: u64,
    /// So many pairs agree.
    pub(super) votes: u32,
}

impl Difference {
    /// The place that most spans have in common. Where several have equally many, they are not told apart: the difference is
    /// somewhere from the first to the last.
    pub(super) fn of(votes: &[Vote]) -> Option<Self> {
        let mut ends: Vec<(i64, i32)> =
            votes.iter().flat_map(|vote| [(vote.least, -1), (vote.most, 1)]).collect();
        // Where a span begins as another one ends, both are counted.
        ends.sort_unstable();
        let mut depth = 0_u32;
        let mut best: Option<(u32, i64, i64)> = None;
        for pair in ends.windows(2) {
            let [(at, step), (next, _)] = pair else { continue };
            depth = if *step < 0 { depth + 1 } else { depth.saturating_sub(1) };
            best = match best {
                Some((most, from, _)) if depth == most => Some((most, from, *next)),
                Some((most, ..)) if depth < most => best,
                _ => Some((depth, *at, *next)),
            };
        }
        let (votes, from, to) = best.filter(|(depth, ..)| *depth > 0)?;
        let width = to.abs_diff(from);
        Some(Self { millis: from + i64::try_from(width / 2).unwrap_or(0), error: width.div_ceil(2), votes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(least: i64, most: i64) -> Vote {
        Vote { least, most }
    }

    #[test]
    fn where_most_agree() {
        let votes = [vote(90, 110), vote(95, 120), vote(80, 105), vote(-500, -480)];
        assert_eq!(Difference::of(&votes), Some(Difference { millis: 100, error: 5, votes: 3 }));
        let turned: Vec<Vote> = votes.iter().map(|v| v.reversed()).collect();
        assert_eq!(Difference::of(&turned).map(|d| d.millis), Some(-100));
    }

    #[test]
    fn one_vote_is_as_wide_as_it_is_and_none_is_none() {
        assert_eq!(
            Difference::of(&[vote(0, 8_000)]),
            Some(Difference { millis: 4_000, error: 4_000, votes: 1 })
        );
        assert_eq!(Difference::of(&[]), None);
        assert_eq!(Difference::of(&[vote(7, 7)]), Some(Difference { millis: 7, error: 0, votes: 1 }));
    }

    #[test]
    fn of_very_many_votes_every_so_many_th_arrival_is_heard() {
        let mut votes = Votes::default();
        for (arrival, number) in (0..100_000).zip(0_i64..) {
            for n in 0..3 {
                votes.cast(arrival, vote(number, n));
            }
        }
        assert!((MOST_VOTES / 2..=MOST_VOTES + 3).contains(&votes.all().len()), "{}", votes.all().len());
        let heard: Vec<i64> = votes.all().iter().step_by(3).map(|vote| vote.least).collect();
        assert!(heard.windows(2).all(|two| two[1] - two[0] == 16), "{:?}", &heard[..5]);
        assert!(votes.all().chunks(3).all(|three| three.iter().map(|vote| vote.most).eq([0, 1, 2])));
    }

    #[test]
    fn where_two_places_are_as_good_the_error_says_so() {
        let found = Difference::of(&[vote(0, 10), vote(100, 110)]).expect("votes");
        assert_eq!((found.millis, found.error), (55, 55));
    }

    proptest::proptest! {
        /// Whatever the votes are: if each of them is right, so is what comes out.
        #[test]
        fn right_votes_give_a_right_answer(
            truth in -2_000_000_i64..2_000_000,
            spans in proptest::collection::vec((0_i64..120_000, 0_i64..120_000), 1..40),
        ) {
            let votes: Vec<Vote> = spans.iter().map(|(a, b)| vote(truth - a, truth + b)).collect();
            let found = Difference::of(&votes).expect("votes");
            proptest::prop_assert!(found.millis.abs_diff(truth) <= found.error);
            proptest::prop_assert_eq!(found.votes as usize, votes.len());
        }
    }
}
