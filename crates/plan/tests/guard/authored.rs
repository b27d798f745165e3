//! What the table authors is, byte for byte, what a replica of the same past would have written.

use domain::{ActorId, Cell, ItemId, ParagraphId, PersonId, Scalar, SectionId, Seq, TimestampMs};
use plan::{Edit, EditError, Replica, Table};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::content::Content;
use crate::effort;
use crate::world::{Submit, World, read};

const NOW: TimestampMs = TimestampMs(1_795_000_000_000);

#[test]
fn the_table_authors_what_a_replica_would_write() {
    for seed in 0..effort(30) {
        println!("seed {seed}");
        let mut world = World::new(2_000_000 + seed, 3);
        (0..120).for_each(|_| world.step());
        // Without settling: clients have conflicts among them, and the stream ends somewhere.
        let actor = ActorId(world.rng.random());
        let mut replica = Replica::new(actor);
        let mut given = 0;
        for _ in 0..12 {
            let news: Vec<_> = world.stream[given..]
                .iter()
                .map(|admitted| admitted.submit.bytes.clone())
                .collect();
            replica.apply(&news).expect("what was admitted applies");
            given = world.stream.len();
            let edits = random_edits(&world.table, &mut world.rng);
            let expected = replica.edit(NOW, &edits);
            let authored = world.table.author(actor, NOW, &edits);
            match (expected, authored) {
                (Ok(None), Ok(None)) => {}
                (Ok(Some(expected)), Ok(Some(authored))) => {
                    assert_eq!(read(&authored.bytes), read(&expected.bytes), "{edits:#?}");
                    assert_eq!(authored.bytes, expected.bytes);
                    assert_eq!((authored.hash, authored.base), (expected.hash, world.table.last()));
                    let submit = Submit {
                        bytes: authored.bytes,
                        base: authored.base,
                    };
                    world.admit(PERSON, submit);
                    given = world.stream.len();
                }
                (Err(expected), Err(authored)) => assert_eq!(authored, expected),
                (expected, authored) => panic!("replica {expected:?}\ntable {authored:?}\n{edits:#?}"),
            }
            let client = world.rng.random_range(0..world.clients.len());
            world.edit(client);
            world.send(client);
        }
        assert_eq!(world.folded, Content::of_table(&world.table));
    }
}

/// Nobody of the world's clients.
const PERSON: PersonId = PersonId(Uuid::from_u128(99));

fn random_edits(table: &Table, rng: &mut ChaCha8Rng) -> Vec<Edit> {
    (0..rng.random_range(1..5)).map(|_| random_edit(table, rng)).collect()
}

fn random_edit(table: &Table, rng: &mut ChaCha8Rng) -> Edit {
    let section = SectionId::Opportunities;
    let items: Vec<ItemId> = table.items(section).take(3).collect();
    let Some(item) = items.choose(rng).copied().filter(|_| rng.random_bool(0.95)) else {
        let item = ItemId(Uuid::from_u128(rng.random()));
        let fields = vec![("title".to_owned(), "One".into()), ("rank".to_owned(), "80".into())];
        return Edit::MakeItem { section, item, fields };
    };
    let field = *["title", "amount", "probability", "deleted", "priority"]
        .choose(rng)
        .expect("some");
    let cell = Cell::field(section, item, field);
    match rng.random_range(0..8) {
        0 => Edit::Clear { cell },
        1 => match table.value(&cell) {
            Some(value) => Edit::Put { cell, value },
            None => Edit::Clear { cell },
        },
        2 | 3 => {
            let value = match field {
                "amount" => Scalar::Str(format!("{} EUR", rng.random_range(0..3) * 100)),
                "probability" => Scalar::Int(rng.random_range(0..3)),
                "deleted" => Scalar::Bool(rng.random()),
                "priority" => "high".into(),
                _ => "Ann".into(),
            };
            Edit::Put { cell, value }
        }
        4 => {
            let paragraph = ParagraphId(Uuid::from_u128(rng.random()));
            let cell = Cell::paragraph(section, item, "notes", paragraph);
            let text = (*["", "one 😀"].choose(rng).expect("some")).to_owned();
            Edit::MakeParagraph { cell, text }
        }
        _ => splice(table, section, item, rng).unwrap_or(Edit::Clear { cell }),
    }
}

/// Mostly inside the text, now and then past its end or in the middle of a character.
fn splice(table: &Table, section: SectionId, item: ItemId, rng: &mut ChaCha8Rng) -> Option<Edit> {
    let cell = table.paragraphs(section, item).choose(rng).cloned()?;
    let length = u32::try_from(table.text(&cell)?.encode_utf16().count()).expect("short");
    let past_the_end = u32::from(rng.random_bool(0.1));
    let at = rng.random_range(0..=length + past_the_end);
    let delete = rng.random_range(0..=(length + 1).saturating_sub(at).min(4));
    let insert = (*["", "x", "new 😀 text"].choose(rng).expect("some")).to_owned();
    Some(Edit::Splice {
        cell,
        at,
        delete,
        insert,
    })
}

#[test]
fn a_plan_of_its_own_needs_no_document() {
    let mut world = World::new(5, 1);
    let actor = ActorId([7; 16]);
    let item = ItemId(Uuid::from_u128(0x42));
    let section = SectionId::Actions;
    let made = Edit::MakeItem {
        section,
        item,
        fields: vec![("title".to_owned(), "Call".into())],
    };
    let authored = world.table.author(actor, NOW, std::slice::from_ref(&made));
    let authored = authored.expect("it can be made").expect("it changes something");
    assert_eq!(authored.base, Seq(1));
    let (bytes, base) = (authored.bytes, authored.base);
    world.admit(PERSON, Submit { bytes, base });
    let title = Cell::field(section, item, "title");
    assert_eq!(world.table.value(&title), Some("Call".into()));
    let again = Edit::Put {
        cell: title,
        value: "Call".into(),
    };
    assert_eq!(world.table.author(actor, NOW, &[again]), Ok(None));
    assert_eq!(
        world.table.author(actor, NOW, &[made]),
        Err(EditError::ItemExists(section, item))
    );
    assert_eq!(world.table.owner_changes(&actor), 1);
}
