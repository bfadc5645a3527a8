//! Who is meant: one name may be several accounts.

use super::*;

fn on_pc(domain: Option<&str>, sid: Option<&str>) -> SessionIndex {
    let session = AccessSession {
        computer: "pc.corp.example".to_owned(),
        domain: domain.map(str::to_owned),
        sid: sid.map(str::to_owned),
        ..session(1, 10, 20)
    };
    index(&[session])
}

fn sure(index: &SessionIndex, domain: Option<&'static str>, sid: Option<&'static str>) -> Sure {
    let clues = Clues { domain, sid, ..by_alice(15) };
    index.of(&Clues { host: Some("pc.corp.example"), ..clues }).sure
}

#[test]
fn a_domain_of_another_name_is_possible_at_most() {
    let corp = on_pc(Some("CORP"), None);
    for (domain, want) in [
        (None, Sure::Likely),
        (Some("corp"), Sure::Likely),
        (Some("corp.example"), Sure::Likely),
        (Some("EVIL"), Sure::Possible),
        (Some("evil.example"), Sure::Possible),
        (Some("PC"), Sure::None),
        (Some("pc.corp.example"), Sure::None),
        (Some("."), Sure::None),
    ] {
        assert_eq!(sure(&corp, domain, None), want, "{domain:?}");
    }
    assert_eq!(sure(&on_pc(None, None), Some("EVIL"), None), Sure::Likely);
}

#[test]
fn a_local_account_is_no_account_of_the_domain() {
    let local = on_pc(Some("PC"), None);
    for (domain, want) in [
        (Some("pc"), Sure::Likely),
        (Some("."), Sure::Likely),
        (Some("CORP"), Sure::None),
        (None, Sure::Likely),
    ] {
        assert_eq!(sure(&local, domain, None), want, "{domain:?}");
    }
}

#[test]
fn another_sid_is_another_account() {
    let index = on_pc(Some("CORP"), Some("S-1-5-21-1-1-1-1001"));
    assert_eq!(sure(&index, Some("CORP"), Some("S-1-5-21-1-1-1-1001")), Sure::Likely);
    // One that the case knows nothing of, with the right name.
    assert_eq!(sure(&index, Some("CORP"), Some("S-1-5-21-9-9-9-1001")), Sure::None);
    // The session's own is not known.
    assert_eq!(sure(&on_pc(Some("CORP"), None), Some("CORP"), Some("S-1-5-21-9-9-9-1001")), Sure::Likely);
}

#[test]
fn names_of_fifteen_letters() {
    let session = AccessSession {
        computer: "a-very-long-server-name.corp.example".to_owned(),
        domain: Some("A-VERY-LONG-SER".to_owned()),
        ..session(1, 10, 20)
    };
    let index = index(&[session]);
    let by = |domain| index.of(&Clues { host: Some("a-very-long-server-name"), domain, ..by_alice(15) }).sure;
    assert_eq!((by(Some(".")), by(Some("CORP"))), (Sure::Likely, Sure::None));
}
