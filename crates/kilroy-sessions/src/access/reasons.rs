//! Codes in words: why a session ended or failed.

use kilroy_catalog::{Code, Language};
use kilroy_model::Reason;

/// `STATUS_LOGON_FAILURE`: the sub-status beside it tells which of two things was wrong.
const LOGON_FAILURE: u64 = 0xc000_006d;

/// A reason in words. A status is one only where no sub-status tells more.
pub fn reason_text(reason: &Reason, language: Language) -> Option<String> {
    let code = match reason {
        Reason::Number(n) => kilroy_catalog::disconnect_reason(*n),
        Reason::Code(code) => of_status(code),
    }?;
    let text = match (reason, code.value, language) {
        (Reason::Code(_), LOGON_FAILURE, Language::English) => {
            "bad user name or password; which of them is not recorded"
        }
        (Reason::Code(_), LOGON_FAILURE, Language::Korean) => {
            "잘못된 사용자 이름 또는 암호(어느 쪽인지는 기록되지 않음)"
        }
        _ => code.text.get(language),
    };
    Some(text.to_owned())
}

/// A status in words, beside its sub-status.
pub fn status_text(status: &str, language: Language) -> Option<String> {
    of_status(status).map(|code| code.text.get(language).to_owned())
}

fn of_status(code: &str) -> Option<&'static Code> {
    kilroy_catalog::status(code).or_else(|| kilroy_catalog::kerberos_status(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_without_its_sub_status_does_not_point_at_it() {
        let status = "0xC000006D";
        for (language, word) in [(Language::English, "sub-status"), (Language::Korean, "하위 상태")] {
            let reason = reason_text(&Reason::Code(status.to_owned()), language).expect("words");
            let beside = status_text(status, language).expect("words");
            assert!(!reason.contains(word) && beside.contains(word), "{reason}, {beside}");
        }
    }
}
