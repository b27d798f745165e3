//! A whole way through a plan without the mouse.

use e2e::page::Page;
use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::Stage;

/// From the list of plans into the plan, and in it to the opportunities; answers their titles' cells.
async fn open_list(page: &Page<'_>) -> anyhow::Result<Vec<String>> {
    page.wait("the list of plans", "document.querySelector('table.plans a')")
        .await?;
    page.tab_to("the plan", "focused().startsWith('Nordwind')", Value::Null)
        .await?;
    page.keys(Key::Enter + "").await?;
    page.wait_online().await?;
    page.wait("a focus in the new page", "focused() !== 'BODY'").await?;
    let section = "document.activeElement.matches('.rail a[href*=opportunities]')";
    page.tab_to("the section", section, Value::Null).await?;
    page.keys(Key::Enter + "").await?;
    page.cells("opportunities", "title").await
}

/// Into the list, along and down; types, and answers where.
async fn write_a_cell(page: &Page<'_>, titles: &[String]) -> anyhow::Result<String> {
    for title in &titles[..2] {
        page.keys(Key::Down + "").await?;
        page.wait_focus(title).await?;
    }
    page.keys(Key::End + "").await?;
    let step = titles[1].replace("/title", "/next_step");
    page.wait_focus(&step).await?;
    page.keys("walk the quay with Brandt" + Key::Enter).await?;
    page.wait_cell(&step, "walk the quay with Brandt").await?;
    page.wait_focus(&titles[2].replace("/title", "/next_step")).await?;
    Ok(step)
}

/// Adds a row from where the hand is; answers its title's cell.
async fn add_a_row(page: &Page<'_>, title: &str) -> anyhow::Result<String> {
    page.keys(Key::Home + "").await?;
    page.keys("n").await?;
    page.wait("the new row's editor", "document.activeElement.matches('tbody input')")
        .await?;
    page.keys(title).await?;
    page.keys(Key::Tab + "").await?;
    let found = "[...document.querySelectorAll('td.t')].find((e) => words(e) === args)?.dataset.cell";
    let made = page.wait_with("the new row", found, json!(title)).await?;
    let made = made.as_str().unwrap_or_default().to_owned();
    page.wait_focus(&made.replace("/title", "/stage")).await?;
    Ok(made)
}

/// Opens the item under the hand in the drawer, writes a note there, and comes back.
async fn write_a_note(page: &Page<'_>, note: &str) -> anyhow::Result<()> {
    let before = page.focus_label().await?;
    page.keys(" ").await?;
    page.wait("the drawer", "document.activeElement.matches('aside')")
        .await?;
    let at_note = "(document.activeElement.dataset.cell || '').startsWith(args)";
    page.tab_to("the note", at_note, json!(note)).await?;
    page.keys("They lost two containers in May.").await?;
    page.keys(Key::Escape + "").await?;
    page.wait("the focus in the drawer", "document.activeElement.matches('aside')")
        .await?;
    page.keys(Key::Escape + "").await?;
    page.wait("the drawer to close", "!document.querySelector('aside')")
        .await?;
    page.wait_focus(&before).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_worked_on_with_the_keyboard_alone() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, "overview").await?;
    let page = browser.page();
    page.go(&stage.server.url("/")).await?;
    let titles = open_list(&page).await?;
    let step = write_a_cell(&page, &titles).await?;
    let made = add_a_row(&page, "Gate cameras").await?;
    write_a_note(&page, &made.replace("/title", "/prose/strategy")).await?;
    settle(&[page]).await?;

    // Undo, step by step: the note, the title, the row; the cell that was written first stays.
    for _ in 0..3 {
        page.chord(&[Key::Control], 'z').await?;
    }
    page.wait_with("the new row to go", "!cell(args)", json!(made)).await?;
    let in_list = "document.activeElement.matches('[role=gridcell]')";
    page.wait("a focus that stays in the list", in_list).await?;
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
