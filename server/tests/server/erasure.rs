//! Contacts: no word about them stands on the disk, what is erased is read by nobody any more, and all that is held about
//! one can be told.

use std::fs;
use std::path::Path;

use domain::{Cell, ParagraphId, PlanId, Scalar, SectionId};
use plan::Edit;
use protocol::ServerFrame;
use serde_json::{Value, json};

use crate::harness::{Browser, Place, Server, item};
use crate::program::{interlock, text};
use crate::socket::{enter, hear};

const NAME: &str = "quoll-name";
const NOTE: &str = "quoll-note";
const STANCE_FIELD: &str = "stance";
const WORDS: [&str; 2] = [NAME, NOTE];

fn contact() -> Vec<Edit> {
    let section = SectionId::People;
    vec![
        Edit::MakeItem {
            section,
            item: item(7),
            fields: vec![("title".to_owned(), NAME.into())],
        },
        Edit::MakeParagraph {
            cell: Cell::paragraph(section, item(7), "personality", ParagraphId(item(70).0)),
            text: NOTE.to_owned(),
        },
    ]
}

async fn plan_with_contact(server: &Server) -> (Browser<'_>, PlanId) {
    let (ada, plan) = server.ada_with_a_plan().await;
    server.edit(plan, "ada@example.com", contact()).await;
    let stance = Edit::Put {
        cell: Cell::own(
            SectionId::People,
            item(7),
            server.person("ada@example.com"),
            STANCE_FIELD,
        ),
        value: Scalar::from("sceptic"),
    };
    let champion = Edit::Put {
        cell: Cell::field(SectionId::Opportunities, item(1), "champion"),
        value: Scalar::Str(item(7).to_string()),
    };
    let deal = Edit::MakeItem {
        section: SectionId::Opportunities,
        item: item(1),
        fields: vec![("title".to_owned(), "Deal".into())],
    };
    server.edit(plan, "ada@example.com", vec![stance, deal, champion]).await;
    (ada, plan)
}

/// Files of a folder that hold one of the words.
fn found_in(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            found.extend(found_in(&path, words));
            continue;
        }
        let bytes = fs::read(&path).expect("it is read");
        for word in words {
            if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
                found.push(format!("{word} in {}", path.display()));
            }
        }
    }
    found
}

fn path(plan: PlanId, what: &str) -> String {
    format!("/api/v1/plans/{plan}/contacts/{}/{what}", item(7))
}

async fn held(ada: &Browser<'_>, plan: PlanId) -> Value {
    let answer = ada.get(&path(plan, "held")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// All sentences of an answer.
fn sentences(answer: &Value, found: &mut Vec<String>) {
    match answer {
        Value::Object(members) => members.iter().for_each(|(name, inner)| match inner {
            Value::String(words) if name == "words" => found.push(words.clone()),
            Value::Array(all) if name == "summary" => found.extend(all.iter().map(Value::to_string)),
            inner => sentences(inner, found),
        }),
        Value::Array(all) => all.iter().for_each(|one| sentences(one, found)),
        _ => {}
    }
}

/// Programs find the marker in a value; people read a word.
#[tokio::test]
async fn what_was_erased_is_erased_in_sentences_and_marked_in_values() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_contact(&server).await;
    erase_all(&ada, plan).await;
    let mut said = Vec::new();
    for address in ["history?words=true", "changes?from_seq=1"] {
        let answer = ada.get(&format!("/api/v1/plans/{plan}/{address}")).await.json();
        assert!(answer.to_string().contains("\"sealed:erased\""), "{address}: {answer}");
        sentences(&answer, &mut said);
    }
    sentences(&held(&ada, plan).await, &mut said);
    assert!(said.iter().any(|words| words == "Name is now erased"), "{said:#?}");
    assert!(said.iter().any(|words| words.contains("erased contact")), "{said:#?}");
    assert!(said.iter().all(|words| !words.contains("sealed:")), "{said:#?}");
    server.stop().await;
}

async fn erase_all(ada: &Browser<'_>, plan: PlanId) {
    let answer = ada
        .send("POST", &path(plan, "erase"), &json!({ "part": "contact" }))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_is_in_no_file_in_no_backup_and_in_no_answer() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_contact(&server).await;
    let told = held(&ada, plan).await;
    assert_eq!(told["now"]["fields"]["title"], NAME);
    assert_eq!(told["now"]["fields"]["personality"][0]["text"], NOTE);
    let mention = format!("opportunities/{}/champion", item(1));
    assert_eq!(told["mentions"], json!([mention]));
    let history = format!("/api/v1/plans/{plan}/history");
    for word in [NAME, NOTE, "sceptic"] {
        assert!(told["history"].to_string().contains(word), "{word}: {told}");
        assert!(ada.get(&history).await.json().to_string().contains(word), "{word}");
    }
    // Nothing that is personal stands on the disk as words, caches and all.
    assert_eq!(found_in(&place.data(), &WORDS), Vec::<String>::new());

    let mut socket = enter(&ada, plan).await;
    let answer = ada
        .send("POST", &path(plan, "erase"), &json!({ "part": "personality" }))
        .await;
    assert_eq!(answer.json(), json!({ "part": "personality", "plain_left": false }));
    let told = held(&ada, plan).await;
    assert_eq!(told["now"]["fields"]["title"], NAME);
    assert!(
        !told.to_string().contains(NOTE) && !told.to_string().contains("sceptic"),
        "{told}"
    );
    assert!(
        told["now"]["erased"]
            .as_array()
            .is_some_and(|erased| erased.contains(&json!("personality")))
    );
    loop {
        // Whoever has the plan open drops the key.
        match hear(&mut socket).await {
            Some(ServerFrame::Erased(names)) => break assert_eq!(names.len(), 1),
            Some(_) => {}
            None => panic!("the socket closed without a word"),
        }
    }
    erase_all(&ada, plan).await;
    for address in [history, path(plan, "held"), format!("/api/v1/plans/{plan}/as-of?seq=9")] {
        let body = ada.get(&address).await.json().to_string();
        assert!(WORDS.iter().all(|word| !body.contains(word)), "{address}: {body}");
        assert!(!has_sealed(&body), "{address}: {body}");
    }
    let listed = ada.get(&format!("/api/v1/plans/{plan}/erasures")).await.json();
    assert_eq!(listed["erasures"].as_array().map(Vec::len), Some(2), "{listed}");
    let (to, keys) = (
        place.data().with_file_name("backup"),
        place.data().with_file_name("keys"),
    );
    let arguments = [
        "backup",
        "--to",
        &to.display().to_string(),
        "--keys",
        &keys.display().to_string(),
    ];
    let output = tokio::task::block_in_place(|| interlock(&arguments, &place.data()));
    assert!(output.status.success(), "{}", text(&output.stderr));
    server.stop().await;
    for folder in [place.data(), to.clone(), keys] {
        assert_eq!(found_in(&folder, &WORDS), Vec::<String>::new());
    }
    assert!(!to.join("keys").exists(), "a backup has no keys");
}

fn has_sealed(body: &str) -> bool {
    ["sealed:1:", "sealed:2:"].iter().any(|prefix| body.contains(prefix))
}

#[tokio::test]
async fn what_is_held_about_a_contact_can_be_handed_to_them() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_contact(&server).await;
    let told = held(&ada, plan).await;
    let id = server.person("ada@example.com").to_string();
    let about = &told["about"];
    assert_eq!(
        (&about["contact"], &about["plan_name"], &about["taken_by"]),
        (&json!(NAME), &json!("Sonnenberg"), &json!(id))
    );
    let names = &told["names"];
    assert!(names[&id].is_string(), "whoever wrote it is named: {names}");
    assert!(
        !told.to_string().contains("Deal"),
        "other items' words are not about them"
    );
    let lines = told["history"].as_array().expect("a history");
    let words = lines.iter().filter_map(|line| line["words"].as_str());
    let words: Vec<&str> = words.collect();
    assert!(
        words.iter().any(|words| words.contains("Sceptic")),
        "choices by their labels: {words:?}"
    );
}

#[tokio::test]
async fn an_older_key_store_that_is_put_back_brings_nothing_back() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_contact(&server).await;
    let file = place.data().join("keys").join(format!("{plan}.keys"));
    let before = fs::read(&file).expect("the keys are on disk");
    ada.send("POST", &path(plan, "erase"), &json!({ "part": "contact" }))
        .await;
    server.stop().await;
    fs::write(&file, before).expect("is put back");
    let server = place.start().await;
    let ada = server.sign_in("ada@example.com").await;
    let told = held(&ada, plan).await;
    assert!(WORDS.iter().all(|word| !told.to_string().contains(word)), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn a_copy_has_its_contacts_under_keys_of_its_own_and_erasing_there_leaves_the_first_one() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_contact(&server).await;
    let answer = ada
        .send(
            "POST",
            &format!("/api/v1/plans/{plan}/duplicate"),
            &json!({ "name": "Copy" }),
        )
        .await;
    let copy = crate::harness::plan_of(&answer);
    assert_eq!(held(&ada, copy).await["now"]["fields"]["title"], NAME);
    assert_eq!(held(&ada, copy).await["now"]["fields"]["personality"][0]["text"], NOTE);
    let answer = ada
        .send("POST", &path(copy, "erase"), &json!({ "part": "contact" }))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!held(&ada, copy).await.to_string().contains(NAME));
    assert_eq!(held(&ada, plan).await["now"]["fields"]["title"], NAME);
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_erase_is_refused_and_nothing_is_erased() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_contact(&server).await;
    // Everyone else is a seller here.
    let ben = server.sign_in("ben@example.com").await;
    let answer = ben
        .send("POST", &path(plan, "erase"), &json!({ "part": "contact" }))
        .await;
    assert_eq!(answer.problem().0, 403);
    assert_eq!(ben.get(&path(plan, "held")).await.problem().0, 403);
    assert_eq!(held(&ada, plan).await["now"]["fields"]["title"], NAME);
    let unknown = format!("/api/v1/plans/{plan}/contacts/{}/erase", item(99));
    let answer = ada.send("POST", &unknown, &json!({ "part": "contact" })).await;
    assert_eq!(answer.problem().0, 404);
    server.stop().await;
}
