//! An empty answer, and what it holds for.

use anyhow::Result;
use kilroy_case::Case;
use kilroy_catalog::{Language, Text};

use crate::coverage::{About, reach};
use crate::output::{count, span};
use crate::words::text;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Activity,
    Origin,
    Sessions,
    LogonSessions,
    TerminalSessions,
    Users,
    Sources,
    Pairs,
    OffHours,
    Events,
    Hours,
    RemoteDesktop,
    Files,
    Hops,
    Addresses,
    Paths,
    Findings,
}

impl What {
    /// Several of them: notices for those who look on.
    pub(super) const fn plural(self) -> Text {
        match self {
            Self::Sessions => text("sessions", "세션"),
            Self::LogonSessions => text("logon sessions", "로그온 세션"),
            Self::TerminalSessions => text("terminal sessions", "터미널 세션"),
            Self::Users | Self::OffHours => text("users", "사용자"),
            Self::Sources => text("sources", "원본"),
            Self::Pairs => text("pairs", "쌍"),
            Self::Events | Self::Activity | Self::Origin => text("events", "이벤트"),
            Self::Hours => text("hours", "시간"),
            Self::RemoteDesktop => text("records of Remote Desktop", "원격 데스크톱 기록"),
            Self::Files => text("files", "파일"),
            Self::Hops => text("hops", "홉"),
            Self::Addresses => text("addresses", "주소"),
            Self::Paths => text("ways", "경로"),
            Self::Findings => text("findings", "탐지 결과"),
        }
    }

    const fn none(self) -> Text {
        match self {
            Self::Activity => text(
                "Nothing but its own records is known of this session.",
                "이 세션에 대해 알려진 것은 세션 자체의 레코드뿐입니다.",
            ),
            Self::Origin => text(
                "No session is known to be behind this event.",
                "이 이벤트의 배후로 알려진 세션이 없습니다.",
            ),
            Self::Sessions => text("No sessions match.", "일치하는 세션이 없습니다."),
            Self::LogonSessions => text("No logon sessions match.", "일치하는 로그온 세션이 없습니다."),
            Self::TerminalSessions => text("No terminal sessions match.", "일치하는 터미널 세션이 없습니다."),
            Self::Users => text("No users match.", "일치하는 사용자가 없습니다."),
            Self::Sources => text("No sources match.", "일치하는 원본이 없습니다."),
            Self::Pairs => text("Nothing like that was met.", "해당하는 것이 없습니다."),
            Self::OffHours => {
                text("Nobody was there at night or on a day off.", "야간이나 주말에 시작된 세션이 없습니다.")
            }
            Self::Events => text("No events match.", "일치하는 이벤트가 없습니다."),
            Self::Hours => text("No hours of presence match.", "일치하는 사용 시간이 없습니다."),
            Self::RemoteDesktop => text(
                "No records or sessions of Remote Desktop match.",
                "일치하는 원격 데스크톱 기록이나 세션이 없습니다.",
            ),
            Self::Hops => text("No hops match.", "일치하는 홉이 없습니다."),
            Self::Paths => text("No way is known.", "알려진 경로가 없습니다."),
            Self::Addresses => text("No addresses match.", "일치하는 주소가 없습니다."),
            Self::Findings => text("No findings match.", "일치하는 탐지 결과가 없습니다."),
            Self::Files => text("The case holds no files.", "케이스에 파일이 없습니다."),
        }
    }
}

/// Says that there are more than are shown, and which option changes that.
pub(super) fn limited(shown: u64, all: u64, what: Text, options: &str, language: Language) -> String {
    let (shown, all, what) = (count(shown), count(all), what.get(language));
    match language {
        Language::English => format!("{shown} of {all} {what} ({options})"),
        Language::Korean => format!("{what} {all}개 중 {shown}개 표시({options})"),
    }
}

/// Says that nothing matches, together with what this holds for.
pub(super) fn nothing(case: &Case, what: What, about: &About, language: Language) -> Result<String> {
    let none = what.none().get(language);
    if what == What::Files {
        return Ok(none.to_owned());
    }
    let held = match reach(case, about, language)? {
        Some(held) => held,
        None => whole(case, language)?,
    };
    Ok(format!("{none} {held}"))
}

/// No log is like what was asked for.
pub(super) fn no_such_log(case: &Case, all: u64, language: Language) -> Result<String> {
    let (logs, hosts) = (count(all), count(case.hosts()?.len() as u64));
    Ok(match language {
        Language::English => {
            format!(
                "No logs match. The case knows of {logs} logs; host names in it: {hosts}. `kilroy coverage` lists them."
            )
        }
        Language::Korean => format!(
            "일치하는 로그가 없습니다. 케이스에는 로그 {logs}개, 호스트 이름 {hosts}개가 있습니다. `kilroy coverage`로 볼 \
             수 있습니다."
        ),
    })
}

/// From the first to the last record of the case: where its tables do not tell more.
fn whole(case: &Case, language: Language) -> Result<String> {
    let hosts = case.hosts()?;
    let first = hosts.iter().filter_map(|h| h.first).min();
    let last = hosts.iter().filter_map(|h| h.last).max();
    let number = count(hosts.len() as u64);
    Ok(match (language, span(first, last, language), hosts.len()) {
        (Language::English, Some(span), 1) => format!("The case covers {span} UTC on 1 host."),
        (Language::English, Some(span), _) => format!("The case covers {span} UTC on {number} hosts."),
        (Language::English, None, _) => "The case holds no records with a time.".to_owned(),
        (Language::Korean, Some(span), _) => {
            format!("케이스에는 호스트 {number}개의 {span}(UTC) 기록이 있습니다.")
        }
        (Language::Korean, None, _) => "케이스에 시간이 있는 레코드가 없습니다.".to_owned(),
    })
}
