//! Who is given the keys of contacts, and who makes new ones.

use std::fs;
use std::sync::Arc;

use domain::event::Scope;
use domain::{ActorId, Cell, ItemKey, Key, PlanId, Role, Schema, Seal, SectionId, Seq};
use plan::{Keyring, Replica};
use protocol::{Body, ClientFrame, ServerFrame};
use serde_json::json;
use workspace::Command;

use crate::harness::{Browser, Place, Server, item, put};
use crate::secrets::{PERSONAL, plan_with_secrets};
use crate::socket::{Socket, connect, hear, hello, say, welcomed};

fn keys(number: u128, byte: u8) -> Vec<ItemKey> {
    let key = |seal| ItemKey {
        item: item(number),
        seal,
        generation: 0,
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

/// What somebody's modified page has: every key that it was ever sent, and the document.
struct Kept {
    ring: Keyring,
    replica: Replica,
    at: u64,
}

impl Kept {
    /// Comes and takes all up to an entry.
    async fn take(&mut self, browser: &Browser<'_>, plan: PlanId, upto: u64) {
        let mut socket = connect(browser.server, plan, &[("cookie", &browser.cookie)])
            .await
            .expect("they are let in");
        hello(&mut socket, plan, Seq(self.at)).await;
        while self.at < upto {
            match hear(&mut socket).await.expect("it stands") {
                ServerFrame::Keys(keys) => keys.iter().for_each(|key| _ = self.ring.add(key)),
                ServerFrame::Entries(entries) => {
                    let changes = entries.iter().filter_map(|entry| match &entry.entry.body {
                        Body::Change { bytes, .. } => Some(bytes.clone()),
                        Body::Workspace(_) => None,
                    });
                    self.replica.apply(&changes.collect::<Vec<_>>()).expect("it applies");
                    self.at = entries.last().map_or(self.at, |entry| entry.seq.0);
                }
                _ => {}
            }
        }
        self.replica.set_keyring(self.ring.clone());
    }

    fn reads(&self, field: &str) -> Option<String> {
        let value = self.replica.value(&Cell::field(SectionId::People, item(7), field));
        value.map(|value| value.to_string())
    }
}

#[tokio::test]
async fn who_becomes_an_observer_reads_nothing_of_what_is_written_then_with_the_keys_they_kept() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let elena = server.sign_in("elena@example.com").await;
    give_role(&ada, plan, "elena@example.com", Role::Seller).await;
    let mut kept = Kept {
        ring: Keyring::new(Arc::new(Schema::standard())),
        replica: Replica::new(ActorId([9; 16])),
        at: 0,
    };
    kept.take(&elena, plan, 3).await;
    assert_eq!(kept.reads("position").as_deref(), Some(PERSONAL[1]));

    give_role(&ada, plan, "elena@example.com", Role::Observer).await;
    let write = async |server: &Server, value: &str| {
        let edit = put(SectionId::People, 7, "position", value);
        server.edit(plan, "ada@example.com", vec![edit]).await;
    };
    write(&server, "after-demotion").await;
    kept.take(&elena, plan, 4).await;
    assert_eq!(kept.reads("position"), None);
    assert_eq!(
        kept.reads("title").as_deref(),
        Some(PERSONAL[0]),
        "what stood there before"
    );
    server.stop().await;

    // Nor after a restart, when the loss is long past.
    let server = place.start().await;
    let elena = server.sign_in("elena@example.com").await;
    write(&server, "after-restart").await;
    kept.take(&elena, plan, 5).await;
    assert_eq!(kept.reads("position"), None);
    // Who may read it does, old and new.
    let ada = server.sign_in("ada@example.com").await;
    let path = format!("/api/v1/plans/{plan}/contacts/{}/held", item(7));
    let told = ada.get(&path).await.json().to_string();
    for words in [PERSONAL[1], "after-demotion", "after-restart"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    server.stop().await;
}
