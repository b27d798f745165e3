//! What a person does with a page, and waiting for what it shows.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::WAIT_LIMIT;

/// Waits in the page until an expression holds: looked at after each change of the document, and once a frame besides,
/// because the value of an input is not part of the document.
const WAIT: &str = r"
    const [args, done] = [arguments[0], arguments[arguments.length - 1]];
    const holds = () => { try { return CONDITION; } catch { return null; } };
    let ended = false;
    const look = () => {
        if (ended) return;
        const value = holds();
        if (value) { ended = true; observer.disconnect(); done(value); }
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
    const frame = () => { look(); if (!ended) requestAnimationFrame(frame); };
    frame();
";

/// Helpers that every condition may use: elements by role and label, as a screen reader would find them.
const HELPERS: &str = r#"
    const label = (e) => (e.getAttribute("aria-label")
        || (e.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean)
            .map((id) => document.getElementById(id)?.textContent || "").join(" ")
        || [...(e.labels || [])].map((l) => l.textContent).join(" ")
        || e.textContent || e.getAttribute("title") || "").trim();
    const shown = (e) => e.checkVisibility({ visibilityProperty: true });
    const buttons = () => [...document.querySelectorAll("button, [role=button]")].filter(shown);
    const button = (name) => buttons().find((e) => label(e) === name) || buttons().find((e) => label(e).startsWith(name));
    const cell = (path) => document.querySelector(`[role=gridcell][data-cell="${path}"]`);
    const editor = (prefix) => [...document.querySelectorAll("textarea, [role=textbox], [contenteditable=true]")]
        .filter(shown).find((e) => (e.dataset.cell || "").startsWith(prefix));
    const words = (e) => (e.value !== undefined ? e.value : e.textContent).trim();
    const text = (e) => (e?.innerText || "").replace(/\s+/g, " ").trim();
    const focused = () => {
        const active = document.activeElement;
        return !active || active === document.body ? "BODY" : active.dataset.cell || label(active);
    };
    const yes = (attribute) => attribute !== undefined && attribute !== "false";
    const known = document.documentElement.dataset;
"#;

/// How often a wait starts again because the page was replaced under it.
const RELOADS_MAX: usize = 5;
/// How often an editor is clicked that is drawn anew under the pointer.
const CLICKS_MAX: usize = 5;

/// The page in a browser.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    driver: &'a WebDriver,
}

impl<'a> Page<'a> {
    pub(crate) fn new(driver: &'a WebDriver) -> Self {
        Self { driver }
    }

    /// The session itself, for what is not here.
    pub fn driver(&self) -> &WebDriver {
        self.driver
    }

    /// Opens an address.
    pub async fn go(&self, url: &str) -> anyhow::Result<()> {
        self.driver
            .goto(url)
            .await
            .with_context(|| format!("cannot open {url}"))
    }

    /// Opens a plan's page and waits until its document is shown and the server is connected.
    pub async fn open_plan(&self, url: &str) -> anyhow::Result<()> {
        self.go(url).await?;
        self.wait_online().await
    }

    /// Loads the page again and waits until it is as ready as before.
    pub async fn reload(&self) -> anyhow::Result<()> {
        self.driver.refresh().await?;
        self.wait_online().await
    }

    /// Waits until the plan is shown and the server is connected.
    pub async fn wait_online(&self) -> anyhow::Result<()> {
        self.wait("the plan, online", "yes(known.ready) && yes(known.online)")
            .await?;
        Ok(())
    }

    /// Waits until the page knows that its server is away.
    pub async fn wait_offline(&self) -> anyhow::Result<()> {
        self.wait("being offline", "!yes(known.online)").await?;
        Ok(())
    }

    /// Waits until a JavaScript expression is true; its value is the answer.
    pub async fn wait(&self, what: &str, condition: &str) -> anyhow::Result<Value> {
        self.wait_with(what, condition, Value::Null).await
    }

    /// As [`Page::wait`]; the expression sees `args`.
    pub async fn wait_with(&self, what: &str, condition: &str, args: Value) -> anyhow::Result<Value> {
        let script = format!("{HELPERS}{}", WAIT.replace("CONDITION", condition));
        for _ in 0..RELOADS_MAX {
            match self.driver.execute_async(script.as_str(), vec![args.clone()]).await {
                Ok(answer) => return Ok(answer.json().clone()),
                Err(error) if error.to_string().contains("document unloaded") => {}
                Err(error) => {
                    let page = self.describe().await;
                    let error = error.to_string(); // its first line says what; the rest is chromedriver's own stack
                    let error = error.lines().next().unwrap_or_default();
                    bail!("waited {WAIT_LIMIT:?} for {what}: {condition} with {args}\n{error}\nthe page: {page}");
                }
            }
        }
        bail!("the page was replaced {RELOADS_MAX} times while waiting for {what}")
    }

    /// The value of a JavaScript expression, now.
    pub async fn eval(&self, expression: &str) -> anyhow::Result<Value> {
        let script = format!("{HELPERS} return {expression};");
        let answer = self
            .driver
            .execute(script, Vec::new())
            .await
            .with_context(|| expression.to_owned())?;
        Ok(answer.json().clone())
    }

    /// As [`Page::eval`]; the expression sees `args`.
    pub async fn eval_with(&self, expression: &str, args: Value) -> anyhow::Result<Value> {
        let script = format!("{HELPERS} const args = arguments[0]; return {expression};");
        let answer = self
            .driver
            .execute(script, vec![args])
            .await
            .with_context(|| expression.to_owned())?;
        Ok(answer.json().clone())
    }

    /// GETs a path of the API as the person who is signed in.
    pub async fn get_json(&self, path: &str) -> anyhow::Result<Value> {
        let script = "fetch(arguments[0]).then((r) => r.json()).then(arguments[1], (e) => arguments[1](String(e)))";
        let answer = self.driver.execute_async(script, vec![json!(path)]).await?;
        Ok(answer.json().clone())
    }

    /// Waits for the button with this label and presses it.
    pub async fn click_button(&self, name: &str) -> anyhow::Result<()> {
        self.wait_with(&format!("the button {name:?}"), "button(args)", json!(name))
            .await?;
        let script = format!("{HELPERS} return button(arguments[0]);");
        let element = self.driver.execute(script, vec![json!(name)]).await?.element()?;
        element.click().await.with_context(|| format!("cannot press {name:?}"))
    }

    /// The paths of all cells of a section's column that the page shows, from top to bottom.
    pub async fn cells(&self, section: &str, field: &str) -> anyhow::Result<Vec<String>> {
        let cells = format!(
            "[...document.querySelectorAll('[role=gridcell][data-cell^=\"{section}/\"][data-cell$=\"/{field}\"]')]\
             .map((e) => e.dataset.cell)"
        );
        let cells = self.wait("cells", &format!("{cells}.length && {cells}")).await?;
        serde_json::from_value(cells).context("paths of cells are texts")
    }

    /// Goes to a cell by the mouse.
    pub async fn select(&self, cell: &str) -> anyhow::Result<()> {
        self.wait_with("the cell", "cell(args)", json!(cell)).await?;
        let script = format!("{HELPERS} return cell(arguments[0]);");
        let element = self.driver.execute(script, vec![json!(cell)]).await?.element()?;
        element.scroll_into_view().await?;
        element.click().await.with_context(|| format!("cannot click on {cell}"))
    }

    /// Goes to a cell and types over what it holds; Enter keeps it.
    pub async fn write(&self, cell: &str, text: &str) -> anyhow::Result<()> {
        self.select(cell).await?;
        self.keys(text).await?;
        self.keys(Key::Enter + "").await
    }

    /// Types into whatever has the focus.
    pub async fn keys(&self, keys: impl Into<TypingData>) -> anyhow::Result<()> {
        self.driver
            .action_chain()
            .send_keys(keys.into())
            .perform()
            .await
            .context("cannot type")
    }

    /// Waits until a cell shows a value: its words begin with it, who else is there may follow.
    pub async fn wait_cell(&self, cell: &str, value: &str) -> anyhow::Result<()> {
        self.wait_with(
            "a cell's value",
            "words(cell(args[0])).startsWith(args[1])",
            json!([cell, value]),
        )
        .await?;
        Ok(())
    }

    /// What a cell shows now.
    pub async fn cell_text(&self, cell: &str) -> anyhow::Result<String> {
        let text = self.eval(&format!("words(cell({}))", json!(cell))).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// The place of a text with the focus in the editor whose cell begins with this path.
    pub async fn focus_editor(&self, prefix: &str) -> anyhow::Result<()> {
        let mut last = self.click_editor(prefix).await;
        // The page may draw it anew between finding and clicking it.
        for _ in 1..CLICKS_MAX {
            if last.is_ok() {
                break;
            }
            last = self.click_editor(prefix).await;
        }
        last.with_context(|| format!("cannot click into {prefix}"))
    }

    async fn click_editor(&self, prefix: &str) -> anyhow::Result<()> {
        self.wait_with("the editor", "editor(args)", json!(prefix)).await?;
        let script = format!("{HELPERS} return editor(arguments[0]);");
        let element = self.driver.execute(script, vec![json!(prefix)]).await?.element()?;
        element.scroll_into_view().await?;
        element.click().await?;
        // What comes above it while the pointer is on its way moves it, and the click is its neighbour's.
        let focused = self
            .eval_with("document.activeElement === editor(args)", json!(prefix))
            .await?;
        if focused != json!(true) {
            bail!("the click went past it");
        }
        Ok(())
    }

    /// What to show when a wait has failed: what the page knows, its log's end, and its words.
    async fn describe(&self) -> String {
        let known = self
            .eval(
                "`${location.pathname} ${JSON.stringify(known)}\\n\
                 ${JSON.stringify([...document.querySelectorAll('textarea')].map((e) => e.value))}\\n\
                 ${document.body?.innerText}`",
            )
            .await;
        let log = self.driver.browser_log().await.unwrap_or_default();
        let log: Vec<String> = log.into_iter().map(|entry| entry.message).collect();
        format!(
            "{}\nbrowser log: {log:?}",
            known.ok().as_ref().and_then(Value::as_str).unwrap_or("no answer")
        )
    }
}
