//! How sure, by what and when, in words.

use kilroy_catalog::Text;
use kilroy_findings::activity::{By, Sure, When};

use crate::words::{Named, text};

impl Named for Sure {
    fn text(self) -> Text {
        match self {
            Self::Exact => text("exact", "확실"),
            Self::Likely => text("likely", "유력"),
            Self::Possible => text("possible", "가능"),
            Self::None => text("none", "없음"),
        }
    }
}

impl Named for By {
    fn text(self) -> Text {
        match self {
            Self::Record => text("a record of the session", "세션의 레코드"),
            Self::LogonId => text("same logon ID", "같은 로그온 ID"),
            Self::LinkedLogonId => text("other half of its UAC logon", "UAC 로그온의 나머지 절반"),
            Self::LogonGuid => text("same logon GUID", "같은 로그온 GUID"),
            Self::Process => text("a process of the session", "세션의 프로세스"),
            Self::Service => text("the service was installed in the session", "세션에서 설치한 서비스"),
            Self::Child => text("what it started is of the session", "시작한 프로세스가 세션에 속함"),
            Self::Finding => text("a finding says so", "탐지 결과에 따름"),
            Self::Connection => text("same connection", "같은 연결"),
            Self::TerminalSession => text("same terminal session", "같은 터미널 세션"),
            Self::Port => text("same address and port", "같은 주소와 포트"),
            Self::User => text("same user, at that time", "같은 사용자, 그 시간대"),
            Self::Address => text("same source address, at that time", "같은 원본 주소, 그 시간대"),
            Self::Time => text("on that host at that time", "그 시간에 그 호스트에 있음"),
        }
    }
}

impl Named for When {
    fn text(self) -> Text {
        match self {
            Self::Present => text("while the user was there", "사용자가 있는 동안"),
            Self::BeforeStart => text("before its begin", "시작 전"),
            Self::AfterDisconnect => text("after the disconnect", "연결이 끊긴 뒤"),
            Self::AfterEnd => text("after its end", "끝난 뒤"),
        }
    }
}

/// A mark that takes one column.
pub(crate) const fn mark(sure: Sure) -> &'static str {
    match sure {
        Sure::Exact => "=",
        Sure::Likely => "~",
        Sure::Possible | Sure::None => "?",
    }
}
