//! A seeded world: several clients with real Automerge documents and outboxes, one stream, one table.

use std::collections::{BTreeSet, VecDeque};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, Value};
use bytes::Bytes;
use domain::{ActorId, Author, ItemId, ParagraphId, Part, PersonId, Schema, SectionId, Seq};
use plan::{Decoded, Limits, Table, decode, genesis, precheck};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::content::Content;

/// What a client sends: a change and the position that its document was at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submit {
    pub(crate) bytes: Bytes,
    pub(crate) base: Seq,
}

/// What the stream holds.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(crate) seq: Seq,
    pub(crate) submit: Submit,
}

/// A person at a device.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) person: PersonId,
    pub(crate) actor: ActorId,
    pub(crate) doc: Automerge,
    /// The last position that the document holds.
    pub(crate) applied: Seq,
    pub(crate) outbox: VecDeque<Submit>,
}

/// Everything.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) rng: ChaCha8Rng,
    pub(crate) schema: Schema,
    pub(crate) table: Table,
    pub(crate) stream: Vec<Admitted>,
    pub(crate) clients: Vec<Client>,
    /// What the facts say.
    pub(crate) folded: Content,
}

/// Reads a change as the server does.
pub(crate) fn read(bytes: &[u8]) -> Result<Decoded, plan::Malformed> {
    precheck(bytes, &Limits::default()).and_then(|checked| decode(&checked))
}

/// A change for Automerge.
pub(crate) fn change(bytes: &[u8]) -> Change {
    Change::from_bytes(bytes.to_vec()).expect("an admitted change")
}

/// A document of changes that came a few at a time, in some order that respects their dependencies.
pub(crate) fn shuffled(rng: &mut ChaCha8Rng, stream: &[Admitted]) -> Automerge {
    let mut waiting: Vec<_> = stream.iter().map(|admitted| change(&admitted.submit.bytes)).collect();
    let mut placed = BTreeSet::new();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let ready: Vec<usize> = (0..waiting.len())
            .filter(|at| waiting[*at].deps().iter().all(|dep| placed.contains(dep)))
            .collect();
        let next = waiting.swap_remove(ready[rng.random_range(0..ready.len())]);
        placed.insert(next.hash());
        order.push(next);
    }
    let mut doc = Automerge::new();
    while !order.is_empty() {
        let few = rng.random_range(1..=order.len().min(10));
        doc.apply_changes(order.drain(..few).collect::<Vec<_>>())
            .expect("it applies");
    }
    doc
}

impl World {
    pub(crate) fn new(seed: u64, clients: usize) -> Self {
        let mut world = Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            schema: Schema::standard(),
            table: Table::new(),
            stream: Vec::new(),
            clients: Vec::new(),
            folded: Content::default(),
        };
        let bytes = genesis().bytes.clone();
        world.admit(PersonId::SERVER, Submit { bytes, base: Seq::ZERO });
        for number in 0..clients {
            // Two devices of one person, among others.
            let client = world.client(PersonId(Uuid::from_u128(1 + number as u128 / 2)));
            world.clients.push(client);
        }
        world
    }

    /// A client that holds the genesis only.
    pub(crate) fn client(&mut self, person: PersonId) -> Client {
        let mut doc = Automerge::new();
        doc.apply_changes([change(&genesis().bytes)])
            .expect("the genesis applies");
        let actor = ActorId(self.rng.random());
        doc.set_actor(actor.0.into());
        Client {
            person,
            actor,
            doc,
            applied: Seq(1),
            outbox: VecDeque::new(),
        }
    }

    /// Admits an honest change: never refused.
    pub(crate) fn admit(&mut self, person: PersonId, submit: Submit) {
        let decoded = read(&submit.bytes).expect("an honest change decodes");
        let seq = self.table.last().next();
        let admitted = self
            .table
            .admit(&self.schema, Author::executive(person), seq, submit.base, &decoded);
        let admitted =
            admitted.unwrap_or_else(|why| panic!("an honest change is refused at {seq}: {why}\n{decoded:#?}"));
        for (cell, delta) in &admitted.deltas {
            self.folded.fold(cell, delta);
        }
        self.stream.push(Admitted { seq, submit });
    }

    /// Somebody does something.
    pub(crate) fn step(&mut self) {
        let client = self.rng.random_range(0..self.clients.len());
        match self.rng.random_range(0..10) {
            0..5 => self.edit(client),
            5..7 => self.send(client),
            7..9 => self.receive(client),
            _ if self.rng.random_bool(0.3) => {
                let seq = self.table.last().next();
                self.table.skip(seq);
            }
            _ => {}
        }
    }

    /// A client makes a change and keeps it in its outbox.
    pub(crate) fn edit(&mut self, client: usize) {
        let client = &mut self.clients[client];
        client.edit(&mut self.rng);
    }

    /// A client's first unsent change, or several, reach the server.
    pub(crate) fn send(&mut self, client: usize) {
        let count = self.rng.random_range(1..6);
        for _ in 0..count {
            let client = &mut self.clients[client];
            let Some(submit) = client.outbox.pop_front() else {
                return;
            };
            let person = client.person;
            self.admit(person, submit);
        }
    }

    /// A client receives some of what others did.
    pub(crate) fn receive(&mut self, client: usize) {
        let at_most = self.rng.random_range(1..20);
        self.clients[client].receive(&self.stream, at_most);
    }

    /// Everything is sent and received.
    pub(crate) fn settle(&mut self) {
        for client in 0..self.clients.len() {
            while !self.clients[client].outbox.is_empty() {
                self.send(client);
            }
        }
        for client in &mut self.clients {
            client.receive(&self.stream, usize::MAX);
        }
    }

    /// A document of the whole stream.
    pub(crate) fn document(&self) -> Automerge {
        let mut doc = Automerge::new();
        let changes = self.stream.iter().map(|admitted| change(&admitted.submit.bytes));
        doc.apply_changes(changes).expect("what was admitted applies");
        doc
    }
}

impl Client {
    /// Applies the next so many entries. What is its own is there already.
    pub(crate) fn receive(&mut self, stream: &[Admitted], at_most: usize) {
        let from = stream.partition_point(|admitted| admitted.seq <= self.applied);
        let batch = &stream[from..stream.len().min(from.saturating_add(at_most))];
        let Some(last) = batch.last() else { return };
        let changes = batch.iter().map(|admitted| change(&admitted.submit.bytes));
        let others = changes.filter(|change| change.actor_id().to_bytes() != self.actor.0);
        self.doc.apply_changes(others).expect("what was admitted applies");
        self.applied = last.seq;
    }

    /// One change of a few random edits.
    pub(crate) fn edit(&mut self, rng: &mut ChaCha8Rng) {
        let person = self.person;
        let mut tx = self.doc.transaction();
        for _ in 0..rng.random_range(1..4) {
            Edit::random(rng, person).write(&mut tx, rng);
        }
        let time = rng.random_range(0..2_000_000_000_000);
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(time));
        let Some(hash) = hash else { return };
        let change = self.doc.get_change_by_hash(&hash).expect("just made");
        self.outbox.push_back(Submit {
            bytes: Bytes::copy_from_slice(change.raw_bytes()),
            base: self.applied,
        });
    }
}

/// What a client may do in one go.
#[derive(Debug, Clone, Copy)]
enum Edit {
    MakeItem,
    Put,
    /// Puts what the cell shows already: in a conflict, a decision for the winner.
    PutAgain,
    Clear,
    MakeParagraph,
    Insert,
    Delete,
    Own(PersonId),
    Link,
}

impl Edit {
    fn random(rng: &mut ChaCha8Rng, person: PersonId) -> Self {
        match rng.random_range(0..24) {
            0 => Self::MakeItem,
            1..8 => Self::Put,
            8..11 => Self::PutAgain,
            11..13 => Self::Clear,
            13 => Self::MakeParagraph,
            14..18 => Self::Insert,
            18..21 => Self::Delete,
            21 => Self::Own(person),
            _ => Self::Link,
        }
    }

    fn write<T: Transactable + ReadDoc>(self, tx: &mut T, rng: &mut ChaCha8Rng) {
        match self {
            Self::MakeItem => make_item(tx, rng),
            Self::Put => {
                let (map, key) = field(tx, rng);
                put(tx, &map, &key, rng);
            }
            Self::PutAgain => {
                let (map, key) = field(tx, rng);
                if let Some((Value::Scalar(value), _)) = tx.get(&map, key.as_str()).expect("a map") {
                    let value = value.into_owned();
                    tx.put(&map, key, value).expect("a map");
                }
            }
            Self::Clear => {
                let (map, key) = field(tx, rng);
                // Automerge writes nothing where nothing is, and says so as an error or not: both are fine.
                let _ = tx.delete(&map, key);
            }
            Self::MakeParagraph => {
                let prose = prose(tx, rng);
                let key = format!("notes:{}", ParagraphId(uuid(rng)));
                let text = tx.put_object(&prose, key.as_str(), ObjType::Text).expect("a map");
                tx.splice_text(&text, 0, 0, "word").expect("a text");
                tx.put(&prose, format!("{key}:rank"), "80").expect("a map");
            }
            Self::Insert => {
                if let Some(text) = text(tx, rng) {
                    insert(tx, &text, rng);
                }
            }
            Self::Delete => {
                if let Some(text) = text(tx, rng) {
                    delete(tx, &text, rng);
                }
            }
            Self::Own(person) => {
                if let Some(item) = item(tx, rng) {
                    let own = map(tx, &item, "own");
                    tx.put(&own, format!("{person}:vote"), rng.random_range(0..4_i64))
                        .expect("a map");
                }
            }
            Self::Link => {
                if let Some(item) = item(tx, rng) {
                    let links = map(tx, &item, "links");
                    let target = ItemId(Uuid::from_u128(rng.random_range(1..4)));
                    tx.put(&links, format!("supports:{target}"), rng.random_range(1..4_i64))
                        .expect("a map");
                }
            }
        }
    }
}

fn uuid(rng: &mut ChaCha8Rng) -> Uuid {
    Uuid::from_u128(rng.random())
}

fn make_item<T: Transactable + ReadDoc>(tx: &mut T, rng: &mut ChaCha8Rng) {
    let section = map(tx, &ROOT, SectionId::Opportunities.as_str());
    let item = tx
        .put_object(&section, uuid(rng).to_string(), ObjType::Map)
        .expect("a map");
    for part in Part::MAPS {
        tx.put_object(&item, part.map_key().expect("a map"), ObjType::Map)
            .expect("a map");
    }
    tx.put(&item, "title", "New").expect("a map");
}

fn map<T: ReadDoc>(tx: &T, object: &ObjId, key: &str) -> ObjId {
    match tx.get(object, key).expect("a map") {
        Some((Value::Object(ObjType::Map), id)) => id,
        other => panic!("no map at {key}: {other:?}"),
    }
}

/// One of a few items: mostly the first, so that people meet.
fn item<T: ReadDoc>(tx: &T, rng: &mut ChaCha8Rng) -> Option<ObjId> {
    let section = map(tx, &ROOT, SectionId::Opportunities.as_str());
    let keys: Vec<String> = tx.keys(&section).take(3).collect();
    keys.choose(rng).map(|key| map(tx, &section, key))
}

fn profile<T: ReadDoc>(tx: &T) -> ObjId {
    let section = map(tx, &ROOT, SectionId::Profile.as_str());
    map(tx, &section, &ItemId::SINGLE.to_string())
}

/// A plain field of an item, or of the profile.
fn field<T: ReadDoc>(tx: &T, rng: &mut ChaCha8Rng) -> (ObjId, String) {
    match item(tx, rng) {
        Some(item) => {
            let key = *["title", "amount", "probability", "deleted"].choose(rng).expect("some");
            (item, key.to_owned())
        }
        None => (
            profile(tx),
            (*["title", "industry"].choose(rng).expect("some")).to_owned(),
        ),
    }
}

/// The paragraphs of an opportunity, or of the profile.
fn prose<T: ReadDoc>(tx: &T, rng: &mut ChaCha8Rng) -> ObjId {
    let item = item(tx, rng).filter(|_| rng.random_bool(0.5));
    map(tx, &item.unwrap_or_else(|| profile(tx)), "prose")
}

fn put<T: Transactable>(tx: &mut T, map: &ObjId, key: &str, rng: &mut ChaCha8Rng) {
    let result = match key {
        "amount" => tx.put(map, key, format!("{} EUR", rng.random_range(0..3) * 100)),
        "probability" => tx.put(map, key, rng.random_range(0..3_i64)),
        "deleted" => tx.put(map, key, rng.random_bool(0.5)),
        _ => tx.put(map, key, *["Ann", "Bea", "Cléo 😀", ""].choose(rng).expect("some")),
    };
    result.expect("a map");
}

/// One of the texts there are.
fn text<T: ReadDoc>(tx: &T, rng: &mut ChaCha8Rng) -> Option<ObjId> {
    let mut items = vec![profile(tx)];
    items.extend(item(tx, rng));
    let mut texts = Vec::new();
    for item in items {
        let prose = map(tx, &item, "prose");
        for key in tx.keys(&prose).take(6) {
            if let Some((Value::Object(ObjType::Text), id)) = tx.get(&prose, key).expect("a map") {
                texts.push(id);
            }
        }
    }
    texts.choose(rng).cloned()
}

/// UTF-16 positions between the characters.
fn places<T: ReadDoc>(tx: &T, text: &ObjId) -> Vec<usize> {
    let mut places = vec![0];
    for char in tx.text(text).expect("a text").chars() {
        places.push(places[places.len() - 1] + char.len_utf16());
    }
    places
}

fn insert<T: Transactable + ReadDoc>(tx: &mut T, text: &ObjId, rng: &mut ChaCha8Rng) {
    let at = *places(tx, text).choose(rng).expect("some");
    let new = *["a", "xyz", "😀", "👩‍👩‍👧", "é\n", "日本"].choose(rng).expect("some");
    tx.splice_text(text, at, 0, new).expect("a text");
}

fn delete<T: Transactable + ReadDoc>(tx: &mut T, text: &ObjId, rng: &mut ChaCha8Rng) {
    let places = places(tx, text);
    let from = rng.random_range(0..places.len());
    let to = rng.random_range(from..places.len().min(from + 5));
    let gone = isize::try_from(places[to] - places[from]).expect("a few");
    let new = if rng.random_bool(0.5) { "" } else { "new" };
    tx.splice_text(text, places[from], gone, new).expect("a text");
}
