//! Flags that say how to show results.

use clap::{Args, ValueEnum};
use kilroy_catalog::Language;

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct OutputFlags {
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// Language of tables
    #[arg(long, value_enum, default_value_t, value_name = "LANG")]
    pub(crate) lang: Lang,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct SummaryFlags {
    /// How to print the summary
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: SummaryFormat,

    /// Language of the summary
    #[arg(long, value_enum, default_value_t, value_name = "LANG")]
    pub(crate) lang: Lang,
}

/// Flags of the page that sums a case up.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ReportFlags {
    /// How to print the summary
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,

    /// Language of the summary
    #[arg(long, value_enum, default_value_t, value_name = "LANG")]
    pub(crate) lang: Lang,
}

/// How the page that sums a case up is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Table,
    /// For a report: Markdown
    Md,
    /// One JSON document
    Json,
}

/// How a listing is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
    /// For spreadsheets; no cell can begin a formula
    Csv,
}

/// Flags of what is one thing, and no rows.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct DocumentFlags {
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: DocumentFormat,

    /// Language of tables
    #[arg(long, value_enum, default_value_t, value_name = "LANG")]
    pub(crate) lang: Lang,
}

/// How one thing is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum DocumentFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// The same in one line
    Jsonl,
}

/// How a summary is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SummaryFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
}

/// A language that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Lang {
    /// English
    #[default]
    En,
    /// 한국어
    Ko,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Ko => Self::Korean,
        }
    }
}
