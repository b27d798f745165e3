//! In which order rows stand: as the team arranges them, as a column sorts them, and still under the hand.

use e2e::page::Page;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::Stage;

const SECTION: &str = "opportunities";

/// Waits until the titles' cells stand in this order from the top.
async fn wait_order(page: &Page<'_>, titles: &[&String]) -> anyhow::Result<()> {
    let shown = "[...document.querySelectorAll('[role=gridcell][data-cell$=\"/title\"]')].map((e) => e.dataset.cell)";
    let condition = format!("JSON.stringify({shown}.slice(0, args.length)) === JSON.stringify(args)");
    page.wait_with("the order", &condition, json!(titles)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_moves_by_keys_with_the_hand_on_it_for_everyone_and_for_good() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let t = ann.cells(SECTION, "title").await?;

    ann.select(&t[0]).await?;
    ann.chord(&[Key::Alt], Key::Down).await?;
    wait_order(&ann, &[&t[1], &t[0], &t[2]]).await?;
    ann.wait_focus(&t[0]).await?;
    ann.chord(&[Key::Alt], Key::Down).await?;
    for page in [ann, ben] {
        wait_order(&page, &[&t[1], &t[2], &t[0], &t[3]]).await?;
    }
    ann.wait_focus(&t[0]).await?;
    ann.chord(&[Key::Alt], Key::Up).await?;
    settle(&[ann, ben]).await?;
    ben.reload().await?;
    for page in [ann, ben] {
        wait_order(&page, &[&t[1], &t[0], &t[2], &t[3]]).await?;
    }
    // The hand goes on from where the row is now.
    ann.keys(Key::Down + "").await?;
    ann.wait_focus(&t[2]).await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_whose_sort_key_changes_stays_under_the_hand_until_it_is_left() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two(SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    ann.click_button("Amount").await?;
    ann.wait("the sort", "document.querySelector('th[aria-sort=ascending]')")
        .await?;
    let t = ann.cells(SECTION, "title").await?;
    let amount = t[1].replace("/title", "/amount");
    let other = t[4].replace("/title", "/amount");
    let order: Vec<&String> = t.iter().collect();

    ann.select(&amount).await?;
    ann.keys("999m" + Key::Tab).await?;
    ann.wait_cell(&amount, "999,000,000").await?;
    // The sum counts it: by then the list has looked at its order again.
    ann.wait(
        "the sum",
        "text(document.querySelector('tfoot')).match(/1,0[0-9][0-9],/)",
    )
    .await?;
    wait_order(&ann, &order).await?;
    // Nor do others' edits move what is under the hand.
    ben.write(&other, "998m").await?;
    ann.wait_cell(&other, "998,000,000").await?;
    ann.wait(
        "the sum",
        "text(document.querySelector('tfoot')).match(/2,0[0-9][0-9],|1,99[0-9],/)",
    )
    .await?;
    wait_order(&ann, &order).await?;

    ann.keys(Key::Down + "").await?;
    wait_order(&ann, &[&t[0], &t[2], &t[3], &t[5]]).await?;
    let places = "[...document.querySelectorAll('tbody tr')].filter((row) => /99[89],000,000/.test(row.innerText))\
                  .map((row) => row.querySelector('[data-cell$=\"/title\"]').dataset.cell)";
    let sorted = ann.eval(places).await?;
    assert_eq!(sorted, json!([t[4], t[1]]));
    let hand = ann.focus_label().await?;
    assert!(
        hand.starts_with(t[2].trim_end_matches("/title")),
        "the hand is on {hand}"
    );
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
