//! The server over HTTP: JSON there and back, errors as problem details (RFC 9457).

pub(crate) mod assignments;
pub(crate) mod audit;
pub(crate) mod contacts;
pub(crate) mod members;
pub(crate) mod past;
pub(crate) mod poll;
pub(crate) mod tokens;
mod types;
pub(crate) mod workspace;

use domain::{PlanId, Role};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

pub(crate) use types::{ActionRow, ActionState, ActionsReport, Build, Mail, Me, PlanSummary};

use crate::words;

/// Where the API begins.
const BASE: &str = "/api/v1";
/// The status of a request that has no session.
const UNAUTHORIZED: u16 = 401;

/// Why the server did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The HTTP status; zero when there was no answer at all.
    pub(crate) status: u16,
    /// In words.
    pub(crate) words: String,
}

impl ApiError {
    /// Whether one must sign in first.
    pub(crate) fn is_signed_out(&self) -> bool {
        self.status == UNAUTHORIZED
    }

    fn unreachable() -> Self {
        Self {
            status: 0,
            words: words::UNREACHABLE.to_owned(),
        }
    }
}

/// The parts of a problem that a person reads.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Problem {
    title: String,
    detail: String,
}

/// What the server is.
pub(crate) async fn build() -> Result<Build, ApiError> {
    get("/build").await
}

/// Who I am.
pub(crate) async fn me() -> Result<Me, ApiError> {
    get("/me").await
}

/// Uses up a sign-in link's secret for a session.
pub(crate) async fn sign_in(secret: &str) -> Result<(), ApiError> {
    send("POST", "/sign-in", &serde_json::json!({ "secret": secret }))
        .await
        .map(drop)
}

/// Ends the session.
pub(crate) async fn sign_out() -> Result<(), ApiError> {
    send("POST", "/sign-out", &serde_json::json!({})).await.map(drop)
}

/// Everyone in the workspace, with their addresses.
pub(crate) async fn people() -> Result<Vec<Mail>, ApiError> {
    get("/people").await
}

/// Every plan, the archived ones too.
pub(crate) async fn plans() -> Result<Vec<PlanSummary>, ApiError> {
    get("/plans").await
}

/// Makes a plan; `everyone` is what those are in it who are not named.
pub(crate) async fn create_plan(name: &str, everyone: Option<Role>) -> Result<PlanSummary, ApiError> {
    make_plan("/plans", name, everyone).await
}

/// Makes a plan with the content of another.
pub(crate) async fn duplicate_plan(plan: PlanId, name: &str, everyone: Option<Role>) -> Result<PlanSummary, ApiError> {
    make_plan(&format!("/plans/{plan}/duplicate"), name, everyone).await
}

async fn make_plan(path: &str, name: &str, everyone: Option<Role>) -> Result<PlanSummary, ApiError> {
    let body = serde_json::json!({ "name": name, "everyone": everyone });
    read(send("POST", path, &body).await?).await
}

/// Gives a plan another name.
pub(crate) async fn rename_plan(plan: PlanId, name: &str) -> Result<(), ApiError> {
    patch_plan(plan, &serde_json::json!({ "name": name })).await
}

/// Puts a plan away, or brings it back.
pub(crate) async fn archive_plan(plan: PlanId, archived: bool) -> Result<(), ApiError> {
    patch_plan(plan, &serde_json::json!({ "archived": archived })).await
}

async fn patch_plan(plan: PlanId, body: &serde_json::Value) -> Result<(), ApiError> {
    send("PATCH", &format!("/plans/{plan}"), body).await.map(drop)
}

/// The action tracker.
pub(crate) async fn actions_report(plan: PlanId) -> Result<ActionsReport, ApiError> {
    get(&format!("/plans/{plan}/reports/actions")).await
}

async fn get<T: DeserializeOwned>(path: &str) -> Result<T, ApiError> {
    read(request("GET", path, None).await?).await
}

async fn send(method: &str, path: &str, body: &impl Serialize) -> Result<Response, ApiError> {
    let body = serde_json::to_string(body).map_err(|_| ApiError::unreachable())?;
    request(method, path, Some(&body)).await
}

async fn request(method: &str, path: &str, body: Option<&str>) -> Result<Response, ApiError> {
    let response = fetch(method, path, body).await.map_err(|_| ApiError::unreachable())?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let problem: Problem = text(&response)
        .await
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let words = match (problem.detail.is_empty(), problem.title.is_empty()) {
        (false, _) => problem.detail,
        (true, false) => problem.title,
        (true, true) => words::server_said(status),
    };
    Err(ApiError { status, words })
}

async fn fetch(method: &str, path: &str, body: Option<&str>) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        init.set_body(&JsValue::from_str(body));
    }
    let request = Request::new_with_str_and_init(&format!("{BASE}{path}"), &init)?;
    request.headers().set("accept", "application/json")?;
    if body.is_some() {
        request.headers().set("content-type", "application/json")?;
    }
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    JsFuture::from(window.fetch_with_request(&request)).await?.dyn_into()
}

async fn text(response: &Response) -> Result<String, JsValue> {
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    let text = text(&response).await.map_err(|_| ApiError::unreachable())?;
    serde_json::from_str(&text).map_err(|error| ApiError {
        status: response.status(),
        words: words::not_understood(&error.to_string()),
    })
}
