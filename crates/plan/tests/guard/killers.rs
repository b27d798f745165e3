//! Changes that are known to hang, abort or panic Automerge 0.12.0, or to change what plans stand on. Kept as bytes in
//! `killers.txt`, each with the reason for which it is refused; they are made here, so that one can see what each does.

mod bytes;
mod lies;

use std::fmt::Write as _;

use ::bytes::Bytes;
use domain::{ActorId, Author, PersonId, Schema, Seq};
use expect_test::expect_file;
use plan::{Action, Content, Object, Op, OpName, Place, Table, encode, genesis};
use uuid::Uuid;

use self::bytes::{bad_bytes, bombs};
use self::lies::lies;
use crate::world::read;

const ANN: ActorId = ActorId([0xaa; 16]);
const BEA: ActorId = ActorId([0xbb; 16]);
const ANN_SELF: PersonId = PersonId(Uuid::from_u128(0xa));
const BEA_SELF: PersonId = PersonId(Uuid::from_u128(0xb));
const ITEM: &str = "01930000-0000-7000-8000-000000000001";
const PARAGRAPH: &str = "notes:01930000-0000-7000-8000-000000000002";
const UNSEEN: &str = "notes:01930000-0000-7000-8000-000000000004";
const OTHER: &str = "notes:01930000-0000-7000-8000-000000000003";

fn at(counter: u32, actor: ActorId) -> OpName {
    OpName { counter, actor }
}

fn op(object: OpName, place: Place, action: Action, preds: &[OpName]) -> Op {
    Op {
        object: Object::Made(object),
        insert: matches!((&place, &action), (Place::Head | Place::Element(_), Action::Put(_))),
        place,
        action,
        preds: preds.to_vec(),
    }
}

fn key(key: &str) -> Place {
    Place::Key(key.to_owned())
}

fn put(text: &str) -> Action {
    Action::Put(text.into())
}

/// A plan with an opportunity, its title and two paragraphs, and what one needs to write on.
struct Plan {
    table: Table,
    section: OpName,
    item: OpName,
    prose: OpName,
    title: OpName,
    /// The first paragraph, "ab", and the second, "c".
    text: OpName,
    other_text: OpName,
    /// What Bea did meanwhile, which Ann has not seen: another title, a character, a paragraph with one.
    unseen: [OpName; 4],
    after: Content,
}

/// An opportunity with two paragraphs, as an honest page makes it.
fn first_ops(section: OpName, own: impl Fn(u32) -> OpName) -> Vec<Op> {
    let (item, prose, text, other_text) = (own(0), own(3), own(5), own(8));
    vec![
        op(section, key(ITEM), Action::MakeMap, &[]),
        op(item, key("links"), Action::MakeMap, &[]),
        op(item, key("own"), Action::MakeMap, &[]),
        op(item, key("prose"), Action::MakeMap, &[]),
        op(item, key("title"), put("One"), &[]),
        op(prose, key(PARAGRAPH), Action::MakeText, &[]),
        op(text, Place::Head, put("a"), &[]),
        op(text, Place::Element(own(6)), put("b"), &[]),
        op(prose, key(OTHER), Action::MakeText, &[]),
        op(other_text, Place::Head, put("c"), &[]),
    ]
}

impl Plan {
    fn new() -> Self {
        let genesis_content = read(&genesis().bytes).expect("ours").content;
        let opportunities = genesis_content
            .ops
            .iter()
            .position(|op| op.place == key("opportunities"));
        let section = at(
            1 + u32::try_from(opportunities.expect("a section")).expect("small"),
            genesis().actor,
        );
        let start_op = 1 + u32::try_from(genesis_content.ops.len()).expect("small");
        let own = |offset: u32| at(start_op + offset, ANN);
        let (item, prose, title, text, other_text) = (own(0), own(3), own(4), own(5), own(8));
        let first = Content {
            actor: ANN,
            seq: 1,
            start_op,
            time: 1,
            deps: vec![genesis().hash],
            ops: first_ops(section, own),
        };
        let mut table = Table::new();
        admit(&mut table, PersonId::SERVER, 0, &genesis().bytes).expect("the genesis");
        let (bytes, hash) = encode(&first);
        admit(&mut table, ANN_SELF, 1, &bytes).expect("an honest change");
        let theirs = |offset: u32| at(start_op + 10 + offset, BEA);
        let unseen = [theirs(0), theirs(1), theirs(2), theirs(3)];
        let ops = vec![
            op(item, key("title"), put("Three"), &[title]),
            op(text, Place::Head, put("d"), &[]),
            op(prose, key(UNSEEN), Action::MakeText, &[]),
            op(unseen[2], Place::Head, put("e"), &[]),
        ];
        let of_bea = Content {
            actor: BEA,
            start_op: start_op + 10,
            deps: vec![hash],
            ops,
            ..first
        };
        admit(&mut table, BEA_SELF, 2, &encode(&of_bea).0).expect("an honest change");
        let after = Content {
            seq: 2,
            start_op: start_op + 10,
            deps: vec![hash],
            ops: vec![op(item, key("title"), put("Two"), &[title])],
            ..first
        };
        Self {
            table,
            section,
            item,
            prose,
            title,
            text,
            other_text,
            unseen,
            after,
        }
    }

    /// The honest next change, changed.
    fn with(&self, change: impl FnOnce(&mut Content)) -> Bytes {
        let mut content = self.after.clone();
        change(&mut content);
        encode(&content).0
    }

    fn ops(&self, ops: Vec<Op>) -> Bytes {
        self.with(|content| content.ops = ops)
    }
}

fn admit(table: &mut Table, person: PersonId, base: u64, bytes: &[u8]) -> Result<(), String> {
    let decoded = read(bytes).map_err(|why| why.to_string())?;
    let seq = table.last().next();
    let admitted = table.admit(&Schema::standard(), Author::executive(person), seq, Seq(base), &decoded);
    admitted.map(drop).map_err(|why| why.to_string())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[test]
fn known_killers_are_refused_for_their_reason() {
    let mut plan = Plan::new();
    let mut list = String::from("# name | base | why it is refused | bytes\n");
    let bad = bombs()
        .into_iter()
        .chain(bad_bytes(&plan))
        .map(|(name, bytes)| (name, 2, Bytes::from(bytes)));
    let all: Vec<_> = bad.chain(lies(&plan)).collect();
    let before = plan.table.save();
    for (name, base, bytes) in all {
        let verdict = admit(&mut plan.table, ANN_SELF, base, &bytes);
        let why = verdict.expect_err(name);
        let _ = writeln!(list, "{name} | {base} | {why} | {}", hex(&bytes));
    }
    assert_eq!(plan.table.save(), before, "what is refused leaves no trace");
    expect_file!["killers.txt"].assert_eq(&list);
    // And it was not for another reason: the change that all of them were made from is admitted.
    let honest = plan.with(|_| ());
    assert_eq!(admit(&mut plan.table, ANN_SELF, 2, &honest), Ok(()));
}

#[test]
fn the_killers_of_the_file_are_refused() {
    let file = include_str!("killers.txt");
    let mut count = 0;
    for line in file.lines().skip(1) {
        let fields: Vec<&str> = line.split(" | ").collect();
        let [name, base, why, hex] = fields[..] else {
            panic!("four fields in {line}")
        };
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
            .collect();
        let base = base.parse().expect("a number");
        let verdict = admit(&mut Plan::new().table, ANN_SELF, base, &bytes);
        assert_eq!(verdict, Err(why.to_owned()), "{name}");
        count += 1;
    }
    assert!(count > 80, "{count}");
}
