//! Bringing something back from the past, as a new edit.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use domain::{Author, Cell, PlanId, Seq};
use journal::Journal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::item_at::writes;
use super::reader::{Reader, in_turn, reader};
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::problems::{Conflict, Unprocessable};
use crate::openapi::{PlanPath, shapes};
use crate::problem::ApiError;
use crate::read_models::Moment;
use crate::restore::{FieldOf, ItemOf, Target, held_then, restore};

/// What is to be as it was, and when that was: one of `cell`, `field` and `item`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Restore {
    /// After this entry.
    #[schema(value_type = u64)]
    seq: Seq,
    /// One cell.
    #[schema(value_type = Option<shapes::Cell>)]
    cell: Option<Cell>,
    /// All cells of a field: its links, its paragraphs.
    field: Option<FieldOf>,
    /// All that the caller may write of an item.
    item: Option<ItemOf>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Restored {
    /// How many cells were written.
    cells: usize,
    /// Cells that stay as they are, because the caller may not write them.
    kept: Vec<String>,
    /// The plan's last entry then.
    #[schema(value_type = u64)]
    seq: Seq,
}

impl Restore {
    fn target(self) -> Result<Target, ApiError> {
        match (self.cell, self.field, self.item) {
            (Some(cell), None, None) => Ok(Target::Cell(cell)),
            (None, Some(field), None) => Ok(Target::Field(field)),
            (None, None, Some(item)) => Ok(Target::Item(item)),
            _ => Err(ApiError::BadRequest(
                "say one thing to bring back: 'cell', 'field' or 'item'".to_owned(),
            )),
        }
    }
}

#[utoipa::path(
    post,
    path = "/plans/{plan}/restore",
    operation_id = "restore",
    tag = "history",
    summary = "Bring a cell, a field or an item back as it was",
    description = "A new edit of the caller's, through the same checks as any other: what they may not write stays as it is.",
    params(PlanPath),
    request_body(content = Restore, example = json!({
        "seq": 7, "cell": { "section": "opportunities", "item": "019ab0c2-6f00-7000-8000-000000000002", "part": "fields", "key": "amount" }
    })),
    responses(
        (status = 200, description = "Written, or already so.", body = Restored, example = json!({ "cells": 1, "kept": [], "seq": 12 })),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/plans/{plan}/restore`
pub(super) async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    Body(wanted): Body<Restore>,
) -> Result<Json<Restored>, ApiError> {
    let Path(plan) = plan?;
    // What of it they may write is asked where it is admitted.
    writes(&app, &caller, plan)?;
    let reader = reader(&app, &caller, plan)?;
    let author = Author {
        person: reader.person,
        standing: reader.standing,
    };
    let seq = wanted.seq;
    let target = wanted.target()?;
    let (of, eyes) = (target.clone(), reader.telling.eyes);
    let read = async move |app: Arc<App>, reader: Reader| {
        let moments = vec![Moment::Seq(seq)];
        let look = app.models.travel(plan, moments, reader.telling.eyes, move |_, states| {
            Ok(states.first().and_then(|as_of| held_then(&as_of.state, &of)))
        });
        Ok(look.await?)
    };
    let then = in_turn(&app, caller, plan, read).await?;
    let then = then.ok_or_else(|| ApiError::Unfit("it was not in the plan then".to_owned()))?;
    let done = restore(&app.rooms, &eyes, plan, author, target, then).await?;
    if let (0, Some(kept)) = (done.cells, done.kept.first()) {
        let label = app
            .schema
            .field_of(kept)
            .map_or("this", |field| &field.label)
            .to_owned();
        return Err(ApiError::Denied(format!("'{label}' is not yours to write")));
    }
    Ok(Json(Restored {
        cells: done.cells,
        kept: done.kept.iter().map(ToString::to_string).collect(),
        seq: app.journal.head(plan.into()).map_or(Seq::ZERO, |head| head.seq),
    }))
}
