//! What leaves a plan otherwise than by being read: what webhooks are sent, audits, the report of what is held about a
//! contact, copies, answers to what is asked for again, refusals. All of it is searched, as `secrets` does with reading.

use domain::event::Scope;
use domain::{Cell, PlanId, Role, Scalar, SectionId};
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, COOKIE};
use plan::Edit;
use serde_json::{Value, json};
use workspace::Command;

use crate::harness::{Answer, Browser, Place, Server, item, plan_of};
use crate::secrets::{OF_THE_PLAN, PERSONAL, found_in, plan_with_secrets};
use crate::webhooks::{Receiver, config};

/// The words about the contact that are on disk: all but the draft.
const ON_DISK: &[&str] = PERSONAL.split_at(4).0;
/// The plan's name.
const NAME: &str = "wombat-plan";
/// Words to somebody who is invited.
const INVITING: &str = "potoroo-note";
/// Words about another contact.
const OTHER: &str = "bilby-name";

/// All words there are.
fn all_words() -> impl Iterator<Item = &'static str> {
    let others = [OF_THE_PLAN, NAME, INVITING, OTHER];
    ON_DISK.iter().copied().chain(others)
}

fn bytes_of(answer: &Answer) -> Vec<u8> {
    let mut bytes = format!("{:?}", answer.headers).into_bytes();
    bytes.extend_from_slice(&answer.body);
    bytes
}

fn assert_none(all: &[(String, Vec<u8>)], words: impl Iterator<Item = &'static str>) {
    for word in words {
        assert_eq!(found_in(all, word), Vec::<String>::new(), "{word}");
    }
}

/// Somebody who has a role in the plan.
async fn enters<'a>(server: &'a Server, ada: &Browser<'_>, plan: PlanId, role: Role) -> Browser<'a> {
    let email = format!("{}@example.com", role.as_str());
    let browser = server.sign_in(&email).await;
    let path = format!("/api/v1/plans/{plan}/members/{}", server.person(&email));
    let answer = ada.send("PUT", &path, &json!({ "role": role.as_str() })).await;
    assert!(answer.status.is_success(), "{answer:?}");
    browser
}

/// Another contact, whom the first one influences.
async fn another_contact(server: &Server, plan: PlanId) {
    let section = SectionId::People;
    let title = vec![("title".to_owned(), Scalar::from(OTHER))];
    let made = Edit::MakeItem {
        section,
        item: item(8),
        fields: title,
    };
    let link = Edit::Put {
        cell: Cell::link(section, item(7), "influences", &item(8).to_string()),
        value: Scalar::Bool(true),
    };
    server.edit(plan, "ada@example.com", vec![made, link]).await;
}

/// A token of somebody's for some things only.
async fn token(server: &Server, email: &str, scopes: &[Scope]) -> String {
    let secret = format!("test-{email}");
    let make = Command::MakeToken {
        person: server.person(email),
        name: "less".to_owned(),
        digest: interlock_server::secret::digest(&secret),
        scopes: scopes.to_vec(),
        plans: None,
        expires: None,
        by: domain::PersonId::SERVER,
    };
    let done = server.app.directory.run(domain::PersonId::SERVER, make).await;
    done.expect("the token is made");
    secret
}

/// Asks with a header more, as somebody signed in or with a token.
async fn ask(server: &Server, who: (&str, &str), method: &str, path: &str, key: &str, body: &Value) -> Answer {
    let request = server.request(method, path).header(who.0, who.1);
    let request = request
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    server
        .send(request.body(body.to_string().into()).expect("a good request"))
        .await
}

/// All that happens to a plan of which a webhook may be told.
async fn much_happens(server: &Server, ada: &Browser<'_>, plan: PlanId) {
    another_contact(server, plan).await;
    let at = format!("/api/v1/plans/{plan}");
    let eve = json!({ "email": "eve@example.com", "name": "Eve", "role": "seller", "note": INVITING });
    let team = json!({ "name": format!("{OTHER}-team") });
    let part = json!({ "part": "personality" });
    let token = json!({ "name": OTHER, "scopes": ["read"], "plans": null, "expires": null });
    for (method, path, body) in [
        ("POST", format!("{at}/invitations"), eve),
        ("PATCH", at.clone(), json!({ "name": "Wombat-Plan, again" })),
        ("PUT", format!("{at}/stage"), json!({ "stage": "workshop" })),
        ("PUT", format!("{at}/everyone"), json!({ "role": "observer" })),
        ("POST", "/api/v1/teams".to_owned(), team),
        ("POST", "/api/v1/tokens".to_owned(), token),
        ("POST", format!("{at}/contacts/{}/erase", item(7)), part),
    ] {
        let answer = ada.send(method, &path, &body).await;
        assert!(answer.status.is_success(), "{method} {path}: {answer:?}");
    }
    assert!(ada.get(&format!("{at}/audit")).await.status.is_success());
}

/// A webhook is its maker's, and its target anybody: no word goes there, whoever made it, and none is in the log.
#[tokio::test]
async fn what_a_webhook_is_sent_and_its_log_have_no_word_of_the_plan() {
    let place = Place::new();
    let server = place.start_with(config(&place)).await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let facilitator = enters(&server, &ada, plan, Role::Facilitator).await;
    let kinds = json!(["plan.edited", "plan.control", "workspace.control"]);
    let mut told = Vec::new();
    // Ada runs the workspace: one of hers is told of everything everywhere.
    for (maker, plans) in [
        (&ada, json!([plan.to_string()])),
        (&facilitator, json!([plan.to_string()])),
        (&ada, json!(null)),
    ] {
        let receiver = Receiver::start().await;
        let new = json!({ "url": receiver.url, "plans": plans, "kinds": kinds });
        let made = maker.send("POST", "/api/v1/webhooks", &new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let id = made.json()["webhook"]["id"].as_str().expect("it has an id").to_owned();
        told.push((maker, id, receiver));
    }
    much_happens(&server, &ada, plan).await;
    for (maker, id, mut receiver) in told {
        let at = format!("/api/v1/webhooks/{id}");
        // What happened is told before the ping, and it comes last.
        let mut all = Vec::new();
        let mut events = Vec::new();
        while !events.iter().any(|event: &Value| event["what"] == "ContactErased") {
            let got = receiver.next().await;
            let body: Value = serde_json::from_str(&got.body).expect("it is JSON");
            events.extend(body["events"].as_array().expect("it has events").iter().cloned());
            all.push(("sent".to_owned(), format!("{:?}{}", got.headers, got.body).into_bytes()));
        }
        for kind in ["PlanRenamed", "Invited", "StageSet"] {
            assert!(events.iter().any(|event| event["what"] == kind), "{kind}: {events:?}");
        }
        assert!(events.iter().any(|event| event["kind"] == "plan.edited"), "{events:?}");
        for reader in [maker, &ada] {
            let log = reader.get(&format!("{at}/deliveries")).await;
            assert!(String::from_utf8_lossy(&log.body).contains("PlanRenamed"), "{log:?}");
            all.push(("the log".to_owned(), bytes_of(&log)));
        }
        assert_none(&all, all_words());
    }
    server.stop().await;
}

/// The audit is taken out of the house: what is personal is in it for nobody.
#[tokio::test]
async fn no_role_takes_out_a_personal_word_with_the_audit() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    another_contact(&server, plan).await;
    let personal = || ON_DISK.iter().copied().chain([OTHER]);
    for role in Role::ALL {
        let browser = enters(&server, &ada, plan, role).await;
        for format in ["jsonl", "csv"] {
            let path = format!("/api/v1/plans/{plan}/audit?format={format}");
            let answer = browser.get(&path).await;
            let all = [(path, bytes_of(&answer))];
            let reads = matches!(role, Role::ClientExecutive | Role::Facilitator | Role::SalesManager);
            let refused = if role == Role::CustomerContact { 404 } else { 403 };
            assert_eq!(answer.status.as_u16(), if reads { 200 } else { refused }, "{role}");
            assert_eq!(!found_in(&all, OF_THE_PLAN).is_empty(), reads, "{role}");
            assert_none(&all, personal());
            let answer = browser.get(&format!("/api/v1/audit?format={format}")).await;
            assert_eq!(answer.problem().0, 403, "{role}");
            assert_none(&[("the workspace's".to_owned(), bytes_of(&answer))], all_words());
        }
    }
    // Who runs the workspace and has no part in the plan learns that there is one, and nothing of what stands in it.
    let root = server.sign_in("root@example.com").await;
    let set = Command::SetAdministrator {
        person: server.person("root@example.com"),
        administrator: true,
        by: domain::PersonId::SERVER,
    };
    let set = server.app.directory.run(domain::PersonId::SERVER, set).await;
    set.expect("root runs the workspace");
    for format in ["jsonl", "csv"] {
        let answer = root.get(&format!("/api/v1/audit?format={format}")).await;
        let all = [("the workspace's".to_owned(), bytes_of(&answer))];
        assert!(!found_in(&all, NAME).is_empty(), "{answer:?}");
        assert_none(&all, personal().chain([OF_THE_PLAN]));
        let of_plan = root.get(&format!("/api/v1/plans/{plan}/audit?format={format}")).await;
        assert_eq!(of_plan.problem().0, 404);
        assert_none(&[("the plan's".to_owned(), bytes_of(&of_plan))], all_words());
    }
    server.stop().await;
}

/// Who may report what is held about a contact gets that, and no word about another one.
#[tokio::test]
async fn the_report_about_a_contact_has_their_words_alone_and_goes_to_who_may_take_it() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    another_contact(&server, plan).await;
    let path = format!("/api/v1/plans/{plan}/contacts/{}/held", item(7));
    for role in Role::ALL {
        let browser = enters(&server, &ada, plan, role).await;
        let answer = browser.get(&path).await;
        let all = [(path.clone(), bytes_of(&answer))];
        if role == Role::ClientExecutive {
            for word in ON_DISK {
                assert!(!found_in(&all, word).is_empty(), "{word}: {answer:?}");
            }
            assert_none(&all, [OTHER, OF_THE_PLAN].into_iter());
        } else {
            let status = if role == Role::CustomerContact { 404 } else { 403 };
            assert_eq!(answer.problem().0, status, "{role}");
            assert_none(&all, all_words());
        }
    }
    server.stop().await;
}

/// A copy has what its maker reads, as they ask for it; who has no part in the copy reads none of it.
#[tokio::test]
async fn a_copy_of_a_plan_has_no_word_that_its_maker_does_not_read() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let copy = format!("/api/v1/plans/{plan}/duplicate");
    let named = json!({ "name": "Copy", "everyone": "observer" });
    let facilitator = enters(&server, &ada, plan, Role::Facilitator).await;
    let observer = enters(&server, &ada, plan, Role::Observer).await;
    for role in [Role::Seller, Role::SalesManager, Role::Observer, Role::CustomerContact] {
        let browser = enters(&server, &ada, plan, role).await;
        let refused = browser.send("POST", &copy, &named).await;
        let status = if role == Role::CustomerContact { 404 } else { 403 };
        assert_eq!(refused.problem().0, status, "{role}");
        assert_none(&[("refused".to_owned(), bytes_of(&refused))], all_words());
    }
    let whole = plan_of(&facilitator.send("POST", &copy, &named).await);
    // The same person with a token that was not made for what is personal.
    let scopes = [Scope::Read, Scope::Write, Scope::Manage];
    let less = token(&server, "facilitator@example.com", &scopes).await;
    let bearer = format!("Bearer {less}");
    let less = plan_of(
        &ask(
            &server,
            (AUTHORIZATION.as_str(), &bearer),
            "POST",
            &copy,
            "copy",
            &named,
        )
        .await,
    );
    for (plan, reader, of_plan, personal) in [
        (whole, &facilitator, true, true),
        (whole, &observer, true, false),
        (less, &facilitator, true, false),
        (less, &observer, true, false),
    ] {
        let mut all = Vec::new();
        for path in crate::secrets::addresses(&server, plan).await {
            if !path.ends_with("/sync") {
                all.push((path.clone(), bytes_of(&reader.get(&path).await)));
            }
        }
        let of_copy = |(path, _): &&(String, Vec<u8>)| path.contains(&plan.to_string());
        let all: Vec<_> = all.iter().filter(of_copy).cloned().collect();
        assert_eq!(!found_in(&all, OF_THE_PLAN).is_empty(), of_plan);
        for word in ON_DISK {
            assert_eq!(!found_in(&all, word).is_empty(), personal, "{word}");
        }
    }
    server.stop().await;
}

/// A key opens nothing: whoever asks again is answered with what they may read now, and another's key is not theirs.
#[tokio::test]
async fn what_is_asked_for_again_is_answered_with_what_the_asker_may_read_now() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let seller = enters(&server, &ada, plan, Role::Seller).await;
    let observer = enters(&server, &ada, plan, Role::Observer).await;
    let stranger = server.sign_in("stranger@example.com").await;
    let items = format!("/api/v1/plans/{plan}/sections/people/items");
    let one = format!("{items}/{}", item(7));
    let asked = [
        (
            "PATCH",
            one.as_str(),
            json!({ "fields": { "orientation": "business" } }),
        ),
        ("POST", items.as_str(), json!({ "fields": { "title": OTHER } })),
    ];
    let (all_of, none): (&[&str], &[&str]) = (&[PERSONAL[0], OTHER], &[]);
    let again = async |who: (&str, &str), status: [u16; 2], reads: &[&str]| {
        let mut all = Vec::new();
        for ((method, path, body), status) in asked.iter().zip(status) {
            let answer = ask(&server, who, method, path, method, body).await;
            assert_eq!(answer.status.as_u16(), status, "{answer:?}");
            all.push((format!("{method} {path}"), bytes_of(&answer)));
        }
        let found: Vec<_> = all_words().filter(|word| !found_in(&all, word).is_empty()).collect();
        let expected: Vec<_> = all_words()
            .filter(|word| reads.contains(word) || (!reads.is_empty() && ON_DISK.contains(word)))
            .collect();
        assert_eq!(found, expected, "{status:?}");
    };
    let cookie = COOKIE.as_str();
    again((cookie, &seller.cookie), [200, 201], all_of).await;
    again((cookie, &seller.cookie), [200, 201], all_of).await;
    again((cookie, &observer.cookie), [403, 403], none).await;
    again((cookie, &stranger.cookie), [404, 404], none).await;
    again((cookie, "interlock_session=nobody"), [401, 401], none).await;
    // With less than the first time: a token that was not made for what is personal, then a smaller role, then none.
    let less = token(&server, "seller@example.com", &[Scope::Read, Scope::Write]).await;
    again((AUTHORIZATION.as_str(), &format!("Bearer {less}")), [200, 201], none).await;
    let path = format!("/api/v1/plans/{plan}/members/{}", server.person("seller@example.com"));
    let lowered = ada.send("PUT", &path, &json!({ "role": "observer" })).await;
    assert!(lowered.status.is_success(), "{lowered:?}");
    again((cookie, &seller.cookie), [200, 201], none).await;
    let taken = ada.send("DELETE", &path, &json!({})).await;
    assert!(taken.status.is_success(), "{taken:?}");
    again((cookie, &seller.cookie), [404, 404], none).await;
    server.stop().await;
}

/// Everything that can be asked for otherwise than with GET, with the document's own example for a body, of this plan and
/// contact.
async fn writes(server: &Server, plan: PlanId) -> Vec<(String, String, Value)> {
    let document = server.get("/api/v1/openapi.json").await.json();
    let person = server.person("ada@example.com").to_string();
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("the document has paths") {
        for (method, operation) in operations.as_object().expect("a path has operations") {
            // What ends the one who asks is asked for by nobody here.
            if method == "get" || path.ends_with("/sign-out") {
                continue;
            }
            let body = operation["requestBody"]["content"]["application/json"]["example"].clone();
            let path = path
                .replace("{plan}", &plan.to_string())
                .replace("{section}", "people")
                .replace("{item}", &item(7).to_string())
                .replace("{field}", "personality")
                .replace("{person}", &person);
            all.push((method.to_uppercase(), format!("/api/v1{path}"), body));
        }
    }
    all
}

/// Writes that are wrong in ways that make the server look at what stands there before it says so.
fn wrong_writes(plan: PlanId) -> Vec<(String, String, Value)> {
    let one = format!("/api/v1/plans/{plan}/sections/people/items/{}", item(7));
    let restored = json!({ "seq": 3, "item": { "section": "people", "item": item(7).to_string() } });
    let paragraph = json!([{ "id": item(70).to_string(), "text": "other" }]);
    let none = json!([{ "id": item(71).to_string(), "text": "other" }]);
    let wrong = [
        ("PATCH", one.clone(), json!({ "fields": { "personality": paragraph } })),
        ("PATCH", one.clone(), json!({ "fields": { "pains": none } })),
        (
            "PATCH",
            one.clone(),
            json!({ "fields": { "title": "x".repeat(5_000) } }),
        ),
        ("PATCH", one.clone(), json!({ "fields": { "orientation": "numb" } })),
        ("PATCH", one.clone(), json!({ "fields": { "position": ["list"] } })),
        ("PATCH", one.clone(), json!({ "deleted": true })),
        ("PUT", format!("{one}/fields/title"), json!({ "value": "other" })),
        ("PUT", format!("{one}/fields/personality"), json!({ "value": null })),
        ("DELETE", format!("{one}/fields/title"), json!({})),
        ("DELETE", one, json!({})),
        ("POST", format!("/api/v1/plans/{plan}/restore"), restored),
    ];
    wrong.map(|(method, path, body)| (method.to_owned(), path, body)).into()
}

/// Whoever may not read something does not learn it by trying to write it.
#[tokio::test]
async fn no_answer_to_a_write_has_a_word_that_the_writer_may_not_read() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let observer = enters(&server, &ada, plan, Role::Observer).await;
    let customer = enters(&server, &ada, plan, Role::CustomerContact).await;
    let stranger = server.sign_in("stranger@example.com").await;
    // Writes, and does not read what is personal.
    enters(&server, &ada, plan, Role::Seller).await;
    let less = token(&server, "seller@example.com", &[Scope::Read, Scope::Write]).await;
    let bearer = format!("Bearer {less}");
    let cookie = COOKIE.as_str();
    let (mut asked, mut refused) = (0, 0);
    for (who, reads) in [
        ((cookie, observer.cookie.as_str()), true),
        ((cookie, customer.cookie.as_str()), false),
        ((cookie, stranger.cookie.as_str()), false),
        ((cookie, ""), false),
        ((AUTHORIZATION.as_str(), bearer.as_str()), true),
    ] {
        let mut all = Vec::new();
        for (method, path, body) in writes(&server, plan).await.into_iter().chain(wrong_writes(plan)) {
            for tag in ["", "\"of-another-state\""] {
                let request = server.request(&method, &path).header(who.0, who.1);
                let request = request.header("content-type", "application/json");
                let request = if tag.is_empty() {
                    request
                } else {
                    request.header("if-match", tag)
                };
                let request = request.body(body.to_string().into()).expect("a good request");
                let answer = server.send(request).await;
                assert!(answer.status.as_u16() < 500, "{method} {path}: {answer:?}");
                asked += 1;
                refused += usize::from(answer.status.is_client_error());
                all.push((format!("{method} {path} {tag}"), bytes_of(&answer)));
            }
        }
        assert_none(&all, ON_DISK.iter().copied());
        if !reads {
            assert_none(&all, [OF_THE_PLAN, NAME].into_iter());
        }
    }
    assert!(asked > 400 && refused > asked / 2, "{refused} of {asked} were refused");
    server.stop().await;
}

/// That a write changes nothing would say that the word stands there already: one could try one after another.
#[tokio::test]
async fn who_may_not_read_a_word_cannot_guess_it_by_writing_it() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let observer = enters(&server, &ada, plan, Role::Observer).await;
    enters(&server, &ada, plan, Role::Seller).await;
    let less = token(&server, "seller@example.com", &[Scope::Read, Scope::Write]).await;
    let bearer = format!("Bearer {less}");
    let field = format!("/api/v1/plans/{plan}/sections/people/items/{}/fields", item(7));
    let (written, other) = (json!({ "value": "business" }), json!({ "value": "technical" }));
    let set = ada.send("PUT", &format!("{field}/orientation"), &written).await;
    assert_eq!(set.status, StatusCode::OK, "{set:?}");
    for who in [
        (COOKIE.as_str(), observer.cookie.as_str()),
        (AUTHORIZATION.as_str(), bearer.as_str()),
    ] {
        let write = async |method: &str, field: &str, body: &Value| {
            let request = server.request(method, field).header(who.0, who.1);
            let request = request.header("content-type", "application/json");
            let request = request.body(body.to_string().into()).expect("a good request");
            server.send(request).await
        };
        let mut answers = Vec::new();
        for body in [&written, &other] {
            let answer = write("PUT", &format!("{field}/orientation"), body).await;
            assert_eq!(answer.problem().0, 403, "{answer:?}");
            answers.push(answer.body);
        }
        assert_eq!(answers[0], answers[1]);
        let nothing = write("DELETE", &format!("{field}/unit"), &json!({})).await;
        assert_eq!(nothing.problem().0, 403, "nothing stands there: {nothing:?}");
    }
    let still = ada.get(&format!("{field}/orientation")).await;
    assert_eq!(still.json()["value"], "business");
    server.stop().await;
}
