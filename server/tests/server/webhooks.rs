//! Other systems are told what happens: signed, in order, tried again, and never more than who asked for it may know.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::{PlanId, Role};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use interlock_server::config::Config;
use interlock_server::webhooks::{Patience, sign};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use workspace::Command;

use crate::harness::{Browser, PATIENCE, Place, Server, action, ask_at};
use crate::program::{interlock, text};

/// Another system: says with which status it answers next, and tells what it got.
pub(crate) struct Receiver {
    pub(crate) url: String,
    got: mpsc::Receiver<Got>,
    answers: mpsc::Sender<StatusCode>,
}

#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

type Wires = (mpsc::Sender<Got>, Arc<Mutex<mpsc::Receiver<StatusCode>>>);

async fn take((State((tell, answers)), headers, body): (State<Wires>, HeaderMap, String)) -> StatusCode {
    tell.send(Got { headers, body }).await.expect("the test listens");
    answers.lock().await.try_recv().unwrap_or(StatusCode::NO_CONTENT)
}

fn router() -> (Router, mpsc::Receiver<Got>, mpsc::Sender<StatusCode>) {
    let (tell, got) = mpsc::channel(100);
    let (answers, receiver) = mpsc::channel(100);
    let handler = async |state: State<Wires>, headers: HeaderMap, body: String| take((state, headers, body)).await;
    let router = Router::new()
        .route("/in", axum::routing::post(handler))
        .with_state((tell, Arc::new(Mutex::new(receiver))));
    (router, got, answers)
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/in", listener.local_addr().expect("it has an address"));
        let (router, got, answers) = router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, got, answers }
    }

    /// One that speaks TLS, for a name, with a certificate of its own; in DER.
    async fn start_tls(name: &str) -> (Self, Vec<u8>) {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate is made");
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key is made");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("they fit each other");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let (router, got, answers) = router();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Who does not trust it hangs up.
                let Ok(stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let service = TowerToHyperService::new(router.clone());
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        let url = format!("https://localhost:{port}/in");
        (Self { url, got, answers }, cert.der().to_vec())
    }

    pub(crate) async fn next(&mut self) -> Got {
        let got = tokio::time::timeout(PATIENCE, self.got.recv()).await;
        got.expect("something comes").expect("the receiver runs")
    }

    /// The events of the next request.
    async fn events(&mut self) -> Vec<Value> {
        let told: Value = serde_json::from_str(&self.next().await.body).expect("it is JSON");
        told["events"].as_array().expect("it has events").clone()
    }
}

/// Webhooks may go to the test, and are quick.
pub(crate) fn config(place: &Place) -> Config {
    Config {
        webhooks_inside: true,
        webhooks_patience: Patience {
            look_every: Duration::from_millis(20),
            rest_first: Duration::from_millis(5),
            rest_max: Duration::from_millis(20),
            tries_max: 3,
        },
        ..Config::new(place.data())
    }
}

async fn add(ada: &Browser<'_>, url: &str, plan: PlanId, kinds: &[&str]) -> Value {
    let new = json!({ "url": url, "plans": [plan.to_string()], "kinds": kinds });
    let made = ada.send("POST", "/api/v1/webhooks", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.json()
}

/// Who has no role of their own in the plan is nothing in it.
async fn for_members_only(server: &Server, plan: PlanId) {
    let (by, everyone) = (server.person("ada@example.com"), None);
    let set = Command::SetAccess { plan, everyone, by };
    server.app.directory.run(by, set).await.expect("who has access is set");
}

async fn deliveries(ada: &Browser<'_>, made: &Value) -> Value {
    let id = made["webhook"]["id"].as_str().expect("it has an id");
    ada.get(&format!("/api/v1/webhooks/{id}/deliveries")).await.json()
}

#[tokio::test]
async fn an_edit_is_told_signed_without_its_words_and_again_until_it_is_taken() {
    let place = Place::new();
    let server = place.start_with(config(&place)).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let mut receiver = Receiver::start().await;
    let made = add(&ada, &receiver.url, plan, &["plan.edited"]).await;
    receiver
        .answers
        .send(StatusCode::INTERNAL_SERVER_ERROR)
        .await
        .expect("the receiver runs");
    receiver
        .answers
        .send(StatusCode::FOUND)
        .await
        .expect("the receiver runs");
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    let mut tries = Vec::new();
    for _ in 0..3 {
        tries.push(receiver.next().await);
    }
    let first: Value = serde_json::from_str(&tries[0].body).expect("it is JSON");
    assert_eq!(first["events"][0]["kind"], "plan.edited");
    assert_eq!(first["events"][0]["plan"], plan.to_string());
    assert_eq!(first["events"][0]["by"], server.person("ada@example.com").to_string());
    let secret = made["secret"].as_str().expect("it has a secret");
    for got in &tries {
        assert!(!got.body.contains("CIO"), "{got:?}");
        let header = got.headers["interlock-signature"].to_str().expect("it is text");
        let at: i64 = header
            .split([',', '='])
            .nth(1)
            .and_then(|at| at.parse().ok())
            .expect("it has a time");
        assert_eq!(header, sign(secret, at, got.body.as_bytes()));
        assert_eq!(
            got.headers["interlock-delivery"],
            first["delivery"].as_str().expect("it has an id")
        );
    }
    // What comes next is told after it, once.
    server
        .edit(plan, "ada@example.com", action(2, "Write", "2026-11-20"))
        .await;
    let next = receiver.events().await;
    assert_eq!(next.len(), 1);
    let log = deliveries(&ada, &made).await;
    assert_eq!((&log[1]["state"], &log[1]["tries"]), (&json!("delivered"), &json!(3)));
    server.stop().await;
}

#[tokio::test]
async fn what_is_given_up_is_in_the_log_and_can_be_sent_again_by_hand() {
    let place = Place::new();
    let server = place.start_with(config(&place)).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let mut receiver = Receiver::start().await;
    let made = add(&ada, &receiver.url, plan, &["plan.edited", "plan.control"]).await;
    for _ in 0..3 {
        receiver
            .answers
            .send(StatusCode::BAD_GATEWAY)
            .await
            .expect("the receiver runs");
    }
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    for _ in 0..3 {
        receiver.next().await;
    }
    // The next one is told, so the first is given up by then.
    let renamed = json!({ "name": "Sonnenberg AG" });
    let path = format!("/api/v1/plans/{plan}");
    assert_eq!(ada.send("PATCH", &path, &renamed).await.status, StatusCode::OK);
    assert_eq!(receiver.events().await[0]["what"], "PlanRenamed");
    let log = deliveries(&ada, &made).await;
    assert_eq!((&log[1]["state"], &log[1]["tries"]), (&json!("given_up"), &json!(3)));
    assert_eq!(log[1]["answer"], "the answer was 502 Bad Gateway");
    let id = made["webhook"]["id"].as_str().expect("it has an id");
    let path = format!(
        "/api/v1/webhooks/{id}/deliveries/{}/retry",
        log[1]["id"].as_str().expect("it has an id")
    );
    assert_eq!(ada.send("POST", &path, &json!({})).await.status, StatusCode::ACCEPTED);
    assert_eq!(receiver.events().await[0]["kind"], "plan.edited");
    server.stop().await;
}

#[tokio::test]
async fn who_loses_the_plan_is_no_longer_told_of_it() {
    let place = Place::new();
    let server = place.start_with(config(&place)).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let bob = server.sign_in("bob@example.com").await;
    let (by, person) = (server.person("ada@example.com"), server.person("bob@example.com"));
    for_members_only(&server, plan).await;
    let role = Role::Facilitator;
    let give = Command::GiveRole { plan, person, role, by };
    server.app.directory.run(by, give).await.expect("the role is given");
    let (mut of_bob, mut of_ada) = (Receiver::start().await, Receiver::start().await);
    add(&bob, &of_bob.url, plan, &["plan.edited"]).await;
    add(&ada, &of_ada.url, plan, &["plan.edited"]).await;
    server
        .edit(plan, "ada@example.com", action(1, "Call", "2026-11-20"))
        .await;
    assert_eq!((of_bob.events().await.len(), of_ada.events().await.len()), (1, 1));
    server
        .app
        .directory
        .run(by, Command::TakeRole { plan, person, by })
        .await
        .expect("the role is taken");
    server
        .edit(plan, "ada@example.com", action(2, "Write", "2026-11-20"))
        .await;
    assert_eq!(of_ada.events().await.len(), 1);
    // He can still try out his webhook: what is sent now was not held up.
    let mine = bob.get("/api/v1/webhooks").await.json();
    let ping = format!(
        "/api/v1/webhooks/{}/ping",
        mine[0]["id"].as_str().expect("it has an id")
    );
    assert_eq!(bob.send("POST", &ping, &json!({})).await.status, StatusCode::ACCEPTED);
    assert_eq!(of_bob.events().await[0]["kind"], "ping");
    server.stop().await;
}

#[tokio::test]
async fn inside_addresses_are_refused() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost:8080/x",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://user@example.com/",
        "gopher://x/",
        "nonsense",
    ] {
        let new = json!({ "url": url, "plans": [plan.to_string()], "kinds": ["plan.edited"] });
        let refused = ada.send("POST", "/api/v1/webhooks", &new).await;
        assert_eq!(refused.problem(), (422, "refused".to_owned()), "{url}");
    }
    assert_eq!(ada.get("/api/v1/webhooks").await.json(), json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_webhook_is_seen_and_removed_by_its_maker_alone() {
    let place = Place::new();
    let server = place.start_with(config(&place)).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let eve = server.sign_in("eve@example.com").await;
    for_members_only(&server, plan).await;
    let receiver = Receiver::start().await;
    let made = add(&ada, &receiver.url, plan, &["plan.edited"]).await;
    let path = format!(
        "/api/v1/webhooks/{}",
        made["webhook"]["id"].as_str().expect("it has an id")
    );
    for (method, path) in [
        ("GET", path.clone()),
        ("DELETE", path.clone()),
        ("GET", format!("{path}/deliveries")),
        ("POST", format!("{path}/ping")),
    ] {
        assert_eq!(
            eve.send(method, &path, &json!({})).await.problem(),
            (404, "not-found".to_owned()),
            "{method} {path}"
        );
    }
    let foreign = json!({ "url": receiver.url, "plans": [plan.to_string()], "kinds": ["plan.edited"] });
    assert_eq!(eve.send("POST", "/api/v1/webhooks", &foreign).await.problem().0, 404);
    let anywhere = json!({ "url": receiver.url, "plans": null, "kinds": ["workspace.control"] });
    assert_eq!(eve.send("POST", "/api/v1/webhooks", &anywhere).await.problem().0, 403);
    assert_eq!(
        ada.send("DELETE", &path, &json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(ada.get(&path).await.problem().0, 404);
    let kept = std::fs::read_dir(place.data().join("webhooks")).expect("the folder is there");
    assert_eq!(kept.count(), 0, "its secret is gone");
    server.stop().await;
}

#[tokio::test]
async fn a_delivery_goes_over_tls_to_whom_the_certificate_names_and_to_nobody_else() {
    let place = Place::new();
    let (mut known, certificate) = Receiver::start_tls("localhost").await;
    let (mut other, others) = Receiver::start_tls("hooks.example").await;
    let (mut unknown, _) = Receiver::start_tls("localhost").await;
    let config = Config {
        webhooks_trusted: vec![certificate, others],
        ..config(&place)
    };
    let server = place.start_with(config).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let mut refused = Vec::new();
    for receiver in [&other, &unknown] {
        refused.push(add(&ada, &receiver.url, plan, &["plan.edited"]).await);
    }
    let made = add(&ada, &known.url, plan, &["plan.edited"]).await;
    server
        .edit(plan, "ada@example.com", action(1, "Call the CIO", "2026-11-20"))
        .await;
    assert_eq!(known.events().await[0]["kind"], "plan.edited");
    let log = until(&ada, &made, |log| log[0]["state"] == "delivered").await;
    assert_eq!(log[0]["answer"], "the answer was 204 No Content");
    for made in &refused {
        let log = until(&ada, made, |log| log[0]["state"] == "given_up").await;
        let answer = log[0]["answer"].as_str().unwrap_or_default();
        assert!(answer.contains("invalid peer certificate"), "{log}");
    }
    assert!(
        other.got.try_recv().is_err() && unknown.got.try_recv().is_err(),
        "not a byte of a request"
    );
    server.stop().await;
}

/// The log of a webhook, once it says something.
async fn until(ada: &Browser<'_>, made: &Value, is_so: impl Fn(&Value) -> bool) -> Value {
    let waiting = async {
        loop {
            let log = deliveries(ada, made).await;
            if is_so(&log) {
                return log;
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("the log says so in time")
}

/// Each webhook has its own patience: one whose receiver refuses, and one that never answers, hold up nobody else.
#[tokio::test]
async fn a_delivery_that_is_tried_again_holds_up_its_own_webhook_alone() {
    let place = Place::new();
    let hours = Duration::from_hours(1);
    let config = Config {
        webhooks_patience: Patience {
            rest_first: hours,
            rest_max: hours,
            ..config(&place).webhooks_patience
        },
        ..config(&place)
    };
    let server = place.start_with(config).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let (mut refusing, mut good) = (Receiver::start().await, Receiver::start().await);
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let silent_url = format!("http://{}/in", silent.local_addr().expect("it has an address"));
    let made = add(&ada, &refusing.url, plan, &["plan.edited"]).await;
    add(&ada, &silent_url, plan, &["plan.edited"]).await;
    add(&ada, &good.url, plan, &["plan.edited"]).await;
    refusing
        .answers
        .send(StatusCode::BAD_GATEWAY)
        .await
        .expect("the receiver runs");
    for n in 1..=3 {
        server
            .edit(plan, "ada@example.com", action(n, "Call", "2026-11-20"))
            .await;
        assert_eq!(good.events().await.len(), 1, "{n}");
    }
    drop(silent.accept().await.expect("it was asked, and has not answered"));
    // Its own next ones wait for the first, and come after it.
    refusing.next().await;
    let log = until(&ada, &made, |log| log[0]["tries"] == 1).await;
    assert_eq!(log.as_array().map(Vec::len), Some(1), "{log}");
    assert!(refusing.got.try_recv().is_err());
    let path = format!(
        "/api/v1/webhooks/{}/deliveries/{}/retry",
        made["webhook"]["id"].as_str().expect("it has an id"),
        log[0]["id"].as_str().expect("it has an id")
    );
    assert_eq!(ada.send("POST", &path, &json!({})).await.status, StatusCode::ACCEPTED);
    assert_eq!((refusing.events().await.len(), refusing.events().await.len()), (1, 2));
    server.stop().await;
}

/// Who may not make a webhook does not learn from it where a name leads.
#[tokio::test]
async fn where_an_address_leads_is_told_to_those_alone_who_may_make_a_webhook() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let seller = server.sign_in("bob@example.com").await;
    let new = json!({ "url": "https://localhost/", "plans": [plan.to_string()], "kinds": ["plan.edited"] });
    let told = ada.send("POST", "/api/v1/webhooks", &new).await;
    assert_eq!(told.problem().0, 422);
    let untold = seller.send("POST", "/api/v1/webhooks", &new).await;
    assert_eq!(untold.problem().0, 403);
    assert!(
        !String::from_utf8_lossy(&untold.body).contains("127.0.0.1"),
        "{untold:?}"
    );
    // A token that was not made for reading is told nothing, and so makes no webhook.
    let scopes = vec![domain::event::Scope::Manage];
    let secret = "only-manages";
    let make = Command::MakeToken {
        person: server.person("ada@example.com"),
        name: "manage".to_owned(),
        digest: interlock_server::secret::digest(secret),
        scopes,
        plans: None,
        expires: None,
        by: domain::PersonId::SERVER,
    };
    let done = server.app.directory.run(domain::PersonId::SERVER, make).await;
    done.expect("the token is made");
    let refused = ask_at(&server.address, "POST", "/api/v1/webhooks", secret, &new).await;
    assert_eq!(refused.problem().0, 403);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_of_a_backup_go_on_with_their_secrets_which_are_copied_apart() {
    let place = Place::new();
    let server = place.start_with(config(&place)).await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let mut receiver = Receiver::start().await;
    let made = add(&ada, &receiver.url, plan, &["plan.edited"]).await;
    let secret = made["secret"].as_str().expect("it has a secret").to_owned();
    server
        .edit(plan, "ada@example.com", action(1, "Call", "2026-11-20"))
        .await;
    receiver.next().await;
    until(&ada, &made, |log| log[0]["state"] == "delivered").await;
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (to, apart) = (folder.path().join("backup"), folder.path().join("webhooks"));
    let (to_text, apart_text) = (to.display().to_string(), apart.display().to_string());
    let arguments = ["backup", "--to", &to_text, "--webhooks", &apart_text];
    let data = place.data();
    let run = || tokio::task::block_in_place(|| interlock(&arguments, &data));
    let output = run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!run().status.success(), "not over another one");
    assert!(!to.join("webhooks").exists(), "not in the backup itself");
    for n in 2..5 {
        server
            .edit(plan, "ada@example.com", action(n, "Lost", "2026-11-20"))
            .await;
    }
    let cookie = ada.cookie.clone();
    server.stop().await;
    while receiver.got.try_recv().is_ok() {}

    std::fs::rename(apart, to.join("webhooks")).expect("they are put in their place");
    let restored = Place::at(to);
    let server = restored.start_with(config(&restored)).await;
    let ada = server.browser(cookie);
    server
        .edit(plan, "ada@example.com", action(9, "Again", "2026-11-20"))
        .await;
    let got = receiver.next().await;
    let header = got.headers["interlock-signature"].to_str().expect("it is text");
    let at: i64 = header
        .split([',', '='])
        .nth(1)
        .and_then(|at| at.parse().ok())
        .expect("it has a time");
    assert_eq!(
        header,
        sign(&secret, at, got.body.as_bytes()),
        "signed with the secret of before"
    );
    assert!(
        deliveries(&ada, &made)
            .await
            .as_array()
            .is_some_and(|log| log.len() >= 2),
        "its log too"
    );
    server.stop().await;
}
