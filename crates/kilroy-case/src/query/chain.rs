//! Files that follow each other in time: the archives of a log that wrapped. One after the other is read, and only one at a
//! time is open.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::prune::{may_be_timeless, span};
use super::table::EventFile;

/// The first and the last time of something.
pub(super) type Span = (i64, i64);

/// When the rows of a file are; none if that is not known of all of them.
pub(super) fn span_of(file: &EventFile) -> Option<Span> {
    whole((0..file.groups()).map(|group| {
        let metadata = file.group(group);
        let (first, last) = span(metadata).filter(|_| !may_be_timeless(metadata))?;
        Some((first.ticks(), last.ticks()))
    }))
}

/// From the first to the last of some spans; none if there is none, or one is not known.
pub(super) fn whole(spans: impl IntoIterator<Item = Option<Span>>) -> Option<Span> {
    let join = |a: Span, b: Span| (a.0.min(b.0), a.1.max(b.1));
    spans.into_iter().reduce(|a, b| Some(join(a?, b?)))?
}

/// Puts files into as few chains as there are: each begins after the one before it in its chain has ended. What is not known
/// may be at any time, and stands alone. Files are told by their places; so are the chains, in the order of their first file.
pub(super) fn chains(spans: &[Option<Span>]) -> Vec<Vec<usize>> {
    let mut known: Vec<(Span, usize)> =
        spans.iter().enumerate().filter_map(|(place, span)| Some(((*span)?, place))).collect();
    known.sort_unstable();
    let mut chains: Vec<Vec<usize>> = Vec::new();
    // When each chain ends, the earliest first.
    let mut ends: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    for ((first, last), place) in known {
        let free = ends.peek().filter(|Reverse((end, _))| *end < first).map(|Reverse((_, chain))| *chain);
        let chain = free.unwrap_or(chains.len());
        if free.is_some() {
            ends.pop();
            chains[chain].push(place);
        } else {
            chains.push(vec![place]);
        }
        ends.push(Reverse((last, chain)));
    }
    chains.extend((0..spans.len()).filter(|place| spans[*place].is_none()).map(|place| vec![place]));
    chains.sort_unstable();
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_of_spans() {
        assert_eq!(whole([Some((3, 4)), Some((1, 2))]), Some((1, 4)));
        assert_eq!(whole([Some((3, 4)), None]), None);
        assert_eq!(whole([]), None);
    }

    #[test]
    fn archives_are_one_chain() {
        let spans = [Some((30, 39)), Some((10, 19)), Some((20, 29))];
        assert_eq!(chains(&spans), [[1, 2, 0]]);
    }

    #[test]
    fn what_overlaps_or_touches_is_side_by_side() {
        let spans = [Some((10, 20)), Some((20, 30)), Some((31, 40)), Some((5, 50))];
        assert_eq!(chains(&spans), [vec![0, 2], vec![1], vec![3]]);
    }

    #[test]
    fn what_is_not_known_stands_alone() {
        assert_eq!(chains(&[None, Some((1, 2)), None, Some((3, 4))]), [vec![0], vec![1, 3], vec![2]]);
        assert!(chains(&[]).is_empty());
    }
}
