//! What may enter a plan, and who hears of it when.

mod support;

use domain::{ActorId, ItemId, PersonId, SectionId, Seq, TimestampMs};
use plan::edit::Edit;
use protocol::{Body, Bye, ClientFrame, Place, Reason, ServerFrame, Submitted};
use relay::{Limits, SubmitError};
use support::{ANN, BEN, Client, World, actor, hash, make, put, title, two};

fn without_presence(frames: Vec<ServerFrame>) -> Vec<ServerFrame> {
    frames
        .into_iter()
        .filter(|frame| !matches!(frame, ServerFrame::Presence(_) | ServerFrame::People { .. }))
        .collect()
}

#[test]
fn nothing_is_acknowledged_or_shown_before_it_is_on_disk() {
    let (mut world, mut ann, mut ben) = two();
    ben.read(&mut world);
    ann.edit(&mut world, &[make(1)]);
    world.pass(10_000);
    assert_eq!(world.take(ann.peer), []);
    assert_eq!(world.take(ben.peer), []);
    assert!(world.facts.is_empty() && !world.room.is_quiet());

    world.commit();
    ann.read(&mut world);
    ben.read(&mut world);
    assert!(ann.outbox.is_empty());
    assert_eq!(ben.replica.heads(), ann.replica.heads());
    assert!(!world.facts.is_empty() && world.room.is_quiet());
}

#[test]
fn what_comes_during_an_append_is_the_next_group() {
    let (mut world, mut ann, mut ben) = two();
    ann.edit(&mut world, &[make(1)]);
    ben.edit(&mut world, &[make(2)]);
    ann.edit(&mut world, &[make(3)]);
    assert_eq!(world.appending.as_ref().map(Vec::len), Some(1));
    world.commit_one();
    assert_eq!(
        world.appending.as_ref().map(Vec::len),
        Some(2),
        "everything that waited goes at once"
    );
    world.commit();
    ann.read(&mut world);
    ben.read(&mut world);
    assert_eq!(ann.replica.heads(), ben.replica.heads());
    assert_eq!(world.room.committed(), Seq(4));
}

#[test]
fn a_group_is_one_frame_shared_by_all() {
    let (mut world, mut ann, mut ben) = two();
    let cleo = Client::join(&mut world, BEN, actor(3));
    ann.edit(&mut world, &[make(1)]);
    ben.edit(&mut world, &[make(2)]);
    ann.edit(&mut world, &[make(3)]);
    world.commit_one();
    for peer in [ann.peer, ben.peer, cleo.peer] {
        world.take(peer);
    }
    world.commit_one();
    let last = |world: &World, peer| world.sockets[&peer].frames.last().expect("a frame").clone();
    let shared = last(&world, cleo.peer);
    for peer in [ann.peer, ben.peer] {
        assert_eq!(shared.as_ptr(), last(&world, peer).as_ptr(), "encoded once");
    }
    let [ServerFrame::Entries(entries)] = &without_presence(world.take(cleo.peer))[..] else {
        panic!("one frame")
    };
    assert_eq!(
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
        [Seq(3), Seq(4)]
    );
    for peer in [ann.peer, ben.peer] {
        let frames = without_presence(world.take(peer));
        assert!(
            matches!(&frames[..], [ServerFrame::Ack(_), ServerFrame::Entries(_)]),
            "the author hears Ack first"
        );
    }
}

#[test]
fn an_author_of_a_whole_group_hears_ack_alone() {
    let (mut world, mut ann, _ben) = two();
    world.take(ann.peer);
    ann.edit(&mut world, &[make(1)]);
    world.commit();
    assert!(matches!(&without_presence(world.take(ann.peer))[..], [ServerFrame::Ack(acks)] if acks.len() == 1));
}

#[test]
fn others_learn_whose_a_new_actor_is_before_its_first_entry() {
    let (mut world, mut ann, ben) = two();
    world.take(ben.peer);
    ann.edit(&mut world, &[make(1)]);
    world.commit();
    let frames = world.take(ben.peer);
    let [ServerFrame::People { people, actors }, ServerFrame::Entries(_)] = &frames[..] else {
        panic!("unexpected: {frames:?}")
    };
    assert_eq!((people.len(), &actors[..]), (0, &[(actor(1), ANN)][..]));
}

#[test]
fn a_change_sent_again_while_in_flight_is_stored_once_and_acknowledged_with_that_commit() {
    let (mut world, mut ann, _ben) = two();
    ann.edit(&mut world, &[make(1)]);
    let again: Vec<Submitted> = ann.outbox.iter().map(|(_, submitted)| submitted.clone()).collect();
    ann.submit(&mut world, again.clone());
    world.leave(ann.peer);
    ann.rejoin(&mut world);
    assert_eq!(ann.outbox.len(), 1, "not on disk: not acknowledged");
    world.commit();
    ann.read(&mut world);
    assert!(ann.outbox.is_empty());
    assert_eq!(world.journal.len(), 2);
}

#[test]
fn a_change_sent_again_after_its_commit_is_acknowledged_at_once_with_its_place_and_time() {
    let (mut world, mut ann, _ben) = two();
    let first = ann.edit(&mut world, &[make(1)]);
    let submitted = ann.outbox[0].1.clone();
    world.commit();
    let committed = world.journal[1].clone();
    world.pass(60_000);
    ann.edit(&mut world, &[make(2)]);
    world.commit();
    world.take(ann.peer);
    ann.submit(&mut world, vec![submitted]);
    let [ServerFrame::Ack(acks)] = &without_presence(world.take(ann.peer))[..] else {
        panic!("an Ack at once")
    };
    assert_eq!(
        (acks[0].hash, acks[0].seq, acks[0].at),
        (first, committed.seq, committed.at)
    );
    assert_eq!(world.journal.len(), 3);
}

#[test]
fn after_a_refusal_everything_of_that_actor_is_refused() {
    let (mut world, mut ann, _ben) = two();
    ann.edit(&mut world, &[make(1)]);
    let stage = domain::Cell::field(SectionId::Opportunities, support::item(1), "stage");
    let nonsense = Edit::Put {
        cell: stage,
        value: "no such stage".into(),
    };
    ann.edit(&mut world, &[nonsense]);
    ann.edit(&mut world, &[put(1, "after")]);
    world.commit();
    ann.read(&mut world);
    let reasons: Vec<&Reason> = ann.rejected.iter().map(|rejected| &rejected.reason).collect();
    assert!(
        matches!(reasons[..], [Reason::Denied(_), Reason::AfterRejected]),
        "{reasons:?}"
    );
    assert_eq!(world.journal.len(), 2, "what came before stays");

    // A new actor on what was accepted goes on.
    let mut again = Client::join(&mut world, ANN, actor(9));
    again.edit(&mut world, &[put(1, "again")]);
    world.commit();
    assert_eq!(world.room.table().value(&title(1)), Some("again".into()));
}

#[test]
fn nobody_writes_with_another_persons_actor() {
    let (mut world, mut ann, _ben) = two();
    ann.edit(&mut world, &[make(1)]);
    world.commit();
    let mut thief = Client::join(&mut world, BEN, actor(1));
    thief.edit(&mut world, &[put(1, "stolen")]);
    world.commit();
    thief.read(&mut world);
    assert!(matches!(&thief.rejected[..], [rejected] if matches!(rejected.reason, Reason::Denied(_))));
    // The owner is not hurt by it.
    ann.edit(&mut world, &[put(1, "mine")]);
    world.commit();
    ann.read(&mut world);
    assert!(ann.outbox.is_empty() && ann.rejected.is_empty());
}

#[test]
fn no_page_takes_the_actor_under_which_the_server_writes_for_somebody() {
    let (mut world, _ann, _ben) = two();
    let servers = ActorId::of_server([1; 8]);
    let mut thief = Client::join(&mut world, BEN, servers);
    thief.edit(&mut world, &[make(1)]);
    world.commit();
    thief.read(&mut world);
    assert!(matches!(&thief.rejected[..], [rejected] if matches!(rejected.reason, Reason::Denied(_))));
    let edited = world.room.submit_as(world.now, ANN, servers, &[make(2)]);
    assert!(matches!(edited, Ok(Some(_))), "it is the server's still: {edited:?}");
}

#[test]
fn an_actor_belongs_to_its_person_before_its_first_change_is_on_disk() {
    let (mut world, mut ann, _ben) = two();
    ann.edit(&mut world, &[make(1)]);
    let mut thief = Client::join(&mut world, BEN, actor(1));
    thief.edit(&mut world, &[make(2)]);
    thief.read(&mut world);
    assert!(matches!(&thief.rejected[..], [rejected] if matches!(rejected.reason, Reason::Denied(_))));
}

#[test]
fn two_pages_of_one_person_edit_with_an_actor_each() {
    let (mut world, mut ann, _ben) = two();
    let mut second = Client::join(&mut world, ANN, actor(3));
    ann.edit(&mut world, &[make(1)]);
    second.edit(&mut world, &[make(2)]);
    world.commit();
    ann.read(&mut world);
    second.read(&mut world);
    assert_eq!(ann.replica.heads(), second.replica.heads());
}

#[test]
fn a_person_has_so_many_actors_and_no_more() {
    let mut world = World::with(Limits {
        actors_per_person_max: 2,
        ..Limits::default()
    });
    for n in 1..=3 {
        let mut client = Client::join(&mut world, ANN, actor(n));
        client.edit(&mut world, &[make(u64::from(n))]);
        world.commit();
        client.read(&mut world);
        assert_eq!(client.rejected.len(), usize::from(n == 3), "actor {n}");
    }
    let mut ben = Client::join(&mut world, BEN, actor(7));
    ben.edit(&mut world, &[make(7)]);
    world.commit();
    ben.read(&mut world);
    assert!(ben.rejected.is_empty(), "another person has their own count");
}

#[test]
fn bytes_that_are_no_change_are_refused_by_the_hash_their_sender_knows() {
    let (mut world, mut ann, _ben) = two();
    let (hash, submitted) = ann.make(&mut world, &[make(1)]);
    let mut bytes = submitted.bytes.to_vec();
    bytes[4] ^= 1; // the checksum: the hash is of what follows it
    ann.submit(
        &mut world,
        vec![Submitted {
            base: submitted.base,
            bytes: bytes.into(),
        }],
    );
    ann.read(&mut world);
    assert!(matches!(&ann.rejected[..], [rejected]
        if rejected.hash == hash && matches!(rejected.reason, Reason::Malformed(_))));
    assert!(world.room.is_quiet());
}

#[test]
fn a_base_that_nobody_was_sent_is_refused() {
    let (mut world, mut ann, mut ben) = two();
    ben.edit(&mut world, &[make(2)]);
    let (_, submitted) = ann.make(&mut world, &[make(1)]);
    ann.submit(
        &mut world,
        vec![Submitted {
            base: Seq(2),
            ..submitted
        }],
    );
    ann.read(&mut world);
    assert!(matches!(&ann.rejected[..], [rejected] if matches!(rejected.reason, Reason::Inconsistent(_))));
}

#[test]
fn a_failed_append_sends_everyone_away_and_nothing_is_lost_or_stored_twice() {
    let (mut world, mut ann, mut ben) = two();
    ann.edit(&mut world, &[make(1)]);
    ben.edit(&mut world, &[make(2)]);
    world.fail_append("the disk failed");
    assert!(world.failed.is_some());
    assert_eq!([world.closed(ann.peer), world.closed(ben.peer)], [Some(&Bye::Fault); 2]);

    world.rebuild(None);
    ann.rejoin(&mut world);
    ben.rejoin(&mut world);
    world.commit();
    ann.read(&mut world);
    ben.read(&mut world);
    assert!(ann.outbox.is_empty() && ben.outbox.is_empty());
    assert_eq!(ann.replica.heads(), ben.replica.heads());
    assert_eq!(world.journal.len(), 3);
}

#[test]
fn what_a_failed_append_did_write_is_acknowledged_by_the_next_room() {
    let (mut world, mut ann, mut ben) = two();
    ann.edit(&mut world, &[make(1)]);
    // The disk has it, and yet the answer is a failure.
    let entries = world.appending.clone().expect("an append");
    world.fail_append("the answer was lost");
    let entry = protocol::decode_entry(&entries[0].payload).expect("an entry");
    world.journal.push(protocol::Committed {
        seq: Seq(2),
        at: entries[0].at,
        entry,
    });
    world.rebuild(None);
    ann.rejoin(&mut world);
    ann.read(&mut world);
    assert!(ann.outbox.is_empty() && world.appending.is_none());
    ben.rejoin(&mut world);
    ben.read(&mut world);
    assert_eq!(ann.replica.heads(), ben.replica.heads());
}

#[test]
fn a_journal_that_answers_something_else_fails_the_room() {
    let (mut world, mut ann, _ben) = two();
    ann.edit(&mut world, &[make(1)]);
    world.room.handle_committed(world.now, &[(Seq(7), world.now)]);
    world.drain();
    assert!(world.failed.is_some());
    assert_eq!(world.closed(ann.peer), Some(&Bye::Fault));
}

#[test]
fn the_server_edits_for_a_person_through_the_same_admission() {
    let (mut world, _ann, mut ben) = two();
    let hash = world
        .room
        .submit_as(world.now, ANN, actor(50), &[make(1), put(1, "from the server")]);
    world.drain();
    assert!(world.saved.is_empty());
    world.commit();
    let saved: Vec<_> = world.saved.iter().map(|acked| acked.hash).collect();
    assert_eq!(hash, Ok(Some(saved[0])));
    ben.read(&mut world);
    assert_eq!(ben.replica.value(&title(1)), Some("from the server".into()));
    assert!(world.facts.iter().all(|fact| fact.author == ANN));

    let nothing = world
        .room
        .submit_as(world.now, ANN, actor(50), &[put(1, "from the server")]);
    assert_eq!(nothing, Ok(None), "an edit that changes nothing is no change");
    let stolen = world.room.submit_as(world.now, BEN, actor(50), &[put(1, "stolen")]);
    assert!(matches!(stolen, Err(SubmitError::Refused(Reason::Denied(_)))));
}

#[test]
fn the_genesis_is_the_servers_and_the_first() {
    let world = World::new();
    let genesis = &world.journal[0];
    assert_eq!(hash(genesis), Some(plan::genesis().hash));
    assert_eq!(genesis.entry.author, PersonId::SERVER);
    assert!(matches!(&genesis.entry.body, Body::Change { base: Seq::ZERO, .. }));
    assert_eq!(
        world.room.table().items(SectionId::Profile).collect::<Vec<_>>(),
        [ItemId::SINGLE]
    );
}

#[test]
fn who_comes_before_the_genesis_is_on_disk_is_welcomed_after_it_and_can_edit() {
    let mut world = World::unborn(Limits::default());
    let peers = [world.connect(ANN, Seq::ZERO), world.connect(BEN, Seq::ZERO)];
    let gone = world.connect(BEN, Seq::ZERO);
    world.leave(gone);
    assert_eq!(world.sent(peers[0]), []);
    assert_eq!(world.room.peers(), 2);
    world.commit();
    assert_eq!(world.sent(gone), []);
    let mut ann = Client::on(&mut world, peers[0], ANN, actor(1));
    let mut ben = Client::on(&mut world, peers[1], BEN, actor(2));
    ann.edit(&mut world, &[make(1)]);
    ben.edit(&mut world, &[make(2)]);
    world.commit();
    for client in [&mut ann, &mut ben] {
        client.read(&mut world);
        assert!(client.outbox.is_empty() && client.rejected.is_empty());
    }
    assert_eq!(ann.replica.heads(), ben.replica.heads());
}

#[test]
fn a_genesis_that_cannot_be_stored_sends_those_who_wait_away() {
    let mut world = World::unborn(Limits::default());
    let peer = world.connect(ANN, Seq::ZERO);
    world.fail_append("the disk failed");
    assert_eq!(world.closed(peer), Some(&Bye::Fault));
}

#[test]
fn times_never_go_back_whatever_the_clock_does() {
    let (mut world, mut ann, _ben) = two();
    ann.edit(&mut world, &[make(1)]);
    world.commit();
    world.now = TimestampMs(world.now.0 - 3_600_000);
    ann.edit(&mut world, &[make(2)]);
    world.commit();
    assert!(world.journal.is_sorted_by_key(|entry| entry.at));
    assert!(world.facts.is_sorted_by_key(|fact| fact.at));
}

#[test]
fn an_empty_submit_does_nothing() {
    let (mut world, ann, _ben) = two();
    world.take(ann.peer);
    world.frame(ann.peer, &ClientFrame::Submit(Vec::new()));
    assert_eq!(world.take(ann.peer), []);
}

/// So many clients that changes are gathered.
fn crowd() -> (World, Vec<Client>) {
    let mut world = World::new();
    let count = u8::try_from(Limits::default().gather_peers_min).expect("few");
    let clients = (1..=count).map(|n| Client::join(&mut world, ANN, actor(n))).collect();
    world.pass(1_000);
    (world, clients)
}

#[test]
fn among_many_a_first_edit_goes_at_once_and_those_that_follow_are_gathered_for_a_moment() {
    let (mut world, mut clients) = crowd();
    clients[0].edit(&mut world, &[make(1)]);
    assert!(world.commit_one(), "nobody waits after a quiet time");
    for (n, client) in (2..).zip(&mut clients[1..4]) {
        client.edit(&mut world, &[make(n)]);
        assert!(!world.commit_one(), "it waits for others");
    }
    world.take(clients[7].peer);
    let limits = Limits::default();
    let rest = limits.gather_us_per_peer * i64::try_from(clients.len()).expect("few") / 1_000;
    world.pass(rest);
    assert!(world.commit_one());
    let [ServerFrame::Entries(entries)] = &without_presence(world.take(clients[7].peer))[..] else {
        panic!("one frame of all")
    };
    assert_eq!(entries.len(), 3);
}

#[test]
fn enough_edits_for_a_group_wait_a_tenth_as_long() {
    let (mut world, mut clients) = crowd();
    clients[0].edit(&mut world, &[make(1)]);
    world.commit();
    let limits = Limits::default();
    for (n, client) in (2..).zip(clients.iter_mut().take(limits.gather_changes)) {
        client.edit(&mut world, &[make(n)]);
    }
    let rest = limits.gather_us_per_peer * i64::try_from(clients.len()).expect("few") / 1_000;
    world.pass(rest / 10);
    assert!(world.commit_one());
}

#[test]
fn a_clock_that_is_set_back_keeps_no_edit_waiting() {
    let (mut world, mut clients) = crowd();
    clients[0].edit(&mut world, &[make(1)]);
    world.commit();
    world.now = TimestampMs(world.now.0 - 3_600_000);
    clients[1].edit(&mut world, &[make(2)]);
    assert!(world.commit_one());
}

#[test]
fn a_move_goes_out_behind_the_entries_that_are_told_meanwhile() {
    let (mut world, mut clients) = crowd();
    let move_to = |n| {
        ClientFrame::Presence(Place {
            cell: Some(title(n)),
            ..Place::default()
        })
    };
    // The first is told at once, the second is kept for a moment.
    world.frame(clients[1].peer, &move_to(1));
    world.frame(clients[1].peer, &move_to(2));
    clients[0].edit(&mut world, &[make(1)]);
    world.take(clients[2].peer);
    world.commit_one();
    assert!(matches!(
        &world.take(clients[2].peer)[..],
        [.., ServerFrame::Entries(_), ServerFrame::Presence(_)]
    ));
}
