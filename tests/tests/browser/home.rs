//! The list of plans.

use serde_json::json;

use crate::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_plans_follows_what_others_do() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two("actions").await?;
    let (ann, ben) = (first.page(), second.page());
    for page in [ann, ben] {
        page.go(&stage.server.url("/")).await?;
        page.wait("the list", "document.querySelector('table.plans a')").await?;
    }
    ben.click_button("Rename Nordwind Logistics").await?;
    ben.wait("the dialog", "document.activeElement.matches('dialog input')")
        .await?;
    ben.keys("Sudwind" + thirtyfour::Key::Enter).await?;
    // Without a reload, in the window that nobody touches.
    ann.wait_with(
        "the other name",
        "text(document.querySelector('table.plans')).includes(args)",
        json!("Sudwind"),
    )
    .await?;
    // And at once where a person comes back to the window.
    ben.click_button("Archive Sudwind").await?;
    ben.wait("the plan to be put away", "button('Undo')").await?;
    ann.eval("window.dispatchEvent(new Event('focus'))").await?;
    ann.wait("the empty list", "!document.querySelector('table.plans')")
        .await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
