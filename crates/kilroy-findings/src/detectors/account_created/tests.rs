//! Stories of new accounts.

use kilroy_model::Kind;

use super::*;
use crate::detectors::testing::{Story, by, event, on, session, with};

const SID: &str = "S-1-5-21-1-2-3-1013";

fn account(second: i64, id: u32) -> Observation {
    let mut event = by(event("srv", second, id), "mallory", 0x1001);
    event.account.user = Some("helpdesk2".to_owned());
    event.account.domain = Some("SRV".to_owned());
    event.account.sid = Some(SID.to_owned());
    event
}

fn joined(second: i64, group: &str, group_sid: &str) -> Observation {
    let mut event = with(on(account(second, 4732), group, None), "TargetSid", group_sid);
    event.account.user = None;
    event
}

#[test]
fn made_put_into_a_group_and_used() {
    let mut story = Story::of(vec![session("srv", 30, "HelpDesk2", Kind::InteractiveRemote, "10.0.0.9")]);
    story.event(account(60, 4720));
    story.event(joined(61, "Administratoren", "S-1-5-32-544"));
    let found = story.found_by(NAME);
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert_eq!((finding.weight, finding.number(FactName::Logons)), (Weight::High, Some(1)));
    assert_eq!(finding.text(FactName::Group), Some("Administratoren"));
}

#[test]
fn an_account_for_a_colleague_weighs_little() {
    let mut story = Story::of(vec![session("other", 30, "helpdesk2", Kind::InteractiveLocal, "LOCAL")]);
    story.event(account(60, 4720));
    story.event(joined(61, "Users", "S-1-5-32-545"));
    let found = story.found_by(NAME);
    assert_eq!((found[0].weight, found[0].number(FactName::Logons)), (Weight::Low, None));
}

/// `CORP\helpdesk2` is another one than `SRV\helpdesk2`, on the same host and within the day.
#[test]
fn the_use_of_another_account_of_that_name_is_none() {
    let logons = |domain: Option<&str>, sid: Option<&str>| {
        let mut stay = session("srv", 30, "helpdesk2", Kind::InteractiveRemote, "10.0.0.9");
        (stay.domain, stay.sid) = (domain.map(str::to_owned), sid.map(str::to_owned));
        let mut story = Story::of(vec![stay]);
        story.event(account(60, 4720));
        story.found_by(NAME)[0].number(FactName::Logons)
    };
    assert_eq!(logons(Some("CORP"), Some("S-1-5-21-9-9-9-1105")), None);
    assert_eq!(logons(Some("CORP"), None), None);
    assert_eq!(logons(Some("corp.example"), None), None);
    assert_eq!(logons(Some("CORP"), Some(SID)), Some(1), "the SID tells");
    for domain in [Some("srv"), Some("SRV.corp.example"), Some("."), None] {
        assert_eq!(logons(domain, None), Some(1), "{domain:?}");
    }
}

/// Windows cuts the names of machines after 15 letters: this one is of the machine, and cannot be used elsewhere.
#[test]
fn an_account_of_a_machine_with_a_long_name_is_local() {
    let logons = |host: &str| {
        let mut story = Story::of(vec![session(host, 30, "helpdesk2", Kind::InteractiveRemote, "10.0.0.9")]);
        let mut made = account(60, 4720);
        made.host = "workstation-kr-0001.corp.example".to_owned();
        made.account.domain = Some("WORKSTATION-KR-".to_owned());
        story.event(made);
        story.found_by(NAME)[0].number(FactName::Logons)
    };
    assert_eq!(logons("other"), None);
    assert_eq!(logons("workstation-kr-0001.corp.example"), Some(1));
}

/// Malware that runs as SYSTEM makes an account for whoever comes back; the setup of Windows makes that of the first user.
#[test]
fn what_windows_makes_weighs_by_what_becomes_of_it() {
    let weight_by = |maker: &str, member: bool, used: Option<(Kind, &str)>, name: &str| {
        let stay = used.map(|(kind, ip)| session("srv", 30, name, kind, ip));
        let mut story = Story::of(stay.into_iter().collect());
        let mut made = by(account(60, 4720), maker, 0x3e7);
        made.account.user = Some(name.to_owned());
        story.event(made);
        if member {
            story.event(joined(61, "Administrateurs", "S-1-5-32-544"));
        }
        story.found_by(NAME)[0].weight
    };
    let weight = |member, used, name| weight_by("Système", member, used, name);
    let (rdp, console) = ((Kind::InteractiveRemote, "10.0.0.9"), (Kind::InteractiveLocal, "LOCAL"));
    assert_eq!(weight(true, Some(rdp), "helpdesk2"), Weight::High);
    assert_eq!(weight(false, Some(rdp), "helpdesk2"), Weight::Medium);
    assert_eq!(weight(true, None, "helpdesk2"), Weight::Medium);
    assert_eq!(weight(true, Some(console), "alice"), Weight::Low);
    assert_eq!(weight(true, None, "defaultuser0"), Weight::Info);
    assert_eq!(weight(false, None, "WDAGUtilityAccount"), Weight::Info);
    // Setup has renamed the machine, and SYSTEM bears the old name until the next start.
    assert_eq!(weight_by("WIN-QALA5Q3KJ43$", true, None, "alice"), Weight::Info);
    assert_eq!(weight_by("SRV$", true, None, "alice"), Weight::Medium);
}

/// Exchange makes mailboxes for its own health as the machine that it runs on, and logs on to them.
#[test]
fn an_account_that_a_server_makes_for_its_software_weighs_little() {
    let weight = |maker: &str| {
        let stays = [
            session("srv", 1, maker, Kind::Network, "10.0.0.20"),
            session("srv", 30, "helpdesk2", Kind::Network, "10.0.0.20"),
        ];
        let mut story = Story::of(stays.into());
        story.event(by(account(90, 4720), maker, 0x1001));
        story.found_by(NAME)[0].weight
    };
    assert_eq!((weight("EXCH01$"), weight("mallory")), (Weight::Low, Weight::Medium));
}

#[test]
fn made_and_deleted() {
    let mut story = Story::of(Vec::new());
    story.event(account(60, 4720));
    story.event(account(600, 4726));
    assert_eq!(story.found_by(NAME)[0].weight, Weight::Medium);
}

/// In real logs the catalog gives 4733 no roles: the member and the group are in its fields.
fn left(second: i64, group_sid: &str) -> Observation {
    let event = with(by(event("srv", second, 4733), "mallory", 0x1001), "TargetSid", group_sid);
    with(with(event, "MemberSid", SID), "TargetUserName", "Group")
}

#[test]
fn a_membership_that_ended_is_told_as_such() {
    let mut story = Story::of(Vec::new());
    story.event(account(60, 4720));
    story.event(joined(61, "Administrators", "S-1-5-32-544"));
    story.event(joined(62, "Backup Operators", "S-1-5-32-551"));
    story.event(left(90, "S-1-5-32-551"));
    story.event(left(91, "S-1-5-32-545"));
    let found = story.found_by(NAME);
    assert_eq!(found[0].texts(FactName::Group).collect::<Vec<_>>(), ["Administrators"]);
    assert_eq!(found[0].texts(FactName::LeftGroup).collect::<Vec<_>>(), ["Backup Operators"]);
    assert_eq!((found[0].weight, found[0].records_total), (Weight::Medium, 4));
}

/// Its SAM key was exported, the account deleted, and the key put back: no list shows it, and it works.
#[test]
fn an_account_that_is_changed_after_it_was_deleted_lives_on() {
    let variant = |ids: &[u32]| {
        let mut story = Story::of(Vec::new());
        for (second, id) in (60..).zip(ids) {
            story.event(account(second, *id));
        }
        story.found_by(NAME).remove(0).text(FactName::Variant).map(str::to_owned)
    };
    assert_eq!(variant(&[4720, 4738, 4726, 4738]).as_deref(), Some("lives-on"));
    assert_eq!(variant(&[4720, 4738, 4726]).as_deref(), Some("deleted"));
    assert_eq!(variant(&[4720, 4738]), None);
}
