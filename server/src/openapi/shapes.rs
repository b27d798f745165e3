//! What other crates' values look like as JSON, for the document. Nothing is ever made of these.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a person is in a plan.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Role {
    /// Owns the plan.
    ClientExecutive,
    /// Runs the session.
    Facilitator,
    /// Sells to the account.
    Seller,
    /// A senior person with high-level contacts.
    Political,
    /// Consultant, project manager or the like.
    Expert,
    /// Manages the account managers.
    SalesManager,
    /// Looks on.
    Observer,
    /// A sponsor at the customer.
    CustomerContact,
}

/// Where a plan stands.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Stage {
    /// The team fills the sections in.
    PreWork,
    /// The session.
    Workshop,
    /// Actions and their results.
    Execution,
}

/// A part of what a person may do.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Scope {
    /// Read plans.
    Read,
    /// Read what is personal about the customer's people.
    Personal,
    /// Write in plans.
    Write,
    /// Decide about plans and the workspace.
    Manage,
    /// Read the audit.
    Audit,
}

/// What of a contact stands under one key.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Seal {
    /// Who they are: name, position, where they are known from.
    Contact,
    /// What the team thinks of them: stance, orientation, pains, notes.
    Personality,
}

/// What an invited person answers.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Reply {
    /// They take part.
    Accepted,
    /// They do not.
    Declined,
}

/// Who changed a plan last, and when.
#[derive(Debug, ToSchema)]
pub struct LastChange {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who.
    pub by: Uuid,
}

/// One move of an action's day to a later one.
#[derive(Debug, ToSchema)]
pub struct Slip {
    /// The day before.
    #[schema(example = "2026-11-20")]
    pub from: String,
    /// The day after.
    #[schema(example = "2026-12-24")]
    pub to: String,
    /// When it was moved, in milliseconds since 1970.
    pub at: i64,
    /// By whom.
    pub by: Uuid,
}

/// Where an action stands today.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ActionState {
    /// To do, with time or without a day.
    Open,
    /// To do within a week.
    Due,
    /// Its day is over.
    Overdue,
    /// Done.
    Done,
    /// Put off.
    Deferred,
    /// Not to be done.
    Cancelled,
}

/// Where a value stands in a plan.
#[derive(Debug, ToSchema)]
pub struct Cell {
    /// The section.
    pub section: String,
    /// The item.
    pub item: Uuid,
    /// Which of the item's maps: fields, links, own or prose.
    pub part: String,
    /// The key in it; empty for the item itself.
    pub key: String,
}

/// One thing that happened in a plan.
#[derive(Debug, ToSchema)]
pub struct Fact {
    /// The entry of the plan's stream.
    pub seq: u64,
    /// When the server took it, in milliseconds since 1970.
    pub at: i64,
    /// When its author's device says it was made.
    pub claimed: i64,
    /// Who.
    pub author: Uuid,
    /// Where.
    pub cell: Cell,
    /// What: `"ItemMade"`, `"ParagraphMade"`, `{"Set": {"old", "new", "also"}}` or `{"Text": {"at", "old", "new"}}`.
    pub delta: Value,
    /// What its item was called then; if words were asked for.
    #[schema(nullable = false)]
    pub title: Option<String>,
    /// It in words; if they were asked for.
    #[schema(nullable = false)]
    pub words: Option<String>,
    /// What became of a text, with some words around; if words were asked for.
    #[schema(nullable = false)]
    pub diff: Option<Vec<Value>>,
}

/// Something that happened to the plan itself.
#[derive(Debug, ToSchema)]
pub struct Control {
    /// Its entry in the workspace's stream.
    pub seq: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who.
    pub author: Uuid,
    /// Their name, be they in the plan or not.
    #[schema(nullable = false)]
    pub author_name: Option<String>,
    /// What kind of event.
    pub event: String,
    /// What happened, in words that follow the author's name.
    pub words: String,
    /// The contact that it was about: whose data was erased, as an item of the section `people`.
    #[schema(nullable = false)]
    pub contact: Option<Uuid>,
}

/// A page of history.
#[derive(Debug, ToSchema)]
pub struct HistoryPage {
    /// What happened, newest first.
    pub facts: Vec<Fact>,
    /// What happened beside, between these times.
    pub control: Vec<Control>,
    /// The names of those who wrote what is on the page, by their ids, be they in the plan still or not.
    pub people: BTreeMap<String, String>,
    /// Ask again with `before` set to it; null: there are no older edits.
    #[schema(required)]
    pub next: Option<u64>,
    /// Ask again with `cursor` set to it; null: this was all.
    #[schema(required)]
    pub cursor: Option<String>,
}

/// How many of each.
pub type Counts = BTreeMap<String, u64>;
