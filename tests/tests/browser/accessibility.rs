//! What axe-core says about the pages.

use e2e::accessibility::check;
use e2e::browser::Browser;
use e2e::screens::{SCHEMES, SIZES, show};
use e2e::server::ADMINISTRATOR;

use crate::Stage;

const SECTIONS: [&str; 4] = ["profile", "opportunities", "people", "actions"];

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_have_no_violations_in_light_and_dark() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = Browser::open(&stage.driver).await?;
    let page = browser.page();
    page.go(&stage.server.link(ADMINISTRATOR)?).await?;
    page.wait("the sign-in button", "button('Sign in')").await?;
    check(&page, "the sign-in page").await?;
    browser.sign_in(&stage.server, ADMINISTRATOR).await?;
    for section in SECTIONS {
        page.open_plan(&stage.section(section)).await?;
        for scheme in SCHEMES {
            show(&page, SIZES[0], scheme).await?;
            check(&page, &format!("{section}, {scheme}")).await?;
        }
    }
    browser.close().await?;
    stage.server.stop()
}
