//! The tab is closed or loaded anew while something is typed.

use e2e::page::Page;
use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;

use crate::Stage;

const SECTION: &str = "opportunities";

/// What the browser does first when a tab is closed or loaded anew. Answers whether the page asks to stay.
async fn is_held(page: &Page<'_>) -> anyhow::Result<bool> {
    let held = page
        .eval("!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
        .await?;
    Ok(held == json!(true))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_in_an_open_cell_is_there_after_a_reload() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let first = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = first.page();
    let cells = page.cells(SECTION, "title").await?;
    settle(&[page]).await?;
    assert!(!is_held(&page).await?, "nothing is typed, and the page asks");

    page.select(&cells[0]).await?;
    page.keys("Typed and not entered").await?;
    assert!(
        is_held(&page).await?,
        "the edit is on its way, and the page does not ask"
    );
    settle(&[page]).await?;
    assert!(!is_held(&page).await?, "all is saved, and the page asks");
    page.reload().await?;
    page.wait_cell(&cells[0], "Typed and not entered").await?;
    first.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_in_a_paragraph_is_there_after_a_reload() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let first = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = first.page();
    let title = page.cells(SECTION, "title").await?.pop().expect("the sample has some");
    let item = title.split('/').nth(1).expect("section/item/field");
    page.open_plan(&format!("{}?item={item}", stage.section(SECTION)))
        .await?;
    let note = format!("{SECTION}/{item}/prose/risks");
    page.focus_editor(&note).await?;
    page.keys("The quay is old").await?;
    // Within the pause the words are no edit yet; after it they are on their way or saved.
    is_held(&page).await?;
    settle(&[page]).await?;
    page.reload().await?;
    let said = "[...document.querySelectorAll(`textarea[data-cell^=\"${args}\"]`)]";
    page.wait_with(
        "the words",
        &format!("{said}.some((e) => e.value === 'The quay is old')"),
        json!(note),
    )
    .await?;
    first.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_a_text_that_could_not_be_read_asks_before_it_goes() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let first = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = first.page();
    let dates = page.cells(SECTION, "close").await?;
    page.select(&dates[0]).await?;
    page.keys("the day after the fair").await?;
    assert!(
        is_held(&page).await?,
        "what is typed is no day, and the page does not ask"
    );
    let titles = page.cells(SECTION, "title").await?;
    // Leaving the cell keeps the text at it, in red.
    page.select(&titles[1]).await?;
    assert!(
        is_held(&page).await?,
        "the kept text is nowhere else, and the page does not ask"
    );
    first.close().await?;
    stage.server.stop()
}
