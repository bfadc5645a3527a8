//! What holds for every history.

use proptest::prelude::*;

use super::*;

const HOSTS: [&str; 3] = ["pc", "srv.a.example", "srv.b.example"];

prop_compose! {
    fn a_session(uid: u64)(
        host in prop::sample::select(HOSTS.to_vec()),
        user in prop::sample::select(vec!["alice", "Alice", "bob"]),
        kind in prop::sample::select(vec![Kind::InteractiveRemote, Kind::Network, Kind::Unlock]),
        how in prop::sample::select(vec![How::Logon, How::Reconnect, How::Unknown, How::AuthOnly]),
        end_kind in prop::sample::select(vec![EndKind::Logoff, EndKind::Disconnect, EndKind::Open]),
        from in 0..200_i64,
        long in 0..60_i64,
        luids in prop::collection::vec(0x3e5..0x3f0_u64, 0..3),
        id in prop::option::of(1..4_u32),
    ) -> AccessSession {
        AccessSession {
            computer: host.to_owned(),
            user: Some(user.to_owned()),
            kind,
            how,
            end_kind,
            end: (end_kind != EndKind::Open).then_some(at(from + long)),
            logon_ids: luids.into_iter().map(Luid).collect(),
            session_id: id,
            ..session(uid, from, from + long)
        }
    }
}

fn sessions() -> impl Strategy<Value = Vec<AccessSession>> {
    (0..12_usize).prop_flat_map(|n| (1..=n as u64).map(a_session).collect::<Vec<_>>())
}

prop_compose! {
    fn some_clues()(
        host in prop::sample::select(HOSTS.to_vec()),
        time in -10..300_i64,
        luid in prop::option::of(0x3e5..0x3f0_u64),
        id in prop::option::of(1..4_u32),
        user in prop::option::of(prop::sample::select(vec!["alice", "bob", "carol"])),
    ) -> Clues<'static> {
        Clues {
            host: Some(host),
            luids: [luid.map(Luid), None],
            terminal_session: id,
            user,
            ..Clues::at(at(time))
        }
    }
}

fn boots() -> impl Strategy<Value = Vec<Boot>> {
    let one = (prop::sample::select(HOSTS.to_vec()), 0..250_i64);
    prop::collection::vec(one, 0..5).prop_map(|all| {
        all.into_iter().map(|(host, start)| Boot { computer: host.to_owned(), ..boot(start) }).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_order_of_the_input_does_not_matter(
        (all, shuffled) in sessions().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        (boots, mixed) in boots().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        clues in prop::collection::vec(some_clues(), 1..20),
    ) {
        let one = SessionIndex::new(&all, &[], &boots);
        let other = SessionIndex::new(&shuffled, &[], &mixed);
        for clues in &clues {
            prop_assert_eq!(one.of(clues), other.of(clues));
            prop_assert_eq!(one.present(clues.host, clues.time), other.present(clues.host, clues.time));
        }
    }

    #[test]
    fn what_is_exact_is_of_this_host_and_boot(
        all in sessions(),
        boots in boots(),
        clues in prop::collection::vec(some_clues(), 1..20),
    ) {
        let index = SessionIndex::new(&all, &[], &boots);
        for clues in &clues {
            let found = index.of(clues);
            prop_assert_eq!(found.sure == Sure::None, found.session.is_none());
            prop_assert_eq!(found.by.is_none(), found.session.is_none());
            prop_assert!(found.others.is_empty() || found.sure == Sure::Possible);
            for uid in found.sessions() {
                let session = all.iter().find(|session| session.session_uid == uid).unwrap();
                prop_assert_eq!(Some(session.computer.as_str()), clues.host);
                let (first, second) = (session.attempt.unwrap().min(clues.time), session.attempt.unwrap().max(clues.time));
                let restarted = boots.iter().any(|boot| {
                    Some(boot.computer.as_str()) == clues.host && boot.start.is_some_and(|start| first < start && start <= second)
                });
                prop_assert!(!restarted || found.sure < Sure::Exact, "over a start of the machine: {found:?}");
            }
        }
    }

    #[test]
    fn user_and_time_alone_are_never_proof(all in sessions(), clues in some_clues()) {
        let clues = Clues { luids: [None, None], terminal_session: None, ..clues };
        let found = index(&all).of(&clues);
        prop_assert!(found.sure < Sure::Exact);
        if let Some(uid) = found.session {
            let session = all.iter().find(|session| session.session_uid == uid).unwrap();
            prop_assert!(session.attempt.unwrap() <= clues.time);
            prop_assert!(session.user.as_deref().unwrap().eq_ignore_ascii_case(clues.user.unwrap()));
        }
    }
}
