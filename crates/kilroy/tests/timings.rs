//! `kilroy analyze --timings`.

mod common;

use common::Workplace;

#[test]
fn where_the_time_goes() {
    let place = Workplace::with_demo();
    let run = place.run(&["analyze", "logs", "-o", "measured", "--timings", "--quiet"]);
    assert_eq!(run.code, 0);
    // What is measured shows nowhere else.
    assert_eq!(run.out, place.prints(&["analyze", "logs", "-o", "measured"]));
    assert_eq!(place.tables("measured"), place.tables("case"));

    let lines: Vec<&str> = run.err.lines().collect();
    let work: Vec<&str> = lines.iter().filter_map(|line| line.split("  ").next()).collect();
    assert_eq!(
        work,
        [
            "WORK",
            "- reading and hashing (SHA-256)",
            "- decoding and normalising",
            "- sorting and Parquet",
            "- register of evidence",
            "evidence into the case",
            "- reading events back",
            "- session engine",
            "- session tables",
            "- hops and detectors",
            "sessions of the events",
            "summary",
            "all else",
            "total",
        ]
    );
    let cpu = |line: &str| -> f64 {
        let mut words = line.rsplit("  ").filter(|word| !word.is_empty());
        words.nth(2).and_then(|number| number.trim().parse().ok()).expect("a number of seconds")
    };
    let total = cpu(lines[13]);
    assert!(total > 0.0, "{}", run.err);
    let parts: f64 = lines[5..13].iter().filter(|line| !line.starts_with("- ")).map(|line| cpu(line)).sum();
    // Each is rounded to a hundredth.
    assert!((total - parts).abs() < 0.05, "{}", run.err);
}
