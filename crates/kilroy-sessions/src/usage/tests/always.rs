//! What holds for every history.

use proptest::prelude::*;

use super::*;

/// Minutes of a week or so around a change of clocks.
const SPAN: i64 = 9 * 24 * 60;

fn minute(n: i64) -> Timestamp {
    at("2024-10-22 00:00").plus_millis(n * 60_000)
}

prop_compose! {
    fn a_session()(
        user in prop::sample::select(vec!["alice", "Alice", "bob"]),
        kind in prop::sample::select(vec![Kind::InteractiveLocal, Kind::InteractiveRemote, Kind::Ssh]),
        from in 0..SPAN,
        long in -60..3 * 24 * 60_i64,
        ended in any::<bool>(),
        bounded in any::<bool>(),
        begun in prop::bool::weighted(0.8),
        id in prop::option::of(1..4_u32),
    ) -> AccessSession {
        let end = minute(from + long);
        let mut session = session(user, kind, minute(from), ended.then_some(end));
        session.end_not_after = (bounded && !ended).then_some(end);
        session.session_id = id;
        session.logon_ids = id.map(|id| Luid(0x1000 + u64::from(id))).into_iter().collect();
        if !begun {
            (session.start, session.attempt) = (None, None);
        }
        session
    }
}

prop_compose! {
    fn a_mark()(
        time in 0..SPAN,
        kind in 0..7,
        user in prop::option::of(prop::sample::select(vec!["alice", "bob"])),
        id in prop::option::of(1..4_u32),
        luid in prop::option::of(0x1001..0x1004_u64),
        long in 0..600_i64,
    ) -> Mark {
        let whose = Whose { user: user.map(str::to_owned), luid: luid.map(Luid), session_id: id };
        let kind = match kind {
            0 => MarkKind::Locked(whose),
            1 => MarkKind::Unlocked(whose),
            2 => MarkKind::SaverStarted(whose),
            3 => MarkKind::SaverStopped(whose),
            4 => MarkKind::Sleeps,
            5 => MarkKind::Wakes,
            _ => MarkKind::Slept { from: minute(time - long), to: minute(time) },
        };
        Mark { time: minute(time), kind }
    }
}

fn facts(sessions: &[AccessSession], marks: Vec<Mark>, boots: &[i64], zone: &str) -> HostFacts {
    HostFacts {
        boots: boots.iter().map(|n| minute(*n)).collect(),
        logs: Some((minute(0), minute(SPAN))),
        ..host(sessions, marks, zone)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn hours_add_up(
        sessions in prop::collection::vec(a_session(), 0..8),
        marks in prop::collection::vec(a_mark(), 0..16),
        boots in prop::collection::vec(0..SPAN, 0..4),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Seoul", "America/St_Johns", "+05:45"]),
        cut in 0..20_usize,
    ) {
        let usage = |facts: Vec<HostFacts>| Usage::new(facts, &(None..None));
        let one = usage(vec![facts(&sessions, marks.clone(), &boots, zone)]);
        let rows = one.days(48);
        let everything = [one.days(0), one.weeks(), one.totals(), one.users(), one.hosts()].concat();
        for row in rows.iter().chain(&everything) {
            let t = &row.times;
            prop_assert_eq!(t.hands_on + t.locked + t.asleep, t.present);
            prop_assert!(t.hands_on <= t.hands_on_at_most && t.present <= t.present_at_most);
            prop_assert!(t.hands_on_at_most <= t.present_at_most);
            prop_assert!(t.screen_saver <= t.hands_on);
            prop_assert!(t.console.max(t.remote).max(t.shell) <= t.present);
            prop_assert!(t.console + t.remote + t.shell >= t.present);
            prop_assert!(row.open <= row.sessions);
            if let Some([(first, _), (last, _)]) = row.ends {
                prop_assert!(first <= last && row.sessions > 0);
            }
        }
        // No day has more hours than its clock.
        for row in &rows {
            let (first, last) = row.dates.expect("a day");
            let long = u64::try_from((last - first).get_days()).expect("not backwards") + 1;
            let berlin = zone == "Europe/Berlin" && first.to_string().as_str() <= "2024-10-27" && last.to_string().as_str() >= "2024-10-27";
            let most = long * 86_400 + u64::from(berlin) * 3600;
            prop_assert!(row.times.present_at_most + row.times.disconnected <= most, "{:?}", row);
            prop_assert!(row.sessions > 0 || row.times.present == 0);
        }
        // Days make up weeks, weeks make up the whole.
        for total in one.totals() {
            let same = |row: &&UsageRow| row.user == total.user;
            for parts in [one.days(0), one.weeks()] {
                let mut sum = Times::default();
                let mut days = 0;
                for row in parts.iter().filter(same) {
                    sum += row.times;
                    days += row.days;
                }
                prop_assert_eq!((sum, days), (total.times, total.days));
            }
        }
        // One host: a user's own row says what the user's row on the host says.
        let of_users: Vec<Times> = one.users().iter().map(|row| row.times).collect();
        prop_assert_eq!(of_users, one.totals().iter().map(|row| row.times).collect::<Vec<_>>());
        // The order of what goes in leaves no trace.
        let (mut turned, mut turned_marks) = (sessions.clone(), marks.clone());
        turned.reverse();
        turned_marks.reverse();
        let n = cut.min(turned.len());
        turned.rotate_left(n);
        let other = usage(vec![facts(&turned, turned_marks, &boots, zone)]);
        prop_assert_eq!(&rows, &other.days(48));
        prop_assert_eq!(one.users(), other.users());
        // Somebody else's host adds nothing to a user's hours but his own.
        let mut elsewhere = sessions.clone();
        for session in &mut elsewhere {
            session.computer = "zz".to_owned();
        }
        let both = usage(vec![
            facts(&sessions, marks.clone(), &boots, zone),
            HostFacts { computer: "zz".to_owned(), ..facts(&elsewhere, marks, &boots, zone) },
        ]);
        let twice: Vec<Times> = both.users().iter().map(|row| row.times).collect();
        prop_assert_eq!(twice, one.users().iter().map(|row| row.times).collect::<Vec<_>>());
    }
}
