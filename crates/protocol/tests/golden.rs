//! The bytes of every frame and every stored entry, as released. A difference is a break: clients that are open would
//! not understand the server, and a server would not read its own journal. New kinds go to the end and get a line here.

use bytes::Bytes;
use domain::event::SecretDigest;
use domain::{
    ActorId, Cell, ChangeHash, ItemId, ItemKey, Key, ParagraphId, PersonId, PlanId, Role, Seal, SectionId, Seq, Stage,
    Standing, TimestampMs, WorkspaceEvent,
};
use expect_test::{Expect, expect};
use protocol::{
    Acked, Body, Bye, ClientFrame, Committed, Entry, Hello, PROTOCOL, PeerId, PeerPresence, Person, Place, Reason,
    Rejected, ServerFrame, SnapshotInfo, Submitted, Welcome, decode_client, decode_entry, decode_server, encode_client,
    encode_entry, encode_server, encode_stored_entries, snapshot_head,
};
use uuid::Uuid;

const PLAN: PlanId = PlanId(Uuid::from_u128(0x0193_a1c0_0000_7000_8000_0000_0000_0001));
const ANN: PersonId = PersonId(Uuid::from_u128(0x0193_a1c0_0000_7000_8000_0000_0000_00a1));
const ITEM: ItemId = ItemId(Uuid::from_u128(0x0193_a1c0_0000_7000_8000_0000_0000_0b01));
const ACTOR: ActorId = ActorId([0xac; 16]);
const HASH: ChangeHash = ChangeHash([0x4a; 32]);
const AT: TimestampMs = TimestampMs(1_764_000_000_000);

fn client(frame: &ClientFrame, golden: &Expect) {
    let bytes = encode_client(frame);
    golden.assert_eq(&hex(&bytes));
    assert_eq!(decode_client(&bytes).as_ref(), Ok(frame));
}

fn server(frame: &ServerFrame, golden: &Expect) {
    let bytes = encode_server(frame);
    golden.assert_eq(&hex(&bytes));
    assert_eq!(decode_server(&bytes).as_ref(), Ok(frame));
}

fn entry(body: Body, golden: &Expect) {
    let entry = Entry {
        epoch: 0,
        author: ANN,
        body,
    };
    let bytes = encode_entry(&entry);
    golden.assert_eq(&hex(&bytes));
    assert_eq!(decode_entry(&bytes).as_ref(), Ok(&entry));
}

fn event(event: WorkspaceEvent, golden: &Expect) {
    entry(Body::Workspace(event), golden);
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn item_key() -> ItemKey {
    ItemKey {
        item: ITEM,
        seal: Seal::Personality,
        generation: 300,
        key: Key([0x5e; 32]),
    }
}

fn place() -> Place {
    let cell = Cell::field(SectionId::Opportunities, ITEM, "amount");
    Place {
        cell: Some(cell),
        draft: Some("5 €".to_owned()),
        caret: Some(3),
    }
}

fn change() -> Entry {
    let body = Body::Change {
        hash: HASH,
        base: Seq(300),
        bytes: Bytes::from_static(b"change"),
    };
    Entry {
        epoch: 0,
        author: ANN,
        body,
    }
}

fn person() -> Person {
    Person {
        id: ANN,
        name: "Ann".to_owned(),
    }
}

#[test]
fn a_clients_frames_keep_their_bytes() {
    let hello = Hello {
        protocol: PROTOCOL,
        plan: PLAN,
        epoch: 0,
        have: Seq(300),
    };
    client(
        &ClientFrame::Hello(hello),
        &expect!["0003100193a1c000007000800000000000000100ac02"],
    );
    let submitted = Submitted {
        base: Seq(300),
        bytes: Bytes::from_static(b"change"),
    };
    client(
        &ClientFrame::Submit(vec![submitted]),
        &expect!["0101ac02066368616e6765"],
    );
    client(
        &ClientFrame::Presence(place()),
        &expect!["020103100193a1c0000070008000000000000b010006616d6f756e7401053520e282ac0103"],
    );
    client(&ClientFrame::Presence(Place::default()), &expect!["02000000"]);
    client(&ClientFrame::Bye, &expect!["03"]);
    client(
        &ClientFrame::Keys(vec![item_key()]),
        &expect![
            "0401100193a1c0000070008000000000000b0101ac025e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"
        ],
    );
}

#[test]
fn a_servers_frames_keep_their_bytes() {
    server(
        &ServerFrame::Snapshot {
            offset: 16_384,
            bytes: Bytes::from_static(b"piece"),
        },
        &expect!["01808001057069656365"],
    );
    server(
        &ServerFrame::Entries(vec![Committed {
            seq: Seq(301),
            at: AT,
            entry: change(),
        }]),
        &expect![
            "0201ad0280a0bfe9d66600100193a1c00000700080000000000000a1004a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4aac02066368616e6765"
        ],
    );
    server(
        &ServerFrame::Ack(vec![Acked {
            hash: HASH,
            seq: Seq(301),
            at: AT,
        }]),
        &expect!["03014a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4aad0280a0bfe9d666"],
    );
    let rejected = Rejected {
        hash: HASH,
        reason: Reason::AfterRejected,
    };
    server(
        &ServerFrame::Reject(rejected),
        &expect!["044a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a03"],
    );
    server(&ServerFrame::Bye(Bye::Restarting), &expect!["0700"]);
    let standing = Standing {
        role: Role::Observer,
        stage: Stage::Execution,
    };
    server(&ServerFrame::Standing(standing), &expect!["080602"]);
}

#[test]
fn the_frames_of_who_is_here_keep_their_bytes() {
    let welcome = Welcome {
        protocol: PROTOCOL,
        you: ANN,
        standing: Standing {
            role: Role::Expert,
            stage: Stage::Workshop,
        },
        peer: PeerId(7),
        epoch: 0,
        head: Seq(301),
        now: AT,
        snapshot: Some(SnapshotInfo {
            seq: Seq(300),
            len: 65_536,
        }),
        people: vec![person()],
        actors: vec![(ACTOR, ANN)],
    };
    server(
        &ServerFrame::Welcome(welcome),
        &expect![
            "0003100193a1c00000700080000000000000a104010700ad0280a0bfe9d66601ac0280800401100193a1c00000700080000000000000a103416e6e01acacacacacacacacacacacacacacacac100193a1c00000700080000000000000a1"
        ],
    );
    let here = PeerPresence {
        peer: PeerId(7),
        person: ANN,
        place: Some(place()),
    };
    let gone = PeerPresence {
        peer: PeerId(8),
        person: ANN,
        place: None,
    };
    server(
        &ServerFrame::Presence(vec![here, gone]),
        &expect![
            "050207100193a1c00000700080000000000000a1010103100193a1c0000070008000000000000b010006616d6f756e7401053520e282ac010308100193a1c00000700080000000000000a100"
        ],
    );
    server(
        &ServerFrame::People {
            people: vec![person()],
            actors: vec![(ACTOR, ANN)],
        },
        &expect![
            "0601100193a1c00000700080000000000000a103416e6e01acacacacacacacacacacacacacacacac100193a1c00000700080000000000000a1"
        ],
    );
}

#[test]
fn every_reason_keeps_its_number() {
    let why = || "why".to_owned();
    for (reason, golden) in [
        (
            Reason::Malformed(why()),
            expect!["0400000000000000000000000000000000000000000000000000000000000000000003776879"],
        ),
        (
            Reason::Inconsistent(why()),
            expect!["0400000000000000000000000000000000000000000000000000000000000000000103776879"],
        ),
        (
            Reason::Denied(why()),
            expect!["0400000000000000000000000000000000000000000000000000000000000000000203776879"],
        ),
        (
            Reason::AfterRejected,
            expect!["04000000000000000000000000000000000000000000000000000000000000000003"],
        ),
        (
            Reason::Unavailable(why()),
            expect!["0400000000000000000000000000000000000000000000000000000000000000000403776879"],
        ),
        (
            Reason::Sealed(why()),
            expect!["0400000000000000000000000000000000000000000000000000000000000000000503776879"],
        ),
    ] {
        server(
            &ServerFrame::Reject(Rejected {
                hash: ChangeHash([0; 32]),
                reason,
            }),
            &golden,
        );
    }
}

#[test]
fn every_bye_keeps_its_number() {
    for (bye, golden) in [
        (Bye::Restarting, expect!["0700"]),
        (Bye::OtherProtocol { server: 2 }, expect!["070102"]),
        (Bye::NoSuchPlan, expect!["0702"]),
        (Bye::SignedOut, expect!["0703"]),
        (Bye::BadFrame("why".to_owned()), expect!["070403776879"]),
        (Bye::TooMuch, expect!["0705"]),
        (Bye::Fault, expect!["0706"]),
        (Bye::TooManyOpen, expect!["0707"]),
        (Bye::NoAccess, expect!["0708"]),
    ] {
        server(&ServerFrame::Bye(bye), &golden);
    }
}

#[test]
fn the_frames_of_keys_keep_their_bytes() {
    server(
        &ServerFrame::Keys(vec![item_key()]),
        &expect![
            "0901100193a1c0000070008000000000000b0101ac025e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"
        ],
    );
    server(
        &ServerFrame::Erased(vec![(ITEM, Seal::Contact)]),
        &expect!["0a01100193a1c0000070008000000000000b0100"],
    );
    server(&ServerFrame::Generation(300), &expect!["0bac02"]);
}

#[test]
fn every_section_and_part_keeps_its_number() {
    for (section, golden) in SectionId::ALL.into_iter().zip([
        "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "0a", "0b", "0c", "0d",
    ]) {
        let place = Place {
            cell: Some(Cell::field(section, ITEM, "x")),
            ..Place::default()
        };
        let bytes = hex(&encode_client(&ClientFrame::Presence(place)));
        assert_eq!(&bytes[4..6], golden, "{section}");
    }
    let paragraph = ParagraphId(ITEM.0);
    for (cell, golden) in [
        (
            Cell::field(SectionId::Profile, ITEM, "x"),
            expect!["020100100193a1c0000070008000000000000b010001780000"],
        ),
        (
            Cell::link(SectionId::Profile, ITEM, "x", "y"),
            expect!["020100100193a1c0000070008000000000000b010103783a790000"],
        ),
        (
            Cell::own(SectionId::Profile, ITEM, ANN, "x"),
            expect![
                "020100100193a1c0000070008000000000000b01022630313933613163302d303030302d373030302d383030302d3030303030303030303061313a780000"
            ],
        ),
        (
            Cell::paragraph(SectionId::Profile, ITEM, "x", paragraph),
            expect![
                "020100100193a1c0000070008000000000000b010326783a30313933613163302d303030302d373030302d383030302d3030303030303030306230310000"
            ],
        ),
    ] {
        let place = Place {
            cell: Some(cell),
            ..Place::default()
        };
        client(&ClientFrame::Presence(place), &golden);
    }
}

#[test]
fn stored_entries_keep_their_bytes() {
    entry(
        change().body,
        &expect![
            "0100100193a1c00000700080000000000000a1004a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4aac02066368616e6765"
        ],
    );
}

#[test]
fn stored_events_of_people_keep_their_bytes() {
    event(
        WorkspaceEvent::PersonAdded {
            person: ANN,
            email: "ann@example.com".to_owned(),
            name: "Ann".to_owned(),
            administrator: true,
        },
        &expect![
            "0100100193a1c00000700080000000000000a10100100193a1c00000700080000000000000a10f616e6e406578616d706c652e636f6d03416e6e01"
        ],
    );
    event(
        WorkspaceEvent::PersonRenamed {
            person: ANN,
            name: "Anna".to_owned(),
        },
        &expect!["0100100193a1c00000700080000000000000a10101100193a1c00000700080000000000000a104416e6e61"],
    );
    event(
        WorkspaceEvent::LinkIssued {
            person: ANN,
            digest: SecretDigest([1; 32]),
            expires: AT,
        },
        &expect![
            "0100100193a1c00000700080000000000000a10102100193a1c00000700080000000000000a1010101010101010101010101010101010101010101010101010101010101010180a0bfe9d666"
        ],
    );
    event(
        WorkspaceEvent::SignedIn {
            person: ANN,
            link: SecretDigest([1; 32]),
            session: SecretDigest([2; 32]),
            expires: AT,
        },
        &expect![
            "0100100193a1c00000700080000000000000a10103100193a1c00000700080000000000000a10101010101010101010101010101010101010101010101010101010101010101020202020202020202020202020202020202020202020202020202020202020280a0bfe9d666"
        ],
    );
    event(
        WorkspaceEvent::SignedOut {
            session: SecretDigest([2; 32]),
        },
        &expect![
            "0100100193a1c00000700080000000000000a101040202020202020202020202020202020202020202020202020202020202020202"
        ],
    );
    event(
        WorkspaceEvent::TokenCreated {
            person: ANN,
            name: "ci".to_owned(),
            digest: SecretDigest([3; 32]),
        },
        &expect![
            "0100100193a1c00000700080000000000000a10105100193a1c00000700080000000000000a10263690303030303030303030303030303030303030303030303030303030303030303"
        ],
    );
}

#[test]
fn stored_events_of_plans_keep_their_bytes() {
    event(
        WorkspaceEvent::PlanCreated {
            plan: PLAN,
            name: "Acme".to_owned(),
            by: ANN,
            copied_from: Some(PLAN),
        },
        &expect![
            "0100100193a1c00000700080000000000000a10106100193a1c00000700080000000000000010441636d65100193a1c00000700080000000000000a101100193a1c0000070008000000000000001"
        ],
    );
    event(
        WorkspaceEvent::PlanRenamed {
            plan: PLAN,
            name: "Acme".to_owned(),
            by: ANN,
        },
        &expect![
            "0100100193a1c00000700080000000000000a10107100193a1c00000700080000000000000010441636d65100193a1c00000700080000000000000a1"
        ],
    );
    event(
        WorkspaceEvent::PlanArchived { plan: PLAN, by: ANN },
        &expect![
            "0100100193a1c00000700080000000000000a10108100193a1c0000070008000000000000001100193a1c00000700080000000000000a1"
        ],
    );
    event(
        WorkspaceEvent::PlanRestored { plan: PLAN, by: ANN },
        &expect![
            "0100100193a1c00000700080000000000000a10109100193a1c0000070008000000000000001100193a1c00000700080000000000000a1"
        ],
    );
}

#[test]
fn what_is_sent_as_it_is_stored_is_what_would_be_encoded() {
    let body = |bytes: &'static [u8]| Body::Change {
        hash: HASH,
        base: Seq(300),
        bytes: Bytes::from_static(bytes),
    };
    let entries: Vec<Committed> = (1..=200)
        .map(|seq| Committed {
            seq: Seq(seq),
            at: AT,
            entry: Entry {
                epoch: 0,
                author: ANN,
                body: body(if seq % 2 == 0 { b"" } else { b"a change" }),
            },
        })
        .collect();
    let stored: Vec<Bytes> = entries.iter().map(|entry| encode_entry(&entry.entry)).collect();
    let stored: Vec<_> = entries
        .iter()
        .zip(&stored)
        .map(|(entry, bytes)| (entry.seq, entry.at, &bytes[..]))
        .collect();
    assert_eq!(
        encode_stored_entries(&stored),
        Ok(encode_server(&ServerFrame::Entries(entries)))
    );
    assert!(
        encode_stored_entries(&[(Seq(1), AT, &[99])]).is_err(),
        "an entry of a newer program"
    );

    let piece = Bytes::from(vec![7; 300]);
    let frame = encode_server(&ServerFrame::Snapshot {
        offset: 70_000,
        bytes: piece.clone(),
    });
    assert_eq!(frame, [&snapshot_head(70_000, piece.len())[..], &piece].concat());
}
