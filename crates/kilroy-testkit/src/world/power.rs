//! Starts and stops of a host, its clock, and logs that are cleared.

use kilroy_model::{EndKind, Timestamp};

use crate::account::Account;
use crate::log::Log;
use crate::time::seconds;
use crate::world::stage::{Actor, Stage};

/// Nobody acts this long before something that concerns the whole host: what was begun goes on for seconds.
const QUIET_MILLIS: i64 = 150_000;

/// Nobody logs anything this long before the clock is set back: a time that the clock shows twice would be one too many.
const BEFORE_STEP_MILLIS: i64 = 400_000;

/// Windows starts; its clock may be hours ahead until the time service sets it.
pub(super) fn start(stage: &mut Stage) {
    let ahead = if stage.seed.percent(15) { stage.seed.between(1, 10) } else { 0 };
    stage.host.at(stage.host.now().plus_millis(ahead * 3_600_000));
    stage.host.boot();
    stage.host.background_logons();
    if ahead > 0 {
        stage.host.settle();
        stage.host.clock_back(ahead);
    }
    stage.host.pass(seconds(60));
}

/// A boot from its start to shortly before its end, with what happens to the whole host in between.
pub(super) fn run(stage: &mut Stage, actors: &mut [Box<dyn Actor>], until: Timestamp) {
    let middle = stage.seed.percent(50).then(|| stage.seed.below(3));
    let half = Timestamp::from_ticks(i64::midpoint(stage.host.now().ticks(), until.ticks()));
    let Some(what) = middle else {
        stage.run(actors, until);
        return;
    };
    stage.run(actors, half);
    let admin = Account::new("it-admin", "CORP", 1170);
    match what {
        // Set back by less than it was quiet for.
        0 => {
            stage.host.pass(BEFORE_STEP_MILLIS);
            stage.host.set_clock(stage.host.now().plus_millis(-stage.seed.between(2_000, 150_000)));
        }
        1 => {
            stage.host.pass(QUIET_MILLIS);
            stage.host.set_clock(stage.host.now().plus_millis(stage.seed.between(2_000, 3_000_000)));
        }
        // The records that were cleared are at hand from a copy: the log goes on without a gap.
        _ => {
            stage.host.pass(QUIET_MILLIS);
            let log = *stage.seed.pick(&[Log::Security, Log::System, Log::LocalSessions]);
            stage.host.note_clear(log, &admin, 0x3e7);
        }
    }
    stage.settle();
    stage.host.pass(QUIET_MILLIS);
    stage.run(actors, until);
}

/// Windows stops, or the logs do.
pub(super) fn stop(stage: &mut Stage, last: bool) {
    stage.host.pass(QUIET_MILLIS);
    let by = Account::new("it-admin", "CORP", 1170);
    match stage.seed.below(100) {
        0..25 if last => stage.settle(),
        0..45 => {
            // 6008 names the time to the millisecond.
            let now = stage.host.now().ticks();
            stage.host.at(Timestamp::from_ticks(now - now.rem_euclid(10_000)));
            let alive = stage.host.crash();
            stage.settle();
            if last {
                // Nothing tells of it.
                return;
            }
            stage.stop(EndKind::Crash, alive);
        }
        _ => {
            let down = stage.host.shutdown(&by);
            stage.settle();
            stage.stop(EndKind::Shutdown, down.kernel.time);
        }
    }
    stage.host.pass(stage.seed.between(30_000, 40_000_000));
}
