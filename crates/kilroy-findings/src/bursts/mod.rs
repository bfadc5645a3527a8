//! Bursts: runs of logon failures of one source on one host, and the success that followed.
//!
//! Sessions stream by in the order of their table. In memory are the bursts, not the failures: of each burst the first
//! hundred attempts are kept, and the rest is counted.

mod burst;
mod campaign;
mod fold;
mod right_passwords;
mod victims;

pub use burst::{Burst, Success, Tried};
pub use campaign::{Campaign, campaigns};
pub use fold::Folding;
pub(crate) use right_passwords::{EVENTS, LEAST_FAILURES, Proof, Right, RightPasswords};
pub use victims::{Victim, Victims};

/// A pause this long between two failures ends a burst: guessing that is slowed down to stay below a lockout threshold
/// waits 10 to 30 minutes (the usual window of the lockout counter).
pub const PAUSE_MILLIS: u64 = 30 * 60 * 1000;

/// A success this long after the last failure still follows from the burst.
pub const SUCCESS_WITHIN_MILLIS: u64 = 30 * 60 * 1000;

#[cfg(test)]
mod tests {
    use kilroy_model::Kind;

    use super::*;
    use crate::detectors::testing::{failure, session};

    fn fold(mut sessions: Vec<kilroy_model::AccessSession>) -> Vec<Burst> {
        sessions.sort_by(|a, b| (&a.computer, a.attempt).cmp(&(&b.computer, b.attempt)));
        let mut folding = Folding::default();
        for session in &sessions {
            folding.session(session);
        }
        folding.finish().0
    }

    /// No failure is lost and none is counted twice, however they are spread over hosts, sources and time.
    #[test]
    fn every_failure_is_in_one_burst() {
        let all: Vec<_> = (0..500_i64)
            .map(|n| {
                let (host, source) = (format!("h{}", n % 3), format!("10.0.{}.{}", n % 5, n % 2));
                failure(&host, n * n % 50_000, &format!("u{}", n % 11), &source)
            })
            .collect();
        let bursts = fold(all);
        assert_eq!(bursts.iter().map(|burst| burst.failures).sum::<u64>(), 500);
        let tried: u64 =
            bursts.iter().flat_map(|burst| burst.users.values()).map(|tried| tried.failures).sum();
        assert_eq!(tried, 500);
        let put_together = campaigns(bursts.clone());
        assert_eq!(put_together.iter().map(Campaign::failures).sum::<u64>(), 500);
        assert!(bursts.iter().all(|burst| burst.first <= burst.last && burst.peak <= burst.failures));
    }

    #[test]
    fn a_success_of_a_user_that_was_tried_ends_a_burst() {
        let tries = |from: i64| (0..3).map(move |n| failure("srv", from + n, "bob", "10.0.0.9"));
        let success = session("srv", 1, "BOB", Kind::Network, "10.0.0.9");
        let bursts = fold(tries(0).chain([success.clone()]).chain(tries(100)).collect());
        let ends: Vec<_> = bursts.iter().map(|b| b.success.as_ref().map(|s| s.session_uid)).collect();
        assert_eq!(ends, [Some(success.session_uid), None]);
    }

    /// Whoever found the password comes again; that is told with the burst, until somebody fails anew.
    #[test]
    fn later_successes_belong_to_the_burst_that_led_to_the_first() {
        let again = |minute| session("srv", minute, "bob", Kind::Network, "10.0.0.9");
        let mut all: Vec<_> = (0..3).map(|n| failure("srv", n, "bob", "10.0.0.9")).collect();
        all.extend([again(1), again(2), again(29), again(40)]);
        all.extend([failure("srv", 3000, "bob", "10.0.0.9"), again(51)]);
        let bursts = fold(all);
        assert_eq!(bursts.iter().map(|burst| burst.failures).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(bursts.iter().map(|burst| burst.entered).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(bursts[0].success.as_ref().map(|s| s.session_uid), Some(again(1).session_uid));
        assert_eq!(bursts[0].again.len(), 2);
    }

    /// Whoever sprays is right with users who never failed, before the first success and after it; all are known by name.
    #[test]
    fn whoever_gets_in_is_known_however_late() {
        let mut all: Vec<_> =
            (0..9).map(|n| failure("srv", n * 5, &format!("user{n}"), "10.0.0.9")).collect();
        all.extend(
            ["user3", "User5", "svc-print"].map(|user| session("srv", 2, user, Kind::Network, "10.0.0.9")),
        );
        all.extend((3..28).map(|minute| session("srv", minute, "user5", Kind::Network, "10.0.0.9")));
        all.push(session("srv", 29, "user7", Kind::Network, "10.0.0.9"));
        let campaigns = campaigns(fold(all));
        let entered: Vec<_> = campaigns[0].entered_users().into_iter().collect();
        assert_eq!(entered, ["svc-print", "user3", "user5", "user7"]);
    }

    /// Of a long burst the first hundred failures are known by time.
    #[test]
    fn failures_up_to_a_time() {
        use crate::detectors::testing::at;

        let until = |failures: i64, seconds| {
            let all = (0..failures).map(|n| failure("srv", n, "bob", "10.0.0.9")).collect();
            fold(all)[0].failures_until(at(seconds))
        };
        assert_eq!([until(50, 20), until(50, 60)], [Some(21), Some(50)]);
        assert_eq!([until(200, 20), until(200, 150), until(200, 199)], [Some(21), None, Some(200)]);
    }
}
