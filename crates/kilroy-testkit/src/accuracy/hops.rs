//! How right hops are beside what is true of a fleet.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use kilroy_model::{Certainty, Hop, HopSide, host_key};

use crate::lan::TrueHop;
use crate::log::Mark;

/// Hops beside the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HopTally {
    /// Hops that are true.
    pub truths: u64,
    /// Those of them that were found with the right machine on either side, and no other.
    pub right: u64,
    /// Hops that were found and are none, or have a wrong machine.
    pub wrong: u64,
    /// Hops whose source is left open among several machines: nothing is claimed of them.
    pub open: u64,
    /// Of those that are right: both sides, and the records of one and the same true hop.
    pub both: u64,
    /// Of those that are right: the means is right, too.
    pub method: u64,
    /// Hops that tell a clock's difference.
    pub clocks: u64,
    /// Those of them whose true difference is within the error that they state.
    pub within: u64,
    /// The largest error that was stated, in milliseconds.
    pub widest: u64,
    /// Hops that are told as exact and are wrong.
    pub exact_wrong: u64,
}

impl HopTally {
    /// Of what was found, how much is right: in thousandths.
    pub fn precision(&self) -> u64 {
        thousandths(self.right, self.right + self.wrong)
    }

    /// Of what is true, how much was found: in thousandths.
    pub fn recall(&self) -> u64 {
        thousandths(self.right, self.truths)
    }

    /// Of the clocks that were told, how many are within their error: in thousandths.
    pub fn clocks_within(&self) -> u64 {
        thousandths(self.within, self.clocks)
    }
}

fn thousandths(part: u64, all: u64) -> u64 {
    (part * 1000).checked_div(all).unwrap_or(1000)
}

type Key = (String, String, u64);

fn key(mark: &Mark) -> Key {
    (host_key(&mark.computer), mark.log.channel().to_owned(), mark.record_id)
}

/// Which true hop each record belongs to.
struct Truth<'a> {
    hops: &'a [TrueHop],
    source: BTreeMap<Key, usize>,
    target: BTreeMap<Key, usize>,
}

impl<'a> Truth<'a> {
    fn new(hops: &'a [TrueHop]) -> Self {
        let mut truth = Self { hops, source: BTreeMap::new(), target: BTreeMap::new() };
        for (at, hop) in hops.iter().enumerate() {
            truth.source.extend(hop.source.iter().map(|mark| (key(mark), at)));
            truth.target.extend(hop.target.iter().map(|mark| (key(mark), at)));
        }
        truth
    }

    /// The true hop that the records of one side are of.
    fn of(&self, hop: &Hop, side: HopSide) -> Option<usize> {
        let (host, known) = match side {
            HopSide::Source => (hop.source_host.as_deref().unwrap_or_default(), &self.source),
            HopSide::Target => (hop.target_host.as_str(), &self.target),
        };
        let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
        for proof in hop.proofs.iter().filter(|proof| proof.side == side) {
            if let Some(at) = known.get(&(host_key(host), proof.log.clone(), proof.record_id)) {
                *votes.entry(*at).or_default() += 1;
            }
        }
        votes.into_iter().max_by_key(|(at, count)| (*count, usize::MAX - at)).map(|(at, _)| at)
    }
}

/// Compares; `lines` gets a line for each hop that is wrong and each that was missed. True hops whose two sides have both
/// left no record do not count.
pub fn judge_hops(truths: &[TrueHop], found: &[Hop], lines: &mut String) -> HopTally {
    let truth = Truth::new(truths);
    let mut tally = HopTally::default();
    let mut met: BTreeSet<usize> = BTreeSet::new();
    for hop in found {
        if hop.source_host.is_none() {
            tally.open += 1;
            continue;
        }
        let (there, here) = (truth.of(hop, HopSide::Target), truth.of(hop, HopSide::Source));
        let Some(at) = there.or(here) else {
            tally.wrong += 1;
            tally.exact_wrong += u64::from(hop.certainty == Certainty::Exact);
            let _ = writeln!(lines, "NONE {}", shown(hop));
            continue;
        };
        let true_hop = &truth.hops[at];
        let from = true_hop.from.as_deref().map(host_key);
        let one = there.is_none() || here.is_none() || there == here;
        // A machine that is none of the case is called what was typed.
        let to = !hop.target_known || host_key(&hop.target_host) == host_key(&true_hop.to);
        let right = one && to && hop.source_host == from;
        if !right {
            tally.wrong += 1;
            tally.exact_wrong += u64::from(hop.certainty == Certainty::Exact);
            let _ =
                writeln!(lines, "WRONG {} but {:?} → {} {}", shown(hop), from, true_hop.to, true_hop.method);
            continue;
        }
        if met.insert(at) {
            tally.right += 1;
            tally.both += u64::from(there.is_some() && here.is_some());
            tally.method += u64::from(hop.method == true_hop.method);
        }
        clock(&mut tally, hop, true_hop, lines);
    }
    for (at, hop) in truths.iter().enumerate() {
        let told = hop.from.is_some() && !(hop.source.is_empty() && hop.target.is_empty());
        tally.truths += u64::from(told);
        if told && !met.contains(&at) {
            let _ = writeln!(
                lines,
                "MISSED {:?} → {} {} {} {}",
                hop.from, hop.to, hop.method, hop.user, hop.time
            );
        }
    }
    tally
}

fn clock(tally: &mut HopTally, hop: &Hop, truth: &TrueHop, lines: &mut String) {
    let (Some(difference), Some(error)) = (hop.clock_difference_ms, hop.clock_error_ms) else { return };
    tally.clocks += 1;
    tally.widest = tally.widest.max(error);
    let off = difference.abs_diff(truth.clock_difference);
    if off <= error {
        tally.within += 1;
    } else {
        let _ = writeln!(lines, "CLOCK {}: off by {off} ms, stated {error} ms", shown(hop));
    }
}

fn shown(hop: &Hop) -> String {
    format!(
        "{} {:?} → {} {} {} as {:?} {} {}",
        hop.time,
        hop.source_host,
        hop.target_host,
        hop.method,
        hop.sides,
        hop.user,
        hop.certainty,
        hop.hop_uid
    )
}
