//! API tokens of the one who asks. A token's secret is shown once, when it is made.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::event::{Scope, SecretDigest};
use domain::{PlanId, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use workspace::{Command, Refused, Token};

use super::control::TOKEN_PREFIX;
use super::rights;
use crate::app::App;
use crate::auth::Caller;
use crate::body::Body;
use crate::openapi::problems::{Conflict, NotFound, Unprocessable};
use crate::openapi::{TokenPath, shapes};
use crate::problem::ApiError;
use crate::secret;

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiToken)]
pub(super) struct TokenView {
    /// Names it: the digest of its secret.
    id: String,
    /// What it is for, in its owner's words.
    name: String,
    /// What it may be used for.
    #[schema(value_type = Vec<shapes::Scope>)]
    scopes: Vec<Scope>,
    /// In which plans; null: wherever its owner may.
    #[schema(value_type = Option<Vec<Uuid>>, required)]
    plans: Option<Vec<PlanId>>,
    /// Since when it is there, in milliseconds since 1970.
    #[schema(value_type = i64)]
    made_at: TimestampMs,
    /// Until when; null: until it is revoked.
    #[schema(value_type = Option<i64>, required)]
    expires: Option<TimestampMs>,
}

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// What it may be used for.
    #[schema(value_type = Vec<shapes::Scope>)]
    scopes: Vec<Scope>,
    /// In which plans; null: wherever its owner may.
    #[schema(value_type = Option<Vec<Uuid>>)]
    plans: Option<Vec<PlanId>>,
    /// Until when; null: until it is revoked.
    #[schema(value_type = Option<i64>)]
    expires: Option<TimestampMs>,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeToken {
    /// Its secret: nobody can show it again.
    secret: String,
    /// The token.
    token: TokenView,
}

fn view(digest: SecretDigest, token: &Token) -> TokenView {
    TokenView {
        id: name_of(digest),
        name: token.name.clone(),
        scopes: token.scopes.clone(),
        plans: token.plans.clone(),
        made_at: token.since,
        expires: token.expires,
    }
}

/// A digest in hexadecimal digits.
fn name_of(digest: SecretDigest) -> String {
    digest.0.iter().fold(String::with_capacity(64), |mut name, byte| {
        // Writing into a string does not fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}

#[utoipa::path(
    get,
    path = "/tokens",
    operation_id = "listTokens",
    tag = "tokens",
    summary = "The tokens of the one who asks, without their secrets",
    responses((status = 200, description = "Tokens, oldest first.", body = Vec<TokenView>, example = json!([{
        "id": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "name": "nightly export",
        "scopes": ["read"], "plans": null, "made_at": 1_795_305_600_000_i64, "expires": null
    }])))
)]
/// `GET /api/v1/tokens`
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Vec<TokenView>>, ApiError> {
    let state = app.directory.state();
    rights::in_scope_of_all(&state, &caller, Scope::Manage)?;
    let mut tokens: Vec<TokenView> = state
        .tokens_of(caller.person)
        .map(|(digest, token)| view(digest, token))
        .collect();
    tokens.sort_by(|a, b| (a.made_at, &a.id).cmp(&(b.made_at, &b.id)));
    Ok(Json(tokens))
}

#[utoipa::path(
    post,
    path = "/tokens",
    operation_id = "makeToken",
    tag = "tokens",
    summary = "Make a token that acts for the one who asks",
    description = "A token never may more than its owner. Only who is signed in makes one: a token does not.",
    request_body(content = MakeToken, example = json!({
        "name": "nightly export", "scopes": ["read"], "plans": null, "expires": null
    })),
    responses(
        (status = 201, description = "Made: the secret is shown this once.", body = MadeToken, example = json!({
            "secret": "ilk_EXAMPLE",
            "token": {
                "id": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "name": "nightly export",
                "scopes": ["read"], "plans": null, "made_at": 1_795_305_600_000_i64, "expires": null
            }
        })),
        (status = 404, response = NotFound),
        (status = 409, response = Conflict),
        (status = 422, response = Unprocessable),
    )
)]
/// `POST /api/v1/tokens`
pub(super) async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<MakeToken>,
) -> Result<(StatusCode, Json<MadeToken>), ApiError> {
    // One that lapses, or may little, must not make itself another that does not.
    if caller.session.is_none() {
        return Err(ApiError::Denied("a token makes no tokens: sign in for that".to_owned()));
    }
    let (secret, _) = secret::new_secret();
    let secret = format!("{TOKEN_PREFIX}{secret}");
    let digest = secret::digest(&secret);
    let command = Command::MakeToken {
        person: caller.person,
        name: new.name,
        digest,
        scopes: new.scopes,
        plans: new.plans,
        expires: new.expires,
        by: caller.person,
    };
    rights::command(&app, &caller, Scope::Manage, command).await?;
    let state = app.directory.state();
    let token = state.any_token(&digest).ok_or(Refused::NoSuchToken)?;
    let token = view(digest, token);
    Ok((StatusCode::CREATED, Json(MadeToken { secret, token })))
}

#[utoipa::path(
    delete,
    path = "/tokens/{token}",
    operation_id = "revokeToken",
    tag = "tokens",
    summary = "Make a token worthless; connections that it opened end",
    params(TokenPath),
    responses((status = 204, description = "Worthless from now on."))
)]
/// `DELETE /api/v1/tokens/{token}`
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    token: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(name) = token?;
    let state = app.directory.state();
    let mut digests = state.tokens_of(caller.person).map(|(digest, _)| digest);
    let digest = digests
        .find(|digest| name_of(*digest) == name)
        .ok_or(Refused::NoSuchToken)?;
    drop(digests);
    let by = caller.person;
    rights::done(&app, &caller, Scope::Manage, Command::RevokeToken { digest, by }).await
}
