//! Roles, invitations, stages, teams and the workspace's people, over HTTP.

use domain::{PersonId, PlanId};
use hyper::StatusCode;
use protocol::Bye;
use serde_json::{Value, json};

use crate::harness::{Answer, Browser, Place, Server, plan_of};
use crate::socket::{enter, hear_bye};

async fn private_plan(ada: &Browser<'_>) -> PlanId {
    plan_of(&ada.send("POST", "/api/v1/plans", &json!({ "name": "Private" })).await)
}

pub(crate) fn done(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
}

#[tokio::test]
async fn an_invited_person_comes_in_answers_and_works_as_what_they_were_asked_to_be() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let plan = private_plan(&ada).await;
    let invite = json!({ "email": "bob@example.com", "name": "Bob", "role": "seller", "note": "Will you?" });
    done(
        &ada.send("POST", &format!("/api/v1/plans/{plan}/invitations"), &invite)
            .await,
    );
    let bob = server.sign_in("bob@example.com").await;
    assert_eq!(
        bob.get("/api/v1/plans").await.json(),
        json!([]),
        "not before the answer"
    );
    let open = bob.get("/api/v1/invitations").await.json();
    assert_eq!(
        (
            &open[0]["plan_name"],
            &open[0]["role"],
            &open[0]["by_name"],
            &open[0]["note"]
        ),
        (&json!("Private"), &json!("seller"), &json!("Ada"), &json!("Will you?"))
    );
    let yes = json!({ "reply": "accepted", "note": "Gladly." });
    done(&bob.send("POST", &format!("/api/v1/invitations/{plan}"), &yes).await);
    assert_eq!(bob.get("/api/v1/invitations").await.json(), json!([]));
    let plans = bob.get("/api/v1/plans").await.json();
    assert_eq!(
        (&plans[0]["role"], &plans[0]["stage"]),
        (&json!("seller"), &json!("pre_work"))
    );
    let members = ada.get(&format!("/api/v1/plans/{plan}/members")).await.json();
    assert_eq!(members["members"].as_array().map(Vec::len), Some(2), "{members}");
    assert_eq!(members["invitations"][0]["reply_note"], "Gladly.");
    let seen_by_bob = bob.get(&format!("/api/v1/plans/{plan}/members")).await.json();
    assert_eq!(seen_by_bob["you"], "seller");
    assert_eq!(
        seen_by_bob["invitations"],
        json!([]),
        "only who invites sees who was invited"
    );
    server.stop().await;
}

/// What somebody who sells tries in a plan and in the workspace, and may not.
fn beyond_a_seller(plan: PlanId, ada: PersonId, bob: PersonId) -> Vec<(&'static str, String, Value)> {
    let member = |person| format!("/api/v1/plans/{plan}/members/{person}");
    vec![
        ("PUT", member(bob), json!({ "role": "client_executive" })),
        ("DELETE", member(ada), json!(null)),
        (
            "PUT",
            format!("/api/v1/plans/{plan}/everyone"),
            json!({ "role": "seller" }),
        ),
        (
            "PUT",
            format!("/api/v1/plans/{plan}/stage"),
            json!({ "stage": "execution" }),
        ),
        (
            "POST",
            format!("/api/v1/plans/{plan}/invitations"),
            json!({ "email": "eve@example.com", "role": "seller" }),
        ),
        ("PATCH", format!("/api/v1/plans/{plan}"), json!({ "name": "Mine" })),
        ("PATCH", format!("/api/v1/plans/{plan}"), json!({ "archived": true })),
        (
            "POST",
            format!("/api/v1/plans/{plan}/duplicate"),
            json!({ "name": "Mine" }),
        ),
        ("POST", "/api/v1/teams".to_owned(), json!({ "name": "North" })),
        ("GET", "/api/v1/administration/people".to_owned(), json!(null)),
        ("GET", "/api/v1/administration/plans".to_owned(), json!(null)),
        (
            "PATCH",
            format!("/api/v1/administration/people/{bob}"),
            json!({ "administrator": true }),
        ),
        (
            "POST",
            "/api/v1/administration/people".to_owned(),
            json!({ "email": "eve@example.com" }),
        ),
    ]
}

#[tokio::test]
async fn nobody_gives_roles_or_sets_the_stage_who_may_not_and_nobody_raises_themselves() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let plan = private_plan(&ada).await;
    let bob = server.sign_in("bob@example.com").await;
    let who = |email: &str| server.person(email);
    let member = |email: &str| format!("/api/v1/plans/{plan}/members/{}", who(email));
    done(
        &ada.send("PUT", &member("bob@example.com"), &json!({ "role": "seller" }))
            .await,
    );
    for (method, path, body) in beyond_a_seller(plan, who("ada@example.com"), who("bob@example.com")) {
        let answer = match method {
            "GET" => bob.get(&path).await,
            _ => bob.send(method, &path, &body).await,
        };
        assert_eq!(answer.problem(), (403, "not-allowed".to_owned()), "{method} {path}");
    }
    let members = ada.get(&format!("/api/v1/plans/{plan}/members")).await.json();
    assert_eq!(
        (&members["stage"], &members["everyone"]),
        (&json!("pre_work"), &json!(null))
    );
    // The last client executive stays.
    let leave = ada.send("DELETE", &member("ada@example.com"), &json!(null)).await;
    assert_eq!(leave.problem(), (409, "last".to_owned()));
    done(
        &ada.send(
            "PUT",
            &format!("/api/v1/plans/{plan}/stage"),
            &json!({ "stage": "workshop" }),
        )
        .await,
    );
    assert_eq!(bob.get("/api/v1/plans").await.json()[0]["stage"], "workshop");
    done(&bob.send("DELETE", &member("bob@example.com"), &json!(null)).await);
    assert_eq!(
        bob.get("/api/v1/plans").await.json(),
        json!([]),
        "whoever has a role may lay it down"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_manager_of_the_team_reads_the_plans_that_are_assigned_to_it() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let plan = private_plan(&ada).await;
    let max = server.sign_in("max@example.com").await;
    let team = ada.send("POST", "/api/v1/teams", &json!({ "name": "North" })).await;
    assert_eq!(team.status, StatusCode::CREATED, "{team:?}");
    let team = team.json()["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/api/v1/teams/{team}/members/{}", server.person("max@example.com"));
    done(&ada.send("PUT", &path, &json!({ "manager": true })).await);
    let assign = json!({ "to": server.person("ada@example.com"), "team": team, "due": "2026-12-24" });
    let assignment = format!("/api/v1/plans/{plan}/assignment");
    done(&ada.send("PUT", &assignment, &assign).await);
    let plans = max.get("/api/v1/plans").await.json();
    assert_eq!(plans[0]["role"], "sales_manager");
    assert_eq!(max.get(&assignment).await.json()["due"], "2026-12-24");
    let members = max.get(&format!("/api/v1/plans/{plan}/members")).await.json();
    let via = members["members"].as_array().into_iter().flatten();
    let via: Vec<&Value> = via.map(|member| &member["via"]).collect();
    assert_eq!(via, [&json!("member"), &json!("team")]);
    done(&ada.send("DELETE", &format!("/api/v1/teams/{team}"), &json!(null)).await);
    assert_eq!(max.get("/api/v1/plans").await.json(), json!([]));
    server.stop().await;
}

#[tokio::test]
async fn who_is_a_guest_is_told_among_the_members() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    server.sign_in("bob@example.com").await;
    let plan = private_plan(&ada).await;
    let bob = server.person("bob@example.com");
    let member = format!("/api/v1/plans/{plan}/members/{bob}");
    done(&ada.send("PUT", &member, &json!({ "role": "seller" })).await);
    let guests = async || -> Vec<Value> {
        let members = ada.get(&format!("/api/v1/plans/{plan}/members")).await.json();
        let members = members["members"].as_array().into_iter().flatten();
        members.map(|member| member["guest"].clone()).collect()
    };
    assert_eq!(guests().await, [false, false]);
    let person = format!("/api/v1/administration/people/{bob}");
    assert_eq!(
        ada.send("PATCH", &person, &json!({ "guest": true })).await.status,
        StatusCode::OK
    );
    assert_eq!(guests().await, [false, true], "by name: Ada, Bob");
    server.stop().await;
}

#[tokio::test]
async fn who_is_shut_out_is_out_at_once_and_stays_in_the_history_by_name() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let bob = server.sign_in("bob@example.com").await;
    let mut socket = enter(&bob, plan).await;
    let path = format!("/api/v1/administration/people/{}", server.person("bob@example.com"));
    let shut = ada.send("PATCH", &path, &json!({ "active": false })).await;
    assert_eq!((shut.status, &shut.json()["active"]), (StatusCode::OK, &json!(false)));
    let bye = hear_bye(&mut socket).await;
    assert!(matches!(bye, Bye::SignedOut | Bye::NoAccess), "{bye:?}");
    assert_eq!(bob.get("/api/v1/plans").await.problem().0, 401);
    let people = ada.get("/api/v1/administration/people").await.json();
    assert_eq!(people[1]["name"], "Bob");
    // The last who runs the workspace stays.
    let own = format!("/api/v1/administration/people/{}", server.person("ada@example.com"));
    let last = ada.send("PATCH", &own, &json!({ "administrator": false })).await;
    assert_eq!(last.problem(), (409, "last".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn who_runs_the_workspace_reads_no_plan_for_that() {
    let place = Place::new();
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let bob = server.sign_in("bob@example.com").await;
    let plan = private_plan(&bob).await;
    assert_eq!(ada.get("/api/v1/plans").await.json(), json!([]));
    assert_eq!(ada.get(&format!("/api/v1/plans/{plan}/history")).await.problem().0, 404);
    let own = format!("/api/v1/plans/{plan}/members/{}", server.person("ada@example.com"));
    let raised = ada.send("PUT", &own, &json!({ "role": "observer" })).await;
    assert_eq!(raised.problem().0, 404, "nor is told that it is there");
    let all = ada.get("/api/v1/administration/plans").await.json();
    assert_eq!(all[0]["executives"], json!([server.person("bob@example.com")]));
    server.stop().await;
}

/// Ada runs the workspace and has no part in Bob's plan; Cyd, who runs it too, observes it.
struct Office<'a> {
    ada: Browser<'a>,
    bob: Browser<'a>,
    plan: PlanId,
}

impl<'a> Office<'a> {
    async fn new(server: &'a Server) -> Self {
        let ada = server.sign_in("ada@example.com").await;
        let bob = server.sign_in("bob@example.com").await;
        let plan = private_plan(&bob).await;
        Self { ada, bob, plan }
    }

    fn member(&self, person: PersonId) -> String {
        format!("/api/v1/plans/{}/members/{person}", self.plan)
    }

    /// What happened to the plan, newest first: who it was, and what.
    async fn told(&self, to: &Browser<'_>) -> Vec<(String, String)> {
        let path = format!("/api/v1/plans/{}/history?kind=control", self.plan);
        let page = to.get(&path).await.json();
        let lines = page["control"].as_array().expect("a page of history").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        lines
            .map(|line| (text(&line["author_name"]), text(&line["words"])))
            .collect()
    }
}

fn by(name: &str, words: &str) -> (String, String) {
    (name.to_owned(), words.to_owned())
}

#[tokio::test]
async fn who_comes_to_read_a_plan_by_its_team_stands_in_its_history_and_audit() {
    let place = Place::new();
    let server = place.start().await;
    let office = Office::new(&server).await;
    let (max, eve) = (
        server.sign_in("max@example.com").await,
        server.sign_in("eve@example.com").await,
    );
    let team = office
        .ada
        .send("POST", "/api/v1/teams", &json!({ "name": "North" }))
        .await
        .json();
    let team = team["id"].as_str().expect("a team has an id").to_owned();
    let manages = |who: &str| format!("/api/v1/teams/{team}/members/{}", server.person(who));
    let as_manager = json!({ "manager": true });
    done(&office.ada.send("PUT", &manages("max@example.com"), &as_manager).await);
    let assign = json!({ "to": server.person("bob@example.com"), "team": team });
    let path = format!("/api/v1/plans/{}/assignment", office.plan);
    done(&office.ada.send("PUT", &path, &assign).await);
    done(&office.ada.send("PUT", &manages("eve@example.com"), &as_manager).await);
    done(
        &office
            .ada
            .send("DELETE", &manages("max@example.com"), &json!(null))
            .await,
    );
    let told = office.told(&office.bob).await;
    let expected = [
        by(
            "Ada",
            "took Max out of the team \u{201c}North\u{201d}, which looks after this plan: they do not read it by that",
        ),
        by(
            "Ada",
            "made Eve a manager of the team \u{201c}North\u{201d}, which looks after this plan: they read it from then on",
        ),
        by(
            "Ada",
            "assigned the plan to Bob, and to the team \u{201c}North\u{201d}, whose manager Max reads it from then on",
        ),
    ];
    assert_eq!(told[..3], expected, "{told:?}");
    // Named to those too who share nothing with who did it.
    assert_eq!(office.told(&eve).await[..3], expected);
    assert_eq!(max.get("/api/v1/plans").await.json(), json!([]));
    let audit = office.bob.audit_of(office.plan).await;
    for words in ["made Eve a manager of", "whose manager Max reads it", "took Max out of"] {
        assert!(audit.contains(words), "{words}: {audit}");
    }
    // A cache that is made anew says the same.
    let plan = office.plan;
    server.stop().await;
    std::fs::remove_dir_all(place.data().join("cache")).expect("the cache is there");
    let server = place.start().await;
    let bob = server.sign_in("bob@example.com").await;
    let again = Office {
        ada: server.sign_in("ada@example.com").await,
        plan,
        bob,
    };
    assert_eq!(again.told(&again.bob).await, told);
    server.stop().await;
}

#[tokio::test]
async fn an_executive_named_by_an_administrator_is_told_of_to_all_and_to_the_one_who_was_shut_out() {
    let place = Place::new();
    let server = place.start().await;
    let office = Office::new(&server).await;
    let eve = server.sign_in("eve@example.com").await;
    let (bob_id, eve_id) = (server.person("bob@example.com"), server.person("eve@example.com"));
    let executive = json!({ "role": "client_executive" });
    let refused = office.ada.send("PUT", &office.member(eve_id), &executive).await;
    assert_eq!(refused.problem().0, 404, "the plan has an owner: {refused:?}");
    let account = format!("/api/v1/administration/people/{bob_id}");
    office.ada.send("PATCH", &account, &json!({ "active": false })).await;
    done(&office.ada.send("PUT", &office.member(eve_id), &executive).await);
    office.ada.send("PATCH", &account, &json!({ "active": true })).await;
    let expected = [
        by("Ada", "let Bob, client executive here, into the workspace again"),
        by(
            "Ada",
            "made Eve client executive, running the workspace, while Bob was shut out of it",
        ),
        by("Ada", "shut Bob, client executive here, out of the workspace"),
    ];
    let bob = server.sign_in("bob@example.com").await;
    for reader in [&eve, &bob] {
        assert_eq!(office.told(reader).await[..3], expected);
    }
    let audit = bob.audit_of(office.plan).await;
    assert!(audit.contains("while Bob was shut out of it"), "{audit}");
    let told = "While you were shut out of this workspace, Ada made Eve client executive of \u{201c}Private\u{201d}. You are \
                that, too.";
    assert_eq!(bob.get("/api/v1/me").await.json()["notices"], json!([told]));
    assert_eq!(eve.get("/api/v1/me").await.json()["notices"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn who_was_asked_and_did_not_come_is_told_to_those_who_invite() {
    let place = Place::new();
    let server = place.start().await;
    let office = Office::new(&server).await;
    let eve = server.sign_in("eve@example.com").await;
    let observer = json!({ "role": "observer" });
    done(
        &office
            .bob
            .send("PUT", &office.member(server.person("eve@example.com")), &observer)
            .await,
    );
    let invitations = format!("/api/v1/plans/{}/invitations", office.plan);
    let answer = format!("/api/v1/invitations/{}", office.plan);
    for (who, reply) in [("dan@partner.example", "declined"), ("fay@partner.example", "accepted")] {
        let invite = json!({ "email": who, "role": "observer" });
        done(&office.bob.send("POST", &invitations, &invite).await);
        let asked = server.sign_in(who).await;
        done(&asked.send("POST", &answer, &json!({ "reply": reply })).await);
        // Once said, it is said: to come after all, one is asked again.
        if reply == "declined" {
            let changed = asked.send("POST", &answer, &json!({ "reply": "accepted" })).await;
            assert_eq!(changed.problem().0, 404, "{changed:?}");
        }
    }
    let accepted = by("Fay", "accepted Bob's invitation");
    let told = office.told(&office.bob).await;
    assert_eq!(
        told[..4],
        [
            accepted.clone(),
            by("Bob", "invited Fay as observer"),
            by("Dan", "declined Bob's invitation"),
            by("Bob", "invited Dan as observer"),
        ]
    );
    let seen = office.told(&eve).await;
    assert!(seen.contains(&accepted), "{seen:?}");
    for path in ["history?kind=control", "changes?from_seq=0", "timeline"] {
        let answer = eve.get(&format!("/api/v1/plans/{}/{path}", office.plan)).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(answer.status.is_success(), "{answer:?}");
        assert!(!text.contains("Dan") && !text.contains("invited"), "{path}: {text}");
    }
    server.stop().await;
}

#[tokio::test]
async fn who_has_never_come_is_taken_away_by_an_administrator() {
    let place = Place::new();
    let server = place.start().await;
    let office = Office::new(&server).await;
    let invite = json!({ "email": "made@up.example", "role": "observer" });
    let invitations = format!("/api/v1/plans/{}/invitations", office.plan);
    done(&office.bob.send("POST", &invitations, &invite).await);
    let account = |who: &str| format!("/api/v1/administration/people/{}", server.person(who));
    let made_up = account("made@up.example");
    let not_his = office.bob.send("DELETE", &made_up, &json!(null)).await;
    assert_eq!(not_his.problem(), (403, "not-allowed".to_owned()));
    let came = office
        .ada
        .send("DELETE", &account("bob@example.com"), &json!(null))
        .await;
    assert_eq!(
        came.problem(),
        (409, "exists".to_owned()),
        "who has been here is shut out"
    );
    let people = office.ada.get("/api/v1/administration/people").await.json();
    let came = people.as_array().into_iter().flatten();
    let came: Vec<(&Value, &Value)> = came.map(|one| (&one["name"], &one["came"])).collect();
    assert_eq!(
        came,
        [
            (&json!("Ada"), &json!(true)),
            (&json!("Bob"), &json!(true)),
            (&json!("Made"), &json!(false)),
        ]
    );
    done(&office.ada.send("DELETE", &made_up, &json!(null)).await);
    assert_eq!(office.ada.send("DELETE", &made_up, &json!(null)).await.problem().0, 422);
    let people = office.ada.get("/api/v1/administration/people").await.json();
    assert_eq!(people.as_array().map(Vec::len), Some(2), "{people}");
    let members = office
        .bob
        .get(&format!("/api/v1/plans/{}/members", office.plan))
        .await
        .json();
    assert_eq!(members["invitations"], json!([]));
    // What happened is still told by name.
    assert!(
        office
            .told(&office.bob)
            .await
            .contains(&by("Bob", "invited Made as observer"))
    );
    let audit = office.ada.get("/api/v1/audit?kind=person_removed").await;
    let audit = String::from_utf8_lossy(&audit.body).into_owned();
    assert!(audit.contains("took away Made, who had never come"), "{audit}");
    server.stop().await;
}
