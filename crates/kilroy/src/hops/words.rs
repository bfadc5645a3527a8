//! Words for hops in both languages.

use kilroy_catalog::Text;
use kilroy_model::{AddressBasis, Certainty, HopKey, HopMethod, HopRole, HopSides};

use crate::words::{Named, text};

impl Named for HopMethod {
    fn text(self) -> Text {
        match self {
            Self::Rdp => text("Remote Desktop", "원격 데스크톱"),
            Self::PsExec => text("PsExec", "PsExec"),
            Self::Service => text("remote service", "원격 서비스"),
            Self::Task => text("remote task", "원격 예약된 작업"),
            Self::Wmi => text("WMI", "WMI"),
            Self::Dcom => text("DCOM", "DCOM"),
            Self::WinRm => text("WinRM", "WinRM"),
            Self::Ssh => text("SSH", "SSH"),
            Self::Smb => text("share", "공유"),
            Self::Network => text("network logon", "네트워크 로그온"),
        }
    }
}

impl Named for Certainty {
    fn text(self) -> Text {
        match self {
            Self::Exact => text("exact", "확실"),
            Self::Likely => text("likely", "유력"),
            Self::Possible => text("possible", "가능"),
        }
    }
}

impl Named for HopSides {
    fn text(self) -> Text {
        match self {
            Self::Both => text("both", "양쪽"),
            Self::Source => text("source", "원본"),
            Self::Target => text("target", "대상"),
        }
    }
}

impl Named for HopKey {
    fn text(self) -> Text {
        match self {
            Self::Port => text("both sides name one source port", "양쪽의 원본 포트가 같음"),
            Self::NameHash => {
                text("the client's hash is that of the user name", "클라이언트의 해시가 사용자 이름과 일치")
            }
            Self::User => text("both sides name one user", "양쪽의 사용자가 같음"),
            Self::ClientName => text("the target names the source host", "대상이 원본 호스트 이름을 기록함"),
            Self::Address => text("the address was the source host's", "원본 주소가 그 호스트의 주소였음"),
            Self::Time => text("both happen at one time", "양쪽의 시간이 맞음"),
        }
    }
}

impl Named for HopRole {
    fn text(self) -> Text {
        match self {
            Self::Client => text("client program", "클라이언트 프로그램"),
            Self::TargetName => text("name of the target", "대상 이름"),
            Self::TargetAddress => text("address of the target", "대상 주소"),
            Self::NameHash => text("hash of the user name", "사용자 이름 해시"),
            Self::Credentials => text("credentials for the target", "대상에 쓴 자격 증명"),
            Self::Connection => text("connection", "연결"),
            Self::Session => text("session", "세션"),
            Self::Service => text("service", "서비스"),
            Self::Task => text("scheduled task", "예약된 작업"),
            Self::Share => text("share or pipe", "공유 또는 파이프"),
            Self::Program => text("program", "프로그램"),
        }
    }
}

impl Named for AddressBasis {
    fn text(self) -> Text {
        match self {
            Self::Own => text("its own connections", "자체 연결"),
            Self::Reached => text("reached there", "그 주소로 도달함"),
            Self::MachineAccount => text("its machine account", "컴퓨터 계정"),
            Self::Workstation => text("named as workstation", "워크스테이션 이름"),
        }
    }
}
