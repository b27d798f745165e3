//! The audit over HTTP: a stream of lines, made while it is read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::event::Scope as TokenScope;
use domain::{PersonId, PlanId, Right, TimestampMs};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use workspace::Command;

use super::rights;
use crate::app::App;
use crate::audit::{Audit, Auditor, Format, Only, Scope, lines};
use crate::auth::Caller;
use crate::openapi::PlanPath;
use crate::problem::ApiError;

/// How the lines are written.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Written {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// A table for a spreadsheet; no cell is a formula.
    Csv,
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// How they are written, `jsonl` if not said.
    #[serde(default)]
    #[param(inline)]
    format: Written,
    /// From this time on, in milliseconds since 1970.
    #[param(value_type = Option<i64>)]
    from: Option<TimestampMs>,
    /// Before this time.
    #[param(value_type = Option<i64>)]
    until: Option<TimestampMs>,
    /// What this person did, and what was done about them.
    #[param(value_type = Option<Uuid>)]
    person: Option<PersonId>,
    /// Of this kind.
    #[param(example = "exported")]
    kind: Option<String>,
}

#[utoipa::path(
    get,
    path = "/audit",
    operation_id = "readAudit",
    tag = "audit",
    summary = "Who did what in the workspace, oldest first",
    params(Asked),
    responses((status = 200, description = "Who signed in, took something out, made tokens, changed rights; whose edits \
        were refused; what was erased. Broken off, where it could not be told to its end.", content(
        (String = "application/jsonl", example = "{\"at\":1795305600000,\"time\":\"2026-11-22T00:00:00.000Z\",\"kind\":\"signed_in\"}\n"),
        (String = "text/csv", example = "time,at,kind\r\n2026-11-22T00:00:00.000Z,1795305600000,signed_in\r\n"),
    )))
)]
/// `GET /api/v1/audit`: for administrators.
pub(super) async fn workspace(
    State(app): State<Arc<App>>,
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Query(asked) = asked?;
    let state = app.directory.state();
    let is_administrator = state.person(caller.person).is_some_and(|person| person.administrator);
    if !is_administrator {
        return Err(ApiError::Denied(
            "only administrators read the workspace's audit".to_owned(),
        ));
    }
    rights::in_scope_of_all(&state, &caller, TokenScope::Audit)?;
    told(&app, &caller, Scope::Workspace, asked).await
}

#[utoipa::path(
    get,
    path = "/plans/{plan}/audit",
    operation_id = "readPlanAudit",
    tag = "audit",
    summary = "Who did what in a plan, oldest first",
    params(PlanPath, Asked),
    responses((status = 200, description = "What was decided about the plan, and every change of its content; what is \
        personal about the customer's people is not in it. Broken off, where it could not be told to its end.", content(
        (String = "application/jsonl", example = "{\"at\":1795305600000,\"time\":\"2026-11-22T00:00:00.000Z\",\"kind\":\"role_given\"}\n"),
        (String = "text/csv", example = "time,at,kind\r\n2026-11-22T00:00:00.000Z,1795305600000,role_given\r\n"),
    )))
)]
/// `GET /api/v1/plans/{plan}/audit`
pub(super) async fn of_plan(
    State(app): State<Arc<App>>,
    caller: Caller,
    plan: Result<Path<PlanId>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, ApiError> {
    let (Path(plan), Query(asked)) = (plan?, asked?);
    let state = app.directory.state();
    let may = || {
        let standing = caller.standing_in(&state, plan).ok_or(ApiError::NotFound("plan"))?;
        rights::in_scope(&state, &caller, plan, Right::ReadAudit)?;
        let refused = || ApiError::Denied("your role in this plan does not read its audit".to_owned());
        let may = standing.role.may(Right::ReadAudit);
        may.then_some(()).ok_or_else(refused)
    };
    rights::noted(&app, &caller, plan, may())?;
    told(&app, &caller, Scope::Plan(plan), asked).await
}

/// Notes that it is taken out, then tells it.
async fn told(app: &Arc<App>, caller: &Caller, scope: Scope, asked: Asked) -> Result<Response, ApiError> {
    let place = app.audits.take(caller.person)?;
    let (format, name) = match asked.format {
        Written::Jsonl => (Format::Jsonl, "audit.jsonl"),
        Written::Csv => (Format::Csv, "audit.csv"),
    };
    let (plan, by) = match scope {
        Scope::Workspace => (None, caller.person),
        Scope::Plan(plan) => (Some(plan), caller.person),
    };
    let what = match format {
        Format::Jsonl => "audit as JSON lines".to_owned(),
        Format::Csv => "audit as CSV".to_owned(),
    };
    app.directory.run(by, Command::NoteExport { plan, what, by }).await?;
    let only = Only {
        from: asked.from,
        until: asked.until,
        person: asked.person,
        kind: asked.kind,
    };
    let audit = Audit {
        auditor: Auditor::new(scope, only),
        scope,
        format,
        place,
    };
    let mut response = Body::from_stream(lines(Arc::clone(&app.journal), audit)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    headers.extend(disposition.ok().map(|value| (header::CONTENT_DISPOSITION, value)));
    Ok(response)
}
