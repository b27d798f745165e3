//! The action tracker: what is open, due, overdue and done, and whose it is.

use anyhow::Context;
use e2e::browser::Browser;
use e2e::page::Page;
use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::{Person, Stage};

/// How many actions a segment says it has.
async fn count(page: &Page<'_>, segment: &str) -> anyhow::Result<u64> {
    let number = "Number(label(button(args)).split(' ').at(-1)) + 1"; // so that none is true, too
    let number = page.wait_with("a segment", number, json!(segment)).await?;
    Ok(number.as_u64().context("a count is a number")? - 1)
}

async fn wait_count(page: &Page<'_>, segment: &str, count: u64) -> anyhow::Result<()> {
    page.wait_with(
        "the count",
        "label(button(args[0])) === `${args[0]} ${args[1]}`",
        json!([segment, count]),
    )
    .await?;
    Ok(())
}

/// Waits until an action stands under a person's name with these words.
async fn wait_under(page: &Page<'_>, person: &Person, words: &str) -> anyhow::Result<()> {
    let row = "[...document.querySelectorAll('section')].some((section) => text(section.querySelector('h2'))\
               .includes(args[0]) && text(section).includes(args[1]))";
    page.wait_with("the action under its owner", row, json!([person.name, words]))
        .await?;
    Ok(())
}

/// Adds an action that is long overdue, in the list of actions.
async fn add_overdue(page: &Page<'_>, title: &str, owner: &Person) -> anyhow::Result<()> {
    page.select(&page.cells("actions", "title").await?[0]).await?;
    page.keys("n").await?;
    page.wait("the new row's editor", "document.activeElement.matches('tbody input')")
        .await?;
    for words in [title, &owner.name, "2024-01-31"] {
        page.keys(words).await?;
        page.keys(Key::Tab + "").await?;
    }
    settle(&[*page]).await
}

/// Ticks an action off, with what came of it.
async fn finish(page: &Page<'_>, title: &str, result: &str) -> anyhow::Result<()> {
    let tick = format!("document.querySelector('input[type=checkbox][aria-label=\"Done: {title}\"]')");
    page.wait("the box", &tick).await?;
    page.eval(&format!("{tick}.click()")).await?;
    page.wait("the question", "document.activeElement.matches('.finish input')")
        .await?;
    page.keys(result).await?;
    page.keys(Key::Enter + "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_is_done_with_its_result_and_the_tracker_follows_others() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, administrator), (second, colleague)) = stage.enter_two("actions").await?;
    let (ann, ben) = (first.page(), second.page());
    ann.open_plan(&stage.section("tracker")).await?;
    let told = "/^All [1-9]/.test(label(button('All')))";
    ann.wait("the report", told).await?;
    let mut counts = Vec::new();
    for segment in ["All", "Open", "Due", "Overdue", "Done"] {
        counts.push(count(&ann, segment).await?);
    }
    let [all, open, due, overdue, done] = counts[..] else {
        unreachable!("five segments")
    };
    assert!(all >= open + done && open >= due + overdue, "{counts:?}");
    assert!(due > 0 && overdue > 0 && done > 0, "{counts:?}");

    // A colleague adds an action of mine that is overdue: it comes by itself, under my name.
    add_overdue(&ben, "Send the minutes", &administrator).await?;
    wait_count(&ann, "Overdue", overdue + 1).await?;
    wait_count(&ann, "All", all + 1).await?;
    ann.click_button("Overdue").await?;
    wait_under(&ann, &administrator, "Send the minutes").await?;

    finish(&ann, "Send the minutes", "sent to all, two questions open").await?;
    wait_count(&ann, "Done", done + 1).await?;
    wait_count(&ann, "Overdue", overdue).await?;
    ann.wait("a focus that goes on", "focused() !== 'BODY'").await?;
    ann.click_button("Done").await?;
    wait_under(&ann, &administrator, "two questions open").await?;
    settle(&[ann, ben]).await?;

    // By owner: what a colleague takes over goes to their group.
    let title =
        "[...document.querySelectorAll('[data-cell$=\"/title\"]')].find((e) => words(e) === args)?.dataset.cell";
    let title = ben
        .wait_with("the action in the list", title, json!("Send the minutes"))
        .await?;
    let owner = title.as_str().unwrap_or_default().replace("/title", "/owner");
    ben.write(&owner, &colleague.name).await?;
    wait_under(&ann, &colleague, "two questions open").await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

/// Holds the report back until `window.letCome` is called.
const HELD: &str = "
    const fetched = window.fetch.bind(window);
    window.fetch = (asked) => {
        const answer = fetched(asked);
        if (!String(asked.url || asked).includes('/reports/actions')) return answer;
        return new Promise((come) => { window.letCome = () => come(answer); });
    };";

#[tokio::test(flavor = "multi_thread")]
async fn a_tracker_that_waits_for_its_report_says_so_and_no_number() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = Browser::open(&stage.driver).await?;
    let page = browser.sign_in(&stage.server, ADMINISTRATOR).await?;
    browser.before_pages(HELD).await?;
    page.open_plan(&stage.section("tracker")).await?;
    page.wait("the report is asked for", "!!window.letCome").await?;
    page.wait(
        "that it comes",
        "text(document.querySelector('#page [role=status]')) === 'On its way'",
    )
    .await?;
    let words = "[...document.querySelectorAll('.seg[aria-label=\"Which actions\"] button')].map(text)";
    assert_eq!(
        page.eval(words).await?,
        json!(["All", "Open", "Due", "Overdue", "Done"])
    );
    page.eval("button('Open').focus()").await?;

    page.eval("window.letCome()").await?;
    page.wait("the report", "/^All [1-9]/.test(label(button('All')))")
        .await?;
    let waits = page.eval("!!document.querySelector('#page .skeleton')").await?;
    assert_eq!(waits, json!(false));
    page.wait("the keyboard, where it was", "focused().startsWith('Open ')")
        .await?;
    browser.close().await?;
    stage.server.stop()
}
