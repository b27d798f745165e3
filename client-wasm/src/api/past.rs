//! What happened in a plan, and the plan as it was, over HTTP.

use std::collections::BTreeMap;

use domain::{Fact, ItemId, PersonId, PlanId, Scalar, SectionId, Seq, TimestampMs};
use serde::Deserialize;

use super::{ApiError, get};

/// A moment in a plan's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// When this entry was the last.
    Seq(Seq),
    /// The end of what had been written by then.
    At(TimestampMs),
}

impl Moment {
    fn asked(self, prefix: &str) -> String {
        match self {
            Self::Seq(seq) => format!("{prefix}seq={seq}"),
            Self::At(at) => format!("{prefix}at={}", at.0),
        }
    }
}

/// A value as the server's answers hold it: text, a whole number, yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Plain {
    Bool(bool),
    Int(i64),
    Str(String),
}

/// Values by the keys of their cells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<String, Plain>")]
pub(crate) struct Values(pub(crate) BTreeMap<String, Scalar>);

impl From<BTreeMap<String, Plain>> for Values {
    fn from(plain: BTreeMap<String, Plain>) -> Self {
        let scalar = |value| match value {
            Plain::Bool(yes) => Scalar::Bool(yes),
            Plain::Int(number) => Scalar::Int(number),
            Plain::Str(text) => Scalar::Str(text),
        };
        Self(plain.into_iter().map(|(key, value)| (key, scalar(value))).collect())
    }
}

/// The whole plan as of a moment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct AsOf {
    /// The last entry that is in it.
    pub(crate) seq: Seq,
    /// When that was; nothing for a plan before its first entry.
    #[serde(default)]
    pub(crate) at: Option<TimestampMs>,
    /// The plan's last entry.
    pub(crate) head: Seq,
    /// Its items, those that were deleted too.
    pub(crate) items: Vec<ItemThen>,
}

/// An item as it was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ItemThen {
    /// Its section.
    pub(crate) section: SectionId,
    /// Which.
    pub(crate) item: ItemId,
    /// By what it was changed last.
    #[serde(default)]
    pub(crate) changed: Option<Stamp>,
    /// One scalar a field.
    #[serde(default)]
    pub(crate) fields: Values,
    /// Links.
    #[serde(default)]
    pub(crate) links: Values,
    /// What belongs to a person.
    #[serde(default)]
    pub(crate) own: Values,
    /// Paragraphs: their texts, ranks, and whether they were taken away.
    #[serde(default)]
    pub(crate) prose: Values,
}

/// Which entry did something, when and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Stamp {
    /// The entry.
    pub(crate) seq: Seq,
    /// When.
    pub(crate) at: TimestampMs,
    /// By whom.
    pub(crate) by: PersonId,
}

/// A part of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct HistoryPage {
    /// What happened, newest first.
    #[serde(default)]
    pub(crate) facts: Vec<TitledFact>,
    /// What happened to the plan as a whole, newest first.
    #[serde(default)]
    pub(crate) control: Vec<Control>,
    /// Where the next part begins, if there is more.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
}

/// A fact, with what its item was called then.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct TitledFact {
    /// What happened.
    #[serde(flatten)]
    pub(crate) fact: Fact,
    /// What its item was called.
    #[serde(default)]
    pub(crate) title: Option<String>,
}

/// Something that happened to the plan as a whole: a role was given, the stage set, the plan archived.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Control {
    /// When.
    pub(crate) at: TimestampMs,
    /// By whom.
    pub(crate) author: PersonId,
    /// Their name, be they of the plan or not.
    #[serde(default)]
    pub(crate) author_name: Option<String>,
    /// What, in words.
    pub(crate) words: String,
    /// The contact that it was about: whose data was erased.
    #[serde(default)]
    pub(crate) contact: Option<ItemId>,
}

/// Which part of a plan's history is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Of this section.
    pub(crate) section: Option<SectionId>,
    /// Of this item, with its section.
    pub(crate) item: Option<ItemId>,
    /// Of this field, of whatever item.
    pub(crate) field: Option<String>,
    /// Of this person.
    pub(crate) person: Option<PersonId>,
    /// `edits` or `control`; both when left out.
    pub(crate) kind: Option<&'static str>,
    /// With these words.
    pub(crate) text: String,
    /// Before this time.
    pub(crate) to: Option<TimestampMs>,
}

/// What happened in a plan, newest first.
pub(crate) async fn history(
    plan: PlanId,
    asked: &Asked,
    cursor: Option<&str>,
    limit: usize,
) -> Result<HistoryPage, ApiError> {
    let mut query = vec![format!("limit={limit}"), "words=true".to_owned()];
    query.extend(asked.section.map(|section| format!("section={section}")));
    query.extend(asked.item.map(|item| format!("item={item}")));
    query.extend(asked.field.as_ref().map(|field| format!("field={}", encoded(field))));
    query.extend(asked.person.map(|person| format!("person={person}")));
    query.extend(asked.kind.map(|kind| format!("kind={kind}")));
    if !asked.text.is_empty() {
        query.push(format!("text={}", encoded(&asked.text)));
    }
    query.extend(asked.to.map(|to| format!("to={}", to.0)));
    query.extend(cursor.map(|cursor| format!("cursor={}", encoded(cursor))));
    get(&format!("/plans/{plan}/history?{}", query.join("&"))).await
}

/// The whole plan as of a moment.
pub(crate) async fn as_of(plan: PlanId, moment: Moment) -> Result<AsOf, ApiError> {
    get(&format!("/plans/{plan}/as-of?{}", moment.asked(""))).await
}

/// A plan's life on one line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Timeline {
    /// When it began.
    #[serde(default)]
    pub(crate) first_at: Option<TimestampMs>,
    /// Its last entry.
    pub(crate) head: Seq,
    /// When that was.
    #[serde(default)]
    pub(crate) head_at: Option<TimestampMs>,
    /// How much was written when; times without any are left out or hold nothing.
    #[serde(default)]
    pub(crate) buckets: Vec<Bucket>,
    /// What happened to the plan as a whole.
    #[serde(default)]
    pub(crate) control: Vec<Control>,
}

/// A part of a plan's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Bucket {
    /// Its beginning.
    pub(crate) from: TimestampMs,
    /// Its end.
    pub(crate) to: TimestampMs,
    /// The last entry in it.
    pub(crate) seq: Seq,
    /// How many edits it has.
    pub(crate) edits: u64,
}

/// A plan's life in about so many parts.
pub(crate) async fn timeline(plan: PlanId, buckets: usize) -> Result<Timeline, ApiError> {
    get(&format!("/plans/{plan}/timeline?buckets={buckets}")).await
}

/// What is different between two moments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Changes {
    /// In a few sentences.
    #[serde(default)]
    pub(crate) summary: Vec<String>,
    /// By section.
    #[serde(default)]
    pub(crate) sections: Vec<SectionChanges>,
    /// What happened to the plan as a whole meanwhile.
    #[serde(default)]
    pub(crate) control: Vec<Control>,
    /// Whether not all is told.
    #[serde(default)]
    pub(crate) truncated: bool,
}

/// What is different in a section.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct SectionChanges {
    /// Which.
    pub(crate) section: SectionId,
    /// What it is called.
    pub(crate) title: String,
    /// Items that were not there.
    #[serde(default)]
    pub(crate) added: Vec<ItemNamed>,
    /// Items that are not there any more.
    #[serde(default)]
    pub(crate) deleted: Vec<ItemNamed>,
    /// Items that are there again.
    #[serde(default)]
    pub(crate) restored: Vec<ItemNamed>,
    /// Items that were and are there.
    #[serde(default)]
    pub(crate) changed: Vec<ItemChanges>,
}

/// An item and its title.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ItemNamed {
    /// Which.
    pub(crate) item: ItemId,
    /// What it is called; nothing while it has no title.
    #[serde(default)]
    pub(crate) title: Option<String>,
}

/// What is different in an item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ItemChanges {
    /// Which.
    pub(crate) item: ItemId,
    /// What it is called; nothing while it has no title.
    #[serde(default)]
    pub(crate) title: Option<String>,
    /// Its fields.
    pub(crate) fields: Vec<FieldChange>,
}

/// What is different in a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct FieldChange {
    /// What the field is called.
    #[serde(default)]
    pub(crate) label: String,
    /// In words.
    pub(crate) words: String,
    /// Of a text: what was taken out and put in.
    #[serde(default)]
    pub(crate) diff: Vec<Piece>,
}

/// A piece of a text's difference.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Piece {
    /// It stands in both.
    Same(String),
    /// It was taken out.
    Gone(String),
    /// It was put in.
    New(String),
}

/// What is different between two moments; to now when `to` is left out.
pub(crate) async fn changes(plan: PlanId, from: Seq, to: Option<Seq>) -> Result<Changes, ApiError> {
    let to = to.map(|to| format!("&to_seq={to}")).unwrap_or_default();
    get(&format!("/plans/{plan}/changes?from_seq={from}{to}")).await
}

fn encoded(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_without_a_title_is_understood_among_what_changed() {
        let item = ItemId::SINGLE;
        let answer = format!(
            r#"{{"summary":[],"truncated":false,"control":[],"sections":[{{"section":"initiatives","title":"Initiatives",
              "added":[{{"item":"{item}","title":null}}],"deleted":[],"restored":[],
              "changed":[{{"item":"{item}","title":null,"fields":[
                {{"part":"fields","key":"title","field":"title","label":"Initiative","from":"One","words":"Initiative was emptied"}}]}}]}}]}}"#
        );
        let changes: Changes = serde_json::from_str(&answer).expect("an answer of the server");
        assert_eq!(changes.sections[0].added[0].title, None);
        assert_eq!(changes.sections[0].changed[0].fields.len(), 1);
    }
}
