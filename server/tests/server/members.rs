//! Roles, invitations, stages, teams, tokens and the workspace's people, over HTTP.

use domain::PlanId;
use hyper::StatusCode;
use protocol::Bye;
use serde_json::{Value, json};

use crate::harness::{Answer, Browser, Place, ask_at, plan_of};
use crate::socket::{connect_to, enter, hear_bye};

async fn private_plan(ada: &Browser<'_>) -> PlanId {
    plan_of(&ada.send("POST", "/api/v1/plans", &json!({ "name": "Private" })).await)
}

fn done(answer: &Answer) {
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
    let tries = [
        ("PUT", member("bob@example.com"), json!({ "role": "client_executive" })),
        ("DELETE", member("ada@example.com"), json!(null)),
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
            format!("/api/v1/administration/people/{}", who("bob@example.com")),
            json!({ "administrator": true }),
        ),
        (
            "POST",
            "/api/v1/administration/people".to_owned(),
            json!({ "email": "eve@example.com" }),
        ),
    ];
    for (method, path, body) in tries {
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
async fn a_token_is_made_shown_once_and_worthless_when_it_is_revoked() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = server.ada_with_a_plan().await;
    let new = json!({ "name": "nightly", "scopes": ["read", "manage"], "plans": null, "expires": null });
    let made = ada.send("POST", "/api/v1/tokens", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.json();
    let secret = made["secret"].as_str().unwrap_or_default().to_owned();
    let listed = ada.get("/api/v1/tokens").await;
    assert!(
        !String::from_utf8_lossy(&listed.body).contains(&secret),
        "not shown again"
    );
    assert_eq!(listed.json(), json!([made["token"]]));
    let more = ask_at(&server.address, "POST", "/api/v1/tokens", &secret, &new).await;
    assert_eq!(
        more.problem(),
        (403, "not-allowed".to_owned()),
        "a token makes no tokens"
    );
    let bearer = format!("Bearer {secret}");
    let mut socket = connect_to(&server.address, plan, &[("authorization", &bearer)])
        .await
        .expect("it is let in");
    crate::socket::hello(&mut socket, plan, domain::Seq::ZERO).await;
    crate::socket::hear_welcome(&mut socket).await;
    let path = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap_or_default());
    done(&ada.send("DELETE", &path, &json!(null)).await);
    assert_eq!(hear_bye(&mut socket).await, Bye::SignedOut);
    let after = ask_at(&server.address, "GET", "/api/v1/plans", &secret, &json!(null)).await;
    assert_eq!(after.problem(), (401, "signed-out".to_owned()));
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
