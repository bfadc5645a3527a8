//! Findings as people read them: rows, sentences and pages. What a finding says is made of its facts, in either language.

mod about;
mod english;
mod facts;
mod korean;
mod page;
mod row;

use kilroy_catalog::Language;
use kilroy_model::Finding;

pub(crate) use about::{About, about};
pub(crate) use page::{opened, page};
pub(crate) use row::Row;

/// A finding in a sentence or two.
pub(crate) fn sentence(finding: &Finding, language: Language) -> String {
    match language {
        Language::English => english::sentence(finding),
        Language::Korean => korean::sentence(finding),
    }
}

#[cfg(test)]
mod tests {
    use kilroy_model::{Fact, FactName, FindingUid, Timestamp, Weight};

    use super::*;

    fn finding(detector: &str, facts: &[(FactName, &str)]) -> Finding {
        let fact = |(name, text): &(FactName, &str)| Fact {
            name: *name,
            text: Some((*text).to_owned()),
            number: None,
            time: None,
        };
        let time = Timestamp::from_ticks(0);
        Finding {
            finding_uid: FindingUid(1),
            detector: detector.to_owned(),
            weight: Weight::Low,
            hosts: vec!["srv".to_owned()],
            first: time,
            last: time,
            users: Vec::new(),
            sources: Vec::new(),
            attack: Vec::new(),
            facts: facts.iter().map(fact).collect(),
            sessions: Vec::new(),
            sessions_total: 0,
            records: Vec::new(),
            records_total: 0,
        }
    }

    fn says(finding: &Finding, english: &str, korean: &str) {
        for (language, words) in [(Language::English, english), (Language::Korean, korean)] {
            let sentence = sentence(finding, language);
            assert!(sentence.contains(words), "{sentence}");
        }
    }

    /// Why something weighs little is said, in both languages.
    #[test]
    fn sentences_say_what_is_known_of_ordinary_work() {
        let ansible = [(FactName::Variant, "remote"), (FactName::Variant, "ansible")];
        says(&finding("winrm-execution", &ansible), "Ansible begins its steps", "Ansible이 각 단계를");
        says(&finding("hidden-remote-command", &ansible), "Ansible begins its steps", "Ansible이 각 단계를");
        let sysmon = [(FactName::Service, "Sysmon64"), (FactName::Variant, "sysmon")];
        says(
            &finding("remote-service", &sysmon),
            "It is Sysmon, with its driver.",
            "Sysmon과 그 드라이버임.",
        );
        let refused = [(FactName::Variant, "refused")];
        says(&finding("session-shadowing", &refused), "the user refused", "사용자가 거부함");
        let permitted = [(FactName::Variant, "permission")];
        says(&finding("session-shadowing", &permitted), "by the policy", "정책이 허용함");
    }

    /// Bob's session and alice's ticket are two successes: one does not hide the other.
    #[test]
    fn a_right_password_is_told_beside_a_session() {
        let mut guessing = finding("password-guessing", &[(FactName::RightPassword, "alice")]);
        let success =
            Fact { name: FactName::Success, text: None, number: None, time: Some(Timestamp::from_ticks(0)) };
        guessing.facts.push(success.clone());
        says(
            &guessing,
            "The password of alice was right at",
            "에 암호가 올바른 것으로 확인된 사용자: alice.",
        );
        guessing.facts.push(Fact { name: FactName::Count, number: Some(1), time: None, ..success });
        says(&guessing, "It got in at", "에 로그온 성공.");
        says(
            &guessing,
            "It also found the right password of alice.",
            "그 외 암호가 올바른 것으로 확인된 사용자: alice.",
        );
    }

    #[test]
    fn a_command_to_clear_logs_ran() {
        let mut cleared =
            finding("log-cleared", &[(FactName::Variant, "command"), (FactName::User, "admmig")]);
        let count = Fact { name: FactName::Count, text: None, number: Some(14), time: None };
        cleared.facts.push(count);
        says(&cleared, "14 commands to clear logs ran on srv (admmig).", "로그를 지우는 명령 14개 실행");
    }

    /// A proxy by `ssh -D` is a port that is forwarded, and no logon.
    #[test]
    fn a_proxy_is_titled_as_a_forward() {
        let proxy =
            finding("tunnelled-rdp", &[(FactName::Variant, "proxy"), (FactName::Command, "ssh -D 1080 h")]);
        assert_eq!(about(&proxy).title.en, "Port forwarded");
    }
}
