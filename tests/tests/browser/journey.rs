//! A whole way through a plan without the mouse.

use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_worked_on_with_the_keyboard_alone() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, "overview").await?;
    let page = browser.page();
    page.go(&stage.server.url("/")).await?;
    page.wait("the list of plans", "document.querySelector('table.plans a')")
        .await?;

    // Open the plan, and in it the opportunities.
    page.tab_to("the plan", "focused().startsWith('Nordwind')", Value::Null)
        .await?;
    page.keys(Key::Enter + "").await?;
    page.wait_online().await?;
    page.wait("a focus in the new page", "focused() !== 'BODY'").await?;
    page.tab_to(
        "the section",
        "document.activeElement.matches('.rail a[href*=opportunities]')",
        Value::Null,
    )
    .await?;
    page.keys(Key::Enter + "").await?;
    let titles = page.cells("opportunities", "title").await?;

    // Into the list, along and down, type.
    page.keys(Key::Down + "").await?;
    page.wait_focus(&titles[0]).await?;
    page.keys(Key::Down + "").await?;
    page.wait_focus(&titles[1]).await?;
    page.keys(Key::End + "").await?;
    let step = titles[1].replace("/title", "/next_step");
    page.wait_focus(&step).await?;
    page.keys("walk the quay with Brandt" + Key::Enter).await?;
    page.wait_cell(&step, "walk the quay with Brandt").await?;
    page.wait_focus(&titles[2].replace("/title", "/next_step")).await?;

    // A new row, from where the hand is.
    page.keys(Key::Home + "").await?;
    page.wait_focus(&titles[2]).await?;
    page.keys("n").await?;
    page.wait("the new row's editor", "document.activeElement.matches('tbody input')")
        .await?;
    page.keys("Gate cameras" + Key::Tab).await?;
    let found = "[...document.querySelectorAll('[data-cell$=\"/title\"]')].find((e) => words(e) === 'Gate cameras')?.dataset.cell";
    let made = page.wait("the new row", found).await?;
    let made = made.as_str().unwrap_or_default().to_owned();
    page.wait_focus(&made.replace("/title", "/stage")).await?;

    // Its drawer, a note in it, and back.
    page.keys(" ").await?;
    page.wait("the drawer", "document.activeElement.matches('aside')")
        .await?;
    let note = made.replace("/title", "/prose/strategy");
    page.tab_to(
        "the note",
        "(document.activeElement.dataset.cell || '').startsWith(args)",
        json!(note),
    )
    .await?;
    page.keys("They lost two containers in May.").await?;
    page.keys(Key::Escape + "").await?;
    page.wait("the focus in the drawer", "document.activeElement.matches('aside')")
        .await?;
    page.keys(Key::Escape + "").await?;
    page.wait("the drawer to close", "!document.querySelector('aside')")
        .await?;
    page.wait_focus(&made.replace("/title", "/stage")).await?;
    settle(&[page]).await?;

    // Undo, step by step: the note, then the row; the cell that was written first stays.
    page.chord(&[Key::Control], 'z').await?;
    page.chord(&[Key::Control], 'z').await?;
    page.chord(&[Key::Control], 'z').await?;
    page.wait_with("the new row to go", "!cell(args)", json!(made)).await?;
    page.wait(
        "a focus that stays in the list",
        "document.activeElement.matches('[role=gridcell]')",
    )
    .await?;
    page.wait_cell(&step, "walk the quay with Brandt").await?;
    settle(&[page]).await?;

    // The keys are told on the page, and the dialog gives the focus back.
    let before = page.focus_label().await?;
    page.keys("?").await?;
    page.wait("the keys", "document.querySelector('dialog[open]')").await?;
    page.keys(Key::Escape + "").await?;
    page.wait_focus(&before).await?;
    browser.close().await?;
    stage.server.stop()
}
