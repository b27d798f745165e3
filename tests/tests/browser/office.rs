//! Who takes part: what everyone is in a plan, who owes it, teams and guests.

use e2e::accessibility::check;
use e2e::browser::Browser;
use e2e::page::Page;
use e2e::screens::{SCHEMES, SIZES, show, take};
use e2e::server::ADMINISTRATOR;
use serde_json::json;
use thirtyfour::Key;

use crate::roles::give;
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

/// Takes pictures of the page as it is: usual and narrow, light and dark.
async fn pictures(page: &Page<'_>, name: &str) -> anyhow::Result<()> {
    for size in [WIDE, NARROW] {
        for scheme in SCHEMES {
            show(page, size, scheme).await?;
            take(page, &format!("{name}-{}-{scheme}", size.0)).await?;
            check(page, &format!("{name}, {}, {scheme}", size.0)).await?;
        }
    }
    show(page, SIZES[0], SCHEMES[0]).await
}

/// A laptop's width and a telephone's, high enough for all of the page.
const WIDE: (u32, u32) = (1440, 1300);
const NARROW: (u32, u32) = (420, 2000);

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_everybodys_tokens_and_ends_one() -> anyhow::Result<()> {
    const NAME: &str = "nightly export";
    const ROW: &str =
        "[...document.querySelectorAll('.tokens tbody tr')].map(text).find((row) => row.includes(args[0]))";
    let stage = Stage::set()?;
    let browser = Browser::open(&stage.driver).await?;
    let page = browser.sign_in(&stage.server, ADMINISTRATOR).await?;
    page.go(&stage.server.url("/people")).await?;
    reads(&page, "Nobody has a token.").await?;

    let secret = stage.server.token(NAME, EXECUTIVE)?;
    let uses = "fetch('/api/v1/plans', {credentials: 'omit', headers: {authorization: `Bearer ${args}`}})\
                .then((answer) => answer.status)";
    assert_eq!(page.eval_with(uses, json!(secret)).await?, json!(200));
    let told = format!("['Mara Keller', 'without end', 'today'].every((words) => ({ROW} || '').includes(words))");
    page.wait_with("the token, whose it is, its last use", &told, json!([NAME]))
        .await?;
    pictures(&page, "people-and-teams").await?;

    page.eval("window.confirm = (question) => { window.asked = question; return true; }")
        .await?;
    page.click_button(&format!("Revoke {NAME}")).await?;
    page.wait_with("no such row", &format!("!({ROW})"), json!([NAME]))
        .await?;
    let asked = page.eval("window.asked").await?;
    assert_eq!(
        asked,
        json!("Revoke the token nightly export of Mara Keller? Programs that use it stop at once.")
    );
    assert_eq!(page.eval_with(uses, json!(secret)).await?, json!(401));
    browser.close_with(&["401"]).await?;
    stage.server.stop()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_an_audit_takes_it_out_from_where_the_people_are() -> anyhow::Result<()> {
    const LINKS: &str = "[...document.querySelectorAll('.take-out a')]";
    /// What stands behind the link with these words.
    const FILE: &str = "fetch([...document.querySelectorAll('.take-out a')].find((e) => text(e) === args).href)\
                        .then((answer) => answer.text())";
    let stage = Stage::set()?;
    let ((first, _), (second, _)) = stage.enter_two("actions").await?;
    let (ann, ben) = (first.page(), second.page());
    let file = async |page: &Page<'_>, words: &str| -> anyhow::Result<String> {
        let file = page.eval_with(FILE, json!(words)).await?;
        Ok(file.as_str().unwrap_or_default().to_owned())
    };
    ann.go(&stage.server.url("/people")).await?;
    ann.wait("the links", &format!("{LINKS}.length === 2")).await?;
    let lines = file(&ann, "Take out as JSON lines").await?;
    assert!(lines.lines().any(|line| line.contains("\"signed_in\"")), "{lines}");

    // A client executive reads the plan's; a seller, be they administrator, does not.
    ben.open_plan(&stage.section("team")).await?;
    ben.wait("the links", &format!("{LINKS}.length === 2")).await?;
    let table = file(&ben, "Take out as CSV").await?;
    assert!(table.contains("role_given") && !table.contains("signed_in"), "{table}");
    pictures(&ben, "team").await?;
    ann.open_plan(&stage.section("team")).await?;
    ann.wait("the team", "document.querySelector('.members tbody tr')")
        .await?;
    give(&stage, &ben, &ann, "seller").await?;
    ann.wait("no links any more", &format!("!{LINKS}.length")).await?;
    first.close().await?;
    second.close().await?;
    stage.server.stop()
}
