//! History and time travel: who wrote what, the plan as it was, and bringing back what stood.

use e2e::accessibility::check;
use e2e::page::Page;
use e2e::screens::{SCHEMES, SIZES, show};
use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::Stage;

const SECTION: &str = "opportunities";
const OLD: &str = "Crane control";
const NEW: &str = "Crane control, second quay";

/// The title of the first item: its cell.
async fn first_title(page: &Page<'_>) -> anyhow::Result<String> {
    Ok(page.cells(SECTION, "title").await?.remove(0))
}

/// Writes a title, then another, each saved before the next.
async fn rewrite(page: &Page<'_>, cell: &str) -> anyhow::Result<()> {
    for title in [OLD, NEW] {
        page.write(cell, title).await?;
        page.wait_cell(cell, title).await?;
        settle(&[*page]).await?;
    }
    Ok(())
}

/// Waits until the plan is shown as it is, or as it was.
async fn wait_past(page: &Page<'_>, is_past: bool) -> anyhow::Result<()> {
    let condition = "!!document.querySelector('.app.past .page .grid, .app:not(.past) .page .grid')\
                     && document.querySelector('.app').classList.contains('past') === args";
    page.wait_with("the moment", condition, json!(is_past)).await?;
    Ok(())
}

/// One change back, with the slider's own key.
async fn one_change_back(page: &Page<'_>) -> anyhow::Result<()> {
    page.click_button("Look at the plan as it was").await?;
    page.wait("the slider", "document.activeElement.matches('[role=slider]')")
        .await?;
    page.keys(Key::Left + "").await?;
    wait_past(page, true).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_cell_says_who_wrote_what_and_leads_there() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, colleague)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cell = first_title(&ben).await?;
    rewrite(&ben, &cell).await?;
    ann.wait_cell(&cell, NEW).await?;

    ann.select(&cell).await?;
    ann.chord(&[Key::Alt], 'h').await?;
    let bout = "[...document.querySelectorAll('.bout')].find((e) => text(e).includes(args[0]))";
    let line = format!("{bout}?.querySelector('.bout-line')");
    let told = format!(
        "{line} && text({line}.querySelector('ins')) === args[1] && document.querySelectorAll('.history-filter .chip').length"
    );
    ann.wait_with("who wrote what", &told, json!([colleague.name, NEW]))
        .await?;
    let others = "[...document.querySelectorAll('.bout-item > .link')].every((e) => text(e) === args)";
    assert_eq!(
        ann.eval_with(others, json!(NEW)).await?,
        json!(true),
        "another item's history"
    );

    // What the search does not find is not there; the link leads to the item.
    ann.eval("document.querySelector('input[type=search]').focus()").await?;
    ann.keys("no such words").await?;
    ann.wait("nothing found", "!document.querySelector('.bout')").await?;
    ann.click_button("Show all").await?;
    ann.wait("all of it", "document.querySelectorAll('.bout-item').length > 1")
        .await?;
    ann.click_button(NEW).await?;
    let drawer = "document.querySelector('.drawer') && location.search.includes(args)";
    let item = cell.split('/').nth(1).unwrap_or_default();
    ann.wait_with("the item", drawer, json!(item)).await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slider_shows_the_past_and_what_is_put_back_is_a_new_edit() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cell = first_title(&ann).await?;
    rewrite(&ann, &cell).await?;
    one_change_back(&ann).await?;
    ann.wait_cell(&cell, OLD).await?;
    ann.wait(
        "the moment in words",
        "/^As of /.test(text(document.querySelector('.times-said')))",
    )
    .await?;
    ann.wait("the moment in the address", "location.search.includes('at=')")
        .await?;

    // It is read only, and what others write meanwhile does not show.
    ann.select(&cell).await?;
    ann.keys("x").await?;
    ben.write(&cell, "Crane control, third quay").await?;
    settle(&[ann, ben]).await?;
    assert_eq!(ann.cell_text(&cell).await?, OLD);
    assert!(
        !ann.eval("!!document.querySelector('tbody input')")
            .await?
            .as_bool()
            .unwrap_or(true)
    );

    // The page loaded anew is at the same moment; the item says what became of it since, and goes back.
    ann.reload().await?;
    wait_past(&ann, true).await?;
    ann.wait_cell(&cell, OLD).await?;
    ann.select(&cell).await?;
    ann.keys(" ").await?;
    ann.click_button("Put back: Opportunity").await?;
    let asked = "text(document.querySelector('dialog[open]')).includes(args[0])\
                 && text(document.querySelector('dialog[open]')).includes(args[1])";
    ann.wait_with("old and new", asked, json!([OLD, "third quay"])).await?;
    ann.click_button("Put back").await?;
    ben.wait_cell(&cell, OLD).await?;
    ann.keys(Key::Escape + "").await?;
    ann.click_button("Back to now").await?;
    wait_past(&ann, false).await?;
    ann.wait_cell(&cell, OLD).await?;
    settle(&[ann, ben]).await?;

    // What stood between is in the history still.
    ben.select(&cell).await?;
    ben.chord(&[Key::Alt], 'h').await?;
    let kept = "text(document.querySelector('.history')).includes('third quay')";
    ben.wait("all of the history", kept).await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_between_two_moments_is_said_in_words() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    let cell = first_title(&page).await?;
    rewrite(&page, &cell).await?;
    one_change_back(&page).await?;
    page.click_button("What changed").await?;
    let said = "text(document.querySelector('.compared')).includes(args)";
    page.wait_with("the change in words", said, json!(NEW)).await?;
    for scheme in SCHEMES {
        show(&page, SIZES[0], scheme).await?;
        check(&page, &format!("the past, {scheme}")).await?;
    }
    // Escape at the slider is the way back.
    page.eval("document.querySelector('[role=slider]').focus()").await?;
    page.keys(Key::Escape + "").await?;
    wait_past(&page, false).await?;
    page.wait_cell(&cell, NEW).await?;
    page.open_plan(&stage.section("history")).await?;
    page.wait("the history", "document.querySelector('.bout')").await?;
    for scheme in SCHEMES {
        show(&page, SIZES[0], scheme).await?;
        check(&page, &format!("history, {scheme}")).await?;
    }
    browser.close().await?;
    stage.server.stop()
}
