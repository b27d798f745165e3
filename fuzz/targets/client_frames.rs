//! A client's frames, to the decoder and to a room that has let the client in.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{PlanId, Seq, TimestampMs};
use interlock_fuzz::{PEOPLE, plan_of_three};
use libfuzzer_sys::fuzz_target;
use protocol::{Hello, PROTOCOL, PeerId, Person, decode_client, encode_client};
use relay::{Limits, Output, Room, RoomInit};
use uuid::Uuid;

const PLAN: PlanId = PlanId(Uuid::from_u128(1));
const PEER: PeerId = PeerId(1);
const NOW: TimestampMs = TimestampMs(1_764_000_000_000);

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = decode_client(bytes) {
        assert_eq!(decode_client(&encode_client(&frame)).as_ref(), Ok(&frame));
    }
    let mut room = room();
    room.handle_join(NOW, PEER, PEOPLE[0], &Hello {
        protocol: PROTOCOL,
        plan: PLAN,
        epoch: 0,
        have: Seq::ZERO,
    });
    drain(&mut room);
    // Twice: what was admitted comes again.
    for _ in 0..2 {
        room.handle_frame(NOW, PEER, bytes);
        drain(&mut room);
    }
});

fn room() -> Room {
    let plan = plan_of_three();
    Room::new(NOW, RoomInit {
        plan: PLAN,
        schema: Arc::new(plan.schema.clone()),
        table: plan.table.clone(),
        epoch: 0,
        last_at: NOW,
        owners: BTreeMap::new(),
        snapshot: None,
        people: PEOPLE
            .iter()
            .map(|id| Person {
                id: *id,
                name: "Ann".to_owned(),
            })
            .collect(),
        unavailable: None,
        limits: Limits::default(),
    })
}

fn drain(room: &mut Room) {
    while let Some(output) = room.poll_output() {
        match output {
            Output::Append { expect, entries } => {
                let places: Vec<_> = (1..).map(|more| (Seq(expect.0 + more), NOW)).take(entries.len()).collect();
                room.handle_committed(NOW, &places);
            }
            Output::Load { peer, .. } => room.handle_history(NOW, peer, Vec::new()),
            Output::Failed(why) => panic!("the room failed: {why}"),
            _ => {}
        }
    }
}
