//! What axe-core says about the pages.

use e2e::accessibility::check;
use e2e::browser::Browser;
use e2e::screens::{SCHEMES, SIZES, show};
use e2e::server::ADMINISTRATOR;

use crate::Stage;

const SECTIONS: [&str; 5] = ["profile", "opportunities", "people", "actions", "team"];
/// Pages outside of plans, with what stands on them once they are read.
const PAGES: [(&str, &str); 2] = [
    ("/tokens", "document.body.innerText.includes('No token yet')"),
    (
        "/people",
        "document.querySelector('.members tbody tr') && document.querySelector('.teams')",
    ),
];

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
    for (path, is_read) in PAGES {
        page.go(&stage.server.url(path)).await?;
        page.wait(path, is_read).await?;
        for scheme in SCHEMES {
            show(&page, SIZES[0], scheme).await?;
            check(&page, &format!("{path}, {scheme}")).await?;
        }
    }
    browser.close().await?;
    stage.server.stop()
}
