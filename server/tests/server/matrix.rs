//! Who may write where: every role, at every stage, in every section, by a page that keeps to the rules and by one that
//! does not.
//!
//! What is expected is written down here once more, in the words of the method, and not taken from the tables that are
//! tried.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use domain::{
    ActorId, Cell, ItemId, ItemKey, Key, Kind, ParagraphId, PersonId, PlanId, Role, Scalar, Schema, SectionId, Stage,
};
use journal::Journal;
use plan::{Edit, Keyring, Replica};
use protocol::{Bye, ClientFrame, Reason, ServerFrame, Submitted};
use serde_json::json;
use session::Connection;
use workspace::Command;

use crate::harness::{Browser, Place, Server, item, plan_of};
use crate::page::Page;
use crate::socket::{Socket, enter, hear, hear_bye, say};

/// Who a person is in the test, by their role.
fn address(role: Role) -> String {
    format!("{}@example.com", role.as_str())
}

/// What the method says.
fn writes(role: Role, stage: Stage, section: SectionId) -> bool {
    let is_lead = matches!(role, Role::ClientExecutive | Role::Facilitator);
    let is_team = is_lead || matches!(role, Role::Seller | Role::Political | Role::Expert);
    match section {
        SectionId::Objectives | SectionId::Strategies => is_team || role == Role::SalesManager,
        SectionId::Decisions if stage == Stage::Workshop => is_team,
        SectionId::Workshop | SectionId::Agenda | SectionId::Decisions => is_lead,
        _ => is_team,
    }
}

fn has_own_entries(role: Role) -> bool {
    !matches!(role, Role::SalesManager | Role::Observer | Role::CustomerContact)
}

/// Whoever works on the plan and whoever manages those who do, wherever they read; who looks on does not.
fn comments(role: Role) -> bool {
    !matches!(role, Role::Observer | Role::CustomerContact)
}

/// Where somebody tries to write.
#[derive(Debug, Clone, Copy)]
enum Where {
    /// What the section is for.
    Section(SectionId),
    /// A comment on an item that is there.
    Comments(SectionId),
    /// An entry of one's own.
    Own,
}

/// Every section, the comments of an item of each, and own entries, each with whether the role writes there at the stage.
fn places(role: Role, stage: Stage) -> impl Iterator<Item = (Where, bool)> {
    let sections = SectionId::ALL.into_iter();
    let in_sections = sections.flat_map(move |section| {
        let may = writes(role, stage, section);
        [
            (Where::Section(section), may),
            (Where::Comments(section), comments(role)),
        ]
    });
    in_sections.chain([(Where::Own, has_own_entries(role))])
}

/// What somebody writes there, new each time.
fn edit_at(place: Where, me: PersonId, schema: &Schema, replica: &Replica, number: u128) -> Edit {
    match place {
        Where::Section(section) => edit_in(schema, section, number),
        Where::Comments(section) => comment(section, number),
        Where::Own => vote(me, replica),
    }
}

/// A comment on the section's item that is there from the beginning.
fn comment(section: SectionId, number: u128) -> Edit {
    let paragraph = ParagraphId(item(number).0);
    Edit::MakeParagraph {
        cell: Cell::paragraph(section, first_item(section), "comments", paragraph),
        text: format!("comment {number}"),
    }
}

fn first_item(section: SectionId) -> ItemId {
    if section.is_single() { ItemId::SINGLE } else { item(1) }
}

/// An edit in a section that anybody who writes there may make, and that is new each time.
fn edit_in(schema: &Schema, section: SectionId, number: u128) -> Edit {
    if !section.is_single() {
        return Edit::MakeItem {
            section,
            item: item(number),
            fields: Vec::new(),
        };
    }
    let fields = &schema.section(section).expect("a section of every plan").fields;
    let line = fields
        .iter()
        .find(|field| field.kind == Kind::Line && !field.own)
        .expect("it has a line");
    Edit::Put {
        cell: Cell::field(section, domain::ItemId::SINGLE, &line.key),
        value: Scalar::from(format!("line {number}").as_str()),
    }
}

/// An entry of one's own in an opportunity: a vote.
fn vote(person: PersonId, replica: &Replica) -> Edit {
    let cell = Cell::own(SectionId::Opportunities, item(1), person, "vote");
    // Another than the one that stands there, so that it is an edit.
    let value = match replica.value(&cell) {
        Some(Scalar::Int(1)) => 2,
        _ => 1,
    };
    Edit::Put {
        cell,
        value: Scalar::Int(value),
    }
}

/// A plan, and a person of each role in it.
struct Team<'a> {
    server: &'a Server,
    plan: PlanId,
    lead: Browser<'a>,
    people: BTreeMap<Role, Browser<'a>>,
}

impl<'a> Team<'a> {
    async fn new(server: &'a Server) -> Self {
        let lead = server.sign_in("ada@example.com").await;
        let plan = plan_of(
            &lead
                .send("POST", "/api/v1/plans", &json!({ "name": "Sonnenberg" }))
                .await,
        );
        let mut people = BTreeMap::new();
        for role in Role::ALL {
            people.insert(role, server.sign_in(&address(role)).await);
        }
        let team = Self {
            server,
            plan,
            lead,
            people,
        };
        for role in Role::ALL {
            team.give(role, role).await;
        }
        let lists = SectionId::ALL.into_iter().filter(|section| !section.is_single());
        let first = lists.map(|section| Edit::MakeItem {
            section,
            item: item(1),
            fields: Vec::new(),
        });
        server.edit(plan, "ada@example.com", first.collect()).await;
        team
    }

    fn person(&self, role: Role) -> PersonId {
        self.server.person(&address(role))
    }

    /// Gives the person who began with one role another.
    async fn give(&self, who: Role, role: Role) {
        let path = format!("/api/v1/plans/{}/members/{}", self.plan, self.person(who));
        let answer = self.lead.send("PUT", &path, &json!({ "role": role.as_str() })).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }

    async fn set_stage(&self, stage: Stage) {
        let path = format!("/api/v1/plans/{}/stage", self.plan);
        let answer = self.lead.send("PUT", &path, &json!({ "stage": stage.as_str() })).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }

    fn entries(&self) -> u64 {
        let head = self.server.app.journal.head(self.plan.into());
        head.map_or(0, |head| head.seq.0)
    }

    fn readers(&self) -> impl Iterator<Item = (Role, &Browser<'a>)> {
        let readers = self.people.iter().filter(|(role, _)| **role != Role::CustomerContact);
        readers.map(|(role, browser)| (*role, browser))
    }
}

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

/// A page that sends what it likes: changes of its own making, past all that a page checks.
struct Forger {
    socket: Socket,
    replica: Box<Replica>,
    base: domain::Seq,
    keyring: Keyring,
    actors: u8,
    salt: u8,
}

impl Forger {
    fn new<'a>(browser: &'a Browser<'_>, plan: PlanId, salt: u8) -> Pin<Box<dyn Future<Output = Self> + 'a>> {
        let opened = async move {
            let page = Box::pin(Page::open(browser, plan, salt)).await;
            let replica = Box::new(page.session.replica().expect("the plan is there").fork());
            let base = page.session.last_seq();
            let socket = enter(browser, plan).await;
            Self {
                socket,
                replica,
                base,
                keyring: Keyring::new(Arc::new(Schema::standard())),
                actors: 0,
                salt,
            }
        };
        Box::pin(opened)
    }

    /// A change by an actor that was never seen before.
    fn forge(&mut self, edits: &[Edit]) -> (domain::ChangeHash, Submitted) {
        self.actors += 1;
        let mut actor = [0xf0; 16];
        (actor[0], actor[1]) = (self.salt, self.actors);
        self.forge_as(ActorId(actor), edits)
    }

    fn forge_as(&mut self, actor: ActorId, edits: &[Edit]) -> (domain::ChangeHash, Submitted) {
        let mut replica = self.replica.fork();
        replica.set_actor(actor);
        let change = replica
            .edit(domain::TimestampMs(0), edits)
            .expect("a document takes it")
            .expect("it changes something");
        let base = self.base;
        (
            change.hash,
            Submitted {
                base,
                bytes: change.bytes,
            },
        )
    }

    /// Sends changes together; why each was refused, or None where it was saved.
    async fn submit(&mut self, changes: Vec<(domain::ChangeHash, Submitted)>) -> Vec<Option<Reason>> {
        let (hashes, changes): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
        say(&mut self.socket, &ClientFrame::Submit(changes)).await;
        let mut answers = BTreeMap::new();
        while answers.len() < hashes.len() {
            match hear(&mut self.socket).await.expect("the connection stands") {
                ServerFrame::Ack(acks) => answers.extend(acks.iter().map(|ack| (ack.hash, None))),
                ServerFrame::Reject(rejected) => drop(answers.insert(rejected.hash, Some(rejected.reason))),
                _ => {}
            }
        }
        hashes
            .iter()
            .map(|hash| answers.remove(hash).expect("every change is answered"))
            .collect()
    }

    async fn try_one(&mut self, edits: &[Edit]) -> Option<Reason> {
        // The keys of a contact come before it, as a page sends them.
        let names = self.keyring.missing_for(edits);
        let keys: Vec<ItemKey> = names
            .into_iter()
            .map(|(item, seal)| ItemKey {
                item,
                seal,
                generation: self.keyring.generation(),
                key: Key([self.salt; 32]),
            })
            .collect();
        for key in &keys {
            self.keyring.add(key);
        }
        self.replica.set_keyring(self.keyring.clone());
        if !keys.is_empty() {
            say(&mut self.socket, &ClientFrame::Keys(keys)).await;
        }
        let change = self.forge(edits);
        self.submit(vec![change]).await.remove(0)
    }
}

#[tokio::test]
async fn a_forging_page_writes_no_more_than_an_honest_one() {
    let place = Place::new();
    let server = place.start().await;
    let team = Team::new(&server).await;
    let schema = Schema::standard();
    let mut number = 100;
    for stage in Stage::ALL {
        team.set_stage(stage).await;
        for (role, browser) in team.readers() {
            number += 1;
            let mut forger = Forger::new(browser, team.plan, u8::try_from(number % 250).expect("small")).await;
            // Whoever had a role that reads more has kept these.
            forger.keyring = server.app.keys.ring(team.plan).expect("the keys are there");
            let me = team.person(role);
            for (tried, may) in places(role, stage) {
                number += 1;
                let edit = edit_at(tried, me, &schema, &forger.replica, number);
                let before = team.entries();
                let refused = forger.try_one(&[edit]).await;
                let what = format!("{role} at {stage} in {tried:?}: {refused:?}");
                assert_eq!(refused.is_none(), may, "{what}");
                assert!(matches!(refused, None | Some(Reason::Denied(_))), "{what}");
                assert_eq!(team.entries() - before, u64::from(may), "{what}");
            }
            let another = vote(team.person(Role::Facilitator), &forger.replica);
            let another = forger.try_one(&[another]).await;
            let is_mine = role == Role::Facilitator;
            assert_eq!(
                another.is_none(),
                is_mine,
                "another's own entry, by {role}: {another:?}"
            );
        }
    }
    denied_writes_are_told(&team).await;
}

/// Of what was refused nothing is left but a line for those who audit, which names who tried.
async fn denied_writes_are_told(team: &Team<'_>) {
    let audit = team.lead.get(&format!("/api/v1/plans/{}/audit", team.plan)).await;
    assert!(audit.status.is_success(), "{audit:?}");
    let text = String::from_utf8_lossy(&audit.body).into_owned();
    let denied = text.lines().filter(|line| line.contains("denied")).collect::<Vec<_>>();
    for role in [Role::SalesManager, Role::Observer] {
        let person = team.person(role).to_string();
        assert!(
            denied.iter().any(|line| line.contains(&person)),
            "{role} tried, in {text}"
        );
    }
}

#[tokio::test]
async fn what_follows_a_refused_change_is_refused_and_another_persons_mark_too() {
    let place = Place::new();
    let server = place.start().await;
    let team = Team::new(&server).await;
    let schema = Schema::standard();
    let edit = |section, number| edit_in(&schema, section, number);
    let mut seller = Forger::new(&team.people[&Role::Seller], team.plan, 1).await;
    let before = team.entries();

    // The second is allowed by itself, and by the same hand.
    let actor = ActorId([0xaa; 16]);
    let mut replica = seller.replica.fork();
    replica.set_actor(actor);
    let mut chain = Vec::new();
    for edits in [[edit(SectionId::Agenda, 50)], [edit(SectionId::Drivers, 51)]] {
        let change = replica
            .edit(domain::TimestampMs(0), &edits)
            .expect("taken")
            .expect("something");
        let base = seller.base;
        let bytes = change.bytes;
        chain.push((change.hash, Submitted { base, bytes }));
    }
    let answers = seller.submit(chain).await;
    assert!(matches!(answers[0], Some(Reason::Denied(_))), "{answers:?}");
    assert!(matches!(answers[1], Some(Reason::AfterRejected)), "{answers:?}");

    // A change that another hand builds upon the refused one.
    let denied = replica.fork();
    let mut other = denied.fork();
    other.set_actor(ActorId([0xab; 16]));
    let change = other
        .edit(domain::TimestampMs(0), &[edit(SectionId::Drivers, 52)])
        .expect("taken")
        .expect("something");
    let base = seller.base;
    let bytes = change.bytes;
    let answers = seller.submit(vec![(change.hash, Submitted { base, bytes })]).await;
    assert!(matches!(answers[0], Some(Reason::Inconsistent(_))), "{answers:?}");

    // The mark of somebody who may do more.
    let lead = ActorId([0xcc; 16]);
    let mut facilitator = Forger::new(&team.people[&Role::Facilitator], team.plan, 2).await;
    let genuine = facilitator.forge_as(lead, &[edit(SectionId::Agenda, 53)]);
    assert_eq!(facilitator.submit(vec![genuine]).await, [None]);
    let mut seller = Forger::new(&team.people[&Role::Seller], team.plan, 3).await;
    let forged = seller.forge_as(lead, &[edit(SectionId::Agenda, 54)]);
    let answers = seller.submit(vec![forged]).await;
    assert!(
        matches!(&answers[0], Some(Reason::Denied(why)) if why.contains("another")),
        "{answers:?}"
    );
    assert_eq!(team.entries() - before, 1, "the facilitator's");
}

#[tokio::test]
async fn a_role_that_was_just_lost_is_lost_on_open_connections_too() {
    let place = Place::new();
    let server = place.start().await;
    let team = Team::new(&server).await;
    let schema = Schema::standard();
    let seller = &team.people[&Role::Seller];
    let mut forger = Forger::new(seller, team.plan, 1).await;
    assert_eq!(forger.try_one(&[edit_in(&schema, SectionId::Drivers, 50)]).await, None);

    team.give(Role::Seller, Role::Observer).await;
    let refused = forger.try_one(&[edit_in(&schema, SectionId::Drivers, 51)]).await;
    assert!(
        matches!(&refused, Some(Reason::Denied(why)) if why.contains("Observer")),
        "{refused:?}"
    );

    let path = format!("/api/v1/plans/{}/members/{}", team.plan, team.person(Role::Seller));
    let answer = team.lead.send("DELETE", &path, &json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    assert_eq!(hear_bye(&mut forger.socket).await, Bye::NoAccess);

    // A session from before opens nothing any more once it is signed out.
    team.give(Role::Seller, Role::Seller).await;
    let mut open = enter(seller, team.plan).await;
    seller.send("POST", "/api/v1/sign-out", &json!({})).await;
    assert_eq!(hear_bye(&mut open).await, Bye::SignedOut);
    let answer = seller.get("/api/v1/plans").await;
    assert_eq!(answer.problem().0, 401);
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

/// A contact whose words are sealed with a key that is not the one it was made with.
#[tokio::test]
async fn a_seal_under_a_wrong_key_is_refused() {
    let place = Place::new();
    let server = place.start().await;
    let team = Team::new(&server).await;
    let make = Edit::MakeItem {
        section: SectionId::People,
        item: item(70),
        fields: vec![("title".to_owned(), Scalar::from("Somebody"))],
    };
    server.edit(team.plan, "ada@example.com", vec![make]).await;
    let mut forger = Forger::new(&team.people[&Role::Seller], team.plan, 5).await;
    let before = team.entries();
    let put = Edit::Put {
        cell: Cell::field(SectionId::People, item(70), "title"),
        value: Scalar::from("Somebody else"),
    };
    // As another key would seal it; and as no key would.
    for name in Keyring::new(Arc::new(Schema::standard())).names_for(SectionId::People, item(70)) {
        let key = Key([9; 32]);
        let (item, seal) = name;
        forger.keyring.add(&ItemKey {
            item,
            seal,
            generation: 0,
            key,
        });
    }
    let refused = forger.try_one(std::slice::from_ref(&put)).await;
    assert!(
        matches!(refused, Some(Reason::Sealed(_) | Reason::Denied(_))),
        "{refused:?}"
    );
    forger.keyring = Keyring::default();
    let refused = forger.try_one(&[put]).await;
    assert!(
        matches!(refused, Some(Reason::Sealed(_) | Reason::Denied(_))),
        "{refused:?}"
    );
    assert_eq!(team.entries(), before);
}
