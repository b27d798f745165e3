//! Contacts: what is personal about them is read by who has the keys, written under them, and gone with them.

#![allow(clippy::unwrap_used, reason = "a test fails where something is not there")]

mod support;

use domain::{Cell, ItemKey, Key, Role, Seal, SectionId, Stage, Standing};
use plan::{Edit, EditError, Hidden, Keyring, SealError};
use protocol::{ClientFrame, PeerId, Reason, ServerFrame, encode_client, encode_server};
use session::{Connection, Event, Session};
use support::{World, change_of, item, paragraph_id};

const PEOPLE: SectionId = SectionId::People;

fn field(number: u128, key: &str) -> Cell {
    Cell::field(PEOPLE, item(number), key)
}

fn note(number: u128) -> Cell {
    Cell::paragraph(PEOPLE, item(number), "personality", paragraph_id(number))
}

fn make(number: u128, name: &str) -> Vec<Edit> {
    let fields = vec![("title".to_owned(), name.into())];
    let text = format!("Notes on {name}");
    vec![
        Edit::MakeItem {
            section: PEOPLE,
            item: item(number),
            fields,
        },
        Edit::MakeParagraph {
            cell: note(number),
            text,
        },
    ]
}

fn put(number: u128, key: &str, value: &str) -> Edit {
    Edit::Put {
        cell: field(number, key),
        value: value.into(),
    }
}

fn name(world: &World, client: usize, number: u128) -> Option<String> {
    let value = world.replica(client).value(&field(number, "title"));
    value.map(|value| value.to_string())
}

fn in_journal(world: &World, words: &str) -> bool {
    let has = |bytes: &[u8]| bytes.windows(words.len()).any(|window| window == words.as_bytes());
    world.journal.iter().any(|entry| has(&change_of(entry)))
}

/// Ann and Ben, who have the plan open.
fn two() -> (World, usize, usize) {
    let mut world = World::new();
    let (ann, ben) = (world.add(), world.add());
    world.settle();
    (world, ann, ben)
}

/// Once all is said, nothing was refused, and both read the contact.
fn check_saved(world: &mut World, ann: usize, ben: usize) {
    world.run_for(60_000);
    world.settle();
    assert_eq!(world.session(ann).rejected(), []);
    assert_eq!(name(world, ben, 1).as_deref(), Some("H. Brandt"));
    world.check_settled();
}

fn set_role(world: &mut World, client: usize, role: Role) {
    world.set_role(client, role);
    world.settle();
}

#[test]
fn a_contact_made_by_one_is_read_by_the_others_and_by_newcomers_and_stands_sealed_in_the_journal() {
    let mut world = World::new();
    let (ann, ben) = (world.add(), world.add());
    world.edit_when_ready(ann, make(1, "H. Brandt"));
    world.settle();
    assert_eq!(name(&world, ben, 1).as_deref(), Some("H. Brandt"));
    assert_eq!(world.replica(ben).text(&note(1)).as_deref(), Some("Notes on H. Brandt"));
    world.edit(ben, vec![put(1, "political", "inner")]);
    world.settle();
    assert_eq!(world.replica(ann).value(&field(1, "political")), Some("inner".into()));
    world.take_snapshot();
    let newcomer = world.add();
    world.settle();
    assert_eq!(name(&world, newcomer, 1).as_deref(), Some("H. Brandt"));
    for words in ["Brandt", "Notes on", "inner"] {
        assert!(!in_journal(&world, words), "{words}");
    }
    world.check_settled();
}

#[test]
fn a_contact_made_offline_comes_with_its_keys_also_when_the_server_forgot_those_it_was_sent() {
    let (mut world, ann, ben) = two();
    world.go_offline(ann);
    world.edit(ann, make(1, "H. Brandt"));
    world.edit(ann, vec![put(1, "position", "CFO")]);
    assert_eq!(world.session(ann).unsaved_keys().count(), 2);
    world.clients[ann].reachable = true;
    // The first connection breaks after the keys were sent, before the changes are on disk.
    world.run_for(60_000);
    world.settle();
    assert_eq!(world.session(ann).unsaved_keys().count(), 0, "the server has them");
    assert_eq!(name(&world, ben, 1).as_deref(), Some("H. Brandt"));
    world.check_settled();
}

#[test]
fn keys_that_the_server_let_go_before_their_contact_came_are_given_again() {
    let (mut world, ann, ben) = two();
    world.edit(ann, make(1, "H. Brandt"));
    let keys: Vec<ItemKey> = world.session(ann).unsaved_keys().collect();
    let frame = encode_server(&ServerFrame::Keys(keys));
    // They are stored, and the contact itself is lost on its way.
    world.with(ann, |session, now| session.handle_frame(now, &frame));
    assert_eq!(world.session(ann).unsaved_keys().count(), 0);
    world.cut(ann);
    world.kill_server();
    check_saved(&mut world, ann, ben);
}

#[test]
fn keys_that_were_sent_and_lost_are_sent_again() {
    let mut world = World::new();
    let ann = world.add();
    world.settle();
    world.edit(ann, make(1, "H. Brandt"));
    // All that is under way is lost, and the server starts anew.
    world.cut(ann);
    world.kill_server();
    world.settle();
    world.run_for(60_000);
    world.settle();
    assert_eq!(name(&world, ann, 1).as_deref(), Some("H. Brandt"));
    world.check_settled();
}

#[test]
fn where_another_key_was_first_the_change_is_made_again_under_that_one() {
    let (mut world, ann, ben) = two();
    world.go_offline(ann);
    world.edit(ann, make(1, "H. Brandt"));
    world.edit(ann, vec![put(1, "position", "CFO")]);
    // Somebody gave other keys for the same contact.
    let keys = Seal::ALL.map(|seal| ItemKey {
        item: item(1),
        seal,
        generation: 0,
        key: Key([7; 32]),
    });
    let frame = encode_client(&ClientFrame::Keys(keys.to_vec()));
    let now = world.now;
    world.room.handle_frame(now, PeerId(2), &frame);
    world.settle();
    assert_eq!(world.keyring.get((item(1), Seal::Contact)), Some(keys[0]));
    world.clients[ann].reachable = true;
    world.run_for(60_000);
    world.settle();
    let refused = |frame: &ServerFrame| matches!(frame, ServerFrame::Reject(rejected) if matches!(rejected.reason, Reason::Sealed(_)));
    assert!(world.clients[ann].heard.iter().any(refused));
    assert_eq!(world.session(ann).rejected(), []);
    assert_eq!(name(&world, ben, 1).as_deref(), Some("H. Brandt"));
    assert_eq!(world.replica(ben).value(&field(1, "position")), Some("CFO".into()));
    world.check_settled();
}

#[test]
fn a_contact_that_was_refused_with_a_role_is_saved_once_the_role_is_back() {
    let (mut world, ann, ben) = two();
    // She makes no contacts any more, and has not heard of it: her keys are not taken either.
    world.set_role(ann, Role::SalesManager);
    world.edit(ann, make(1, "H. Brandt"));
    world.settle();
    assert_eq!(world.session(ann).rejected().len(), 1);
    assert!(world.keyring.is_empty());
    set_role(&mut world, ann, Role::Seller);
    world.with(ann, |session, now| session.retry(now, 0));
    check_saved(&mut world, ann, ben);
}

#[test]
fn an_observer_has_the_plan_without_what_is_personal_and_gets_it_with_the_role() {
    let (mut world, ann, ben) = two();
    set_role(&mut world, ben, Role::Observer);
    world.edit(ann, make(1, "H. Brandt"));
    world.settle();
    let gave_keys = |world: &World| {
        let heard = &world.clients[ben].heard;
        heard
            .iter()
            .any(|frame| matches!(frame, ServerFrame::Keys(keys) if !keys.is_empty()))
    };
    assert!(!gave_keys(&world));
    assert_eq!(name(&world, ben, 1), None);
    assert_eq!(world.replica(ben).hidden(&field(1, "title")), Some(Hidden::Withheld));
    assert!(world.replica(ben).has_item(PEOPLE, item(1)));
    set_role(&mut world, ben, Role::Seller);
    assert!(gave_keys(&world));
    assert_eq!(name(&world, ben, 1).as_deref(), Some("H. Brandt"));
    world.clients[ben].events.clear();
    set_role(&mut world, ben, Role::Observer);
    assert_eq!(name(&world, ben, 1), None, "the keys go with the role");
    assert!(
        world.clients[ben].events.contains(&Event::Ready),
        "the page reads again"
    );
}

#[test]
fn a_contact_made_offline_is_made_anew_when_its_key_was_lost_with_a_role_that_came_back() {
    let (mut world, ann, ben) = two();
    world.go_offline(ann);
    world.edit(ann, make(1, "H. Brandt"));
    // She hears that she is an observer, and nothing more; when she comes again, she is what she was.
    let observer = Standing {
        role: Role::Observer,
        stage: Stage::PreWork,
    };
    world.clients[ann].reachable = true;
    world.with(ann, Session::reconnect_now);
    while world.session(ann).connection() != &Connection::Online {
        assert!(world.step(0), "she comes online");
    }
    world.disk_stalled = true;
    world.hear(ann, &encode_server(&ServerFrame::Standing(observer)));
    assert_eq!(world.session(ann).unsaved_keys().count(), 0);
    world.disk_stalled = false;
    world.cut(ann);
    world.keyring = Keyring::new(world.schema.clone());
    world.kill_server();
    check_saved(&mut world, ann, ben);
}

#[test]
fn a_contact_that_waits_is_saved_when_an_older_backup_was_put_back_with_the_keys_of_then() {
    let (mut world, ann, ben) = two();
    world.disk_stalled = true;
    world.edit(ann, make(1, "H. Brandt"));
    world.run_for(100);
    assert_eq!(world.session(ann).unsaved_keys().count(), 0, "the server has them");
    assert_eq!(world.session(ann).unsaved(), 1, "but not the contact");
    world.keyring = Keyring::new(world.schema.clone());
    world.disk_stalled = false;
    world.begin_epoch(7);
    check_saved(&mut world, ann, ben);
}

#[test]
fn what_is_erased_is_gone_for_all_and_is_written_no_more() {
    let mut world = World::new();
    let (ann, ben) = (world.add(), world.add());
    world.edit_when_ready(ann, make(1, "H. Brandt"));
    world.settle();
    world.go_offline(ben);
    world.edit(ben, vec![put(1, "title", "Hanna Brandt"), put(1, "political", "inner")]);
    let gone = [(item(1), Seal::Contact)];
    world.keyring.erase(gone[0]);
    let now = world.now;
    world.room.handle_erased(now, &gone);
    world.settle();
    assert_eq!(world.replica(ann).hidden(&field(1, "title")), Some(Hidden::Erased));
    let denied = world.with(ann, |session, now| session.edit(now, vec![put(1, "title", "x")]));
    assert_eq!(denied, Err(EditError::Sealed(SealError::Erased)));
    assert_eq!(world.replica(ann).text(&note(1)).as_deref(), Some("Notes on H. Brandt"));
    // Who was away comes with what can be taken no more: it stays with its reason.
    world.clients[ben].reachable = true;
    world.run_for(60_000);
    world.settle();
    let rejected = world.session(ben).rejected();
    assert_eq!(rejected.len(), 1);
    assert!(
        rejected[0].reason.to_string().contains("erased"),
        "{}",
        rejected[0].reason
    );
    assert_eq!(name(&world, ben, 1), None);
    world.edit(ben, vec![put(1, "political", "inner")]);
    world.settle();
    world.check_settled();
    let newcomer = world.add();
    world.settle();
    assert_eq!(world.replica(newcomer).hidden(&field(1, "title")), Some(Hidden::Erased));
}

#[test]
fn undo_and_redo_of_a_contact_go_as_of_anything_else() {
    let mut world = World::new();
    let ann = world.add();
    world.edit_when_ready(ann, make(1, "H. Brandt"));
    world.edit(ann, vec![put(1, "title", "Hanna Brandt")]);
    world.with(ann, Session::undo);
    assert_eq!(name(&world, ann, 1).as_deref(), Some("H. Brandt"));
    world.with(ann, Session::redo);
    assert_eq!(name(&world, ann, 1).as_deref(), Some("Hanna Brandt"));
    world.settle();
    world.check_settled();
}
