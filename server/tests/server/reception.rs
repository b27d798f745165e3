//! After a restart a long plan is sent while its table is read, and its people are in the room when it is.

use domain::{PlanId, Seq};
use journal::Journal;
use protocol::{PROTOCOL, ServerFrame, Welcome};

use crate::cache::write_until_a_snapshot;
use crate::harness::{Place, Server, action};
use crate::socket::{Socket, connect, hear, hear_entries, hear_welcome, hello};

/// A plan with a snapshot and some entries after it, on a server that has just been started again.
async fn long_plan(place: &Place) -> (Server, PlanId, u64) {
    let server = place.start().await;
    let (_, plan) = server.ada_with_a_plan().await;
    server
        .edit(plan, "ada@example.com", action(1, "First", "2026-11-20"))
        .await;
    write_until_a_snapshot(&server, plan, "Title").await;
    server
        .edit(plan, "ada@example.com", action(2, "After", "2026-11-20"))
        .await;
    let head = server.app.journal.head(plan.into()).expect("the plan has begun").seq.0;
    server.stop().await;
    (place.start().await, plan, head)
}

/// Everything up to the head that the Welcome names: where the snapshot ends, how long it is, and how much of it came.
async fn hear_plan(socket: &mut Socket, welcome: &Welcome) -> (u64, u64) {
    let info = welcome.snapshot.clone().expect("a snapshot is announced");
    let (mut bytes_came, mut last) = (0, info.seq.0);
    while bytes_came < info.len || last < welcome.head.0 {
        match hear(socket).await.expect("not closed") {
            ServerFrame::Snapshot { offset, bytes } => {
                assert_eq!(offset, bytes_came, "without a gap");
                bytes_came += bytes.len() as u64;
            }
            ServerFrame::Entries(entries) => {
                for entry in entries {
                    assert_eq!(entry.seq.0, last + 1, "without a gap");
                    last = entry.seq.0;
                }
            }
            _ => {}
        }
    }
    (info.seq.0, last)
}

#[tokio::test]
async fn newcomers_after_a_restart_get_the_plan_then_its_actors_and_then_what_is_new() {
    let place = Place::new();
    let (server, plan, head) = long_plan(&place).await;
    let ada = server.sign_in("ada@example.com").await;
    let cookie = [("cookie", ada.cookie.as_str())];
    // The first finds no room; the second comes while it is read, or after.
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let mut socket = connect(&server, plan, &cookie).await.expect("she is let in");
        hello(&mut socket, plan, Seq::ZERO).await;
        sockets.push(socket);
    }
    for socket in &mut sockets {
        let welcome = hear_welcome(socket).await;
        assert_eq!((welcome.protocol, welcome.head.0), (PROTOCOL, head));
        let (snapshot, last) = hear_plan(socket, &welcome).await;
        assert!(snapshot < head, "something came after the snapshot");
        assert_eq!(last, head);
        if welcome.actors.is_empty() {
            loop {
                if let ServerFrame::People { actors, .. } = hear(socket).await.expect("not closed")
                    && !actors.is_empty()
                {
                    break;
                }
            }
        }
    }
    server
        .edit(plan, "ada@example.com", action(3, "New", "2026-11-20"))
        .await;
    for socket in &mut sockets {
        assert_eq!(hear_entries(socket, head + 1).await, [head + 1]);
    }
    server.stop().await;
}
