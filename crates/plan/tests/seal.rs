//! What is personal is sealed when it is written and opened when it is read, in a document and in a table alike; the
//! guard takes nothing else.

#![allow(clippy::unwrap_used, reason = "a test fails where something is not there")]

use std::sync::Arc;

use domain::seal::SEALED_PREFIX;
use domain::{
    ActorId, Author, Cell, Delta, ItemId, ItemKey, Key, ParagraphId, PersonId, Scalar, Schema, Seal, SectionId, Seq,
    TimestampMs,
};
use plan::{
    Edit, EditError, Hidden, Keyring, Limits, Refusal, Replica, Rules, SealError, Table, UndoError, decode, genesis,
    precheck,
};
use uuid::Uuid;

const NOW: TimestampMs = TimestampMs(1_764_000_000_000);
const ITEM: ItemId = ItemId(Uuid::from_u128(0x018b_cfe5_0000_7000_8000_0000_0000_0007));
const ANN: PersonId = PersonId(Uuid::from_u128(1));

fn ring() -> Keyring {
    let mut ring = Keyring::new(Arc::new(Schema::standard()));
    for (byte, seal) in (1..).zip(Seal::ALL) {
        let key = Key([byte; 32]);
        ring.add(&ItemKey {
            item: ITEM,
            seal,
            generation: 0,
            key,
        });
    }
    ring
}

fn actor(byte: u8) -> ActorId {
    ActorId([byte; 16])
}

fn field(key: &str) -> Cell {
    Cell::field(SectionId::People, ITEM, key)
}

fn stance() -> Cell {
    Cell::own(SectionId::People, ITEM, ANN, "stance")
}

fn note() -> Cell {
    let paragraph = ParagraphId(Uuid::from_u128(0x018b_cfe5_0000_7000_8000_0000_0000_0009));
    Cell::paragraph(SectionId::People, ITEM, "personality", paragraph)
}

fn put(cell: Cell, value: &str) -> Edit {
    let value = value.into();
    Edit::Put { cell, value }
}

fn person() -> Vec<Edit> {
    let fields = vec![
        ("title".to_owned(), "H. Brandt".into()),
        ("rank".to_owned(), "80".into()),
    ];
    vec![
        Edit::MakeItem {
            section: SectionId::People,
            item: ITEM,
            fields,
        },
        put(field("political"), "inner"),
        put(stance(), "sceptic"),
        Edit::MakeParagraph {
            cell: note(),
            text: "Likes figures 👋".to_owned(),
        },
        put(note().with_suffix("rank"), "80"),
    ]
}

/// A document and a table that have the same changes.
struct World {
    replica: Replica,
    table: Table,
    ring: Keyring,
}

impl World {
    fn new() -> Self {
        let mut table = Table::new();
        let genesis = genesis();
        let change = read(&genesis.bytes);
        let author = Author::executive(PersonId::SERVER);
        table
            .admit(&Schema::standard(), author, Seq(1), Seq(0), &change)
            .unwrap();
        let mut replica = Replica::new(actor(1));
        replica.set_keyring(ring());
        Self {
            replica,
            table,
            ring: ring(),
        }
    }

    fn with_person() -> Self {
        let mut world = Self::new();
        world.edit(&person()).unwrap();
        world
    }

    /// Edits the document; the table admits the change, and would have written the same.
    fn edit(&mut self, edits: &[Edit]) -> Result<Vec<(Cell, Delta)>, EditError> {
        let authored = self.table.author_sealed(&self.ring, actor(1), NOW, edits);
        let Some(change) = self.replica.edit(NOW, edits)? else {
            assert_eq!(authored, Ok(None));
            return Ok(Vec::new());
        };
        assert_eq!(authored.unwrap().unwrap().bytes, change.bytes, "both write the same");
        Ok(self.admit(&change.bytes).unwrap())
    }

    fn admit(&mut self, bytes: &bytes::Bytes) -> Result<Vec<(Cell, Delta)>, Refusal> {
        let schema = Schema::standard();
        let rules = Rules {
            schema: &schema,
            keyring: Some(&self.ring),
        };
        let base = self.table.last();
        let admitted = self
            .table
            .admit(rules, Author::executive(ANN), base.next(), base, &read(bytes));
        Ok(admitted?.deltas)
    }
}

fn read(bytes: &[u8]) -> plan::Decoded {
    decode(&precheck(bytes, &Limits::default()).unwrap()).unwrap()
}

fn sealed(value: &Scalar) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(SEALED_PREFIX))
}

#[test]
fn a_reader_with_keys_reads_words_and_the_document_has_none() {
    let mut world = World::with_person();
    let check = |replica: &Replica| {
        assert_eq!(replica.value(&field("title")), Some("H. Brandt".into()));
        assert_eq!(replica.value(&field("rank")), Some("80".into()));
        assert_eq!(replica.values(&field("political")), [("inner".into(), actor(1))]);
        assert_eq!(
            replica.own(SectionId::People, ITEM, "stance"),
            [(ANN, "sceptic".into())]
        );
        let paragraphs = replica.paragraphs(SectionId::People, ITEM, "personality");
        assert_eq!(paragraphs.len(), 1);
        assert_eq!(paragraphs[0].1, "Likes figures 👋");
        assert_eq!(replica.text(&note()).as_deref(), Some("Likes figures 👋"));
    };
    check(&world.replica);
    let saved = world.replica.save();
    for words in ["Brandt", "inner", "sceptic", "figures"] {
        let found = saved.windows(words.len()).any(|window| window == words.as_bytes());
        assert!(!found, "{words}");
    }
    for (cell, value) in world.table.cells(SectionId::People, ITEM) {
        let plain = ["rank"].iter().any(|key| cell.key.ends_with(key));
        assert_eq!(sealed(&value), !plain, "{cell}");
    }
    let mut again = Replica::load(&saved, actor(2)).unwrap();
    assert!(again.text(&note()).is_none(), "a text only for who knows of seals");
    again.set_keyring(world.ring.without_keys());
    assert_eq!(again.value(&field("title")), None);
    assert_eq!(again.hidden(&field("title")), Some(Hidden::Withheld));
    assert_eq!(again.hidden(&field("rank")), None);
    again.set_keyring(world.ring.clone());
    check(&again);
    world.ring.erase((ITEM, Seal::Personality));
    again.set_keyring(world.ring.clone());
    assert_eq!(again.value(&field("title")), Some("H. Brandt".into()));
    assert_eq!(again.hidden(&note()), Some(Hidden::Erased));
    assert_eq!(again.own(SectionId::People, ITEM, "stance"), []);
}

#[test]
fn the_same_words_again_are_no_change_and_a_text_is_written_whole() {
    let mut world = World::with_person();
    assert_eq!(world.edit(&[put(field("title"), "H. Brandt")]), Ok(vec![]));
    let splice = Edit::Splice {
        cell: note(),
        at: 14,
        delete: 2,
        insert: "and trains".to_owned(),
    };
    let deltas = world.edit(&[splice]).unwrap();
    assert!(matches!(&deltas[..], [(cell, Delta::Set { .. })] if *cell == note()));
    assert_eq!(world.replica.text(&note()).as_deref(), Some("Likes figures and trains"));
    let again = Edit::MakeParagraph {
        cell: note(),
        text: String::new(),
    };
    assert_eq!(world.edit(&[again]), Err(EditError::ParagraphExists(note())));
    let outside = Edit::Splice {
        cell: note(),
        at: 90,
        delete: 0,
        insert: "x".to_owned(),
    };
    assert!(matches!(world.edit(&[outside]), Err(EditError::OutOfText { .. })));
}

#[test]
fn two_who_write_one_paragraph_both_stay_and_the_next_decides() {
    let mut world = World::with_person();
    let mut other = Replica::load(&world.replica.save(), actor(2)).unwrap();
    other.set_keyring(world.ring.clone());
    let theirs = other.edit(NOW, &[put(note(), "Theirs")]).unwrap().unwrap();
    world.edit(&[put(note(), "Mine")]).unwrap();
    world.replica.apply(&[theirs.bytes]).unwrap();
    let mut words: Vec<_> = world
        .replica
        .values(&note())
        .into_iter()
        .map(|(value, _)| value)
        .collect();
    words.sort();
    assert_eq!(words, ["Mine".into(), "Theirs".into()]);
    let winner = world.replica.value(&note()).unwrap();
    let decided = world
        .replica
        .edit(NOW, &[put(note(), winner.as_str().unwrap())])
        .unwrap();
    assert!(decided.is_some(), "deciding for the winner is a change");
    assert_eq!(world.replica.values(&note()).len(), 1);
}

#[test]
fn undo_brings_the_words_back_sealed_and_not_after_an_erasure() {
    let mut world = World::with_person();
    let change = world
        .replica
        .edit(NOW, &[put(field("title"), "Someone else")])
        .unwrap()
        .unwrap();
    world.admit(&change.bytes).unwrap();
    let undone = world.replica.clone().undo(NOW, &change.inverse).unwrap().unwrap();
    assert_eq!(
        undone.edits,
        [put(field("title"), "H. Brandt")],
        "kept as words, to be made again"
    );
    world.admit(&undone.bytes).unwrap();
    world.ring.erase((ITEM, Seal::Contact));
    world.replica.set_keyring(world.ring.clone());
    assert_eq!(
        world.replica.undo(NOW, &change.inverse).unwrap_err(),
        UndoError::Edit(EditError::Sealed(SealError::Erased))
    );
}

#[test]
fn the_guard_takes_what_opens_in_its_place_and_nothing_else() {
    let mut world = World::with_person();
    let refused = |world: &mut World, ring: &Keyring, edit: Edit| {
        let authored = world.table.author_sealed(ring, actor(1), NOW, &[edit]);
        let table = world.table.clone();
        let refusal = world.admit(&authored.unwrap().unwrap().bytes).unwrap_err();
        assert_eq!(format!("{:?}", world.table), format!("{table:?}"), "no trace");
        refusal
    };
    let plain = Keyring::default();
    assert_eq!(
        refused(&mut world, &plain, put(field("title"), "H. Brandt")),
        Refusal::Sealed(SealError::Plain("Name".to_owned()))
    );
    let text = Edit::MakeParagraph {
        cell: note().with_suffix("x"),
        text: String::new(),
    };
    assert!(matches!(refused(&mut world, &plain, text), Refusal::Denied(_)));
    let text = Edit::MakeParagraph {
        cell: Cell::paragraph(SectionId::People, ITEM, "pains", ParagraphId(Uuid::from_u128(3))),
        text: String::new(),
    };
    assert_eq!(refused(&mut world, &plain, text), Refusal::Sealed(SealError::Old));
    let there = world.table.value(&field("title")).unwrap();
    let moved = put(field("position"), there.as_str().unwrap());
    assert_eq!(refused(&mut world, &plain, moved), Refusal::Sealed(SealError::Broken));
    let mut other = Keyring::new(Arc::new(Schema::standard()));
    for seal in Seal::ALL {
        let key = Key([9; 32]);
        other.add(&ItemKey {
            item: ITEM,
            seal,
            generation: 0,
            key,
        });
    }
    assert_eq!(
        refused(&mut world, &other, put(field("title"), "x")),
        Refusal::Sealed(SealError::Broken),
        "a key that is not the item's"
    );
    let ring = world.ring.clone();
    assert!(
        matches!(
            refused(&mut world, &ring, put(stance(), "nonsense")),
            Refusal::Denied(_)
        ),
        "the words inside are judged"
    );
    let theirs = Cell::own(SectionId::People, ITEM, PersonId(Uuid::from_u128(2)), "stance");
    assert!(matches!(
        refused(&mut world, &ring, put(theirs, "neutral")),
        Refusal::Denied(_)
    ));
    let made = Edit::MakeItem {
        section: SectionId::People,
        item: ItemId(Uuid::from_u128(8)),
        fields: vec![],
    };
    assert_eq!(refused(&mut world, &plain, made), Refusal::Sealed(SealError::NoKey));
    world.ring.erase((ITEM, Seal::Contact));
    assert_eq!(
        refused(&mut world, &ring, put(field("title"), "x")),
        Refusal::Sealed(SealError::Erased)
    );
}

#[test]
fn what_was_plain_before_is_read_written_over_sealed_and_removed() {
    let mut world = World::new();
    // As the first releases wrote it.
    let plain = world.table.author(actor(1), NOW, &person()).unwrap().unwrap();
    let base = world.table.last();
    world.table.replay(base.next(), base, &read(&plain.bytes)).unwrap();
    world.replica.apply(&[plain.bytes]).unwrap();
    assert_eq!(world.replica.value(&field("title")), Some("H. Brandt".into()));
    assert_eq!(world.replica.text(&note()).as_deref(), Some("Likes figures 👋"));
    world.edit(&[put(field("title"), "H. Brandt")]).unwrap();
    assert!(
        sealed(&world.table.value(&field("title")).unwrap()),
        "the same words, sealed"
    );
    let typed = Edit::Splice {
        cell: note(),
        at: 0,
        delete: 0,
        insert: "x".to_owned(),
    };
    assert_eq!(
        world.replica.edit(NOW, &[typed]).unwrap_err(),
        EditError::Sealed(SealError::Old)
    );
    let value = Scalar::Bool(true);
    let cell = note().with_suffix("deleted");
    world.edit(&[Edit::Put { cell, value }]).unwrap();
    assert_eq!(world.replica.paragraphs(SectionId::People, ITEM, "personality"), []);
}
