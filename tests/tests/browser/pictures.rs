//! Pictures of the pages in `target/screens`, for people to look at.

use e2e::screens::take_all;
use e2e::server::ADMINISTRATOR;

use crate::Stage;

const SECTIONS: [&str; 4] = ["overview", "opportunities", "people", "actions"];

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_taken_in_every_size_and_scheme() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTIONS[0]).await?;
    let page = browser.page();
    for section in SECTIONS {
        page.open_plan(&stage.section(section)).await?;
        take_all(&page, section).await?;
    }
    browser.close().await?;
    stage.server.stop()
}
