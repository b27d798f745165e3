//! How long one change takes, printed: the bench proper measures, this shows an order of magnitude to who looks.

use std::time::Instant;

use crate::world::{World, read};
use plan::Table;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement needs the real clock; nothing is decided by it"
)]
fn the_cost_of_a_change_is_printed() {
    let mut world = World::new(3, 6);
    let steps = if std::env::var_os("INTERLOCK_LONG").is_some() {
        40_000
    } else {
        2_000
    };
    (0..steps).for_each(|_| world.step());
    world.settle();
    let decoded: Vec<_> = world
        .stream
        .iter()
        .map(|admitted| read(&admitted.submit.bytes).expect("honest"))
        .collect();
    let mut table = Table::new();
    let begun = Instant::now();
    for (admitted, decoded) in world.stream.iter().zip(&decoded) {
        while table.last().next() < admitted.seq {
            table.skip(table.last().next());
        }
        table
            .replay(admitted.seq, admitted.submit.base, decoded)
            .expect("an admitted change");
    }
    let each = begun.elapsed() / u32::try_from(decoded.len()).expect("a few thousand");
    println!(
        "{} changes: guard and fold {each:?} each; table {} bytes",
        decoded.len(),
        table.save().len()
    );
    assert_eq!(table.last(), world.stream.last().expect("some").seq);
}
