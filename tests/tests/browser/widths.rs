//! How wide each person likes the columns.

use e2e::browser::Browser;
use e2e::page::Page;
use e2e::server::ADMINISTRATOR;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::{Stage, people};

const SECTION: &str = "opportunities";

const EDGE: &str = "[role=separator][aria-label=\"Width of Opportunity\"]";

/// The width of the first column in pixels: as it is drawn, and as a screen reader hears it.
async fn width(page: &Page<'_>) -> anyhow::Result<(i64, i64)> {
    let drawn = format!("Math.round(document.querySelector('{EDGE}').closest('th').getBoundingClientRect().width)");
    let said = format!("Number(document.querySelector('{EDGE}').getAttribute('aria-valuenow'))");
    let number = |value: Value| value.as_i64().unwrap_or_default();
    Ok((number(page.eval(&drawn).await?), number(page.eval(&said).await?)))
}

#[tokio::test(flavor = "multi_thread")]
async fn widths_are_kept_for_each_person_of_a_browser() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    let (_, usual) = width(&page).await?;

    page.drag_right(EDGE, 60).await?;
    let (drawn, dragged) = width(&page).await?;
    assert_eq!(dragged, usual + 60);
    page.eval(&format!("document.querySelector('{EDGE}').focus()")).await?;
    page.keys(Key::Right + Key::Right + Key::Left).await?;
    page.wait_with(
        "a step wider",
        &format!("document.querySelector('{EDGE}').ariaValueNow === args"),
        json!((dragged + 16).to_string()),
    )
    .await?;
    let wide = width(&page).await?;
    assert!(wide.0 > drawn, "{wide:?} {drawn}");
    page.reload().await?;
    assert_eq!(width(&page).await?, wide);

    // Another person at the same browser has their own.
    let everyone = people(&page).await?;
    let colleague = everyone
        .iter()
        .find(|person| person.email != ADMINISTRATOR)
        .expect("the sample has more people");
    sign_in_as(&browser, &stage, &colleague.email).await?;
    assert_eq!(width(&page).await?.1, usual);
    sign_in_as(&browser, &stage, ADMINISTRATOR).await?;
    assert_eq!(width(&page).await?, wide);
    browser.close().await?;
    stage.server.stop()
}

async fn sign_in_as(browser: &Browser, stage: &Stage, email: &str) -> anyhow::Result<()> {
    let page = browser.sign_in(&stage.server, email).await?;
    page.open_plan(&stage.section(SECTION)).await
}
