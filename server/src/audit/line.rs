//! One line of the audit, as JSON and as CSV.

use chrono::{DateTime, SecondsFormat};
use domain::{ItemId, PersonId, PlanId, SectionId, Seq, TimestampMs};
use journal::Record;
use serde::{Deserialize, Serialize};
use workspace::State;

use super::csv;

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When, in milliseconds since 1970, by the server's clock.
    pub at: TimestampMs,
    /// When, in UTC.
    pub time: String,
    /// What kind of thing, for programs.
    pub kind: &'static str,
    /// Who did it; the nil id: the server itself, or whoever holds the data folder.
    pub by: PersonId,
    /// Their name then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_name: Option<String>,
    /// What it is, in words that follow the name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// The plan it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanId>,
    /// Its name then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_name: Option<String>,
    /// The person it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Their name then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_name: Option<String>,
    /// The token it is about, as the list of tokens names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The section that was written, or in which something was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionId>,
    /// The item that was written, or the contact that was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// The cell that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// What was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// The stream of the journal that has the entry: the workspace's, or the plan's.
    pub stream: String,
    /// Its place there.
    pub seq: Seq,
    /// The stream's hash up to it: what checkpoints sign.
    pub chain: String,
}

impl Line {
    /// Of an entry, without what it says.
    pub(super) fn new(record: &Record, by: PersonId, state: &State) -> Self {
        Self {
            at: record.at,
            time: time(record.at),
            kind: "",
            by,
            by_name: name(state, by),
            words: String::new(),
            plan: None,
            plan_name: None,
            person: None,
            person_name: None,
            token: None,
            section: None,
            item: None,
            cell: None,
            old: None,
            new: None,
            stream: if record.stream == journal::StreamId::WORKSPACE {
                "workspace".to_owned()
            } else {
                record.stream.to_string()
            },
            seq: record.seq,
            chain: record.chain.to_string(),
        }
    }
}

/// A person's name, if they are known.
pub(super) fn name(state: &State, person: PersonId) -> Option<String> {
    state.name_of(person).map(str::to_owned)
}

fn time(at: TimestampMs) -> String {
    DateTime::from_timestamp_millis(at.0)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// How lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// A table for a spreadsheet.
    Csv,
}

/// The table's columns.
const COLUMNS: [&str; 19] = [
    "time",
    "at",
    "kind",
    "by",
    "by_name",
    "words",
    "plan",
    "plan_name",
    "person",
    "person_name",
    "token",
    "section",
    "item",
    "cell",
    "old",
    "new",
    "stream",
    "seq",
    "chain",
];

impl Format {
    /// What kind of file it is.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jsonl => "application/jsonl",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// What stands before the first line. A spreadsheet knows by the mark that the table is UTF-8.
    pub fn head(self) -> String {
        match self {
            Self::Jsonl => String::new(),
            Self::Csv => format!("\u{feff}{}", csv::row(&COLUMNS)),
        }
    }

    /// A line, with its end.
    ///
    /// # Panics
    /// Never: our own types serialise.
    pub fn write(self, line: &Line) -> String {
        match self {
            Self::Jsonl => {
                let json = serde_json::to_string(line).expect("text and numbers become JSON");
                format!("{json}\n")
            }
            Self::Csv => row(line),
        }
    }
}

fn row(line: &Line) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let cells: [String; COLUMNS.len()] = [
        line.time.clone(),
        line.at.0.to_string(),
        line.kind.to_owned(),
        line.by.to_string(),
        text(&line.by_name),
        line.words.clone(),
        text(&line.plan.map(|plan| plan.to_string())),
        text(&line.plan_name),
        text(&line.person.map(|person| person.to_string())),
        text(&line.person_name),
        text(&line.token),
        text(&line.section.map(|section| section.to_string())),
        text(&line.item.map(|item| item.to_string())),
        text(&line.cell),
        text(&line.old),
        text(&line.new),
        line.stream.clone(),
        line.seq.to_string(),
        line.chain.clone(),
    ];
    csv::row(&cells)
}
