//! Two people in one plan at the same time.

use anyhow::Context;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::Stage;

const SECTION: &str = "opportunities";

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_different_cells_reach_both_and_survive_a_reload() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cells = ann.cells(SECTION, "title").await?;

    let (one, other) = tokio::join!(
        ann.write(&cells[0], "Written by one"),
        ben.write(&cells[1], "Written by another")
    );
    one?;
    other?;
    settle(&[ann, ben]).await?;
    ben.reload().await?;
    for page in [ann, ben] {
        page.wait_cell(&cells[0], "Written by one").await?;
        page.wait_cell(&cells[1], "Written by another").await?;
    }
    settle(&[ann, ben]).await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_one_cell_end_with_one_of_them_for_both() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cell = ann.cells(SECTION, "next_step").await?.swap_remove(0);

    let (one, other) = tokio::join!(
        ann.write(&cell, "call the owner"),
        ben.write(&cell, "write to the owner")
    );
    one?;
    other?;
    settle(&[ann, ben]).await?;
    let text = ann.cell_text(&cell).await?;
    let value = ["call the owner", "write to the owner"]
        .into_iter()
        .find(|value| text.starts_with(value));
    let value = value.with_context(|| format!("the cell shows {text:?}"))?;
    ben.wait_cell(&cell, value).await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_both_stand_in_one_note() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let title = ann.cells(SECTION, "title").await?.swap_remove(0);
    let item = title.split('/').nth(1).expect("section/item/field").to_owned();
    let note = format!("{SECTION}/{item}/prose/strategy");
    let address = format!("{}?item={item}", stage.section(SECTION));

    ann.open_plan(&address).await?;
    ann.focus_editor(&note).await?;
    ann.keys("from the first ").await?;
    settle(&[ann, ben]).await?;

    ben.open_plan(&address).await?;
    ben.wait_with(
        "the first's words",
        "words(editor(args)).includes('from the first')",
        json!(note),
    )
    .await?;
    ben.focus_editor(&note).await?;
    let (one, other) = tokio::join!(ann.keys("more "), ben.keys("from the second "));
    one?;
    other?;
    settle(&[ann, ben]).await?;
    for page in [ann, ben] {
        for words in ["from the first", "more", "from the second"] {
            let condition = "words(editor(args[0])).includes(args[1])";
            page.wait_with("the words of both", condition, json!([note, words]))
                .await?;
        }
    }
    let texts = [
        ann.eval(&format!("words(editor('{note}'))")).await?,
        ben.eval(&format!("words(editor('{note}'))")).await?,
    ];
    assert_eq!(texts[0], texts[1]);
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sees_where_the_other_is() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, administrator), (second, colleague)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cells = ann.cells(SECTION, "title").await?;

    ann.select(&cells[1]).await?;
    ben.select(&cells[2]).await?;
    // The name is there on hover and for screen readers.
    let named = "[cell(args[0]), ...cell(args[0]).querySelectorAll('[title], [aria-label]')]\
                 .some((e) => `${e.title} ${e.getAttribute('aria-label')}`.includes(args[1]))";
    ben.wait_with("the other's frame", named, json!([cells[1], administrator.name]))
        .await?;
    ann.wait_with("the other's frame", named, json!([cells[2], colleague.name]))
        .await?;

    second.close().await?;
    ann.wait_with(
        "the frame to go",
        &format!("!({named})"),
        json!([cells[2], colleague.name]),
    )
    .await?;
    first.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_shows_its_own_text_and_says_what_the_other_wrote_meanwhile() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cell = ann.cells(SECTION, "next_step").await?.swap_remove(0);

    for page in [ann, ben] {
        page.select(&cell).await?;
        page.keys("typed").await?;
    }
    // Drawn: not only there.
    let mine = "(() => { const c = cell(args); const i = c.querySelector('input').getBoundingClientRect();\
                return c.querySelector('.draft') && [0.02, 0.5, 0.98].every((x) =>\
                document.elementFromPoint(i.x + i.width * x, i.y + i.height / 2)?.tagName === 'INPUT') })()";
    for page in [ann, ben] {
        page.wait_with("its own text on top", mine, json!(cell)).await?;
    }
    ben.keys(Key::Enter + "").await?;
    ann.wait_with(
        "what the other wrote",
        "text(cell(args)).includes('wrote typed meanwhile')",
        json!(cell),
    )
    .await?;
    ann.keys(Key::Escape + "").await?;
    settle(&[ann, ben]).await?;
    for page in [ann, ben] {
        page.wait_cell(&cell, "typed").await?;
    }
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
