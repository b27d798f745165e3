//! A server in this process, on a folder that goes with the test, with a clock that the test turns.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::{ActorId, Cell, ItemId, PersonId, PlanId, Scalar, SectionId, TimestampMs};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use interlock_server::app::App;
use interlock_server::clock::Clock;
use interlock_server::config::Config;
use interlock_server::{http, routes};
use journal::{Append, Journal, Key, NewRecord, SegmentJournal, StreamId};
use plan::Edit;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// When every test begins: 2026-11-22, a Sunday.
const BEGIN_MS: i64 = 1_795_305_600_000;
/// Nothing in these tests takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A folder, and the clock that goes with it.
pub(crate) struct Place {
    /// Goes with the test, if it is the test's own.
    _dir: Option<TempDir>,
    data: PathBuf,
    now: Arc<AtomicI64>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let data = dir.path().join("data");
        Self {
            _dir: Some(dir),
            ..Self::at(data)
        }
    }

    /// A data folder that is there.
    pub(crate) fn at(data: PathBuf) -> Self {
        Self {
            _dir: None,
            data,
            now: Arc::new(AtomicI64::new(BEGIN_MS)),
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.data.clone()
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) async fn open(&self, config: Config) -> anyhow::Result<Arc<App>> {
        App::open(config, Clock::Manual(Arc::clone(&self.now))).await
    }

    pub(crate) async fn start(&self) -> Server {
        self.start_with(Config::new(self.data())).await
    }

    pub(crate) async fn start_with(&self, mut config: Config) -> Server {
        "127.0.0.1:0".clone_into(&mut config.listen);
        serve(self.open(config).await.expect("the data folder opens")).await
    }

    /// Starts on a journal of the test's own.
    pub(crate) async fn start_on(&self, journal: Arc<SegmentJournal>) -> Server {
        self.start_on_with(Config::new(self.data()), journal).await
    }

    pub(crate) async fn start_on_with(&self, mut config: Config, journal: Arc<SegmentJournal>) -> Server {
        "127.0.0.1:0".clone_into(&mut config.listen);
        let app = App::open_on(config, Clock::Manual(Arc::clone(&self.now)), journal).await;
        serve(app.expect("the data folder opens")).await
    }
}

async fn serve(app: Arc<App>) -> Server {
    let listener = TcpListener::bind(&app.config.listen).await.expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address").to_string();
    app.listens_at(listener.local_addr().expect("a listener has an address"));
    let router = routes::router(Arc::clone(&app));
    let serving = tokio::spawn(http::serve(Arc::clone(&app), listener, router));
    Server { app, address, serving }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) app: Arc<App>,
    pub(crate) address: String,
    serving: JoinHandle<()>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("headers are text"))
    }

    /// The code of a problem; checks that it is one.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16());
        (
            self.status.as_u16(),
            json["code"].as_str().expect("a problem has a code").to_owned(),
        )
    }
}

impl Server {
    /// Stops it in order, as a signal does.
    pub(crate) async fn stop(self) {
        self.app.stop();
        self.serving.await.expect("the listener ends");
        self.app.close().await;
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        send_to(&self.address, request).await
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Full::default()).expect("a good request"))
            .await
    }

    /// A fresh link's secret.
    pub(crate) async fn link(&self, email: &str) -> String {
        let app = &self.app;
        let link = routes::issue_link(&app.directory, &app.clock, app.address(), email.to_owned()).await;
        let link = link.expect("a link is issued");
        let (address, secret) = link
            .split_once("/sign-in#")
            .expect("a link has its secret behind the #");
        assert_eq!(address, app.address());
        secret.to_owned()
    }

    pub(crate) async fn use_link(&self, secret: &str) -> Answer {
        let body = serde_json::json!({ "secret": secret }).to_string();
        let request = self
            .request("POST", "/api/v1/sign-in")
            .header(CONTENT_TYPE, "application/json");
        self.send(request.body(Full::from(body)).expect("a good request")).await
    }

    /// Signs a person in.
    pub(crate) async fn sign_in(&self, email: &str) -> Browser<'_> {
        let answer = self.use_link(&self.link(email).await).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
        let cookie = answer
            .header(SET_COOKIE.as_str())
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        self.browser(cookie)
    }

    /// A browser that signed in before the server was started anew.
    pub(crate) const fn browser(&self, cookie: String) -> Browser<'_> {
        Browser { server: self, cookie }
    }

    /// Ada, signed in, and a plan of hers.
    pub(crate) async fn ada_with_a_plan(&self) -> (Browser<'_>, PlanId) {
        let ada = self.sign_in("ada@example.com").await;
        let plan = ada.make_plan("Sonnenberg").await;
        (ada, plan)
    }

    pub(crate) async fn token(&self, email: &str) -> String {
        let token = routes::create_token(&self.app.directory, "test".to_owned(), email.to_owned()).await;
        token.expect("a token is made")
    }

    /// Makes edits for a person, and waits until they are on disk.
    pub(crate) async fn edit(&self, plan: PlanId, email: &str, edits: Vec<Edit>) {
        let person = self.person(email);
        let mut actor = [7; 16];
        actor[..8].copy_from_slice(&person.0.as_bytes()[8..]);
        self.app
            .rooms
            .submit(plan, person, ActorId(actor), edits)
            .await
            .expect("the edit is taken");
    }

    pub(crate) fn person(&self, email: &str) -> PersonId {
        self.app
            .directory
            .state()
            .person_by_email(email)
            .expect("the person is known")
    }
}

async fn send_to(address: &str, request: Request<Full<Bytes>>) -> Answer {
    try_send_to(address, request).await.expect("the server answers")
}

async fn try_send_to(address: &str, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await?.to_bytes(),
    })
}

/// Asks a server at an address, with a token.
pub(crate) async fn ask_at(address: &str, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let request = request_at(address, method, path, token).body(Full::from(body.to_string()));
    send_to(address, request.expect("a good request")).await
}

/// Asks with a key; None: the server has gone without an answer.
pub(crate) async fn ask_once(
    address: &str,
    method: &str,
    path: &str,
    (token, key): (&str, &str),
    body: &Value,
) -> Option<Answer> {
    let request = request_at(address, method, path, token).header("idempotency-key", key);
    let request = request.body(Full::from(body.to_string()));
    try_send_to(address, request.expect("a good request")).await.ok()
}

fn request_at(address: &str, method: &str, path: &str, token: &str) -> hyper::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", address)
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header(CONTENT_TYPE, "application/json")
}

/// Where a section's items are.
pub(crate) fn items_in(plan: PlanId, section: &str) -> String {
    format!("/api/v1/plans/{plan}/sections/{section}/items")
}

/// The id of the plan that an answer shows.
pub(crate) fn plan_of(answer: &Answer) -> PlanId {
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    answer.json()["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("a plan has an id")
}

/// A browser with a session.
pub(crate) struct Browser<'a> {
    pub(crate) server: &'a Server,
    pub(crate) cookie: String,
}

impl Browser<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.server.request("GET", path).header(COOKIE, &self.cookie);
        self.server
            .send(request.body(Full::default()).expect("a good request"))
            .await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.server.request(method, path).header(COOKIE, &self.cookie);
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body.to_string()));
        self.server.send(request.expect("a good request")).await
    }

    /// Sends with one more header.
    pub(crate) async fn send_with(&self, method: &str, path: &str, header: (&str, &str), body: &Value) -> Answer {
        let request = self.server.request(method, path).header(COOKIE, &self.cookie);
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header(header.0, header.1)
            .body(Full::from(body.to_string()));
        self.server.send(request.expect("a good request")).await
    }

    /// A plan's audit, as it is written.
    pub(crate) async fn audit_of(&self, plan: PlanId) -> String {
        let audit = self.get(&format!("/api/v1/plans/{plan}/audit")).await;
        assert_eq!(audit.status, StatusCode::OK, "{audit:?}");
        String::from_utf8_lossy(&audit.body).into_owned()
    }

    pub(crate) async fn make_plan(&self, name: &str) -> PlanId {
        let answer = self
            .send(
                "POST",
                "/api/v1/plans",
                // In most tests everyone of the workspace takes part.
                &serde_json::json!({ "name": name, "everyone": "seller" }),
            )
            .await;
        plan_of(&answer)
    }
}

/// Puts an entry into the workspace's stream, whatever it says.
pub(crate) async fn append_to_workspace(journal: &SegmentJournal, key: u8, payload: Bytes) {
    let record = NewRecord {
        key: Key([key; 32]),
        at: TimestampMs(0),
        payload,
    };
    let append = Append {
        stream: StreamId::WORKSPACE,
        expect: None,
        records: vec![record],
    };
    journal.append(append).await.expect("it is taken");
}

pub(crate) fn item(n: u128) -> ItemId {
    // The version and variant bits of a UUIDv7.
    ItemId(Uuid::from_u128((n << 96) | (0x7 << 76) | (0x8 << 60) | n))
}

/// An action, with a title and a day.
pub(crate) fn action(n: u128, title: &str, due: &str) -> Vec<Edit> {
    let section = SectionId::Actions;
    let put = |field: &str, value: &str| Edit::Put {
        cell: Cell::field(section, item(n), field),
        value: Scalar::from(value),
    };
    vec![
        Edit::MakeItem {
            section,
            item: item(n),
            fields: vec![],
        },
        put("title", title),
        put("due", due),
    ]
}

pub(crate) fn put(section: SectionId, n: u128, field: &str, value: &str) -> Edit {
    Edit::Put {
        cell: Cell::field(section, item(n), field),
        value: Scalar::from(value),
    }
}
