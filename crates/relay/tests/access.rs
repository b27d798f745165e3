//! What a room does when somebody's role changes, or the plan's stage.

mod support;

use domain::{Cell, PersonId, Role, SectionId, Seq, Stage, Standing, TimestampMs};
use plan::Edit;
use protocol::{Bye, ClientFrame, Hello, PROTOCOL, Person, Place, Reason, ServerFrame};
use relay::{Access, Visitor};
use support::{ANN, BEN, Client, PLAN, World, actor, item, make, put, title};

fn access(ann: Option<Role>, stage: Stage) -> Access {
    let mut access = Access::open(Role::ClientExecutive);
    access.stage = stage;
    match ann {
        Some(role) => drop(access.roles.insert(ANN, role)),
        None => drop(access.without.insert(ANN)),
    }
    access
}

fn set(world: &mut World, access: Access) {
    let now = world.now;
    world.room.handle_access(now, access);
    world.drain();
}

#[test]
fn who_becomes_an_observer_is_told_and_refused_from_then_on_and_nobody_else_is() {
    let mut world = World::new();
    let mut ann = Client::join(&mut world, ANN, actor(1));
    let mut ben = Client::join(&mut world, BEN, actor(2));
    ann.edit(&mut world, &[make(1)]);
    set(&mut world, access(Some(Role::Observer), Stage::PreWork));
    let standing = Standing {
        role: Role::Observer,
        stage: Stage::PreWork,
    };
    let is_told = |frame: &ServerFrame| matches!(frame, ServerFrame::Standing(told) if *told == standing);
    assert!(world.sent(ann.peer).iter().any(is_told));
    assert!(
        !world
            .sent(ben.peer)
            .iter()
            .any(|frame| matches!(frame, ServerFrame::Standing(_)))
    );

    // What was admitted before is committed; what comes now is not.
    ann.edit(&mut world, &[put(1, "too late")]);
    world.commit();
    ann.read(&mut world);
    ben.read(&mut world);
    assert_eq!(ann.rejected.len(), 1);
    assert!(matches!(&ann.rejected[0].reason, Reason::Denied(why) if why.contains("Observer")));
    assert_eq!(
        world.journal.len(),
        2,
        "the genesis and the first edit: a refused one leaves no trace"
    );
    ben.edit(&mut world, &[put(1, "by Ben")]);
    world.commit();
    assert_eq!(world.journal.len(), 3);
}

#[test]
fn who_has_no_part_any_more_is_sent_away_and_not_told_later_that_the_plan_is_there() {
    let mut world = World::new();
    let ann = world.connect(ANN, Seq::ZERO);
    set(&mut world, access(None, Stage::PreWork));
    assert_eq!(world.closed(ann), Some(&Bye::NoAccess));
    let again = world.connect(ANN, Seq::ZERO);
    assert_eq!(world.closed(again), Some(&Bye::NoSuchPlan));
    assert!(world.sent(again).is_empty(), "not a word of the plan");
}

#[test]
fn of_two_who_lose_their_parts_at_once_neither_hears_of_the_others_going() {
    let mut world = World::new();
    let (ann, ben) = (world.connect(ANN, Seq::ZERO), world.connect(BEN, Seq::ZERO));
    world.pass(1_000);
    world.take(ann);
    world.take(ben);
    set(&mut world, Access::default());
    for peer in [ann, ben] {
        assert_eq!(world.closed(peer), Some(&Bye::NoAccess));
        assert_eq!(world.take(peer), [], "not a word after they had no part in it");
    }
}

#[test]
fn who_is_not_shown_personal_things_any_more_sees_none_while_another_is_sent_away() {
    let mut world = World::new();
    // The one who goes is looked at first; the other has no more right than they from then on.
    let (_ann, ben) = (world.connect(ANN, Seq::ZERO), world.connect(BEN, Seq::ZERO));
    let third = PersonId(uuid::Uuid::from_u128(3));
    let writer = world.connect(third, Seq::ZERO);
    world.pass(1_000);
    let place = Place {
        cell: Some(Cell::field(SectionId::People, item(1), "title")),
        draft: Some("a name".to_owned()),
        caret: None,
    };
    world.frame(writer, &ClientFrame::Presence(place));
    world.take(ben);
    let mut roles = access(None, Stage::PreWork);
    roles.roles.insert(BEN, Role::Observer);
    // Told late: what is due goes out with the first who leaves.
    world.now = TimestampMs(world.now.0 + 1_000);
    set(&mut world, roles);
    let frames = world.take(ben).into_iter();
    let news = frames.filter_map(|frame| match frame {
        ServerFrame::Presence(news) => Some(news),
        _ => None,
    });
    let places: Vec<Place> = news.flatten().filter_map(|news| news.place).collect();
    assert!(places.iter().all(|place| place.cell.is_none()), "{places:?}");
}

#[test]
fn a_stage_gives_a_section_to_the_team_and_takes_it_back() {
    let mut world = World::new();
    set(&mut world, access(Some(Role::Seller), Stage::Workshop));
    let mut ann = Client::join(&mut world, ANN, actor(1));
    let decide = |n| Edit::MakeItem {
        section: SectionId::Decisions,
        item: item(n),
        fields: Vec::new(),
    };
    ann.edit(&mut world, &[decide(1)]);
    world.commit();
    assert_eq!(world.journal.len(), 2);
    set(&mut world, access(Some(Role::Seller), Stage::Execution));
    ann.edit(&mut world, &[decide(2)]);
    world.commit();
    ann.read(&mut world);
    assert_eq!((ann.rejected.len(), world.journal.len()), (1, 2));
}

#[test]
fn a_draft_goes_with_the_right_to_write_there() {
    let mut world = World::new();
    let ann = world.connect(ANN, Seq::ZERO);
    let ben = world.connect(BEN, Seq::ZERO);
    let place = Place {
        cell: Some(title(1)),
        draft: Some("half a word".to_owned()),
        caret: Some(3),
    };
    world.frame(ann, &ClientFrame::Presence(place));
    world.pass(1_000);
    let draft = |world: &mut World| {
        let frames = world.take(ben);
        let news = frames.into_iter().filter_map(|frame| match frame {
            ServerFrame::Presence(news) => Some(news),
            _ => None,
        });
        let last = news.flatten().filter(|news| news.person == ANN).last();
        last.and_then(|news| news.place?.draft)
    };
    assert_eq!(draft(&mut world).as_deref(), Some("half a word"));
    let observer = access(Some(Role::Observer), Stage::PreWork);
    let now = world.now;
    world.room.handle_access(now, observer);
    world.pass(1_000);
    assert_eq!(draft(&mut world), None);
}

#[test]
fn who_may_not_write_is_named_for_the_audit_once_for_all_that_came_together() {
    let mut world = World::new();
    let mut ann = Client::join(&mut world, ANN, actor(1));
    ann.edit(&mut world, &[make(1)]);
    world.commit();
    assert!(world.denied.is_empty(), "nothing was refused");
    set(&mut world, access(Some(Role::Observer), Stage::PreWork));
    ann.edit(&mut world, &[put(1, "one")]);
    assert_eq!(world.denied.len(), 1);
    let (person, count, why) = &world.denied[0];
    assert_eq!((*person, *count), (ANN, 1));
    assert!(why.contains("Observer"), "{why}");
    ann.edit(&mut world, &[put(1, "two")]);
    assert_eq!(
        world.denied.len(),
        1,
        "what depends on a refused edit is no try of its own"
    );
}

#[test]
fn a_connection_that_only_reads_writes_nothing_whatever_its_person_may() {
    let mut world = World::new();
    let reader = Visitor {
        person: ANN,
        writes: false,
        reads_personal: true,
    };
    let hello = Hello {
        protocol: PROTOCOL,
        plan: PLAN,
        epoch: 0,
        have: Seq::ZERO,
    };
    let mut ann = Client::join(&mut world, ANN, actor(1));
    ann.edit(&mut world, &[make(1)]);
    world.commit();
    let peer = world.connect_with(reader, &hello, false);
    let is_told =
        |frame: &ServerFrame| matches!(frame, ServerFrame::Welcome(welcome) if welcome.standing.role == Role::Observer);
    assert!(world.sent(peer).iter().any(is_told));
    let mut token = Client::on(&mut world, peer, ANN, actor(9));
    token.edit(&mut world, &[put(1, "by a token")]);
    world.commit();
    token.read(&mut world);
    assert!(matches!(&token.rejected[0].reason, Reason::Denied(_)));
    assert_eq!(world.journal.len(), 2);
}

#[test]
fn nobody_is_told_of_people_who_have_no_part_in_the_plan() {
    let mut world = World::new();
    let mut members = Access {
        roles: [(ANN, Role::Seller)].into(),
        ..Access::default()
    };
    set(&mut world, members.clone());
    world.room.handle_people(vec![named(ANN, "Ann"), named(BEN, "Ben")]);
    world.drain();
    let ann = world.connect(ANN, Seq::ZERO);
    let told = |world: &mut World| -> Vec<String> {
        let people = world.take(ann).into_iter().flat_map(|frame| match frame {
            ServerFrame::Welcome(welcome) => welcome.people,
            ServerFrame::People { people, .. } => people,
            _ => Vec::new(),
        });
        people.map(|person| person.name).collect()
    };
    assert_eq!(told(&mut world), ["Ann"]);
    members.roles.insert(BEN, Role::Expert);
    set(&mut world, members);
    assert_eq!(told(&mut world), ["Ben"], "once he has a part in it");
}

#[test]
fn who_is_not_shown_personal_things_does_not_see_who_is_at_them_nor_what_they_type() {
    let mut world = World::new();
    let ann = world.connect(ANN, Seq::ZERO);
    let mut roles = Access::open(Role::Seller);
    roles.roles.insert(BEN, Role::Observer);
    set(&mut world, roles.clone());
    let ben = world.connect(BEN, Seq::ZERO);
    let place = Place {
        cell: Some(Cell::field(SectionId::People, item(1), "title")),
        draft: Some("a name that is nobody's business".to_owned()),
        caret: None,
    };
    world.frame(ann, &ClientFrame::Presence(place.clone()));
    world.pass(1_000);
    let last = |world: &mut World| {
        let frames = world.take(ben);
        let news = frames.into_iter().filter_map(|frame| match frame {
            ServerFrame::Presence(news) => Some(news),
            _ => None,
        });
        news.flatten()
            .filter(|news| news.person == ANN)
            .last()
            .and_then(|news| news.place)
    };
    assert_eq!(last(&mut world), Some(Place::default()));
    roles.roles.insert(BEN, Role::Expert);
    set(&mut world, roles.clone());
    assert_eq!(last(&mut world), Some(place), "at once, when he may");
    roles.roles.insert(BEN, Role::Observer);
    set(&mut world, roles);
    assert_eq!(
        last(&mut world),
        Some(Place::default()),
        "and gone, when he may no longer"
    );
}

fn named(id: PersonId, name: &str) -> Person {
    Person {
        id,
        name: name.to_owned(),
    }
}
