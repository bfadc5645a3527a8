use kilroy_evtx::{Record, System as Logged};
use kilroy_model::{Action, Luid};

use super::*;

const TIME: &str = "2024-05-14T09:00:01.1234567Z";
/// 2020-01-01, as a record header has it.
const HEADER_TIME: u64 = 132_223_104_000_000_000;

fn logged(provider: &str, channel: &str, event_id: u32) -> Logged {
    Logged {
        provider: provider.to_owned(),
        provider_guid: Some("{54849625-5478-4994-A5BA-3E3B0328C30D}".to_owned()),
        event_source_name: None,
        event_id,
        qualifiers: None,
        version: Some(2),
        level: Some(0),
        task: Some(12544),
        opcode: Some(0),
        keywords: Some("0x8020000000000000".to_owned()),
        time_created: Some(TIME.to_owned()),
        record_id: Some(4711),
        activity_id: None,
        related_activity_id: None,
        process_id: Some(620),
        thread_id: Some(7),
        channel: channel.to_owned(),
        computer: "WIN-A.corp.example".to_owned(),
        user_id: None,
    }
}

fn record(system: Logged, data: &[(&str, &str)]) -> Record {
    Record {
        system,
        data: data.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        rendering: Vec::new(),
        offset: 4608,
        header_time_filetime: HEADER_TIME,
        header_record_id: 1,
        recovered: false,
    }
}

fn security(event_id: u32, data: &[(&str, &str)]) -> Record {
    record(logged("Microsoft-Windows-Security-Auditing", "Security", event_id), data)
}

#[expect(clippy::needless_pass_by_value, reason = "shorter where it is called")]
fn event(record: Record) -> Event {
    Normaliser::new(EvidenceId(7)).copy(&RecordRef::from(&record))
}

fn field<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.fields.iter().find(|(n, _)| &**n == name).map(|(_, v)| v.as_str())
}

#[test]
fn a_logon_from_the_network() {
    let e = event(security(
        4624,
        &[
            ("SubjectUserSid", "S-1-0-0"),
            ("SubjectUserName", "-"),
            ("SubjectDomainName", "-"),
            ("SubjectLogonId", "0x0"),
            ("TargetUserSid", "S-1-5-21-1-2-3-1001"),
            ("TargetUserName", "alice "),
            ("TargetDomainName", "CORP"),
            ("TargetLogonId", "0x513da"),
            ("LogonType", "3"),
            ("LogonProcessName", "NtLmSsp "),
            ("AuthenticationPackageName", "NTLM"),
            ("WorkstationName", "KALI"),
            ("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
            ("LmPackageName", "NTLM V2"),
            ("ProcessId", "0x0"),
            ("ProcessName", "-"),
            ("IpAddress", "::ffff:10.0.0.1"),
            ("IpPort", "50123"),
            ("TargetLinkedLogonId", "0x0"),
            ("ElevatedToken", "%%1842"),
        ],
    ));
    assert_eq!(e.action, Some(Action::Logon));
    assert_eq!((e.account.user.as_deref(), e.account.domain.as_deref()), (Some("alice"), Some("CORP")));
    assert_eq!(e.subject, kilroy_model::Account::default());
    assert_eq!(e.session.logon_id, Some(Luid(0x513da)));
    assert_eq!(
        (e.session.subject_logon_id, e.session.linked_logon_id, e.session.logon_guid),
        (None, None, None)
    );
    assert_eq!(e.session.logon_type, Some(3));
    assert_eq!(e.network.src.ip, Some("10.0.0.1".parse().unwrap()));
    assert_eq!((e.network.src.port, e.network.src.host.as_deref()), (Some(50123), Some("KALI")));
    assert_eq!(e.authentication.elevated, Some(true));
    assert_eq!(e.authentication.lm_package.as_deref(), Some("NTLM V2"));
    // As logged, blanks and all.
    assert_eq!(field(&e, "TargetUserName"), Some("alice "));
    assert_eq!(field(&e, "IpAddress"), Some("::ffff:10.0.0.1"));
    assert_eq!(e.system.keywords, Some(0x8020_0000_0000_0000));
    assert_eq!(e.identity.evidence, EvidenceId(7));
}

#[test]
fn a_terminal_session_with_its_connection() {
    let mut system = logged(
        "Microsoft-Windows-TerminalServices-LocalSessionManager",
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        21,
    );
    system.activity_id = Some("{F4205BAC-1B01-40FC-AEEF-3C971C730000}".to_owned());
    system.user_id = Some("S-1-5-18".to_owned());
    let e = event(record(system, &[("User", "CORP\\alice"), ("SessionID", "2"), ("Address", "LOCAL")]));
    assert_eq!(e.action, Some(Action::TerminalLogon));
    assert_eq!((e.account.user.as_deref(), e.account.domain.as_deref()), (Some("alice"), Some("CORP")));
    assert_eq!(e.session.terminal_session, Some(2));
    assert!(e.session.activity_id.is_some_and(kilroy_model::Guid::is_connection_activity));
    assert!(e.network.src.local);
    assert_eq!(e.system.security_sid.as_deref(), Some("S-1-5-18"));
}

#[test]
fn an_event_that_nobody_knows_is_kept_whole() {
    let e = event(record(logged("Some-Provider", "Some/Channel", 9), &[("A", "1"), ("B", "-")]));
    assert_eq!((e.action, e.object_kind.clone()), (None, None));
    assert_eq!((field(&e, "A"), field(&e, "B")), (Some("1"), Some("-")));
    assert_eq!(field(&e, "System.ProviderGuid"), Some("{54849625-5478-4994-A5BA-3E3B0328C30D}"));
}

#[test]
fn time_and_record_id_are_the_events_own_and_else_the_headers() {
    let with = |time: Option<&str>, id: Option<u64>, header| {
        let mut r = security(4624, &[]);
        r.system.time_created = time.map(str::to_owned);
        r.system.record_id = id;
        r.header_time_filetime = header;
        event(r)
    };
    let e = with(Some(TIME), Some(4711), HEADER_TIME);
    assert_eq!(
        (e.time.unwrap().to_string().as_str(), e.time_basis, e.identity.record_id),
        (TIME, TimeBasis::Event, 4711)
    );
    assert_eq!(field(&e, "System.TimeCreated"), None);

    for none in [None, Some("1601-01-01T00:00:00.0000000Z"), Some("garbage")] {
        let e = with(none, None, HEADER_TIME);
        assert_eq!(e.time.unwrap().to_string(), "2020-01-01T00:00:00.0000000Z");
        assert_eq!((e.time_basis, e.identity.record_id), (TimeBasis::Header, 1));
        assert_eq!(field(&e, "System.TimeCreated"), none);
        for header in [0, u64::MAX] {
            let e = with(none, None, header);
            assert_eq!((e.time, e.time_basis), (None, TimeBasis::None));
        }
    }
    // Real, but no column of nanoseconds holds it: so the text stays.
    let e = with(Some("1650-01-01T00:00:00.0000000Z"), Some(1), HEADER_TIME);
    assert_eq!(e.time_basis, TimeBasis::Event);
    assert_eq!(field(&e, "System.TimeCreated"), Some("1650-01-01T00:00:00.0000000Z"));
}

#[test]
fn one_record_is_one_whatever_the_file_says_around_it() {
    let plain = event(security(4624, &[("TargetUserName", "alice")]));
    let mut exported = security(4624, &[("TargetUserName", "alice")]);
    exported.rendering = vec![("Message".to_owned(), "An account was logged on.".to_owned())];
    exported.header_time_filetime += 1;
    exported.header_record_id = 99;
    exported.recovered = true;
    exported.system.provider_guid = None;
    exported.system.qualifiers = Some(0);
    let exported = event(exported);
    assert_eq!(plain.identity.uid, exported.identity.uid);
    assert_eq!(field(&exported, "RenderingInfo.Message"), Some("An account was logged on."));
    assert_eq!(field(&exported, "System.Qualifiers"), Some("0"));

    let other = |change: fn(&mut Record)| {
        let mut r = security(4624, &[("TargetUserName", "alice")]);
        change(&mut r);
        event(r).identity.uid
    };
    for uid in [
        other(|r| r.system.record_id = Some(1)),
        other(|r| r.system.time_created = None),
        other(|r| r.system.computer.push('x')),
        other(|r| r.data[0].1.push('x')),
    ] {
        assert_ne!(plain.identity.uid, uid);
    }
}

#[test]
fn nothing_but_nil_is_dropped_from_system() {
    let mut r = security(4624, &[("System.Keywords", "the event's own")]);
    r.system.activity_id = Some("{00000000-0000-0000-0000-000000000000}".to_owned());
    r.system.related_activity_id = Some("broken".to_owned());
    r.system.keywords = Some("odd".to_owned());
    r.system.event_source_name = Some("Security".to_owned());
    let e = event(r);
    assert_eq!((e.session.activity_id, field(&e, "System.ActivityID")), (None, None));
    assert_eq!(field(&e, "System.RelatedActivityID"), Some("broken"));
    assert_eq!(field(&e, "System.EventSourceName"), Some("Security"));
    // A name that the event has chosen for itself does not hide ours.
    assert_eq!(field(&e, "System.Keywords"), Some("the event's own"));
    assert_eq!(field(&e, "System.Keywords[2]"), Some("odd"));
}

proptest::proptest! {
    /// Whatever a log says: no panic, and every field is kept, in its order and as logged.
    #[test]
    fn nothing_read_is_thrown_away(
        id in proptest::sample::select(vec![4624_u32, 4625, 4778, 1]),
        texts in proptest::collection::vec("\\PC{0,12}|0x[0-9a-f]{0,20}|[0-9.:%\\[\\]]{0,20}|-", 8),
        data in proptest::collection::vec((
            "TargetUserName|TargetLogonId|IpAddress|IpPort|LogonType|[A-Za-z]{1,4}",
            "\\PC{0,12}|0x[0-9a-f]{0,20}|[0-9.:%\\[\\]]{0,20}|-|(\\\\|@|a){0,4}",
        ), 0..12),
        header: u64,
    ) {
        let mut r = security(id, &[]);
        r.data = data;
        r.header_time_filetime = header;
        let [time, keywords, activity, related, user, computer, channel, provider] = <[String; 8]>::try_from(texts).unwrap();
        r.system.time_created = Some(time);
        r.system.keywords = Some(keywords);
        r.system.activity_id = Some(activity);
        r.system.related_activity_id = Some(related);
        r.system.user_id = Some(user);
        r.system.computer = computer;
        r.system.channel = channel;
        r.system.provider = provider;
        let data = r.data.clone();
        let e = event(r);
        let kept: Vec<(String, String)> = e.fields.iter().take(data.len()).map(|(n, v)| (n.to_string(), v.clone())).collect();
        proptest::prop_assert_eq!(kept, data);
    }
}
