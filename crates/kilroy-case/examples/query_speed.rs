//! How long questions to a case take: `cargo run --release -p kilroy-case --example query_speed -- CASE [RUNS]`.
//!
//! Prints a table in Markdown: the least of some runs in milliseconds, in one process, and how many rows came out. With each
//! question stands the same in SQL, to be asked of DuckDB on the same files (`query_speed.py` beside this file).

#![allow(clippy::print_stdout, clippy::cast_precision_loss, reason = "it prints a table of milliseconds")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use kilroy_case::Case;
use kilroy_case::query::{Column, Filter, Key, Order, Scan};

/// What is asked.
#[derive(Clone, Copy)]
enum Ask {
    Count,
    Page(&'static str, bool),
    Top(&'static str),
    Histogram(u64),
    UserAndDay,
    Sessions,
}

/// Name, filter, question, the same for DuckDB.
const QUESTIONS: &[(&str, &str, Ask, &str)] = &[
    ("all events", "", Ask::Count, "SELECT count(*) FROM e"),
    (
        "failed logons of a user",
        "user:administrator event_id:4625",
        Ask::Count,
        "SELECT count(*) FROM e WHERE lower(\"user\") = 'administrator' AND event_id = 4625",
    ),
    ("a network", "ip:10.0.0.0/8", Ask::Count, "SELECT count(*) FROM e WHERE src_ip LIKE '10.%'"),
    (
        "an image",
        "image:*\\powershell.exe",
        Ask::Count,
        "SELECT count(*) FROM e WHERE lower(image) LIKE '%\\powershell.exe'",
    ),
    ("a logon ID", "logon_id:0x3e7", Ask::Count, "SELECT count(*) FROM e WHERE logon_id = '0x3e7'"),
    ("first page by time", "", Ask::Page("time", false), "SELECT * FROM e ORDER BY time LIMIT 50"),
    ("last page by time", "", Ask::Page("time", true), "SELECT * FROM e ORDER BY time DESC LIMIT 50"),
    (
        "first page of a filter",
        "event_id:4624 logon_type:10",
        Ask::Page("time", false),
        "SELECT * FROM e WHERE event_id = 4624 AND logon_type = 10 ORDER BY time LIMIT 50",
    ),
    (
        "events by hour",
        "",
        Ask::Histogram(3_600),
        "SELECT epoch_us(time::TIMESTAMPTZ) // 3600000000, count(*) FROM e GROUP BY 1",
    ),
    (
        "logons by hour",
        "event_id:4624",
        Ask::Histogram(3_600),
        "SELECT epoch_us(time::TIMESTAMPTZ) // 3600000000, count(*) FROM e WHERE event_id = 4624 GROUP BY 1",
    ),
    (
        "top event IDs",
        "",
        Ask::Top("event_id"),
        "SELECT event_id, count(*) c FROM e GROUP BY 1 ORDER BY c DESC LIMIT 20",
    ),
    (
        "top users",
        "",
        Ask::Top("user"),
        "SELECT \"user\", count(*) c FROM e GROUP BY 1 ORDER BY c DESC LIMIT 20",
    ),
    (
        "events by user and day",
        "",
        Ask::UserAndDay,
        "SELECT \"user\", epoch_us(time::TIMESTAMPTZ) // 86400000000, count(*) FROM e GROUP BY 1, 2",
    ),
    ("all access sessions", "", Ask::Sessions, "SELECT * FROM s"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let path = words.next().ok_or("give the folder of a case")?;
    let runs: usize = words.next().map_or(Ok(5), |n| n.parse())?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).get();
    let case = Case::open(Path::new(&path))?;
    println!("| question | filter | rows | ms | DuckDB SQL |\n|---|---|--:|--:|---|");
    for (name, filter, ask, sql) in QUESTIONS {
        let mut least = f64::MAX;
        let mut rows = 0;
        for _ in 0..runs {
            let begin = Instant::now();
            // Opening the files is part of it: nothing is kept from one question to the next.
            let scan = case.scan(&Filter::parse(filter)?, threads)?;
            rows = answer(&case, &scan, *ask)?;
            least = least.min(begin.elapsed().as_secs_f64() * 1e3);
        }
        println!("| {name} | `{filter}` | {rows} | {least:.0} | `{sql}` |");
    }
    Ok(())
}

fn answer(case: &Case, scan: &Scan, ask: Ask) -> Result<usize, Box<dyn Error>> {
    let column = |name: &str| Column::named(name).ok_or("no such column");
    Ok(match ask {
        Ask::Count => usize::try_from(scan.count()?)?,
        Ask::Page(by, descending) => {
            let all: Vec<Column> = Column::all().collect();
            let order = Order { by: column(by)?, descending };
            scan.page(&all, order, 0, 50)?.events.num_rows()
        }
        Ask::Top(name) => scan.top(column(name)?, 20)?.len(),
        Ask::Histogram(seconds) => scan.histogram(seconds)?.len(),
        Ask::UserAndDay => scan.group(&[Key::Column(column("user")?), Key::DAY])?.len(),
        Ask::Sessions => {
            let mut sessions = 0;
            case.each_access_session(&mut |_| sessions += 1)?;
            sessions
        }
    })
}
