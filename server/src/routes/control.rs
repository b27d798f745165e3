//! What the command line asks of a running server: only for who can read the data folder.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::event::Scope;
use domain::{PersonId, PlanId};
use serde::{Deserialize, Serialize};
use workspace::{Command, Refused};

use crate::app::App;
use crate::auth::Owner;
use crate::body::Body;
use crate::checkpoints::{CheckpointError, Checkpoints};
use crate::clock::Clock;
use crate::directory::{Directory, DirectoryError};
use crate::problem::ApiError;
use crate::secret;

/// Before a token, so that a scanner finds one that leaked.
pub(super) const TOKEN_PREFIX: &str = "ilk_";

/// Asks for a sign-in link.
#[derive(Debug, Serialize, Deserialize)]
pub struct LinkRequest {
    /// For this address.
    pub email: String,
}

/// Asks for an API token.
#[derive(Debug, Serialize, Deserialize)]
pub struct TokenRequest {
    /// What it is for.
    pub name: String,
    /// Whom it acts for.
    pub email: String,
}

/// The one line that a command prints.
#[derive(Debug, Serialize, Deserialize)]
pub struct OneLine {
    /// The line.
    pub line: String,
}

/// A plan, as `interlock plans` lists it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlanLine {
    /// Its id.
    pub id: PlanId,
    /// Its name.
    pub name: String,
    /// Whether it is put away.
    pub archived: bool,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// By whom.
    pub created_by: PersonId,
}

/// Issues a link; answers with the address to open.
pub async fn issue_link(
    directory: &Directory,
    clock: &Clock,
    address: &str,
    email: String,
) -> Result<String, DirectoryError> {
    let (secret, digest) = secret::new_secret();
    let newcomer = PersonId(secret::new_uuid(clock.now()));
    directory
        .run(
            PersonId::SERVER,
            Command::IssueLink {
                email,
                newcomer,
                digest,
            },
        )
        .await?;
    Ok(format!("{address}/sign-in#{secret}"))
}

/// Makes a token; answers with it.
pub async fn create_token(directory: &Directory, name: String, email: String) -> Result<String, DirectoryError> {
    let (secret, _) = secret::new_secret();
    let token = format!("{TOKEN_PREFIX}{secret}");
    let digest = secret::digest(&token);
    let person = directory.state().person_by_email(&email);
    let make = Command::MakeToken {
        person: person.ok_or(Refused::UnknownEmail(email))?,
        name,
        digest,
        scopes: Scope::ALL.to_vec(),
        plans: None,
        expires: None,
        by: PersonId::SERVER,
    };
    directory.run(PersonId::SERVER, make).await?;
    Ok(token)
}

/// Signs what has happened; answers with the last checkpoint's line, empty in a journal without entries.
pub async fn last_checkpoint(checkpoints: &Checkpoints) -> Result<String, CheckpointError> {
    let last = checkpoints.make().await?.last;
    Ok(last.map(|checkpoint| checkpoint.line()).unwrap_or_default())
}

/// All plans.
pub fn plan_lines(directory: &Directory) -> Vec<PlanLine> {
    let state = directory.state();
    let lines = state.plans().iter().map(|(id, plan)| PlanLine {
        id: *id,
        name: plan.name.clone(),
        archived: plan.archived,
        created_at: plan.created_at.0,
        created_by: plan.created_by,
    });
    lines.collect()
}

/// `POST /control/link`
pub(super) async fn link(
    State(app): State<Arc<App>>,
    _: Owner,
    Body(request): Body<LinkRequest>,
) -> Result<Json<OneLine>, ApiError> {
    let line = issue_link(&app.directory, &app.clock, app.address(), request.email).await?;
    Ok(Json(OneLine { line }))
}

/// `POST /control/token`
pub(super) async fn token(
    State(app): State<Arc<App>>,
    _: Owner,
    Body(request): Body<TokenRequest>,
) -> Result<Json<OneLine>, ApiError> {
    let line = create_token(&app.directory, request.name, request.email).await?;
    Ok(Json(OneLine { line }))
}

/// `POST /control/checkpoint`
pub(super) async fn checkpoint(State(app): State<Arc<App>>, _: Owner) -> Result<Json<OneLine>, ApiError> {
    let line = last_checkpoint(&app.checkpoints).await;
    // The owner of the folder is told why, as on the command line.
    let line = line.map_err(|error| ApiError::Unavailable(error.to_string()))?;
    Ok(Json(OneLine { line }))
}

/// `GET /control/plans`
pub(super) async fn plans(State(app): State<Arc<App>>, _: Owner) -> Json<Vec<PlanLine>> {
    Json(plan_lines(&app.directory))
}
