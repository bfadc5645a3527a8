//! Kilroy's own words in both languages. What events and codes mean is the catalog's to say.

use kilroy_catalog::{Language, Text};
use kilroy_model::{EndKind, Grade, How, Kind, LinkRule, Role, Scope, SessionOutcome, WhyMissing};

/// One text in both languages.
pub(crate) const fn text(en: &'static str, ko: &'static str) -> Text {
    Text { en, ko }
}

/// Something that has a name in both languages.
pub(crate) trait Named {
    fn text(self) -> Text;

    fn in_words(self, language: Language) -> &'static str
    where
        Self: Sized,
    {
        self.text().get(language)
    }
}

impl Named for Kind {
    fn text(self) -> Text {
        match self {
            Self::InteractiveLocal => text("local", "로컬"),
            Self::InteractiveRemote => text("remote", "원격"),
            Self::InteractiveUnknown => text("desktop", "데스크톱"),
            Self::Network => text("network", "네트워크"),
            Self::NetworkCleartext => text("cleartext", "네트워크(일반 텍스트)"),
            Self::Batch => text("batch", "일괄 처리"),
            Self::Service => text("service", "서비스"),
            Self::Unlock => text("unlock", "잠금 해제"),
            Self::NewCredentials => text("runas", "새 자격 증명"),
            Self::Ssh => text("ssh", "SSH"),
            Self::Tty => text("tty", "TTY"),
            Self::Gateway => text("gateway", "게이트웨이"),
        }
    }
}

/// What a session is called in a sentence.
pub(crate) const fn kind_in_full(kind: Kind) -> Text {
    match kind {
        Kind::InteractiveLocal => text("Console session", "콘솔 세션"),
        Kind::InteractiveRemote => text("Remote desktop session", "원격 데스크톱 세션"),
        Kind::InteractiveUnknown => text("Desktop session", "데스크톱 세션"),
        Kind::Network => text("Network logon", "네트워크 로그온"),
        Kind::NetworkCleartext => {
            text("Network logon with a clear-text password", "일반 텍스트 암호 네트워크 로그온")
        }
        Kind::Batch => text("Batch logon (scheduled task)", "일괄 처리 로그온(예약된 작업)"),
        Kind::Service => text("Service logon", "서비스 로그온"),
        Kind::Unlock => text("Unlocking", "잠금 해제"),
        Kind::NewCredentials => text(
            "Logon with other network credentials (runas /netonly)",
            "다른 네트워크 자격 증명 로그온(runas /netonly)",
        ),
        Kind::Ssh => text("SSH session", "SSH 세션"),
        Kind::Tty => text("Terminal line", "터미널 회선"),
        Kind::Gateway => text("Connection through this RD Gateway", "이 RD 게이트웨이를 통한 연결"),
    }
}

impl Named for How {
    fn text(self) -> Text {
        match self {
            Self::Logon => text("logon", "로그온"),
            Self::Reconnect => text("reconnect", "다시 연결"),
            Self::AuthOnly => text("authenticated only", "인증만 됨"),
            Self::Unknown => text("begin not seen", "시작 기록 없음"),
        }
    }
}

impl Named for SessionOutcome {
    fn text(self) -> Text {
        match self {
            Self::Success => text("success", "성공"),
            Self::Failure => text("failure", "실패"),
            Self::Denied => text("denied", "거부됨"),
        }
    }
}

impl Named for Scope {
    fn text(self) -> Text {
        match self {
            Self::Internal => text("internal", "내부"),
            Self::External => text("external", "외부"),
            Self::Loopback => text("loopback", "루프백"),
            Self::Local => text("the machine itself", "해당 컴퓨터"),
            Self::Unknown => text("unknown", "알 수 없음"),
        }
    }
}

impl Named for EndKind {
    fn text(self) -> Text {
        match self {
            Self::Logoff => text("logoff", "로그오프"),
            Self::Disconnect => text("disconnect", "연결 끊김"),
            Self::NlaLogoff => text("disconnect (NLA)", "연결 끊김(NLA)"),
            Self::Shutdown => text("shutdown", "시스템 종료"),
            Self::Crash => text("crash", "비정상 종료"),
            Self::Boot => text("next boot", "다음 부팅"),
            Self::Superseded => text("superseded", "새 로그온으로 대체"),
            Self::Open => text("open", "끝 기록 없음"),
            Self::LogCleared => text("log cleared", "로그 지워짐"),
            Self::Failed => text("failed", "실패"),
            Self::Denied => text("denied", "거부됨"),
        }
    }
}

impl Named for Role {
    fn text(self) -> Text {
        match self {
            Self::Connection => text("connection", "연결"),
            Self::Authentication => text("authentication", "인증"),
            Self::Nla => text("NLA logon", "NLA 로그온"),
            Self::Logon => text("logon", "로그온"),
            Self::Privileges => text("privileges", "특수 권한"),
            Self::ExplicitCredentials => text("explicit credentials", "명시적 자격 증명"),
            Self::Arbitration => text("arbitration", "세션 중재"),
            Self::Shell => text("shell", "셸 시작"),
            Self::Reconnect => text("reconnect", "다시 연결"),
            Self::Lock => text("lock", "잠금"),
            Self::Unlock => text("unlock", "잠금 해제"),
            Self::Disconnect => text("disconnect", "연결 끊김"),
            Self::Logoff => text("logoff", "로그오프"),
            Self::Failure => text("failure", "실패"),
            Self::Denied => text("denied", "거부"),
            Self::Shutdown => text("shutdown", "시스템 종료"),
        }
    }
}

impl Named for LinkRule {
    fn text(self) -> Text {
        match self {
            Self::Anchor => text("the session stands on it", "세션의 기준 레코드"),
            Self::Luid => text("same logon ID", "같은 로그온 ID"),
            Self::LinkedToken => text("other half of a UAC logon", "UAC 로그온의 나머지 절반"),
            Self::ActivityId => text("same connection activity", "같은 연결 작업 ID"),
            Self::TerminalSession => text("same terminal session", "같은 터미널 세션"),
            Self::ReconnectBridge => {
                text("same moment, logon and terminal session", "로그온과 터미널 세션이 같은 순간에 이어짐")
            }
            Self::LogonGuid => text("same Kerberos logon GUID", "같은 Kerberos 로그온 GUID"),
            Self::Process => text("same process", "같은 프로세스"),
            Self::Window => text("same user or source, close in time", "같은 사용자 또는 원본, 가까운 시간"),
        }
    }
}

impl Named for WhyMissing {
    fn text(self) -> Text {
        match self {
            Self::NoSuchLog => {
                text("the case holds no record of that log", "케이스에 그 로그의 레코드가 없음")
            }
            Self::BeforeLog => text("that log begins later", "그 로그는 더 나중에 시작됨"),
            Self::AfterLog => text("that log ends earlier", "그 로그는 더 일찍 끝남"),
            Self::Hole => {
                text("record IDs are missing there at that time", "그 시간대의 레코드 ID가 빠져 있음")
            }
            Self::Cleared => text("that log was cleared later", "그 로그가 나중에 지워짐"),
            Self::NotOnThisVersion => {
                text("this version of Windows does not write it", "이 Windows 버전은 기록하지 않음")
            }
            Self::AuditingOff => text(
                "no such event in that log at all: auditing seems to be off",
                "그 로그에 이 이벤트가 전혀 없음: 감사가 꺼져 있는 것으로 보임",
            ),
            Self::Unexplained => text(
                "that log covers the time, and yet it is not there",
                "로그가 그 시간을 포함하는데도 없음",
            ),
        }
    }
}

impl Named for Grade {
    fn text(self) -> Text {
        match self {
            Self::Complete => text("complete", "완전"),
            Self::Partial => text("partial", "부분"),
            Self::SingleSource => text("single record", "단일 레코드"),
        }
    }
}

/// What a grade says.
pub(crate) const fn grade_in_full(grade: Grade) -> Text {
    match grade {
        Grade::Complete => text(
            "complete: begin and end are each proven by records, and no record is missing without a reason",
            "완전: 시작과 끝이 각각 레코드로 증명되고, 이유 없이 빠진 레코드가 없음",
        ),
        Grade::Partial => text(
            "partial: begin or end is not proven, or a record is missing without a reason",
            "부분: 시작이나 끝이 증명되지 않았거나, 이유 없이 빠진 레코드가 있음",
        ),
        Grade::SingleSource => {
            text("single record: nothing else confirms it", "단일 레코드: 이를 뒷받침하는 다른 레코드가 없음")
        }
    }
}

/// A field that is proven by records.
pub(crate) fn field(name: &str) -> Option<Text> {
    Some(match name {
        "user" => text("user", "사용자"),
        "source" => text("source", "원본"),
        "start" => text("start", "시작"),
        "end" => text("end", "끝"),
        _ => return None,
    })
}

/// The short name of a log: `LocalSessionManager` rather than
/// `Microsoft-Windows-TerminalServices-LocalSessionManager/Operational`.
pub(crate) fn short_log(log: &str) -> &str {
    let log = log.split_once('/').map_or(log, |(name, _)| name);
    let log = log.strip_prefix("Microsoft-Windows-").unwrap_or(log);
    ["TerminalServices-", "RemoteDesktopServices-"].iter().find_map(|p| log.strip_prefix(p)).unwrap_or(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_by_their_short_names() {
        for (log, want) in [
            ("Security", "Security"),
            ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", "LocalSessionManager"),
            ("Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational", "RdpCoreTS"),
            ("OpenSSH/Operational", "OpenSSH"),
            ("Microsoft-Windows-Sysmon/Operational", "Sysmon"),
        ] {
            assert_eq!(short_log(log), want);
        }
    }
}
