//! Small stories that were told otherwise once: of real logs, with the few records that matter.

use std::sync::Arc;

use kilroy_model::{AccessSession, Action, Boot, EndKind, EventUid, GapWhy, LogCoverage, Luid, Timestamp};
use kilroy_sessions::{Coverage, SessionEvent, Tables, sessionize};

const SECURITY: &str = "Security";
const SYSTEM: &str = "System";

/// Records of one host.
#[derive(Default)]
struct Records(Vec<SessionEvent>);

impl Records {
    fn add(
        &mut self,
        log: &str,
        record_id: u64,
        time: &str,
        event_id: u32,
        action: Action,
    ) -> &mut SessionEvent {
        let uid = EventUid(self.0.len() as u128 + 1);
        let place = (Arc::from("pc"), Arc::from(log));
        self.0.push(SessionEvent::bare(uid, at(time), place, record_id, event_id, action));
        self.0.last_mut().expect("just added")
    }

    fn clock(&mut self, log: &str, record_id: u64, time: &str, old: &str, new: &str) {
        let event = self.add(log, record_id, time, 1, Action::ClockChanged);
        (event.old_value, event.new_value) = (Some(Arc::from(old)), Some(Arc::from(new)));
    }

    fn of_user(&mut self, record_id: u64, time: &str, event_id: u32, action: Action) -> &mut SessionEvent {
        let event = self.add(SECURITY, record_id, time, event_id, action);
        event.user = Some(Arc::from("alice"));
        event.src_host = Some(Arc::from("PC"));
        event
    }

    fn logon(&mut self, record_id: u64, time: &str, luid: u64) -> &mut SessionEvent {
        let event = self.of_user(record_id, time, 4624, Action::Logon);
        (event.logon_type, event.luid) = (Some(2), Some(Luid(luid)));
        event
    }

    fn tables(self) -> Tables {
        let mut coverage = Coverage::new();
        for event in &self.0 {
            coverage.add(&event.host, &event.log, event.event_id, event.record_id, event.time);
        }
        coverage.seal();
        sessionize(self.0, &coverage)
    }
}

fn at(time: &str) -> Timestamp {
    format!("{}Z", time.replace(' ', "T")).parse().expect("a time")
}

fn security(tables: &Tables) -> LogCoverage {
    tables.coverage.iter().find(|log| log.log == SECURITY).expect("a log").clone()
}

fn record_ids(session: &AccessSession) -> Vec<u64> {
    let mut ids: Vec<u64> = session.sources.iter().map(|source| source.record_id).collect();
    ids.sort_unstable();
    ids
}

/// When boots began, and how each ended.
fn ends(boots: &[Boot]) -> Vec<(Option<Timestamp>, EndKind, Option<Timestamp>)> {
    boots.iter().map(|boot| (boot.start, boot.end_kind, boot.end_not_after)).collect()
}

/// Whoever logs on with a local account leaves the check of the password (4776) and the explicit credentials (4648), both.
#[test]
fn a_check_of_the_password_stands_beside_explicit_credentials() {
    let mut records = Records::default();
    records.of_user(3, "2019-02-07 11:26:57.468", 4776, Action::CredentialsValidated).status =
        Some("0x0".into());
    let explicit = records.of_user(4, "2019-02-07 11:26:57.472", 4648, Action::ExplicitCredentials);
    explicit.dst_host = Some(Arc::from("localhost"));
    records.logon(5, "2019-02-07 11:26:57.472", 0x11_0000).linked_luid = Some(Luid(0x12_0000));
    records.logon(6, "2019-02-07 11:26:57.472", 0x12_0000).linked_luid = Some(Luid(0x11_0000));
    let sessions = records.tables().access;
    let [session] = sessions.as_slice() else { panic!("{sessions:?}") };
    assert_eq!(record_ids(session), [3, 4, 5, 6]);
    let check = session.links.iter().find(|link| [link.from, link.to].contains(&EventUid(1)));
    let check = check.expect("the check is tied to something");
    assert!([check.from, check.to].contains(&EventUid(3)), "the first half has it: {check:?}");
}

/// A virtual machine starts two hours ahead. The event log's own records have the time after the correction and stand before it:
/// the step was counted twice, and the boot began before the shutdown.
#[test]
fn one_step_of_the_clock_counts_once() {
    let mut records = Records::default();
    records.add(SYSTEM, 743, "2015-08-08 09:39:33", 12, Action::KernelStarted);
    records.add(SYSTEM, 947, "2015-08-25 13:04:37", 6006, Action::LoggingStopped);
    records.add(SYSTEM, 952, "2015-08-25 15:19:08", 12, Action::KernelStarted);
    records.add(SYSTEM, 953, "2015-08-25 13:19:44", 6009, Action::SystemVersion);
    records.add(SYSTEM, 954, "2015-08-25 13:19:44", 6005, Action::LoggingStarted);
    records.clock(SYSTEM, 967, "2015-08-25 13:19:42", "2015-08-25T15:19:41Z", "2015-08-25T13:19:42Z");
    records.add(SYSTEM, 1038, "2015-08-25 15:40:24", 12, Action::KernelStarted);
    records.add(SYSTEM, 1041, "2015-08-25 13:41:19", 6008, Action::UnexpectedShutdown);
    records.add(SYSTEM, 1042, "2015-08-25 13:41:19", 6009, Action::SystemVersion);
    records.clock(SYSTEM, 1056, "2015-08-25 13:41:18", "2015-08-25T15:41:16Z", "2015-08-25T13:41:18Z");
    let boots = records.tables().boots;
    let told = ends(&boots);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!((told[0].1, told[0].2), (EndKind::Shutdown, Some(at("2015-08-25 13:04:37"))));
    assert_eq!(told[1].1, EndKind::Crash);
    assert_eq!(told[2].1, EndKind::Open);
    let shifts = boots.iter().flat_map(|boot| &boot.stretches).map(|stretch| stretch.shift);
    let two_hours = 2 * 3600 * 10_000_000;
    assert!(
        shifts.clone().all(|shift| shift == 0 || shift + two_hours < 100_000_000),
        "{:?}",
        shifts.collect::<Vec<_>>()
    );
}

/// The same with a clock that is behind, and with one that is right: the event log's records stand before the kernel's.
#[test]
fn the_event_logs_own_records_are_no_steps() {
    let mut behind = Records::default();
    behind.add(SYSTEM, 10, "2015-08-25 13:04:37", 6006, Action::LoggingStopped);
    behind.add(SYSTEM, 12, "2015-08-25 11:00:08", 12, Action::KernelStarted);
    behind.add(SYSTEM, 13, "2015-08-25 13:19:44", 6009, Action::SystemVersion);
    behind.clock(SYSTEM, 20, "2015-08-25 13:19:42", "2015-08-25T11:00:40Z", "2015-08-25T13:19:42Z");
    let mut right = Records::default();
    right.add(SYSTEM, 10, "2015-08-24 13:04:37", 6006, Action::LoggingStopped);
    right.add(SYSTEM, 12, "2015-08-25 18:00:40", 6009, Action::SystemVersion);
    right.add(SYSTEM, 14, "2015-08-25 18:00:08", 12, Action::KernelStarted);
    right.clock(SYSTEM, 20, "2015-08-25 09:10:00", "2015-08-25T18:10:00Z", "2015-08-25T09:10:00Z");
    for (records, boots, shift) in [(behind, 2, 0), (right, 2, -9 * 3600 * 10_000_000)] {
        let tables = records.tables();
        assert_eq!(tables.boots.len(), boots, "{:?}", tables.boots);
        let last = tables.boots.last().expect("a boot");
        let of_start = last.stretches.first().expect("a stretch");
        assert_eq!(of_start.shift, shift, "{:?}", last.stretches);
    }
}

/// A machine set back to a snapshot: record IDs fall by 114,494, and half a year later they are far above those of before.
#[test]
fn a_log_that_began_anew_once() {
    let mut records = Records::default();
    for (record_id, time) in [
        (887_106, "2020-07-22 20:29:27"),
        (887_117, "2020-07-22 20:29:36"),
        (772_605, "2020-09-23 16:49:41"),
        (772_612, "2020-09-23 16:50:17"),
        (2_982_081, "2021-12-12 17:57:17"),
        (2_988_521, "2022-02-16 10:37:07"),
    ] {
        records.logon(record_id, time, record_id);
    }
    let tables = records.tables();
    let stretches: Vec<_> = tables.boots.iter().flat_map(|boot| &boot.stretches).collect();
    assert!(stretches.iter().all(|stretch| stretch.shift == 0), "{stretches:?}");
    let log = security(&tables);
    assert_eq!((log.first_record_id, log.last_record_id), (Some(887_106), Some(2_988_521)));
    let restart = log.gaps.iter().find(|gap| gap.why == GapWhy::Restart).expect("a restart");
    assert_eq!((restart.from, restart.to), (at("2020-07-22 20:29:36"), at("2020-09-23 16:49:41")));
}

/// Without IDs that follow each other, a fall of more than a day is no step of the clock.
#[test]
fn no_step_is_larger_than_a_correction_can_be() {
    let mut records = Records::default();
    records.clock(SYSTEM, 5, "2020-03-01 08:00:00", "2020-03-01T07:59:00Z", "2020-03-01T08:00:00Z");
    for (log, record_id, time, event_id, action) in [
        (SYSTEM, 10, "2020-03-01 09:00:00", 12, Action::KernelStarted),
        (SYSTEM, 20, "2020-03-01 10:00:00", 6006, Action::LoggingStopped),
        (SYSTEM, 40, "2020-02-20 10:00:00", 12, Action::KernelStarted),
    ] {
        records.add(log, record_id, time, event_id, action);
    }
    let boots = records.tables().boots;
    let shifts: Vec<i64> = boots.iter().flat_map(|boot| &boot.stretches).map(|s| s.shift).collect();
    assert!(shifts.iter().all(|shift| *shift == 0), "{shifts:?}");
}

/// Windows 7 says in local time by how much the clock was set, and also that it was not.
#[test]
fn clock_changes_of_windows_7() {
    let mut records = Records::default();
    records.clock(SECURITY, 31, "2015-08-24 06:52:54.968", "8/23/2015 11:52:54 PM", "8/23/2015 11:52:54 PM");
    records.clock(SECURITY, 456, "2015-09-02 05:58:47.780", "8/23/2015 4:48:01 AM", "9/1/2015 10:58:47 PM");
    records.clock(SECURITY, 460, "2015-09-02 06:58:47.780", "23 août 2015 04:48", "23 août 2015 04:48");
    records.clock(SECURITY, 461, "2015-09-02 07:58:47.780", "23 août 2015 04:48", "23 août 2015 05:48");
    let log = security(&records.tables());
    let told: Vec<_> =
        log.clock_changes.iter().map(|change| (change.record_id, change.old, change.new)).collect();
    let known = (456, Some(at("2015-08-23 11:48:01")), Some(at("2015-09-02 05:58:47")));
    assert_eq!(told, [known, (461, None, None)]);
    assert_eq!(log.clock_changes_total, 4);
}

/// A clock that was a year ahead for some records is no end of the log; nor does a clear inside tell how long a log is kept.
#[test]
fn a_log_ends_with_its_last_record() {
    let mut records = Records::default();
    for (record_id, time) in [
        (500, "2020-03-01 08:00:00"),
        (501, "2020-03-02 08:00:00"),
        (502, "2021-03-02 08:00:00"),
        (503, "2021-03-02 08:10:00"),
        (504, "2020-03-02 08:30:00"),
        (505, "2020-03-04 08:00:00"),
    ] {
        records.logon(record_id, time, record_id);
    }
    let whole = security(&Records(records.0.clone()).tables());
    let (first, last) = (at("2020-03-01 08:00:00"), at("2020-03-04 08:00:00"));
    assert_eq!((whole.first, whole.last, whole.hours_kept), (Some(first), Some(last), Some(72)));
    assert_eq!(whole.backward_total, 1);
    records.add(SECURITY, 506, "2020-03-04 09:00:00", 1102, Action::LogCleared);
    records.logon(507, "2020-03-04 10:00:00", 507);
    let cleared = security(&records.tables());
    assert_eq!((cleared.begins, cleared.hours_kept), (whole.begins, None));
}
