//! Foreign bytes end a connection and nothing else. (What connections, servers and refusals do to sessions is tried in
//! the crate `simulation`.)

mod support;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::{World, make, write};

#[test]
fn bytes_that_are_no_frames_end_a_connection_and_nothing_else() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut world = World::new();
    let (one, two) = (world.add(), world.add());
    world.settle();
    world.edit(one, vec![make(1), write(1, 1, "text")]);
    world.settle();
    let frames = [
        protocol::encode_server(&protocol::ServerFrame::Entries(world.journal.clone())),
        protocol::encode_server(&protocol::ServerFrame::Ack(Vec::new())),
    ];
    for round in 0..500 {
        let mut bytes = frames[round % frames.len()].to_vec();
        if round % 3 == 0 {
            bytes = vec![0; rng.random_range(0..200)];
            rng.fill_bytes(&mut bytes);
        } else {
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random();
            }
        }
        world.hear(two, &bytes);
        world.run_for(100);
    }
    world.settle();
    world.check_settled();
}
