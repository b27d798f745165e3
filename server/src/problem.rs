//! Errors over HTTP, RFC 9457: the one place where a kind of error becomes a status and a stable code.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use journal::{AppendError, ReadError};
use plan::EditError;
use protocol::Reason;
use relay::SubmitError;
use serde::Serialize;
use workspace::Refused;

use crate::content::Unfit;
use crate::directory::DirectoryError;
use crate::rooms::SubmitFailure;

/// What goes wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nobody is signed in.
    #[error("sign in first")]
    SignedOut,
    /// A page of another site asks.
    #[error("this request comes from another site")]
    ForeignOrigin,
    /// Not for this person.
    #[error("only the owner of the data folder may do that")]
    NotOwner,
    /// No such thing, or not for this person.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The address is there, but does not take this method.
    #[error("this address does not take this method")]
    MethodNotAllowed,
    /// The request itself is wrong.
    #[error("{0}")]
    BadRequest(String),
    /// It may read, and not do this.
    #[error("{0}")]
    Denied(String),
    /// Well formed, and what it asks for cannot be.
    #[error("{0}")]
    Unfit(String),
    /// What is there is not as `If-Match` says.
    #[error(
        "somebody changed it since you read it: read it again, look at what changed, and send your change with the new ETag"
    )]
    Changed,
    /// The item is there already.
    #[error("there is such an item already")]
    ItemExists,
    /// Another request with this idempotency key is under way.
    #[error("a request with this Idempotency-Key is under way: wait for it, or ask again shortly")]
    KeyBusy,
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key was used for another request: take a new one for each thing to be done")]
    KeyReused,
    /// Too long.
    #[error("the request is too long")]
    TooLarge,
    /// It did not come in time.
    #[error("the request took too long to arrive")]
    TooSlow,
    /// The workspace says no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// More in a short time than one person may do.
    #[error("too many {what} in a short time: try again in {} seconds", seconds(*wait))]
    TooFast {
        /// Of what.
        what: &'static str,
        /// When there may be one more.
        wait: Duration,
    },
    /// More connections than one person may have open.
    #[error("too many connections are open for this person: close some of them")]
    TooManyOpen,
    /// Edits cannot be taken now.
    #[error("{0}")]
    Unavailable(String),
    /// A fault of ours: the client is not told what.
    #[error("{0}")]
    Internal(String),
}

/// The body of an error, as RFC 9457 has it.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl ApiError {
    /// Status and code of every kind. Codes are stable: clients look at them.
    pub const fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "signed-out"),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "foreign-origin"),
            Self::NotOwner => (StatusCode::FORBIDDEN, "not-owner"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not-found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad-request"),
            Self::Denied(_) => (StatusCode::FORBIDDEN, "not-allowed"),
            Self::Unfit(_) => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
            Self::Changed => (StatusCode::PRECONDITION_FAILED, "changed"),
            Self::ItemExists => (StatusCode::CONFLICT, "exists"),
            Self::KeyBusy => (StatusCode::CONFLICT, "key-busy"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "key-reused"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too-slow"),
            Self::Refused(refused) => status_of_refusal(refused),
            Self::TooFast { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-fast"),
            Self::TooManyOpen => (StatusCode::TOO_MANY_REQUESTS, "too-many-open"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

/// Status and code of what the workspace refuses.
const fn status_of_refusal(refused: &Refused) -> (StatusCode, &'static str) {
    match refused {
        Refused::SessionGone => (StatusCode::UNAUTHORIZED, "signed-out"),
        Refused::NoSuchPlan
        | Refused::NoSuchTeam
        | Refused::NoSuchToken
        | Refused::NoSuchWebhook
        | Refused::InvitationGone => (StatusCode::NOT_FOUND, "not-found"),
        Refused::NotAllowed(_)
        | Refused::NotAdministrator
        | Refused::NotYours
        | Refused::RaisesSelf
        | Refused::AboveYou(_)
        | Refused::Guest => (StatusCode::FORBIDDEN, "not-allowed"),
        Refused::LinkGone => (StatusCode::GONE, "link-gone"),
        Refused::PlanArchived => (StatusCode::CONFLICT, "archived"),
        Refused::PlanExists
        | Refused::EmailTaken(_)
        | Refused::AlreadyMember
        | Refused::HasCome
        | Refused::TeamExists
        | Refused::TokenExists
        | Refused::WebhookExists => (StatusCode::CONFLICT, "exists"),
        Refused::LastExecutive | Refused::LastAdministrator => (StatusCode::CONFLICT, "last"),
        Refused::TooMany { .. } => (StatusCode::CONFLICT, "too-many"),
        Refused::UnknownEmail(_)
        | Refused::UnknownPerson
        | Refused::Inactive
        | Refused::NotMember
        | Refused::NotForEveryone(_)
        | Refused::BadEmail(_)
        | Refused::BadName
        | Refused::BadNote
        | Refused::BadDay(_)
        | Refused::BadToken
        | Refused::BadWebhook => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let detail = if matches!(self, Self::Internal(_)) {
            tracing::error!(code, cause = %self, "a request failed");
            None
        } else {
            Some(self.to_string())
        };
        let problem = Problem {
            r#type: format!("urn:interlock:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail,
        };
        let mut response = (status, Json(problem)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if let Self::TooFast { wait, .. } = self {
            response.headers_mut().insert(header::RETRY_AFTER, seconds(wait).into());
        }
        response
    }
}

/// Whole seconds, at least one.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl From<AppendError> for ApiError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Full | AppendError::Poisoned | AppendError::QueueFull | AppendError::Closed => {
                Self::Unavailable(error.to_string())
            }
            AppendError::Fenced { .. } | AppendError::TooLarge { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Closed => Self::Unavailable(error.to_string()),
            ReadError::Io { .. } | ReadError::Damaged(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<DirectoryError> for ApiError {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::Refused(refused) => Self::Refused(refused),
            DirectoryError::Changed => Self::Changed,
            DirectoryError::Append(error) => error.into(),
            DirectoryError::Read(error) => error.into(),
            DirectoryError::Damaged(_) | DirectoryError::Stopped => Self::Internal(error.to_string()),
        }
    }
}

impl From<SubmitFailure> for ApiError {
    fn from(failure: SubmitFailure) -> Self {
        let refused = match failure {
            SubmitFailure::Refused(refused) => refused,
            SubmitFailure::Unavailable => return Self::Unavailable(failure.to_string()),
        };
        let words = refused.to_string();
        match refused {
            SubmitError::Edit(EditError::NoItem(..)) => Self::NotFound("item"),
            SubmitError::Edit(EditError::ItemExists(..)) => Self::ItemExists,
            SubmitError::Edit(EditError::NotReady)
            | SubmitError::TooMuch
            | SubmitError::Refused(Reason::Unavailable(_)) => Self::Unavailable(words),
            // Of a contact that was erased, nothing can be written any more.
            SubmitError::Edit(_) | SubmitError::Refused(Reason::Sealed(_)) => Self::Unfit(words),
            SubmitError::Refused(Reason::Denied(_)) => Self::Denied(words),
            // What the server makes itself lies about nothing: it is more than the plan's format takes, such as the items of
            // a section or the rewritings of a paragraph.
            SubmitError::Refused(Reason::Inconsistent(why)) => Self::Unfit(why),
            SubmitError::Refused(_) => Self::Internal(words),
        }
    }
}

impl From<Unfit> for ApiError {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit.to_string())
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Self::TooLarge
        } else {
            Self::BadRequest(rejection.body_text())
        }
    }
}

impl From<PathRejection> for ApiError {
    fn from(_: PathRejection) -> Self {
        // A path that does not parse names nothing.
        Self::NotFound("page")
    }
}

impl From<WebSocketUpgradeRejection> for ApiError {
    fn from(rejection: WebSocketUpgradeRejection) -> Self {
        Self::BadRequest(format!("a websocket is spoken here: {}", rejection.body_text()))
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::BadRequest(rejection.body_text())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_fault_of_ours_is_not_told_to_the_client() {
        let response = ApiError::Internal("disk /secret/path is on fire".to_owned()).into_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = to_bytes(response.into_body(), 10_000).await.expect("a body in memory");
        let text = String::from_utf8_lossy(&body);
        assert!(
            text.contains("\"code\":\"internal\"") && !text.contains("secret"),
            "{text}"
        );
    }

    #[test]
    fn every_kind_has_its_status() {
        let table: &[(ApiError, u16, &str)] = &[
            (ApiError::SignedOut, 401, "signed-out"),
            (ApiError::ForeignOrigin, 403, "foreign-origin"),
            (ApiError::NotOwner, 403, "not-owner"),
            (ApiError::NotFound("plan"), 404, "not-found"),
            (ApiError::MethodNotAllowed, 405, "method-not-allowed"),
            (ApiError::BadRequest(String::new()), 400, "bad-request"),
            (ApiError::Denied(String::new()), 403, "not-allowed"),
            (ApiError::Unfit(String::new()), 422, "refused"),
            (ApiError::Changed, 412, "changed"),
            (ApiError::ItemExists, 409, "exists"),
            (ApiError::KeyBusy, 409, "key-busy"),
            (ApiError::KeyReused, 422, "key-reused"),
            (ApiError::TooLarge, 413, "too-large"),
            (ApiError::TooSlow, 408, "too-slow"),
            (
                ApiError::TooFast {
                    what: "new plans",
                    wait: Duration::from_secs(7),
                },
                429,
                "too-fast",
            ),
            (ApiError::TooManyOpen, 429, "too-many-open"),
            (Refused::LinkGone.into(), 410, "link-gone"),
            (Refused::SessionGone.into(), 401, "signed-out"),
            (Refused::NoSuchPlan.into(), 404, "not-found"),
            (Refused::InvitationGone.into(), 404, "not-found"),
            (Refused::NotAllowed(domain::Right::Rename).into(), 403, "not-allowed"),
            (Refused::NotAdministrator.into(), 403, "not-allowed"),
            (Refused::RaisesSelf.into(), 403, "not-allowed"),
            (Refused::LastExecutive.into(), 409, "last"),
            (Refused::PlanArchived.into(), 409, "archived"),
            (Refused::PlanExists.into(), 409, "exists"),
            (Refused::EmailTaken(String::new()).into(), 409, "exists"),
            (Refused::TooMany { what: "plans", max: 1 }.into(), 409, "too-many"),
            (Refused::BadName.into(), 422, "refused"),
            (Refused::BadEmail(String::new()).into(), 422, "refused"),
            (Refused::UnknownEmail(String::new()).into(), 422, "refused"),
            (Refused::UnknownPerson.into(), 422, "refused"),
            (AppendError::Full.into(), 503, "unavailable"),
            (AppendError::Poisoned.into(), 503, "unavailable"),
            (AppendError::QueueFull.into(), 503, "unavailable"),
            (AppendError::Closed.into(), 503, "unavailable"),
            (
                AppendError::Fenced {
                    last: domain::Seq::ZERO,
                }
                .into(),
                500,
                "internal",
            ),
        ];
        for (error, status, code) in table {
            let (found, found_code) = error.status_and_code();
            assert_eq!((found.as_u16(), found_code), (*status, *code), "{error:?}");
        }
    }
}
