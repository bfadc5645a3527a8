//! Usage as a calendar: a bar of 24 hours for each day.

use std::collections::BTreeSet;

use kilroy_catalog::{Language, Text};
use kilroy_sessions::usage::{Cell as Part, Usage, UsageRow, ZoneBasis};

use super::row::{UsageListing, clock, hours};
use crate::output::{Cell, Column, Table, Tone, count, escape, wrap};
use crate::rows::some;
use crate::settings::Look;
use crate::words::text;

/// Columns that half hours need: a bar of 48, and what stands beside it.
const WIDE: usize = 98;

/// How many parts a day's bar has where lines may be so wide: half hours, or whole ones.
pub(crate) const fn parts(width: usize) -> usize {
    if width >= WIDE { 48 } else { 24 }
}

/// The lines of the calendar. `days` are rows by day with their bars, in their order, perhaps not all.
pub(crate) fn page(usage: &Usage, days: Vec<UsageRow>, look: Look, plain: bool) -> Vec<String> {
    let mut page = Page { look, plain, lines: Vec::new() };
    let totals = UsageListing::of(usage.totals(), true);
    let users = usage.users();
    let hosts_of = |user: &Option<String>| totals.iter().filter(|total| total.row.user == *user).count();
    let days = UsageListing::of(days, true);
    let same =
        |a: &UsageListing, b: &UsageListing| (&a.row.user, &a.row.computer) == (&b.row.user, &b.row.computer);
    let mut sections = days.chunk_by(same).peekable();
    while let Some(section) = sections.next() {
        let Some(first) = section.first() else { continue };
        page.section(section, totals.iter().find(|total| same(total, first)));
        let user = &first.row.user;
        let more = sections.peek().and_then(|next| next.first()).is_some_and(|next| next.row.user == *user);
        if !more && hosts_of(user) > 1 {
            page.all_hosts(users.iter().find(|row| row.user == *user));
        }
    }
    if !days.is_empty() {
        page.legend(&days);
        page.remarks(usage, &totals);
    }
    page.lines
}

struct Page {
    look: Look,
    plain: bool,
    lines: Vec<String>,
}

impl Page {
    fn say(&self, words: Text) -> &'static str {
        words.get(self.look.language)
    }

    fn line(&mut self, text: &str) {
        self.lines.extend(wrap(&escape(text), self.look.width, 2));
    }

    /// One user on one host.
    fn section(&mut self, days: &[UsageListing], total: Option<&UsageListing>) {
        let Some(first) = days.first() else { return };
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        let user = first.row.user.as_deref().unwrap_or("?");
        let zone = first.row.zone.as_ref().map(|(zone, _)| zone.to_string()).unwrap_or_default();
        let heading = match self.look.language {
            Language::English => format!("{user} on {} ({zone})", first.host),
            Language::Korean => format!("{}의 {user} ({zone})", first.host),
        };
        self.lines.push(Tone::Strong.paint(&escape(&heading), self.look.colour));
        let parts = parts(self.look.width);
        let ruler = if parts == 48 {
            "0     3     6     9     12    15    18    21"
        } else {
            "0  3  6  9  12 15 18 21"
        };
        let title = |words: Text| Column::new(self.say(words));
        let mut table = Table::new(vec![
            title(text("DAY", "날짜")),
            Column::new(ruler).least(parts),
            title(text("HANDS", "실사용")).right(),
            title(text("MOST", "최대")).right(),
            title(text("LOCKED", "잠금")).right().spare(1),
            title(text("IN-OUT", "처음-끝")).spare(2),
        ]);
        for day in days {
            table.row(self.day(&day.row));
        }
        if let Some(total) = total {
            table.row(self.total(&total.row));
        }
        let lines = table.lines(self.look.width, self.look.colour);
        self.lines.extend(lines);
    }

    fn day(&self, row: &UsageRow) -> Vec<Cell> {
        let (first, last) = row.dates.unwrap_or_default();
        let weekday = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or(0);
        let weekdays = match self.look.language {
            Language::English => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
            Language::Korean => ["월", "화", "수", "목", "금", "토", "일"],
        };
        let day = Cell::new(format!("{first} {}", weekdays[weekday % 7]));
        let mut cells = vec![day];
        if row.sessions == 0 {
            // Nothing but that it can have been: no bar, however many days.
            let words = match (first == last, self.look.language) {
                (true, Language::English) => "? nothing proven".to_owned(),
                (true, Language::Korean) => "? 증명된 시간 없음".to_owned(),
                (false, Language::English) => format!("? to {last}: nothing proven"),
                (false, Language::Korean) => format!("? {last}까지: 증명된 시간 없음"),
            };
            cells.push(Cell::new(words).tone(Tone::Faint));
        } else {
            let bar: String = row.cells.iter().map(|part| letter(*part, self.plain)).collect();
            cells.push(Cell::new(bar));
        }
        cells.extend(numbers(row));
        let end = |n: usize| row.ends.map(|ends| clock(ends[n].0, ends[n].1));
        let minute = |text: &str| text.get(11..16).unwrap_or_default().to_owned();
        let span = end(0).zip(end(1)).map(|(from, to)| {
            // Midnight at the end of a day is that day's.
            let next = to.get(..10) != from.get(..10) && minute(&to) == "00:00";
            format!("{}-{}", minute(&from), if next { "24:00".to_owned() } else { minute(&to) })
        });
        cells.push(span.into());
        cells
    }

    fn total(&self, row: &UsageRow) -> Vec<Cell> {
        let days = count(u64::from(row.days));
        let words = match (self.look.language, row.days) {
            (Language::English, 1) => "1 day".to_owned(),
            (Language::English, _) => format!("{days} days"),
            (Language::Korean, _) => format!("{days}일"),
        };
        let sessions = count(u64::from(row.sessions));
        let sessions = match (self.look.language, row.sessions) {
            (Language::English, 1) => "1 session".to_owned(),
            (Language::English, _) => format!("{sessions} sessions"),
            (Language::Korean, _) => format!("세션 {sessions}개"),
        };
        let strong = |cell: Cell| cell.tone(Tone::Strong);
        let mut cells = vec![strong(Cell::new(words)), Cell::new(sessions)];
        cells.extend(numbers(row).into_iter().map(strong));
        cells
    }

    /// One user on all hosts.
    fn all_hosts(&mut self, row: Option<&UsageRow>) {
        let Some(row) = row else { return };
        let user = row.user.as_deref().unwrap_or("?");
        let (hands_on, most) = (proven(row.times.hands_on), hours(row.times.hands_on_at_most));
        let days = count(u64::from(row.days));
        let open = row.times.hands_on_at_most != row.times.hands_on;
        let line = match self.look.language {
            Language::English => {
                let most = if open { format!(", {most} at most") } else { String::new() };
                let days = if row.days == 1 { "1 day".to_owned() } else { format!("{days} days") };
                format!(
                    "{user} on all hosts: {hands_on} hands-on{most}, on {days} (what overlaps counts once)"
                )
            }
            Language::Korean => {
                let most = if open { format!(", 최대 {most}") } else { String::new() };
                format!("모든 호스트의 {user}(겹치는 시간은 한 번만): 실사용 {hands_on}{most}, {days}일")
            }
        };
        self.lines.push(String::new());
        self.line(&line);
    }

    /// What the letters of the bars mean, those that are there.
    fn legend(&mut self, days: &[UsageListing]) {
        let seen: BTreeSet<char> =
            days.iter().flat_map(|day| &day.row.cells).map(|part| letter(*part, self.plain)).collect();
        let meanings = [
            (Part::HandsOn, text("hands-on", "실사용")),
            (Part::Little, text("for less than half of it", "절반 미만 실사용")),
            (Part::Locked, text("locked", "잠금")),
            (Part::Asleep, text("asleep", "절전")),
            (Part::Disconnected, text("disconnected", "연결 끊김")),
            (Part::Uncertain, text("end not known", "끝을 알 수 없음")),
        ];
        let shown = meanings.iter().map(|(part, words)| (letter(*part, self.plain), *words));
        let shown: Vec<String> = shown
            .filter(|(letter, _)| seen.contains(letter))
            .map(|(letter, words)| format!("{letter} {}", self.say(words)))
            .collect();
        self.lines.push(String::new());
        if !shown.is_empty() {
            self.line(&shown.join("   "));
        }
    }

    /// What the numbers do not say by themselves.
    fn remarks(&mut self, usage: &Usage, totals: &[UsageListing]) {
        let hosts = |wanted: &dyn Fn(&UsageRow) -> bool| -> Vec<String> {
            let some = totals.iter().filter(|total| wanted(&total.row)).map(|total| total.host.clone());
            some.collect::<BTreeSet<_>>().into_iter().collect()
        };
        let korean = self.look.language == Language::Korean;
        let unlocked = hosts(&|row| !row.tells_locks);
        if !unlocked.is_empty() {
            let hosts = some(&unlocked);
            self.line(&if korean {
                format!("잠금 기록이 없는 호스트: {hosts}. 화면이 잠겨 있던 시간도 실사용 시간에 포함됩니다.")
            } else {
                format!("No record of locks on {hosts}: time at a locked screen counts as hands-on there.")
            });
        }
        let sleepless = hosts(&|row| !row.tells_sleep);
        if !sleepless.is_empty() {
            let hosts = some(&sleepless);
            self.line(&if korean {
                format!("시스템 로그가 없는 호스트: {hosts}. 절전 시간을 알 수 없습니다.")
            } else {
                format!("No System log of {hosts}: whether the machine slept is not known.")
            });
        }
        let shown: BTreeSet<&str> = totals.iter().filter_map(|total| total.row.computer.as_deref()).collect();
        let of_basis = |basis: ZoneBasis| -> Vec<String> {
            let name = |host: &str| {
                totals.iter().find(|t| t.row.computer.as_deref() == Some(host)).map(|t| t.host.clone())
            };
            let hosts = usage.zones().filter(|(host, _, of)| *of == basis && shown.contains(host));
            hosts.filter_map(|(host, _, _)| name(host)).collect()
        };
        for (basis, words) in [
            (
                ZoneBasis::Unknown,
                text(
                    "No record tells the time zone of HOSTS: days are those of UTC (--timezone, --host-timezone).",
                    "표준 시간대를 알려 주는 레코드가 없는 호스트: HOSTS. 날짜는 UTC 기준입니다(--timezone, --host-timezone).",
                ),
            ),
            (
                ZoneBasis::Client,
                text(
                    "Only remote desktop clients tell a time zone on HOSTS: a weak hint of the host's own.",
                    "원격 데스크톱 클라이언트만 표준 시간대를 알려 주는 호스트: HOSTS. 호스트 자체의 시간대라는 약한 단서입니다.",
                ),
            ),
            (
                ZoneBasis::StandardOffset,
                text(
                    "The records of HOSTS give standard time only: whether they keep daylight saving time is not known.",
                    "표준시 오프셋만 기록된 호스트: HOSTS. 일광 절약 시간을 쓰는지 알 수 없습니다.",
                ),
            ),
        ] {
            let hosts = of_basis(basis);
            if !hosts.is_empty() {
                self.line(&self.say(words).replace("HOSTS", &some(&hosts)));
            }
        }
        for (host, zones, _) in
            usage.zones().filter(|(host, zones, _)| zones.len() > 1 && shown.contains(host))
        {
            let zones = zones.join(", ");
            self.line(&if korean {
                format!("{host}의 표준 시간대가 바뀌었습니다: {zones}.")
            } else {
                format!("The time zone of {host} changed: {zones}.")
            });
        }
    }
}

/// Hands-on time, at most if that is more, and locked time.
fn numbers(row: &UsageRow) -> Vec<Cell> {
    let times = &row.times;
    let most =
        if times.hands_on_at_most == times.hands_on { String::new() } else { hours(times.hands_on_at_most) };
    vec![
        Cell::new(proven(times.hands_on)),
        Cell::new(most).tone(Tone::Notable),
        Cell::new(if row.tells_locks { hours(times.locked) } else { String::new() }),
    ]
}

/// `0:00` where others stay empty: that nothing is proven is said.
fn proven(seconds: u64) -> String {
    if seconds == 0 { "0:00".to_owned() } else { hours(seconds) }
}

/// One part of a bar. The plain letters are on every keyboard.
const fn letter(part: Part, plain: bool) -> char {
    match (part, plain) {
        (Part::Empty, _) => ' ',
        (Part::HandsOn, false) => '█',
        (Part::HandsOn, true) => '#',
        (Part::Little, false) => '▄',
        (Part::Little, true) => '+',
        (Part::Locked, false) => '░',
        (Part::Locked, true) => '-',
        (Part::Asleep, _) => 'z',
        (Part::Disconnected, false) => '·',
        (Part::Disconnected, true) => '.',
        (Part::Uncertain, _) => '?',
    }
}
