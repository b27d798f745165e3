//! What was erased of a contact: it reads erased wherever it stood, takes no words, and is listed.

use e2e::page::Page;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::roles::ask;
use crate::{EXECUTIVE, Stage};

const SECTION: &str = "people";
/// An entry of the sample plan by which all of its contacts but the last had been written.
const THEN: u32 = 150;

/// The name's cell of a contact with a history, and the contact.
async fn contact(page: &Page<'_>) -> anyhow::Result<(String, String)> {
    let cell = page.cells(SECTION, "title").await?.remove(2);
    let item = cell.split('/').nth(1).unwrap_or_default().to_owned();
    Ok((cell, item))
}

async fn erase(stage: &Stage, page: &Page<'_>, item: &str, part: &str) -> anyhow::Result<()> {
    let path = format!("/plans/{}/contacts/{item}/erase", stage.plan);
    ask(page, "POST", &path, json!({ "part": part })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_contact_reads_so_at_once_and_takes_no_typing() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(EXECUTIVE, SECTION).await?;
    let page = browser.page();
    let (cell, item) = contact(&page).await?;
    let rows = page.cells(SECTION, "title").await?.len();
    page.select(&cell).await?;
    page.keys(" ").await?;
    let changes = "[...document.querySelectorAll('.drawer .log ins')].map(text)";
    page.wait(
        "what changed",
        &format!("{changes}.some((said) => said && said !== 'erased')"),
    )
    .await?;

    // The open drawer has no word of it either, with no edit that would tell it.
    erase(&stage, &page, &item, "contact").await?;
    page.wait_cell(&cell, "erased").await?;
    page.wait(
        "what changed, read anew",
        &format!("{changes}.length && {changes}.every((said) => said === 'erased')"),
    )
    .await?;
    page.keys(Key::Escape + "").await?;
    page.wait("no drawer", "!document.querySelector('.drawer')").await?;

    // No letter of what is typed is a shortcut: N would make a row, a space open the contact.
    page.select(&cell).await?;
    page.keys("New name / no").await?;
    page.wait(
        "why",
        "document.querySelector('.toasts').innerText.includes('This contact was erased for good')",
    )
    .await?;
    settle(&[page]).await?;
    assert_eq!(page.cells(SECTION, "title").await?.len(), rows, "a row was made");
    let opened = "!!document.querySelector('.drawer, dialog[open], tbody input')";
    assert_eq!(page.eval(opened).await?, json!(false), "typing opened something");

    // Nor is any of it in the past.
    page.open_plan(&format!("{}?at={THEN}", stage.section(SECTION))).await?;
    page.wait("the past", "document.querySelector('.app.past .grid')")
        .await?;
    page.wait_cell(&cell, "erased").await?;
    let marker = "document.body.innerText.includes('sealed:')";
    assert_eq!(page.eval(marker).await?, json!(false), "a marker is shown");
    browser.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_is_listed_with_the_way_to_the_contact() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(EXECUTIVE, SECTION).await?;
    let page = browser.page();
    let (cell, item) = contact(&page).await?;
    let name = page.cell_text(&cell).await?;
    erase(&stage, &page, &item, "personality").await?;

    // Among all that happened, and in a list of its own.
    page.open_plan(&stage.section("history")).await?;
    let said =
        "[...document.querySelectorAll('.bout')].find((bout) => text(bout).includes('the personality notes of'))";
    let line = format!("{said} && text({said}).includes(args)");
    page.wait_with("whose it was", &line, json!(name)).await?;
    page.click_button("Erased").await?;
    page.wait(
        "the list of it alone",
        &format!("{said} && document.querySelectorAll('.bout').length === 1"),
    )
    .await?;
    page.wait_with("whose it was", &line, json!(name)).await?;
    page.click_button(&name).await?;
    let opened = "document.querySelector('.drawer') && location.search.includes(args)";
    page.wait_with("the contact", opened, json!(item)).await?;
    browser.close().await?;
    stage.server.stop()
}
