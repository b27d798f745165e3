//! The first change of every plan: the same bytes everywhere.
//!
//! It makes all sections, and the single items with their maps, so that no two people ever make the same map.

use std::sync::OnceLock;

use bytes::Bytes;
use domain::{ActorId, ChangeHash, ItemId, Part, SectionId};

use crate::change::{Action, Content, Object, Op, OpName, Place, encode};

/// The first change of every plan. Authored by the server, entry 1 of every plan's stream.
#[derive(Debug)]
pub struct Genesis {
    /// The change.
    pub bytes: Bytes,
    /// Its hash.
    pub hash: ChangeHash,
    /// Its actor, which never writes again.
    pub actor: ActorId,
}

const ACTOR: ActorId = ActorId(*b"interlock-000001");

/// The first change of every plan.
pub fn genesis() -> &'static Genesis {
    static GENESIS: OnceLock<Genesis> = OnceLock::new();
    GENESIS.get_or_init(|| {
        let (bytes, hash) = encode(&content());
        Genesis {
            bytes,
            hash,
            actor: ACTOR,
        }
    })
}

fn content() -> Content {
    let mut ops: Vec<Op> = Vec::new();
    for section in SectionId::ALL {
        let map = make(&mut ops, Object::Root, section.as_str());
        if section.is_single() {
            let item = make(&mut ops, map, &ItemId::SINGLE.to_string());
            for key in Part::MAPS.iter().filter_map(|part| part.map_key()) {
                make(&mut ops, item, key);
            }
        }
    }
    Content {
        actor: ACTOR,
        seq: 1,
        start_op: 1,
        time: 0,
        deps: Vec::new(),
        ops,
    }
}

/// Adds an operation that makes a map, and gives that map.
fn make(ops: &mut Vec<Op>, object: Object, key: &str) -> Object {
    ops.push(Op {
        object,
        place: Place::Key(key.to_owned()),
        insert: false,
        action: Action::MakeMap,
        preds: Vec::new(),
    });
    let counter = u32::try_from(ops.len()).expect("a few dozen operations");
    Object::Made(OpName { counter, actor: ACTOR })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_bytes_of_every_plans_first_change_never_change() {
        let genesis = genesis();
        expect!["ceb62c8f7ec8d88f20861a4b588ca25323a719f87e5c5a2258848abf66868d1f"]
            .assert_eq(&genesis.hash.to_string());
        let decoded = crate::precheck(&genesis.bytes, &crate::Limits::default())
            .and_then(|checked| crate::decode(&checked))
            .expect("our own bytes decode");
        assert_eq!(decoded.hash, genesis.hash);
        assert_eq!(decoded.content, content());
    }
}
