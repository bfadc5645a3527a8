//! Sleep and wake-up, as the System log tells them.

use kilroy_evtx::{Body, Value};
use kilroy_model::Timestamp;

use super::entry::{Entry, Head, INFORMATION, Provider, entry, field, text};
use crate::log::Log;
use crate::time::filetime;

const KERNEL_POWER: Provider = Provider {
    name: "Microsoft-Windows-Kernel-Power",
    guid: Some(0x331c_3b3a_2005_44c2_ac5e_7722_0c37_d6b4),
};
const TROUBLESHOOTER: Provider = Provider {
    name: "Microsoft-Windows-Power-Troubleshooter",
    guid: Some(0xcdc0_5e28_c449_49c6_b9d2_88cf_7616_44df),
};

fn power(provider: Provider, event_id: u32, task: u16, fields: Vec<(String, Value)>) -> Entry {
    let head =
        Head { level: INFORMATION, task, keywords: 0x8000_0000_0000_0404, process_id: 4, ..Head::default() };
    entry(Log::System, provider, event_id, head, Body::EventData(fields))
}

/// Kernel-Power 42: the system is entering sleep.
pub fn falls_asleep() -> Entry {
    let fields = vec![
        field("TargetState", Value::U32(4)),
        field("EffectiveState", Value::U32(4)),
        field("Reason", Value::U32(7)),
        field("Flags", Value::U32(0)),
        field("TransitionsToOn", Value::U32(1)),
    ];
    power(KERNEL_POWER, 42, 64, fields)
}

/// Kernel-Power 107: the system has resumed from sleep.
pub fn wakes_up() -> Entry {
    let fields = vec![
        field("TargetState", Value::U32(4)),
        field("EffectiveState", Value::U32(4)),
        field("WakeFromState", Value::U32(4)),
    ];
    power(KERNEL_POWER, 107, 102, fields)
}

/// Power-Troubleshooter 1: when it slept, and what woke it.
pub fn has_slept(from: Timestamp, to: Timestamp) -> Entry {
    let fields = vec![
        field("SleepTime", Value::FileTime(filetime(from))),
        field("WakeTime", Value::FileTime(filetime(to))),
        field("WakeSourceType", Value::U32(1)),
        text("WakeSourceText", "Power Button"),
    ];
    power(TROUBLESHOOTER, 1, 0, fields)
}
