//! Pages of a plan's history: which are asked for, and what is on them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use domain::{Cell, Fact, ItemId, PersonId, PlanId, Schema, SectionId, Seq, TimestampMs};
use reports::words::Names;
use reports::{DiffPiece, PlanState, control_line, is_for_inviters};
use serde::{Deserialize, Serialize};
use workspace::State;

use super::control::ControlEvent;
use crate::sight::Eyes;

/// Most lines of a page, one entry's that would be cut in two aside.
pub const PAGE_FACTS_MAX: usize = 500;
/// Most facts that are looked at for one page.
pub(crate) const SCAN_FACTS_MAX: usize = 50_000;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What people wrote.
    Edits,
    /// Roles, stage, name.
    Control,
}

/// Where a page begins: older than these, of the plan's stream and of the workspace's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Older than this entry of the plan.
    pub edits: Seq,
    /// Older than this entry of the workspace.
    pub control: Seq,
}

impl Cursor {
    /// At the newest of all.
    pub const NEWEST: Self = Self {
        edits: Seq(u64::MAX),
        control: Seq(u64::MAX),
    };
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.edits, self.control)
    }
}

/// A cursor that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is none that this server gave")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (edits, control) = text.split_once('.').ok_or(CursorError)?;
        let seq = |text: &str| text.parse().map(Seq).map_err(|_| CursorError);
        Ok(Self {
            edits: seq(edits)?,
            control: seq(control)?,
        })
    }
}

/// Which part of a history is wanted.
#[derive(Debug, Clone)]
pub struct HistoryQuery {
    /// Of this plan.
    pub plan: PlanId,
    /// Of this section.
    pub section: Option<SectionId>,
    /// Of this item; needs the section.
    pub item: Option<ItemId>,
    /// Of this cell, as it is displayed.
    pub cell: Option<String>,
    /// Of this field of the schema, in whichever item.
    pub field: Option<String>,
    /// By this person.
    pub person: Option<PersonId>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Where these words occur.
    pub text: Option<String>,
    /// Not before.
    pub from: Option<TimestampMs>,
    /// Before.
    pub to: Option<TimestampMs>,
    /// Whether lines are told in words.
    pub words: bool,
    /// Where the page begins.
    pub cursor: Cursor,
    /// About how many lines.
    pub limit: usize,
}

impl HistoryQuery {
    pub(crate) fn wants(&self, fact: &Fact) -> bool {
        let cell: &Cell = &fact.cell;
        self.section.is_none_or(|section| cell.section == section)
            && self.item.is_none_or(|item| cell.item == item)
            && self.person.is_none_or(|person| fact.author == person)
            && self.field.as_ref().is_none_or(|field| cell.field_key() == field)
            && self.cell.as_ref().is_none_or(|wanted| cell.to_string() == *wanted)
    }

    /// Whether edits are wanted at all.
    pub(crate) fn wants_edits(&self) -> bool {
        self.kind != Some(Kind::Control)
    }

    /// Whether control events are: they are of no section.
    pub(crate) const fn wants_control(&self) -> bool {
        let is_narrow = self.section.is_some() || self.cell.is_some() || self.field.is_some();
        !matches!(self.kind, Some(Kind::Edits)) && !is_narrow
    }

    /// Whether the plan as it was is needed to answer.
    pub(crate) const fn needs_state(&self) -> bool {
        self.words || self.text.is_some()
    }
}

/// What lines are told with: the words of the schema, the names of now, and what the reader sees.
#[derive(Clone)]
pub struct Telling {
    /// What the reader sees.
    pub eyes: Eyes,
    /// People.
    pub people: Arc<State>,
    /// Whether the reader is told who was invited, and did not come.
    pub invites: bool,
}

impl Telling {
    /// A control event as a line, if it is told to the reader.
    pub(crate) fn control(&self, event: &ControlEvent, state: &PlanState) -> Option<ControlView> {
        if is_for_inviters(&event.event) && !self.invites {
            return None;
        }
        let line = control_line(&event.event, &event.then, &self.names(state))?;
        Some(ControlView {
            seq: event.seq,
            at: event.at,
            author: event.author,
            author_name: self.person(event.author),
            event: line.event,
            words: line.words,
            contact: line.contact,
        })
    }

    /// The schema.
    pub const fn schema(&self) -> &Arc<Schema> {
        self.eyes.schema()
    }

    /// A person's name, whoever they are or were.
    pub fn person(&self, person: PersonId) -> Option<String> {
        self.people.name_of(person).map(str::to_owned)
    }

    /// Names as they are in a state of the plan.
    pub(crate) const fn names<'a>(&'a self, state: &'a PlanState) -> NamesIn<'a> {
        NamesIn { telling: self, state }
    }
}

/// The names of people, and of the items of a state.
pub(crate) struct NamesIn<'a> {
    telling: &'a Telling,
    state: &'a PlanState,
}

impl Names for NamesIn<'_> {
    fn person(&self, person: PersonId) -> Option<String> {
        self.telling.person(person)
    }

    fn item(&self, item: ItemId) -> Option<String> {
        self.state.title(item).map(str::to_owned)
    }
}

/// A fact as a line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
    /// What its item was called then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// It in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// What became of a text, with some words around.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<Vec<DiffPiece>>,
}

/// A control event as a line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ControlView {
    /// Its entry in the workspace's stream.
    pub seq: Seq,
    /// When.
    pub at: TimestampMs,
    /// Who.
    pub author: PersonId,
    /// Their name, be they in the plan or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_name: Option<String>,
    /// What kind of event.
    pub event: &'static str,
    /// What happened, in words that follow the author's name.
    pub words: String,
    /// The contact that it was about: whose data was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ItemId>,
}

/// A page of history, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HistoryPage {
    /// What people wrote. All facts of an entry that fit the query are on one page.
    pub facts: Vec<HistoryLine>,
    /// What happened beside, between these times.
    pub control: Vec<ControlView>,
    /// The names of those who wrote what is on the page, be they in the plan still or not.
    pub people: BTreeMap<PersonId, String>,
    /// Ask for what is before this entry to read on; nothing: there are no older edits.
    pub next: Option<Seq>,
    /// Ask with this to read on; nothing: this was all.
    pub cursor: Option<String>,
}

/// The titles that an entry's items had after it.
pub(crate) type Titles = BTreeMap<(SectionId, ItemId), Option<String>>;
