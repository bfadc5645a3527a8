//! A difference made small: records are dropped as long as some difference stays.

use super::History;

/// The fewest records of which the two still do not say the same.
pub(crate) fn shrink(history: &History) -> History {
    let mut small = history.clone();
    loop {
        let count = small.events.len();
        let mut step = (count / 2).max(1);
        while step > 0 {
            let mut from = 0;
            while from < small.events.len() {
                let mut less = small.clone();
                let dropped: Vec<_> =
                    less.events.drain(from..(from + step).min(small.events.len())).collect();
                less.noted.retain(|n| {
                    !dropped.iter().any(|e| {
                        e.record_id == n.record_id
                            && *e.log == *n.log
                            && *e.host == *n.host
                            && e.time == n.time
                    })
                });
                if less.differences().is_empty() {
                    from += step;
                } else {
                    small = less;
                }
            }
            step /= 2;
        }
        if small.events.len() == count {
            return small;
        }
    }
}
