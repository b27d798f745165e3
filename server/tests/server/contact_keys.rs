//! Who is given the keys of contacts, and who makes new ones.

use std::fs;

use domain::event::Scope;
use domain::{ItemKey, Key, PlanId, Role, Seal};
use protocol::{ClientFrame, ServerFrame};
use serde_json::json;
use workspace::Command;

use crate::harness::{Browser, Place, Server, item};
use crate::secrets::plan_with_secrets;
use crate::socket::{Socket, hear, say, welcomed};

fn keys(number: u128, byte: u8) -> Vec<ItemKey> {
    let key = |seal| ItemKey {
        item: item(number),
        seal,
        key: Key([byte; 32]),
    };
    Seal::ALL.map(key).to_vec()
}

async fn token(server: &Server, email: &str, scopes: &[Scope]) -> String {
    let (secret, digest) = interlock_server::secret::new_secret();
    let person = server.person(email);
    let make = Command::MakeToken {
        person,
        name: "test".to_owned(),
        digest,
        scopes: scopes.to_vec(),
        plans: None,
        expires: None,
        by: person,
    };
    server.app.directory.run(person, make).await.expect("a token is made");
    secret
}

async fn give_role(by: &Browser<'_>, plan: PlanId, email: &str, role: Role) {
    let path = format!("/api/v1/plans/{plan}/members/{}", by.server.person(email));
    let answer = by.send("PUT", &path, &json!({ "role": role.as_str() })).await;
    assert!(answer.status.is_success(), "{answer:?}");
}

/// All keys that come until these do.
async fn hear_keys_until(socket: &mut Socket, last: &[ItemKey]) -> Vec<ItemKey> {
    let mut heard = Vec::new();
    while !last.iter().all(|key| heard.contains(key)) {
        match hear(socket).await {
            Some(ServerFrame::Keys(keys)) => heard.extend(keys),
            Some(_) => {}
            None => panic!("the socket closed without a word"),
        }
    }
    heard
}

#[tokio::test]
async fn a_token_that_may_not_read_what_is_personal_is_given_no_key_for_made_up_ones() {
    let place = Place::new();
    let server = place.start().await;
    let (_ada, plan) = plan_with_secrets(&server).await;
    let writes = token(&server, "ada@example.com", &[Scope::Read, Scope::Write]).await;
    let mut socket = welcomed(&server.address, &writes, plan).await;
    say(&mut socket, &ClientFrame::Keys(keys(7, 7))).await;
    // What comes back of its own is what there is to wait for.
    say(&mut socket, &ClientFrame::Keys(keys(9, 8))).await;
    assert_eq!(hear_keys_until(&mut socket, &keys(9, 8)).await, keys(9, 8));
    server.stop().await;
}

#[tokio::test]
async fn what_an_observer_may_not_add_leaves_no_key_on_the_disk() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let file = place.data().join("keys").join(format!("{plan}.keys"));
    let before = fs::read(&file).expect("the keys are on disk");
    let observer = server.sign_in("observer@example.com").await;
    give_role(&ada, plan, "observer@example.com", Role::Observer).await;
    let people = format!("/api/v1/plans/{plan}/sections/people/items");
    for _ in 0..3 {
        let refused = observer.send("POST", &people, &json!({ "fields": {} })).await;
        assert_eq!(refused.problem().0, 403);
    }
    assert_eq!(fs::read(&file).expect("is there"), before);
    let made = ada
        .send("POST", &people, &json!({ "fields": { "title": "Quoll" } }))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(fs::read(&file).expect("is there").len() > before.len());
    server.stop().await;
}
