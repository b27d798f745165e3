//! One cell written by two at the same time, and deciding between the two values.

use e2e::page::Page;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::{Stage, away::AWAY};

const SECTION: &str = "opportunities";

#[tokio::test(flavor = "multi_thread")]
async fn what_another_also_wrote_is_taken_or_let_go_by_a_key() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cells = ann.cells(SECTION, "next_step").await?;
    settle(&[ann, ben]).await?;

    // Both write while nobody hears of the other.
    let stage = stage
        .restart(async || {
            for (page, who) in [(ann, "ann"), (ben, "ben")] {
                page.wait_offline().await?;
                page.write(&cells[0], &format!("{who} calls")).await?;
                page.write(&cells[1], &format!("{who} writes")).await?;
            }
            Ok(())
        })
        .await?;
    for page in [ann, ben] {
        page.wait_online().await?;
    }
    settle(&[ann, ben]).await?;
    ann.select(&cells[0]).await?;
    for cell in &cells[..2] {
        ann.wait_focus(cell).await?;
        ann.wait_with(
            "the other's value",
            "text(cell(args)).includes('also wrote')",
            json!(cell),
        )
        .await?;
        ann.keys(Key::Down + "").await?;
    }

    let (kept, other) = both(&ann, &cells[0]).await?;
    ann.select(&cells[0]).await?;
    ann.chord(&[Key::Alt], 't').await?;
    ann.wait_cell(&cells[0], &other).await?;
    ann.wait_focus(&cells[0]).await?;
    let stays = ann.cell_text(&cells[1]).await?;
    let stays = stays.split(" writes").next().unwrap_or_default().to_owned();
    ann.keys(Key::Down + "").await?;
    ann.wait_focus(&cells[1]).await?;
    ann.chord(&[Key::Alt], 'k').await?;
    settle(&[ann, ben]).await?;
    for page in [ann, ben] {
        for (cell, value) in [(&cells[0], &other), (&cells[1], &stays)] {
            page.select(cell).await?;
            page.wait_cell(cell, value).await?;
            page.wait_with(
                "nothing left to decide",
                "!text(cell(args)).includes('also wrote')",
                json!(cell),
            )
            .await?;
        }
    }
    assert_ne!(kept, other);
    first.close_with(&AWAY).await?;
    second.close_with(&AWAY).await?;
    stage.server.stop()
}

/// The value that stands, and the other.
async fn both(page: &Page<'_>, cell: &str) -> anyhow::Result<(String, String)> {
    let text = page.cell_text(cell).await?;
    Ok(if text.starts_with("ann") {
        ("ann calls".to_owned(), "ben calls".to_owned())
    } else {
        ("ben calls".to_owned(), "ann calls".to_owned())
    })
}
