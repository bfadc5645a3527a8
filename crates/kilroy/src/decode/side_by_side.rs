//! The same work on many things in several threads, and the results in the order of the things.

use std::sync::mpsc::sync_channel;
use std::thread;

use anyhow::Result;

/// Results per thread that may wait to be taken.
const AHEAD: usize = 2;

/// Works on the items in so many threads, and hands over item and result in the order of the items. Ends early when
/// `sink` fails.
pub(super) fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: &(dyn Fn(&T) -> R + Sync),
    sink: &mut dyn FnMut(&T, R) -> Result<()>,
) -> Result<()> {
    let threads = threads.min(items.len());
    if threads < 2 {
        return items.iter().try_for_each(|item| sink(item, work(item)));
    }
    thread::scope(|scope| {
        // Each thread has every n-th item and a lane of its own: the lanes in turn give the order of the items.
        let lanes: Vec<_> = (0..threads)
            .map(|lane| {
                let (send, receive) = sync_channel(AHEAD);
                scope.spawn(move || {
                    for item in items.iter().skip(lane).step_by(threads) {
                        if send.send(work(item)).is_err() {
                            break;
                        }
                    }
                });
                receive
            })
            .collect();
        for (item, lane) in items.iter().zip(lanes.iter().cycle()) {
            // A lane that ends too early belongs to a thread that panicked; the scope says so.
            let Ok(result) = lane.recv() else { break };
            sink(item, result)?;
        }
        Ok(())
    })
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
