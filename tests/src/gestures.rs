//! Keys held together, the mouse that drags, the clipboard: what a person's hands do besides clicking and typing.

use anyhow::Context;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::page::Page;

/// Most presses of Tab on the way to something: more than a page has places.
const TABS_MAX: usize = 150;

impl Page<'_> {
    /// Presses a key while others are held.
    pub async fn chord(&self, held: &[Key], key: impl Into<char>) -> anyhow::Result<()> {
        let key = key.into();
        let mut chain = self.driver().action_chain();
        for held in held {
            chain = chain.key_down(held.clone());
        }
        chain = chain.key_down(key).key_up(key);
        for held in held.iter().rev() {
            chain = chain.key_up(held.clone());
        }
        chain
            .perform()
            .await
            .with_context(|| format!("cannot press {key:?} with {held:?}"))
    }

    /// Presses Tab until the focus is where the condition says.
    pub async fn tab_to(&self, what: &str, condition: &str, args: Value) -> anyhow::Result<()> {
        for _ in 0..TABS_MAX {
            if self.eval_with(condition, args.clone()).await? == Value::Bool(true) {
                return Ok(());
            }
            self.keys(Key::Tab + "").await?;
        }
        let focus = self.focus_label().await?;
        anyhow::bail!("{TABS_MAX} times Tab did not lead to {what}; the focus is on {focus:?}")
    }

    /// What has the focus: its place in the plan, or its label; `BODY` where nothing has.
    pub async fn focus_label(&self) -> anyhow::Result<String> {
        let label = self.eval("focused()").await?;
        Ok(label.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the focus is on a cell, or on what is labelled so.
    pub async fn wait_focus(&self, label: &str) -> anyhow::Result<()> {
        let held = self.wait_with("the focus", "focused() === args", json!(label)).await;
        let now = self.focus_label().await?;
        held.with_context(|| format!("the focus is on {now:?}"))?;
        Ok(())
    }

    /// Drags what a selector finds by so many pixels to the right.
    pub async fn drag_right(&self, selector: &str, by: i64) -> anyhow::Result<()> {
        let element = self.driver().find(By::Css(selector)).await?;
        let chain = self.driver().action_chain();
        chain
            .drag_and_drop_element_by_offset(&element, by, 0)
            .perform()
            .await
            .with_context(|| format!("cannot drag {selector}"))
    }

    /// Lets the page read the clipboard, as the person's browser asks them to.
    pub async fn allow_clipboard(&self) -> anyhow::Result<()> {
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        self.driver()
            .cdp()
            .send_raw("Browser.grantPermissions", permissions)
            .await?;
        Ok(())
    }

    /// What another program copies.
    pub async fn set_clipboard(&self, text: &str) -> anyhow::Result<()> {
        let script = "navigator.clipboard.writeText(arguments[0]).then(() => arguments[1](null), \
                      (error) => arguments[1](String(error)))";
        let answer = self.driver().execute_async(script, vec![json!(text)]).await?;
        anyhow::ensure!(
            answer.json().is_null(),
            "the clipboard takes nothing: {}",
            answer.json()
        );
        Ok(())
    }

    /// What another program would paste.
    pub async fn clipboard(&self) -> anyhow::Result<String> {
        let script = "navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](String(error)))";
        let answer = self.driver().execute_async(script, Vec::new()).await?;
        Ok(answer.json().as_str().unwrap_or_default().to_owned())
    }
}
