//! Things of one kind that follow each other without a long pause.

use std::collections::BTreeMap;

use kilroy_model::Timestamp;

/// Runs that go on, by what they have in common. Things of one key come in the order of time; a run ends with a pause.
/// Where all come host by host, what is in memory are the runs of the last pause of a host.
#[derive(Debug)]
pub(crate) struct Runs<K, R> {
    going: BTreeMap<K, (Timestamp, R)>,
    pause_millis: u64,
    swept: Option<Timestamp>,
}

impl<K: Ord + Clone, R> Runs<K, R> {
    /// A run ends with a pause longer than this.
    pub(crate) fn new(pause_millis: u64) -> Self {
        Self { going: BTreeMap::new(), pause_millis, swept: None }
    }

    /// The run that something of this time belongs to. Runs that are over go to `over`.
    pub(crate) fn at(
        &mut self,
        key: &K,
        time: Timestamp,
        begin: impl FnOnce() -> R,
        over: &mut dyn FnMut(R),
    ) -> &mut R {
        self.sweep(time, over);
        let ended = self.going.get(key).is_some_and(|(last, _)| !last.within_millis(time, self.pause_millis));
        if ended && let Some((_, run)) = self.going.remove(key) {
            over(run);
        }
        let (last, run) = self.going.entry(key.clone()).or_insert_with(|| (time, begin()));
        *last = (*last).max(time);
        run
    }

    /// The run of this key, if one goes on.
    pub(crate) fn going(&mut self, key: &K, time: Timestamp) -> Option<&mut R> {
        let (last, run) = self.going.get_mut(key)?;
        last.within_millis(time, self.pause_millis).then_some(run)
    }

    /// How many go on.
    pub(crate) fn len(&self) -> usize {
        self.going.len()
    }

    /// All runs that go on at this time and whose key is like this.
    pub(crate) fn going_where(
        &mut self,
        time: Timestamp,
        like: impl Fn(&K) -> bool,
    ) -> impl Iterator<Item = &mut R> {
        let pause = self.pause_millis;
        self.going
            .iter_mut()
            .filter(move |(key, (last, _))| like(key) && last.within_millis(time, pause))
            .map(|(_, (_, run))| run)
    }

    /// Ends the run of this key.
    pub(crate) fn end(&mut self, key: &K) -> Option<R> {
        self.going.remove(key).map(|(_, run)| run)
    }

    /// Ends all.
    pub(crate) fn finish(&mut self) -> Vec<R> {
        self.swept = None;
        std::mem::take(&mut self.going).into_values().map(|(_, run)| run).collect()
    }

    /// Ends what is over, once for each pause that goes by.
    fn sweep(&mut self, now: Timestamp, over: &mut dyn FnMut(R)) {
        if self.swept.is_some_and(|swept| swept.within_millis(now, self.pause_millis)) {
            return;
        }
        self.swept = Some(now);
        let pause = self.pause_millis;
        let done: Vec<K> = self
            .going
            .iter()
            .filter(|(_, (last, _))| !last.within_millis(now, pause))
            .map(|(key, _)| key.clone())
            .collect();
        for key in done {
            if let Some((_, run)) = self.going.remove(&key) {
                over(run);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ticks(0).plus_millis(seconds * 1000)
    }

    #[test]
    fn a_pause_ends_a_run_and_nothing_is_lost() {
        let mut runs: Runs<&str, u64> = Runs::new(60_000);
        let mut over = Vec::new();
        for (key, seconds) in [("a", 0), ("b", 10), ("a", 60), ("a", 200), ("b", 201)] {
            *runs.at(&key, at(seconds), || 0, &mut |n| over.push(n)) += 1;
        }
        over.extend(runs.finish());
        over.sort_unstable();
        assert_eq!(over, [1, 1, 1, 2]);
    }
}
