//! Who takes part: what everyone is in a plan, who owes it, teams and guests.

use e2e::accessibility::check;
use e2e::page::Page;
use e2e::screens::{SCHEMES, SIZES, show};
use e2e::server::ADMINISTRATOR;
use serde_json::json;
use thirtyfour::Key;

use crate::{EXECUTIVE, Stage};

/// Chooses an option by its words in the list with this label.
async fn choose(page: &Page<'_>, list: &str, option: &str) -> anyhow::Result<()> {
    let found = "[...document.querySelectorAll('select')].filter(shown).find((e) => label(e) === args[0])";
    let of = format!("[...({found}?.options || [])].find((e) => text(e) === args[1])");
    let args = json!([list, option]);
    page.wait_with("the option", &of, args.clone()).await?;
    let pick =
        format!("(({found}).value = ({of}).value, ({found}).dispatchEvent(new Event('change', {{ bubbles: true }})))");
    page.eval_with(&pick, args).await?;
    Ok(())
}

/// Waits until the page has these words.
async fn reads(page: &Page<'_>, words: &str) -> anyhow::Result<()> {
    let has = "text(document.querySelector('#page')).includes(args)";
    page.wait_with("the words", has, json!(words)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_plan_is_everyones_if_its_maker_says_so_and_the_list_says_my_role() -> anyhow::Result<()> {
    const NAME: &str = "Halden Energy";
    const ROW: &str =
        "[...document.querySelectorAll('.plans tbody tr')].map(text).find((row) => row.startsWith(args[0]))";
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two("actions").await?;
    let (ann, ben) = (first.page(), second.page());
    ann.go(&stage.server.url("/")).await?;
    ann.click_button("New plan").await?;
    ann.wait("the name's field", "document.activeElement.id === 'plan-name'")
        .await?;
    let means = "text(document.querySelector('dialog')).includes(args)";
    ann.wait_with("what it means", means, json!("Only those see the plan"))
        .await?;
    choose(&ann, "Everyone else of this workspace", "Observer").await?;
    ann.wait_with("what it means now", means, json!("Everyone reads the plan"))
        .await?;
    ann.keys(format!("{NAME}{}", Key::Enter + "")).await?;
    ann.wait("the new plan", "yes(known.ready)").await?;

    for (page, role) in [(ann, "Client executive"), (ben, "Observer")] {
        page.go(&stage.server.url("/")).await?;
        let says = format!("({ROW} || '').includes(args[1])");
        page.wait_with("the role", &says, json!([NAME, role])).await?;
    }
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_made_and_renamed_and_owes_a_plan_and_a_guest_is_one() -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let ((first, _), (second, colleague)) = stage.enter_two("actions").await?;
    let (ann, ben) = (first.page(), second.page());
    ann.go(&stage.server.url("/people")).await?;
    ann.wait("the teams", "document.querySelector('.teams input')").await?;
    ann.eval("document.querySelector('.teams input').focus()").await?;
    ann.keys(format!("North{}", Key::Enter + "")).await?;
    ann.click_button("Rename North").await?;
    ann.wait(
        "the name's field",
        "document.activeElement.getAttribute('aria-label') === 'Name of the team'",
    )
    .await?;
    ann.chord(&[Key::Control], 'a').await?;
    ann.keys(format!("North and east{}", Key::Enter + "")).await?;
    ann.wait("the new name", "button('Rename North and east')").await?;

    ann.click_button("Assign Nordwind Logistics").await?;
    choose(&ann, "Person", &colleague.name).await?;
    choose(&ann, "Team that looks after it", "North and east").await?;
    ann.eval("document.querySelector('#assign-due').value = '2027-03-31'")
        .await?;
    ann.click_button("Assign").await?;
    reads(&ann, &format!("{}, until 31 Mar 2027", colleague.name)).await?;

    // Who owns the plan reads it beside the team, and takes it back.
    ben.open_plan(&stage.section("team")).await?;
    reads(&ben, &format!("{}, until 31 Mar 2027", colleague.name)).await?;
    reads(&ben, "The managers of a team that you are not in look after it.").await?;
    ben.click_button("Assign").await?;
    ben.wait("the dialog", "document.querySelector('#assign-to')?.value")
        .await?;
    for scheme in SCHEMES {
        show(&ben, SIZES[0], scheme).await?;
        check(&ben, &format!("who owes a plan, {scheme}")).await?;
    }
    ben.click_button("Nobody owes it").await?;
    ben.wait("nobody", "text(document.querySelector('.owed .chip')) === 'nobody'")
        .await?;

    let guest = format!(
        "[...document.querySelectorAll('input')].find((e) => label(e) === '{} is a guest')",
        colleague.name
    );
    ann.eval(&format!("{guest}.click()")).await?;
    ann.wait("a guest", &format!("{guest}?.checked")).await?;
    let people = ann.get_json("/api/v1/administration/people").await?;
    let is_guest = people.as_array().is_some_and(|people| {
        people
            .iter()
            .any(|one| one["email"] == EXECUTIVE && one["guest"] == json!(true))
    });
    assert!(is_guest, "{people}");
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_tables_do_not_scroll_sideways_in_a_narrow_window() -> anyhow::Result<()> {
    const WIDER: &str = "[document.documentElement, ...document.querySelectorAll('#page, .table-scroll')]\
                         .filter((e) => e.scrollWidth > e.clientWidth + 1).length";
    let stage = Stage::set()?;
    let browser = stage.enter(ADMINISTRATOR, "team").await?;
    let page = browser.page();
    show(&page, SIZES[3], "light").await?;
    let team = stage.section("team");
    for (path, is_read) in [
        (team.as_str(), "document.querySelector('.members tbody tr')"),
        ("/", "document.querySelector('.plans tbody tr')"),
        ("/people", "document.querySelector('.plan-duties tbody tr')"),
        ("/tokens", "document.querySelector('.page .card, .page table')"),
    ] {
        let address = if path.starts_with('/') {
            stage.server.url(path)
        } else {
            path.to_owned()
        };
        page.go(&address).await?;
        page.wait(path, is_read).await?;
        assert_eq!(page.eval(WIDER).await?, json!(0), "{path} scrolls sideways");
        check(&page, &format!("{path}, narrow")).await?;
    }
    browser.close().await?;
    stage.server.stop()
}
