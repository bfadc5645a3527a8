//! Every story, from records through real files to sessions, beside its true answer.

mod common;

use std::fmt::Write as _;

use kilroy_testkit::scenarios;

#[test]
fn every_story_has_its_true_sessions() {
    let mut report = String::new();
    let mut right = 0;
    let stories = scenarios::all();
    for story in &stories {
        let tables = common::tables(&story.files().expect("a story that can be written"));
        let lines = common::differences(&tables, &story.answers);
        right += usize::from(lines.is_empty());
        for line in lines {
            let _ = writeln!(report, "{}: {line}", story.name);
        }
    }
    println!("{report}{right} of {} stories agree", stories.len());
    assert!(report.is_empty(), "{report}{right} of {} stories agree", stories.len());
}

#[test]
fn names_are_unique_and_every_story_says_something() {
    let stories = scenarios::all();
    let names: std::collections::BTreeSet<_> = stories.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), stories.len());
    for story in &stories {
        assert!(!story.answers.access.is_empty() || story.answers.background.is_some(), "{}", story.name);
        for answer in &story.answers.access {
            assert!(!answer.sources.is_empty(), "{}: an answer without a record", story.name);
        }
    }
}
