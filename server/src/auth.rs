//! Who asks: a session's cookie or an API token. And whether a page of another site asks.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::event::{Scope, SecretDigest};
use domain::{PersonId, PlanId, Right, Standing};
use relay::Visitor;
use workspace::{SESSION_LIFETIME_MS, State, Token};

use crate::app::App;
use crate::problem::ApiError;
use crate::secret;
use crate::sight::Sight;

/// The session's cookie.
pub const COOKIE: &str = "interlock_session";
/// Longest secret that is looked at, in bytes: real ones have 43, and a token its prefix.
const SECRET_BYTES_MAX: usize = 100;

/// A person who is signed in, or a token that acts for them.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// Who.
    pub person: PersonId,
    /// The session, if it is one.
    pub session: Option<SecretDigest>,
    /// What showed who it is: a token or a session's cookie.
    pub credential: SecretDigest,
}

impl Caller {
    /// Whether the caller may still act: a session ends, by time or by signing out.
    pub fn is_current(&self, app: &App) -> bool {
        let state = app.directory.state();
        match self.session {
            Some(session) => state.session(&session, app.clock.now()).is_some(),
            None => state.token(&self.credential, app.clock.now()).is_some(),
        }
    }
}

impl Caller {
    /// How long the caller may still act, if nobody ends it before; nothing: without end, or no longer.
    pub fn time_left(&self, app: &App) -> Option<Duration> {
        let (state, now) = (app.directory.state(), app.clock.now());
        let expires = match self.session {
            Some(session) => Some(state.session(&session, now)?.expires),
            None => state.token(&self.credential, now)?.expires,
        };
        let left = expires?.0.saturating_sub(now.0);
        Some(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
    }
}

/// What the caller may: all that the person may, or what of it the token was made for.
impl Caller {
    /// What the caller is in a plan; nothing: to them it is not there.
    pub fn standing_in(&self, state: &State, plan: PlanId) -> Option<Standing> {
        let standing = state.standing_in(plan, self.person)?;
        self.is_for(state, plan, Right::Read).then_some(standing)
    }

    /// Whether the caller may do something in a plan.
    pub fn may(&self, state: &State, plan: PlanId, right: Right) -> bool {
        let standing = self.standing_in(state, plan);
        standing.is_some_and(|standing| standing.role.may(right)) && self.is_for(state, plan, right)
    }

    /// Whether what shows who the caller is was made for this: a session is for everything.
    pub fn is_for(&self, state: &State, plan: PlanId, right: Right) -> bool {
        self.session.is_some()
            || state
                .any_token(&self.credential)
                .is_some_and(|token| token.opens(plan, right))
    }

    /// The same of what concerns no single plan: a token for some plans is not for that.
    pub fn is_for_all(&self, state: &State, scope: Scope) -> bool {
        let opens = |token: &Token| token.plans.is_none() && token.scopes.contains(&scope);
        self.session.is_some() || state.any_token(&self.credential).is_some_and(opens)
    }

    /// How much of a plan's content the caller is shown.
    pub fn sight(&self, state: &State, plan: PlanId) -> Sight {
        Sight {
            personal: self.may(state, plan, Right::ReadPersonal),
        }
    }

    /// The caller as a plan's room knows them.
    pub fn visitor(&self, state: &State, plan: PlanId) -> Visitor {
        Visitor {
            person: self.person,
            writes: self.is_for(state, plan, Right::EditContent),
            reads_personal: self.is_for(state, plan, Right::ReadPersonal),
        }
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let state = app.directory.state();
        if let Some(token) = bearer(&parts.headers) {
            let credential = secret::digest(token);
            let now = app.clock.now();
            let token = state.token(&credential, now).ok_or(ApiError::SignedOut)?;
            app.token_uses.note(&state, credential, now);
            return Ok(Self {
                person: token.person,
                session: None,
                credential,
            });
        }
        let cookie = cookie(&parts.headers).ok_or(ApiError::SignedOut)?;
        let credential = secret::digest(cookie);
        let session = state.session(&credential, app.clock.now()).ok_or(ApiError::SignedOut)?;
        Ok(Self {
            person: session.person,
            session: Some(credential),
            credential,
        })
    }
}

/// The owner of the data folder: whoever can read its token.
#[derive(Debug, Clone, Copy)]
pub struct Owner;

impl FromRequestParts<Arc<App>> for Owner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        // Digests are compared, so how long it takes says nothing about the token.
        match bearer(&parts.headers).map(secret::digest) {
            Some(digest) if digest == app.owner.1 => Ok(Self),
            _ => Err(ApiError::NotOwner),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value
        .strip_prefix("Bearer ")
        .filter(|token| token.len() <= SECRET_BYTES_MAX)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).into_iter();
    all.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && value.len() <= SECRET_BYTES_MAX)
        .map(|(_, value)| value)
}

/// The header that gives a browser its session.
pub fn set_cookie(app: &App, secret: &str) -> HeaderValue {
    cookie_header(app, secret, SESSION_LIFETIME_MS / 1000)
}

/// The header that takes it back.
pub fn clear_cookie(app: &App) -> HeaderValue {
    cookie_header(app, "", 0)
}

fn cookie_header(app: &App, secret: &str, max_age_s: i64) -> HeaderValue {
    let secure = if app.is_https() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={secret}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).expect("base64url and fixed words make a header")
}

/// Refuses what changes something, and every websocket, when a page of another site asks. Browsers always send Origin
/// there; programs that send none hold a token, not a cookie.
pub async fn guard_origin(
    axum::extract::State(app): axum::extract::State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let upgrades = request.headers().contains_key(header::UPGRADE);
    if (!reads || upgrades) && !is_own_origin(&app, request.headers()) {
        return Err(ApiError::ForeignOrigin);
    }
    Ok(next.run(request).await)
}

fn is_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else { return false };
    if let Some(url) = &app.config.public_url {
        return origin == url;
    }
    // Without a public address the server is reached under any name of its machine: the page's must be the one it asks.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| origin.strip_prefix("http://") == Some(host))
}
