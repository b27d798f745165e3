//! Waiting until several people see the same.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::page::Page;

/// How often the pages are looked at: an edit that was typed last may be made only after the first look.
const LOOKS: usize = 3;

/// Waits until every edit is saved and every page has applied all of them; then demands equal documents.
///
/// To be called when nobody edits any more: the last saved position is then the last of all.
pub async fn settle(pages: &[Page<'_>]) -> anyhow::Result<()> {
    let mut heads = Vec::new();
    for _ in 0..LOOKS {
        heads = look(pages).await?;
        if heads.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok(());
        }
        // Either an edit is on its way, which changes a page, or nothing comes any more and they differ for good.
        for (page, heads) in pages.iter().zip(&heads) {
            let changed = page.wait_with("another edit", "known.heads !== args", heads.clone());
            if changed.await.is_ok() {
                break;
            }
        }
    }
    bail!("the documents differ: {heads:?}");
}

/// What each page's document is, once all is saved and each has what all have saved.
async fn look(pages: &[Page<'_>]) -> anyhow::Result<Vec<Value>> {
    for page in pages {
        page.wait("all edits saved", "known.unsaved === '0'").await?;
    }
    let mut last = 0;
    for page in pages {
        last = last.max(seq(page).await?);
    }
    let mut heads = Vec::new();
    for page in pages {
        page.wait_with("everybody's edits", "Number(known.seq) >= args", json!(last))
            .await?;
        heads.push(page.eval("known.heads").await?);
    }
    Ok(heads)
}

async fn seq(page: &Page<'_>) -> anyhow::Result<u64> {
    let seq = page.eval("Number(known.seq)").await?;
    seq.as_u64().with_context(|| format!("data-seq is {seq}"))
}
