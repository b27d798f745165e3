//! While edits cannot be saved: what is told, what is judged, and what is not.

mod support;

use domain::{Seq, TimestampMs};
use protocol::{ClientFrame, Reason};
use relay::{Limits, Unavailable};
use support::{ANN, BEN, Client, World, actor, make, put, two};

#[test]
fn while_edits_cannot_be_saved_reading_goes_on_and_the_reason_is_told() {
    let (mut world, mut ann, mut ben) = two();
    ann.edit(&mut world, &[make(1)]);
    world.fail_append("no space left");
    let until = TimestampMs(world.now.0 + 10_000);
    world.rebuild(Some(Unavailable {
        why: "no space left".to_owned(),
        until: Some(until),
    }));
    ben.rejoin(&mut world);
    ben.read(&mut world);
    assert_eq!(ben.applied, Seq(1));
    let unsaved = ann.outbox.clone();
    ann.rejoin(&mut world);
    ann.read(&mut world);
    assert!(matches!(&ann.rejected[..], [rejected]
        if rejected.reason == Reason::Unavailable("no space left".to_owned())));
    assert!(world.closed(ann.peer).is_none());

    // Nothing was judged: the same bytes pass when there is space again.
    world.pass(10_000);
    ann.outbox.clone_from(&unsaved);
    let again = unsaved.into_iter().map(|(_, submitted)| submitted).collect();
    ann.submit(&mut world, again);
    world.commit();
    ann.read(&mut world);
    assert!(ann.outbox.is_empty());
}

/// Found by seed 18635 of the simulated world: the later edit was judged as one that lies, and the client made all of
/// them anew beside those that were on disk after all.
#[test]
fn what_was_under_way_when_edits_could_not_be_saved_is_early_and_no_lie() {
    let (mut world, mut ann, _ben) = two();
    ann.edit(&mut world, &[make(1)]);
    world.fail_append("no space left");
    let until = Some(TimestampMs(world.now.0 + 10_000));
    let why = "no space left".to_owned();
    world.rebuild(Some(Unavailable { why, until }));
    ann.rejoin(&mut world);
    ann.read(&mut world);
    assert_eq!(ann.rejected.len(), 1, "refused for now");

    // Sent before that was heard, and come when edits are taken again.
    world.pass(10_000);
    let later = ann.make(&mut world, &[put(1, "later")]);
    let (hash, submitted) = later.clone();
    world.frame(ann.peer, &ClientFrame::Submit(vec![submitted]));
    ann.read(&mut world);
    let refused = ann.rejected.last().expect("it is refused");
    assert_eq!(refused.hash, hash);
    assert!(matches!(refused.reason, Reason::Unavailable(_)), "{:?}", refused.reason);
}

/// Found by seed 2571 of the simulated world: after a failed sync an edit may be on the disk all the same. Refused by what its
/// author was made meanwhile, it stood in the plan after the next start, and its author had been told that it does not.
#[test]
fn nobody_is_refused_for_good_while_it_is_not_known_what_is_on_the_disk() {
    let (mut world, mut ann, _ben) = two();
    ann.edit(&mut world, &[make(1)]);
    world.fail_append("the disk failed");
    let why = "the disk failed".to_owned();
    world.rebuild(Some(Unavailable { why, until: None }));
    let mut access = relay::Access::open(domain::Role::ClientExecutive);
    access.roles.insert(ANN, domain::Role::Observer);
    let now = world.now;
    world.room.handle_access(now, access);
    world.drain();
    world.pass(1_000_000);
    ann.rejoin(&mut world);
    ann.read(&mut world);
    let refused = ann.rejected.last().expect("it is refused");
    assert!(matches!(refused.reason, Reason::Unavailable(_)), "{:?}", refused.reason);
}

/// Found by seed 2615 of the simulated world: the second who could not save made the room forget the first.
#[test]
fn who_could_not_save_is_not_forgotten_for_others_who_could_not() {
    let mut world = World::with(Limits {
        rejected_actors_max: 1,
        ..Limits::default()
    });
    let mut ann = Client::join(&mut world, ANN, actor(1));
    let mut ben = Client::join(&mut world, BEN, actor(2));
    let until = Some(TimestampMs(world.now.0 + 10_000));
    let why = "no space left".to_owned();
    world.rebuild(Some(Unavailable { why, until }));
    for client in [&mut ann, &mut ben] {
        client.rejoin(&mut world);
        let item = if client.person == ANN { 1 } else { 2 };
        client.edit(&mut world, &[make(item)]);
    }
    world.pass(10_000);
    let (hash, submitted) = ann.make(&mut world, &[put(1, "later")]);
    world.frame(ann.peer, &ClientFrame::Submit(vec![submitted]));
    ann.read(&mut world);
    let refused = ann.rejected.last().expect("it is refused");
    assert_eq!(refused.hash, hash);
    assert!(matches!(refused.reason, Reason::Unavailable(_)), "{:?}", refused.reason);
}
