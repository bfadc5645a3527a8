//! Events of the System log.

use kilroy_evtx::{Body, Value};
use kilroy_model::Timestamp;

use super::entry::{Entry, Head, INFORMATION, Provider, entry, field, text};
use crate::account::Account;
use crate::log::Log;
use crate::time::{filetime, system_time};

const KERNEL_GENERAL: Provider = Provider {
    name: "Microsoft-Windows-Kernel-General",
    guid: Some(0xa68c_a8b7_004f_d7b6_a698_07e2_de0f_1f5d),
};
const KERNEL_BOOT: Provider =
    Provider { name: "Microsoft-Windows-Kernel-Boot", guid: Some(0x15ca_44ff_4d7a_4baa_bba5_0998_955e_531e) };
const KERNEL_POWER: Provider = Provider {
    name: "Microsoft-Windows-Kernel-Power",
    guid: Some(0x331c_3b3a_2005_44c2_ac5e_7722_0c37_d6b4),
};
const POWER_TROUBLESHOOTER: Provider = Provider {
    name: "Microsoft-Windows-Power-Troubleshooter",
    guid: Some(0xcdc0_5e28_c449_49c6_b9d2_88cf_7616_44df),
};
const EVENT_LOG: Provider = Provider { name: "EventLog", guid: None };
const USER32: Provider = Provider { name: "User32", guid: Some(0xb0aa_8734_56f7_41cc_b2f4_de22_8e98_b946) };
pub(super) const SERVICES: Provider =
    Provider { name: "Service Control Manager", guid: Some(0x5559_08d1_a6d7_4695_8e1e_2693_1d20_12f4) };

/// Old sources keep a part of their event IDs in the upper half.
const OLD_SOURCE: u32 = 0x8000 << 16;
pub(super) const OLD_SOURCE_SERVICES: u32 = 0x4000 << 16;
const CLASSIC: u64 = 0x0080_0000_0000_0000;
pub(super) const CLASSIC_RESERVED: u64 = 0x8080_0000_0000_0000;

fn kernel(event_id: u32, version: u8, task: u16, keywords: u64, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        version,
        level: INFORMATION,
        task,
        keywords,
        process_id: 4,
        sid: Some("S-1-5-18"),
        ..Head::default()
    };
    entry(Log::System, KERNEL_GENERAL, event_id, head, Body::EventData(fields))
}

/// Kernel-General 1: the system time has changed.
pub fn time_changed(before: Timestamp, after: Timestamp) -> Entry {
    let fields = vec![
        field("NewTime", Value::FileTime(filetime(after))),
        field("OldTime", Value::FileTime(filetime(before))),
        field("Reason", Value::U32(2)),
    ];
    kernel(1, 1, 5, 0x8000_0000_0000_0010, fields)
}

/// Kernel-General 12: the operating system started.
pub fn started(at: Timestamp) -> Entry {
    let fields = vec![
        field("MajorVersion", Value::U32(10)),
        field("MinorVersion", Value::U32(0)),
        field("BuildVersion", Value::U32(20348)),
        field("QfeVersion", Value::U32(2402)),
        field("ServiceVersion", Value::U32(0)),
        field("BootMode", Value::U32(0)),
        field("StartTime", Value::FileTime(filetime(at))),
    ];
    kernel(12, 0, 1, 0x8000_0000_0000_0080, fields)
}

/// Kernel-General 13: the operating system is shutting down.
pub fn stopped(at: Timestamp) -> Entry {
    kernel(13, 0, 2, 0x8000_0000_0000_0080, vec![field("StopTime", Value::FileTime(filetime(at)))])
}

fn kernel_boot(event_id: u32, task: u16, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        version: 1,
        level: INFORMATION,
        task,
        keywords: 0x8000_0000_0000_0000,
        process_id: 4,
        sid: Some("S-1-5-18"),
        ..Head::default()
    };
    entry(Log::System, KERNEL_BOOT, event_id, head, Body::EventData(fields))
}

/// Kernel-Boot 20: how the last shutdown and boot went.
pub fn boot_status(last_shutdown_good: bool) -> Entry {
    let fields = vec![
        field("LastShutdownGood", Value::Bool(last_shutdown_good)),
        field("LastBootGood", Value::Bool(true)),
        field("LastBootId", Value::U32(0)),
        field("BootStatusPolicy", Value::U32(1)),
    ];
    kernel_boot(20, 31, fields)
}

/// Kernel-Boot 27: the boot type (0: cold, 1: fast startup, 2: from hibernation).
pub fn boot_type(kind: u32) -> Entry {
    let fields = vec![field("BootType", Value::U32(kind)), text("LoadOptions", " NOEXECUTE=OPTOUT")];
    kernel_boot(27, 33, fields)
}

fn power(event_id: u32, task: u16, fields: Vec<(String, Value)>) -> Entry {
    let head = Head {
        version: 3,
        level: INFORMATION,
        task,
        keywords: 0x8000_0000_0000_0404,
        process_id: 4,
        sid: Some("S-1-5-18"),
        ..Head::default()
    };
    entry(Log::System, KERNEL_POWER, event_id, head, Body::EventData(fields))
}

/// Kernel-Power 42: the system is entering sleep.
pub fn entering_sleep() -> Entry {
    let fields = vec![
        field("TargetState", Value::U32(4)),
        field("EffectiveState", Value::U32(4)),
        field("Reason", Value::U32(0)),
        field("Flags", Value::U32(0)),
        field("TransitionsToOn", Value::U32(1)),
    ];
    power(42, 64, fields)
}

/// Kernel-Power 107: the system has resumed from sleep.
pub fn resumed() -> Entry {
    let fields = vec![field("TargetState", Value::U32(4)), field("EffectiveState", Value::U32(4))];
    power(107, 102, fields)
}

/// Power-Troubleshooter 1: the system has returned from a low power state.
pub fn slept(from: Timestamp, to: Timestamp) -> Entry {
    let head = Head {
        version: 3,
        level: INFORMATION,
        keywords: 0x8000_0000_0000_0000,
        process_id: 1200,
        sid: Some("S-1-5-19"),
        ..Head::default()
    };
    let fields = vec![
        field("SleepTime", Value::FileTime(filetime(from))),
        field("WakeTime", Value::FileTime(filetime(to))),
        field("SleepDuration", Value::U32(1066)),
        field("TargetState", Value::U32(4)),
        field("EffectiveState", Value::U32(4)),
        field("WakeSourceType", Value::U32(0)),
        text("WakeSourceText", ""),
    ];
    entry(Log::System, POWER_TROUBLESHOOTER, 1, head, Body::EventData(fields))
}

fn event_log(event_id: u32, level: u8, values: &[&str], binary: Option<Vec<u8>>) -> Entry {
    let head = Head { level, keywords: CLASSIC, ..Head::default() };
    let values = values.iter().map(|v| Value::Str((*v).to_owned())).collect();
    entry(Log::System, EVENT_LOG, OLD_SOURCE + event_id, head, Body::UnnamedData(values, binary))
}

fn system_time_bytes(time: Timestamp) -> Vec<u8> {
    system_time(time).iter().flat_map(|part| part.to_le_bytes()).collect()
}

/// 6005: the event log service was started.
pub fn log_service_started(at: Timestamp) -> Entry {
    let mut binary = system_time_bytes(at);
    binary.extend([0; 8]);
    event_log(6005, INFORMATION, &[""], Some(binary))
}

/// 6006: the event log service was stopped.
pub fn log_service_stopped() -> Entry {
    event_log(6006, INFORMATION, &[""], Some(vec![1, 0, 0, 0, 0, 0, 0, 0]))
}

/// 6008: the previous shutdown was unexpected. Binary has the last time alive twice, local and UTC.
pub fn unexpected_shutdown(last_alive: Timestamp, minutes_east: i64) -> Entry {
    let local = last_alive.plus_millis(minutes_east * 60_000);
    let mut binary = system_time_bytes(local);
    binary.extend(system_time_bytes(last_alive));
    // Two intervals of 60 seconds, as in real records, and what was never seen with a value.
    binary.extend([0x3c, 0, 0, 0, 0x3c, 0, 0, 0]);
    binary.extend([0; 16]);
    binary.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    let [year, month, _, day, hour, minute, second, _] = system_time(local);
    let half = if hour < 12 { "AM" } else { "PM" };
    let clock = format!("{}:{minute:02}:{second:02} {half}", (hour + 11) % 12 + 1);
    let date = format!("\u{200e}{month}/\u{200e}{day}/\u{200e}{year}");
    event_log(6008, 2, &[&clock, &date, "", "", "934", "", ""], Some(binary))
}

/// 6009: the version of Windows, noted at boot.
pub fn windows_version() -> Entry {
    event_log(6009, INFORMATION, &["10.00.", "20348", "", "Multiprocessor Free", "0"], Some(vec![]))
}

/// 6011: the name of this machine has been changed.
pub fn renamed(old: &str, new: &str) -> Entry {
    event_log(6011, INFORMATION, &[old, new], Some(vec![]))
}

/// 6013: how long the system has been up, and the time zone: minutes behind UTC and name of its standard time.
pub fn uptime(seconds: u64, zone: &str) -> Entry {
    let up = seconds.to_string();
    event_log(6013, INFORMATION, &["", "", "", "", &up, "60", zone], Some(vec![]))
}

/// User32 1074: a process asked for a restart or power off.
pub fn shutdown_asked(host: &str, by: &Account, restart: bool) -> Entry {
    let head = Head { level: INFORMATION, keywords: CLASSIC_RESERVED, process_id: 336, ..Head::default() };
    let fields = vec![
        text("param1", format!(r"C:\Windows\System32\RuntimeBroker.exe ({host})")),
        text("param2", host),
        text("param3", "Other (Unplanned)"),
        text("param4", "0x0"),
        text("param5", if restart { "restart" } else { "power off" }),
        text("param6", ""),
        text("param7", by.qualified()),
    ];
    let mut asked = entry(Log::System, USER32, OLD_SOURCE + 1074, head, Body::EventData(fields));
    asked.spec.user_sid = Some(by.sid.clone());
    asked
}

/// 7045: a service was installed.
pub fn service_installed(name: &str, image: &str) -> Entry {
    let head = Head {
        level: INFORMATION,
        keywords: CLASSIC_RESERVED,
        process_id: 448,
        sid: Some("S-1-5-18"),
        ..Head::default()
    };
    let fields = vec![
        text("ServiceName", name),
        text("ImagePath", image),
        text("ServiceType", "user mode service"),
        text("StartType", "demand start"),
        text("AccountName", "LocalSystem"),
    ];
    entry(Log::System, SERVICES, OLD_SOURCE_SERVICES + 7045, head, Body::EventData(fields))
}
