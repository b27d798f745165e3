//! What a room does when somebody's role changes, or the plan's stage.

mod support;

use domain::{Role, SectionId, Seq, Stage, Standing};
use plan::Edit;
use protocol::{Bye, ClientFrame, Place, Reason, ServerFrame};
use relay::Access;
use support::{ANN, BEN, Client, World, actor, item, make, put, title};

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
