//! The shapes to get right.

use super::*;

#[test]
fn a_logon_id_is_of_one_boot() {
    let sessions = [with_luid(0x500, session(1, 10, 20)), with_luid(0x500, session(2, 110, 120))];
    let index = SessionIndex::new(&sessions, &[], &[boot(0), boot(100)]);
    assert_eq!(told(&index.of(&with(0x500, 15))), (Some(1), Sure::Exact, Some(By::LogonId), When::Present));
    assert_eq!(told(&index.of(&with(0x500, 115))), (Some(2), Sure::Exact, Some(By::LogonId), When::Present));
    // After its end, but of the same boot.
    assert_eq!(told(&index.of(&with(0x500, 99))), (Some(1), Sure::Exact, Some(By::LogonId), When::AfterEnd));
    // The machine started anew, and nobody has logged on.
    assert_eq!(index.of(&with(0x500, 105)), Belonging::NONE);
}

#[test]
fn what_nobody_ended_ends_with_the_boot() {
    let open = AccessSession { end: None, end_kind: EndKind::Open, ..with_luid(0x500, session(1, 10, 20)) };
    let index = SessionIndex::new(&[open], &[], &[boot(0), boot(100)]);
    assert_eq!(index.of(&by_alice(99)).sure, Sure::Likely);
    assert_eq!(index.of(&by_alice(101)), Belonging::NONE);
}

#[test]
fn a_logon_knows_its_boot_better_than_the_clock() {
    // The clock was set back after the start: by time the logon is of the boot before.
    let sessions = [with_luid(0x500, session(1, 95, 99))];
    let index = SessionIndex::new(&sessions, &[logon(0x500, None, 1, Some(100), 95)], &[boot(0), boot(100)]);
    assert_eq!(index.of(&with(0x500, 105)).session, Some(SessionUid(1)));
    assert_eq!(index.of(&with(0x500, 50)), Belonging::NONE);
}

/// The old logon ID goes on; who was there at that time is meant.
#[test]
fn a_reconnect_goes_on_under_the_old_logon() {
    let first = disconnected(with_luid(0x500, session(1, 10, 20)));
    let second =
        AccessSession { logon_ids: vec![Luid(0x500), Luid(0x900)], ..reconnected(session(2, 40, 50)) };
    let index = index(&[first, second]);
    let told_at = |minute| told(&index.of(&with(0x500, minute)));
    assert_eq!(told_at(15), (Some(1), Sure::Exact, Some(By::LogonId), When::Present));
    assert_eq!(told_at(30), (Some(1), Sure::Exact, Some(By::LogonId), When::AfterDisconnect));
    assert_eq!(told_at(45), (Some(2), Sure::Exact, Some(By::LogonId), When::Present));
    assert_eq!(told_at(60), (Some(2), Sure::Exact, Some(By::LogonId), When::AfterEnd));
    assert_eq!(index.of(&with(0x900, 41)).session, Some(SessionUid(2)));
}

/// Without auditing of 4778 only the terminal session ties a reconnect to the logon that it takes up.
#[test]
fn a_reconnect_that_security_does_not_show() {
    let on = |session: AccessSession| AccessSession { session_id: Some(2), ..session };
    let first = on(disconnected(with_luid(0x500, session(1, 10, 20))));
    let second = on(reconnected(session(2, 40, 50)));
    let bob = AccessSession { user: Some("bob".to_owned()), ..on(with_luid(0x700, session(3, 60, 70))) };
    let index = index(&[first, second, bob]);
    assert_eq!(told(&index.of(&with(0x500, 45))), (Some(2), Sure::Exact, Some(By::LogonId), When::Present));
    assert_eq!(index.of(&with(0x700, 65)).session, Some(SessionUid(3)));
    assert_eq!(index.of(&with(0x500, 65)).session, Some(SessionUid(2)));
}

#[test]
fn fixed_logon_ids_are_no_person() {
    let index = index(&[AccessSession { background: true, ..with_luid(0x3e7, session(1, 10, 20)) }]);
    assert_eq!(index.of(&with(0x3e7, 15)), Belonging::NONE);
}

#[test]
fn the_other_half_of_a_uac_logon() {
    let own = AccessSession { linked_logon_ids: vec![Luid(0x501)], ..with_luid(0x500, session(1, 10, 20)) };
    let want = (Some(1), Sure::Exact, Some(By::LinkedLogonId), When::Present);
    assert_eq!(told(&index(&[own]).of(&with(0x501, 15))), want);
    let by_logon = SessionIndex::new(&[session(1, 10, 20)], &[logon(0x500, Some(0x501), 1, None, 10)], &[]);
    assert_eq!(told(&by_logon.of(&with(0x501, 15))), want);
}

#[test]
fn nothing_has_a_logon_before_it_is_made() {
    let index = index(&[with_luid(0x500, session(1, 10, 20))]);
    // The logon ID is there a moment before the logon is logged.
    let soon = Clues { time: at(10).plus_millis(-3_000), ..with(0x500, 0) };
    assert_eq!(told(&index.of(&soon)), (Some(1), Sure::Exact, Some(By::LogonId), When::BeforeStart));
    // Before that it is another logon, of a start of the machine that nobody logged.
    assert_eq!(index.of(&with(0x500, 5)), Belonging::NONE);
    // Unless the log begins later than the session.
    let unseen = AccessSession { how: How::Unknown, attempt: None, start: None, ..session(1, 10, 20) };
    let index = super::index(&[with_luid(0x500, unseen)]);
    assert_eq!(
        told(&index.of(&with(0x500, 5))),
        (Some(1), Sure::Exact, Some(By::LogonId), When::BeforeStart)
    );
}

#[test]
fn by_user_and_time() {
    let network = AccessSession { kind: Kind::Network, ..session(2, 15, 16) };
    let index = index(&[session(1, 10, 20), network]);
    assert_eq!(told(&index.of(&by_alice(12))), (Some(1), Sure::Likely, Some(By::User), When::Present));
    let several = index.of(&by_alice(15));
    assert_eq!((several.sure, several.others.as_slice()), (Sure::Possible, &[SessionUid(1)][..]));
    assert_eq!(index.of(&by_alice(21)), Belonging::NONE);
    assert_eq!(index.of(&Clues { user: Some("bob"), ..clues(12) }), Belonging::NONE);
    // A logon ID that no session has: it may be another session of hers.
    assert_eq!(index.of(&Clues { luids: [Some(Luid(0x900)), None], ..by_alice(12) }).sure, Sure::Possible);
    assert_eq!(index.of(&Clues { host: Some("other"), ..by_alice(12) }), Belonging::NONE);
}

#[test]
fn one_name_two_accounts() {
    let of = |uid, sid: &str, domain: &str| AccessSession {
        sid: Some(sid.to_owned()),
        domain: Some(domain.to_owned()),
        ..session(uid, 10, 20)
    };
    let index = index(&[of(1, "S-1-5-21-1-1-1-500", "CORP"), of(2, "S-1-5-21-2-2-2-500", "PC")]);
    let by = |sid: Option<&'static str>, domain| index.of(&Clues { domain, sid, ..by_alice(15) });
    assert_eq!(told(&by(Some("S-1-5-21-2-2-2-500"), None)).0, Some(2));
    assert_eq!(told(&by(None, Some("corp"))), (Some(1), Sure::Likely, Some(By::User), When::Present));
    assert_eq!(by(None, None).sure, Sure::Possible);
    let only_sid = Clues { sid: Some("S-1-5-21-1-1-1-500"), ..clues(15) };
    assert_eq!(told(&index.of(&only_sid)), (Some(1), Sure::Likely, Some(By::User), When::Present));
}

#[test]
fn an_unlocking_is_no_second_session() {
    let unlock = AccessSession { kind: Kind::Unlock, ..session(2, 15, 15) };
    let index = index(&[session(1, 10, 20), unlock]);
    assert_eq!(told(&index.of(&by_alice(15))), (Some(1), Sure::Likely, Some(By::User), When::Present));
}

/// Without 4634 every access to a share would last until the next start.
#[test]
fn a_network_logon_without_end_is_not_there_for_ever() {
    let open = |uid, from| AccessSession {
        kind: Kind::Network,
        end: None,
        end_kind: EndKind::Open,
        ..with_luid(0x500 + uid, session(uid, from, from))
    };
    let index = index(&[open(1, 0), open(2, 30)]);
    assert_eq!(told(&index.of(&by_alice(31))), (Some(2), Sure::Likely, Some(By::User), When::Present));
    assert_eq!(index.of(&by_alice(50)), Belonging::NONE);
    // Its logon ID is proof at any time.
    assert_eq!(index.of(&with(0x501, 50)).session, Some(SessionUid(1)));
}

#[test]
fn a_terminal_session_while_its_user_was_on() {
    let on = |session: AccessSession| AccessSession { session_id: Some(2), ..session };
    let bob = AccessSession { user: Some("bob".to_owned()), ..on(session(2, 30, 40)) };
    let index = index(&[on(session(1, 10, 20)), bob]);
    let desktop = |minute, user| index.of(&Clues { terminal_session: Some(2), user, ..clues(minute) });
    assert_eq!(told(&desktop(15, None)), (Some(1), Sure::Exact, Some(By::TerminalSession), When::Present));
    assert_eq!(told(&desktop(35, Some("Bob"))).0, Some(2));
    assert_eq!(desktop(35, Some("Bob")).sure, Sure::Exact);
    // Another account on somebody's desktop.
    assert_eq!(desktop(35, Some("SYSTEM")).sure, Sure::Likely);
    // Logged off: the number is free.
    assert_eq!(desktop(25, None), Belonging::NONE);
}

#[test]
fn hosts_of_one_bare_name() {
    let on = |host: &str, session| AccessSession { computer: host.to_owned(), ..session };
    let one = index(&[on("pc.corp.example", with_luid(0x500, session(1, 10, 20)))]);
    assert_eq!(one.of(&with(0x500, 15)).session, Some(SessionUid(1)));
    let two = index(&[
        on("pc.a.example", with_luid(0x500, session(1, 10, 20))),
        on("pc.b.example", with_luid(0x500, session(2, 10, 20))),
    ]);
    assert_eq!(two.of(&with(0x500, 15)), Belonging::NONE);
    assert_eq!(two.of(&Clues { host: Some("pc.b.example"), ..with(0x500, 15) }).session, Some(SessionUid(2)));
    assert_eq!(two.of(&Clues { host: None, ..with(0x500, 15) }), Belonging::NONE);
}

#[test]
fn who_was_there() {
    let machine = AccessSession { background: true, user: Some("PC$".to_owned()), ..session(2, 10, 20) };
    let failed = AccessSession { outcome: SessionOutcome::Failure, ..session(3, 10, 20) };
    let found = index(&[session(1, 10, 20), machine, failed]).present(Some("pc"), at(15));
    assert_eq!(told(&found), (Some(1), Sure::Possible, Some(By::Time), When::Present));
    assert!(found.others.is_empty());
}
