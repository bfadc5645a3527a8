//! Files that follow each other in time: the archives of a log that wrapped. One after the other is read, and only one at a
//! time is open.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::prune::{may_be_timeless, span};
use super::table::EventFile;

/// The first and the last time of something.
pub(super) type Span = (i64, i64);

/// When the rows of some groups of a file are, in units of its times; none if that is not known of all of them.
pub(super) fn span_of(file: &EventFile, groups: impl IntoIterator<Item = usize>) -> Option<Span> {
    let mut whole: Option<Span> = None;
    for group in groups {
        let metadata = file.group(group);
        if may_be_timeless(metadata) {
            return None;
        }
        let (first, last) = span(metadata)?;
        let (first, last) = (first.ticks(), last.ticks());
        whole = Some(whole.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
    }
    whole
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
