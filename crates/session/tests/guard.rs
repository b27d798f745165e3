//! What a session receives is checked before its document takes it; a plan that does not fit ends in safe mode, with
//! nothing lost.

mod support;

use bytes::Bytes;
use domain::{Author, ChangeHash, PersonId, Seq};
use plan::{Action, Content, EditError, Limits, decode, encode, precheck};
use protocol::{Body, Bye, Committed, Entry, PROTOCOL, PeerId, ServerFrame, Welcome, encode_server};
use session::{Connection, Event, Session};
use support::{World, make, person, put};

fn read(bytes: &[u8]) -> Content {
    let change = precheck(bytes, &Limits::default()).and_then(|checked| decode(&checked));
    change.expect("an honest change").content
}

/// The journal's last entry, behind itself and with a lie in it.
fn lying(world: &World, lie: impl FnOnce(&mut Content)) -> Committed {
    let last = world.journal.last().expect("there are entries").clone();
    let Body::Change { base, bytes, .. } = &last.entry.body else {
        panic!("a plan's stream has changes only");
    };
    let mut content = read(bytes);
    lie(&mut content);
    let (bytes, hash) = encode(&content);
    entry(&last, last.seq.next(), hash, *base, bytes)
}

fn entry(like: &Committed, seq: Seq, hash: ChangeHash, base: Seq, bytes: Bytes) -> Committed {
    Committed {
        seq,
        at: like.at,
        entry: Entry {
            body: Body::Change { hash, base, bytes },
            ..like.entry.clone()
        },
    }
}

/// An operation that panics a document: a value is used as a map.
fn break_document(content: &mut Content) {
    content.seq += 1;
    let name = plan::OpName {
        counter: content.start_op,
        actor: content.actor,
    };
    content.start_op += u32::try_from(content.ops.len()).expect("few");
    content.ops.truncate(1);
    content.ops[0].object = plan::Object::Made(name);
    content.ops[0].action = Action::Put("x".into());
}

fn hear(world: &mut World, index: usize, entries: Vec<Committed>) {
    world.hear(index, &encode_server(&ServerFrame::Entries(entries)));
}

#[test]
fn an_entry_that_lies_is_not_applied_and_the_plan_is_fetched_anew() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.edit_when_ready(one, vec![put(1, "title", "Honest")]);
    world.settle();
    let heads = world.session(two).heads();
    let lie = lying(&world, break_document);
    hear(&mut world, two, vec![lie]);
    let session = world.session(two);
    assert_eq!(session.heads(), heads, "it was not applied");
    assert!(
        session.fault().is_some_and(|fault| fault.contains("does not fit")),
        "{:?}",
        session.fault()
    );
    assert_eq!(session.safe_mode(), None, "once may be an accident");
    world.settle();
    world.check_settled();
    assert!(world.session(two).guards_exactly());
}

#[test]
fn a_change_that_was_damaged_on_the_way_is_never_applied() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.settle();
    world.go_offline(two);
    world.edit(one, vec![put(1, "title", "Honest")]);
    world.settle();
    let last = world.journal.last().expect("there are entries").clone();
    let Body::Change { hash, base, bytes } = last.entry.body.clone() else {
        panic!("a plan's stream has changes only");
    };
    for at in 0..bytes.len() {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 4;
        let entries = [&world.journal[..1], &[entry(&last, Seq(2), hash, base, damaged.into())]].concat();
        let mut session = Session::new(support::config(8));
        session.handle_connected(world.now);
        open_lying(&mut session, &world, &entries);
        assert_eq!(session.replica().map(|_| ()), None, "byte {at}: the plan does not open");
        assert!(session.fault().is_some(), "byte {at}");
    }
}

/// A server whose journal holds a lie: whoever opens the plan is sent it.
fn open_lying(session: &mut Session, world: &World, entries: &[Committed]) {
    let welcome = Welcome {
        protocol: PROTOCOL,
        you: person(2),
        standing: Author::executive(PersonId::SERVER).standing,
        peer: PeerId(99),
        epoch: 0,
        head: entries.last().expect("some").seq,
        now: world.now,
        snapshot: None,
        people: Vec::new(),
        actors: Vec::new(),
    };
    session.handle_frame(world.now, &encode_server(&ServerFrame::Welcome(welcome)));
    session.handle_frame(world.now, &encode_server(&ServerFrame::Entries(entries.to_vec())));
}

#[test]
fn a_plan_that_does_not_fit_twice_ends_in_safe_mode_with_nothing_lost() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.settle();
    world.go_offline(two);
    world.edit(two, vec![put(1, "title", "Not saved yet")]);
    let unsaved: Vec<Bytes> = world
        .session(two)
        .unsaved_changes()
        .map(|own| own.bytes.clone())
        .collect();
    assert_eq!(unsaved.len(), 1);

    let mut entries = world.journal.clone();
    entries.push(lying(&world, break_document));
    let shown = world.session(two).heads();
    for _ in 0..2 {
        let now = world.now;
        let session = &mut world.clients[two].session;
        session.reconnect_now(now);
        while session.poll_output().is_some() {}
        session.handle_connected(now);
        let mut session = std::mem::replace(session, Session::new(support::config(9)));
        open_lying(&mut session, &world, &entries);
        while session.poll_output().is_some() {}
        world.clients[two].session = session;
    }
    let now = world.now;
    let session = &mut world.clients[two].session;
    assert!(session.safe_mode().is_some_and(|why| why.contains("does not fit")));
    assert_eq!(session.connection(), &Connection::Ended(Bye::Fault));
    assert_eq!(session.heads(), shown, "the page shows what it showed");
    let kept: Vec<Bytes> = session.unsaved_changes().map(|own| own.bytes.clone()).collect();
    assert_eq!(kept, unsaved, "what is not saved can be taken out");
    let refused = session.edit(now, vec![put(1, "title", "More")]);
    assert_eq!(refused, Err(EditError::SafeMode));
    session.reconnect_now(now);
    assert_eq!(session.poll_output(), None, "it does not try again by itself");
}

#[test]
fn a_long_snapshot_is_guarded_exactly_after_a_while_and_a_short_one_at_once() {
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1)]);
    world.settle();
    world.go_offline(two);
    for number in 0..1_100 {
        world.edit(one, vec![put(1, "title", &format!("Title {number}"))]);
    }
    world.settle();
    world.take_snapshot();
    let three = world.add();
    while world.clients[three].session.connection() != &Connection::Online {
        assert!(world.step(0), "it opens");
    }
    assert!(!world.session(three).guards_exactly(), "the page opens first");
    world.run_for(2_000);
    assert!(world.session(three).guards_exactly());
    let lie = lying(&world, break_document);
    hear(&mut world, three, vec![lie]);
    assert!(
        world
            .session(three)
            .fault()
            .is_some_and(|fault| fault.contains("does not fit"))
    );
    world.clients[two].reachable = true;
    world.settle();
    assert!(world.clients[three].events.contains(&Event::Ready));
    world.check_settled();
}
