//! What honest clients write is never refused, and everybody ends up with what the table says.

use automerge::Automerge;
use rand::RngExt;

use crate::content::Content;
use crate::effort;
use crate::world::{World, shuffled};
use plan::Table;

const STEPS: usize = 300;

fn run(seed: u64) {
    println!("seed {seed}");
    let mut world = World::new(seed, 2 + usize::try_from(seed % 5).expect("small"));
    for step in 0..STEPS {
        world.step();
        // Nobody hears of anybody for a while, now and then: long outboxes over old bases.
        if step % 100 == 50 {
            let alone = world.rng.random_range(0..world.clients.len());
            (0..20).for_each(|_| world.edit(alone));
        }
    }
    world.settle();
    check(&mut world);
}

fn check(world: &mut World) {
    let content = Content::of_table(&world.table);
    assert_eq!(world.folded, content, "facts and table");
    for client in &world.clients {
        assert_eq!(
            Content::of_document(&client.doc),
            content,
            "a client's document and the table"
        );
    }
    let doc = world.document();
    assert_eq!(Content::of_document(&doc), content, "the stream's order and the table");
    let loaded = Automerge::load(&doc.save()).expect("what was saved loads");
    assert_eq!(Content::of_document(&loaded), content, "saved and loaded");
    assert_eq!(
        Content::of_document(&shuffled(&mut world.rng, &world.stream)),
        content,
        "another order and the table"
    );
    let replayed = replay(world);
    assert_eq!(replayed.save(), world.table.save(), "replayed and live");
    let loaded = Table::load(&world.table.save()).expect("what was saved loads");
    assert_eq!(Content::of_table(&loaded), content);
    assert_eq!(loaded.save(), world.table.save());
}

fn replay(world: &World) -> Table {
    let mut table = Table::new();
    for admitted in &world.stream {
        while table.last().next() < admitted.seq {
            table.skip(table.last().next());
        }
        let decoded = crate::world::read(&admitted.submit.bytes).expect("an admitted change");
        table
            .replay(admitted.seq, admitted.submit.base, &decoded)
            .expect("an admitted change");
        assert_eq!(table.position(&decoded.hash), Some(admitted.seq));
        let again = table.replay(admitted.seq.next(), admitted.submit.base, &decoded);
        assert_eq!(again, Err(plan::Refusal::Duplicate { seq: admitted.seq }));
    }
    while table.last() < world.table.last() {
        table.skip(table.last().next());
    }
    table
}

#[test]
fn honest_changes_are_never_refused_and_all_documents_equal_the_table() {
    (0..effort(12)).for_each(run);
}
