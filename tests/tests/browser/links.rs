//! Links and choices of several: how it stands with an edit of them.

use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::{Stage, away::AWAY};

const SECTION: &str = "opportunities";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_waits_is_marked_like_any_other_edit() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    let links = "[...document.querySelectorAll('td[data-cell$=\"/links/supports\"]')].map((e) => e.dataset.cell)";
    let links = page
        .wait("the links' cells", &format!("{links}.length && {links}"))
        .await?;
    let cell = links[0].as_str().unwrap_or_default().to_owned();
    let stage = stage
        .restart(async || {
            page.wait_offline().await?;
            page.select(&cell).await?;
            page.keys(Key::Enter + "").await?;
            page.wait("the options", "document.activeElement.matches('[role=combobox]')")
                .await?;
            page.keys("Claims").await?;
            page.keys(Key::Enter + Key::Tab).await?;
            page.wait_with("the link", "text(cell(args)).includes('Claims')", json!(cell))
                .await?;
            page.wait_with("the mark", "cell(args).matches('.waiting')", json!(cell))
                .await?;
            Ok(())
        })
        .await?;
    page.wait_online().await?;
    settle(&[page]).await?;
    page.wait_with("no mark", "!cell(args).matches('.waiting')", json!(cell))
        .await?;
    browser.close_with(&AWAY).await?;
    stage.server.stop()
}
