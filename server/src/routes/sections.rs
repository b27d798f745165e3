//! The sections of a plan, with the fields that their items have.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use domain::schema::{Field, Kind, Section};
use domain::{PlanId, SectionId};
use serde::Serialize;
use utoipa::ToSchema;

use super::item_at::reads;
use crate::app::App;
use crate::auth::Caller;
use crate::content;
use crate::openapi::{PlanPath, SectionPath};
use crate::problem::ApiError;

/// A section of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Section)]
pub(super) struct SectionView {
    /// Its key.
    #[schema(value_type = String)]
    id: SectionId,
    /// Its name.
    title: String,
    /// Its number in the method, 1 to 6.
    #[schema(required)]
    number: Option<u8>,
    /// What belongs here and why.
    purpose: String,
    /// Whether it has exactly one item, which is always there.
    single: bool,
    /// How many items it has, deleted ones aside.
    items: usize,
    /// The fields that its items have.
    fields: Vec<FieldSchema>,
}

/// A field that a section's items have.
#[derive(Debug, Serialize, ToSchema)]
struct FieldSchema {
    /// Its key.
    key: String,
    /// Its name on screen.
    label: String,
    /// What it holds: line, prose, choice, choices, money, date, whole, flag, seller, sellers, item, items or rank.
    kind: &'static str,
    /// The keys of the choices, where there are any.
    choices: Vec<String>,
    /// The least and the greatest number, of a whole number.
    #[schema(required)]
    range: Option<[i64; 2]>,
    /// The sections where linked items are.
    to: Vec<String>,
    /// Whether each person says something of their own there.
    own: bool,
    /// A hint for the person who fills it in.
    help: String,
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/sections",
    operation_id = "listSections",
    tag = "content",
    summary = "The sections of a plan",
    params(PlanPath),
    responses((status = 200, description = "All of them, in the plan's order.", body = Vec<SectionView>, example = json!([{
        "id": "actions", "title": "Actions", "number": 6, "purpose": "Who does what until when.", "single": false, "items": 2,
        "fields": [{ "key": "due", "label": "Due", "kind": "date", "choices": [], "range": null, "to": [], "own": false, "help": "" }]
    }])))
)]
/// `GET /api/v1/plans/{plan}/sections`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
) -> Result<Json<Vec<SectionView>>, ApiError> {
    let Path(plan) = plan?;
    reads(&app, &caller, plan)?;
    let counts = counts(&app, plan).await?;
    let sections = app.schema.sections.iter().map(|section| view(section, &counts));
    Ok(Json(sections.collect()))
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/sections/{section}",
    operation_id = "getSection",
    tag = "content",
    summary = "One section of a plan",
    params(SectionPath),
    responses((status = 200, description = "The section.", body = SectionView, example = json!({
        "id": "actions", "title": "Actions", "number": 6, "purpose": "Who does what until when.", "single": false, "items": 2,
        "fields": [{ "key": "due", "label": "Due", "kind": "date", "choices": [], "range": null, "to": [], "own": false, "help": "" }]
    })))
)]
/// `GET /api/v1/plans/{plan}/sections/{section}`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    path: Result<Path<(PlanId, SectionId)>, PathRejection>,
) -> Result<Json<SectionView>, ApiError> {
    let Path((plan, section)) = path?;
    reads(&app, &caller, plan)?;
    let counts = counts(&app, plan).await?;
    let section = app.schema.section(section).ok_or(ApiError::NotFound("section"))?;
    Ok(Json(view(section, &counts)))
}

/// How many items each section has.
async fn counts(app: &App, plan: PlanId) -> Result<Vec<(SectionId, usize)>, ApiError> {
    let count = |table: &plan::Table| {
        let of_section = |section| {
            let items = table.items(section);
            let there = items.filter(|item| !content::is_deleted(table, section, *item));
            (section, there.count())
        };
        SectionId::ALL.map(of_section).to_vec()
    };
    let counts = app.rooms.look(plan, count).await;
    counts.ok_or_else(|| ApiError::Unavailable("the plan cannot be read now: try again shortly".to_owned()))
}

fn view(section: &Section, counts: &[(SectionId, usize)]) -> SectionView {
    let count = counts.iter().find(|(id, _)| *id == section.id);
    SectionView {
        id: section.id,
        title: section.title.to_string(),
        number: section.number,
        purpose: section.purpose.to_string(),
        single: section.id.is_single(),
        items: count.map_or(0, |(_, count)| *count),
        fields: section.fields.iter().map(field).collect(),
    }
}

fn field(field: &Field) -> FieldSchema {
    let keys = |sections: &[SectionId]| sections.iter().map(ToString::to_string).collect();
    let (kind, range, to) = match &field.kind {
        Kind::Line => ("line", None, Vec::new()),
        Kind::Prose => ("prose", None, Vec::new()),
        Kind::Choice(_) => ("choice", None, Vec::new()),
        Kind::Choices(_) => ("choices", None, Vec::new()),
        Kind::Money => ("money", None, Vec::new()),
        Kind::Date => ("date", None, Vec::new()),
        Kind::Whole { from, to, .. } => ("whole", Some([*from, *to]), Vec::new()),
        Kind::Flag => ("flag", None, Vec::new()),
        Kind::Seller => ("seller", None, Vec::new()),
        Kind::Sellers => ("sellers", None, Vec::new()),
        Kind::Item(sections) => ("item", None, keys(sections)),
        Kind::Items { to, .. } => ("items", None, keys(to)),
        Kind::Rank => ("rank", None, Vec::new()),
    };
    FieldSchema {
        key: field.key.to_string(),
        label: field.label.to_string(),
        kind,
        choices: field.choices().iter().map(|choice| choice.key.to_string()).collect(),
        range,
        to,
        own: field.own,
        help: field.help.to_string(),
    }
}
