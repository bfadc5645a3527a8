//! Clocks that were set while sessions went on.

use kilroy_model::{LogCoverage, Stretch, TimeFall};

use super::*;

/// Records of Security from one ID and minute to another, and by how many minutes they are moved.
fn stretch(ids: (u64, u64), minutes: (i64, i64), shift: i64) -> Stretch {
    Stretch {
        log: "Security".to_owned(),
        from_record_id: ids.0,
        to_record_id: ids.1,
        from: at(minutes.0),
        to: at(minutes.1),
        shift: shift * 60 * 10_000_000,
    }
}

fn run(start: i64, end: Option<i64>, stretches: Vec<Stretch>) -> Boot {
    let end_kind = if end.is_some() { EndKind::Boot } else { EndKind::Open };
    Boot { end_kind, end_not_after: end.map(at), stretches, ..boot(start) }
}

#[allow(clippy::needless_pass_by_value, reason = "reads like the struct it fills")]
fn record(id: u64, clues: Clues<'static>) -> Clues<'static> {
    Clues { place: Some(("Security", id)), ..clues }
}

/// The machine starts with its clock ten hours ahead, which is set right at once: the start lies behind all that follows.
#[test]
fn a_start_before_the_clock_was_set_right() {
    let boots = [
        run(0, Some(700), vec![stretch((1, 100), (0, 90), 0)]),
        run(700, None, vec![stretch((101, 103), (700, 701), -600), stretch((104, 200), (101, 300), 0)]),
    ];
    let first = with_luid(0x500, session(1, 10, 80));
    let second = with_luid(0x500, session(2, 110, 200));
    let logons = [logon(0x500, None, 1, Some(0), 10), logon(0x500, None, 2, Some(700), 110)];
    let index = SessionIndex::new(&[first, second], &logons, &boots);
    let exact = |uid, when| (Some(uid), Sure::Exact, Some(By::LogonId), when);
    assert_eq!(told(&index.of(&record(50, with(0x500, 50)))), exact(1, When::Present));
    assert_eq!(told(&index.of(&record(150, with(0x500, 150)))), exact(2, When::Present));
    assert_eq!(told(&index.of(&record(199, with(0x500, 290)))), exact(2, When::AfterEnd));
    // By time alone, too: other logs, and what other tools tell.
    assert_eq!(told(&index.of(&with(0x500, 150))), exact(2, When::Present));
    assert_eq!(told(&index.of(&by_alice(150))), (Some(2), Sure::Likely, Some(By::User), When::Present));
    assert_eq!(told(&index.of(&by_alice(50))), (Some(1), Sure::Likely, Some(By::User), When::Present));
    // What was logged while the clock was ahead is of the second boot.
    assert_eq!(index.of(&record(102, with(0x500, 700))), Belonging::NONE);
}

/// Set back by an hour while somebody is on: the same time is shown twice.
#[test]
fn a_time_that_the_clock_showed_twice() {
    let boots = [run(0, None, vec![stretch((1, 100), (0, 120), -60), stretch((101, 200), (60, 180), 0)])];
    let before = with_luid(0x500, session(1, 70, 80));
    let over = with_luid(0x600, AccessSession { user: Some("bob".to_owned()), ..session(2, 110, 90) });
    let index = SessionIndex::new(&[before, over], &[], &boots);
    // On from minute 110 before the step until 90 after it.
    let bob = |minute| Clues { user: Some("bob"), ..clues(minute) };
    assert_eq!(
        told(&index.of(&record(99, bob(119)))),
        (Some(2), Sure::Likely, Some(By::User), When::Present)
    );
    assert_eq!(
        told(&index.of(&record(110, bob(65)))),
        (Some(2), Sure::Likely, Some(By::User), When::Present)
    );
    assert_eq!(index.of(&record(50, bob(65))), Belonging::NONE);
    assert_eq!(told(&index.of(&record(150, with(0x600, 100)))).3, When::AfterEnd);
    assert_eq!(told(&index.of(&record(150, with(0x600, 100)))).1, Sure::Exact);
    // A log whose order nobody knows: it was on at one of the two times.
    assert_eq!(index.of(&bob(65)).session, Some(SessionUid(2)));
}

/// Set ahead by ten days: the days between were never shown, and another boot had them.
#[test]
fn days_that_a_clock_skipped() {
    let day = 24 * 60;
    let boots = [
        run(0, None, vec![stretch((50, 60), (0, 30), 0), stretch((61, 90), (10 * day, 11 * day), 0)]),
        run(5 * day, Some(6 * day), vec![stretch((1, 40), (5 * day, 6 * day), 0)]),
    ];
    let here = with_luid(0x500, session(1, 10, 10 * day + 60));
    let index = SessionIndex::new(&[here], &[logon(0x500, None, 1, Some(0), 10)], &boots);
    assert_eq!(index.of(&with(0x500, 20)).sure, Sure::Exact);
    assert_eq!(index.of(&with(0x500, 10 * day + 5)).sure, Sure::Exact);
    assert_eq!(index.of(&with(0x500, 5 * day + 5)), Belonging::NONE);
    assert_eq!(index.of(&by_alice(5 * day + 5)), Belonging::NONE);
}

/// One logon ID in two boots that had the same time.
#[test]
fn what_two_boots_claim_is_possible() {
    let boots = [
        run(0, Some(50), vec![stretch((1, 100), (0, 100), 0)]),
        run(50, None, vec![stretch((101, 200), (50, 150), 0)]),
    ];
    let sessions = [with_luid(0x500, session(1, 10, 90)), with_luid(0x500, session(2, 55, 140))];
    let logons = [logon(0x500, None, 1, Some(0), 10), logon(0x500, None, 2, Some(50), 55)];
    let index = SessionIndex::new(&sessions, &logons, &boots);
    let found = index.of(&with(0x500, 70));
    assert_eq!((found.sure, found.sessions().count()), (Sure::Possible, 2));
    assert_eq!(told(&index.of(&record(70, with(0x500, 70)))).0, Some(1));
    assert_eq!(told(&index.of(&record(130, with(0x500, 70)))).0, Some(2));
}

/// No record marks the start of the boot, and the first one that the engine reads came late: what was logged before is of it.
#[test]
fn what_lies_before_the_first_record_of_an_unmarked_boot() {
    let unmarked = Boot { start: None, ..run(0, None, vec![stretch((500, 600), (300, 400), 0)]) };
    let index = SessionIndex::new(&[], &[], &[unmarked, Boot { computer: "other".to_owned(), ..boot(0) }]);
    let now = index.moment(&record(20, clues(60))).unwrap();
    let before = index.moment(&record(10, clues(50))).unwrap();
    assert!(before.is_in_boot_of(&now) && before < now);
    let (from, to) = index.shown_before(now, None);
    assert!(from <= at(50) && to >= at(60));
}

#[test]
fn events_come_turn_by_turn() {
    let boots = [run(0, None, vec![stretch((1, 100), (100, 200), -100), stretch((101, 200), (101, 300), 0)])];
    let index = SessionIndex::new(&[with_luid(0x500, session(1, 110, 290))], &[], &boots);
    let turns = index.turns(SessionUid(1));
    assert_eq!(turns.len(), 2);
    let turn = |id, minute| turns.iter().position(|turn| index.is_in(turn, &record(id, clues(minute))));
    assert_eq!((turn(60, 150), turn(160, 150)), (Some(0), Some(1)));
    let (from, to) = index.logged(SessionUid(1)).unwrap();
    assert!(from <= at(110) && to >= at(290));
}

fn with_log(session: &AccessSession, log: &LogCoverage) -> SessionIndex {
    let mut builder = IndexBuilder::default();
    builder.session(session);
    builder.boot(&boot(0));
    builder.log(log);
    builder.build()
}

#[test]
fn past_the_end_of_the_logs_nothing_is_known() {
    let open = AccessSession { end: None, end_kind: EndKind::Open, ..with_luid(0x500, session(1, 10, 20)) };
    let index = with_log(&open, &log(60));
    assert_eq!(told(&index.of(&by_alice(59))), (Some(1), Sure::Likely, Some(By::User), When::Present));
    assert_eq!(index.of(&by_alice(61)), Belonging::NONE);
    assert_eq!(index.present(Some("pc"), at(61)), Belonging::NONE);
    // The machine may have started anew: then it is another logon.
    assert_eq!(
        (index.of(&with(0x500, 59)).sure, index.of(&with(0x500, 61)).sure),
        (Sure::Exact, Sure::Possible)
    );
}

#[test]
fn a_clock_that_was_ahead_for_a_while_is_not_the_end_of_the_log() {
    let open = AccessSession { end: None, end_kind: EndKind::Open, ..session(1, 60, 70) };
    let fall = |before, after| TimeFall {
        before_record_id: 1,
        before: at(before),
        after_record_id: 2,
        after: at(after),
    };
    let mut builder = IndexBuilder::default();
    builder.session(&open);
    builder.boot(&run(
        0,
        None,
        vec![stretch((1, 1), (9_000, 9_000), -8_950), stretch((2, 90), (50, 400), 0)],
    ));
    builder.log(&LogCoverage { backward: vec![fall(9_000, 50)], ..log(400) });
    let index = builder.build();
    assert_eq!(index.of(&by_alice(399)).sure, Sure::Likely);
    assert_eq!(index.of(&by_alice(500)), Belonging::NONE);
}
