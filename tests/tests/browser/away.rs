//! The server goes away and comes back.

use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;

use crate::Stage;

const SECTION: &str = "opportunities";

/// What the browser itself writes to its log about a server that does not answer.
pub(crate) const AWAY: [&str; 2] = ["WebSocket connection to", "net::ERR_"];

#[tokio::test(flavor = "multi_thread")]
async fn edits_made_while_the_server_is_away_are_saved_when_it_is_back() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let first = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = first.page();
    let cells = page.cells(SECTION, "title").await?;
    page.write(&cells[0], "Saved before the fall").await?;
    settle(&[page]).await?;

    let stage = stage
        .restart(async || {
            page.wait_offline().await?;
            page.write(&cells[1], "Written while it was away").await?;
            page.wait_cell(&cells[1], "Written while it was away").await?;
            page.wait_with("the edit to wait", "Number(known.unsaved) >= args", json!(1))
                .await?;
            Ok(())
        })
        .await?;

    page.wait_online().await?;
    settle(&[page]).await?;
    let second = stage.enter(ADMINISTRATOR, SECTION).await?;
    for page in [page, second.page()] {
        page.wait_cell(&cells[0], "Saved before the fall").await?;
        page.wait_cell(&cells[1], "Written while it was away").await?;
    }
    first.close_with(&AWAY).await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_an_older_build_saves_its_edits_and_is_offered_a_reload() -> anyhow::Result<()> {
    const OFFER: &str = "There is a newer version of this page";
    let stage = Stage::set()?;
    let first = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = first.page();
    let cells = page.cells(SECTION, "title").await?;
    settle(&[page]).await?;
    // A build is known by the script that started its pages.
    page.eval("document.querySelector('script[type=module]').setAttribute('src', '/assets/boot-older.js')")
        .await?;
    let stage = stage
        .restart(async || {
            page.wait_offline().await?;
            page.write(&cells[0], "Written by the older page").await?;
            page.wait_cell(&cells[0], "Written by the older page").await
        })
        .await?;
    page.wait_online().await?;
    settle(&[page]).await?;
    page.wait_with("the offer", "document.body.innerText.includes(args)", json!(OFFER))
        .await?;
    page.click_button("Reload").await?;
    page.wait(
        "the page's own build",
        "!document.body.innerText.includes('newer version') && yes(known.online)",
    )
    .await?;
    page.wait_cell(&cells[0], "Written by the older page").await?;
    first.close_with(&AWAY).await?;
    stage.server.stop()
}
