//! The program comes in parts: what edits a plan is loaded after the first pages.

use e2e::browser::Browser;
use e2e::server::ADMINISTRATOR;

use crate::Stage;

/// The part that edits a plan.
const PART: &str = "*/split_plan.wasm";

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_does_without_the_engine_and_a_plan_whose_part_does_not_come_says_so() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = Browser::open(&stage.driver).await?;
    let page = browser.page();
    page.go(&stage.server.link(ADMINISTRATOR)?).await?;
    page.wait("the sign-in button", "button('Sign in')").await?;
    let parts = page
        .eval("performance.getEntriesByType('resource').filter(it => it.name.includes('split_')).length")
        .await?;
    assert_eq!(parts, 0, "the sign-in page needs no other part");

    browser.block(&[PART]).await?;
    browser.sign_in(&stage.server, ADMINISTRATOR).await?;
    page.go(&stage.section("opportunities")).await?;
    page.wait("what to do", "text(document.querySelector('main .btn')) === 'Reload'")
        .await?;

    browser.block(&[]).await?;
    page.open_plan(&stage.section("opportunities")).await?;
    browser.close_with(&["split_plan.wasm", "Failed to fetch"]).await?;
    stage.server.stop()
}
