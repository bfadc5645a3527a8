//! What each detector looks for, in words: title, hypothesis, what else it may be, what to do next.

use kilroy_catalog::Text;
use kilroy_model::{FactName, Finding};

use crate::words::text;

/// What is known of a detector.
pub(crate) struct About {
    detector: &'static str,
    /// Only of findings of one of these forms; of all, if there is none.
    variants: &'static [&'static str],
    /// What its findings are called.
    pub(crate) title: Text,
    /// What it takes for true.
    pub(crate) hypothesis: Text,
    /// False positives.
    pub(crate) else_it_may_be: Text,
    /// What to look at next.
    pub(crate) next: Text,
}

/// What is known of a finding's detector, and of the form that it found; of one that this version does not know, nothing.
pub(crate) fn about(finding: &Finding) -> &'static About {
    let is_of = |about: &&About| {
        let is_form = |variant| about.variants.contains(&variant);
        about.detector == finding.detector
            && (about.variants.is_empty() || finding.texts(FactName::Variant).any(is_form))
    };
    ABOUT.iter().find(is_of).unwrap_or(&UNKNOWN)
}

const UNKNOWN: About = About {
    detector: "",
    variants: &[],
    title: text("Finding", "탐지 결과"),
    hypothesis: text(
        "A detector of another version of Kilroy made it.",
        "다른 버전의 Kilroy가 만든 결과입니다.",
    ),
    else_it_may_be: text("Not known to this version.", "이 버전에서는 알 수 없습니다."),
    next: text("Analyse the case again with this version.", "이 버전으로 케이스를 다시 분석하십시오."),
};

/// Entries for some forms stand before the one for all.
const ABOUT: &[About] = &[
    About {
        detector: "password-guessing",
        variants: &["runas"],
        title: text("Password guessing with runas", "runas를 이용한 암호 추측"),
        hypothesis: text(
            "Somebody who is at the machine already tries passwords of another account.",
            "이미 컴퓨터를 사용 중인 누군가가 다른 계정의 암호를 시도합니다.",
        ),
        else_it_may_be: text(
            "Somebody with a second account who mistypes its password.",
            "다른 계정을 함께 쓰는 사람이 암호를 잘못 입력했을 수 있습니다.",
        ),
        next: text(
            "See whose session it was: each failure (4625) names it by its SubjectLogonId; and what was started as the other account.",
            "각 실패(4625)의 SubjectLogonId로 누구의 세션인지, 다른 계정으로 무엇을 실행했는지 확인하십시오.",
        ),
    },
    About {
        detector: "success-after-failures",
        variants: &["checked"],
        title: text("Right password after failures", "실패 후 올바른 것으로 확인된 암호"),
        hypothesis: text("A guess was right.", "추측한 암호가 맞았습니다."),
        else_it_may_be: text(
            "Somebody who had forgotten the password; an old password that is stored beside the new one.",
            "암호를 잊었던 사용자이거나, 저장된 예전 암호가 함께 시도된 경우일 수 있습니다.",
        ),
        next: text(
            "Reset the password. No session tells of this success: look for logons of the user afterwards, on every host and from everywhere (`kilroy sessions CASE --user NAME`).",
            "암호를 재설정하십시오. 이 성공에 해당하는 세션이 없으므로 이후 모든 호스트에서 이 사용자의 로그온을 확인하십시오(`kilroy sessions CASE --user 이름`).",
        ),
    },
    About {
        detector: "tunnelled-rdp",
        variants: &["portproxy", "remote-forward", "local-forward", "proxy", "tunnel"],
        title: text("Port forwarded", "포트 전달"),
        hypothesis: text(
            "A program carries connections of one port to another machine or port, past the firewall.",
            "프로그램이 한 포트의 연결을 다른 컴퓨터나 포트로 넘겨 방화벽을 우회합니다.",
        ),
        else_it_may_be: text(
            "Administrators and developers who reach a service through ssh or netsh; agents for remote support.",
            "ssh나 netsh로 서비스에 연결하는 관리자와 개발자, 원격 지원 에이전트일 수 있습니다.",
        ),
        next: text(
            "See which port leads where, who set it up, and what came through: connections to that port, and logons from 127.0.0.1. A `netsh portproxy` lasts until it is deleted (`netsh interface portproxy show all`).",
            "어느 포트가 어디로 이어지는지, 누가 설정했는지, 그 포트의 연결과 127.0.0.1에서 온 로그온을 확인하십시오. `netsh portproxy`는 삭제할 때까지 유지됩니다(`netsh interface portproxy show all`).",
        ),
    },
    About {
        detector: "password-guessing",
        variants: &[],
        title: text("Password guessing", "암호 추측"),
        hypothesis: text("Somebody tries passwords until one fits.", "누군가 맞을 때까지 암호를 시도합니다."),
        else_it_may_be: text(
            "An old password that a service, a mapped drive or a telephone keeps trying; your own scanner; an address that many share.",
            "서비스, 네트워크 드라이브, 휴대폰에 저장된 예전 암호, 자체 스캐너, 여러 사람이 함께 쓰는 주소일 수 있습니다.",
        ),
        next: text(
            "See whether the source got in (`kilroy sessions CASE --ip ADDRESS --outcome success`), on every host, also later and with other users.",
            "이 원본이 로그온에 성공했는지(`kilroy sessions CASE --ip 주소 --outcome success`) 모든 호스트에서, 이후 시간과 다른 사용자까지 확인하십시오.",
        ),
    },
    About {
        detector: "password-spraying",
        variants: &[],
        title: text("Password spraying", "암호 스프레이"),
        hypothesis: text(
            "Somebody tries one or two likely passwords with many users, so that no account is locked.",
            "계정이 잠기지 않도록 흔한 암호 한두 개를 여러 사용자에게 시도합니다.",
        ),
        else_it_may_be: text(
            "An address that many people share (NAT, VPN, proxy, terminal server) on a Monday morning; a service that checks many accounts.",
            "여러 사람이 함께 쓰는 주소(NAT, VPN, 프록시, 터미널 서버)에서 생긴 입력 실수나, 많은 계정을 검사하는 서비스일 수 있습니다.",
        ),
        next: text(
            "Reset each password that was right, and look at every logon of these users, from everywhere: a right password may be used from elsewhere. Of accounts without pre-authentication the password can be guessed offline: let it be asked for.",
            "올바른 것으로 확인된 암호를 모두 재설정하고 해당 사용자의 모든 로그온을 확인하십시오. 이런 암호는 다른 곳에서 사용될 수 있습니다. 사전 인증이 필요 없는 계정은 오프라인에서 암호를 추측할 수 있으므로 사전 인증을 켜십시오.",
        ),
    },
    About {
        detector: "success-after-failures",
        variants: &[],
        title: text("Success after failures", "실패 후 성공"),
        hypothesis: text("A guess was right.", "추측한 암호가 맞았습니다."),
        else_it_may_be: text(
            "Somebody who had forgotten the password; an old password that is stored beside the new one; people who share an address.",
            "암호를 잊었던 사용자이거나, 저장된 예전 암호가 함께 시도되었거나, 여러 사람이 한 주소를 함께 쓰는 경우일 수 있습니다.",
        ),
        next: text(
            "Ask the user. Follow the session (`kilroy activity CASE SESSION`) and where it went on to; reset the password.",
            "사용자에게 확인하십시오. 세션의 활동(`kilroy activity CASE SESSION`)과 이동 경로를 따라가고 암호를 재설정하십시오.",
        ),
    },
    About {
        detector: "session-takeover",
        variants: &["new-address"],
        title: text("Session taken up from a new address", "새 주소에서 세션 다시 연결"),
        hypothesis: text(
            "Somebody else knows the password and goes on in the session that the user left open.",
            "암호를 아는 다른 사람이 사용자가 열어 둔 세션에 다시 연결하여 이어서 사용합니다.",
        ),
        else_it_may_be: text(
            "The user, who went home or to another network and goes on there; an address that changes (DHCP, VPN).",
            "집이나 다른 네트워크로 옮겨 이어서 작업하는 사용자 본인이거나, 주소가 바뀌는 환경(DHCP, VPN)일 수 있습니다.",
        ),
        next: text(
            "Ask the user. See what was done in the session since then (`kilroy activity CASE SESSION`) and who else came from that address (`kilroy sessions CASE --ip ADDRESS`); if it was not the user, reset the password.",
            "사용자에게 확인하십시오. 다시 연결된 뒤 세션에서 한 일(`kilroy activity CASE SESSION`)과 이 주소에서 온 다른 로그온(`kilroy sessions CASE --ip 주소`)을 확인하고, 본인이 아니면 암호를 재설정하십시오.",
        ),
    },
    About {
        detector: "session-takeover",
        variants: &[],
        title: text("Session taken over", "세션 탈취"),
        hypothesis: text(
            "SYSTEM may connect any session to any terminal without a password: somebody goes on as another user.",
            "SYSTEM은 암호 없이 모든 세션을 다른 터미널에 연결할 수 있습니다. 누군가 이 방법으로 다른 사용자의 세션을 이어서 사용합니다.",
        ),
        else_it_may_be: text(
            "An administrator who keeps a console session alive with tscon; two who share a client or an address, one of whom leaves as the other comes.",
            "tscon으로 콘솔 세션을 유지하는 관리자이거나, 클라이언트나 주소를 함께 쓰는 두 사용자 중 한 명이 나갈 때 다른 한 명이 들어온 경우일 수 있습니다.",
        ),
        next: text(
            "What was done in the session afterwards was not its user: see who was on that connection before, and how he became SYSTEM.",
            "이후 세션의 활동은 본인이 아닐 수 있습니다. 그 연결의 이전 사용자와 SYSTEM 권한을 얻은 방법을 확인하십시오.",
        ),
    },
    About {
        detector: "session-shadowing",
        variants: &[],
        title: text("Session shadowed", "세션 섀도잉"),
        hypothesis: text(
            "Somebody watches or controls the session of another user, or lets himself do so without asking.",
            "다른 사용자의 세션을 보거나 제어하거나, 묻지 않고 그렇게 할 수 있도록 설정합니다.",
        ),
        else_it_may_be: text("A help desk at work: ask it.", "헬프데스크 업무일 수 있으므로 확인하십시오."),
        next: text(
            "Look at the policy (`Shadow` below Terminal Services) and at who changed it.",
            "정책(Terminal Services 아래의 `Shadow` 값)과 변경한 사람을 확인하십시오.",
        ),
    },
    About {
        detector: "tunnelled-rdp",
        variants: &[],
        title: text("Remote Desktop through a tunnel", "터널을 통한 원격 데스크톱"),
        hypothesis: text(
            "A port is forwarded past the firewall; a logon through it comes from the machine itself.",
            "방화벽을 우회해 포트를 전달합니다. 터널을 통한 로그온은 컴퓨터 자신(루프백)에서 온 것으로 보입니다.",
        ),
        else_it_may_be: text(
            "Administrators who work through ssh; agents for remote support; somebody who connects to his own machine.",
            "ssh로 작업하는 관리자, 원격 지원 에이전트, 자기 컴퓨터에 연결해 본 사용자일 수 있습니다.",
        ),
        next: text(
            "Find the program that forwards (processes with `-R`, netsh portproxy, chisel, ngrok) and where it leads: that address is the real source.",
            "포트를 전달하는 프로그램(`-R`, netsh portproxy, chisel, ngrok)과 그 상대 주소를 찾으십시오. 그 주소가 실제 원본입니다.",
        ),
    },
    About {
        detector: "remote-service",
        variants: &[],
        title: text("Service installed to run something", "실행을 위한 서비스 설치"),
        hypothesis: text(
            "PsExec and its kin: a program is copied to ADMIN$, installed as a service over the network, and run as SYSTEM.",
            "PsExec 계열: 프로그램을 ADMIN$에 복사하고 네트워크로 서비스를 설치하여 SYSTEM으로 실행합니다.",
        ),
        else_it_may_be: text(
            "An administrator with PsExec; deployment software, which works in the same way.",
            "PsExec를 쓰는 관리자나 같은 방식으로 동작하는 배포 소프트웨어일 수 있습니다.",
        ),
        next: text(
            "See what the service started, save the program, and go back to the machine where the network logon came from.",
            "서비스가 실행한 것을 확인하고 프로그램을 확보한 뒤, 네트워크 로그온의 원본 컴퓨터로 거슬러 올라가십시오.",
        ),
    },
    About {
        detector: "remote-admin-pipe",
        variants: &[],
        title: text("Remote administration over a pipe", "파이프를 통한 원격 관리"),
        hypothesis: text(
            "Whoever installs services, makes tasks or edits the registry of another machine opens the pipe for it.",
            "다른 컴퓨터의 서비스, 작업, 레지스트리를 다루려면 해당 파이프를 열어야 합니다.",
        ),
        else_it_may_be: text(
            "Every administrator’s console and most management software do this.",
            "관리 콘솔과 대부분의 관리 소프트웨어가 이렇게 동작합니다.",
        ),
        next: text(
            "Look at what changed on the host right afterwards: services, tasks, registry.",
            "직후 호스트에서 바뀐 서비스, 작업, 레지스트리를 확인하십시오.",
        ),
    },
    About {
        detector: "remote-task",
        variants: &[],
        title: text("Scheduled task made from afar", "원격에서 만든 예약된 작업"),
        hypothesis: text(
            "A task is made over the network, runs a command at once, mostly as SYSTEM, and is deleted again.",
            "네트워크로 작업을 만들어 즉시(주로 SYSTEM으로) 명령을 실행하고 다시 삭제합니다.",
        ),
        else_it_may_be: text(
            "Deployment software and administrators; installers that make a task and delete it.",
            "배포 소프트웨어, 관리자, 또는 작업을 만들었다가 지우는 설치 프로그램일 수 있습니다.",
        ),
        next: text(
            "Read the command, look for its output file, and go back to the machine where the network logon came from.",
            "명령과 출력 파일을 확인하고 네트워크 로그온의 원본 컴퓨터로 거슬러 올라가십시오.",
        ),
    },
    About {
        detector: "wmi-execution",
        variants: &[],
        title: text("Program run through WMI", "WMI를 통한 프로그램 실행"),
        hypothesis: text(
            "Win32_Process.Create was called: the program is a child of WmiPrvSE.exe.",
            "Win32_Process.Create가 호출되어 프로그램이 WmiPrvSE.exe의 자식으로 실행되었습니다.",
        ),
        else_it_may_be: text(
            "Inventory, monitoring and deployment software; scripts of administrators; WMI used on the machine itself.",
            "인벤토리, 모니터링, 배포 소프트웨어, 관리자 스크립트, 또는 로컬 WMI 사용일 수 있습니다.",
        ),
        next: text(
            "Read the commands in order; see who logged on over the network right before, and from where.",
            "명령을 순서대로 읽고 직전에 네트워크로 로그온한 사용자와 원본을 확인하십시오.",
        ),
    },
    About {
        detector: "winrm-execution",
        variants: &[],
        title: text("Program run through WinRM", "WinRM을 통한 프로그램 실행"),
        hypothesis: text(
            "winrs or PowerShell remoting ran something: it is a child of winrshost.exe or wsmprovhost.exe.",
            "winrs 또는 PowerShell 원격으로 실행되어 winrshost.exe나 wsmprovhost.exe의 자식입니다.",
        ),
        else_it_may_be: text(
            "Many administrators and configuration management (Ansible) work like this.",
            "많은 관리자와 구성 관리 도구(Ansible)가 이렇게 작업합니다.",
        ),
        next: text(
            "Read the commands, and the script blocks of that time (PowerShell 4104).",
            "명령과 그 시간의 스크립트 블록(PowerShell 4104)을 확인하십시오.",
        ),
    },
    About {
        detector: "dcom-execution",
        variants: &[],
        title: text("Program run through DCOM", "DCOM을 통한 프로그램 실행"),
        hypothesis: text(
            "An object that can run programs (MMC20.Application, ShellWindows, Office) was made from another machine.",
            "프로그램을 실행할 수 있는 개체(MMC20.Application, ShellWindows, Office)가 다른 컴퓨터에서 만들어졌습니다.",
        ),
        else_it_may_be: text(
            "Little: some consoles are opened by others in this way.",
            "다른 경우는 드뭅니다. 일부 콘솔이 이렇게 열리기도 합니다.",
        ),
        next: text(
            "Read the commands; see who logged on over the network right before, and from where.",
            "명령을 읽고 직전에 네트워크로 로그온한 사용자와 원본을 확인하십시오.",
        ),
    },
    About {
        detector: "hidden-remote-command",
        variants: &[],
        title: text("Hidden command in a network logon", "네트워크 로그온의 숨겨진 명령"),
        hypothesis: text(
            "Somebody on another machine runs commands here that hide themselves, or what they do.",
            "다른 컴퓨터의 누군가가 창이나 내용을 숨긴 명령을 이 컴퓨터에서 실행합니다.",
        ),
        else_it_may_be: text(
            "Deployment and inventory software that sends its scripts encoded.",
            "스크립트를 인코딩하여 보내는 배포 및 인벤토리 소프트웨어일 수 있습니다.",
        ),
        next: text(
            "Decode the command (`kilroy decode`), read the script blocks of that time (PowerShell 4104), and go back to the machine where the logon came from.",
            "명령을 디코딩하고(`kilroy decode`) 그 시간의 스크립트 블록(PowerShell 4104)을 확인한 뒤, 로그온의 원본 컴퓨터로 거슬러 올라가십시오.",
        ),
    },
    About {
        detector: "rdp-exploit-channel",
        variants: &[],
        title: text("Remote Desktop exploit channel", "원격 데스크톱 취약점 악용 채널"),
        hypothesis: text(
            "A client bound the channel MS_T120, which is the server’s own: BlueKeep (CVE-2019-0708), or a scan for it.",
            "클라이언트가 서버 전용 채널 MS_T120을 열었습니다. BlueKeep(CVE-2019-0708) 공격이거나 취약 여부를 확인하는 스캔입니다.",
        ),
        else_it_may_be: text("Your own scanner for weaknesses.", "자체 취약점 스캐너일 수 있습니다."),
        next: text(
            "See whether the machine had the update, what it did right afterwards (crash, new services, programs of SYSTEM), and what else that source did.",
            "업데이트가 적용되었는지, 직후의 동작(비정상 종료, 새 서비스, SYSTEM 프로그램)과 이 원본의 다른 활동을 확인하십시오.",
        ),
    },
    About {
        detector: "machine-account-execution",
        variants: &[],
        title: text("Machine account runs programs", "컴퓨터 계정의 프로그램 실행"),
        hypothesis: text(
            "A machine account starts nothing over a network logon, unless somebody holds its ticket or hash.",
            "컴퓨터 계정은 네트워크 로그온으로 프로그램을 실행하지 않습니다. 티켓이나 해시를 가진 누군가일 수 있습니다.",
        ),
        else_it_may_be: text(
            "A group managed service account, whose name ends with $ too; management software of a server.",
            "이름이 $로 끝나는 그룹 관리 서비스 계정이나 서버의 관리 소프트웨어일 수 있습니다.",
        ),
        next: text(
            "See whether that machine is where the logon came from; reset the machine’s password twice if not.",
            "로그온 원본이 그 컴퓨터인지 확인하고, 아니라면 컴퓨터 암호를 두 번 재설정하십시오.",
        ),
    },
    About {
        detector: "program-in-odd-place",
        variants: &[],
        title: text("Program in an odd place", "이상한 위치의 프로그램"),
        hypothesis: text(
            "Tools are dropped where everybody may write and nobody looks, or are named like a picture.",
            "누구나 쓸 수 있고 아무도 보지 않는 위치에 도구를 두거나 그림처럼 이름을 붙입니다.",
        ),
        else_it_may_be: text(
            "A setup program; people who exchange programs in a public folder.",
            "설치 프로그램이거나 공용 폴더에서 프로그램을 주고받은 경우일 수 있습니다.",
        ),
        next: text(
            "Save the file, look up its hash, and see who put it there.",
            "파일을 확보하고 해시를 조회한 뒤 누가 두었는지 확인하십시오.",
        ),
    },
    About {
        detector: "log-cleared",
        variants: &[],
        title: text("Event log cleared", "이벤트 로그 지워짐"),
        hypothesis: text("Somebody removes his traces.", "누군가 흔적을 지웁니다."),
        else_it_may_be: text(
            "An administrator who empties a full log; an image that is cleaned before it is copied.",
            "가득 찬 로그를 비우는 관리자이거나 복제 전에 정리한 이미지일 수 있습니다.",
        ),
        next: text(
            "See whose session it was, and what other hosts and logs say of the time before (`kilroy coverage`).",
            "누구의 세션인지, 그 이전 시간에 대해 다른 호스트와 로그에 무엇이 남아 있는지(`kilroy coverage`) 확인하십시오.",
        ),
    },
    About {
        detector: "account-created",
        variants: &[],
        title: text("New account", "새 계정"),
        hypothesis: text(
            "Somebody makes an account for himself, puts it into a group that may do something, and comes back with it.",
            "자신을 위한 계정을 만들어 권한 있는 그룹에 넣고 그 계정으로 다시 들어옵니다.",
        ),
        else_it_may_be: text(
            "An account for a new colleague or for a service: ask who made it.",
            "새 직원이나 서비스를 위한 계정일 수 있으므로 만든 사람에게 확인하십시오.",
        ),
        next: text(
            "See whose session made it, and every logon of it (`kilroy sessions CASE --user NAME`).",
            "만든 사람의 세션과 이 계정의 모든 로그온(`kilroy sessions CASE --user 이름`)을 확인하십시오.",
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_has_its_words_and_no_others() {
        let mut known: Vec<&str> = ABOUT.iter().map(|about| about.detector).collect();
        known.sort_unstable();
        known.dedup();
        assert_eq!(known, kilroy_findings::detectors::names());
    }
}
