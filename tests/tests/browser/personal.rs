//! What is personal about a contact and cannot be read: withheld from a role, or erased for good.

use e2e::page::Page;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::roles::{ask, give};
use crate::{EXECUTIVE, Stage};

const SECTION: &str = "people";
/// A seller of the sample plan.
const SELLER: &str = "jonas.okafor@example.com";

/// The drawer of a contact.
async fn open(page: &Page<'_>, stage: &Stage, item: &str, more: &str) -> anyhow::Result<()> {
    page.open_plan(&format!("{}?item={item}{more}", stage.section(SECTION)))
        .await?;
    page.wait("the drawer", "document.querySelector('.drawer .form')")
        .await?;
    Ok(())
}

/// Waits until a field of the drawer, or a text of it, shows these words.
async fn shows(page: &Page<'_>, field: &str, words: &str) -> anyhow::Result<()> {
    let shown = "[...document.querySelectorAll('.drawer .k')].some((e) => text(e) === args[0] && \
                 text(e.nextElementSibling) === args[1]) || \
                 [...document.querySelectorAll('.drawer .prose')].some((e) => label(e) === args[0] && \
                 text(e) === `${args[0]} ${args[1]}`)";
    page.wait_with("the field", shown, json!([field, words])).await?;
    Ok(())
}

fn item_of(cell: &str) -> String {
    cell.split('/').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_thought_of_a_contact_reads_erased_everywhere_once_it_is() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(EXECUTIVE, SECTION).await?;
    let page = browser.page();
    let item = item_of(&page.cells(SECTION, "title").await?[2]);
    open(&page, &stage, &item, "").await?;
    page.focus_editor(&format!("{SECTION}/{item}/prose/notes")).await?;
    page.keys("Sails at weekends.").await?;
    page.keys(Key::Escape + "").await?;
    settle(&[page]).await?;
    let head = page.eval("Number(known.seq)").await?;

    let erase = format!("/plans/{}/contacts/{item}/erase", stage.plan);
    ask(&page, "POST", &erase, json!({ "part": "personality" })).await?;
    for (field, words) in [
        ("Stance", "erased"),
        ("Orientation", "erased"),
        ("Notes", "erased"),
        ("Position", "CFO"),
    ] {
        shows(&page, field, words).await?;
    }
    page.wait(
        "no place to write",
        "!editor(`people/${location.search}`) && !document.querySelector('.drawer textarea')",
    )
    .await?;

    // As it was, and in what happened, too.
    open(&page, &stage, &item, &format!("&at={head}")).await?;
    for field in ["Stance", "Orientation", "Notes"] {
        shows(&page, field, "erased").await?;
    }
    page.go(&format!("{}?filter=item:{SECTION}/{item}", stage.section("history")))
        .await?;
    let told = "text(document.querySelector('.history')).includes(args)";
    page.wait_with("the change", told, json!("Notes: a paragraph changed, erased since"))
        .await?;
    let bare = page.eval("document.body.innerText.includes('sealed:')").await?;
    assert_eq!(bare, json!(false), "a marker is shown as it is");
    browser.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_is_told_what_is_withheld() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let first = stage.enter(EXECUTIVE, SECTION).await?;
    let second = stage.enter(SELLER, SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    give(&stage, &ann, &ben, "observer").await?;
    let cells = ben.cells(SECTION, "title").await?;
    ben.wait_cell(&cells[0], "withheld").await?;
    // Who it is stays untold; which one it is does not.
    let reports = ben.cells(SECTION, "reports_to").await?;
    ben.wait_cell(&reports[1], "Person 1, withheld").await?;
    let item = item_of(&cells[2]);
    open(&ben, &stage, &item, "").await?;
    for field in ["Position", "Stance", "Pains", "Notes"] {
        shows(&ben, field, "withheld").await?;
    }
    ben.go(&format!("{}?filter=section:{SECTION}", stage.section("history")))
        .await?;
    ben.wait("the history", "document.querySelector('.bout')").await?;
    let bare = "/sealed:|Amsel|Brandt/.test(document.querySelector('.history').innerText)";
    assert_eq!(ben.eval(bare).await?, json!(false), "the history says who it is");
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
