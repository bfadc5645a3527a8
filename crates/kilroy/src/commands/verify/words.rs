//! What is found wrong, in Korean. The checks say it in English, as the JSON has it.

use std::borrow::Cow;

use kilroy_catalog::Language;

use crate::reasons::{self, Sentences};

/// A detail, as it is shown.
pub(super) fn detail(said: &str, language: Language) -> Cow<'_, str> {
    match language {
        Language::English => Cow::Borrowed(said),
        Language::Korean => reasons::by(&[DETAILS, reasons::SAID], said),
    }
}

/// What was looked at, as it is shown: mostly a file.
pub(super) fn subject(said: &str, language: Language) -> Cow<'_, str> {
    match language {
        Language::English => Cow::Borrowed(said),
        Language::Korean => reasons::by(&[SUBJECTS], said),
    }
}

const SUBJECTS: Sentences = &[
    ("1 event file", "이벤트 파일 1개"),
    ("{} event files", "이벤트 파일 {}개"),
    ("session tables", "세션 테이블"),
];

/// Both languages; `{}` is whatever stands there, and comes in the same order.
const DETAILS: Sentences = &[
    (
        "{}; an analysis did not finish: run `kilroy analyze` again",
        "{}. 분석이 끝나지 않았습니다. `kilroy analyze`를 다시 실행하십시오.",
    ),
    // Files of the case.
    ("it is not there", "파일이 없음"),
    ("it cannot be read: {}", "읽을 수 없음: {}"),
    ("it is damaged: {}", "손상됨: {}"),
    ("it has {} bytes; {} were written", "크기가 {}바이트이나 저장한 크기는 {}바이트임"),
    ("its bytes are not those that were written (SHA-256 differs)", "저장한 내용과 다름(SHA-256 불일치)"),
    ("it is no whole Parquet file: {}", "온전한 Parquet 파일이 아님: {}"),
    ("it has {} rows; {} events were written", "행이 {}개이나 저장한 이벤트는 {}개임"),
    (
        "the register does not know it: a run was killed; `kilroy analyze` removes it",
        "등록되지 않은 파일임. 강제로 종료된 실행이 남긴 것으로, `kilroy analyze`가 제거함",
    ),
    (
        "{} records were read, and its event files have {}",
        "읽은 레코드는 {}개이나 이벤트 파일에는 {}개가 있음",
    ),
    (
        "{} event files are of no evidence that it knows",
        "이벤트 파일 {}개가 등록된 어느 증거에도 속하지 않음",
    ),
    // Made anew.
    ("made anew it has other bytes", "다시 만든 내용과 다름"),
    ("the one made anew is not there", "다시 만든 파일이 없음"),
    ("the one made anew cannot be read: {}", "다시 만든 파일을 읽을 수 없음: {}"),
    ("they cannot be made anew: {}", "다시 만들 수 없음: {}"),
    ("the evidence gives this file, and the case does not have it", "증거에서 나오는 파일이나 케이스에 없음"),
    (
        "{} records and {} losses were noted; decoded anew there are {} and {}",
        "등록된 레코드는 {}개, 손실은 {}개이나 다시 해석하면 각각 {}개, {}개임",
    ),
    ("decoded anew, the evidence gives other bytes", "증거를 다시 해석한 내용과 다름"),
    ("an older version of Kilroy wrote it", "이전 버전의 Kilroy가 저장함"),
    ("Kilroy {} wrote it, and this is {}", "저장한 버전은 Kilroy {}, 현재 버전은 {}"),
    // The evidence.
    ("its evidence is not there", "증거가 없음"),
    ("their evidence is not there", "증거가 없음"),
    ("another content of this file has been read since", "이후에 이 파일의 다른 내용을 읽었음"),
    ("it has changed: its SHA-256 was {} and is {}", "변경됨: 이전 SHA-256은 {}, 현재는 {}"),
    ("it is no more where it was last seen, {}", "마지막으로 확인된 위치에 없음: {}"),
    (
        "where it was is not known: give its folder with --evidence",
        "위치를 알 수 없음. --evidence로 폴더를 지정하십시오.",
    ),
    ("{} is no evidence: {}", "{}: 증거가 아님: {}"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_found_and_keeps_its_places() {
        for (english, korean) in DETAILS {
            assert_eq!(english.matches("{}").count(), korean.matches("{}").count(), "{english}");
            let said = english.replace("{}", "7");
            assert_eq!(detail(&said, Language::Korean), korean.replace("{}", "7"), "{english}");
            assert_eq!(detail(&said, Language::English), said);
        }
    }

    #[test]
    fn causes_within_causes() {
        for (said, want) in [
            (
                "it is not there; an analysis did not finish: run `kilroy analyze` again",
                "파일이 없음. 분석이 끝나지 않았습니다. `kilroy analyze`를 다시 실행하십시오.",
            ),
            ("a/b.evtx is no evidence: a ZIP archive", "a/b.evtx: 증거가 아님: ZIP 압축 파일"),
        ] {
            assert_eq!(detail(said, Language::Korean), want);
        }
    }

    /// A file may be called like a sentence of the evidence.
    #[test]
    fn names_stay_as_they_are() {
        for (said, want) in [("text", "text"), ("13 event files", "이벤트 파일 13개"), ("a/b", "a/b")] {
            assert_eq!(subject(said, Language::Korean), want);
        }
    }
}
