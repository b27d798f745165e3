//! What may not be read any more goes from pages that are open on a past, on a comparison or on a history, and nobody has
//! to load them anew.

use e2e::browser::Browser;
use e2e::page::Page;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::WindowHandle;

use crate::roles::{ask, give};
use crate::{EXECUTIVE, Stage};

const SECTION: &str = "people";
/// A seller of the sample plan.
const SELLER: &str = "jonas.okafor@example.com";
/// What the contact is called, and what is noted of them: words that stand nowhere else.
const NAME: &str = "Zacharias Erasable";
const POSITION: &str = "Keeper of the quays";
const POSITION_NOW: &str = "Retired since";

/// A seller who reads about a contact in two tabs, and the client executive.
struct Scene {
    executive: Browser,
    seller: Browser,
    /// The name's cell of the contact.
    cell: String,
    item: String,
    /// The plan as it was, and what changed since.
    past: WindowHandle,
    /// The contact's history, and the question whether to put something of it back.
    history: WindowHandle,
}

/// From now on each answer that is the plan as it was is held back until `window.letCome` is called; what it says it says
/// as of when it was asked for.
const HELD: &str = "(() => {
        const fetched = window.fetch.bind(window);
        window.fetch = (asked) => {
            const answer = fetched(asked).then(async (answer) => new Response(await answer.text(), answer));
            if (!String(asked.url || asked).includes('/as-of')) return answer;
            return new Promise((come) => answer.then(() => { window.letCome = () => come(answer); }));
        };
    })()";

/// Whether any of the contact's words is on the page.
const SAYS_SOMETHING: &str = "args.some((words) => document.body.innerText.includes(words))";

impl Scene {
    async fn set(stage: &Stage) -> anyhow::Result<Self> {
        let executive = stage.enter(EXECUTIVE, SECTION).await?;
        let ann = executive.page();
        let cell = ann.cells(SECTION, "title").await?.remove(2);
        let item = cell.split('/').nth(1).unwrap_or_default().to_owned();
        let position = cell.replace("/title", "/position");
        ann.write(&cell, NAME).await?;
        ann.write(&position, POSITION).await?;
        settle(&[ann]).await?;
        let then = ann.eval("Number(known.seq)").await?;
        ann.write(&position, POSITION_NOW).await?;
        settle(&[ann]).await?;

        let seller = stage.enter(SELLER, SECTION).await?;
        let ben = seller.page();
        let past = ben.driver().window().await?;
        ben.open_plan(&format!("{}?at={then}", stage.section(SECTION))).await?;
        ben.wait_cell(&cell, NAME).await?;
        ben.click_button("What changed").await?;
        let told = "args.every((words) => text(document.querySelector('.compared')).includes(words))";
        ben.wait_with("the change", told, json!([NAME, POSITION, POSITION_NOW]))
            .await?;
        stay(&ben).await?;
        ben.eval(HELD).await?;

        let history = ben.driver().new_tab().await?;
        ben.driver().switch_to_window(history.clone()).await?;
        let all = format!("{}?filter=item:{SECTION}/{item}", stage.section("history"));
        ben.open_plan(&all).await?;
        let told = "text(document.querySelector('.history')).includes(args)";
        ben.wait_with("the history", told, json!(POSITION_NOW)).await?;
        ben.eval("[...document.querySelectorAll('.line-do button')].find((e) => label(e) === 'Put back').click()")
            .await?;
        let asked = "text(document.querySelector('dialog[open]')).includes(args)";
        ben.wait_with("the question", asked, json!(POSITION_NOW)).await?;
        stay(&ben).await?;
        Ok(Self {
            executive,
            seller,
            cell,
            item,
            past,
            history,
        })
    }

    /// Waits until neither tab says anything of the contact, and the plan as it was says `instead`.
    async fn is_over(&self, instead: &str) -> anyhow::Result<()> {
        let ben = self.seller.page();
        for tab in [&self.history, &self.past] {
            ben.driver().switch_to_window(tab.clone()).await?;
            let gone = format!("!({SAYS_SOMETHING}) && window.stayed");
            ben.wait_with("no word of it", &gone, json!([NAME, POSITION, POSITION_NOW]))
                .await?;
        }
        // It went before anything else was there to be shown.
        ben.wait("the past is asked for", "!!window.letCome").await?;
        ben.eval("window.letCome()").await?;
        ben.wait("the past still", "document.querySelector('.app.past .grid')")
            .await?;
        ben.wait_cell(&self.cell, instead).await?;
        ben.wait("what changed, asked anew", "document.querySelector('.compared ul')")
            .await?;
        let says = ben
            .eval_with(SAYS_SOMETHING, json!([NAME, POSITION, POSITION_NOW]))
            .await?;
        assert_eq!(says, json!(false), "it came back");
        Ok(())
    }

    async fn end(self, stage: Stage) -> anyhow::Result<()> {
        self.executive.close().await?;
        self.seller.close().await?;
        stage.server.stop()
    }
}

/// Marks the page, to be seen that it was not loaded anew.
async fn stay(page: &Page<'_>) -> anyhow::Result<()> {
    page.eval("window.stayed = true").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_contact_goes_from_a_past_a_comparison_and_a_history_that_are_open() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let scene = Scene::set(&stage).await?;
    let path = format!("/plans/{}/contacts/{}/erase", stage.plan, scene.item);
    ask(&scene.executive.page(), "POST", &path, json!({ "part": "contact" })).await?;
    scene.is_over("erased").await?;
    scene.end(stage).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_becomes_an_observer_keeps_no_contact_in_a_past_a_comparison_or_a_history() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let scene = Scene::set(&stage).await?;
    give(&stage, &scene.executive.page(), &scene.seller.page(), "observer").await?;
    scene.is_over("withheld").await?;
    scene.end(stage).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_asked_for_before_an_erasure_is_not_shown_after_it() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let scene = Scene::set(&stage).await?;
    let ben = scene.seller.page();
    ben.driver().switch_to_window(scene.past.clone()).await?;
    ben.click_button("One change earlier").await?;
    ben.wait("the answer is under way", "!!window.letCome").await?;
    let path = format!("/plans/{}/contacts/{}/erase", stage.plan, scene.item);
    ask(&scene.executive.page(), "POST", &path, json!({ "part": "contact" })).await?;
    let gone = format!("!({SAYS_SOMETHING})");
    let words = json!([NAME, POSITION, POSITION_NOW]);
    ben.wait_with("no word of it", &gone, words.clone()).await?;

    ben.eval("[window.letCome(), delete window.letCome]").await?;
    ben.wait("it is asked for again", "!!window.letCome").await?;
    assert_eq!(
        ben.eval_with(SAYS_SOMETHING, words).await?,
        json!(false),
        "it came back"
    );
    ben.eval("window.letCome()").await?;
    ben.wait_cell(&scene.cell, "erased").await?;
    scene.end(stage).await
}
