//! What the page says in sentences, in English and Korean.

use kilroy_catalog::Language;
use kilroy_model::{
    Absence, GapWhy, LogBegin, LogClear, LogCoverage, LogGap, LogState, LoggingStop, TimeFall, Timestamp,
};

use super::clock::Step;
use crate::output::{count, duration, seconds, until};
use crate::words::short_log;

/// The sentences of one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrases {
    pub(super) language: Language,
}

/// Hours as people say them: `5 h`, `12 d 4 h`.
pub(super) fn long(hours: u32, language: Language) -> String {
    let (d, h) = match language {
        Language::English => (" d", " h"),
        Language::Korean => ("일", "시간"),
    };
    match (hours / 24, hours % 24) {
        (0, hours) => format!("{hours}{h}"),
        (days, 0) => format!("{days}{d}"),
        (days, hours) => format!("{days}{d} {hours}{h}"),
    }
}

impl Phrases {
    fn between(self, from: Timestamp, to: Timestamp) -> String {
        // Where record IDs begin anew, what was written later may lie before.
        let (from, to) = (from.min(to), from.max(to));
        let (begin, end) = (seconds(from), until(Some(from), to));
        match self.language {
            Language::English => format!("between {begin} and {end}"),
            Language::Korean => format!("{begin}와 {end} 사이"),
        }
    }

    fn records(self, n: u64) -> String {
        match (self.language, n) {
            (Language::English, 1) => "1 record".to_owned(),
            (Language::English, n) => format!("{} records", count(n)),
            (Language::Korean, n) => format!("레코드 {}개", count(n)),
        }
    }

    fn sessions(self, n: u64) -> String {
        match (self.language, n) {
            (Language::English, 1) => "1 session".to_owned(),
            (Language::English, n) => format!("{} sessions", count(n)),
            (Language::Korean, n) => format!("세션 {}개", count(n)),
        }
    }

    pub(super) fn heading(self) -> &'static str {
        match self.language {
            Language::English => "What this means (times are UTC)",
            Language::Korean => "설명(시간은 UTC)",
        }
    }

    pub(super) fn also(self, names: &str) -> String {
        match self.language {
            Language::English => format!("also {names}"),
            Language::Korean => format!("다른 이름: {names}"),
        }
    }

    /// Nothing to say.
    pub(super) fn sound(self) -> &'static str {
        match self.language {
            Language::English => {
                "No record is missing between the first and the last one of each log, no log was cleared, and no \
                 clock was set."
            }
            Language::Korean => {
                "각 로그의 첫 레코드와 마지막 레코드 사이에 빠진 레코드가 없고, 지워진 로그와 시간 변경 기록도 없습니다."
            }
        }
    }

    /// Logs that are not there.
    pub(super) fn absent(self, logs: &[&str]) -> String {
        let logs = logs.join(", ");
        match self.language {
            Language::English => {
                format!(
                    "The case holds no record of these logs, which such a host should have: {logs}. Nothing can be said \
                     of what they tell."
                )
            }
            Language::Korean => format!(
                "이런 호스트에 있어야 할 다음 로그의 레코드가 케이스에 없습니다: {logs}. 이 로그에 기록되는 내용에 대해서는 \
                 아무것도 말할 수 없습니다."
            ),
        }
    }

    /// Holes everywhere.
    pub(super) fn thin(self, log: &LogCoverage) -> String {
        let name = short_log(&log.log);
        let (has, all) = (count(log.records), count(log.records.saturating_add(log.lost)));
        let kinds = count(log.event_ids.len() as u64);
        match (self.language, log.state == LogState::Filtered) {
            (Language::English, true) => format!(
                "{name} looks like a filtered export: {has} of {all} records are there, of {}. What else it held cannot \
                 be told from it, and nothing follows from what is absent.",
                if kinds == "1" {
                    "one kind of event".to_owned()
                } else {
                    format!("{kinds} kinds of events")
                }
            ),
            (Language::English, false) => format!(
                "{name} has holes everywhere: {has} of {all} records are there, of {kinds} kinds of events. Nothing \
                 follows from what is absent."
            ),
            (Language::Korean, true) => format!(
                "{name} 로그는 필터링하여 내보낸 것으로 보입니다. 레코드 {all}개 중 {has}개, 이벤트 {kinds}종류만 있습니다. \
                 그 밖에 무엇이 있었는지는 알 수 없으며, 없다는 사실로부터 아무것도 결론지을 수 없습니다."
            ),
            (Language::Korean, false) => format!(
                "{name} 로그는 곳곳이 빠져 있습니다. 레코드 {all}개 중 {has}개, 이벤트 {kinds}종류가 있습니다. 없다는 \
                 사실로부터 아무것도 결론지을 수 없습니다."
            ),
        }
    }

    /// A gap.
    pub(super) fn gap(self, log: &str, gap: &LogGap) -> String {
        let name = short_log(log);
        let when = self.between(gap.from, gap.to);
        let (Some(from), Some(to), Some(lost)) = (gap.from_record_id, gap.to_record_id, gap.lost) else {
            return self.restart(name, gap);
        };
        let cleared = match (self.language, gap.why == GapWhy::Cleared) {
            (_, false) => "",
            (Language::English, true) => " The log was cleared then.",
            (Language::Korean, true) => " 이때 로그가 지워졌습니다.",
        };
        match (self.language, gap.kept, lost) {
            (Language::English, 0, 1) => format!("{name}: record {from} is missing, {when}.{cleared}"),
            (Language::English, 0, _) => {
                format!("{name}: records {from} to {to} are missing ({}), {when}.{cleared}", count(lost))
            }
            (Language::English, kept, _) => format!(
                "{name}: {} of the {} records from {from} to {to} are missing, {when}, at {} places with records \
                 between them.{cleared}",
                count(lost),
                count(lost.saturating_add(kept)),
                count(gap.holes)
            ),
            (Language::Korean, 0, 1) => {
                format!("{name}: {when}의 레코드 {from}이(가) 빠져 있습니다.{cleared}")
            }
            (Language::Korean, 0, _) => {
                format!(
                    "{name}: {when}의 레코드 {from}~{to}({}개)이(가) 빠져 있습니다.{cleared}",
                    count(lost)
                )
            }
            (Language::Korean, kept, _) => format!(
                "{name}: {when}의 레코드 {from}~{to} 가운데 {}개 중 {}개가 {}곳에서 빠져 있고, 나머지는 그 사이에 \
                 있습니다.{cleared}",
                count(lost.saturating_add(kept)),
                count(lost),
                count(gap.holes)
            ),
        }
    }

    fn restart(self, name: &str, gap: &LogGap) -> String {
        let when = self.between(gap.from, gap.to);
        match (self.language, gap.why == GapWhy::Cleared) {
            (Language::English, true) => {
                format!("{name}: record IDs begin anew {when}, where the log was cleared.")
            }
            (Language::English, false) => format!(
                "{name}: record IDs begin anew {when}: the log was replaced, Windows was installed anew or set back, or \
                 two machines have this name. How much is missing is not known."
            ),
            (Language::Korean, true) => {
                format!("{name}: 로그가 지워진 {when}에 레코드 ID가 다시 시작됩니다.")
            }
            (Language::Korean, false) => format!(
                "{name}: {when}에 레코드 ID가 다시 시작됩니다. 로그가 바뀌었거나, Windows를 다시 설치하거나 되돌렸거나, \
                 같은 이름의 컴퓨터가 둘 있습니다. 얼마나 빠져 있는지는 알 수 없습니다."
            ),
        }
    }

    /// So many more of the same.
    pub(super) fn more(self, log: &str, gaps: u64) -> String {
        let (name, gaps) = (short_log(log), count(gaps));
        match self.language {
            Language::English => {
                format!("{name}: {gaps} smaller gaps are not listed here; --format json has them.")
            }
            Language::Korean => {
                format!(
                    "{name}: 더 작은 공백 {gaps}개는 여기에 표시하지 않았습니다. --format json으로 볼 수 있습니다."
                )
            }
        }
    }

    /// A clear: who, when, and what became of the records.
    pub(super) fn clear(self, log: &LogCoverage, clear: &LogClear, case: &str) -> String {
        let name = short_log(&log.log);
        let at = seconds(clear.time);
        let record = self.record(short_log(&clear.noted_in), clear.event_id, clear.record_id);
        let gap =
            log.gaps.iter().find(|gap| gap.from <= clear.time && clear.time <= gap.to.plus_millis(5000));
        let held = log.first.is_some_and(|first| first.plus_millis(5000) < clear.time);
        let english = self.language == Language::English;
        let fate = match (held, gap) {
            (false, _) if english => "What it held before is gone.".to_owned(),
            (false, _) => "이전 내용은 사라졌습니다.".to_owned(),
            (true, None) if english => {
                "No record is missing there: the case holds those from before, from a copy.".to_owned()
            }
            (true, None) => {
                "그 시점에 빠진 레코드는 없습니다. 케이스에 사본의 이전 레코드가 있습니다.".to_owned()
            }
            (true, Some(_)) if english => "Records from before are there, but not all.".to_owned(),
            (true, Some(_)) => "이전 레코드가 있지만 전부는 아닙니다.".to_owned(),
        };
        let who = match (&clear.user, clear.logon_id) {
            (Some(user), Some(luid)) if english => format!(" by {user} (logon ID {luid})"),
            (Some(user), None) if english => format!(" by {user}"),
            (Some(user), Some(luid)) => format!("{user}(로그온 ID {luid})이(가) "),
            (Some(user), None) => format!("{user}이(가) "),
            (None, _) => String::new(),
        };
        let session = clear.session_uid.map(|uid| format!(" kilroy why {case} {uid}")).unwrap_or_default();
        if english {
            let session =
                if session.is_empty() { session } else { format!(" The session of that logon ID:{session}") };
            format!("{name} was cleared at {at}{who}: {record}. {fate}{session}")
        } else {
            let session =
                if session.is_empty() { session } else { format!(" 이 로그온 ID의 세션:{session}") };
            format!("{name} 로그를 {at}에 {who}지웠습니다({record}). {fate}{session}")
        }
    }

    fn record(self, log: &str, event_id: u32, record_id: u64) -> String {
        match self.language {
            Language::English => format!("{log} {event_id}, record {record_id}"),
            Language::Korean => format!("{log} {event_id}, 레코드 {record_id}"),
        }
    }

    /// The log does not begin with its first record.
    pub(super) fn rolled_over(self, log: &LogCoverage) -> Option<String> {
        let (first, at) = (log.first_record_id?, seconds(log.first?));
        if log.begins != Some(LogBegin::RolledOver) {
            return None;
        }
        let name = short_log(&log.log);
        let kept = log.hours_kept.map(|hours| long(hours, self.language));
        Some(match (self.language, kept) {
            (Language::English, Some(kept)) => format!(
                "{name} begins with record {first} at {at}, and no clear before it is seen: older records were overwritten or not \
                 collected. It reaches back {kept}; if it is whole, this machine keeps it for about that long."
            ),
            (Language::English, None) => format!(
                "{name} begins with record {first} at {at}, and no clear before it is seen: older records were overwritten or not \
                 collected."
            ),
            (Language::Korean, Some(kept)) => format!(
                "{name} 로그는 {at}의 레코드 {first}부터 시작하며 그 이전에 지운 기록은 없습니다. 더 오래된 레코드는 덮어쓰였거나 수집되지 \
                 않았습니다. {kept} 분량이 있으며, 로그 전체라면 이 컴퓨터의 보존 기간은 대략 그 정도입니다."
            ),
            (Language::Korean, None) => format!(
                "{name} 로그는 {at}의 레코드 {first}부터 시작하며 그 이전에 지운 기록은 없습니다. 더 오래된 레코드는 덮어쓰였거나 수집되지 \
                 않았습니다."
            ),
        })
    }

    /// A fall of time from one record to the next.
    pub(super) fn fall(self, log: &str, fall: &TimeFall) -> String {
        let name = short_log(log);
        let by = duration(fall.before.distance(fall.after), self.language);
        let (a, b) = (fall.before_record_id, fall.after_record_id);
        let (before, after) = (seconds(fall.before), until(Some(fall.before), fall.after));
        match self.language {
            Language::English => {
                format!(
                    "{name}: time runs backward by {by} from record {a} ({before}) to record {b} ({after})."
                )
            }
            Language::Korean => {
                format!("{name}: 레코드 {a}({before})에서 레코드 {b}({after})로 시간이 {by} 거꾸로 갑니다.")
            }
        }
    }

    pub(super) fn more_falls(self, log: &str, falls: u64) -> String {
        let (name, falls) = (short_log(log), count(falls));
        match self.language {
            Language::English => format!("{name}: time runs backward at {falls} more places."),
            Language::Korean => format!("{name}: 시간이 거꾸로 가는 곳이 {falls}곳 더 있습니다."),
        }
    }

    /// A step of the clock.
    pub(super) fn step(self, step: &Step<'_>) -> Option<String> {
        let (old, new) = (step.change.old?, step.change.new?);
        let by = duration(old.distance(new), self.language);
        let (from, to) = (seconds(old), until(Some(old), new));
        let records: Vec<String> =
            step.records.iter().map(|(log, event_id, id)| self.record(log, *event_id, *id)).collect();
        let who: Vec<&str> = step.user.into_iter().chain(step.image).collect();
        let (records, who) = (records.join("; "), who.join(", "));
        Some(match (self.language, new < old) {
            (Language::English, back) => {
                let way = if back { "back" } else { "forward" };
                let who = if who.is_empty() { who } else { format!(", by {who}") };
                format!("The clock was set {way} by {by}, from {from} to {to}{who} ({records}).")
            }
            (Language::Korean, back) => {
                let way = if back { "뒤로" } else { "앞으로" };
                let who = if who.is_empty() { who } else { format!("{who}: ") };
                format!("시계가 {from}에서 {to}(으)로 {by} {way} 설정되었습니다({who}{records}).")
            }
        })
    }

    /// Steps that are not told one by one.
    pub(super) fn more_steps(self, more: u64, unknown: u64) -> Option<String> {
        let (steps, unclear) = (count(more), count(unknown));
        match (self.language, more, unknown) {
            (_, 0, 0) => None,
            (Language::English, _, 0) => Some(format!("{steps} more clock changes of more than a second.")),
            (Language::English, 0, _) => Some(format!("{unclear} clock changes do not say by how much.")),
            (Language::English, ..) => Some(format!(
                "{steps} more clock changes of more than a second, and {unclear} that do not say by how much."
            )),
            (Language::Korean, _, 0) => Some(format!("1초가 넘는 시간 변경이 {steps}건 더 있습니다.")),
            (Language::Korean, 0, _) => {
                Some(format!("시간 변경 {unclear}건은 얼마나 바뀌었는지 알 수 없습니다."))
            }
            (Language::Korean, ..) => Some(format!(
                "1초가 넘는 시간 변경이 {steps}건 더 있고, 얼마나 바뀌었는지 알 수 없는 변경이 {unclear}건 있습니다."
            )),
        }
    }

    /// What clock steps mean.
    pub(super) fn about_steps(self) -> &'static str {
        match self.language {
            Language::English => {
                "Times before and after a step do not compare directly. Steps at boot and after sleep are ordinary."
            }
            Language::Korean => {
                "변경 전후의 시간은 그대로 비교할 수 없습니다. 부팅할 때와 절전 모드에서 깨어난 뒤의 변경은 흔합니다."
            }
        }
    }

    /// Logging stopped while Windows ran.
    pub(super) fn stop(self, log: &str, stop: &LoggingStop) -> Option<String> {
        let resumed = until(Some(stop.time), stop.resumed?);
        let at = seconds(stop.time);
        let record = self.record(short_log(log), stop.event_id, stop.record_id);
        Some(match self.language {
            Language::English => format!(
                "Event logging stopped at {at} ({record}) and went on at {resumed}, and no boot is seen between: \
                 somebody may have stopped the service."
            ),
            Language::Korean => format!(
                "이벤트 로깅이 {at}에 중지되었다가({record}) {resumed}에 다시 시작되었으며 그 사이에 부팅이 없습니다. 누군가 \
                 서비스를 중지했을 수 있습니다."
            ),
        })
    }

    /// Records that sessions lack without a reason.
    pub(super) fn absence(self, log: &str, absence: &Absence, case: &str, listed: usize) -> String {
        let name = short_log(log);
        let (id, absent, present) = (absence.event_id, absence.absent, absence.present);
        let shown: Vec<String> =
            absence.sessions.iter().take(listed).map(|uid| format!("kilroy why {case} {uid}")).collect();
        let more = absent.saturating_sub(shown.len() as u64);
        let lacking = self.sessions(absent);
        let mut said = match (self.language, present) {
            (Language::English, 0) => format!(
                "{name} has no {id} for {lacking} that another log proves, though it covers the time without a hole and \
                 has such records otherwise."
            ),
            (Language::English, _) => format!(
                "{name} has no {id} for {lacking} that another log proves, though it covers the time without a hole and \
                 has one for {}.",
                if present == 1 { "1 other".to_owned() } else { format!("{} others", count(present)) }
            ),
            (Language::Korean, 0) => format!(
                "다른 로그가 증명하는 {lacking}의 {id}이(가) {name} 로그에 없습니다. 로그는 그 시간을 빠짐없이 포함하고 다른 \
                 {id} 레코드도 있습니다."
            ),
            (Language::Korean, _) => format!(
                "다른 로그가 증명하는 {lacking}의 {id}이(가) {name} 로그에 없습니다. 로그는 그 시간을 빠짐없이 포함하며 다른 \
                 세션 {}개에는 있습니다.",
                count(present)
            ),
        };
        said.push(' ');
        said.push_str(self.meaning(id, absent, present));
        said.push(' ');
        said.push_str(&shown.join("; "));
        if more > 0 {
            let more = count(more);
            let (before, after) = match self.language {
                Language::English => ("; and ", " more"),
                Language::Korean => ("; 외 ", "개"),
            };
            said.extend([before, &more, after]);
        }
        said
    }

    /// How much to make of it.
    fn meaning(self, event_id: u32, absent: u64, present: u64) -> &'static str {
        let english = self.language == Language::English;
        match (event_id, absent > present) {
            // Windows holds on to tokens, and a crash or a quick shutdown leaves none.
            (4634, _) if english => {
                "Windows does not write this one for every logoff: weigh it with the rest."
            }
            (4634, _) => {
                "Windows가 모든 로그오프에 이 이벤트를 기록하지는 않으므로 다른 레코드와 함께 판단하십시오."
            }
            (_, true) if english => "Most sessions lack it: a cause in the machine itself is likely.",
            (_, true) => "대부분의 세션에 없으므로 컴퓨터 자체에 원인이 있을 가능성이 큽니다.",
            _ if english => "Somebody may have taken away single records.",
            _ => "누군가 레코드를 골라서 지웠을 수 있습니다.",
        }
    }

    /// In one line, how much of a log is missing where.
    pub(super) fn missing(self, lost: u64) -> String {
        match self.language {
            Language::English => format!("{} missing", self.records(lost)),
            Language::Korean => format!("{} 누락", self.records(lost)),
        }
    }
}
