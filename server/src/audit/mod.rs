//! The audit: who did what, told from the journal, which is its only source.
//!
//! - `event`: what an event of the workspace's stream says
//! - `line`: a line, as JSON and as CSV
//! - `csv`: cells that no spreadsheet takes for a formula
//! - `stream`: the lines of a running server, in pieces of a bounded size
//!
//! An [`Auditor`] takes records in the order of their time and answers with lines. It folds the workspace's events as it
//! goes, so that a name in a line is the name of that day. A plan's audit has the events about the plan and every change
//! of its content; the workspace's has all events and no content.

mod csv;
mod event;
mod line;
mod places;
mod stream;

use domain::{Delta, Fact, PersonId, PlanId, Scalar, Schema, TimestampMs};
use journal::{Record, StreamId};
use protocol::Body;
use serde::Deserialize;
use workspace::State;

use crate::refold::{FoldError, Refold, entry};

pub use line::{Format, Line};
pub use places::{Place, Places};
pub use stream::{Audit, AuditFailed, lines};

/// Stands for a value that is personal about one of the customer's people. The audit is taken out of the house, and what
/// was erased in the plan would stay readable in it.
const PERSONAL: &str = "(personal)";
/// How a value begins that can be read with a key alone.
const SEALED: &str = "sealed:";
/// Longest value in a line, in characters.
const VALUE_CHARS_MAX: usize = 500;

/// What is audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What was decided in the workspace.
    Workspace,
    /// A plan: what was decided about it, and what was written into it.
    Plan(PlanId),
}

/// Which lines are wanted; nothing: all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Only {
    /// From this time on.
    pub from: Option<TimestampMs>,
    /// Before this time.
    pub until: Option<TimestampMs>,
    /// What this person did, and what was done about them.
    pub person: Option<PersonId>,
    /// Of this kind.
    pub kind: Option<String>,
}

impl Only {
    fn wants(&self, line: &Line) -> bool {
        self.from.is_none_or(|from| line.at >= from)
            && self.until.is_none_or(|until| line.at < until)
            && self
                .person
                .is_none_or(|person| line.by == person || line.person == Some(person))
            && self.kind.as_ref().is_none_or(|kind| line.kind == kind)
    }
}

/// Makes lines of records.
pub struct Auditor {
    scope: Scope,
    only: Only,
    schema: Schema,
    state: State,
    plan: Refold,
}

impl Auditor {
    /// Of nothing yet: it is given the records of its scope from the first on.
    pub fn new(scope: Scope, only: Only) -> Self {
        Self {
            scope,
            only,
            schema: Schema::standard(),
            state: State::default(),
            plan: Refold::default(),
        }
    }

    /// Whether it wants the records of a stream.
    pub fn reads(&self, stream: StreamId) -> bool {
        stream == StreamId::WORKSPACE || matches!(self.scope, Scope::Plan(plan) if stream == plan.into())
    }

    /// Takes the next record of a stream that it reads; answers with what it says.
    pub fn take(&mut self, record: &Record) -> Result<Vec<Line>, FoldError> {
        let entry = entry(record)?;
        let mut lines = match &entry.body {
            Body::Workspace(event) => {
                let line = event::line(&self.state, record, entry.author, event);
                let about = match self.scope {
                    Scope::Workspace => true,
                    Scope::Plan(plan) => event::is_about(&self.state, event, plan),
                };
                self.state.evolve(record.at, event);
                if about { vec![line] } else { Vec::new() }
            }
            Body::Change { .. } => {
                let facts = self.plan.take(record)?;
                facts.iter().map(|fact| self.written(record, fact)).collect()
            }
        };
        lines.retain(|line| self.only.wants(line));
        Ok(lines)
    }

    /// A fact of the plan.
    fn written(&self, record: &Record, fact: &Fact) -> Line {
        let plan = PlanId(record.stream.0);
        let mut line = Line::new(record, fact.author, &self.state);
        line.plan = Some(plan);
        line.plan_name = self.state.plan(plan).map(|plan| plan.name.clone());
        line.section = Some(fact.cell.section);
        line.item = Some(fact.cell.item);
        line.cell = Some(fact.cell.to_string());
        let (kind, old, new) = match &fact.delta {
            Delta::ItemMade => ("item_made", None, None),
            Delta::ParagraphMade => ("paragraph_made", None, None),
            Delta::Set { old, new, .. } => ("set", old.as_ref().map(words), new.as_ref().map(words)),
            Delta::Text { old, new, .. } => ("text", Some(shortened(old)), Some(shortened(new))),
        };
        line.kind = kind;
        // Of a folder from before there were seals, too.
        let is_personal = self.schema.seal_of(&fact.cell).is_some();
        let told = |value: Option<String>| value.map(|value| if is_personal { PERSONAL.to_owned() } else { value });
        (line.old, line.new) = (told(old), told(new));
        line
    }
}

fn words(value: &Scalar) -> String {
    match value.as_str() {
        Some(text) if text.starts_with(SEALED) => PERSONAL.to_owned(),
        _ => shortened(&value.to_string()),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}
