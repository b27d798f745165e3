//! Trouble that a page can only tell: a server that cannot save, and a plan that does not go on here.

use e2e::accessibility::check;
use e2e::browser::Browser;
use e2e::screens::{SCHEMES, SIZES, show};
use e2e::server::ADMINISTRATOR;
use e2e::settle::settle;
use serde_json::json;

use crate::away::AWAY;
use crate::{EXECUTIVE, Stage};

const SECTION: &str = "opportunities";

/// The banners over the page.
const BANNERS: &str = "[...document.querySelectorAll('.banner')].map(text).join(' ')";

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_save_is_told_and_the_edits_wait_until_it_can() -> anyhow::Result<()> {
    const WHY: &str = "The server cannot save edits now: the disk failed to store an edit";
    let stage = Stage::set()?;
    let first = stage.enter(ADMINISTRATOR, SECTION).await?;
    let second = stage.enter(EXECUTIVE, SECTION).await?;
    let (ann, ben) = (first.page(), second.page());
    let cells = ann.cells(SECTION, "next_step").await?;
    ann.write(&cells[0], "saved before the disk broke").await?;
    settle(&[ann, ben]).await?;

    stage.server.spoil_disk()?;
    ann.write(&cells[1], "written on a broken disk").await?;
    let told = format!("({BANNERS}).includes(args)");
    ann.wait_with("word of it", &told, json!(WHY)).await?;
    ann.wait_with("what becomes of the edit", &told, json!("Yours wait on this page"))
        .await?;
    ann.wait("a way to keep it", "button('Export unsaved edits')").await?;
    ann.wait("the edit to wait", "known.unsaved === '1'").await?;
    ann.wait_cell(&cells[1], "written on a broken disk").await?;
    for scheme in SCHEMES {
        show(&ann, SIZES[0], scheme).await?;
        check(&ann, &format!("a server that cannot save, {scheme}")).await?;
    }

    // Others read on, and see nothing of what is not saved.
    ben.reload().await?;
    ben.wait_cell(&cells[0], "saved before the disk broke").await?;
    let nothing = ben
        .eval_with("!text(cell(args)).includes('broken disk')", json!(cells[1]))
        .await?;
    assert_eq!(nothing, json!(true), "an edit is shown that is not on disk");

    let stage = stage.restart(async || Ok(())).await?;
    settle(&[ann, ben]).await?;
    ben.wait_cell(&cells[1], "written on a broken disk").await?;
    ann.wait_with("the word to go", &format!("!({told})"), json!(WHY))
        .await?;
    first.close_with(&AWAY).await?;
    second.close_with(&AWAY).await?;
    stage.server.stop()
}

/// While `spoils` is set, each change that comes to the page has a byte of its checksum turned; a socket that is `mute`
/// takes the page's words and sends nothing.
const SPOILED_LINE: &str = r"
    const Plain = window.WebSocket;
    const begins = (bytes, at) => [0x85, 0x6f, 0x4a, 0x83].every((byte, n) => bytes[at + n] === byte) && bytes[at + 8] === 1;
    const turned = (event) => {
        const bytes = new Uint8Array(event.data.slice(0));
        for (let at = 0; at + 8 < bytes.length; at++) if (begins(bytes, at)) bytes[at + 4] ^= 1;
        return new MessageEvent('message', { data: bytes.buffer });
    };
    window.WebSocket = class extends Plain {
        constructor(address) { super(address); window.socket = this; }
        set onmessage(hear) { super.onmessage = hear && ((event) => hear(window.spoils ? turned(event) : event)); }
        send(bytes) { if (!this.mute) super.send(bytes); }
    };
";

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_does_not_go_on_says_so_and_gives_the_unsaved_edits_out() -> anyhow::Result<()> {
    const DIALOG: &str = "text(document.querySelector('dialog[open]'))";
    let stage = Stage::set()?;
    let first = Browser::open(&stage.driver).await?;
    first.before_pages(SPOILED_LINE).await?;
    let ann = first.sign_in(&stage.server, ADMINISTRATOR).await?;
    ann.open_plan(&stage.section(SECTION)).await?;
    ann.allow_clipboard().await?;
    let second = stage.enter(EXECUTIVE, SECTION).await?;
    let ben = second.page();
    let cells = ann.cells(SECTION, "next_step").await?;

    ann.eval("(window.spoils = true, window.socket.mute = true)").await?;
    ann.write(&cells[0], "not on its way").await?;
    ann.wait("the edit to wait", "known.unsaved === '1'").await?;
    ben.write(&cells[1], "damaged on its way").await?;
    settle(&[ben]).await?;

    let said = format!("{DIALOG}.includes(args)");
    for words in [
        "This plan does not open any further here",
        "1 edit of yours is not saved",
    ] {
        ann.wait_with("the dialog", &said, json!(words)).await?;
    }
    ann.wait("a way to keep it", "button('Export unsaved edits')").await?;
    for scheme in SCHEMES {
        show(&ann, SIZES[0], scheme).await?;
        check(&ann, &format!("safe mode, {scheme}")).await?;
    }
    ann.click_button("Copy them").await?;
    ann.wait("word of the copy", "document.body.innerText.includes('Copied')")
        .await?;
    let copied = ann.clipboard().await?;
    assert!(copied.contains("not on its way"), "{copied}");

    // Nothing of the damaged change is shown, and nothing is edited any more.
    let shown = ann.eval_with("text(cell(args))", json!(cells[1])).await?;
    assert!(!shown.to_string().contains("damaged"), "{shown}");

    ann.eval("(window.onbeforeunload = null, window.spoils = false)")
        .await?;
    ann.click_button("Try again").await?;
    ann.wait_online().await?;
    ann.wait_cell(&cells[1], "damaged on its way").await?;
    ann.wait("no dialog any more", "!document.querySelector('dialog[open]')")
        .await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
