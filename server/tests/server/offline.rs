//! Clients that were away: a day's edits at once, and pages of an older build that know other fields.

use std::collections::VecDeque;

use domain::{ActorId, Cell, Scalar, SectionId, Seq, TimestampMs};
use plan::{Edit, Replica};
use protocol::{ClientFrame, Reason, ServerFrame, Submitted};

use crate::harness::{Place, item, put};
use crate::socket::{Socket, hear, say, welcomed};

const NOW: TimestampMs = TimestampMs(1_795_305_600_000);
/// As many changes as the web application puts into one frame.
const SUBMIT_CHANGES: usize = 64;
/// As many as it has under way.
const UNDER_WAY: usize = 512;

/// A change of a replica that has seen the plan's first entry.
fn change(replica: &mut Replica, edits: &[Edit]) -> Submitted {
    let own = replica
        .edit(NOW, edits)
        .expect("good edits")
        .expect("they change something");
    Submitted {
        base: Seq(1),
        bytes: own.bytes,
    }
}

/// How many of the server's next words acknowledge; anything but that, entries and presence fails.
async fn acknowledged(socket: &mut Socket) -> usize {
    match hear(socket).await {
        Some(ServerFrame::Ack(acked)) => acked.len(),
        Some(
            ServerFrame::Entries(_)
            | ServerFrame::Presence(_)
            | ServerFrame::People { .. }
            | ServerFrame::Generation(_),
        ) => 0,
        other => panic!("refused: {other:?}"),
    }
}

async fn rejected(socket: &mut Socket) -> Reason {
    loop {
        match hear(socket).await {
            Some(ServerFrame::Reject(rejected)) => return rejected.reason,
            Some(_) => {}
            None => panic!("the socket closed without a word"),
        }
    }
}

#[tokio::test]
async fn the_edits_of_a_day_offline_and_a_pasted_block_are_taken_without_a_word() {
    const CHANGES: usize = 5_000;
    const ITEMS: u128 = 200;
    let place = Place::new();
    let server = place.start().await;
    let (_, plan) = server.ada_with_a_plan().await;
    let token = server.token("ada@example.com").await;
    let mut replica = Replica::new(ActorId([3; 16]));
    let section = SectionId::Actions;
    // 200 rows of 10 cells each, pasted: one change.
    let rows = (1..=ITEMS).flat_map(|n| {
        let made = Edit::MakeItem {
            section,
            item: item(n),
            fields: vec![],
        };
        let cells = (0..9).map(move |k| Edit::Put {
            cell: Cell::link(section, item(n), "targets", &item(1_000 + k).to_string()),
            value: Scalar::Bool(true),
        });
        std::iter::once(made)
            .chain([put(section, n, "title", &format!("Pasted {n}"))])
            .chain(cells)
            .collect::<Vec<_>>()
    });
    let mut outbox = VecDeque::from([change(&mut replica, &rows.collect::<Vec<_>>())]);
    for n in 1..CHANGES {
        let n = u128::try_from(n).expect("it is small");
        let edits = [put(section, 1 + n % ITEMS, "title", &format!("Offline {n}"))];
        outbox.push_back(change(&mut replica, &edits));
    }

    let mut socket = welcomed(&server.address, &token, plan).await;
    let (mut under_way, mut saved) = (0, 0);
    while saved < CHANGES {
        while under_way < UNDER_WAY && !outbox.is_empty() {
            let some: Vec<Submitted> = outbox.drain(..outbox.len().min(SUBMIT_CHANGES)).collect();
            under_way += some.len();
            say(&mut socket, &ClientFrame::Submit(some)).await;
        }
        let count = acknowledged(&mut socket).await;
        saved += count;
        under_way -= count;
    }
    assert_eq!(server.app.metrics.paced.get(), 0, "nobody waited");
    server.stop().await;
}

#[tokio::test]
async fn what_an_older_page_knows_and_the_plan_does_not_is_refused_by_name_and_the_rest_goes_on() {
    let place = Place::new();
    let server = place.start().await;
    let (_, plan) = server.ada_with_a_plan().await;
    let token = server.token("ada@example.com").await;
    let mut socket = welcomed(&server.address, &token, plan).await;
    let section = SectionId::Opportunities;
    let make = Edit::MakeItem {
        section,
        item: item(1),
        fields: vec![],
    };
    let cases = [
        (
            put(section, 1, "horoscope", "Leo"),
            "this plan has no field 'horoscope'",
        ),
        (put(section, 1, "stage", "courting"), "'Stage' takes"),
    ];
    for (n, (edit, said)) in (1..).zip(cases) {
        // After each refusal the page goes on as a new actor, without what was refused.
        let mut replica = Replica::new(ActorId([n; 16]));
        let old = change(&mut replica, &[make.clone(), edit]);
        let after = change(&mut replica, &[put(section, 1, "title", "After it")]);
        say(&mut socket, &ClientFrame::Submit(vec![old, after])).await;
        match rejected(&mut socket).await {
            Reason::Denied(why) => assert!(why.contains(said), "{why}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(rejected(&mut socket).await, Reason::AfterRejected);
    }
    let mut replica = Replica::new(ActorId([9; 16]));
    let good = change(&mut replica, &[make, put(section, 1, "title", "After it")]);
    say(&mut socket, &ClientFrame::Submit(vec![good])).await;
    while acknowledged(&mut socket).await == 0 {}
    server.stop().await;
}
