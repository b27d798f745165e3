//! Roles: what a page lets whom do, and what becomes of what is typed when a role is lost.

use e2e::browser::Browser;
use e2e::page::Page;
use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::{EXECUTIVE, Stage};

const SECTION: &str = "opportunities";
/// A seller of the sample plan.
const SELLER: &str = "jonas.okafor@example.com";
/// What a page of an observer says.
const WHY: &str = "Observer: you can read this plan";
/// What stands where an editor is open.
const EDITOR: &str = "document.activeElement.matches('input.edit-line')";

/// Asks the server for something that the person of the page may do.
pub(crate) async fn ask(page: &Page<'_>, method: &str, path: &str, body: Value) -> anyhow::Result<()> {
    let call = "fetch('/api/v1' + args[1], {method: args[0], headers: {'content-type': 'application/json'}, \
                body: JSON.stringify(args[2])}).then(answer => answer.status)";
    let status = page.eval_with(call, json!([method, path, body])).await?;
    let is_done = status.as_u64().is_some_and(|status| (200..300).contains(&status));
    anyhow::ensure!(is_done, "{method} {path} was answered with {status}");
    Ok(())
}

/// Who is signed in on a page.
async fn me(page: &Page<'_>) -> anyhow::Result<String> {
    let me = page.get_json("/api/v1/me").await?;
    Ok(me["id"].as_str().unwrap_or_default().to_owned())
}

/// Gives the person of `whom` a role in the sample plan.
pub(crate) async fn give(stage: &Stage, by: &Page<'_>, whom: &Page<'_>, role: &str) -> anyhow::Result<()> {
    let path = format!("/plans/{}/members/{}", stage.plan, me(whom).await?);
    ask(by, "PUT", &path, json!({ "role": role })).await?;
    whom.wait_with("the new role", "known.role === args", json!(role))
        .await?;
    Ok(())
}

/// What a cell holds, without the signs of who is at it.
async fn value(page: &Page<'_>, cell: &str) -> anyhow::Result<Value> {
    page.eval_with("text(cell(args).querySelector('.value'))", json!(cell))
        .await
}

/// Both of them, with the plan open.
async fn enter(stage: &Stage) -> anyhow::Result<(Browser, Browser)> {
    let first = stage.enter(EXECUTIVE, SECTION).await?;
    let second = stage.enter(SELLER, SECTION).await?;
    Ok((first, second))
}

/// The same, the seller with a role of their own.
async fn enter_as(stage: &Stage, role: &str) -> anyhow::Result<(Browser, Browser)> {
    let (first, second) = enter(stage).await?;
    give(stage, &first.page(), &second.page(), role).await?;
    Ok((first, second))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_reads_a_plan_and_opens_no_editor() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let (first, second) = enter_as(&stage, "observer").await?;
    let page = second.page();
    let cells = page.cells(SECTION, "next_step").await?;
    let before = page.cell_text(&cells[0]).await?;
    page.wait_with(
        "why",
        "text(document.querySelector('.head')).includes(args)",
        json!(WHY),
    )
    .await?;
    page.wait("no button that makes a row", "!button('New N')").await?;
    page.select(&cells[0]).await?;
    let closed = async |what: &str| {
        let is_open = page.eval(EDITOR).await?;
        anyhow::ensure!(is_open == json!(false), "{what} opened an editor");
        Ok(())
    };
    for (what, keys) in [
        ("Enter", Key::Enter + ""),
        ("typing", "words".into()),
        ("Delete", Key::Delete + ""),
    ] {
        page.keys(keys).await?;
        closed(what).await?;
    }
    page.chord(&[Key::Alt], 'n').await?;
    closed("Alt+N").await?;
    page.wait_with(
        "the reason in a message",
        "document.querySelector('.toasts').innerText.includes(args)",
        json!(WHY),
    )
    .await?;
    page.wait("nothing to save", "known.unsaved === '0'").await?;
    anyhow::ensure!(page.cell_text(&cells[0]).await? == before, "the cell has changed");
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_demoted_while_typing_is_told_and_keeps_the_text_and_nothing_is_saved() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let (first, second) = enter_as(&stage, "seller").await?;
    let (ann, ben) = (first.page(), second.page());
    let cells = ben.cells(SECTION, "next_step").await?;
    let before = value(&ann, &cells[0]).await?;
    ben.allow_clipboard().await?;
    ben.select(&cells[0]).await?;
    ben.keys("half a sentence").await?;

    give(&stage, &ann, &ben, "observer").await?;
    ben.wait_with(
        "word of it",
        "text(document.querySelector('.refusal')).includes(args)",
        json!(WHY),
    )
    .await?;
    let kept = "words(document.activeElement) === 'half a sentence'";
    ben.wait("the text, still in its editor", kept).await?;
    ben.keys(Key::Enter + "").await?;
    ben.wait("the editor to stay", kept).await?;
    ben.click_button("Copy").await?;
    ben.wait("word of the copy", "document.body.innerText.includes('Copied')")
        .await?;
    assert_eq!(ben.clipboard().await?, "half a sentence");

    settle(&[ann, ben]).await?;
    assert_eq!(value(&ann, &cells[0]).await?, before);
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_shut_out_while_typing_sees_no_plan_any_more_and_finds_the_text() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let (first, second) = enter_as(&stage, "seller").await?;
    let (ann, ben) = (first.page(), second.page());
    let cells = ben.cells(SECTION, "next_step").await?;
    ben.select(&cells[0]).await?;
    ben.keys("half a sentence").await?;

    let plan = &stage.plan;
    ask(&ann, "PUT", &format!("/plans/{plan}/everyone"), json!({ "role": null })).await?;
    let member = format!("/plans/{plan}/members/{}", me(&ben).await?);
    ask(&ann, "DELETE", &member, json!({})).await?;
    let told = "text(document.querySelector('[role=alertdialog]')).includes(args)";
    for words in ["You have no part in this plan any more", "half a sentence"] {
        ben.wait_with("word of it, and the text", told, json!(words)).await?;
    }
    ben.wait("no list any more", "!document.querySelector('[role=grid]')")
        .await?;
    ben.wait_focus("You have no part in this plan any more").await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deactivated_while_typing_is_not_told_that_all_is_saved() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let first = stage.enter(ADMINISTRATOR, SECTION).await?;
    let second = stage.enter(SELLER, SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let saved = "text(document.querySelector('.saved'))";
    assert_eq!(ben.eval(saved).await?, json!("All edits saved"));
    let cells = ben.cells(SECTION, "next_step").await?;
    ben.select(&cells[0]).await?;
    ben.keys("half a sentence").await?;

    let path = format!("/administration/people/{}", me(&ben).await?);
    ask(&ann, "PATCH", &path, json!({ "active": false })).await?;
    // Whichever comes first: that their part is over, or that they are signed out.
    let told = "/You have no part in this plan any more|You are signed out/.test(document.body.innerText)";
    ben.wait("word of it", told).await?;
    let says = format!("/^Not connected, 1 (edit|text) not saved$/.test({saved})");
    ben.wait("what of it is not saved", &says).await?;
    first.close().await?;
    second.close_with(&["401"]).await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_accepts_and_is_in() -> anyhow::Result<()> {
    const NAME: &str = "Halden Energy";
    let stage = Stage::set()?;
    let (first, second) = enter(&stage).await?;
    let (ann, ben) = (first.page(), second.page());
    ann.go(&stage.server.url("/")).await?;
    ann.click_button("New plan").await?;
    ann.wait("the name's field", "document.activeElement.id === 'plan-name'")
        .await?;
    ann.keys(format!("{NAME}{}", Key::Enter + "")).await?;
    ann.wait("the new plan", "yes(known.ready)").await?;
    let plan = ann.eval("location.pathname.split('/')[2]").await?;
    let team = stage
        .server
        .url(&format!("/plans/{}/team", plan.as_str().unwrap_or_default()));
    ann.open_plan(&team).await?;
    ann.wait("the button", "button('Invite')").await?;
    ann.click_button("Invite").await?;
    ann.wait("the form", "document.activeElement.id === 'invite-email'")
        .await?;
    ann.keys(format!("{SELLER}{}", Key::Enter + "")).await?;
    ann.wait(
        "the invitation in the list",
        "document.body.innerText.includes('no reply yet')",
    )
    .await?;

    ben.go(&stage.server.url("/")).await?;
    ben.wait_with("the invitation", "button(args)", json!(format!("Accept {NAME}")))
        .await?;
    ben.click_button(&format!("Accept {NAME}")).await?;
    ben.wait_with(
        "the plan in the list",
        "[...document.querySelectorAll('.plans a')].some(link => text(link) === args)",
        json!(NAME),
    )
    .await?;
    // The page that has invited follows, with nobody's hand at it.
    let answered = "!document.body.innerText.includes('no reply yet') && document.querySelectorAll('.members tbody tr').length === 2";
    ann.wait("the answer", answered).await?;
    ben.open_plan(&team).await?;
    ben.wait("my role", "known.role === 'seller'").await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
