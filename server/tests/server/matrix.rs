//! Who may write where: every role, at every stage, in every section, by a page that keeps to the rules and over HTTP. What a
//! page gets that does not is in `forger`.

use domain::{PlanId, Role, Schema, SectionId, Stage};
use protocol::Bye;
use serde_json::json;
use session::Connection;
use workspace::Command;

use crate::harness::Place;
use crate::page::Page;
use crate::team::{Team, comments, edit_at, first_item, places, writes};

#[tokio::test]
async fn an_honest_page_writes_where_its_role_does_at_each_stage_and_nowhere_else() {
    let place = Place::new();
    let server = place.start().await;
    let team = Team::new(&server).await;
    let schema = Schema::standard();
    let mut number = 100;
    for stage in Stage::ALL {
        team.set_stage(stage).await;
        for (role, browser) in team.readers() {
            let mut page = Page::open(browser, team.plan, u8::try_from(number % 250).expect("small")).await;
            let me = team.person(role);
            for (tried, may) in places(role, stage) {
                number += 1;
                let replica = page.session.replica().expect("the plan is there");
                let edit = edit_at(tried, me, &schema, replica, number);
                let before = team.entries();
                let now = page.now();
                let made = page.session.edit(now, vec![edit]);
                page.settled().await;
                let what = format!("{role} at {stage} in {tried:?}");
                assert_eq!(made.is_ok(), may, "{what}: {made:?}");
                assert!(
                    page.session.rejected().is_empty(),
                    "{what}: the page knew better than the server"
                );
                assert_eq!(team.entries() - before, u64::from(may), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn who_comments_does_so_over_http_wherever_they_read_and_writes_nothing_else_by_that() {
    let place = Place::new();
    let server = place.start().await;
    let team = Team::new(&server).await;
    for stage in Stage::ALL {
        team.set_stage(stage).await;
        for (role, browser) in team.readers() {
            for section in SectionId::ALL {
                let (plan, id) = (team.plan, first_item(section));
                let fields = format!("/api/v1/plans/{plan}/sections/{section}/items/{id}/fields");
                let words = json!({ "value": [{ "text": format!("as {role} at {stage}") }] });
                for (field, may) in [("comments", comments(role)), ("notes", writes(role, stage, section))] {
                    let answer = browser.send("PUT", &format!("{fields}/{field}"), &words).await;
                    let expected = if may { 200 } else { 403 };
                    let what = format!("{role} at {stage}, {field} in {section}: {answer:?}");
                    assert_eq!(answer.status.as_u16(), expected, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn who_reads_no_plan_is_told_that_there_is_none() {
    let place = Place::new();
    let server = place.start().await;
    let team = Team::new(&server).await;
    let contact = &team.people[&Role::CustomerContact];
    let stranger = server.sign_in("stranger@example.com").await;
    let none: PlanId = "01a203aa-1da3-74db-b222-c83a5d4fe3c9".parse().expect("an id");
    for browser in [contact, &stranger] {
        let page = Page::open(browser, team.plan, 9).await;
        assert_eq!(*page.session.connection(), Connection::Ended(Bye::NoSuchPlan));
        for path in [
            "history",
            "reports/actions",
            "members",
            "as-of",
            "changes",
            "timeline",
            "sections",
            "audit",
        ] {
            let real = browser.get(&format!("/api/v1/plans/{}/{path}", team.plan)).await;
            let unreal = browser.get(&format!("/api/v1/plans/{none}/{path}")).await;
            assert_eq!(real.problem(), unreal.problem(), "{path}");
            assert_eq!(real.problem().0, 404, "{path}");
        }
        let plans = browser.get("/api/v1/plans").await;
        assert!(
            !String::from_utf8_lossy(&plans.body).contains("Sonnenberg"),
            "{plans:?}"
        );
    }
}

#[tokio::test]
async fn who_may_not_manage_gives_no_roles_least_of_all_to_themselves() {
    let place = Place::new();
    let server = place.start().await;
    let team = Team::new(&server).await;
    for (role, browser) in &team.people {
        let path = format!("/api/v1/plans/{}/members/{}", team.plan, team.person(*role));
        let answer = browser.send("PUT", &path, &json!({ "role": "client_executive" })).await;
        let expected = match role {
            Role::ClientExecutive => 200..300,
            Role::CustomerContact => 404..405,
            _ => 403..404,
        };
        assert!(expected.contains(&answer.status.as_u16()), "{role}: {answer:?}");
    }
    let state = server.app.directory.state();
    for role in Role::ALL {
        assert_eq!(state.role_in(team.plan, team.person(role)), Some(role));
    }
    // Not by a command either.
    let person = team.person(Role::Seller);
    let raise = Command::GiveRole {
        plan: team.plan,
        person,
        role: Role::ClientExecutive,
        by: person,
    };
    assert!(server.app.directory.run(person, raise).await.is_err());
}
