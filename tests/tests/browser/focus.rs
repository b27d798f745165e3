//! Where the keyboard is after what has it goes away: where a person expects it, never on nothing.

use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::{EXECUTIVE, Stage};

const SECTION: &str = "opportunities";

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_stays_in_the_list_through_undo_filter_and_drawer() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    page.wait("a page that has the keyboard", "document.activeElement.id === 'page'")
        .await?;
    let t = page.cells(SECTION, "title").await?;

    // A deleted row: the next one; "Undo": the row that is back.
    page.select(&t[1]).await?;
    page.chord(&[Key::Control], Key::Delete).await?;
    page.wait_focus(&t[2]).await?;
    page.click_button("Undo").await?;
    page.wait_focus(&t[1]).await?;
    settle(&[page]).await?;

    // The filter: Escape closes it; where the hand is on a cell, that is where one goes on.
    page.click_button("Filter").await?;
    page.wait_focus("Words that must occur").await?;
    page.keys("a").await?;
    page.keys(Key::Escape + "").await?;
    page.wait_focus(&t[1]).await?;
    page.reload().await?;
    page.click_button("Filter").await?;
    page.wait_focus("Words that must occur").await?;
    page.keys(Key::Escape + "").await?;
    page.wait_focus("Filter").await?;

    // The last filter's chip goes away with its use.
    page.click_button("Filter").await?;
    page.keys("yard").await?;
    page.wait("fewer rows", "text(document.querySelector('tfoot')).includes(' of ')")
        .await?;
    page.click_button("Show all").await?;
    page.wait("a focus", "focused() !== 'BODY'").await?;
    page.keys(Key::Escape + "").await?;

    // An item deleted in its drawer: the list has the keyboard again.
    page.select(&t[3]).await?;
    page.keys(" ").await?;
    page.wait("the drawer", "document.activeElement.matches('aside')")
        .await?;
    page.click_button("Delete").await?;
    page.wait_with("the row to go", "!cell(args)", json!(t[3])).await?;
    page.wait(
        "a focus in the list",
        "document.activeElement.matches('[role=gridcell]')",
    )
    .await?;
    page.click_button("Dismiss").await?;
    page.wait(
        "a focus in the list",
        "document.activeElement.matches('[role=gridcell]')",
    )
    .await?;
    browser.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_stays_in_the_list_of_plans() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(EXECUTIVE, SECTION).await?;
    let page = browser.page();
    page.go(&stage.server.url("/")).await?;
    page.wait("the list", "document.querySelector('table.plans a')").await?;
    page.wait("a page that has the keyboard", "focused() !== 'BODY'")
        .await?;

    // Another name: back to the button, whose row may have moved.
    page.click_button("Rename Nordwind Logistics").await?;
    page.wait("the dialog", "document.activeElement.matches('dialog input')")
        .await?;
    page.keys("Sudwind" + Key::Enter).await?;
    page.wait_focus("Rename Sudwind").await?;

    // A new plan: its page, and the account's name in its profile.
    page.click_button("New plan").await?;
    page.wait("the dialog", "document.activeElement.matches('dialog input')")
        .await?;
    page.keys("Atlas Mining" + Key::Enter).await?;
    page.wait_online().await?;
    page.wait("a page that has the keyboard", "document.activeElement.id === 'page'")
        .await?;
    settle(&[page]).await?;
    let address = page.eval("location.pathname.split('/').slice(0, 3).join('/')").await?;
    let address = address.as_str().unwrap_or_default().to_owned();
    page.open_plan(&stage.server.url(&format!("{address}/profile"))).await?;
    page.wait(
        "the account's name",
        "text(document.querySelector('#page .form')).includes('Atlas Mining')",
    )
    .await?;

    // What an empty page offers leads to its first row.
    for (empty, button) in [
        ("overview", "Add the first objective"),
        ("interlock", "Add the first initiative"),
        ("tracker", "Add the first action"),
    ] {
        page.open_plan(&stage.server.url(&format!("{address}/{empty}"))).await?;
        page.click_button(button).await?;
        page.wait(
            "the first row's editor",
            "document.activeElement.matches('tbody input')",
        )
        .await?;
        page.keys(Key::Escape + "").await?;
        page.wait(
            "the row to go, and a focus",
            "!document.querySelector('tbody tr') && focused() !== 'BODY'",
        )
        .await?;
    }

    // Archived: the row beside it, or the page.
    page.go(&stage.server.url("/")).await?;
    page.click_button("Archive Atlas Mining").await?;
    page.wait("the row beside", "focused() === 'Sudwind'").await?;
    assert_eq!(page.eval("!button('Archive Atlas Mining')").await?, Value::Bool(true));
    browser.close().await?;
    stage.server.stop()
}
