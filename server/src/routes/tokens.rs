//! API tokens: of the one who asks, and for administrators everybody's. A token's secret is shown once, when it is made.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use domain::event::{Scope, SecretDigest};
use domain::{PersonId, PlanId, TimestampMs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use workspace::{Command, Refused, Token};

use super::control::TOKEN_PREFIX;
use super::page::{self, Page};
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
    /// When it was last used; null: not since the server was started.
    #[schema(value_type = Option<i64>, required)]
    last_used: Option<TimestampMs>,
}

/// A token of somebody's, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManagedToken {
    /// On whose behalf it acts.
    #[schema(value_type = Uuid)]
    person: PersonId,
    /// The token.
    #[serde(flatten)]
    token: TokenView,
}

/// Which tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Of this person alone.
    #[param(value_type = Option<Uuid>)]
    person: Option<PersonId>,
    /// Those behind this one, the last of the page before.
    #[param(max_length = 64)]
    after: Option<String>,
    /// How many, at most 200; not said: all.
    #[param(minimum = 1)]
    limit: Option<usize>,
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

fn view(app: &App, digest: SecretDigest, token: &Token) -> TokenView {
    TokenView {
        id: digest.to_string(),
        name: token.name.clone(),
        scopes: token.scopes.clone(),
        plans: token.plans.clone(),
        made_at: token.since,
        expires: token.expires,
        last_used: app.token_uses.last_of(&digest),
    }
}

#[utoipa::path(
    get,
    path = "/tokens",
    operation_id = "listTokens",
    tag = "tokens",
    summary = "The tokens of the one who asks, without their secrets",
    responses((status = 200, description = "Tokens, oldest first.", body = Vec<TokenView>, example = json!([{
        "id": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "name": "nightly export",
        "scopes": ["read"], "plans": null, "made_at": 1_795_305_600_000_i64, "expires": null, "last_used": null
    }])))
)]
/// `GET /api/v1/tokens`
pub(super) async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Vec<TokenView>>, ApiError> {
    let state = app.directory.state();
    rights::in_scope_of_all(&state, &caller, Scope::Manage)?;
    let mut tokens: Vec<TokenView> = state
        .tokens_of(caller.person)
        .map(|(digest, token)| view(&app, digest, token))
        .collect();
    tokens.sort_by(|a, b| (a.made_at, &a.id).cmp(&(b.made_at, &b.id)));
    Ok(Json(tokens))
}

#[utoipa::path(
    get,
    path = "/administration/tokens",
    operation_id = "listAllTokens",
    tag = "tokens",
    summary = "Everybody's tokens, without their secrets, for administrators",
    description = "Those too whose time is over. `id` is what `revokeToken` takes, and what the audit names a token by.",
    params(Asked),
    responses((status = 200, description = "Tokens, oldest first.", body = Vec<ManagedToken>,
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`, if there is one.")), example = json!([{
        "person": "019ab0c2-6f00-7000-8000-00000000000b",
        "id": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "name": "nightly export",
        "scopes": ["read"], "plans": null, "made_at": 1_795_305_600_000_i64, "expires": null,
        "last_used": 1_795_305_700_000_i64
    }])))
)]
/// `GET /api/v1/administration/tokens`
pub(super) async fn all(
    State(app): State<Arc<App>>,
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Page<ManagedToken>, ApiError> {
    let Query(asked) = asked?;
    let state = app.directory.state();
    rights::administrator(&state, &caller)?;
    let wanted = |token: &Token| asked.person.is_none_or(|person| token.person == person);
    let mut tokens: Vec<(SecretDigest, &Token)> = state.tokens().filter(|(_, token)| wanted(token)).collect();
    tokens.sort_by_key(|(digest, token)| (token.since, *digest));
    let path = match asked.person {
        Some(person) => format!("/administration/tokens?person={person}"),
        None => "/administration/tokens".to_owned(),
    };
    let page = page::cut(&path, tokens, (asked.after, asked.limit), |(digest, _)| {
        digest.to_string()
    })?;
    Ok(page.shown(|(digest, token)| ManagedToken {
        person: token.person,
        token: view(&app, digest, token),
    }))
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
                "scopes": ["read"], "plans": null, "made_at": 1_795_305_600_000_i64, "expires": null, "last_used": null
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
    let token = view(&app, digest, token);
    Ok((StatusCode::CREATED, Json(MadeToken { secret, token })))
}

#[utoipa::path(
    delete,
    path = "/tokens/{token}",
    operation_id = "revokeToken",
    tag = "tokens",
    summary = "Make a token worthless; connections that it opened end",
    description = "One's own; administrators, anybody's. To others it is not there.",
    params(TokenPath),
    responses((status = 204, description = "Worthless from now on."))
)]
/// `DELETE /api/v1/tokens/{token}`
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    token: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(id) = token?;
    // Whose it must be, the workspace decides.
    let digest: SecretDigest = id.parse().map_err(|_| Refused::NoSuchToken)?;
    let by = caller.person;
    rights::done(&app, &caller, Scope::Manage, Command::RevokeToken { digest, by }).await
}
