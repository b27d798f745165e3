//! A server's frames, to the decoder and to a session: the input is a series of frames, each behind its length in two
//! bytes; the session has an edit waiting as soon as it has a plan.
#![no_main]

use std::sync::Arc;

use domain::{ActorId, Cell, ItemId, PlanId, Scalar, Schema, SectionId, TimestampMs};
use libfuzzer_sys::fuzz_target;
use plan::Edit;
use protocol::{decode_server, encode_server};
use session::{Config, Output, Session};
use uuid::Uuid;

/// Rounds of the session's own wishes after a frame; it never has so many.
const OUTPUTS_MAX: usize = 10_000;

fuzz_target!(|bytes: &[u8]| {
    let mut session = Session::new(Config {
        plan: PlanId(Uuid::from_u128(1)),
        actor: ActorId([0xa7; 16]),
        schema: Arc::new(Schema::standard()),
        seed: 7,
        entropy: [7; 32],
    });
    let mut now = TimestampMs(1_764_000_000_000);
    drain(&mut session, now);
    let mut rest = bytes;
    while let [low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        let (frame, next) = after.split_at(length);
        rest = next;
        if let Ok(frame) = decode_server(frame) {
            assert_eq!(decode_server(&encode_server(&frame)).as_ref(), Ok(&frame));
        }
        session.handle_frame(now, frame);
        drain(&mut session, now);
        now.0 += 1_000;
        session.handle_timeout(now);
        drain(&mut session, now);
        let _ = session.edit(now, vec![Edit::MakeItem {
            section: SectionId::Opportunities,
            item: ItemId(Uuid::from_u128(u128::from(now.0.unsigned_abs()))),
            fields: vec![("title".to_owned(), Scalar::from("New"))],
        }]);
        let _ = session.cell_state(&Cell::field(SectionId::Opportunities, ItemId::SINGLE, "title"));
        drain(&mut session, now);
    }
});

fn drain(session: &mut Session, now: TimestampMs) {
    for _ in 0..OUTPUTS_MAX {
        match session.poll_output() {
            Some(Output::Connect) => session.handle_connected(now),
            Some(_) => {}
            None => return,
        }
    }
    panic!("a session that is never done");
}
