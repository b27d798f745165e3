//! Where the audit is taken out: the browser fetches it itself, as a file.

use domain::PlanId;

use super::BASE;

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A table, for a spreadsheet.
    Csv,
    /// One JSON object a line, for programs.
    JsonLines,
}

impl Format {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Csv, Self::JsonLines];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }
}

/// The address of a plan's audit; of the workspace's, when no plan is named.
pub(crate) fn address(plan: Option<PlanId>, format: Format) -> String {
    let of = plan.map(|plan| format!("/plans/{plan}")).unwrap_or_default();
    format!("{BASE}{of}/audit?format={}", format.as_str())
}
