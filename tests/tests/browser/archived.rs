//! A plan that another puts away while I type.

use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::Stage;

const SECTION: &str = "opportunities";

#[tokio::test(flavor = "multi_thread")]
async fn who_types_while_a_plan_is_archived_is_told_keeps_the_text_and_goes_on_when_it_is_restored()
-> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cells = ann.cells(SECTION, "next_step").await?;
    ann.select(&cells[0]).await?;
    ann.keys("half a sent").await?;

    ben.go(&stage.server.url("/")).await?;
    ben.click_button("Archive Nordwind").await?;
    let told = "text(document.querySelector('[role=alert]')).includes('archived')";
    ann.wait("word that the plan was archived", told).await?;
    ann.keys("ence").await?;
    ann.wait(
        "the text, still in its editor",
        "words(document.activeElement) === 'half a sentence'",
    )
    .await?;
    ann.keys(Key::Enter + "").await?;
    ann.wait_cell(&cells[0], "half a sentence").await?;
    ann.wait("the edit to wait", "known.unsaved === '1'").await?;
    ann.wait("a way to keep it", "button('Export unsaved edits')").await?;

    ben.wait("the list to follow", "button('Undo')").await?;
    ben.click_button("Undo").await?;
    ann.wait_online().await?;
    ann.wait(
        "the word to go",
        &format!("!document.querySelector('[role=alert]') || !({told})"),
    )
    .await?;
    settle(&[ann]).await?;
    ben.open_plan(&stage.section(SECTION)).await?;
    settle(&[ann, ben]).await?;
    ben.wait_with(
        "the sentence",
        "words(cell(args)).startsWith('half a sentence')",
        json!(cells[0]),
    )
    .await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
