//! Where a liar meets the guard: one state of the world, and the oracle that says whether what was admitted does harm.
//!
//! Bounds hold for every offer, refused or admitted: no panic, [`MEMORY_BYTES_MAX`], [`TIME_MAX`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use automerge::{Automerge, ReadDoc};
use domain::{Author, PersonId, Seq};
use plan::{Decoded, Table};
use rand::RngExt;
use uuid::Uuid;

use crate::content::Content;
use crate::world::{Client, Submit, World, change, read, shuffled};

/// Memory that one change may take beyond its own bytes, from the first look at it to its facts.
const MEMORY_BYTES_MAX: u64 = 1024 * 1024;
/// Time that one change may take: ample, so that a busy machine is no hang.
const TIME_MAX: Duration = Duration::from_secs(10);
/// So many offers between two looks at whether refused ones have left a trace.
const TRACE_EVERY: usize = 64;
/// So many admitted changes between two that honest people build upon, and that are mixed into the whole history.
const DEEP_EVERY: usize = 8;
/// Documents of the same changes, each in an order of its own.
const ORDERS: usize = 3;

/// What became of all offers.
#[derive(Default, Debug)]
pub(crate) struct Tally {
    pub(crate) same: usize,
    pub(crate) malformed: usize,
    pub(crate) refused: usize,
    pub(crate) admitted: usize,
    pub(crate) built_upon: usize,
    /// The most memory that one took beyond its bytes.
    pub(crate) memory_bytes: u64,
    /// The longest time that one took.
    pub(crate) longest: Duration,
}

impl Tally {
    pub(crate) fn offered(&self) -> usize {
        self.same + self.malformed + self.refused + self.admitted
    }
}

/// One state of a world.
pub(crate) struct Arena<'w> {
    world: &'w mut World,
    /// The world's table, and that table's bytes.
    scratch: Table,
    before: Vec<u8>,
    /// Documents of the stream: in its order, and in others.
    docs: Vec<Automerge>,
    offers: usize,
}

/// What an offer came to, before the oracle.
enum Verdict {
    Malformed,
    Refused,
    Admitted(Box<Decoded>),
}

impl<'w> Arena<'w> {
    pub(crate) fn new(world: &'w mut World) -> Self {
        let mut docs = vec![world.document()];
        docs.extend((1..ORDERS).map(|_| shuffled(&mut world.rng, &world.stream)));
        Self {
            scratch: world.table.clone(),
            before: world.table.save(),
            docs,
            offers: 0,
            world,
        }
    }

    /// Some client's next change, made for a lie: the honest one is not sent.
    pub(crate) fn next_submit(&mut self) -> (PersonId, Submit) {
        loop {
            let client = self.world.rng.random_range(0..self.world.clients.len());
            if self.world.clients[client].outbox.is_empty() {
                self.world.edit(client);
            }
            let client = &self.world.clients[client];
            if let Some(submit) = client.outbox.front() {
                return (client.person, submit.clone());
            }
        }
    }

    /// The world, for its randomness and its end.
    pub(crate) fn world(&mut self) -> &mut World {
        self.world
    }

    /// Offers a change. What is admitted is undone after the oracle has looked at it.
    pub(crate) fn offer(&mut self, person: PersonId, submit: &Submit, tally: &mut Tally) {
        self.offers += 1;
        let said = |what: &str| format!("{what} (base {}): {}", submit.base, crate::killers::hex(&submit.bytes));
        let mut verdict = Err(());
        let begun = now();
        let memory = allocation_counter::measure(|| {
            let offer = || verdict_on(&mut self.scratch, self.world, person, submit);
            verdict = catch_unwind(AssertUnwindSafe(offer)).map_err(drop);
        });
        let took = begun.elapsed();
        let verdict = verdict.unwrap_or_else(|()| panic!("{}", said("a panic")));
        let memory = memory.bytes_max.saturating_sub(submit.bytes.len() as u64);
        tally.memory_bytes = tally.memory_bytes.max(memory);
        tally.longest = tally.longest.max(took);
        assert!(
            memory <= MEMORY_BYTES_MAX,
            "{}",
            said(&format!("{memory} bytes of memory"))
        );
        assert!(took <= TIME_MAX, "{}", said(&format!("a hang of {took:?}")));
        match verdict {
            Verdict::Malformed => tally.malformed += 1,
            Verdict::Refused => tally.refused += 1,
            Verdict::Admitted(decoded) => {
                tally.admitted += 1;
                let deep = tally.admitted.is_multiple_of(DEEP_EVERY);
                tally.built_upon += usize::from(deep);
                let table = std::mem::replace(&mut self.scratch, self.world.table.clone());
                let outcome = catch_unwind(AssertUnwindSafe(|| self.check(table, submit, deep)));
                assert!(outcome.is_ok(), "{}\n{decoded:#?}", said("an admitted lie kills"));
            }
        }
        if self.offers.is_multiple_of(TRACE_EVERY) {
            assert!(
                self.scratch.save() == self.before,
                "{}",
                said("this, or one before, leaves a trace")
            );
        }
    }

    /// An admitted lie does no harm, in whatever order it comes.
    fn check(&mut self, table: Table, submit: &Submit, deep: bool) {
        let content = Content::of_table(&table);
        for doc in &self.docs {
            let mut live = doc.clone();
            live.apply_changes([change(&submit.bytes)])
                .expect("what is admitted applies");
            assert!(live.get_missing_deps(&[]).is_empty(), "it is not waiting for anything");
            assert_saves(&live, &content);
        }
        check_alone(&self.docs[0], submit);
        if deep {
            let mut live = self.docs[0].clone();
            live.apply_changes([change(&submit.bytes)]).expect("as before");
            build_upon(self.world, live, table);
            let mut stream = self.world.stream.clone();
            stream.push(crate::world::Admitted {
                seq: Seq(u64::MAX),
                submit: submit.clone(),
            });
            assert_saves(&shuffled(&mut self.world.rng, &stream), &content);
        }
    }
}

/// From the bytes to the facts.
fn verdict_on(table: &mut Table, world: &World, person: PersonId, submit: &Submit) -> Verdict {
    let Ok(decoded) = read(&submit.bytes) else {
        return Verdict::Malformed;
    };
    let seq = table.last().next();
    match table.admit(&world.schema, Author::executive(person), seq, submit.base, &decoded) {
        Err(_) => Verdict::Refused,
        Ok(_) => Verdict::Admitted(Box::new(decoded)),
    }
}

#[expect(clippy::disallowed_methods, reason = "a hang is a matter of real time")]
fn now() -> Instant {
    Instant::now()
}

/// A document says the same before and after it is saved.
fn assert_saves(doc: &Automerge, content: &Content) {
    assert_eq!(&Content::of_document(doc), content, "the document and the table");
    let loaded = Automerge::load(&doc.save()).expect("what is saved loads");
    assert_eq!(&Content::of_document(&loaded), content, "saved and loaded");
}

/// A replica that holds nothing but what the change depends on: what lies outside of its past is not there.
fn check_alone(doc: &Automerge, submit: &Submit) {
    let lie = change(&submit.bytes);
    let mut past = doc.fork_at(lie.deps()).expect("the dependencies are there");
    past.apply_changes([lie]).expect("it applies to its past");
    assert_saves(&past, &Content::of_document(&past));
}

/// Somebody who has seen the lie goes on working.
fn build_upon(world: &mut World, mut doc: Automerge, mut table: Table) {
    let actor = domain::ActorId(world.rng.random());
    doc.set_actor(actor.0.into());
    let mut client = Client {
        person: PersonId(Uuid::from_u128(77)),
        actor,
        doc,
        applied: table.last(),
        outbox: std::collections::VecDeque::new(),
    };
    for _ in 0..6 {
        client.edit(&mut world.rng);
    }
    for submit in &client.outbox {
        let decoded = read(&submit.bytes).expect("honest");
        let seq = table.last().next();
        table
            .admit(
                &world.schema,
                Author::executive(client.person),
                seq,
                submit.base,
                &decoded,
            )
            .expect("an honest change on top");
    }
    assert_eq!(Content::of_document(&client.doc), Content::of_table(&table));
    Automerge::load(&client.doc.save()).expect("what is saved loads");
}
