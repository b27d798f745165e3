//! Waiting until several people see the same.

use anyhow::{Context, ensure};
use serde_json::json;

use crate::page::Page;

/// Waits until every edit is saved and every page has applied all of them; then demands equal documents.
///
/// To be called when nobody edits any more: the last saved position is then the last of all.
pub async fn settle(pages: &[Page<'_>]) -> anyhow::Result<()> {
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
    ensure!(
        heads.windows(2).all(|pair| pair[0] == pair[1]),
        "the documents differ: {heads:?}"
    );
    Ok(())
}

async fn seq(page: &Page<'_>) -> anyhow::Result<u64> {
    let seq = page.eval("Number(known.seq)").await?;
    seq.as_u64().with_context(|| format!("data-seq is {seq}"))
}
