//! The harness itself: its checks must be able to fail.

use e2e::accessibility::check;
use e2e::browser::Browser;
use e2e::driver::Driver;
use e2e::screens::{SIZES, show};

const PAGE: &str = "data:text/html,<!doctype html><html lang=en><title>A page</title><main><h1>Words</h1>\
    <button onclick=\"setTimeout(()=>document.documentElement.dataset.ready='',0)\">Go</button></main>";

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_when_the_page_has_changed() -> anyhow::Result<()> {
    let driver = Driver::start()?;
    let browser = Browser::open(&driver).await?;
    let page = browser.page();
    page.go(PAGE).await?;
    page.click_button("Go").await?;
    page.wait("the attribute", "known.ready !== undefined").await?;
    show(&page, SIZES[3], "dark").await?;
    check(&page, "a page with nothing wrong").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_of_the_page_is_an_error() -> anyhow::Result<()> {
    let driver = Driver::start()?;
    let browser = Browser::open(&driver).await?;
    browser
        .page()
        .go("data:text/html,<script>throw new Error('a bug')</script>")
        .await?;
    let error = browser.close().await.expect_err("the script has thrown");
    assert!(error.to_string().contains("a bug"), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_without_a_label_is_a_violation() -> anyhow::Result<()> {
    let driver = Driver::start()?;
    let browser = Browser::open(&driver).await?;
    let page = browser.page();
    page.go("data:text/html,<!doctype html><html lang=en><title>A page</title><main><h1>Words</h1><input></main>")
        .await?;
    let error = check(&page, "the page").await.expect_err("the input has no label");
    assert!(error.to_string().contains("label"), "{error}");
    browser.close().await
}
