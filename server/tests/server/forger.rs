//! Who may write where, tried by a page that does not keep to the rules.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use domain::{
    ActorId, Cell, ChangeHash, ItemKey, Key, PlanId, Role, Scalar, Schema, SectionId, Seq, Stage, TimestampMs,
};
use plan::{Edit, Keyring, Replica};
use protocol::{Bye, ClientFrame, Reason, ServerFrame, Submitted};
use serde_json::json;

use crate::harness::{Browser, Place, item};
use crate::page::Page;
use crate::socket::{Socket, enter, hear, hear_bye, say};
use crate::team::{Team, edit_at, edit_in, places, vote};

/// A page that sends what it likes: changes of its own making, past all that a page checks.
struct Forger {
    socket: Socket,
    replica: Box<Replica>,
    base: Seq,
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
    fn forge(&mut self, edits: &[Edit]) -> (ChangeHash, Submitted) {
        self.actors += 1;
        let mut actor = [0xf0; 16];
        (actor[0], actor[1]) = (self.salt, self.actors);
        self.forge_as(ActorId(actor), edits)
    }

    fn forge_as(&mut self, actor: ActorId, edits: &[Edit]) -> (ChangeHash, Submitted) {
        let mut replica = self.replica.fork();
        replica.set_actor(actor);
        written(&mut replica, self.base, edits)
    }

    /// Sends changes together; why each was refused, or None where it was saved.
    async fn submit(&mut self, changes: Vec<(ChangeHash, Submitted)>) -> Vec<Option<Reason>> {
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

/// A change of a document, whatever may be written in it.
fn written(replica: &mut Replica, base: Seq, edits: &[Edit]) -> (ChangeHash, Submitted) {
    let change = replica
        .edit(TimestampMs(0), edits)
        .expect("a document takes it")
        .expect("it changes something");
    let bytes = change.bytes;
    (change.hash, Submitted { base, bytes })
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
    let text = team.lead.audit_of(team.plan).await;
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
    let denied = written(&mut replica, seller.base, &[edit(SectionId::Agenda, 50)]);
    let upon_it = written(&mut replica, seller.base, &[edit(SectionId::Drivers, 51)]);
    let answers = seller.submit(vec![denied, upon_it]).await;
    assert!(matches!(answers[0], Some(Reason::Denied(_))), "{answers:?}");
    assert!(matches!(answers[1], Some(Reason::AfterRejected)), "{answers:?}");

    // A change that another hand builds upon the refused one.
    let mut other = replica.fork();
    other.set_actor(ActorId([0xab; 16]));
    let built = written(&mut other, seller.base, &[edit(SectionId::Drivers, 52)]);
    let answers = seller.submit(vec![built]).await;
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
    assert!(matches!(refused, Some(Reason::Sealed(_))), "{refused:?}");
    forger.keyring = Keyring::default();
    let refused = forger.try_one(&[put]).await;
    assert!(matches!(refused, Some(Reason::Sealed(_))), "{refused:?}");
    assert_eq!(team.entries(), before);
}
