//! History and time travel: who wrote what, the plan as it was, and bringing back what stood.

use e2e::accessibility::check;
use e2e::page::Page;
use e2e::screens::{SCHEMES, SIZES, show};
use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::Stage;

const SECTION: &str = "opportunities";
const OLD: &str = "Crane control";
const NEW: &str = "Crane control, second quay";

/// The title of the first item: its cell.
async fn first_title(page: &Page<'_>) -> anyhow::Result<String> {
    Ok(page.cells(SECTION, "title").await?.remove(0))
}

/// Writes a title, then another, each saved before the next.
async fn rewrite(page: &Page<'_>, cell: &str) -> anyhow::Result<()> {
    for title in [OLD, NEW] {
        page.write(cell, title).await?;
        page.wait_cell(cell, title).await?;
        settle(&[*page]).await?;
    }
    Ok(())
}

/// Waits until the plan is shown as it is, or as it was.
async fn wait_past(page: &Page<'_>, is_past: bool) -> anyhow::Result<()> {
    let condition = "!!document.querySelector('.app.past .page .grid, .app:not(.past) .page .grid')\
                     && document.querySelector('.app').classList.contains('past') === args";
    page.wait_with("the moment", condition, json!(is_past)).await?;
    Ok(())
}

/// One change back, with the slider's own key.
async fn one_change_back(page: &Page<'_>) -> anyhow::Result<()> {
    page.click_button("Look at the plan as it was").await?;
    page.wait("the slider", "document.activeElement.matches('[role=slider]')")
        .await?;
    page.keys(Key::Left + "").await?;
    wait_past(page, true).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_cell_says_who_wrote_what_and_leads_there() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, colleague)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cell = first_title(&ben).await?;
    rewrite(&ben, &cell).await?;
    ann.wait_cell(&cell, NEW).await?;

    ann.select(&cell).await?;
    ann.chord(&[Key::Alt], 'h').await?;
    let bout = "[...document.querySelectorAll('.bout')].find((e) => text(e).includes(args[0]))";
    let line = format!("{bout}?.querySelector('.bout-line')");
    let told = format!(
        "{line} && text({line}.querySelector('ins')) === args[1] && document.querySelectorAll('.history-filter .chip').length"
    );
    ann.wait_with("who wrote what", &told, json!([colleague.name, NEW]))
        .await?;
    let others = "[...document.querySelectorAll('.bout-item > .link')].every((e) => text(e) === args)";
    assert_eq!(
        ann.eval_with(others, json!(NEW)).await?,
        json!(true),
        "another item's history"
    );

    // What the search does not find is not there; the link leads to the item.
    ann.eval("document.querySelector('input[type=search]').focus()").await?;
    ann.keys("no such words").await?;
    ann.wait("nothing found", "!document.querySelector('.bout')").await?;
    ann.click_button("Show all").await?;
    ann.wait("all of it", "document.querySelectorAll('.bout-item').length > 1")
        .await?;
    ann.click_button(NEW).await?;
    let drawer = "document.querySelector('.drawer') && location.search.includes(args)";
    let item = cell.split('/').nth(1).unwrap_or_default();
    ann.wait_with("the item", drawer, json!(item)).await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slider_shows_the_past_and_what_is_put_back_is_a_new_edit() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cell = first_title(&ann).await?;
    rewrite(&ann, &cell).await?;
    one_change_back(&ann).await?;
    ann.wait_cell(&cell, OLD).await?;
    ann.wait(
        "the moment in words",
        "/^As of /.test(text(document.querySelector('.times-said')))",
    )
    .await?;
    ann.wait("the moment in the address", "location.search.includes('at=')")
        .await?;

    // It is read only, and what others write meanwhile does not show.
    ann.select(&cell).await?;
    ann.keys("x").await?;
    ben.write(&cell, "Crane control, third quay").await?;
    settle(&[ann, ben]).await?;
    assert_eq!(ann.cell_text(&cell).await?, OLD);
    assert!(
        !ann.eval("!!document.querySelector('tbody input')")
            .await?
            .as_bool()
            .unwrap_or(true)
    );

    // The page loaded anew is at the same moment; the item says what became of it since, and goes back.
    ann.reload().await?;
    wait_past(&ann, true).await?;
    ann.wait_cell(&cell, OLD).await?;
    ann.select(&cell).await?;
    ann.keys(" ").await?;
    ann.click_button("Put back: Opportunity").await?;
    let asked = "text(document.querySelector('dialog[open]')).includes(args[0])\
                 && text(document.querySelector('dialog[open]')).includes(args[1])";
    ann.wait_with("old and new", asked, json!([OLD, "third quay"])).await?;
    ann.click_button("Put back").await?;
    ben.wait_cell(&cell, OLD).await?;
    ann.keys(Key::Escape + "").await?;
    ann.click_button("Back to now").await?;
    wait_past(&ann, false).await?;
    ann.wait_cell(&cell, OLD).await?;
    settle(&[ann, ben]).await?;

    // What stood between is in the history still.
    ben.select(&cell).await?;
    ben.chord(&[Key::Alt], 'h').await?;
    let kept = "text(document.querySelector('.history')).includes('third quay')";
    ben.wait("all of the history", kept).await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_between_two_moments_is_said_in_words() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    let cell = first_title(&page).await?;
    rewrite(&page, &cell).await?;
    one_change_back(&page).await?;
    page.click_button("What changed").await?;
    let said = "text(document.querySelector('.compared')).includes(args)";
    page.wait_with("the change in words", said, json!(NEW)).await?;
    for scheme in SCHEMES {
        show(&page, SIZES[0], scheme).await?;
        check(&page, &format!("the past, {scheme}")).await?;
    }
    // Escape at the slider is the way back.
    page.eval("document.querySelector('[role=slider]').focus()").await?;
    page.keys(Key::Escape + "").await?;
    wait_past(&page, false).await?;
    page.wait_cell(&cell, NEW).await?;
    page.open_plan(&stage.section("history")).await?;
    page.wait("the history", "document.querySelector('.bout')").await?;
    for scheme in SCHEMES {
        show(&page, SIZES[0], scheme).await?;
        check(&page, &format!("history, {scheme}")).await?;
    }
    browser.close().await?;
    stage.server.stop()
}

/// Opens an item with its note, and the note's paragraph for writing.
async fn open_note(stage: &Stage, page: &Page<'_>, item: &str) -> anyhow::Result<()> {
    page.open_plan(&format!("{}?item={item}", stage.section(SECTION)))
        .await?;
    let note = format!("{SECTION}/{item}/prose/risks");
    // The drawer may be drawn anew until all of it is here: the editor has the keyboard when it keeps it.
    let focus = "editor(args) && (editor(args).focus(), document.querySelector('.drawer .log div'))";
    page.wait_with("the note and all that is around it", focus, json!(note))
        .await?;
    page.focus_editor(&note).await
}

/// Presses a button of the open dialog.
async fn confirm(page: &Page<'_>, name: &str) -> anyhow::Result<()> {
    let button = "[...document.querySelectorAll('dialog[open] button')].find((e) => label(e) === args && !e.disabled)";
    page.wait_with("the dialog's button", button, json!(name)).await?;
    page.eval_with(&format!("{button}.click()"), json!(name)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_put_back_word_by_word_and_keeps_what_another_types_meanwhile() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let title = ann.cells(SECTION, "title").await?.pop().unwrap_or_default();
    let item = title.split('/').nth(1).unwrap_or_default().to_owned();
    open_note(&stage, &ben, &item).await?;
    // What he types becomes an edit after a pause: until it is one, she would begin a paragraph of her own.
    let empty = ben.eval("known.heads").await?;
    ben.keys("It takes three years.").await?;
    ben.wait_with("his edit", "known.heads !== args", empty).await?;
    settle(&[ben]).await?;
    open_note(&stage, &ann, &item).await?;
    let stands = "[...document.querySelectorAll('textarea')].some((e) => e.value === args)";
    ann.wait_with("all that he wrote", stands, json!("It takes three years."))
        .await?;
    ann.chord(&[Key::Control], Key::Home).await?;
    ann.keys("NEW: ").await?;
    ann.chord(&[Key::Control], Key::End).await?;
    ann.keys(" They say so.").await?;
    settle(&[ann, ben]).await?;
    open_note(&stage, &ben, &item).await?;

    // Ann has not answered yet when Ben writes into the middle.
    ann.eval("button('History').click()").await?;
    let newest = "text(document.querySelector('.bout-line')).includes('NEW:')";
    ann.wait("what she wrote", newest).await?;
    ann.eval("document.querySelector('.bout-line').querySelectorAll('.line-do button')[2].click()")
        .await?;
    let asked = "text(document.querySelector('dialog[open] .which')) && text(document.querySelector('dialog[open]'))";
    ann.wait("the question, with the item's name", asked).await?;
    let before = json!("NEW: It takes three years. They say so.");
    ben.wait_with("what she wrote, in his editor", stands, before).await?;
    ben.focus_editor(&format!("{SECTION}/{item}/prose/risks")).await?;
    ben.chord(&[Key::Control], Key::Home).await?;
    for _ in 0.."NEW: It".len() {
        ben.keys(Key::Right + "").await?;
    }
    ben.keys(" really").await?;
    settle(&[ann, ben]).await?;
    confirm(&ann, "Put back").await?;
    settle(&[ann, ben]).await?;
    ben.wait_with("all words", stands, json!("It really takes three years."))
        .await?;

    // What was put back is told, and so is what it took back; in the field's history as in the plan's.
    let lines = "[...document.querySelectorAll('.bout-line')].filter((e) => text(e).includes('NEW:')).length === 2";
    ann.wait("both in the item's history", lines).await?;
    ann.eval("document.querySelector('.bout-line').querySelector('.line-do button').click()")
        .await?;
    ann.wait(
        "both in the field's history",
        &format!("location.search.includes('field') && {lines}"),
    )
    .await?;
    ann.click_button("Show all").await?;
    ann.wait(
        "both in the plan's history",
        &format!("!location.search.includes('filter') && {lines}"),
    )
    .await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_that_has_not_come_is_said_over_the_plan_as_it_is() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    page.open_plan(&format!("{}?at=99999", stage.section(SECTION))).await?;
    page.wait(
        "why",
        "text(document.querySelector('.times [role=alert]')).includes('99999')",
    )
    .await?;
    wait_past(&page, false).await?;
    page.wait("the address of now", "!location.search.includes('at=')")
        .await?;
    browser.close_with(&["400"]).await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_said_where_an_item_has_no_title() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    let cell = first_title(&page).await?;
    page.select(&cell).await?;
    page.keys(Key::Delete + "").await?;
    settle(&[page]).await?;
    one_change_back(&page).await?;
    page.click_button("What changed").await?;
    let said =
        "document.querySelector('.compared .changed-fields') && !document.querySelector('.compared [role=alert]')";
    page.wait("the change in words", said).await?;
    browser.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_the_history_leads_to_its_item_as_it_was() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    let cell = first_title(&page).await?;
    let item = cell.split('/').nth(1).unwrap_or_default();
    page.write(&cell, OLD).await?;
    settle(&[page]).await?;
    let then = page.eval("known.seq").await?;
    let other = page.cells(SECTION, "title").await?.remove(1);
    page.write(&other, NEW).await?;
    settle(&[page]).await?;
    page.open_plan(&format!("{}?filter=item:{SECTION}/{item}", stage.section("history")))
        .await?;
    let line = "[...document.querySelectorAll('.bout-line')].find((e) => e.dataset.seq === args)";
    page.wait_with("the line", line, then.clone()).await?;
    let button =
        format!("[...({line}).querySelectorAll('button')].find((e) => label(e) === 'See the plan then').click()");
    page.eval_with(&button, then).await?;
    wait_past(&page, true).await?;
    page.wait_cell(&cell, OLD).await?;
    let place =
        "location.pathname.endsWith(args[0]) && location.search.includes(args[1]) && document.querySelector('.drawer')";
    page.wait_with("the item in its section", place, json!([SECTION, item]))
        .await?;
    let later = page.cell_text(&other).await?;
    assert_ne!(later, NEW, "what was written after it is shown");
    browser.close().await?;
    stage.server.stop()
}

/// Writes these values into a cell one after the other, through the API.
const WRITE_ALL: &str = "
    const [address, count, done] = arguments;
    (async () => {
        for (let n = 0; n < count; n += 1) {
            const answer = await fetch(address, {
                method: 'PUT', headers: {'content-type': 'application/json'}, body: JSON.stringify({value: `step ${n}`}),
            });
            if (!answer.ok) return answer.status;
        }
        return 200;
    })().then(done);";

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_more_than_one_line_however_often_a_cell_was_written_last() -> anyhow::Result<()> {
    /// More than the facts of one answer.
    const WRITTEN: usize = 230;
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    let item = first_title(&page)
        .await?
        .split('/')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let plan = &stage.plan;
    let address = format!("/api/v1/plans/{plan}/sections/{SECTION}/items/{item}/fields/next_step");
    let answer = page
        .driver()
        .execute_async(WRITE_ALL, vec![json!(address), json!(WRITTEN)])
        .await?;
    assert_eq!(answer.json(), &json!(200));
    page.open_plan(&stage.section("history")).await?;
    let all = format!(
        "text(document.querySelector('.bout-line')).includes('step {}')",
        WRITTEN - 1
    );
    page.wait("one line for all of it", &all).await?;
    page.wait(
        "what was before it",
        "document.querySelectorAll('.bout-line').length > 5",
    )
    .await?;
    browser.close().await?;
    stage.server.stop()
}
