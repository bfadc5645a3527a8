//! The same work on many things in several threads, and the results in the order of the things.

use std::sync::mpsc::sync_channel;
use std::thread;

use anyhow::{Result, anyhow};

/// Results per thread that may wait to be taken.
const AHEAD: usize = 2;

/// Works on the items in so many threads, and hands over item and result in the order of the items. Ends early when
/// `sink` fails.
pub(crate) fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: &(dyn Fn(&T) -> R + Sync),
    sink: &mut dyn FnMut(&T, R) -> Result<()>,
) -> Result<()> {
    let whole = |item: &T, hand_over: &mut dyn FnMut(R) -> Result<()>| hand_over(work(item));
    parts_side_by_side(items, threads, &whole, sink)
}

/// Work on one item: hands over its parts, and ends when that fails.
type Work<'w, T, P> = &'w (dyn Fn(&T, &mut dyn FnMut(P) -> Result<()>) -> Result<()> + Sync);

/// The same with work that gives its result in parts: those of one item come in their order, and before those of the next.
/// Of items whose turn has not come only a few parts are made.
pub(crate) fn parts_side_by_side<T: Sync, P: Send>(
    items: &[T],
    threads: usize,
    work: Work<'_, T, P>,
    sink: &mut dyn FnMut(&T, P) -> Result<()>,
) -> Result<()> {
    let threads = threads.min(items.len());
    if threads < 2 {
        return items.iter().try_for_each(|item| work(item, &mut |part| sink(item, part)));
    }
    thread::scope(|scope| {
        // Each thread has every n-th item and a lane of its own: the lanes in turn give the order of the items.
        let lanes: Vec<_> = (0..threads)
            .map(|lane| {
                let (send, receive) = sync_channel(AHEAD);
                scope.spawn(move || {
                    for item in items.iter().skip(lane).step_by(threads) {
                        let mut hand_over =
                            |part| send.send(Passed::Part(part)).map_err(|_| anyhow!("nobody takes more"));
                        let done = work(item, &mut hand_over);
                        let failed = done.is_err();
                        if send.send(Passed::End(done)).is_err() || failed {
                            break;
                        }
                    }
                });
                receive
            })
            .collect();
        for (item, lane) in items.iter().zip(lanes.iter().cycle()) {
            loop {
                // A lane that ends too early belongs to a thread that panicked; the scope says so.
                let Ok(passed) = lane.recv() else { return Ok(()) };
                match passed {
                    Passed::Part(part) => sink(item, part)?,
                    Passed::End(done) => break done?,
                }
            }
        }
        Ok(())
    })
}

/// What goes through a lane.
enum Passed<P> {
    Part(P),
    /// All parts of an item were handed over, or no more come of it.
    End(Result<()>),
}

#[cfg(test)]
mod tests {
    use anyhow::ensure;

    use super::*;

    #[test]
    fn in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1000).collect();
        for threads in [1, 2, 7, 2000] {
            let mut got = Vec::new();
            side_by_side(&items, threads, &|n| n * 2, &mut |n, twice| {
                got.push((*n, twice));
                Ok(())
            })
            .unwrap();
            assert!(got.iter().map(|(n, _)| n).eq(&items));
            assert!(got.iter().all(|(n, twice)| n * 2 == *twice));
        }
    }

    #[test]
    fn parts_in_the_order_of_their_items() {
        let items: Vec<u64> = (0..200).collect();
        let work =
            |n: &u64, hand_over: &mut dyn FnMut(u64) -> Result<()>| (0..*n % 5).try_for_each(hand_over);
        let want: Vec<_> = items.iter().flat_map(|n| (0..n % 5).map(move |part| (*n, part))).collect();
        for threads in [1, 2, 7] {
            let mut got = Vec::new();
            let mut sink = |n: &u64, part| {
                got.push((*n, part));
                Ok(())
            };
            parts_side_by_side(&items, threads, &work, &mut sink).unwrap();
            assert_eq!(got, want);
        }
    }

    #[test]
    fn what_fails_ends_all() {
        let items: Vec<u64> = (0..200).collect();
        let work = |n: &u64, hand_over: &mut dyn FnMut(u64) -> Result<()>| {
            ensure!(*n != 7, "seven");
            hand_over(*n)
        };
        for threads in [1, 2, 9] {
            let mut got = Vec::new();
            let mut sink = |_: &u64, part| {
                got.push(part);
                Ok(())
            };
            let outcome = parts_side_by_side(&items, threads, &work, &mut sink);
            assert_eq!((outcome.unwrap_err().to_string().as_str(), got.len()), ("seven", 7));
        }
    }

    #[test]
    fn ends_when_nobody_takes_more() {
        let items: Vec<u64> = (0..1000).collect();
        for threads in [1, 3] {
            let mut taken = 0;
            let outcome = side_by_side(&items, threads, &|n| *n, &mut |_, _| {
                taken += 1;
                ensure!(taken < 5, "enough");
                Ok(())
            });
            assert_eq!((outcome.unwrap_err().to_string().as_str(), taken), ("enough", 5));
        }
    }
}
