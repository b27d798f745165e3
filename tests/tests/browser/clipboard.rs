//! Blocks of cells to and from a spreadsheet.

use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;
use thirtyfour::Key;

use crate::Stage;

const SECTION: &str = "opportunities";

/// Three rows of amount and close, as a spreadsheet copies them; one cell is no day.
const BLOCK: &str = "510k\t2027-02-26\r\n\"1.200.000,50\"\tsome day\r\n€75,000\t26.03.2027\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_a_spreadsheet_fills_cells_makes_rows_and_is_one_step_of_undo() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    page.allow_clipboard().await?;
    let before = page.cells(SECTION, "amount").await?;
    let last = before.last().expect("the sample has opportunities").clone();
    let was = page.cell_text(&last).await?;

    page.set_clipboard(BLOCK).await?;
    page.select(&last).await?;
    page.chord(&[Key::Control], 'v').await?;
    page.wait_with(
        "two more rows",
        "document.querySelectorAll('tbody tr').length === args",
        json!(before.len() + 2),
    )
    .await?;
    let said = "text(document.querySelector('.toasts')).includes(args)";
    for words in ["Pasted 5 cells", "2 rows new", "1 cell could not be read"] {
        page.wait_with("what became of the paste", said, json!(words)).await?;
    }
    let amounts = page.cells(SECTION, "amount").await?;
    let days = page.cells(SECTION, "close").await?;
    let at = before.len() - 1;
    for (cell, value) in [
        (&amounts[at], "510,000"),
        (&days[at], "2027-02-26"),
        (&amounts[at + 1], "1,200,000.50"),
        (&amounts[at + 2], "75,000"),
        (&days[at + 2], "2027-03-26"),
    ] {
        page.wait_cell(cell, value).await?;
    }
    // What could not be read is kept where it was meant to go.
    page.select(&days[at + 1]).await?;
    page.wait_with(
        "the text that was no day",
        "text(cell(args)).includes('some day')",
        json!(days[at + 1]),
    )
    .await?;
    settle(&[page]).await?;

    page.select(&last).await?;
    page.chord(&[Key::Control], 'z').await?;
    page.wait_with(
        "the rows to go",
        "document.querySelectorAll('tbody tr').length === args",
        json!(before.len()),
    )
    .await?;
    page.wait_cell(&last, &was).await?;
    settle(&[page]).await?;
    browser.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_block_is_what_a_spreadsheet_reads_and_fills_another_place() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, SECTION).await?;
    let page = browser.page();
    page.allow_clipboard().await?;
    let amounts = page.cells(SECTION, "amount").await?;
    let days = page.cells(SECTION, "close").await?;
    for (cell, text) in [
        (&amounts[0], "120000"),
        (&days[0], "2027-05-01"),
        (&amounts[1], "90000"),
        (&days[1], "2027-06-30"),
    ] {
        page.write(cell, text).await?;
    }

    page.select(&amounts[0]).await?;
    page.chord(&[Key::Shift], Key::Down).await?;
    page.chord(&[Key::Shift], Key::Right).await?;
    page.chord(&[Key::Control], 'c').await?;
    let copied = page.clipboard().await?;
    let rows: Vec<Vec<&str>> = copied.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 2, "{copied:?}");
    assert_eq!(rows[0][1], "2027-05-01", "{copied:?}");
    assert_eq!(rows[1][1], "2027-06-30", "{copied:?}");

    page.select(&amounts[4]).await?;
    page.chord(&[Key::Control], 'v').await?;
    for (cell, value) in [
        (&amounts[4], "120,000"),
        (&days[4], "2027-05-01"),
        (&amounts[5], "90,000"),
        (&days[5], "2027-06-30"),
    ] {
        page.wait_cell(cell, value).await?;
    }
    // A cut takes away what it copies.
    page.select(&amounts[4]).await?;
    page.chord(&[Key::Shift], Key::Right).await?;
    page.chord(&[Key::Control], 'x').await?;
    page.wait_with(
        "empty cells",
        "text(cell(args)) !== '' && !text(cell(args)).includes('120')",
        json!(amounts[4]),
    )
    .await?;
    assert_eq!(page.clipboard().await?, rows[0].join("\t"));
    settle(&[page]).await?;
    browser.close().await?;
    stage.server.stop()
}
