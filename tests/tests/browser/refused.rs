//! Edits that the server refuses.

use anyhow::Context;
use e2e::page::Page;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::Stage;

const SECTION: &str = "opportunities";

/// What the server says to an edit with a mark that is another person's.
const REASON: &str = "another person's mark";

/// A browser that was set up as a copy of another's: what it is known by in a plan is the other person's.
async fn copy_mark(from: &Page<'_>, to: &Page<'_>) -> anyhow::Result<()> {
    let mark = "Object.entries(localStorage).find(([key]) => key.startsWith('interlock.actor.'))";
    let foreign = from.eval(&format!("{mark}[1]")).await?;
    let foreign = foreign.as_str().context("the first browser keeps no mark")?;
    to.eval(&format!("localStorage.setItem({mark}[0], {})", json!(foreign)))
        .await?;
    to.reload().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_edit_shows_its_reason_and_can_be_copied_and_tried_again() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cells = ann.cells(SECTION, "next_step").await?;
    ann.write(&cells[0], "the first's own").await?;
    settle(&[ann]).await?;
    copy_mark(&ann, &ben).await?;
    ben.allow_clipboard().await?;

    ben.write(&cells[1], "call the yard manager").await?;
    ben.wait("the refusal in the bar", "button('1 edit refused')").await?;
    ben.select(&cells[1]).await?;
    let at_cell = "text(cell(args[0])).includes(args[1]) && text(cell(args[0])).includes('call the yard manager')";
    ben.wait_with("the reason at the cell", at_cell, json!([cells[1], REASON]))
        .await?;
    ann.wait_with(
        "nothing of it elsewhere",
        "!text(cell(args)).includes('yard manager')",
        json!(cells[1]),
    )
    .await?;

    ben.click_button("1 edit refused").await?;
    let in_list = "text(document.querySelector('dialog[open]')).includes(args)";
    for words in [REASON, "call the yard manager", "Next step"] {
        ben.wait_with("the refused edit in the list", in_list, json!(words))
            .await?;
    }
    ben.click_button("Copy").await?;
    ben.wait("word of the copy", "document.body.innerText.includes('Copied')")
        .await?;
    assert_eq!(ben.clipboard().await?, "call the yard manager");
    ben.click_button("Try again").await?;
    ben.wait("nothing refused any more", "!button('1 edit refused')")
        .await?;
    ben.keys(Key::Escape + "").await?;

    settle(&[ann, ben]).await?;
    for page in [ann, ben] {
        page.wait_cell(&cells[1], "call the yard manager").await?;
    }
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
