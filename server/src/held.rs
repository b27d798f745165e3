//! All that a plan holds about one of the customer's people, in its journal from the first entry on.

use std::collections::BTreeMap;

use domain::event::ErasedPart;
use domain::seal::is_sealed;
use domain::{Delta, Fact, ItemId, Part, PersonId, PlanId, Scalar, Schema, Seal, SectionId, Seq, TimestampMs};
use journal::Journal;
use plan::Table;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::ApiError;
use crate::refold::Refold;

/// How much of the stream is read at once, in bytes.
const READ_BYTES: usize = 1 << 20;

/// Something that was written about a contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// In which entry.
    #[schema(value_type = u64)]
    seq: Seq,
    /// When.
    #[schema(value_type = i64)]
    at: TimestampMs,
    /// By whom.
    #[schema(value_type = Uuid)]
    by: PersonId,
    /// Where.
    cell: String,
    /// What stood there; null: nothing.
    #[schema(required)]
    old: Option<Value>,
    /// What stood there then; null: nothing.
    #[schema(required)]
    new: Option<Value>,
    /// The same in words; null: nothing that people see, such as a place among others.
    #[schema(required)]
    words: Option<String>,
}

impl Line {
    /// What a fact says, once it is opened.
    pub fn of(schema: &Schema, fact: Fact, names: &Known) -> Self {
        let told = reports::fact_words(schema, &fact, names);
        let words = |value: Scalar| match value {
            Scalar::Str(text) => json!(text),
            Scalar::Int(number) => json!(number),
            Scalar::Bool(yes) => json!(yes),
        };
        let (old, new) = match fact.delta {
            Delta::ItemMade | Delta::ParagraphMade => (None, None),
            Delta::Set { old, new, .. } => (old.map(words), new.map(words)),
            Delta::Text { old, new, .. } => (Some(json!(old)), Some(json!(new))),
        };
        Self {
            seq: fact.seq,
            at: fact.at,
            by: fact.author,
            cell: fact.cell.to_string(),
            old,
            new,
            words: told,
        }
    }
}

/// What people are called, for those who cannot look an id up. What the plan's items are called stays out of a report that
/// is handed out: it is words about others.
#[derive(Debug, Default)]
pub struct Known(BTreeMap<String, String>);

impl Known {
    /// These people.
    pub fn of(people: impl Iterator<Item = (PersonId, String)>) -> Self {
        Self(people.map(|(person, name)| (person.to_string(), name)).collect())
    }

    /// Of those whose ids occur in a text.
    pub fn occurring_in(self, text: &str) -> BTreeMap<String, String> {
        let Self(mut known) = self;
        known.retain(|id, _| text.contains(id.as_str()));
        known
    }
}

impl reports::words::Names for Known {
    fn person(&self, person: PersonId) -> Option<String> {
        self.0.get(&person.to_string()).cloned()
    }

    fn item(&self, _: ItemId) -> Option<String> {
        Some("another entry of the plan".to_owned())
    }
}

/// What happened to a contact, and where else they were spoken of, from the journal: as it stands there, sealed.
pub async fn facts_of(app: &App, plan: PlanId, item: ItemId) -> Result<Vec<Fact>, ApiError> {
    let unreadable = |error: &dyn std::fmt::Display| {
        tracing::error!(%plan, %error, "a plan's history cannot be read");
        ApiError::Unavailable("the plan's history cannot be read now: try again shortly".to_owned())
    };
    let mut refold = Refold::default();
    let mut all = Vec::new();
    let id = item.to_string();
    loop {
        let read = app.journal.read(plan.into(), refold.last().next(), READ_BYTES).await;
        let records = read.map_err(|error| unreadable(&error))?;
        if records.is_empty() {
            return Ok(all);
        }
        for record in &records {
            let facts = refold.take(record).map_err(|error| unreadable(&error))?;
            all.extend(facts.into_iter().filter(|fact| speaks_of(fact, item, &id)));
        }
        // A long plan takes a while: others have their turn.
        tokio::task::yield_now().await;
    }
}

fn speaks_of(fact: &Fact, item: ItemId, id: &str) -> bool {
    fact.cell.item == item || fact.cell.key.contains(id) || names(&fact.delta, id)
}

fn names(delta: &Delta, id: &str) -> bool {
    match delta {
        Delta::Set { old, new, .. } => old.iter().chain(new).any(|value| value.as_str() == Some(id)),
        Delta::ItemMade | Delta::ParagraphMade | Delta::Text { .. } => false,
    }
}

/// Whether a fact holds words that no key guards, and that an erasure was to take away.
pub fn is_plain(schema: &Schema, fact: &Fact, part: ErasedPart) -> bool {
    let erased = match (schema.seal_of(&fact.cell), part) {
        (Some(Seal::Contact), ErasedPart::Contact) | (Some(Seal::Personality), _) => true,
        (Some(Seal::Contact), ErasedPart::Personality) | (None, _) => false,
    };
    let is_open = |value: &Scalar| value.as_str().is_some_and(|text| !is_sealed(text));
    erased
        && match &fact.delta {
            Delta::Set { old, new, also } => old.iter().chain(new).chain(also).any(is_open),
            Delta::Text { .. } => true,
            Delta::ItemMade | Delta::ParagraphMade => false,
        }
}

/// Where other items of the plan name this one now.
pub fn mentions(table: &Table, item: ItemId) -> Vec<String> {
    let id = item.to_string();
    let mut paths = Vec::new();
    for section in SectionId::ALL {
        for other in table.items(section).filter(|other| *other != item) {
            let cells = table.cells(section, other).into_iter();
            let naming = cells.filter(|(cell, value)| {
                cell.part == Part::Links && cell.key.contains(&id) || value.as_str() == Some(id.as_str())
            });
            paths.extend(naming.map(|(cell, _)| cell.to_string()));
        }
    }
    paths
}
