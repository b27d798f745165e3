//! What a person may not read never reaches their browser: all bytes that the server sends to each role are searched for
//! words that only others may see.

use std::fmt::Write as _;

use domain::{Cell, ItemId, ParagraphId, PlanId, Role, Scalar, SectionId, Seq};
use plan::Edit;
use protocol::{ClientFrame, Place as Whereabouts, ServerFrame};
use serde_json::json;

use crate::harness::{Browser, Place, Server, item, plan_of};
use crate::page::Page;
use crate::socket::{connect, enter, hear, hello, say};

/// Words that stand in the plan for those who read it.
pub(crate) const OF_THE_PLAN: &str = "quokka-deal";
/// Words about one of the customer's people.
pub(crate) const PERSONAL: [&str; 5] = [
    "numbat-name",
    "numbat-title",
    "numbat-note",
    "numbat-pain",
    "numbat-draft",
];

fn contact() -> Vec<Edit> {
    let section = SectionId::People;
    let cell = |field: &str| Cell::field(section, item(7), field);
    let paragraph = |field: &str, text: &str| Edit::MakeParagraph {
        cell: Cell::paragraph(section, item(7), field, ParagraphId(item(70).0)),
        text: text.to_owned(),
    };
    let put = |field: &str, text: &str| Edit::Put {
        cell: cell(field),
        value: Scalar::from(text),
    };
    vec![
        Edit::MakeItem {
            section,
            item: item(7),
            fields: vec![("title".to_owned(), Scalar::from(PERSONAL[0]))],
        },
        put("position", PERSONAL[1]),
        paragraph("personality", PERSONAL[2]),
        paragraph("pains", PERSONAL[3]),
    ]
}

/// A plan of Ada's with all of these words in it.
pub(crate) async fn plan_with_secrets(server: &Server) -> (Browser<'_>, PlanId) {
    let ada = server.sign_in("ada@example.com").await;
    let plan = plan_of(
        &ada.send("POST", "/api/v1/plans", &json!({ "name": "Wombat-Plan" }))
            .await,
    );
    let deal = Edit::MakeItem {
        section: SectionId::Opportunities,
        item: item(1),
        fields: vec![("title".to_owned(), Scalar::from(OF_THE_PLAN))],
    };
    server.edit(plan, "ada@example.com", vec![deal]).await;
    server.edit(plan, "ada@example.com", contact()).await;
    (ada, plan)
}

/// Everything that can be asked for with GET, as the API's document lists it, of this plan and contact.
pub(crate) async fn addresses(server: &Server, plan: PlanId) -> Vec<String> {
    let document = server.get("/api/v1/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("the document has paths").clone();
    let person = server.person("ada@example.com").to_string();
    let asked = paths.iter().filter(|(_, operations)| operations.get("get").is_some());
    let filled = asked.map(|(path, _)| {
        let path = path
            .replace("{plan}", &plan.to_string())
            .replace("{section}", "people")
            .replace("{item}", &item(7).to_string())
            .replace("{field}", "title")
            .replace("{person}", &person);
        if path.starts_with("/api/") {
            path
        } else {
            format!("/api/v1{path}")
        }
    });
    let more = ["/metrics", "/readyz"].into_iter().map(str::to_owned);
    let words = [
        "history?words=true",
        "history?text=numbat",
        "as-of?seq=3",
        "changes?from_seq=1",
    ];
    let words = words.into_iter().map(|query| format!("/api/v1/plans/{plan}/{query}"));
    filled
        .chain(more)
        .chain(words)
        .filter(|path| !path.contains('{'))
        .collect()
}

/// All bytes that a person gets, by what they asked for.
async fn all_that_comes(server: &Server, browser: &Browser<'_>, plan: PlanId, number: u8) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for path in addresses(server, plan).await {
        if path.ends_with("/sync") {
            continue;
        }
        let answer = browser.get(&path).await;
        assert!(answer.status.as_u16() < 500, "{path}: {answer:?}");
        let mut bytes = format!("{:?}", answer.headers).into_bytes();
        bytes.extend_from_slice(&answer.body);
        all.push((path, bytes));
    }
    let mut socket = connect(server, plan, &[("cookie", &browser.cookie)])
        .await
        .expect("upgraded, if only to be told");
    hello(&mut socket, plan, Seq::ZERO).await;
    let mut frames = String::new();
    let head = 3;
    let mut at = 0;
    while at < head {
        match hear(&mut socket).await {
            Some(ServerFrame::Entries(entries)) => {
                at = entries.last().map_or(at, |entry| entry.seq.0);
                let _ = write!(frames, "{}", entries_as_text(&entries));
            }
            Some(frame) => drop(write!(frames, "{frame:?}")),
            None => break,
        }
    }
    all.push(("the websocket".to_owned(), frames.into_bytes()));
    // And as a page understands it: a document may be packed.
    let page = Page::open(browser, plan, number).await;
    let mut seen = String::new();
    if let Some(replica) = page.session.replica() {
        for section in SectionId::ALL {
            for item in replica
                .items(section)
                .into_iter()
                .chain(section.is_single().then_some(ItemId::SINGLE))
            {
                let _ = write!(seen, "{:?}", replica.cells(section, item));
                for field in ["personality", "pains", "notes"] {
                    let _ = write!(seen, "{:?}", replica.paragraphs(section, item, field));
                }
            }
        }
    }
    all.push(("the page".to_owned(), seen.into_bytes()));
    all
}

fn entries_as_text(entries: &[protocol::Committed]) -> String {
    let bytes = entries.iter().map(|entry| match &entry.entry.body {
        protocol::Body::Change { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
        body @ protocol::Body::Workspace(_) => format!("{body:?}"),
    });
    bytes.collect()
}

/// Which of what somebody got has a word, in whatever case.
pub(crate) fn found_in(all: &[(String, Vec<u8>)], word: &str) -> Vec<String> {
    let has = |bytes: &[u8]| {
        let lower = bytes.to_ascii_lowercase();
        lower.windows(word.len()).any(|window| window == word.as_bytes())
    };
    all.iter()
        .filter(|(_, bytes)| has(bytes))
        .map(|(what, _)| what.clone())
        .collect()
}

#[tokio::test]
async fn all_that_comes_to_a_role_has_no_word_that_it_may_not_read() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    for (number, role) in (1..).zip(Role::ALL) {
        let email = format!("{}@example.com", role.as_str());
        let browser = server.sign_in(&email).await;
        let path = format!("/api/v1/plans/{plan}/members/{}", server.person(&email));
        let answer = ada.send("PUT", &path, &json!({ "role": role.as_str() })).await;
        assert!(answer.status.is_success(), "{answer:?}");
        let all = all_that_comes(&server, &browser, plan, number).await;
        let reads = role != Role::CustomerContact;
        assert_eq!(!found_in(&all, OF_THE_PLAN).is_empty(), reads, "{role}");
        for word in PERSONAL.into_iter().filter(|word| *word != "numbat-draft") {
            let found = found_in(&all, word);
            let personal = reads && role != Role::Observer;
            assert_eq!(!found.is_empty(), personal, "{role}: {word} in {found:?}");
        }
    }
}

#[tokio::test]
async fn a_stranger_gets_no_word_of_a_plan_and_not_its_name() {
    let place = Place::new();
    let server = place.start().await;
    let (_ada, plan) = plan_with_secrets(&server).await;
    let stranger = server.sign_in("stranger@example.com").await;
    let all = all_that_comes(&server, &stranger, plan, 1).await;
    for word in PERSONAL.into_iter().chain([OF_THE_PLAN, "wombat-plan"]) {
        assert_eq!(found_in(&all, word), Vec::<String>::new(), "{word}");
    }
    let nobody = server.browser(String::new());
    for path in addresses(&server, plan).await {
        let answer = nobody.get(&path).await;
        for word in PERSONAL.into_iter().chain([OF_THE_PLAN, "wombat-plan"]) {
            assert_eq!(
                found_in(&[(path.clone(), answer.body.to_vec())], word),
                Vec::<String>::new()
            );
        }
    }
}

/// A draft is not an edit yet, and is passed on as it is typed.
#[tokio::test]
async fn a_draft_about_a_contact_reaches_those_who_may_read_it_and_nobody_else() {
    let place = Place::new();
    let server = place.start().await;
    let (ada, plan) = plan_with_secrets(&server).await;
    let mut sockets = Vec::new();
    for role in [Role::Seller, Role::Observer] {
        let email = format!("{}@example.com", role.as_str());
        let browser = server.sign_in(&email).await;
        let path = format!("/api/v1/plans/{plan}/members/{}", server.person(&email));
        ada.send("PUT", &path, &json!({ "role": role.as_str() })).await;
        sockets.push((role, enter(&browser, plan).await));
    }
    let mut typing = enter(&ada, plan).await;
    let draft = |section, field, text: &str| {
        ClientFrame::Presence(Whereabouts {
            cell: Some(Cell::field(
                section,
                item(if section == SectionId::People { 7 } else { 1 }),
                field,
            )),
            draft: Some(text.to_owned()),
            caret: None,
        })
    };
    // So long after what was told last that it is told at once.
    place.pass(1_000);
    say(&mut typing, &draft(SectionId::People, "title", "numbat-draft")).await;
    // What everyone may read follows, so that there is something to wait for.
    let mut heard = Vec::new();
    for (role, socket) in &mut sockets {
        let mut texts = String::new();
        if *role == Role::Seller {
            while !texts.contains("numbat-draft") {
                let _ = write!(texts, "{:?}", hear(socket).await.expect("it stands"));
            }
        }
        heard.push(texts);
    }
    place.pass(1_000);
    say(&mut typing, &draft(SectionId::Opportunities, "title", "quokka-draft")).await;
    for ((role, socket), texts) in sockets.iter_mut().zip(&mut heard) {
        while !texts.contains("quokka-draft") {
            let _ = write!(texts, "{:?}", hear(socket).await.expect("it stands"));
        }
        assert_eq!(texts.contains("numbat-draft"), *role == Role::Seller, "{role}");
    }
}

#[tokio::test]
async fn the_search_finds_what_it_looks_for() {
    let all = [("here".to_owned(), b"xxQuokka-Deal".to_vec())];
    assert_eq!(found_in(&all, OF_THE_PLAN), ["here"]);
}
