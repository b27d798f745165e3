//! Texts in paragraphs: what others do to them while I write, and taking back what I wrote.

use e2e::page::Page;
use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::Stage;

const SECTION: &str = "opportunities";

/// The place of a note of the first item that has none yet in this field, and the address that opens the item.
async fn empty_note(stage: &Stage, page: &Page<'_>) -> anyhow::Result<(String, String)> {
    let title = page
        .cells(SECTION, "title")
        .await?
        .pop()
        .expect("the sample has opportunities");
    let item = title.split('/').nth(1).expect("section/item/field").to_owned();
    let address = format!("{}?item={item}", stage.section(SECTION));
    Ok((format!("{SECTION}/{item}/prose/risks"), address))
}

/// What the note says, paragraph by paragraph.
async fn wait_paragraphs(page: &Page<'_>, note: &str, texts: &[&str]) -> anyhow::Result<()> {
    let said = "[...document.querySelectorAll(`textarea[data-cell^=\"${args[0]}\"]`)].map((e) => e.value)";
    let condition = format!("JSON.stringify({said}) === JSON.stringify(args[1])");
    page.wait_with("the paragraphs", &condition, json!([note, texts]))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paragraph_that_another_deletes_while_i_write_in_it_keeps_my_words() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let (note, address) = empty_note(&stage, &ann).await?;
    ann.open_plan(&address).await?;
    ann.focus_editor(&note).await?;
    ann.keys("The quay is old.").await?;
    ann.chord(&[Key::Control], Key::Enter).await?;
    ann.keys("The cranes are new.").await?;
    settle(&[ann]).await?;
    ben.open_plan(&address).await?;
    wait_paragraphs(&ben, &note, &["The quay is old.", "The cranes are new."]).await?;

    // Ben empties the first and leaves it, which deletes it; Ann, in the same moment, types on in it.
    ben.focus_editor(&note).await?;
    ben.chord(&[Key::Control], 'a').await?;
    ann.focus_editor(&note).await?;
    ann.chord(&[Key::Control], Key::End).await?;
    let (typed, deleted) = tokio::join!(ann.keys(" They mean to renew it"), async {
        ben.keys(Key::Delete + "").await?;
        ben.keys(Key::Tab + "").await
    });
    typed?;
    deleted?;
    ann.keys(" in spring.").await?;
    settle(&[ann, ben]).await?;
    for page in [ann, ben] {
        let kept = "[...document.querySelectorAll(`textarea[data-cell^=\"${args}\"]`)].some((e) => /renew it in spring/.test(e.value))";
        page.wait_with("what was written", kept, json!(note)).await?;
    }
    ann.wait(
        "a focus that stays in the text",
        "document.activeElement.matches('textarea')",
    )
    .await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_in_a_note_takes_back_my_own_words_and_not_anothers() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let (note, address) = empty_note(&stage, &ann).await?;
    ann.open_plan(&address).await?;
    ann.focus_editor(&note).await?;
    ann.keys("Mine first.").await?;
    ben.open_plan(&address).await?;
    wait_paragraphs(&ben, &note, &["Mine first."]).await?;
    // What was written before is no part of what is taken back: a page knows its own steps only.
    ann.reload().await?;
    ben.focus_editor(&note).await?;
    ben.chord(&[Key::Control], Key::End).await?;
    ben.keys(" Theirs.").await?;
    wait_paragraphs(&ann, &note, &["Mine first. Theirs."]).await?;
    ann.focus_editor(&note).await?;

    ann.chord(&[Key::Control], Key::End).await?;
    ann.keys(" Mine last").await?;
    wait_paragraphs(&ann, &note, &["Mine first. Theirs. Mine last"]).await?;
    ann.chord(&[Key::Control], 'z').await?;
    wait_paragraphs(&ann, &note, &["Mine first. Theirs."]).await?;
    ann.chord(&[Key::Control, Key::Shift], 'z').await?;
    wait_paragraphs(&ann, &note, &["Mine first. Theirs. Mine last"]).await?;
    ann.chord(&[Key::Control], 'z').await?;
    settle(&[ann, ben]).await?;
    for page in [ann, ben] {
        wait_paragraphs(&page, &note, &["Mine first. Theirs."]).await?;
    }
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paragraph_that_is_taken_back_can_be_written_again() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    let (note, address) = empty_note(&stage, &page).await?;
    page.open_plan(&address).await?;
    page.focus_editor(&note).await?;
    page.keys("A wrong word").await?;
    settle(&[page]).await?;
    page.chord(&[Key::Control], 'z').await?;
    wait_paragraphs(&page, &note, &[""]).await?;
    page.wait("the focus to stay", "document.activeElement.matches('textarea')")
        .await?;
    page.keys("The right one").await?;
    page.wait("the edit", "known.unsaved === '0' && true").await?;
    page.keys(Key::Escape + "").await?;
    settle(&[page]).await?;
    page.reload().await?;
    page.wait("the drawer", "document.querySelector('aside')").await?;
    wait_paragraphs(&page, &note, &["The right one"]).await?;
    assert_eq!(
        page.eval("document.querySelectorAll('.prose').length > 0").await?,
        Value::Bool(true)
    );
    browser.close().await?;
    stage.server.stop()
}
