//! The server goes away and comes back.

use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;

use crate::Stage;

const SECTION: &str = "opportunities";

/// What the browser itself writes to its log about a server that does not answer.
const AWAY: [&str; 2] = ["WebSocket connection to", "net::ERR_"];

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
